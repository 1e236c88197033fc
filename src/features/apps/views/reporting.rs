//! What to paste into a pipeline so that it reports the deploys of an app.
//!
//! What may not happen here: a token in a command. It comes from the pipeline's secrets, and goes to curl on its
//! standard input, so that no list of processes shows it.

use askama::Template;

use crate::{
    auth::guard::Can,
    role::{ManageApps, ViewInside},
    web::{
        frame::Frame,
        shell::{Section, Shell},
    },
};

#[derive(Template)]
#[template(path = "apps/reporting.html")]
pub(in crate::features::apps) struct Reporting {
    shell: Shell,
    name: String,
    page: String,
    may_manage: bool,
    curl: String,
    begin: String,
    end: String,
    docs: String,
}

impl Reporting {
    pub(in crate::features::apps) fn new(who: &Can<ViewInside>, frame: Frame, name: String) -> Self {
        let address = format!("{}/api/v1/apps/{name}/releases", frame.site_address());
        Self {
            curl: curl(&address),
            begin: step(&address, "Tell Cordon that it begins", "", "started"),
            end: step(
                &address,
                "Tell Cordon how it ended",
                "  if: always()\n",
                "${{ job.status == 'success' && 'succeeded' || 'failed' }}",
            ),
            docs: format!("{}/api/v1/openapi.json", frame.site_address()),
            page: format!("/orgs/{}/apps/{name}", who.org().slug),
            may_manage: who.may::<ManageApps>(),
            shell: frame.inside(who, Section::Apps),
            name,
        }
    }
}

/// For any shell, in a working copy.
fn curl(address: &str) -> String {
    format!(
        r#"commit=$(git rev-parse HEAD)
report=$(printf '{{"version": "%s", "commit": "%s", "status": "succeeded"}}' \
  "$(git describe --always --tags)" "$commit")
printf 'header = "Authorization: Bearer %s"' "$CORDON_TOKEN" |
  curl --config - --fail-with-body --silent --show-error \
    --header "Content-Type: application/json" \
    --header "Idempotency-Key: $commit-succeeded" \
    --data "$report" \
    {address}"#
    )
}

/// A step of a GitHub Actions job.
fn step(address: &str, name: &str, condition: &str, status: &str) -> String {
    format!(
        r#"- name: {name}
{condition}  env:
    CORDON_TOKEN: ${{{{ secrets.CORDON_TOKEN }}}}
    STATUS: {status}
  run: |
    report=$(printf '{{"version": "v%s", "commit": "%s", "status": "%s", "url": "%s"}}' \
      "$GITHUB_RUN_NUMBER" "$GITHUB_SHA" "$STATUS" \
      "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID")
    printf 'header = "Authorization: Bearer %s"' "$CORDON_TOKEN" |
      curl --config - --fail-with-body --silent --show-error --retry 3 \
        --header "Content-Type: application/json" \
        --header "Idempotency-Key: $GITHUB_RUN_ID-$GITHUB_RUN_ATTEMPT-$STATUS" \
        --data "$report" \
        {address}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_reads_as_github_wants_it() {
        let end = step("https://c.example/x", "Tell", "  if: always()\n", "${{ job.status }}");
        assert!(end.starts_with(
            "- name: Tell\n  if: always()\n  env:\n    CORDON_TOKEN: ${{ secrets.CORDON_TOKEN }}\n"
        ));
        assert!(end.contains(r#"printf '{"version": "v%s", "commit": "%s","#));
        assert!(end.ends_with("https://c.example/x"));
    }
}
