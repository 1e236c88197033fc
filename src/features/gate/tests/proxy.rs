//! A real nginx in front of a real upstream: what the gate says is what happens.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    response::IntoResponse as _,
    routing::{any, get},
};
use futures_util::{StreamExt as _, stream};
use http::{HeaderMap, StatusCode};
use reqwest::RequestBuilder;

use crate::{auth::token::Kind, testing::World};

/// As in `docs/door.md`; the temporary paths are the test's.
const CONFIGURATION: &str = include_str!("nginx.conf");

struct Nginx {
    child: Child,
    folder: PathBuf,
    base: String,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Where `bin/setup` may have put it.
fn program() -> PathBuf {
    let unpacked = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/nginx/usr/sbin/nginx");
    [PathBuf::from("/usr/sbin/nginx"), unpacked]
        .into_iter()
        .find(|path| path.exists())
        .unwrap_or("nginx".into())
}

async fn nginx(cordon: SocketAddr, upstream: SocketAddr) -> Nginx {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let folder = std::env::temp_dir().join(format!("cordon-nginx-{port}"));
    std::fs::create_dir_all(&folder).unwrap();
    let text = CONFIGURATION
        .replace("LISTEN", &format!("127.0.0.1:{port}"))
        .replace("CORDON", &cordon.to_string())
        .replace("UPSTREAM", &upstream.to_string());
    std::fs::write(folder.join("nginx.conf"), text).unwrap();
    let mut command = Command::new(program());
    command.arg("-p").arg(&folder).args(["-c", "nginx.conf", "-e", "stderr"]);
    command.args(["-g", "daemon off; master_process off;"]).stderr(Stdio::null());
    let child = command.spawn().expect("nginx is missing: `bin/setup nginx` gets it");
    let nginx = Nginx { child, folder, base: format!("http://127.0.0.1:{port}") };
    for _ in 0..200 {
        if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return nginx;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("nginx does not listen");
}

/// Says what reached it, at once or over a second and a half.
fn upstream() -> Router {
    let echo = async |headers: HeaderMap| {
        let mut lines: Vec<String> = headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
            .collect();
        lines.sort();
        lines.join("\n")
    };
    let slow = async || {
        let chunks = stream::iter(0..15).then(async |n| {
            tokio::time::sleep(Duration::from_millis(100)).await;
            Ok::<_, std::io::Error>(format!("{n}\n"))
        });
        ([("x-accel-buffering", "no")], Body::from_stream(chunks)).into_response()
    };
    Router::new().route("/slow", get(slow)).fallback(any(echo))
}

async fn serve(router: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

/// A caller from outside.
fn client() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

async fn status(request: RequestBuilder) -> StatusCode {
    request.send().await.unwrap().status()
}

#[tokio::test]
async fn nginx_lets_in_whom_the_gate_lets_in_and_nobody_else() {
    let world = World::new().await;
    world.app(world.acme, "harbor-web").await;
    let (cordon, behind) = (serve(world.router()).await, serve(upstream()).await);
    let nginx = nginx(cordon, behind).await;
    let http = client();
    let ask = |path: &str| http.get(format!("{}{path}", nginx.base));
    let token = world.token(&world.linus, Kind::Org, "member", Some(world.acme), None).await;
    let foreign = world.token(&world.mallory, Kind::Org, "admin", Some(world.evil), None).await;
    let cookie = format!("{}={}", world.app.config.web.cookie(), world.vera.cookie);

    // Granted: by session and by token; the upstream learns who it is from Cordon alone, and gets no key of theirs.
    let cookies = format!("theme=dark; {cookie}; cart=7");
    let spoofed =
        ask("/").header("cookie", &cookies).header("x-cordon-role", "owner").header("x-cordon-token", "x");
    let seen = spoofed.send().await.unwrap();
    assert_eq!(seen.status(), 200);
    let text = seen.text().await.unwrap();
    assert!(
        text.ends_with("x-cordon-role: viewer") && text.contains("x-cordon-name: Vera Viewer\n"),
        "{text}"
    );
    assert!(text.contains("cookie: theme=dark; cart=7\n"), "{text}");
    assert!(!text.contains("x-cordon-token") && !text.contains("owner"), "{text}");
    let text = ask("/").bearer_auth(&token.text).send().await.unwrap().text().await.unwrap();
    assert!(text.contains(&format!("x-cordon-token: {}", token.id)), "{text}");
    assert!(!text.contains(&token.text), "the upstream got the token: {text}");

    // Refused: nobody, and somebody else's token.
    assert_eq!(status(ask("/")).await, 401);
    assert_eq!(status(ask("/").bearer_auth(&foreign.text)).await, 403);

    // A post is asked for too, and its body arrives only when its sender may in.
    let post = |token: &str| http.post(format!("{}/orders", nginx.base)).bearer_auth(token).body("one");
    assert_eq!(status(post(&token.text)).await, 200);
    assert_eq!(status(post(&foreign.text)).await, 403);

    // Revoked while an answer is on its way: what was let in ends in peace, the next request is refused.
    let mut answer = ask("/slow").bearer_auth(&token.text).send().await.unwrap();
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "0\n");
    world
        .sql(&format!(
            "update tokens set revoked_at = now(), revoked_by = '{0}' where id = '{1}'; {2}",
            world.ada.account,
            token.id,
            crate::testing::audit(world.acme, world.ada.account, "token.revoked")
        ))
        .await;
    assert_eq!(status(ask("/").bearer_auth(&token.text)).await, 401);
    let mut rest = String::new();
    while let Some(chunk) = answer.chunk().await.unwrap() {
        rest.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    assert!(rest.ends_with("14\n"), "{rest}");
}

#[tokio::test]
async fn an_end_in_the_middle_of_a_stream_refuses_the_next_request() {
    let world = World::new().await;
    world.app(world.acme, "harbor-web").await;
    let nginx = nginx(serve(world.router()).await, serve(upstream()).await).await;
    let http = client();
    let cookie = format!("{}={}", world.app.config.web.cookie(), world.linus.cookie);
    let ask = |path: &str| http.get(format!("{}{path}", nginx.base)).header("cookie", &cookie);
    world
        .sql(&format!(
            "update grants set ends_at = now() + interval '1 second' where account_id = '{}' and org_id = '{}'; {}",
            world.linus.account,
            world.acme,
            crate::testing::audit(world.acme, world.ada.account, "org.member_end_changed")
        ))
        .await;
    let answer = ask("/slow").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.unwrap().ends_with("14\n"));
    assert_eq!(status(ask("/")).await, 403);
}

#[tokio::test]
async fn without_an_answer_from_cordon_nobody_gets_in() {
    let behind = serve(upstream()).await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nginx = nginx(nobody, behind).await;
    assert_eq!(status(client().get(&nginx.base)).await, 500);
}
