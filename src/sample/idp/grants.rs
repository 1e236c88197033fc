//! What the provider remembers: codes, access tokens and who picked whom in which browser. In memory only.
//!
//! What may not happen here: a code that works twice, or after its sixty seconds.

use std::collections::HashMap;

use crate::{
    clock::Instant,
    sample::{SampleError, pkce::proves, random_text},
};

/// How long a code may be traded in, in seconds.
const CODE_SECONDS: i64 = 60;
/// How long an access token opens userinfo, in seconds.
pub(super) const TOKEN_SECONDS: i64 = 300;
/// How long a browser is remembered for `prompt=none`, in seconds.
const SESSION_SECONDS: i64 = 8 * 3600;

/// What a person's choice allows an application to learn.
#[derive(Clone, Debug)]
pub(super) struct Consent {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) challenge: String,
    pub(super) nonce: Option<String>,
    pub(super) scope: String,
    pub(super) subject: String,
    pub(super) signed_in_at: Instant,
}

/// Who opens userinfo with a token, and how far.
#[derive(Clone, Debug)]
pub(super) struct Access {
    pub(super) subject: String,
    pub(super) scope: String,
    expires: Instant,
}

/// A browser's earlier choice.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) subject: String,
    pub(super) at: Instant,
}

#[derive(Debug)]
struct Code {
    consent: Consent,
    expires: Instant,
    spent: bool,
    token: Option<String>,
}

#[derive(Debug, Default)]
pub(super) struct Grants {
    codes: HashMap<String, Code>,
    tokens: HashMap<String, Access>,
    sessions: HashMap<String, Session>,
}

/// What an application brings to trade in a code.
pub(super) struct Claim<'a> {
    pub(super) code: &'a str,
    pub(super) client_id: &'a str,
    pub(super) redirect_uri: &'a str,
    pub(super) verifier: &'a str,
}

impl Grants {
    pub(super) fn issue(&mut self, consent: Consent, now: Instant) -> Result<String, SampleError> {
        // Spent codes stay as long as their tokens live, so that a second use can revoke them.
        self.codes.retain(|_, code| code.expires.plus_seconds(TOKEN_SECONDS) > now);
        let code = random_text::<32>()?;
        let entry = Code { consent, expires: now.plus_seconds(CODE_SECONDS), spent: false, token: None };
        self.codes.insert(code.clone(), entry);
        Ok(code)
    }

    /// Trades a code in. One try each, right or wrong; a second one also revokes what the first gave (RFC 6749 4.1.2).
    pub(super) fn redeem(&mut self, claim: &Claim<'_>, now: Instant) -> Result<Consent, &'static str> {
        let code = self.codes.get_mut(claim.code).ok_or("This code was never given out.")?;
        if std::mem::replace(&mut code.spent, true) {
            if let Some(token) = code.token.take() {
                self.tokens.remove(&token);
            }
            return Err("This code was used before.");
        }
        let Code { consent, expires, .. } = code;
        if *expires <= now {
            return Err("This code is older than 60 seconds.");
        }
        if consent.client_id != claim.client_id {
            return Err("This code belongs to another application.");
        }
        if consent.redirect_uri != claim.redirect_uri {
            return Err("redirect_uri is not the one of the authorization request.");
        }
        if !proves(claim.verifier, &consent.challenge) {
            return Err("code_verifier does not match code_challenge.");
        }
        Ok(consent.clone())
    }

    pub(super) fn open(
        &mut self,
        code: &str,
        consent: &Consent,
        now: Instant,
    ) -> Result<String, SampleError> {
        self.tokens.retain(|_, access| access.expires > now);
        let token = random_text::<32>()?;
        let expires = now.plus_seconds(TOKEN_SECONDS);
        let access = Access { subject: consent.subject.clone(), scope: consent.scope.clone(), expires };
        self.tokens.insert(token.clone(), access);
        if let Some(code) = self.codes.get_mut(code) {
            code.token = Some(token.clone());
        }
        Ok(token)
    }

    pub(super) fn access(&self, token: &str, now: Instant) -> Option<Access> {
        self.tokens.get(token).filter(|access| access.expires > now).cloned()
    }

    pub(super) fn remember(&mut self, session: Session, now: Instant) -> Result<String, SampleError> {
        self.sessions.retain(|_, session| session.at.plus_seconds(SESSION_SECONDS) > now);
        let id = random_text::<32>()?;
        self.sessions.insert(id.clone(), session);
        Ok(id)
    }

    pub(super) fn session(&self, id: &str, now: Instant) -> Option<Session> {
        self.sessions.get(id).filter(|session| session.at.plus_seconds(SESSION_SECONDS) > now).cloned()
    }
}
