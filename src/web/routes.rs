//! The only way to mount a handler: the route table remembers who may call it and what it writes.
//!
//! What may not happen here: a handler that does not say who may call it. Its first argument must be a guard, or the
//! program does not compile.

use std::marker::PhantomData;

use axum::{
    Router,
    handler::Handler,
    routing::{MethodFilter, on},
};
use http::Method;
use serde::Serialize;

use crate::{
    app::App,
    auth::guard::{Guard, InApi, InApiOrg, InOrg, OnSite, Rule},
    db::audit::Action,
};

/// One line of `cordon routes`.
#[derive(Clone, Debug, Serialize)]
pub struct Route {
    /// GET, POST …
    pub method: String,
    /// With its parameters in braces.
    pub path: String,
    /// `anyone`, `signed-in` or `can:…`; for programs `token` or `token:…`
    pub auth: String,
    /// The least role, for routes inside an organization.
    pub role: Option<&'static str>,
    /// Whether the organization is in the path.
    pub org: bool,
    /// How cross-site requests are refused.
    pub csrf: &'static str,
    /// Bytes of body that are read.
    pub body_limit: usize,
    /// The events that it may write.
    pub events: Vec<&'static str>,
}

/// A set of routes below one prefix; `W` is the kind of guard that it takes.
#[derive(Debug)]
pub struct Routes<W> {
    prefix: &'static str,
    router: Router<App>,
    table: Vec<Route>,
    _where: PhantomData<W>,
}

/// Routes below `/orgs/{org}`.
#[derive(Debug)]
pub struct Org;
/// All other routes for people.
#[derive(Debug)]
pub struct Site;
/// Routes below `/api/v1/orgs/{org}`.
#[derive(Debug)]
pub struct ApiOrg;
/// All other routes for programs.
#[derive(Debug)]
pub struct Api;

/// A kind of routes for programs: they come with a token and never with a cookie, so no other site can send them in
/// somebody's name, and they may use more methods than a form has.
pub trait ForPrograms {}
impl ForPrograms for ApiOrg {}
impl ForPrograms for Api {}

/// Which guards a set of routes takes.
#[diagnostic::on_unimplemented(
    message = "this handler does not say who may call it",
    label = "its first argument must be a guard: `Can<_>` inside an organization, `SignedIn` or `Anyone` elsewhere; `Bearer<_>` or `AnyToken` in the API"
)]
pub trait Takes<T> {
    /// The guard's rule.
    fn rule() -> Rule;
}

macro_rules! takes {
    ($($extractor:ident)*) => {
        impl<M, G: InOrg + Guard, $($extractor),*> Takes<(M, G, $($extractor,)*)> for Org {
            fn rule() -> Rule { G::rule() }
        }
        impl<M, G: OnSite + Guard, $($extractor),*> Takes<(M, G, $($extractor,)*)> for Site {
            fn rule() -> Rule { G::rule() }
        }
        impl<M, G: InApiOrg + Guard, $($extractor),*> Takes<(M, G, $($extractor,)*)> for ApiOrg {
            fn rule() -> Rule { G::rule() }
        }
        impl<M, G: InApi + Guard, $($extractor),*> Takes<(M, G, $($extractor,)*)> for Api {
            fn rule() -> Rule { G::rule() }
        }
    };
}
takes!();
takes!(A);
takes!(A B);
takes!(A B C);
takes!(A B C D);

/// The largest body that any form needs.
pub const BODY_LIMIT: usize = 256 * 1024;

impl Routes<Org> {
    /// Routes inside one organization.
    #[must_use]
    pub fn in_org() -> Self {
        Self::below("/orgs/{org}")
    }
}

impl Routes<ApiOrg> {
    /// Routes for programs inside one organization.
    #[must_use]
    pub fn api_in_org() -> Self {
        Self::below("/api/v1/orgs/{org}")
    }

    /// Routes for programs about one app, whose name alone says which organization is meant.
    #[must_use]
    pub fn api_of_app() -> Self {
        Self::below("/api/v1/apps/{app}")
    }
}

impl Routes<Api> {
    /// Routes for programs outside any organization.
    #[must_use]
    pub fn api() -> Self {
        Self::below("/api/v1")
    }
}

impl<W: ForPrograms> Routes<W> {
    /// Sets a thing as a whole, with every kind of event that it may write.
    #[must_use]
    pub fn put<H, T>(self, path: &'static str, handler: H, events: &[&'static Action]) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
        W: Takes<T>,
    {
        self.mount(Method::PUT, path, handler, events)
    }

    /// Changes some of a thing, with every kind of event that it may write.
    #[must_use]
    pub fn patch<H, T>(self, path: &'static str, handler: H, events: &[&'static Action]) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
        W: Takes<T>,
    {
        self.mount(Method::PATCH, path, handler, events)
    }

    /// Takes a thing away, with every kind of event that it may write.
    #[must_use]
    pub fn delete<H, T>(self, path: &'static str, handler: H, events: &[&'static Action]) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
        W: Takes<T>,
    {
        self.mount(Method::DELETE, path, handler, events)
    }
}

impl Routes<Site> {
    /// Routes outside any organization.
    #[must_use]
    pub fn site() -> Self {
        Self::below("")
    }
}

impl<W> Routes<W> {
    fn below(prefix: &'static str) -> Self {
        Self { prefix, router: Router::new(), table: Vec::new(), _where: PhantomData }
    }

    /// A page or fragment: reads, changes nothing.
    #[must_use]
    pub fn get<H, T>(self, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
        W: Takes<T>,
    {
        self.mount(Method::GET, path, handler, &[])
    }

    /// A GET that writes all the same, with every kind of event that it may write: for an address that another site
    /// sends people back to, which can only be a GET. It needs a secret of its own against other sites.
    #[must_use]
    pub fn get_that_writes<H, T>(self, path: &'static str, handler: H, events: &[&'static Action]) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
        W: Takes<T>,
    {
        self.mount(Method::GET, path, handler, events)
    }

    /// A change, with every kind of event that it may write.
    #[must_use]
    pub fn post<H, T>(self, path: &'static str, handler: H, events: &[&'static Action]) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
        W: Takes<T>,
    {
        self.mount(Method::POST, path, handler, events)
    }

    fn mount<H, T>(
        mut self,
        method: Method,
        path: &'static str,
        handler: H,
        events: &[&'static Action],
    ) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
        W: Takes<T>,
    {
        let full = format!("{}{path}", self.prefix);
        let guarded = W::rule();
        let (auth, role) = match guarded {
            Rule::Anyone => ("anyone".to_owned(), None),
            Rule::SignedIn => ("signed-in".to_owned(), None),
            Rule::Can { permission, least } => (format!("can:{permission}"), Some(least.key())),
            Rule::AnyToken => ("token".to_owned(), None),
            Rule::Gate { permission } => (format!("gate:{permission}"), None),
            Rule::Token { permission, least } => (format!("token:{permission}"), Some(least.key())),
        };
        let reads = method == Method::GET;
        let by_cookie = !matches!(guarded, Rule::AnyToken | Rule::Token { .. });
        let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET);
        self.table.push(Route {
            method: method.to_string(),
            path: full.clone(),
            auth,
            role,
            org: self.prefix.contains("{org}"),
            csrf: match (by_cookie, reads, events.is_empty()) {
                (false, ..) => "no cookie",
                (true, true, true) => "safe method",
                (true, true, false) => "secret of the start",
                (true, false, _) => "origin check",
            },
            body_limit: if reads { 0 } else { BODY_LIMIT },
            events: events.iter().map(|action| action.name).collect(),
        });
        self.router = self.router.route(&full, on(filter, handler));
        self
    }

    /// The router and its table.
    pub fn finish(self) -> (Router<App>, Vec<Route>) {
        (self.router, self.table)
    }
}
