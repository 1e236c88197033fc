//! One private Postgres per test process; one database per test, copied from a migrated template.

use std::sync::OnceLock;

use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, postgres::PgConnectOptions};
use tokio::sync::OnceCell;

use crate::{
    db::{
        embedded::{Options, PrivatePostgres},
        migrate,
    },
    ids::random_bytes,
};

static SERVER: OnceLock<PrivatePostgres> = OnceLock::new();
static TEMPLATE: OnceCell<()> = OnceCell::const_new();

fn server() -> &'static PrivatePostgres {
    SERVER.get_or_init(|| {
        let root = std::path::PathBuf::from(format!("/tmp/cordon-test-{}", std::process::id()));
        let options = Options { durable: false, max_connections: 400, ..Options::new(root) };
        let mut server = PrivatePostgres::start(&options).expect("a private Postgres for the tests");
        server.discard_at_exit().expect("the tests' Postgres goes with them");
        server
    })
}

async fn superuser(statement: String) {
    let options: PgConnectOptions = server().superuser_url("postgres").parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// A fresh migrated database.
pub(crate) struct TestDatabase {
    pub(crate) name: String,
}

impl TestDatabase {
    pub(crate) async fn new() -> Self {
        TEMPLATE
            .get_or_init(|| async {
                superuser(include_str!("../db/roles.sql").to_owned()).await;
                superuser("create database template_cordon owner cordon_owner".to_owned()).await;
                migrate::run(&server().superuser_url("template_cordon")).await.unwrap();
            })
            .await;
        let name = format!("t_{}", hex::encode(random_bytes::<8>().unwrap()));
        superuser(format!("create database {name} template template_cordon owner cordon_owner")).await;
        Self { name }
    }

    /// As `cordon serve` connects.
    pub(crate) fn url(&self) -> String {
        server().url("cordon_web", &self.name)
    }

    /// As somebody who may do anything: to look, and to move the clock.
    pub(crate) fn superuser_url(&self) -> String {
        server().superuser_url(&self.name)
    }
}
