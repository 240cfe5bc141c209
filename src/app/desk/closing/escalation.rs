//! An order that takes a case up to the next level, where the policy has its due time wait for one.

use super::{Act, Actor, App, CaseView, Ground, On, Result, act, cases, text, words};
use crate::domain::{actor::Role, refused::Refused};

#[derive(Clone, Debug)]
pub struct OrderEscalation {
    pub on: On,
    pub ground: Ground,
    pub reason: String,
}

/// Of the officers only the last level orders it.
pub async fn order_escalation(app: &App, by: &Actor, ask: OrderEscalation) -> Result<CaseView> {
    words("reason", &ask.reason)?;
    let (ask, payload) = (&ask, [ask.ground.as_str(), &ask.reason]);
    let power = (Act::OrderEscalation, "order_escalation");
    act(app, by, &ask.on, power, &payload, move |case, by, now| async move {
        let last = by.posts.first().is_some_and(|held| held.level == case.ladder);
        if by.role == Role::Officer && !last {
            return Err(Refused::WrongLevel.into());
        }
        let above = cases::above(app, &case, now).await?;
        let reason = text(app, &case, &ask.reason).await?;
        Ok(case.order_escalation(&by, (ask.ground, reason), &above, &app.policy(now), now)?)
    })
    .await
}
