//! The networks of Acme beside the default ones, and the ways between them.
//!
//! What may not happen here: an exposure of an app that is not added yet.

/// A network.
#[derive(Debug)]
pub(super) struct Network {
    pub(super) org: &'static str,
    pub(super) name: &'static str,
    pub(super) by: &'static str,
    pub(super) made: &'static str,
}

/// A way into an app, over TCP.
#[derive(Debug)]
pub(super) struct Exposure {
    pub(super) org: &'static str,
    pub(super) app: &'static str,
    pub(super) source: &'static str,
    pub(super) port: u16,
    pub(super) by: &'static str,
    pub(super) made: &'static str,
}

pub(super) const NETWORKS: [Network; 2] = [
    Network { org: "acme-staging", name: "payments", by: "fatima", made: "2025-03-19 14:31" },
    Network { org: "acme-production", name: "payments", by: "fatima", made: "2025-04-02 08:12" },
];

pub(super) const EXPOSURES: [Exposure; 3] = [
    Exposure {
        org: "acme-staging",
        app: "card-gateway-staging",
        source: "default",
        port: 8443,
        by: "fatima",
        made: "2025-03-19 15:26",
    },
    Exposure {
        org: "acme-production",
        app: "postgres-main",
        source: "payments",
        port: 5432,
        by: "fatima",
        made: "2025-04-09 11:52",
    },
    Exposure {
        org: "acme-production",
        app: "card-gateway",
        source: "default",
        port: 8443,
        by: "priya",
        made: "2026-11-20 11:12",
    },
];
