//! Writing down what a pipeline reports.
//!
//! What may not happen here: two reports of one app at once, or an answer remembered for another report.

use serde_json::Value;

use crate::{
    auth::scope::{OrgScope, OrgWrite},
    error::{Error, Result},
    features::releases::{
        events::Reported,
        form::Report,
        model::{Release, Status},
        store::find,
    },
    ids::{AccountId, AppId, ReleaseId, TokenId},
    role::Deploy,
};

/// Who reports: the token, and the person whose own key it is.
#[derive(Clone, Debug)]
pub struct Reporter {
    /// A personal token speaks for its maker.
    pub account: Option<AccountId>,
    /// The token.
    pub token: TokenId,
    /// What it is called now.
    pub name: String,
}

/// What was answered under an idempotency key.
#[derive(Debug)]
pub struct Answered {
    /// Whether the same was reported then.
    pub same: bool,
    /// Whether that made the release.
    pub created: bool,
    /// The answer's body.
    pub answer: Value,
}

/// The app of that name, which nobody else reports about or moves until this transaction is over.
///
/// # Errors
/// When the database does not answer.
pub async fn lock_app(db: &mut OrgWrite<'_, Deploy>, name: &str) -> Result<Option<AppId>> {
    let org = db.org().uuid();
    let id = sqlx::query_scalar!(
        "select id from apps where org_id = $1 and name = $2 for no key update",
        org,
        name
    )
    .fetch_optional(db.connection())
    .await?;
    Ok(id.map(Into::into))
}

/// What was answered under this key, if anything was.
///
/// # Errors
/// When the database does not answer.
pub async fn answered(
    db: &mut OrgWrite<'_, Deploy>,
    app: AppId,
    key: &str,
    report: &Report,
) -> Result<Option<Answered>> {
    let (org, fingerprint) = (db.org().uuid(), report.fingerprint()?);
    let row = sqlx::query!(
        "select fingerprint, created, answer from release_keys where org_id = $1 and app_id = $2 and key = $3",
        org,
        app.uuid(),
        key
    )
    .fetch_optional(db.connection())
    .await?;
    Ok(row.map(|row| Answered {
        same: row.fingerprint == fingerprint,
        created: row.created,
        answer: row.answer,
    }))
}

/// Remembers an answer for a week.
///
/// # Errors
/// When the database does not answer.
pub async fn remember(
    db: &mut OrgWrite<'_, Deploy>,
    app: AppId,
    (key, report): (&str, &Report),
    (created, answer): (bool, &Value),
) -> Result<()> {
    let (org, fingerprint) = (db.org().uuid(), report.fingerprint()?);
    sqlx::query!(
        "with old as (
           delete from release_keys where app_id = $2 and made_at < cordon_now() - interval '7 days'
         )
         insert into release_keys (org_id, app_id, key, fingerprint, created, answer) values ($1, $2, $3, $4, $5, $6)",
        org,
        app.uuid(),
        key,
        &fingerprint,
        created,
        answer
    )
    .execute(db.connection())
    .await?;
    Ok(())
}

/// Writes a report down. One about a version that is going out goes on with that release; one that repeats the newest
/// release repeats it; every other begins a release. Gives the release, whether it is new, and the event.
///
/// # Errors
/// [`Error::Conflict`] when that version is going out from another commit.
pub async fn report(
    db: &mut OrgWrite<'_, Deploy>,
    (app, name): (AppId, &str),
    report: &Report,
    by: &Reporter,
) -> Result<(Release, bool, Reported)> {
    let org = db.org();
    let known = known(db, app, report).await?;
    let created = known.is_none();
    let (seq, before) = match known {
        Some((seq, before)) => {
            go_on(db, app, seq, report).await?;
            (seq, Some(before))
        }
        None => (begin(db, app, report, by).await?, None),
    };
    let release = find(db, app, seq).await?;
    let event = Reported {
        org,
        app,
        name: name.to_owned(),
        version: release.version.clone(),
        commit: release.commit.clone(),
        before,
        status: release.status,
    };
    Ok((release, created, event))
}

/// The release that a report is about: one of that version that is going out, else the newest when it says the same.
async fn known(db: &mut OrgWrite<'_, Deploy>, app: AppId, report: &Report) -> Result<Option<(i32, Status)>> {
    let org = db.org().uuid();
    let found = sqlx::query!(
        r#"select r.seq, r.status, coalesce(left(r.commit, 7) = left($4, 7), true) as "same_commit!"
           from releases r join apps a on a.id = r.app_id
           where r.org_id = $1 and r.app_id = $2 and r.version = $3
             and (r.status = 'started' or (r.seq = a.latest_seq and r.status = $5))
           order by r.status = 'started' desc, r.seq desc limit 1"#,
        org,
        app.uuid(),
        report.version,
        report.commit,
        report.status
    )
    .fetch_optional(db.connection())
    .await?;
    let Some(found) = found else { return Ok(None) };
    let status = Status::parse(&found.status).unwrap_or(Status::Started);
    if found.same_commit {
        Ok(Some((found.seq, status)))
    } else if status == Status::Started {
        Err(Error::Conflict(format!(
            "{} is going out from another commit. Report that release's end first. Nothing was changed.",
            report.version
        )))
    } else {
        Ok(None)
    }
}

async fn go_on(db: &mut OrgWrite<'_, Deploy>, app: AppId, seq: i32, report: &Report) -> Result<()> {
    let org = db.org().uuid();
    sqlx::query!(
        "update releases set status = $4, commit = coalesce(commit, $5), url = coalesce($6, url),
           finished_at = case when $4 = 'started' then null else coalesce(finished_at, greatest(cordon_now(), started_at)) end
         where org_id = $1 and app_id = $2 and seq = $3",
        org,
        app.uuid(),
        seq,
        report.status,
        report.commit,
        report.url
    )
    .execute(db.connection())
    .await?;
    Ok(())
}

async fn begin(db: &mut OrgWrite<'_, Deploy>, app: AppId, report: &Report, by: &Reporter) -> Result<i32> {
    let org = db.org().uuid();
    let seq = sqlx::query_scalar!(
        "insert into releases (id, org_id, app_id, seq, version, commit, status, url, finished_at,
           account_id, token_id, token_name)
         select $1, $2, a.id, coalesce(a.latest_seq, 0) + 1, $4, $5, $6, $7,
           case when $6 = 'started' then null else cordon_now() end, $8, $9, $10
         from apps a where a.org_id = $2 and a.id = $3 returning seq",
        ReleaseId::new().uuid(),
        org,
        app.uuid(),
        report.version,
        report.commit,
        report.status().key(),
        report.url,
        by.account.map(AccountId::uuid),
        by.token.uuid(),
        by.name
    )
    .fetch_one(db.connection())
    .await?;
    Ok(seq)
}
