//! What the door's addresses and forms say.
//!
//! What may not happen here: a way back that was not checked (`ReturnTo` does that).

use serde::Deserialize;

use crate::auth::{oauth::Prompt, return_to::ReturnTo};

/// The address of the sign-in page.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Door {
    /// Where the person was going.
    #[serde(default)]
    pub(super) return_to: ReturnTo,
    /// Said when somebody wants to come in as somebody else.
    #[serde(default)]
    switch: Option<String>,
    /// Said when whoever is signed in is to prove themself anew.
    #[serde(default)]
    prove: Option<String>,
}

/// A provider's button.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Start {
    #[serde(default)]
    pub(super) return_to: ReturnTo,
    #[serde(default)]
    switch: Option<String>,
    #[serde(default)]
    prove: Option<String>,
}

/// The way out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignOut {
    /// Where the next person in this browser is going.
    #[serde(default)]
    pub(super) return_to: ReturnTo,
    #[serde(default)]
    keep_invitation: Option<String>,
}

impl Door {
    pub(super) fn switches(&self) -> bool {
        self.switch.is_some()
    }

    pub(super) fn proves(&self) -> bool {
        self.prove.is_some()
    }
}

impl Start {
    pub(super) fn prompt(&self) -> Option<Prompt> {
        if self.proves() {
            return Some(Prompt::Login);
        }
        (self.switch.as_deref() == Some("1")).then_some(Prompt::SelectAccount)
    }
}

impl Start {
    fn proves(&self) -> bool {
        self.prove.as_deref() == Some("1")
    }

    /// How old the proof at the provider may be, in seconds.
    pub(super) fn max_age(&self) -> Option<u32> {
        self.proves().then_some(60)
    }
}

impl SignOut {
    pub(super) fn keeps_invitation(&self) -> bool {
        self.keep_invitation.as_deref() == Some("1")
    }

    /// The sign-in page that follows.
    pub(super) fn door(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if self.keeps_invitation() {
            query.append_pair("switch", "1");
        }
        if self.return_to != ReturnTo::default() {
            query.append_pair("return_to", self.return_to.as_str());
        }
        let query = query.finish();
        if query.is_empty() { "/sign-in".to_owned() } else { format!("/sign-in?{query}") }
    }
}
