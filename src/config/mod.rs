//! Configuration: the only reader of the environment, one struct per concern.
//!
//! What may not happen here: a default that opens something. What is missing or unsafe stops the start in one line.

mod providers;

use std::{net::SocketAddr, path::PathBuf};

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use http::HeaderName;
use secrecy::SecretString;
use url::Url;

pub use providers::ProviderArgs;

/// Everything that `cordon serve` is told.
#[derive(Clone, Debug)]
pub struct Config {
    /// Addresses, links, cookies.
    pub web: WebConfig,
    /// Outgoing mail.
    pub mail: MailConfig,
}

/// Addresses, links, cookies.
#[derive(Clone, Debug)]
pub struct WebConfig {
    /// What every link begins with. https, or http on a loopback address.
    pub base_url: Url,
    /// Where to listen.
    pub listen: SocketAddr,
    /// The header in which our own proxy writes the caller's address.
    pub client_address_header: Option<HeaderName>,
    /// The folder of fingerprinted static files.
    pub static_dir: Option<PathBuf>,
}

/// Outgoing mail.
#[derive(Clone, Debug)]
pub struct MailConfig {
    /// `smtp://…` or `smtps://…`, with credentials if the server wants them.
    pub smtp_url: SecretString,
    /// The From address, with or without a name.
    pub from: String,
}

/// The environment and flags of `cordon serve`. Empty variables count as unset.
#[derive(Args, Clone, Debug)]
pub struct ServeArgs {
    /// What every link begins with: <https://cordon.acme.example>
    #[arg(long, env = "CORDON_BASE_URL")]
    pub base_url: Option<String>,
    /// Address and port to listen on
    #[arg(long, env = "CORDON_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: String,
    /// Header in which your proxy writes the caller's address, for example Fly-Client-IP
    #[arg(long, env = "CORDON_CLIENT_ADDRESS_HEADER")]
    pub client_address_header: Option<String>,
    /// Folder of static files, when not the one of the build
    #[arg(long, env = "CORDON_STATIC_DIR")]
    pub static_dir: Option<PathBuf>,
    /// `smtp://user:password@mail.acme.example:587?tls=required`
    #[arg(long, env = "CORDON_SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<SecretString>,
    /// From address of every mail: "Cordon at Acme <cordon@acme.example>"
    #[arg(long, env = "CORDON_MAIL_FROM")]
    pub mail_from: Option<String>,
    /// Who vouches for people
    #[command(flatten)]
    pub providers: ProviderArgs,
    /// Where the database is
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// Where the database is.
#[derive(Args, Clone, Debug)]
pub struct DatabaseArgs {
    /// postgres:// URL of the login `cordon_web`. Without it, Cordon runs a private Postgres of its own
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// postgres:// URL of the owner, for `cordon migrate`
    #[arg(long, env = "DATABASE_OWNER_URL", hide_env_values = true)]
    pub database_owner_url: Option<String>,
    /// Folder of the private Postgres
    #[arg(long, env = "CORDON_DATA_DIR", default_value = "/var/lib/cordon")]
    pub data_dir: PathBuf,
    /// Connections to the database; twice the cores is measured best
    #[arg(long, env = "CORDON_DATABASE_CONNECTIONS")]
    pub database_connections: Option<u32>,
}

fn set(value: Option<&String>) -> Option<&str> {
    value.map(String::as_str).map(str::trim).filter(|text| !text.is_empty())
}

impl DatabaseArgs {
    /// The URL of the database to serve from, if one is given.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        set(self.database_url.as_ref())
    }

    /// How many connections the pool may hold.
    #[must_use]
    pub fn connections(&self) -> u32 {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        self.database_connections.unwrap_or_else(|| u32::try_from(cores * 2).unwrap_or(8).max(4))
    }

    /// The owner's URL, if one is given.
    #[must_use]
    pub fn owner_url(&self) -> Option<&str> {
        set(self.database_owner_url.as_ref())
    }
}

impl ServeArgs {
    /// Checks everything; the error names the variable and what to put there.
    ///
    /// # Errors
    /// One clear line on anything missing or unsafe.
    pub fn config(&self) -> anyhow::Result<Config> {
        let base_url = base_url(set(self.base_url.as_ref()).context(
            "CORDON_BASE_URL is missing: set it to what people type, for example https://cordon.acme.example",
        )?)?;
        let listen: SocketAddr = self.listen.parse().context("CORDON_LISTEN is not an address and port")?;
        let client_address_header = set(self.client_address_header.as_ref())
            .map(|name| name.parse().context("CORDON_CLIENT_ADDRESS_HEADER is not a header name"))
            .transpose()?;
        let smtp_url =
            self.smtp_url.clone().filter(|url| !secrecy::ExposeSecret::expose_secret(url).is_empty());
        if let Some(url) = &smtp_url {
            // The URL holds a password: its own text never reaches the message.
            lettre::AsyncSmtpTransport::<lettre::Tokio1Executor>::from_url(
                secrecy::ExposeSecret::expose_secret(url),
            )
            .map_err(|_| {
                anyhow::anyhow!(
                    "CORDON_SMTP_URL is not an address like smtps://user:password@mail.acme.example"
                )
            })?;
        }
        let from = set(self.mail_from.as_ref())
            .context("CORDON_MAIL_FROM is missing: the address that invitations come from")?;
        from.parse::<lettre::message::Mailbox>().context("CORDON_MAIL_FROM is not an e-mail address")?;
        Ok(Config {
            web: WebConfig { base_url, listen, client_address_header, static_dir: self.static_dir.clone() },
            mail: MailConfig {
                smtp_url: smtp_url
                    .context("CORDON_SMTP_URL is missing: the server that sends invitations")?,
                from: from.to_owned(),
            },
        })
    }
}

/// Reads a base URL: an origin without a path, https unless it is this machine.
///
/// # Errors
/// One clear line.
pub fn base_url(text: &str) -> anyhow::Result<Url> {
    let url: Url = text.parse().context("CORDON_BASE_URL is not a URL")?;
    ensure!(url.path() == "/" && url.query().is_none(), "CORDON_BASE_URL must be an origin, without a path");
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => bail!("CORDON_BASE_URL is http on a public name: cookies would travel in clear. Use https"),
        other => bail!("CORDON_BASE_URL begins with {other}:, not https:"),
    }
}

/// Whether a URL points at this machine itself.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

impl WebConfig {
    /// Whether cookies must be sent over https only.
    #[must_use]
    pub fn secure(&self) -> bool {
        self.base_url.scheme() == "https"
    }

    /// The session cookie's name; browsers hold `__Host-` cookies to https, this host and the whole path.
    #[must_use]
    pub fn cookie(&self) -> &'static str {
        if self.secure() { "__Host-cordon" } else { "cordon" }
    }

    /// Host and port, as the Host header and the page's corner write it.
    #[must_use]
    pub fn authority(&self) -> String {
        self.base_url[url::Position::BeforeHost..url::Position::AfterPort].to_owned()
    }

    /// An absolute link to a local path.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.base_url.as_str().trim_end_matches('/'))
    }
}
