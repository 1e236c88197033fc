//! A listener that only this machine can reach, and the serving of HTTP on it.
//!
//! What may not happen here: accepting an address other machines can reach, or answering a page that was
//! lured here under a foreign host name (DNS rebinding).

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use axum::{
    Router,
    extract::Request,
    http::{StatusCode, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How long open connections may take to finish once shutdown has begun.
const GRACE: Duration = Duration::from_secs(1);

/// Why a listener was refused.
#[derive(Debug, thiserror::Error)]
pub enum LoopbackError {
    /// The address can be reached from other machines.
    #[error(
        "{0} can be reached from other machines; the sample services let anyone sign in as anyone, \
         so they listen on loopback only (127.0.0.1 or ::1)"
    )]
    Exposed(SocketAddr),
    /// The operating system refused.
    #[error("cannot listen there: {0}")]
    Io(#[from] io::Error),
}

/// A TCP listener bound to a loopback address: the only kind the sample services take.
#[derive(Debug)]
pub struct Loopback {
    listener: TcpListener,
    address: SocketAddr,
}

impl Loopback {
    /// Listens on 127.0.0.1; port 0 takes a free one.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn bind(port: u16) -> Result<Self, LoopbackError> {
        Self::new(TcpListener::bind((IpAddr::from([127, 0, 0, 1]), port)).await?)
    }

    /// Takes a listener that is bound already.
    ///
    /// # Errors
    /// [`LoopbackError::Exposed`] when other machines could reach it.
    pub fn new(listener: TcpListener) -> Result<Self, LoopbackError> {
        let address = listener.local_addr()?;
        if address.ip().to_canonical().is_loopback() {
            Ok(Self { listener, address })
        } else {
            Err(LoopbackError::Exposed(address))
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:port`, without a slash at the end: ready to be an issuer.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The same address under a name that means this machine, `localhost` or `….localhost`: another site to a
    /// browser, so that cookies and redirects behave as they do between two real hosts.
    #[must_use]
    pub fn url_as(&self, host: &str) -> String {
        format!("http://{host}:{}", self.address.port())
    }

    pub(crate) async fn accept(&self) -> io::Result<(tokio::net::TcpStream, SocketAddr)> {
        self.listener.accept().await
    }

    /// Serves until `shutdown`, then gives open connections a second to finish.
    pub(crate) async fn serve_http(self, router: Router, shutdown: CancellationToken) -> io::Result<()> {
        let router = router.layer(middleware::from_fn(only_local_names));
        let served =
            axum::serve(self.listener, router).with_graceful_shutdown(shutdown.clone().cancelled_owned());
        let overdue = async {
            shutdown.cancelled().await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            result = served => result,
            () = overdue => Ok(()),
        }
    }
}

async fn only_local_names(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    // HTTP/2 has no Host header; its authority stands in the URI.
    let local =
        host.or_else(|| request.uri().authority().map(http::uri::Authority::as_str)).is_some_and(is_local);
    if local { next.run(request).await } else { StatusCode::MISDIRECTED_REQUEST.into_response() }
}

fn is_local(host_and_port: &str) -> bool {
    let Ok(uri) = host_and_port.parse::<Uri>() else { return false };
    let Some(host) = uri.host() else { return false };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn only_names_of_this_machine_are_answered() {
        for host in ["localhost", "localhost:9", "sign-in.localhost:9", "127.0.0.1:9", "127.9.9.9", "[::1]:9"]
        {
            assert!(is_local(host), "{host}");
        }
        for host in
            ["", "evil.example", "localhost.evil.example", "10.0.0.1:80", "[::2]:9", "a@b@c", "notlocalhost"]
        {
            assert!(!is_local(host), "{host}");
        }
    }
}
