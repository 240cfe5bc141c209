//! Why a case is where it is: the walk through the directory that routed it to its level.

use super::{App, Result, load, may};
use crate::{
    app::{directory::as_it_was, feedback::veil},
    domain::{
        actor::Actor,
        case::Case,
        number::CaseNumber,
        permissions::Act,
        place::{Level, PostId},
        refused::Refused,
        routing::{Index, Step},
    },
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    pub case: Case,
    /// Every look of the walk, in its order.
    pub steps: Vec<Step>,
    pub without_post: Vec<Level>,
    pub live_version: i64,
    /// What the live directory would choose.
    pub today: Option<PostId>,
}

pub async fn why(app: &App, by: &Actor, number: CaseNumber) -> Result<Why> {
    let case = load(app, number).await?;
    may(app, by, Act::Read, &case)?;
    // The walk names posts.
    if veil::binds(by) {
        return Err(Refused::NotYourRole.into());
    }
    let live = app.index();
    let index = as_it_was(app, case.directory).await?;
    let route = |index: &Index, from| index.route(case.matter(), &case.place, from);
    let from = began(&index, &case);
    let steps = index.steps(case.matter(), &case.place, from);
    let without_post = (from.0..case.level.0).map(Level).collect();
    let today = route(&live, from).map(|routed| routed.post);
    Ok(Why { steps, without_post, live_version: live.version(), today, case })
}

/// The level from which the walk to the case's level began: lower ones had no post.
fn began(index: &Index, case: &Case) -> Level {
    let mut from = case.level.max(Level::FIRST);
    while from > Level::FIRST {
        let below = Level(from.0 - 1);
        let found = index.route(case.matter(), &case.place, below);
        if found.is_none_or(|found| found.level != case.level) {
            break;
        }
        from = below;
    }
    from
}
