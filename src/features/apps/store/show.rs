//! One app with what its page says at the top, and what became of one that is not here any more.
//!
//! What may not happen here: saying where an app went.

use crate::{
    auth::scope::OrgScope,
    clock::Instant,
    error::{Error, Result},
    features::{
        apps::{
            filter::State,
            model::{Left, Standing},
            store::list::state,
        },
        networks,
    },
    ids::{AccountId, AppId},
};

/// An app with its state.
#[derive(Debug)]
pub(in crate::features::apps) struct Shown {
    pub(in crate::features::apps) id: AppId,
    pub(in crate::features::apps) name: String,
    pub(in crate::features::apps) description: String,
    pub(in crate::features::apps) url: Option<String>,
    pub(in crate::features::apps) network: String,
    /// In its network.
    pub(in crate::features::apps) address: String,
    pub(in crate::features::apps) owner: Option<(AccountId, String)>,
    pub(in crate::features::apps) created_at: Instant,
    pub(in crate::features::apps) state: State,
    pub(in crate::features::apps) current: Option<(String, Option<String>)>,
    pub(in crate::features::apps) standing: Option<Standing>,
    /// The paired organization, when the caller may look inside: slug and environment.
    pub(in crate::features::apps) partner: Option<(String, String)>,
    /// The day of each deploy, as the picture wants it.
    pub(in crate::features::apps) days: Vec<i32>,
    /// Changes when something happened here or there.
    pub(in crate::features::apps) news: String,
}

/// The app of that name in this organization, in one statement.
pub(in crate::features::apps) async fn find_shown(
    db: &mut impl OrgScope,
    name: &str,
    days: &[Instant],
) -> Result<Option<Shown>> {
    let org = db.org().uuid();
    let row = sqlx::query!(
        r#"select a.id, a.name, a.description, a.url, n.name as network, n.number, a.owner_id, o.name as "owner_name?",
             a.created_at as "created_at: Instant",
             case when deploy_state = 'succeeded' then 'live' when deploy_state = 'failed' then 'failed'
               when deploy_state = 'none' then 'not-deployed'
               when deployed_at < cordon_now() - interval '1 hour' then 'stalled' else 'rolling-out' end as "state!",
             c.version as "version?", c.commit as "commit?", s.standing as "standing?", s.distance as "distance?",
             (select array[p.slug, p.environment] from partner_of($1) p) as partner, org_news($1) as "news!",
             array(select width_bucket(r.started_at, $3::timestamptz[]) * case when r.status = 'failed' then -1 else 1 end
                   from releases r where r.app_id = a.id and r.started_at >= ($3::timestamptz[])[1]) as "days!"
           from apps a join networks n on n.id = a.network_id left join accounts o on o.id = a.owner_id
             left join releases c on c.app_id = a.id and c.seq = a.current_seq
             left join lateral next_to_partner($1, array[a.id]) s on true
           where a.org_id = $1 and a.name = $2"#,
        org,
        name,
        days as &[Instant]
    )
    .fetch_optional(db.connection())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let mut partner = row.partner.unwrap_or_default().into_iter();
    Ok(Some(Shown {
        id: row.id.into(),
        name: row.name,
        description: row.description,
        url: row.url,
        network: row.network,
        address: networks::address(row.number, row.id.into()),
        owner: row.owner_id.map(Into::into).zip(row.owner_name),
        created_at: row.created_at,
        state: state(&row.state)?,
        current: row.version.map(|version| (version, row.commit)),
        standing: row.standing.map(|told| Standing::read(&told, row.distance.unwrap_or_default())),
        partner: partner.next().zip(partner.next()),
        days: row.days,
        news: row.news,
    }))
}

/// Why no app of that name is here: it left, or there never was one as far as this organization knows.
pub async fn gone(db: &mut impl OrgScope, name: &str) -> Error {
    let org = db.org().uuid();
    let how =
        sqlx::query_scalar!("select how from app_departures where org_id = $1 and name = $2", org, name)
            .fetch_optional(db.connection())
            .await;
    match how {
        Ok(None) => Error::NotFound,
        Ok(Some(how)) => {
            let left = if how == "moved" { Left::Moved } else { Left::Deleted };
            Error::Gone(left.sentence(name))
        }
        Err(error) => error.into(),
    }
}
