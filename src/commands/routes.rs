//! `cordon routes`: the route table, for people and for checks from outside.

use crate::features;

pub(super) fn run(json: bool) -> anyhow::Result<()> {
    let mut table = features::routes().table;
    table.sort_by(|a, b| (&a.path, &a.method).cmp(&(&b.path, &b.method)));
    if json {
        println!("{}", serde_json::to_string_pretty(&table)?);
        return Ok(());
    }
    for route in table {
        let events = route.events.join(" ");
        println!("{:<5} {:<46} {:<22} {events}", route.method, route.path, route.auth);
    }
    Ok(())
}
