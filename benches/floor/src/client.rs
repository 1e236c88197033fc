//! The smallest HTTP/1.1 client that keeps a connection: requests are bytes made beforehand.

use std::net::SocketAddr;

use anyhow::{Context as _, bail, ensure};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// One connection.
pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The body's bytes as they came over the wire, without the chunks' frames.
    pub(crate) body: Vec<u8>,
}

/// A GET as bytes.
pub(crate) fn get(path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    request("GET", path, headers, "")
}

/// A form posted by a page of the server itself, as bytes.
pub(crate) fn post(path: &str, cookie: &str, body: &str) -> Vec<u8> {
    let length = body.len().to_string();
    let headers = [
        ("cookie", cookie),
        ("sec-fetch-site", "same-origin"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("content-length", &length),
    ];
    request("POST", path, &headers, body)
}

/// A form posted by a program, as bytes.
pub(crate) fn ask(path: &str, authorization: &str, body: &str) -> Vec<u8> {
    let length = body.len().to_string();
    let headers = [
        ("authorization", authorization),
        ("content-type", "application/x-www-form-urlencoded"),
        ("content-length", &length),
    ];
    request("POST", path, &headers, body)
}

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n");
    for (name, value) in headers {
        text.extend([name, ": ", value, "\r\n"]);
    }
    text.extend(["\r\n", body]);
    text.into_bytes()
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(128 * 1024) })
    }

    /// Sends a request and reads the whole answer; only its status is kept.
    pub(crate) async fn status(&mut self, request: &[u8]) -> anyhow::Result<u16> {
        let (head, _) = self.exchange(request).await?;
        status(self.buffer.get(..head).unwrap_or_default())
    }

    /// Sends a request and keeps the answer.
    pub(crate) async fn answer(&mut self, request: &[u8]) -> anyhow::Result<Answer> {
        let (head, chunked) = self.exchange(request).await?;
        let (head, body) = self.buffer.split_at(head);
        let body = if chunked { unchunk(body)? } else { body.to_vec() };
        Ok(Answer { status: status(head)?, body })
    }

    /// The length of the answer's head, and whether its body came in chunks.
    async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<(usize, bool)> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            self.more().await?;
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
        };
        if let Some(length) = length(self.buffer.get(..head).unwrap_or_default()) {
            while self.buffer.len() < head + length {
                self.more().await?;
            }
            return Ok((head, false));
        }
        while !self.buffer.ends_with(b"0\r\n\r\n") {
            self.more().await?;
        }
        Ok((head, true))
    }

    async fn more(&mut self) -> anyhow::Result<()> {
        ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the server closed the connection");
        Ok(())
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

fn status(head: &[u8]) -> anyhow::Result<u16> {
    let digits = head.get(9..12).context("an answer without a status")?;
    Ok(std::str::from_utf8(digits)?.parse()?)
}

fn length(head: &[u8]) -> Option<usize> {
    let name = b"content-length: ";
    let rest = head.get(find(head, name)? + name.len()..)?;
    let digits = rest.split(|byte| *byte == b'\r').next()?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn unchunk(mut rest: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = find(rest, b"\r\n").context("a chunk without a size")?;
        let (digits, after) = rest.split_at(line);
        let size = usize::from_str_radix(std::str::from_utf8(digits)?.trim(), 16)?;
        if size == 0 {
            return Ok(body);
        }
        let Some(chunk) = after.get(2..2 + size) else { bail!("a chunk that ends early") };
        body.extend_from_slice(chunk);
        rest = after.get(2 + size + 2..).unwrap_or_default();
    }
}
