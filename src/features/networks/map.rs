//! Where everything stands on the picture of an organization's networks. Pure: a plan in, coordinates and words out.
//!
//! What may not happen here: a picture that says less than it hides. Whatever finds no room is counted in words, and
//! the words tell every network of the plan.
//!
//! The default network stands on the left as tall as all others together on the right, so that a way from it into
//! another network is a straight line. Every way ends at a height of its own, with its ports in a pill before the app.

mod words;

use std::collections::HashMap;

use crate::{
    features::networks::model::{DEFAULT, Plan, Planned, Way},
    web::shell::Shell,
};

/// How many networks are drawn beside the default one, how many apps in each, and in the default one.
const OTHERS: usize = 5;
const FEW: usize = 5;
const MANY: usize = 12;

const WIDTH: i32 = 784;
const TOP: i32 = 8;
const EDGE: i32 = 8;
const PAD: i32 = 16;
const GAP: i32 = 20;
/// The left zone's right edge and the right zones' left edge: the ways run between them.
const LEFT_END: i32 = 400;
const RIGHT: i32 = 572;
const RIGHT_END: i32 = WIDTH - EDGE;
const BOX: i32 = 172;
const BOX_GAP: i32 = 16;
const BOX_HEIGHT: i32 = 30;
const ROW_GAP: i32 = 8;
const HALF_ROW: i32 = 19;
/// Between the ends of two ways into one app.
const SLOT: i32 = 24;
const HEAD: i32 = 52;
const FOOT: i32 = 14;
const LINE: i32 = 20;
const LETTERS: usize = 21;

/// The picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Map {
    pub(in crate::features) org: String,
    pub(in crate::features) height: i32,
    pub(in crate::features) zones: Vec<Zone>,
    pub(in crate::features) ways: Vec<Line>,
    pub(in crate::features) cut: Option<Cut>,
    pub(in crate::features) legend: i32,
    /// What did not fit.
    pub(in crate::features) more: String,
    /// What the picture says, one sentence each; the first names it.
    pub(in crate::features) words: Vec<String>,
}

/// A network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::features) struct Zone {
    pub(in crate::features) name: String,
    pub(in crate::features) label: String,
    pub(in crate::features) prefix: String,
    pub(in crate::features) x: i32,
    pub(in crate::features) y: i32,
    pub(in crate::features) width: i32,
    pub(in crate::features) height: i32,
    /// Drawn with a double edge: kept apart from the default one.
    pub(in crate::features) apart: bool,
    pub(in crate::features) boxes: Vec<Node>,
    /// A line below the boxes; may be empty.
    pub(in crate::features) note: String,
    pub(in crate::features) note_y: i32,
}

/// An app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::features) struct Node {
    pub(in crate::features) name: String,
    pub(in crate::features) label: String,
    pub(in crate::features) x: i32,
    pub(in crate::features) y: i32,
    pub(in crate::features) width: i32,
    pub(in crate::features) height: i32,
}

/// An allowed way, with its arrow's head and its ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::features) struct Line {
    pub(in crate::features) path: String,
    pub(in crate::features) head: String,
    pub(in crate::features) title: String,
    pub(in crate::features) ports: String,
    pub(in crate::features) pill_x: i32,
    pub(in crate::features) pill_y: i32,
    pub(in crate::features) pill_width: i32,
}

/// The other organization of the pair, and the route that there is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::features) struct Cut {
    pub(in crate::features) slug: String,
    pub(in crate::features) label: String,
    pub(in crate::features) production: bool,
    pub(in crate::features) y: i32,
    pub(in crate::features) middle: i32,
}

/// What stands around the networks.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// The organization.
    pub(super) org: String,
    /// How many networks it has, the plan's included.
    pub(super) networks: usize,
    /// The other half of the pair and whether it is production; empty when the person is in none.
    pub(super) partner: Option<(String, bool)>,
}

impl Around {
    /// As the frame of the page knows it.
    #[must_use]
    pub fn of(shell: &Shell) -> Self {
        let Some(here) = &shell.here else { return Self::default() };
        let rows = || shell.switcher.recent.iter().chain(&shell.switcher.all);
        let partner = here.partner.as_ref().map(|slug| {
            let row = rows().find(|row| row.slug == *slug);
            (slug.clone(), row.is_some_and(|row| row.environment.is_production()))
        });
        Self { org: here.slug.clone(), networks: here.networks, partner }
    }
}

impl Map {
    /// The picture of a plan.
    #[must_use]
    pub fn of(plan: &Plan, around: &Around) -> Self {
        let (first, others) = match plan.0.split_first() {
            Some((first, others)) if first.name == DEFAULT => (Some(first), others),
            _ => (None, plan.0.as_slice()),
        };
        let mut drawing = Drawing::default();
        let mut y = TOP;
        for planned in others.iter().take(OTHERS) {
            let right = Place { x: RIGHT, y, end: RIGHT_END, head: HEAD, least: 0, columns: 1, most: FEW };
            y += drawing.zone(planned, &right, true) + GAP;
        }
        let cut = around.partner.as_ref().map(|(slug, production)| {
            let top = y;
            y += HEAD + GAP;
            Cut {
                slug: slug.clone(),
                label: short(slug),
                production: *production,
                y: top,
                middle: top + HEAD / 2,
            }
        });
        let alone = y == TOP;
        let right_height = if alone { 0 } else { y - GAP - TOP };
        let mut left_height = right_height;
        if let Some(first) = first {
            let (end, columns) = if alone { (RIGHT_END, 4) } else { (LEFT_END, 2) };
            // Half a row lower when ways lead into it, or they would run into those that lead the other way.
            let head = if first.exposures.is_empty() { HEAD } else { HEAD + HALF_ROW };
            let left = Place { x: EDGE, y: TOP, end, head, least: right_height, columns, most: MANY };
            left_height = drawing.zone(first, &left, false);
        }
        let bottom = TOP + left_height.max(right_height);
        let hidden = drawing.connect(plan);
        let unseen = around.networks.max(plan.0.len()).saturating_sub(drawing.zones.len());
        let legend = if drawing.ways.is_empty() && cut.is_none() { 0 } else { bottom + 30 };
        Self {
            org: around.org.clone(),
            height: if legend > 0 { legend + 14 } else { bottom + TOP },
            zones: drawing.zones,
            ways: drawing.ways,
            cut,
            legend,
            more: words::more(unseen, hidden),
            words: words::told(plan, around),
        }
    }

    /// The words as one text, for whoever does not see the picture.
    pub(in crate::features) fn label(&self) -> String {
        match self.words.first() {
            Some(name) if self.is_long() => format!("{name} The page tells them one by one."),
            _ => self.words.join(" "),
        }
    }

    /// What the page prints: all but the name.
    pub(in crate::features) fn told(&self) -> &[String] {
        self.words.get(1..).unwrap_or_default()
    }

    /// Whether the words are more than a person would hear out.
    pub(in crate::features) fn is_long(&self) -> bool {
        self.words.len() > 12
    }
}

/// Where a zone goes and how its apps are arranged.
struct Place {
    x: i32,
    y: i32,
    end: i32,
    head: i32,
    least: i32,
    columns: usize,
    most: usize,
}

#[derive(Default)]
struct Drawing {
    zones: Vec<Zone>,
    ways: Vec<Line>,
}

impl Drawing {
    /// Draws a network and answers with its height.
    fn zone(&mut self, planned: &Planned, place: &Place, apart: bool) -> i32 {
        let mut ends: HashMap<&str, i32> = HashMap::new();
        for (app, _) in ways_of(planned) {
            *ends.entry(app).or_default() += 1;
        }
        let left = place.x + PAD;
        let mut columns = vec![place.y + place.head; place.columns];
        let mut boxes = Vec::new();
        for name in planned.apps.iter().take(place.most) {
            let ways = ends.get(name.as_str()).copied().unwrap_or_default();
            let height = BOX_HEIGHT.max(ways * SLOT + 6);
            // An app that others reach stands at the edge where the ways run; the rest fill up from the left.
            let lowest = columns.iter().min().copied().unwrap_or_default();
            let column = if ways > 0 {
                place.columns - 1
            } else {
                columns.iter().position(|y| *y == lowest).unwrap_or_default()
            };
            let Some(y) = columns.get_mut(column) else { continue };
            let x = left + i32::try_from(column).unwrap_or_default() * (BOX + BOX_GAP);
            boxes.push(Node { label: short(name), name: name.clone(), x, y: *y, width: BOX, height });
            *y += height + ROW_GAP;
        }
        let mut bottom = columns.iter().max().copied().unwrap_or_default() - ROW_GAP;
        let note = match planned.apps_total.saturating_sub(boxes.len()) {
            0 if boxes.is_empty() => "No apps yet".to_owned(),
            0 => String::new(),
            more => format!("and {more} more"),
        };
        let note_y = bottom + LINE;
        if !note.is_empty() {
            bottom = note_y;
        }
        let height = (bottom + FOOT - place.y).max(place.least);
        self.zones.push(Zone {
            name: planned.name.clone(),
            label: short(&planned.name),
            prefix: planned.number.prefix(),
            x: place.x,
            y: place.y,
            width: place.end - place.x,
            height,
            apart,
            boxes,
            note,
            note_y,
        });
        height
    }

    /// Draws the ways between what is drawn, and answers with how many others there are.
    fn connect(&mut self, plan: &Plan) -> usize {
        let mut hidden = 0;
        // How many ways have left each zone so far, so that they begin beside each other.
        let mut begun: HashMap<&str, i32> = HashMap::new();
        let mut lines = Vec::new();
        for planned in &plan.0 {
            let mut told = 0;
            let mut ended: HashMap<&str, i32> = HashMap::new();
            let ways = ways_of(planned);
            let mut of_app: HashMap<&str, i32> = HashMap::new();
            for (app, _) in &ways {
                *of_app.entry(*app).or_default() += 1;
            }
            for (app, ways) in ways {
                told += ways.len();
                let Some(first) = ways.first() else { continue };
                let target = self.zones.iter().find(|zone| zone.name == planned.name);
                let target = target.and_then(|zone| Some((zone, zone.boxes.iter().find(|b| b.name == app)?)));
                let source = self.zones.iter().find(|zone| zone.name == first.source);
                let (Some((zone, node)), Some(source)) = (target, source) else {
                    hidden += ways.len();
                    continue;
                };
                let slot = ended.entry(app).or_default();
                let count = of_app.get(app).copied().unwrap_or(1);
                let y = node.y + node.height / 2 + *slot * SLOT - (count - 1) * SLOT / 2;
                *slot += 1;
                let nth = begun.entry(first.source.as_str()).or_default();
                lines.push(line(source, zone, node, y, *nth, &ways));
                *nth += 1;
            }
            hidden += planned.exposures_total.saturating_sub(told);
        }
        self.ways = lines;
        hidden
    }
}

/// The ways into a network's apps, those from one network into one app together.
fn ways_of(planned: &Planned) -> Vec<(&str, Vec<&Way>)> {
    let mut grouped: Vec<(&str, Vec<&Way>)> = Vec::new();
    for way in &planned.exposures {
        let same = grouped.iter_mut().find(|(app, ways)| {
            *app == way.app && ways.first().is_some_and(|first| first.source == way.source)
        });
        match same {
            Some((_, ways)) => ways.push(way),
            None => grouped.push((&way.app, vec![way])),
        }
    }
    grouped
}

/// One way: from the edge of a zone to the side of an app.
fn line(source: &Zone, zone: &Zone, node: &Node, y: i32, nth: i32, ways: &[&Way]) -> Line {
    let ports = pill(ways);
    let letters = i32::try_from(ports.chars().count()).unwrap_or_default();
    let pill_width = letters * 67 / 10 + 14;
    let start = source.y + 18 + (nth * 10).min(source.height - 36).max(0);
    let (path, head, pill_x) = if zone.apart {
        let end = node.x;
        let path = if source.apart {
            format!("M{RIGHT} {start}C{x} {start} {x} {y} {RIGHT} {y}H{end}", x = RIGHT - 96)
        } else {
            format!("M{} {y}H{end}", source.x + source.width)
        };
        (path, format!("M{end} {y}l-8-4.5v9z"), RIGHT - 6 - pill_width)
    } else {
        let (edge, end) = (zone.x + zone.width, node.x + node.width);
        let path =
            format!("M{RIGHT} {start}C{m} {start} {m} {y} {edge} {y}H{end}", m = i32::midpoint(edge, RIGHT));
        (path, format!("M{end} {y}l8-4.5v9z"), edge + 6)
    };
    let title = words::ways(&node.name, ways);
    Line { path, head, title, ports, pill_x, pill_y: y - 10, pill_width }
}

/// The first port, and how many more there are.
fn pill(ways: &[&Way]) -> String {
    let all: usize = ways.iter().map(|way| way.ports.as_slice().len()).sum();
    let first = ways.first().and_then(|way| {
        let port = way.ports.as_slice().first()?;
        let udp = way.protocol.key() == "udp";
        Some(if udp { format!("udp {port}") } else { port.to_string() })
    });
    let first = first.unwrap_or_default();
    if all > 1 { format!("{first} +{}", all - 1) } else { first }
}

/// A name that fits into a box.
fn short(name: &str) -> String {
    if name.chars().count() <= LETTERS {
        return name.to_owned();
    }
    let start: String = name.chars().take(LETTERS - 1).collect();
    format!("{start}…")
}

#[cfg(test)]
mod tests;
