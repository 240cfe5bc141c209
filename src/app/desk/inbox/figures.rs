//! What stands at the head of an inbox: how many cases of which state and age, overdue, due soon, never spoken about.

use std::collections::BTreeMap;

use super::{App, Inbox, Queue, Result};
use crate::{
    domain::{
        actor::Actor,
        ageing::Age,
        case::State,
        permissions::{self, Act, Object},
        time::{DAY_MS, Timestamp},
    },
    store::lists::{self, Bounds, Count},
};

/// Due soon is due within this.
const SOON_MS: i64 = DAY_MS;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub cases: i64,
    pub overdue: i64,
    /// Within 24 hours, and not overdue.
    pub due_soon: i64,
    pub no_contact: i64,
    pub unseen: i64,
    /// Those that there are.
    pub states: BTreeMap<State, i64>,
    pub ages: BTreeMap<Age, i64>,
}

/// Of all that `ask` would list, on whatever page.
pub async fn figures(app: &App, by: &Actor, ask: Queue) -> Result<Figures> {
    permissions::may(by, Act::Queue, Object::Nothing)?;
    let now = app.now();
    let inbox = Inbox::of(by, ask.post);
    let filter = inbox.narrowed(ask.narrow.filter(app, now)?);
    let db = &app.store.db;
    let counts = match &inbox {
        Inbox::Posts(posts) => lists::queue_counts(db, posts, &filter, bounds(now)).await?,
        Inbox::Unrouted { district, late } => {
            lists::unrouted_counts(db, district.as_ref(), *late, &filter, bounds(now)).await?
        }
    };
    Ok(counts.iter().fold(Figures::default(), Figures::with))
}

fn bounds(now: Timestamp) -> Bounds {
    let from = |age: Age| age.registered(now).0.unwrap_or(Timestamp(i64::MIN));
    let ages = [Age::UpTo50, Age::Over50, Age::Over100, Age::Over300].map(from);
    Bounds { ages, now, soon: now.plus_ms(SOON_MS) }
}

impl Figures {
    fn with(mut self, count: &Count) -> Self {
        self.cases += count.cases;
        self.overdue += count.overdue;
        self.due_soon += count.due_soon;
        self.no_contact += count.no_contact;
        self.unseen += count.unseen;
        *self.states.entry(count.state).or_default() += count.cases;
        *self.ages.entry(count.age).or_default() += count.cases;
        self
    }
}
