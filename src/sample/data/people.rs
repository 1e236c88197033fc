//! The people of Acme. The first six can be picked on the sign-in page; the others are names that those six read.
//!
//! What may not happen here: an address outside `.example`.

/// One person.
#[derive(Debug)]
pub(super) struct Person {
    /// What the other tables call them.
    pub(super) handle: &'static str,
    pub(super) name: &'static str,
    mailbox: &'static str,
}

impl Person {
    pub(super) fn email(&self) -> String {
        format!("{}@acme.example", self.mailbox)
    }
}

const fn person(handle: &'static str, name: &'static str, mailbox: &'static str) -> Person {
    Person { handle, name, mailbox }
}

/// In the order of their subjects at the sample provider: the first is `acme-0001`.
pub(super) const PEOPLE: [Person; 34] = [
    person("maren", "Maren Holt", "maren.holt"),
    person("fatima", "Fatima El-Amin", "fatima.elamin"),
    person("priya", "Priya Raman", "priya.raman"),
    person("tomas", "Tomás Iriarte", "tomas.iriarte"),
    person("jonas", "Jonas Weidemann", "jonas.weidemann"),
    person("noor", "Noor Haddad", "noor.haddad"),
    person("aiko", "Aiko Tanabe", "aiko.tanabe"),
    person("lena", "Lena Brandt", "lena.brandt"),
    person("samuel", "Samuel Okafor", "samuel.okafor"),
    person("wren", "Wren Castillo", "wren.castillo"),
    person("beatriz", "Beatriz Nunes", "beatriz.nunes"),
    person("dmitri", "Dmitri Sokolov", "dmitri.sokolov"),
    person("henrik", "Henrik Dahl", "henrik.dahl"),
    person("oskar", "Oskar Lind", "oskar.lind"),
    person("hanna", "Hanna Vogel", "hanna.vogel"),
    person("rui", "Rui Costa", "rui.costa"),
    person("elif", "Elif Demir", "elif.demir"),
    person("marcus", "Marcus Webb", "marcus.webb"),
    person("ingrid", "Ingrid Solberg", "ingrid.solberg"),
    person("paulo", "Paulo Ferreira", "paulo.ferreira"),
    person("sofia", "Sofia Marchetti", "sofia.marchetti"),
    person("kwame", "Kwame Mensah", "kwame.mensah"),
    person("yuki", "Yuki Nakamura", "yuki.nakamura"),
    person("clara", "Clara Jensen", "clara.jensen"),
    person("mateo", "Mateo Silva", "mateo.silva"),
    person("anika", "Anika Bose", "anika.bose"),
    person("pavel", "Pavel Novák", "pavel.novak"),
    person("leila", "Leila Karimi", "leila.karimi"),
    person("hugo", "Hugo Lambert", "hugo.lambert"),
    person("greta", "Greta Olsen", "greta.olsen"),
    person("tariq", "Tariq Aziz", "tariq.aziz"),
    person("nina", "Nina Petrova", "nina.petrova"),
    person("felix", "Felix Baumann", "felix.baumann"),
    person("imani", "Imani Njoroge", "imani.njoroge"),
];

/// When somebody was last seen: in one organization, or (with `*`) in every other that they are in.
pub(super) const LAST_SEEN: [(&str, &str, &str); 25] = [
    ("acme-production", "maren", "-1m"),
    ("acme-staging", "maren", "-4m"),
    ("parcel-production", "maren", "-2h"),
    ("parcel-staging", "maren", "-5h"),
    ("ledger-production", "maren", "-1d"),
    ("ledger-staging", "maren", "-3d"),
    ("acme-lab", "maren", "-6d"),
    ("*", "maren", "-20d"),
    ("*", "fatima", "-46h"),
    ("*", "priya", "-20m"),
    ("*", "tomas", "-194m"),
    ("ledger-production", "jonas", "-94d"),
    ("*", "jonas", "2026-11-18 13:20"),
    ("*", "noor", "-55m"),
    ("*", "aiko", "2026-11-22 16:12"),
    ("*", "lena", "2026-11-22 15:05"),
    ("*", "samuel", "-245m"),
    ("*", "wren", "-40m"),
    ("*", "beatriz", "-121d"),
    ("*", "dmitri", "-12d"),
    ("acme-staging", "sofia", "-70m"),
    ("acme-staging", "kwame", "-3d"),
    ("acme-staging", "yuki", "-26h"),
    ("acme-staging", "clara", "-9d"),
    ("*", "pavel", "-33d"),
];
