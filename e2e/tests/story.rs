//! Cordon as people use it, in Chromium. One tale after another on one stage: each uses projects of its own.

#[path = "story/apps.rs"]
mod apps;
#[path = "story/certified.rs"]
mod certified;
#[path = "story/fuzz.rs"]
mod fuzz;
#[path = "story/networks.rs"]
mod networks;
#[path = "story/people.rs"]
mod people;
#[path = "story/plain.rs"]
mod plain;
#[path = "story/tokens.rs"]
mod tokens;
#[path = "story/weight.rs"]
mod weight;
#[path = "story/whole.rs"]
mod whole;
#[path = "story/wrong.rs"]
mod wrong;

use std::process::ExitCode;

use e2e::Tale;

const TALES: [(&str, Tale); 10] = [
    ("harbor_from_the_door_to_the_audit_log", |story| Box::pin(whole::tale(story))),
    ("everything_works_without_script", |story| Box::pin(plain::tale(story))),
    ("a_wrong_account_is_told_and_sent_on", |story| Box::pin(wrong::tale(story))),
    ("the_team_page_is_light", |story| Box::pin(weight::tale(story))),
    ("errors_keep_the_frame", |story| Box::pin(wrong::nowhere(story))),
    ("networks_keep_apps_apart", |story| Box::pin(networks::tale(story))),
    ("a_token_works_until_it_is_revoked", |story| Box::pin(tokens::tale(story))),
    ("apps_and_the_pipeline_that_deploys_them", |story| Box::pin(apps::tale(story))),
    ("a_fuzzing_client_finds_nothing_in_the_api", |story| Box::pin(fuzz::tale(story))),
    ("a_certified_provider_lets_people_in", |story| Box::pin(certified::tale(story))),
];

fn main() -> anyhow::Result<ExitCode> {
    Ok(e2e::run(&TALES)?.exit_code())
}
