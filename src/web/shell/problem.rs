//! The words of error pages: what happened, what did not, and one next step.
//!
//! What may not happen here: a cause that only an operator may know. That goes to the log, under the request's id.

use askama::Template;

use super::{Bare, Shell};

/// One refusal or failure in words.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// What happened, without a full stop.
    pub heading: String,
    /// What it means for the person; may be empty.
    pub sentence: String,
    /// The next step's word.
    pub link_label: String,
    /// Where the next step leads; empty when there is none.
    pub link_url: String,
    /// The request in the log.
    pub request_id: String,
}

/// The error as a page inside the shell, for people who are signed in.
#[derive(Template)]
#[template(path = "errors/page.html")]
pub struct ProblemPage<'a> {
    /// What is around it.
    pub shell: &'a Shell,
    /// What it says.
    pub problem: &'a Problem,
}

/// The error as a page of its own.
#[derive(Template)]
#[template(path = "errors/bare.html")]
pub struct ProblemBare<'a> {
    /// What is around it.
    pub bare: &'a Bare,
    /// What it says.
    pub problem: &'a Problem,
}

/// The error as the answer to a fragment request: a toast, out of band, with nothing to swap.
#[derive(Template)]
#[template(path = "errors/toast.html")]
pub struct ProblemToast<'a> {
    /// What it says.
    pub problem: &'a Problem,
}

impl Problem {
    /// Whether the page names the request: only where somebody has to look it up.
    #[must_use]
    pub fn shows_request(&self) -> bool {
        self.status >= 500
    }

    /// 403. `what` completes "You can see acme-production but not"; `who` are the people who can, by name.
    #[must_use]
    pub fn forbidden(slug: &str, what: &str, who_role: &str, who: &[String], request_id: &str) -> Self {
        let sentence =
            if who.is_empty() { String::new() } else { format!("{who_role} can: {}.", who.join(", ")) };
        let heading = format!("You can see {slug} but not {what}");
        Self::new(403, &heading, &sentence, ("Back to overview", &format!("/orgs/{slug}")), request_id)
    }

    /// Any status that needs no more than its words. Statuses without words of their own read as 400 or 500.
    #[must_use]
    pub fn of(status: u16, request_id: &str) -> Self {
        let orgs = ("All organizations", "/orgs");
        let (heading, sentence, link) = match status {
            401 => ("You are not signed in", "Sign in, then try again.", ("Sign in", "/sign-in")),
            403 => (
                "You may not do that",
                "Nothing was changed. An owner of the organization can tell you more.",
                orgs,
            ),
            404 => (
                "There is nothing here, or you cannot see it",
                "If someone sent you this link, ask them which organization it is in.",
                orgs,
            ),
            405 => ("This address does not take that kind of request", "Nothing was changed.", orgs),
            408 => ("That took too long to arrive", "Nothing was changed. Try again.", orgs),
            409 => (
                "Someone else changed this first",
                "Nothing of yours was saved. Go back, reload and look at what is there now.",
                orgs,
            ),
            410 => ("This is gone", "It was here, and someone removed it or it ended.", orgs),
            413 => ("That is too much for one request", "Nothing was saved. Send less.", orgs),
            422 => (
                "Something in the form is not right",
                "Nothing was saved. Go back and look at the marked fields.",
                orgs,
            ),
            429 => ("That was a lot at once", "Nothing was lost. Wait a moment, then try again.", orgs),
            503 => ("Cordon is not ready", "Nothing was changed. Try again in a minute.", orgs),
            500.. => (
                "Something broke on our side",
                "Nothing was changed. If it happens again, send this to your platform team:",
                orgs,
            ),
            _ => ("Cordon could not read that request", "Nothing was changed.", orgs),
        };
        Self::new(status, heading, sentence, link, request_id)
    }

    /// 429 with the wait in seconds, as in `Retry-After`.
    #[must_use]
    pub fn too_many(seconds: u64, request_id: &str) -> Self {
        let unit = if seconds == 1 { "second" } else { "seconds" };
        let sentence = format!("Nothing was lost. Try again in {seconds} {unit}.");
        Self::new(429, "That was a lot at once", &sentence, ("All organizations", "/orgs"), request_id)
    }

    /// The same problem with another next step.
    #[must_use]
    pub fn leading_to(self, label: &str, url: &str) -> Self {
        Self { link_label: label.to_owned(), link_url: url.to_owned(), ..self }
    }

    fn new(status: u16, heading: &str, sentence: &str, link: (&str, &str), request_id: &str) -> Self {
        Self {
            status,
            heading: heading.to_owned(),
            sentence: sentence.to_owned(),
            link_label: link.0.to_owned(),
            link_url: link.1.to_owned(),
            request_id: request_id.to_owned(),
        }
    }
}
