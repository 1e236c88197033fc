//! mail over TLS, from the first byte and by STARTTLS. A certificate that cannot be trusted gets no mail.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

use crate::house::{House, browser, invite};

/// An authority that nobody knows but whoever is given its file.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    file: PathBuf,
}

impl Authority {
    fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        let own = params.self_signed(&key).unwrap();
        let file = std::env::temp_dir().join(format!("cordon-{name}-{}.pem", std::process::id()));
        std::fs::write(&file, own.pem()).unwrap();
        Self { issuer: Issuer::new(params, key), file }
    }

    /// What a server of this name shows.
    fn acceptor(&self, host: &str) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new(vec![host.to_owned()]).unwrap().signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
    }
}

/// Speaks enough SMTP to take a mail. Gives the stream back at `STARTTLS`.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    offers: bool,
    greets: bool,
    taken: &AtomicUsize,
) -> std::io::Result<Option<S>> {
    let mut stream = BufReader::new(stream);
    if greets {
        stream.write_all(b"220 mail.localhost\r\n").await?;
    }
    let mut in_message = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        let answer: &[u8] = match line.trim_end() {
            "." if in_message => {
                in_message = false;
                taken.fetch_add(1, Ordering::SeqCst);
                b"250 taken\r\n"
            }
            _ if in_message => continue,
            "STARTTLS" if offers => {
                stream.write_all(b"220 go on\r\n").await?;
                return Ok(Some(stream.into_inner()));
            }
            "DATA" => {
                in_message = true;
                b"354 go on\r\n"
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").await?;
                return Ok(None);
            }
            hello if hello.starts_with("EHLO") && offers => b"250-mail.localhost\r\n250 STARTTLS\r\n",
            hello if hello.starts_with("EHLO") => b"250 mail.localhost\r\n",
            _ => b"250 ok\r\n",
        };
        stream.write_all(answer).await?;
    }
}

async fn converse(stream: TcpStream, acceptor: TlsAcceptor, implicit: bool, taken: Arc<AtomicUsize>) {
    if implicit {
        let Ok(stream) = acceptor.accept(stream).await else { return };
        let _ = talk(stream, false, true, &taken).await;
    } else if let Ok(Some(stream)) = talk(stream, true, true, &AtomicUsize::new(0)).await {
        let Ok(stream) = acceptor.accept(stream).await else { return };
        let _ = talk(stream, false, false, &taken).await;
    }
}

/// A mail server; how many mails it took under TLS.
async fn mail_server(acceptor: TlsAcceptor, implicit: bool) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let taken = Arc::<AtomicUsize>::default();
    let counted = taken.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, acceptor.clone(), implicit, counted.clone()));
        }
    });
    (port, taken)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_goes_out_over_tls_and_only_to_a_server_that_proves_its_name() {
    const DISTRUSTED: &str = "the mail server's certificate is not trusted";
    let house = House::new("tls").await;
    let (known, unknown) = (Authority::new("known"), Authority::new("unknown"));
    let trust = [("SSL_CERT_FILE", known.file.to_str().unwrap())];
    let cases = [
        ("implicit", known.acceptor("localhost"), true, ""),
        ("starttls", known.acceptor("localhost"), false, ""),
        ("implicit-unknown", unknown.acceptor("localhost"), true, DISTRUSTED),
        ("starttls-unknown", unknown.acceptor("localhost"), false, DISTRUSTED),
        ("another-name", known.acceptor("mail.acme.example"), true, DISTRUSTED),
    ];
    for (name, acceptor, implicit, error) in cases {
        let (port, taken) = mail_server(acceptor, implicit).await;
        let url = if implicit {
            format!("smtps://localhost:{port}")
        } else {
            format!("smtp://localhost:{port}?tls=required")
        };
        let program = house.serve(&url, &trust).await;
        let email = format!("{name}@guests.example");
        assert_eq!(invite(&browser(&house), &program.url(""), &email).await.unwrap(), 303);
        let look = format!(
            "select mail_state || ' ' || coalesce(mail_error, '') from invitations where email = '{email}'"
        );
        let expected = if error.is_empty() { "sent ".to_owned() } else { format!("pending {error}") };
        let began = Instant::now();
        loop {
            let state = house.texts(&look).await.remove(0);
            if state == expected {
                break;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "{name}: {state:?}\n{}", house.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(taken.load(Ordering::SeqCst), usize::from(error.is_empty()), "{name}");
        program.kill();
        // The next server must not get this one's mail.
        house.sql("delete from graphile_worker._private_jobs").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_offers_no_tls_gets_no_mail_when_tls_is_required() {
    let house = House::new("no-tls").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let taken = Arc::<AtomicUsize>::default();
    let counted = taken.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let counted = counted.clone();
            tokio::spawn(async move { talk(stream, false, true, &counted).await.map(drop) });
        }
    });
    let program = house.serve(&format!("smtp://localhost:{port}?tls=required"), &[]).await;
    assert_eq!(invite(&browser(&house), &program.url(""), "noor@guests.example").await.unwrap(), 303);
    let began = Instant::now();
    while house.texts("select mail_error from invitations").await.concat().is_empty() {
        assert!(began.elapsed() < Duration::from_secs(20), "{}", house.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(taken.load(Ordering::SeqCst), 0, "the mail went out in clear");
}
