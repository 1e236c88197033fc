//! told to stop under load, the program finishes what it began, takes nothing new, and ends well.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::house::{House, browser};

const TEAM: &str = "/orgs/acme-staging/team";

/// A keep-alive client, as a proxy is one: asks until it learns that nothing more should be sent here.
async fn load(
    browser: reqwest::Client,
    url: String,
    drained: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
) -> Result<(), String> {
    while !drained.load(Ordering::SeqCst) {
        let answer = browser.get(&url).send().await.map_err(|error| format!("{error:?}"))?;
        let status = answer.status();
        answer.bytes().await.map_err(|error| format!("{error:?}"))?;
        if !status.is_success() {
            return Err(status.to_string());
        }
        answered.fetch_add(1, Ordering::SeqCst);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_told_to_stop_finishes_every_request_and_takes_no_new_one() {
    let house = House::new("stopping").await;
    let mut program = house.serve("smtp://127.0.0.1:1", &[]).await;
    let (drained, answered) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
    let clients: Vec<_> = (0..6)
        .map(|_| tokio::spawn(load(browser(&house), program.url(TEAM), drained.clone(), answered.clone())))
        .collect();
    // A connection that says nothing more must not keep the program alive.
    let mut idle = TcpStream::connect(("127.0.0.1", program.port)).await.unwrap();
    idle.write_all(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut heard = [0; 1024];
    assert!(idle.read(&mut heard).await.unwrap() > 0);
    tokio::time::sleep(Duration::from_millis(500)).await;

    // One slow request: its event waits for somebody who holds the organization's chain.
    let mut holder = house.connection().await;
    sqlx::raw_sql("begin; select from audit_chains where kind = 'org' for update")
        .execute(&mut holder)
        .await
        .unwrap();
    let slow = {
        let (browser, url) = (browser(&house), program.url("/orgs/acme-staging/apps"));
        tokio::spawn(async move { browser.post(url).form(&[("name", "checkout")]).send().await })
    };
    tokio::time::sleep(Duration::from_millis(300)).await;
    let told = Instant::now();
    program.terminate();

    let balancer = browser(&house);
    loop {
        let ready = balancer.get(program.url("/health/ready")).send().await.unwrap();
        if ready.status() == 503 {
            assert_eq!(
                ready.headers().get("connection").map(http::HeaderValue::as_bytes),
                Some(&b"close"[..])
            );
            break;
        }
        assert!(told.elapsed() < Duration::from_secs(1), "still ready after being told to stop");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let before = answered.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(answered.load(Ordering::SeqCst) > before, "what still comes is still answered");
    drained.store(true, Ordering::SeqCst);
    for client in clients {
        client.await.unwrap().unwrap();
    }

    while TcpStream::connect(("127.0.0.1", program.port)).await.is_ok() {
        assert!(told.elapsed() < Duration::from_millis(2500), "the door is still open");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(!slow.is_finished(), "the slow request outlives the door");
    sqlx::raw_sql("rollback").execute(&mut holder).await.unwrap();
    let slow = slow.await.unwrap().unwrap();
    assert_eq!(slow.status(), 303, "{}", house.log());
    let status = program.end(Duration::from_secs(10)).await.expect("it ends soon");
    assert_eq!(status.code(), Some(0), "{}", house.log());
    assert_eq!(house.texts("select name from apps").await, ["checkout"]);
    println!("{} answered, ended {:?} after being told", answered.load(Ordering::SeqCst), told.elapsed());
}

#[tokio::test]
async fn told_twice_it_ends_at_once() {
    let house = House::new("twice").await;
    let mut program = house.serve("smtp://127.0.0.1:1", &[]).await;
    program.terminate();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let told = Instant::now();
    program.terminate();
    let status = program.end(Duration::from_secs(2)).await.expect("it ends at once");
    assert!(told.elapsed() < Duration::from_secs(1) && !status.success());
}
