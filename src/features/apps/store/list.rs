//! The list of apps: three statements, however many there are.
//!
//! What may not happen here: a look at the paired organization beyond what `next_to_partner` tells.

use std::collections::HashMap;

use crate::{
    auth::scope::OrgScope,
    clock::Instant,
    error::{Error, Result},
    features::apps::{
        filter::{Cursor, Filter, Sort, State},
        model::Standing,
    },
    ids::{AccountId, AppId},
};

/// How many a page shows.
pub(in crate::features::apps) const PAGE: usize = 50;

/// One line of the list.
#[derive(Debug)]
pub(in crate::features::apps) struct Line {
    pub(in crate::features::apps) id: AppId,
    pub(in crate::features::apps) name: String,
    pub(in crate::features::apps) description: String,
    pub(in crate::features::apps) network: String,
    pub(in crate::features::apps) state: State,
    /// What runs or is going out: version and commit.
    pub(in crate::features::apps) current: Option<(String, Option<String>)>,
    /// The version of the last report.
    pub(in crate::features::apps) latest: Option<String>,
    pub(in crate::features::apps) deployed_at: Option<Instant>,
    pub(in crate::features::apps) account: Option<(AccountId, String)>,
    pub(in crate::features::apps) token: Option<String>,
    /// The day of each deploy, as the picture wants it.
    pub(in crate::features::apps) days: Vec<i32>,
}

/// One page of the list.
#[derive(Debug, Default)]
pub(in crate::features::apps) struct Lines {
    pub(in crate::features::apps) rows: Vec<Line>,
    /// Where the next page begins, if there is one.
    pub(in crate::features::apps) next: Option<Cursor>,
}

struct Row {
    id: uuid::Uuid,
    name: String,
    description: String,
    network: String,
    state: String,
    version: Option<String>,
    commit: Option<String>,
    latest: Option<String>,
    deployed_at: Option<Instant>,
    account_id: Option<uuid::Uuid>,
    account_name: Option<String>,
    token_name: Option<String>,
    days: Vec<i32>,
}

/// One page of the apps. `days` are the beginnings of the days that the picture shows.
pub(in crate::features::apps) async fn list(
    db: &mut impl OrgScope,
    filter: &Filter,
    days: &[Instant],
) -> Result<Lines> {
    let org = db.org().uuid();
    let (from, name) = match &filter.after {
        Some(cursor) => (
            Some(cursor.deployed_at.map_or_else(|| "-infinity".to_owned(), |at| at.to_string())),
            Some(cursor.name.as_str()),
        ),
        None => (None, None),
    };
    let rows = sqlx::query_as!(
        Row,
        r#"with shown as (
             select a.*, case when deploy_state = 'succeeded' then 'live' when deploy_state = 'failed' then 'failed'
                 when deploy_state = 'none' then 'not-deployed'
                 when deployed_at < cordon_now() - interval '1 hour' then 'stalled' else 'rolling-out' end as state,
               case when $5 then '-infinity'::timestamptz else a.deployed_at end as place, n.name as network
             from apps a join networks n on n.id = a.network_id where a.org_id = $1
           ), page as (
             select * from shown
             where ($2 = '' or position(lower($2) in name) > 0) and ($3::text is null or state = $3)
               and ($4 = '' or network = $4)
               and ($6::text is null or place < $6::text::timestamptz
                    or (place = $6::text::timestamptz and name > $7::text))
             order by place desc, name limit $8
           )
           select a.id as "id!", a.name as "name!", a.description as "description!", a.network as "network!",
             a.state as "state!", c.version as "version?", c.commit as "commit?", l.version as "latest?",
             nullif(a.deployed_at, '-infinity') as "deployed_at?: Instant", l.account_id as "account_id?",
             p.name as "account_name?", l.token_name as "token_name?",
             array(select width_bucket(r.started_at, $9::timestamptz[]) * case when r.status = 'failed' then -1 else 1 end
                   from releases r where r.app_id = a.id and r.started_at >= ($9::timestamptz[])[1]) as "days!"
           from page a left join releases c on c.app_id = a.id and c.seq = a.current_seq
             left join releases l on l.app_id = a.id and l.seq = a.latest_seq
             left join accounts p on p.id = l.account_id
           order by a.place desc, a.name"#,
        org,
        filter.q,
        filter.state.map(State::key),
        filter.network,
        filter.sort == Sort::Name,
        from,
        name,
        i64::try_from(PAGE + 1).unwrap_or(i64::MAX),
        days as &[Instant]
    )
    .fetch_all(db.connection())
    .await?;
    let mut rows = rows.into_iter().map(line).collect::<Result<Vec<_>>>()?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|last| Cursor {
        deployed_at: if filter.sort == Sort::Name { None } else { last.deployed_at },
        name: last.name.clone(),
    });
    Ok(Lines { rows, next })
}

fn line(row: Row) -> Result<Line> {
    Ok(Line {
        id: row.id.into(),
        name: row.name,
        description: row.description,
        network: row.network,
        state: state(&row.state)?,
        current: row.version.map(|version| (version, row.commit)),
        latest: row.latest,
        deployed_at: row.deployed_at,
        account: row.account_id.map(Into::into).zip(row.account_name),
        token: row.token_name,
        days: row.days,
    })
}

/// A state as the statements above and below spell it.
pub(super) fn state(key: &str) -> Result<State> {
    State::parse(key).ok_or_else(|| Error::Internal(anyhow::anyhow!("an app in an unknown state")))
}

/// What stands around the list.
#[derive(Debug, Default)]
pub(in crate::features::apps) struct Around {
    /// How many apps are in which state.
    pub(in crate::features::apps) live: i64,
    pub(in crate::features::apps) rolling_out: i64,
    pub(in crate::features::apps) stalled: i64,
    pub(in crate::features::apps) failed: i64,
    pub(in crate::features::apps) not_deployed: i64,
    pub(in crate::features::apps) networks: Vec<String>,
    /// The paired organization, when the caller may look inside: slug and environment.
    pub(in crate::features::apps) partner: Option<(String, String)>,
    /// Changes when something happened here or there.
    pub(in crate::features::apps) news: String,
}

impl Around {
    pub(in crate::features::apps) fn apps(&self) -> i64 {
        self.live + self.rolling_out + self.stalled + self.failed + self.not_deployed
    }
}

/// Counts over all apps of the organization, its networks and its pair.
pub(in crate::features::apps) async fn around(db: &mut impl OrgScope) -> Result<Around> {
    let org = db.org().uuid();
    let row = sqlx::query!(
        r#"select count(*) filter (where deploy_state = 'succeeded') as "live!",
             count(*) filter (where deploy_state = 'started' and deployed_at >= cordon_now() - interval '1 hour') as "rolling_out!",
             count(*) filter (where deploy_state = 'started' and deployed_at < cordon_now() - interval '1 hour') as "stalled!",
             count(*) filter (where deploy_state = 'failed') as "failed!",
             count(*) filter (where deploy_state = 'none') as "not_deployed!",
             array(select name from networks where org_id = $1 order by name limit 200) as "networks!",
             (select array[p.slug, p.environment] from partner_of($1) p) as partner, org_news($1) as "news!"
           from apps where org_id = $1"#,
        org
    )
    .fetch_one(db.connection())
    .await?;
    let mut partner = row.partner.unwrap_or_default().into_iter();
    Ok(Around {
        live: row.live,
        rolling_out: row.rolling_out,
        stalled: row.stalled,
        failed: row.failed,
        not_deployed: row.not_deployed,
        networks: row.networks,
        partner: partner.next().zip(partner.next()),
        news: row.news,
    })
}

/// Changes when something happened in this organization or in the paired one.
pub(in crate::features::apps) async fn news(db: &mut impl OrgScope) -> Result<String> {
    let org = db.org().uuid();
    Ok(sqlx::query_scalar!(r#"select org_news($1) as "news!""#, org).fetch_one(db.connection()).await?)
}

/// How these apps stand next to their counterparts in the paired organization; those without one are missing.
pub(in crate::features::apps) async fn standings(
    db: &mut impl OrgScope,
    apps: &[AppId],
) -> Result<HashMap<AppId, Standing>> {
    let org = db.org().uuid();
    let asked: Vec<uuid::Uuid> = apps.iter().map(|app| app.uuid()).collect();
    let rows = sqlx::query!(
        r#"select app_id as "app_id!", standing as "standing!", distance as "distance!" from next_to_partner($1, $2)"#,
        org,
        &asked
    )
    .fetch_all(db.connection())
    .await?;
    Ok(rows.into_iter().map(|row| (row.app_id.into(), Standing::read(&row.standing, row.distance))).collect())
}
