//! A report about a release, as a pipeline sends it and as parsed.
//!
//! What may not happen here: two reports that differ and yet are the same to an idempotency key.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use crate::{
    features::releases::model::Status,
    web::{form::FieldErrors, text},
};

/// A report about a release of an app.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(title = "Report")]
pub struct RawReport {
    /// As the pipeline calls it: a number, a tag, a commit. Letters, digits and `. _ + @ / -`.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = "^[A-Za-z0-9][A-Za-z0-9._+@/-]*$",
        example = "v214"
    )]
    version: String,
    /// The commit that it was built from, short or in full.
    #[serde(default)]
    #[schema(pattern = "^[0-9a-f]{7,64}$", example = "9c41e07")]
    commit: Option<String>,
    /// `started` when it begins to go out, then `succeeded` or `failed`. The last two also work alone.
    #[schema(value_type = StatusKey)]
    status: String,
    /// Where the pipeline tells about it.
    #[serde(default)]
    #[schema(max_length = 500, format = "uri", example = "https://ci.acme.example/runs/214")]
    url: Option<String>,
}

/// How far a release is.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = ReleaseStatus)]
pub enum StatusKey {
    /// Going out.
    Started,
    /// Out.
    Succeeded,
    /// Not out.
    Failed,
}

/// A report that was understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    pub(super) version: String,
    pub(super) commit: Option<String>,
    pub(super) status: &'static str,
    pub(super) url: Option<String>,
}

impl RawReport {
    /// # Errors
    /// What is wrong, field by field.
    pub fn parse(&self) -> Result<Report, FieldErrors> {
        let mut errors = FieldErrors::new();
        let version = errors.take("version", version(&self.version));
        let commit = errors.take("commit", self.commit.as_deref().map(commit).transpose());
        let status = Status::parse(&self.status).ok_or("Say started, succeeded or failed.".to_owned());
        let status = errors.take("status", status);
        let url = errors.take("url", url(self.url.as_deref()));
        match (version, commit, status, url) {
            (Some(version), Some(commit), Some(status), Some(url)) => {
                Ok(Report { version, commit, status: status.key(), url })
            }
            _ => Err(errors),
        }
    }
}

impl Report {
    /// Stands for what was reported: the same for the same report, another for any other.
    ///
    /// # Errors
    /// Never, for these fields.
    pub fn fingerprint(&self) -> crate::error::Result<[u8; 32]> {
        let bytes = serde_json::to_vec(self).map_err(crate::error::Error::internal)?;
        Ok(Sha256::digest(bytes).into())
    }

    pub(super) fn status(&self) -> Status {
        Status::parse(self.status).unwrap_or(Status::Started)
    }
}

fn url(told: Option<&str>) -> Result<Option<String>, String> {
    match told {
        Some(told) if told.trim().is_empty() => Err("Give a whole address, or leave it out.".into()),
        told => text::web_url(told.unwrap_or_default()),
    }
}

fn version(told: &str) -> Result<String, String> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"._+@/-".contains(&b);
    match told.len() {
        0 => Err("Say which version it is.".into()),
        101.. => Err("Use at most 100 characters.".into()),
        _ if told.bytes().all(fits) && told.starts_with(|c: char| c.is_ascii_alphanumeric()) => {
            Ok(told.to_owned())
        }
        _ => Err("Use letters, digits and . _ + @ / - only, and begin with a letter or a digit.".into()),
    }
}

fn commit(told: &str) -> Result<String, String> {
    let hex = told.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if (7..=64).contains(&told.len()) && hex {
        Ok(told.to_owned())
    } else {
        Err("Give the commit's hash: 7 to 64 lower-case hexadecimal digits.".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Report, FieldErrors> {
        serde_json::from_str::<RawReport>(json).unwrap().parse()
    }

    #[test]
    fn a_report_is_read_whole_or_not_at_all() {
        let report =
            parse(r#"{"version":"v1","commit":"9c41e07","status":"started","url":"https://ci.example/1"}"#);
        assert_eq!(report.unwrap().status(), Status::Started);
        assert!(parse(r#"{"version":"main/9c41e07","status":"failed"}"#).is_ok());
        let odd = parse(r#"{"version":"a b","commit":"XYZ","status":"done","url":"ftp://x"}"#).unwrap_err();
        assert_eq!(
            odd.iter().map(|(field, _)| field).collect::<Vec<_>>(),
            ["commit", "status", "url", "version"]
        );
        assert!(
            serde_json::from_str::<RawReport>(r#"{"version":"v1","status":"failed","org_id":1}"#).is_err()
        );
        assert!(
            serde_json::from_str::<RawReport>(r#"{"version":"v1","version":"v2","status":"failed"}"#)
                .is_err()
        );
    }

    #[test]
    fn another_report_has_another_fingerprint() {
        let print = |json| parse(json).unwrap().fingerprint().unwrap();
        assert_eq!(
            print(r#"{"version":"v1","status":"failed"}"#),
            print(r#"{"status":"failed","version":"v1","url":null}"#)
        );
        assert_ne!(
            print(r#"{"version":"v1","status":"failed"}"#),
            print(r#"{"version":"v1","status":"started"}"#)
        );
    }
}
