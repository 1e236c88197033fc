//! Tables for a spreadsheet: RFC 4180, streamed row by row.
//!
//! What may not happen here: a cell that a spreadsheet runs as a formula, or a table that is built whole in memory.

use axum::{
    body::{Body, Bytes},
    response::Response,
};
use futures_util::stream;
use http::{HeaderValue, header};
use tokio::sync::mpsc;

use crate::{
    error::{Error, Result},
    web::page::Drawn,
};

/// Bytes that are gathered before they are sent on.
const CHUNK: usize = 16 * 1024;

/// The reader's end is gone, or the table broke off.
type Sent = std::result::Result<Bytes, std::io::Error>;

/// Where rows are written; what is full is sent.
#[derive(Debug)]
pub struct Table {
    rows: csv::Writer<Vec<u8>>,
    to: mpsc::Sender<Sent>,
}

impl Table {
    /// A table and the download that carries it. Rows are written elsewhere while it is on its way.
    ///
    /// # Errors
    /// When the name is none that a header can hold.
    pub fn download(name: &str) -> Result<(Self, Response)> {
        let (to, from) = mpsc::channel::<Sent>(2);
        let body = stream::unfold(from, async |mut from| Some((from.recv().await?, from)));
        let mut response = Response::new(Body::from_stream(body));
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8; header=present"),
        );
        let file = HeaderValue::from_str(&format!("attachment; filename=\"{name}.csv\""));
        headers.insert(header::CONTENT_DISPOSITION, file.map_err(Error::internal)?);
        response.extensions_mut().insert(Drawn);
        let rows = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        Ok((Self { rows, to }, response))
    }

    /// Writes a row. `false` when nobody reads any more.
    ///
    /// # Errors
    /// When the row has another number of cells than the first.
    pub async fn row<'c>(&mut self, cells: impl IntoIterator<Item = &'c str>) -> Result<bool> {
        self.rows.write_record(cells.into_iter().map(neutral)).map_err(Error::internal)?;
        if self.rows.get_ref().len() < CHUNK {
            return Ok(true);
        }
        self.send().await
    }

    /// Ends the table: whole, or broken off where it failed, so that no reader takes a part for the whole.
    pub async fn end(mut self, how: Result<()>) {
        let how = match how {
            Ok(()) => self.send().await.map(|_| ()),
            Err(error) => Err(error),
        };
        if let Err(error) = how {
            tracing::error!(error = %error, "a download broke off");
            let _ = self.to.send(Err(std::io::Error::other("broken off"))).await;
        }
    }

    async fn send(&mut self) -> Result<bool> {
        self.rows.flush().map_err(Error::internal)?;
        let fresh = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        let full = std::mem::replace(&mut self.rows, fresh);
        let bytes =
            full.into_inner().map_err(|error| Error::Internal(anyhow::anyhow!("{}", error.error())))?;
        Ok(self.to.send(Ok(bytes.into())).await.is_ok())
    }
}

/// A cell that stays text: a spreadsheet takes what begins like this for a formula.
fn neutral(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test]
    async fn cells_are_quoted_and_never_formulas() {
        let (mut table, response) = Table::download("team").unwrap();
        let write = async {
            table.row(["name", "why"]).await.unwrap();
            table.row(["=cmd|' /C calc'!A0", "a, \"b\"\nc"]).await.unwrap();
            table.row(["@SUM(1)", "\t=1"]).await.unwrap();
            table.row(["+1", "-1"]).await.unwrap();
            table.end(Ok(())).await;
        };
        let (body, ()) = tokio::join!(response.into_body().collect(), write);
        let text = String::from_utf8(body.unwrap().to_bytes().to_vec()).unwrap();
        assert_eq!(
            text,
            "name,why\r\n'=cmd|' /C calc'!A0,\"a, \"\"b\"\"\nc\"\r\n'@SUM(1),'\t=1\r\n'+1,'-1\r\n"
        );
    }

    #[tokio::test]
    async fn a_table_that_breaks_off_is_no_whole_one() {
        let (mut table, response) = Table::download("team").unwrap();
        table.row(["name"]).await.unwrap();
        let end = table.end(Err(Error::NotFound));
        let (body, ()) = tokio::join!(response.into_body().collect(), end);
        assert!(body.is_err());
    }
}
