//! The rows of releases.
//!
//! What may not happen here: a release reached without the organization of the scope.

mod reports;

pub use reports::{Answered, Reporter, answered, lock_app, remember, report};

use crate::{
    auth::scope::OrgScope,
    clock::Instant,
    error::{Error, Result},
    features::releases::model::{Author, Release, Status},
    ids::AppId,
};

/// A part of an app's releases, newest first.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The releases.
    pub rows: Vec<Release>,
    /// Ask for what is below this one, if there is more.
    pub older: Option<i32>,
}

struct Row {
    id: uuid::Uuid,
    seq: i32,
    version: String,
    commit: Option<String>,
    status: String,
    url: Option<String>,
    started_at: Instant,
    finished_at: Option<Instant>,
    account_id: Option<uuid::Uuid>,
    account_name: Option<String>,
    token_name: Option<String>,
}

/// The app's releases below `before`, at most so many.
///
/// # Errors
/// When the database does not answer.
pub async fn list(db: &mut impl OrgScope, app: AppId, before: Option<i32>, most: u32) -> Result<Page> {
    let org = db.org();
    let rows = sqlx::query_as!(
        Row,
        r#"select r.id, r.seq, r.version, r.commit, r.status, r.url, r.started_at as "started_at: Instant",
                  r.finished_at as "finished_at?: Instant", r.account_id, p.name as "account_name?", r.token_name
           from releases r left join accounts p on p.id = r.account_id
           where r.org_id = $1 and r.app_id = $2 and r.seq < $3
           order by r.seq desc limit $4"#,
        org.uuid(),
        app.uuid(),
        before.unwrap_or(i32::MAX),
        i64::from(most) + 1
    )
    .fetch_all(db.connection())
    .await?;
    let mut rows = rows.into_iter().map(release).collect::<Result<Vec<_>>>()?;
    let more = rows.len() > most as usize;
    rows.truncate(most as usize);
    Ok(Page { older: rows.last().filter(|_| more).map(|last| last.seq), rows })
}

/// One release of an app.
pub(super) async fn find(db: &mut impl OrgScope, app: AppId, seq: i32) -> Result<Release> {
    let page = list(db, app, Some(seq.saturating_add(1)), 1).await?;
    let found = page.rows.into_iter().next().filter(|found| found.seq == seq);
    found.ok_or_else(|| Error::Internal(anyhow::anyhow!("a release that was just written is not there")))
}

fn release(row: Row) -> Result<Release> {
    let status = Status::parse(&row.status)
        .ok_or_else(|| Error::Internal(anyhow::anyhow!("a release of an unknown status")))?;
    Ok(Release {
        id: row.id.into(),
        seq: row.seq,
        version: row.version,
        commit: row.commit,
        status,
        url: row.url,
        started_at: row.started_at,
        finished_at: row.finished_at,
        author: match row.account_id {
            Some(account) => Author::Account(account.into(), row.account_name.unwrap_or_default()),
            None => Author::Token(row.token_name.unwrap_or_else(|| "a token".to_owned())),
        },
    })
}
