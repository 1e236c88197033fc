//! What a browser fetches to show the team page for the first time, and what the next page costs.

use std::collections::BTreeSet;

use anyhow::ensure;

use crate::{
    client::{Client, get},
    data,
    report::Figure,
    servers::Servers,
};

const PAGE: &str = "/orgs/org-1/team";
const ACCEPTS: (&str, &str) = ("accept-encoding", "gzip, deflate, br");

/// The figures of the first visit and the next. Bytes are those of the bodies, compressed.
pub(crate) async fn weigh(servers: &Servers) -> anyhow::Result<Vec<Figure>> {
    let cookie = data::cookie(data::admin(1));
    let mut client = Client::connect(servers.cordon).await?;
    let plain = client.answer(&get(PAGE, &[("cookie", &cookie)])).await?;
    if plain.status != 200 {
        return Ok(Vec::new());
    }
    let page = client.answer(&get(PAGE, &[("cookie", &cookie), ACCEPTS])).await?.body.len();
    let (mut html, mut css, mut js, mut fonts, mut other) = (kilobytes(page), 0.0, 0.0, 0.0, 0.0);
    let mut requests = 1.0;
    for path in linked(&String::from_utf8_lossy(&plain.body)) {
        let answer = client.answer(&get(&path, &[ACCEPTS])).await?;
        ensure!(answer.status == 200, "{path} answers {}", answer.status);
        requests += 1.0;
        let sum = match path.rsplit_once('.').map(|(_, extension)| extension) {
            Some("css") => &mut css,
            Some("js") => &mut js,
            Some("woff2") => &mut fonts,
            _ => &mut other,
        };
        *sum += kilobytes(answer.body.len());
    }
    html += css + js;
    Ok(vec![
        Figure::new("first visit, requests", requests, ""),
        Figure::new("first visit, HTML + CSS + JS", html, "kB"),
        Figure::new("first visit, JS", js, "kB"),
        Figure::new("first visit, fonts", fonts, "kB"),
        Figure::new("first visit, pictures", other, "kB"),
        Figure::new("next page", kilobytes(page), "kB"),
        Figure::new("next page, uncompressed", kilobytes(plain.body.len()), "kB"),
    ])
}

fn kilobytes(bytes: usize) -> f64 {
    f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / 1000.0
}

/// Static files that the page's links, scripts and pictures name.
fn linked(html: &str) -> BTreeSet<String> {
    let starts = html.match_indices("\"/static/").map(|(place, _)| place + 1);
    starts.filter_map(|place| html.get(place..)?.split(['"', '#']).next().map(str::to_owned)).collect()
}
