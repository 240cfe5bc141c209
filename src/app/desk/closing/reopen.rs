//! Opening a special or forced close again by order, the courtesy call about it, and the directorate's next step.

use super::{Act, Actor, App, CaseView, Courtesy, On, Result, act, cases, text, words};
use crate::{
    app::verification,
    domain::{
        actor::Role,
        permissions::{self, Object},
        refused::Refused,
    },
};

#[derive(Clone, Debug)]
pub struct ReopenByOrder {
    pub on: On,
    pub reason: String,
}

#[derive(Clone, Debug)]
pub struct RecordCourtesy {
    pub on: On,
    pub said: Courtesy,
    pub note: String,
}

#[derive(Clone, Debug)]
pub struct NextStep {
    pub on: On,
    pub words: String,
}

/// Of the officers only the last level orders it.
pub async fn reopen_by_order(app: &App, by: &Actor, ask: ReopenByOrder) -> Result<CaseView> {
    words("reason", &ask.reason)?;
    let ask = &ask;
    let (power, payload) = ((Act::ReopenByOrder, "reopen_by_order"), [ask.reason.as_str()]);
    act(app, by, &ask.on, power, &payload, move |case, by, now| async move {
        let last = by.posts.first().is_some_and(|held| held.level == case.ladder);
        if by.role == Role::Officer && !last {
            return Err(Refused::WrongLevel.into());
        }
        let level = case.aside().closed.as_ref().map_or(case.level, |closed| closed.level);
        let to = cases::destination(app, case.matter(), &case.place, level, now)
            .await?
            .ok_or(Refused::NoPostThere)?;
        let safety = cases::citizen(app, &case).await?.safety;
        let reason = text(app, &case, &ask.reason).await?;
        Ok(case.reopen_by_order(&by, reason, &to, safety, &app.policy(now), now)?)
    })
    .await
}

/// By a feedback caller who did not act on the case.
pub async fn record_courtesy(app: &App, by: &Actor, ask: RecordCourtesy) -> Result<CaseView> {
    cases::short("note", &ask.note, cases::WORDS_CHARS_MAX)?;
    let (ask, payload) = (&ask, [ask.said.as_str(), &ask.note]);
    let power = (Act::Courtesy, "courtesy");
    act(app, by, &ask.on, power, &payload, move |case, by, now| async move {
        let acted = verification::acted_on(app, &case).await?;
        permissions::may(&by, Act::Courtesy, Object::Round { case: &case, acted: &acted })?;
        let note = text(app, &case, &ask.note).await?;
        Ok(case.courtesy(&by, ask.said, note, now)?)
    })
    .await
}

pub async fn order_next_step(app: &App, by: &Actor, ask: NextStep) -> Result<CaseView> {
    words("words", &ask.words)?;
    let ask = &ask;
    let (power, payload) = ((Act::OrderNextStep, "next_step"), [ask.words.as_str()]);
    act(app, by, &ask.on, power, &payload, move |case, by, now| async move {
        let words = text(app, &case, &ask.words).await?;
        Ok(case.order_next_step(&by, words, &app.policy(now), now)?)
    })
    .await
}
