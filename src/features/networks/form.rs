//! The forms of networks, as typed and as parsed.
//!
//! What may not happen here: dropping what was typed when something is wrong.

use serde::Deserialize;

use crate::{
    features::networks::model::{NetworkName, NewExposure, Ports, Protocol},
    web::form::FieldErrors,
};

/// The form of a new network.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NetworkForm {
    #[serde(default)]
    pub(super) name: String,
}

/// The form of a new exposure; a link may fill in the app or the network.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExposureForm {
    #[serde(default)]
    pub(super) app: String,
    #[serde(default)]
    pub(super) network: String,
    #[serde(default)]
    pub(super) protocol: String,
    #[serde(default)]
    pub(super) ports: String,
}

/// What a list's address says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    /// The last name of the page before.
    #[serde(default)]
    pub(super) after: String,
}

impl NetworkForm {
    pub(super) fn parse(&self) -> Result<NetworkName, FieldErrors> {
        NetworkName::parse(&self.name).map_err(|sentence| FieldErrors::one("name", sentence))
    }
}

impl ExposureForm {
    pub(super) fn parse(&self) -> Result<NewExposure, FieldErrors> {
        let mut errors = FieldErrors::new();
        let named = |typed: &str, sentence: &str| {
            let typed = typed.trim();
            // Whatever is no name is no app and no network either; the store would say the same of it.
            let plain = typed.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            if typed.is_empty() || !plain { Err(sentence.to_owned()) } else { Ok(typed.to_owned()) }
        };
        let app = errors.take("app", named(&self.app, "Name an app of this organization."));
        let network = errors.take("network", named(&self.network, "Choose a network of this organization."));
        let protocol = match self.protocol.as_str() {
            "" => Ok(Protocol::Tcp),
            key => Protocol::parse(key).ok_or_else(|| "Choose TCP or UDP.".to_owned()),
        };
        let protocol = errors.take("protocol", protocol);
        let ports = errors.take("ports", Ports::parse(&self.ports));
        match (app, network, protocol, ports) {
            (Some(app), Some(network), Some(protocol), Some(ports)) => {
                Ok(NewExposure { app, network, protocol, ports })
            }
            _ => Err(errors),
        }
    }
}
