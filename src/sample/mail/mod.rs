//! A mail server on loopback that keeps what it is given: no message goes any further.
//!
//! What may not happen here: sending anything, or keeping a message after the process ends.

mod message;
mod pages;
mod smtp;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::sync::watch;

pub use message::{Envelope, Message};
pub use pages::serve_pages;
pub use smtp::serve;

use super::{Calls, SampleError, switchboard::lock};
use crate::clock::Clock;

/// How many messages are kept; the oldest go first.
const KEPT: usize = 200;
/// How long [`Mailbox::wait_for`] waits.
const PATIENCE: Duration = Duration::from_secs(10);

/// A point of an SMTP conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The greeting, before the client said anything.
    Connection,
    /// `RCPT TO`
    Recipient,
    /// The end of the message's text.
    Message,
}

/// How the server treats whoever comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Takes every message.
    Accept,
    /// Answers a stage with this code: 4xx "not now", 5xx "never".
    Answer(Stage, u16),
    /// Waits this long before each answer, then takes the message.
    Slow(Duration),
    /// Hangs up after the message's text without an answer: the client cannot know whether it was kept.
    HangUp {
        /// Whether it was.
        kept: bool,
    },
    /// Hangs up on every connection without a word.
    Refuse,
}

impl Mode {
    /// "Not now" after the whole message was sent.
    pub const BUSY: Self = Self::Answer(Stage::Message, 451);
    /// "No such mailbox" for every recipient.
    pub const REJECT: Self = Self::Answer(Stage::Recipient, 550);
}

/// What the server keeps; clones are handles to the same box.
#[derive(Clone, Debug)]
pub struct Mailbox(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: Clock,
    mode: Mutex<Mode>,
    kept: Mutex<VecDeque<Arc<Message>>>,
    stages: Calls<Stage>,
    arrived: watch::Sender<Arrived>,
}

/// Counters that only grow, and the value of the first at the last [`Mailbox::clear`].
#[derive(Clone, Copy, Debug, Default)]
struct Arrived {
    ever: u64,
    cleared: u64,
}

impl Mailbox {
    /// An empty box that accepts.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self(Arc::new(Inner {
            clock,
            mode: Mutex::new(Mode::Accept),
            kept: Mutex::default(),
            stages: Calls::default(),
            arrived: watch::Sender::default(),
        }))
    }

    /// Changes how the server behaves, from the next stage of any conversation on.
    pub fn set_mode(&self, mode: Mode) {
        *lock(&self.0.mode) = mode;
    }

    /// The messages kept, oldest first, at most the last 200.
    #[must_use]
    pub fn messages(&self) -> Vec<Arc<Message>> {
        lock(&self.0.kept).iter().cloned().collect()
    }

    /// What the SMTP conversations said about sender and recipients, in the order of [`Mailbox::messages`].
    #[must_use]
    pub fn envelopes(&self) -> Vec<Envelope> {
        self.messages().iter().map(|message| message.envelope.clone()).collect()
    }

    /// How often each stage was reached, refusals included.
    #[must_use]
    pub fn stages(&self) -> &Calls<Stage> {
        &self.0.stages
    }

    /// The messages, once at least `count` have arrived since the start or the last [`Mailbox::clear`].
    ///
    /// # Errors
    /// When fewer have arrived after ten seconds.
    pub async fn wait_for(&self, count: u64) -> Result<Vec<Arc<Message>>, SampleError> {
        let mut arrived = self.0.arrived.subscribe();
        let enough = arrived.wait_for(|arrived| arrived.ever - arrived.cleared >= count);
        let waited = tokio::time::timeout(PATIENCE, enough).await.is_ok();
        if waited {
            return Ok(self.messages());
        }
        let now = *self.0.arrived.borrow();
        let (there, seconds) = (now.ever - now.cleared, PATIENCE.as_secs());
        Err(SampleError::new(format_args!("{there} of {count} messages had arrived after {seconds} seconds")))
    }

    /// Throws every message away and counts from zero.
    pub fn clear(&self) {
        lock(&self.0.kept).clear();
        self.0.stages.reset();
        self.0.arrived.send_modify(|arrived| arrived.cleared = arrived.ever);
    }

    fn find(&self, id: u64) -> Option<Arc<Message>> {
        lock(&self.0.kept).iter().find(|message| message.id == id).cloned()
    }

    fn mode(&self) -> Mode {
        *lock(&self.0.mode)
    }

    fn keep(&self, envelope: Envelope, raw: Vec<u8>) {
        let mut kept = lock(&self.0.kept);
        let id = self.0.arrived.borrow().ever + 1;
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(Arc::new(Message::parse(id, self.0.clock.now(), envelope, raw)));
        self.0.arrived.send_modify(|arrived| arrived.ever = id);
    }
}
