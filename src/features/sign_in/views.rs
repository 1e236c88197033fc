//! The pages at the door.
//!
//! What may not happen here: anything that a provider or a callback said.

use askama::Template;

use crate::{app::App, auth::return_to::ReturnTo, features::sign_in::form::Door, web::shell::Bare};

/// One way in.
pub(super) struct Button {
    label: String,
    action: String,
}

#[derive(Template)]
#[template(path = "sign_in/index.html")]
pub(super) struct Index {
    bare: Bare,
    host: String,
    return_to: String,
    switch: bool,
    prove: bool,
    buttons: Vec<Button>,
}

#[derive(Template)]
#[template(path = "sign_in/refused.html")]
pub(super) struct Refused {
    bare: Bare,
    host: String,
    sentence: String,
    again: String,
}

impl Index {
    pub(super) fn new(app: &App, door: &Door) -> Self {
        let button =
            |id: &str, label: &str| Button { label: label.to_owned(), action: format!("/sign-in/{id}") };
        Self {
            bare: Bare::default(),
            host: app.config.web.authority(),
            return_to: door.return_to.to_string(),
            switch: door.switches(),
            prove: door.proves(),
            buttons: app.providers.list().map(|each| button(each.id.as_str(), each.label)).collect(),
        }
    }
}

impl Refused {
    pub(super) fn new(app: &App, sentence: String, return_to: &ReturnTo) -> Self {
        let path: String = url::form_urlencoded::byte_serialize(return_to.as_str().as_bytes()).collect();
        let home = *return_to == ReturnTo::default();
        Self {
            bare: Bare::default(),
            host: app.config.web.authority(),
            sentence,
            again: if home { "/sign-in".to_owned() } else { format!("/sign-in?return_to={path}") },
        }
    }
}
