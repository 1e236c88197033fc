//! Why a sign-in did not happen: one sentence for the person, one line for the log.
//!
//! What may not happen here: a provider's text on a page, or a code, token, secret or address in the log.

/// A sign-in that did not happen. Nobody is signed in and nothing is stored in any of these cases.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.log_reason())]
pub enum OAuthError {
    /// No such provider is configured (answer 404).
    UnknownProvider,
    /// The provider does not answer, or its discovery document cannot be used (answer 503).
    Unavailable {
        /// The provider's label.
        provider: String,
        /// What went wrong, for the log.
        reason: String,
    },
    /// The provider answered with an OAuth error (RFC 6749 sections 4.1.2.1 and 5.2; answer 400).
    Refused {
        /// The provider's label.
        provider: String,
        /// The error code, cut to 64 of `a-z`, `0-9`, `_`, `-` and `.`.
        code: String,
        /// The provider's description for the log, without control characters and addresses.
        description: Option<String>,
    },
    /// The answer does not belong to the sign-in that this browser started (answer 400).
    Mismatch(Mismatch),
    /// The provider's tokens or person data do not hold up (answer 400).
    BadToken {
        /// The provider's label.
        provider: String,
        /// Which check failed, for the log.
        reason: String,
    },
    /// This machine could not do its part, such as drawing random numbers (answer 500).
    Internal(&'static str),
}

/// Which tie between a sign-in and its answer is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// `state` is missing or another one (RFC 6749 section 10.12).
    State,
    /// The answer came in at another provider's callback (RFC 9700 section 4.4.2).
    Provider,
    /// `iss` names another issuer (RFC 9207 section 2.4).
    Issuer,
    /// `iss` is missing although the provider promises it (RFC 9207 section 2.4).
    NoIssuer,
    /// More than ten minutes passed since the start.
    Expired,
    /// There is neither a code nor an error in the answer.
    NoCode,
}

impl OAuthError {
    /// One plain sentence for the page. Holds nothing that came from the browser or the provider.
    #[must_use]
    pub fn public_message(&self) -> String {
        match self {
            Self::UnknownProvider => "There is no such way to sign in here.".to_owned(),
            Self::Unavailable { provider, .. } => {
                format!("{provider} does not answer, so you are not signed in: try again in a minute.")
            }
            Self::Refused { provider, code, .. } => format!("{provider} did not let you in: {}.", refusal(code)),
            Self::Mismatch(Mismatch::Expired) => {
                "You are not signed in: more than 10 minutes passed since you started.".to_owned()
            }
            Self::Mismatch(_) => {
                "You are not signed in: this answer does not belong to a sign-in that you started in this browser."
                    .to_owned()
            }
            Self::BadToken { provider, .. } => {
                format!("You are not signed in: what {provider} says about you does not pass our checks.")
            }
            Self::Internal(_) => "Something broke on our side, so you are not signed in.".to_owned(),
        }
    }

    /// One line for the log: what happened and where, without secrets, addresses or bodies.
    #[must_use]
    pub fn log_reason(&self) -> String {
        match self {
            Self::UnknownProvider => "unknown provider".to_owned(),
            Self::Unavailable { provider, reason } => format!("{provider} is unavailable: {reason}"),
            Self::Refused { provider, code, description: None } => format!("{provider} refused: {code}"),
            Self::Refused { provider, code, description: Some(text) } => {
                format!("{provider} refused: {code} ({text})")
            }
            Self::Mismatch(which) => format!("answer does not match its sign-in: {}", which.name()),
            Self::BadToken { provider, reason } => format!("{provider} sent a bad token: {reason}"),
            Self::Internal(reason) => (*reason).to_owned(),
        }
    }

    /// A refusal with the provider's own words made harmless (OA-17).
    pub(super) fn refused(provider: &str, code: &str, description: Option<&str>) -> Self {
        let harmless = |c: &char| matches!(c, 'a'..='z' | '0'..='9' | '_' | '-' | '.');
        let code: String = code.chars().filter(harmless).take(64).collect();
        let code = if code.is_empty() { "unreadable".to_owned() } else { code };
        Self::Refused {
            provider: provider.to_owned(),
            code,
            description: description.map(tame).filter(|text| !text.is_empty()),
        }
    }
}

impl Mismatch {
    const fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Provider => "provider",
            Self::Issuer => "iss is another issuer's",
            Self::NoIssuer => "iss is missing",
            Self::Expired => "expired",
            Self::NoCode => "no code",
        }
    }
}

/// The reason behind a code of RFC 6749, `OpenID` Connect Core 3.1.2.6 or GitHub, in our words.
fn refusal(code: &str) -> &'static str {
    match code {
        "access_denied" => "you closed its page",
        "login_required" | "interaction_required" | "account_selection_required" => {
            "it wants you to sign in there first"
        }
        "consent_required" => "it wants your consent first",
        "temporarily_unavailable" | "server_error" => "it has trouble of its own, so try again in a minute",
        "invalid_grant" | "bad_verification_code" => "this answer was used before or is too old",
        "invalid_client"
        | "incorrect_client_credentials"
        | "unauthorized_client"
        | "redirect_uri_mismatch" => {
            "it does not accept this installation's settings, so tell whoever runs Cordon"
        }
        "application_suspended" => "it suspended this installation, so tell whoever runs Cordon",
        "unverified_user_email" => "your e-mail address there is not verified",
        _ => "it gave a reason that we keep in our log",
    }
}

/// At most 200 characters on one line: control characters become spaces, words with an `@` a placeholder.
fn tame(text: &str) -> String {
    let flat: String = text.chars().take(400).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words =
        flat.split_whitespace().map(|word| if word.contains(['@', '\u{ff20}']) { "[address]" } else { word });
    words.collect::<Vec<_>>().join(" ").chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_page_is_told_in_plain_words() {
        let error = OAuthError::refused("GitHub", "access_denied", None);
        assert_eq!(error.public_message(), "GitHub did not let you in: you closed its page.");
    }

    #[test]
    fn a_providers_words_never_reach_the_page_and_stay_on_one_log_line() {
        let error = OAuthError::refused(
            "GitHub",
            "<script>x</script>",
            Some("<script>alert(1)</script>\r\nFAKE LINE\u{1b}[31m lena@acme.example"),
        );
        assert_eq!(
            error.public_message(),
            "GitHub did not let you in: it gave a reason that we keep in our log."
        );
        let line = error.log_reason();
        assert!(!line.contains(char::is_control) && !line.contains('@'), "{line:?}");
        assert!(line.starts_with("GitHub refused: scriptxscript (<script>"), "{line:?}");
        assert!(OAuthError::refused("GitHub", "", Some("")).log_reason().ends_with("unreadable"));
    }

    #[test]
    fn every_public_message_is_one_sentence() {
        let reason = || "SECRET REASON".to_owned();
        for error in [
            OAuthError::UnknownProvider,
            OAuthError::Unavailable { provider: "Acme".into(), reason: reason() },
            OAuthError::BadToken { provider: "Acme".into(), reason: reason() },
            OAuthError::Mismatch(Mismatch::Expired),
            OAuthError::Mismatch(Mismatch::State),
            OAuthError::Internal("SECRET REASON"),
        ] {
            let text = error.public_message();
            assert!(
                text.ends_with('.') && text.matches(". ").count() == 0 && !text.contains("SECRET"),
                "{text}"
            );
        }
    }
}
