use sqlx::{Connection as _, PgConnection};

use super::{load, people::PEOPLE, stage::subject};
use crate::{sample::people, testing::TestDatabase};

async fn loaded() -> (TestDatabase, PgConnection) {
    let database = TestDatabase::new().await;
    assert!(load(&database.superuser_url()).await.unwrap());
    let connection = PgConnection::connect(&database.superuser_url()).await.unwrap();
    (database, connection)
}

#[test]
fn the_first_six_are_those_who_can_sign_in() {
    for (number, (ours, theirs)) in (1..).zip(PEOPLE.iter().zip(people())) {
        assert_eq!((subject(number), ours.name, ours.email()), (theirs.subject, &*theirs.name, theirs.email));
    }
}

#[tokio::test]
async fn loading_again_changes_nothing() {
    let (database, mut connection) = loaded().await;
    let before = sqlx::query_scalar!(r#"select count(*) as "n!" from audit_events"#)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert!(before > 500, "only {before} events");
    assert!(!load(&database.superuser_url()).await.unwrap());
    let after = sqlx::query_scalar!(r#"select count(*) as "n!" from audit_events"#)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(before, after);
}

#[tokio::test]
async fn everybody_is_where_the_switcher_says() {
    let (_database, mut connection) = loaded().await;
    let rows = sqlx::query!(
        r#"select o.slug, count(distinct g.account_id) as "people!",
             coalesce(max(g.role) filter (where a.name = 'Maren Holt'), '-') as "maren!",
             (select count(*) from invitations i where i.org_id = o.id and i.state = 'waiting'
                and i.expires_at > cordon_now() and i.mail_state = 'sent') as "invited!",
             (select count(*) from apps p where p.org_id = o.id) as "apps!"
           from orgs o join grants g on g.org_id = o.id and g.revoked_at is null and g.starts_at <= cordon_now()
             and (g.ends_at is null or g.ends_at > cordon_now()) join accounts a on a.id = g.account_id
           where o.environment <> 'personal' group by o.id order by o.slug"#
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let told: Vec<String> = rows
        .iter()
        .map(|row| format!("{} {} {} {} {}", row.slug, row.people, row.maren, row.invited, row.apps))
        .collect();
    assert_eq!(
        told,
        [
            "acme-lab 9 owner 0 2",
            "acme-production 6 owner 2 8",
            "acme-staging 14 admin 1 8",
            "beacon-production 4 - 0 2",
            "beacon-staging 8 viewer 0 1",
            "ledger-production 5 admin 0 2",
            "ledger-staging 11 member 0 1",
            "parcel-production 6 owner 0 2",
            "parcel-staging 12 admin 0 1",
        ]
    );
    let accounts = sqlx::query_scalar!(
        r#"select count(*) as "n!" from accounts a join orgs o on o.personal_account_id = a.id
           join identities i on i.account_id = a.id and i.provider = 'sample' and i.email_verified"#
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(accounts, 34);
    let jonas = sqlx::query_scalar!(
        r#"select (g.ends_at at time zone 'UTC')::date - (now() at time zone 'UTC')::date as "days!"
           from grants g join orgs o on o.id = g.org_id join accounts a on a.id = g.account_id
           where o.slug = 'acme-production' and a.name = 'Jonas Weidemann'"#
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(jonas, 2);
}

#[tokio::test]
async fn a_year_ago_eleven_people_reached_production() {
    let (_database, mut connection) = loaded().await;
    let people = sqlx::query_scalar!(
        r#"select count(distinct g.account_id) as "n!" from grants g join orgs o on o.id = g.org_id
           where o.slug = 'acme-production' and g.starts_at <= now() - interval '365 days'
             and coalesce(g.revoked_at, 'infinity') > now() - interval '365 days'
             and coalesce(g.ends_at, 'infinity') > now() - interval '365 days'"#
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(people, 11);
}

#[tokio::test]
async fn every_chain_verifies_and_runs_forward() {
    let (_database, mut connection) = loaded().await;
    let odd = sqlx::query_scalar!(
        r#"select count(*) as "n!" from (
             select e.*, audit_hash(e) as again, lag(e.hash) over chain as hash_before, lag(e.at) over chain as at_before,
               row_number() over chain as place
             from audit_events e window chain as (partition by chain_id order by seq)) e
           where e.hash <> e.again or e.place <> e.seq or (e.hash_before is not null and e.prev_hash <> e.hash_before)
             or e.at < e.at_before or e.at > now()
             or e.personal_digest <> sha256(convert_to('cordon.audit.personal.v1', 'UTF8')
               || audit_field(e.personal_salt) || audit_field(convert_to(e.personal, 'UTF8')))"#
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(odd, 0);
    let heads = sqlx::query_scalar!(
        r#"select count(*) as "n!" from audit_chains c
           where not exists (select from audit_events e where e.chain_id = c.id and e.seq = c.seq and e.hash = c.hash)"#
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(heads, 0);
}

#[tokio::test]
async fn the_clocks_are_real_again() {
    let (_database, mut connection) = loaded().await;
    let fresh = TestDatabase::new().await;
    let mut other = PgConnection::connect(&fresh.superuser_url()).await.unwrap();
    let mut told = Vec::new();
    for connection in [&mut connection, &mut other] {
        let row = sqlx::query!(
            r#"select cordon_now() = now() as "now!", cordon_clock() > now() as "clock!",
                 (select string_agg(pg_get_functiondef(p.oid) || p.proacl::text || p.proowner, ' ' order by p.proname)
                  from pg_proc p where p.proname in ('cordon_now', 'cordon_clock')) as "definitions!""#
        )
        .fetch_one(connection)
        .await
        .unwrap();
        assert!(row.now && row.clock);
        told.push(row.definitions);
    }
    assert_eq!(told[0], told[1]);
}
