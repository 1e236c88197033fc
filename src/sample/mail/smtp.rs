//! The SMTP side: reads lines, lets mailin keep the protocol, and does to the client what the mode says.
//!
//! What may not happen here: a line or a message without a limit, or a conversation that outlives the server.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use mailin::{Action, Handler, Response, Session, SessionBuilder};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    task::JoinSet,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::{Envelope, Mailbox, Mode, Stage};
use crate::sample::Loopback;

const LONGEST_LINE: u64 = 64 * 1024;
const LARGEST_MESSAGE: usize = 10 * 1024 * 1024;
const LONGEST_SILENCE: Duration = Duration::from_mins(1);
const END_OF_MESSAGE: &[u8] = b".\r\n";
const SEND_THE_MESSAGE: u16 = 354;

/// Takes mail until `shutdown`; conversations that are open then end at once.
///
/// # Errors
/// When the listener fails.
pub async fn serve(listener: Loopback, mailbox: Mailbox, shutdown: CancellationToken) -> io::Result<()> {
    let mut conversations = JoinSet::new();
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return Ok(()),
            accepted = listener.accept() => {
                let (stream, peer) = accepted?;
                conversations.spawn(converse(stream, peer, mailbox.clone()));
            }
            Some(ended) = conversations.join_next() => if let Ok(Err(error)) = ended {
                tracing::debug!(%error, "a mail client hung up");
            },
        }
    }
}

async fn converse(stream: TcpStream, peer: SocketAddr, mailbox: Mailbox) -> io::Result<()> {
    mailbox.stages().note(Stage::Connection);
    if mailbox.mode() == Mode::Refuse {
        return Ok(());
    }
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let mut session = start(peer.ip(), &mailbox);
    let greeting = refusal(&mailbox, Stage::Connection).unwrap_or_else(|| session.greeting());
    reply(&mut stream, &mailbox, &greeting).await?;
    let mut in_message = false;
    while greeting.code < 400
        && let Some(line) = read_line(&mut stream).await?
    {
        let ends_message = in_message && line == END_OF_MESSAGE;
        let hang_up = ends_message && matches!(mailbox.mode(), Mode::HangUp { .. });
        let response = session.process(&line);
        if hang_up {
            return Ok(());
        }
        in_message = response.code == SEND_THE_MESSAGE || in_message && !ends_message;
        if ends_message && response.is_error {
            // mailin stays in the message after refusing it and would swallow what comes next.
            session = start(peer.ip(), &mailbox);
            session.process(b"HELO again\r\n");
        }
        if response.action != Action::NoReply {
            reply(&mut stream, &mailbox, &response).await?;
        }
        if response.action == Action::Close {
            break;
        }
    }
    Ok(())
}

fn start(ip: IpAddr, mailbox: &Mailbox) -> Session<Receiver> {
    SessionBuilder::new("mail.localhost").build(ip, Receiver::new(mailbox.clone()))
}

/// The next line, or `None` when the client is done, silent for a minute, or sends one without an end.
async fn read_line(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let mut limited = stream.take(LONGEST_LINE);
    let Ok(read) = timeout(LONGEST_SILENCE, limited.read_until(b'\n', &mut line)).await else {
        return Ok(None);
    };
    read?;
    Ok(line.ends_with(b"\n").then_some(line))
}

async fn reply(stream: &mut BufReader<TcpStream>, mailbox: &Mailbox, response: &Response) -> io::Result<()> {
    if let Mode::Slow(wait) = mailbox.mode() {
        tokio::time::sleep(wait).await;
    }
    stream.write_all(&response.buffer()?).await
}

fn refusal(mailbox: &Mailbox, at: Stage) -> Option<Response> {
    match mailbox.mode() {
        Mode::Answer(stage, code) if stage == at => {
            Some(Response::custom(code, "The sample mail server was told to say this".into()))
        }
        _ => None,
    }
}

/// What mailin reports of one conversation.
struct Receiver {
    mailbox: Mailbox,
    envelope: Envelope,
    raw: Vec<u8>,
    too_large: bool,
}

impl Receiver {
    fn new(mailbox: Mailbox) -> Self {
        Self { mailbox, envelope: Envelope::default(), raw: Vec::new(), too_large: false }
    }
}

impl Handler for Receiver {
    fn rcpt(&mut self, _to: &str) -> Response {
        self.mailbox.stages().note(Stage::Recipient);
        refusal(&self.mailbox, Stage::Recipient).unwrap_or(mailin::response::OK)
    }

    fn data_start(&mut self, _domain: &str, from: &str, _is8bit: bool, to: &[String]) -> Response {
        self.envelope = Envelope { from: from.into(), recipients: to.into() };
        self.raw.clear();
        self.too_large = false;
        mailin::response::OK
    }

    fn data(&mut self, line: &[u8]) -> io::Result<()> {
        self.too_large |= self.raw.len() + line.len() > LARGEST_MESSAGE;
        if !self.too_large {
            self.raw.extend_from_slice(line);
        }
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        self.mailbox.stages().note(Stage::Message);
        if self.too_large {
            return mailin::response::NO_STORAGE;
        }
        if let Some(refusal) = refusal(&self.mailbox, Stage::Message) {
            return refusal;
        }
        if self.mailbox.mode() != (Mode::HangUp { kept: false }) {
            self.mailbox.keep(std::mem::take(&mut self.envelope), std::mem::take(&mut self.raw));
        }
        mailin::response::OK
    }
}
