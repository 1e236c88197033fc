//! Tokens from the making to the end, as people and programs see them.

mod audit;
mod ends;
mod introspection;
mod inventory;
mod making;
mod races;

use http::Method;

use crate::testing::{Person, Seen, World};

const TOKENS: &str = "/orgs/acme-production/tokens";
const OWN: &str = "/account/tokens";

/// The token on the page that shows it.
fn secret(seen: &Seen) -> String {
    assert_eq!(seen.status, 200, "{}", seen.body);
    let at = seen.body.find("id=\"secret\"").expect("the page shows a token");
    let rest = &seen.body[at..];
    let start = rest.find('>').unwrap() + 1;
    rest[start..rest.find('<').unwrap()].to_owned()
}

/// Makes one through its page.
async fn make(world: &World, who: &Person, path: &str, scope: &str) -> String {
    secret(&world.post(Some(who), path, &[("name", "ci-main"), ("scope", scope), ("days", "90")]).await)
}

async fn whoami(world: &World, token: &str) -> Seen {
    world.with_token(token, Method::GET, "/api/v1/token", None).await
}

/// One value from the database, as text.
async fn one(world: &World, query: &str) -> String {
    let mut connection = world.connection().await;
    #[expect(clippy::disallowed_methods, reason = "a look from outside the application")]
    let value: Option<String> =
        sqlx::query_scalar(sqlx::AssertSqlSafe(query.to_owned())).fetch_one(&mut connection).await.unwrap();
    value.unwrap_or_default()
}

/// Where the token of that name is revoked.
async fn revocation(world: &World, name: &str) -> String {
    let id =
        one(world, &format!("select id::text from tokens where name = '{name}' order by id desc limit 1"))
            .await;
    format!("{TOKENS}/{id}/revocation")
}

/// What the database says to a statement of somebody who may do anything.
async fn force(world: &World, statement: &'static str) -> String {
    let mut connection = world.connection().await;
    match sqlx::raw_sql(statement).execute(&mut connection).await {
        Ok(_) => "done".to_owned(),
        Err(error) => error.to_string(),
    }
}
