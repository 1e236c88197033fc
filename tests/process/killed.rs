//! `kill -9` at any moment while people are invited. What was answered is there with its event, every mail goes
//! out, and a mail that was cut off goes out at most once more.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use cordon::{
    clock::Clock,
    sample::{
        Loopback,
        mail::{Mailbox, serve},
    },
};
use tokio_util::sync::CancellationToken;

use crate::house::{House, browser, invite};

const ROUNDS: u64 = 16;
/// Mails that the worker has in hand at one time.
const AT_WORK: usize = 3;

/// Every mail that arrived: who got it, and its Message-ID. The catcher forgets the oldest, so it is asked often.
async fn collect(post: Mailbox, kept: Arc<Mutex<BTreeMap<u64, (String, String)>>>) {
    loop {
        for message in post.messages() {
            let id = message.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("message-id"));
            let id = id.map(|(_, value)| value.clone()).unwrap_or_default();
            kept.lock().unwrap().insert(message.id, (message.envelope.recipients.join(" "), id));
        }
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}

/// Invites one after another until the program is gone; whoever was answered with success is noted.
async fn invite_on(
    house: Arc<House>,
    program: String,
    prefix: String,
    answered: Arc<Mutex<BTreeSet<String>>>,
) {
    let browser = browser(&house);
    for number in 0.. {
        let email = format!("{prefix}-{number}@guests.example");
        let Ok(status) = invite(&browser, &program, &email).await else { return };
        assert_eq!(status, 303, "{email}: {}", house.log());
        answered.lock().unwrap().insert(email);
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_program_loses_nothing_that_it_answered() {
    let house = Arc::new(House::new("killed").await);
    let (post, listener) = (Mailbox::new(Clock::system()), Loopback::bind(0).await.unwrap());
    let smtp = format!("smtp://{}", listener.address());
    tokio::spawn(serve(listener, post.clone(), CancellationToken::new()));
    let mails = Arc::new(Mutex::new(BTreeMap::new()));
    tokio::spawn(collect(post, mails.clone()));
    let answered = Arc::new(Mutex::new(BTreeSet::new()));

    let mut dice = 0x5DEE_CE66_u64;
    for round in 0..ROUNDS {
        let program = house.serve(&smtp, &[]).await;
        let guests: Vec<_> = (0..2)
            .map(|guest| {
                let prefix = format!("r{round}g{guest}");
                tokio::spawn(invite_on(house.clone(), program.url(""), prefix, answered.clone()))
            })
            .collect();
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        tokio::time::sleep(Duration::from_millis(100 + (dice >> 33) % 700)).await;
        program.kill();
        for guest in guests {
            guest.await.unwrap();
        }
    }

    let answered = std::mem::take(&mut *answered.lock().unwrap());
    assert!(answered.len() >= usize::try_from(ROUNDS).unwrap(), "too few were invited: {}", answered.len());
    // The killed workers' jobs come back once their heartbeat is a minute old; that minute is over for them now.
    house
        .sql("update graphile_worker._private_workers set last_heartbeat_at = now() - interval '10 minutes'")
        .await;
    let program = house.serve(&smtp, &[]).await;
    let unsent = "select email from invitations where mail_state <> 'sent'";
    let began = Instant::now();
    while !house.texts(unsent).await.is_empty() {
        assert!(began.elapsed() < Duration::from_mins(1), "{:?} wait for ever", house.texts(unsent).await);
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;

    let invited: BTreeSet<String> = house.texts("select email from invitations").await.into_iter().collect();
    let lost: Vec<_> = answered.difference(&invited).collect();
    assert!(lost.is_empty(), "answered and lost: {lost:?}");
    let recorded = "select personal::json ->> 'email' from audit_events where action = 'org.invitation_sent'";
    let mut recorded = house.texts(recorded).await;
    recorded.sort();
    assert_eq!(recorded, invited.iter().cloned().collect::<Vec<_>>(), "one event for each invitation");

    let mut letters: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (to, id) in mails.lock().unwrap().values() {
        letters.entry(to.clone()).or_default().push(id.clone());
    }
    let reached: BTreeSet<String> = letters.keys().cloned().collect();
    assert_eq!(reached, invited, "each invitation has its mail, and nobody else got one");
    for (to, ids) in &letters {
        assert!(ids.len() <= 2, "{to} got {} mails", ids.len());
        assert!(ids.iter().all(|id| *id == ids[0]), "{to} cannot know that it is the same mail: {ids:?}");
    }
    let twice = letters.values().filter(|ids| ids.len() == 2).count();
    println!("{} invited, {} answered, {twice} mailed twice, {ROUNDS} kills", invited.len(), answered.len());
    assert!(twice <= AT_WORK * usize::try_from(ROUNDS).unwrap(), "{twice} mails went out twice");

    drop(program);
    let (status, text) = house.run(&["audit", "verify"]);
    assert!(status.success(), "{text}");
}
