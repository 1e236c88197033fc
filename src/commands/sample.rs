//! `cordon sample`: everything on one machine, to look at and to develop against.
//!
//! What may not happen here: anything reachable from another machine. The sample services take loopback listeners only,
//! and the dashboard listens on loopback too.

use std::path::PathBuf;

use clap::Args;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{database, serve};
use crate::{
    auth::oauth::{ProviderConfig, ProviderKind, Providers, http_client},
    clock::Clock,
    config::{Config, DatabaseArgs, MailConfig, WebConfig},
    sample::{
        Loopback, data,
        idp::{self, Client, Idp, IdpSettings},
        mail::{self, Mailbox},
        people,
    },
};

/// Ports and the folder of the sample.
#[derive(Args, Debug)]
pub struct SampleArgs {
    /// Port of the dashboard; the identity provider, the mail pages and the mail server take the next three
    #[arg(long, env = "CORDON_SAMPLE_PORT", default_value_t = 7300)]
    port: u16,
    /// Folder of the private Postgres; kept between runs
    #[arg(long, env = "CORDON_STATE_DIR", default_value = "var")]
    state_dir: PathBuf,
}

pub(super) async fn run(args: &SampleArgs) -> anyhow::Result<()> {
    let clock = Clock::system();
    let listener = TcpListener::bind(("127.0.0.1", args.port)).await?;
    let idp_at = Loopback::bind(args.port + 1).await?;
    let pages_at = Loopback::bind(args.port + 2).await?;
    let smtp_at = Loopback::bind(args.port + 3).await?;
    let base_url: url::Url = format!("http://localhost:{}", args.port).parse()?;
    let issuer = idp_at.url();
    let secret = hex::encode(crate::ids::random_bytes::<16>()?);
    let client = Client {
        id: "cordon".into(),
        secret: secret.clone(),
        redirect_uris: vec![format!("{}sign-in/sample/callback", base_url)],
    };
    let idp = Idp::new(IdpSettings {
        issuer: issuer.clone(),
        clients: vec![client],
        people: people(),
        clock: clock.clone(),
    })?;
    let mailbox = Mailbox::new(clock.clone());
    let config = Config {
        web: WebConfig {
            base_url: base_url.clone(),
            listen: listener.local_addr()?,
            client_address_header: None,
            static_dir: None,
        },
        mail: MailConfig {
            smtp_url: SecretString::from(format!("smtp://{}", smtp_at.address())),
            from: "Cordon at Acme <cordon@acme.example>".into(),
        },
    };
    let provider = ProviderConfig {
        id: "sample".parse()?,
        label: "the sample provider".into(),
        kind: ProviderKind::Oidc { issuer: issuer.parse()? },
        client_id: "cordon".into(),
        client_secret: SecretString::from(secret),
    };
    let providers = Providers::new(vec![provider], &base_url, http_client()?, clock.clone())?;
    let state = DatabaseArgs {
        database_url: None,
        database_owner_url: None,
        data_dir: std::path::absolute(&args.state_dir)?,
        database_connections: None,
    };
    let found = database::find(&state).await?;
    if let Some(url) = found.superuser_url() {
        data::load(&url).await?;
    }
    let stop = CancellationToken::new();
    println!("\n  Cordon   {base_url}\n  Mail     {}\n", pages_at.url());
    tokio::spawn(idp::serve(idp_at, idp, stop.clone()));
    tokio::spawn(mail::serve(smtp_at, mailbox.clone(), stop.clone()));
    tokio::spawn(mail::serve_pages(pages_at, mailbox, stop.clone()));
    serve::serve(listener, found.db.clone(), config, providers, clock).await?;
    stop.cancel();
    found.close().await
}
