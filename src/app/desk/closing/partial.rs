//! PC and WIT (R34), and the rounds that a supervisor orders for a case that nobody could be asked about.

use super::{Act, Actor, App, CaseView, On, Result, Timestamp, act, cases, text, words};

#[derive(Clone, Debug)]
pub struct Partial {
    pub on: On,
    pub reason: String,
    pub until: Timestamp,
}

#[derive(Clone, Debug)]
pub struct OrderRound {
    pub on: On,
}

pub async fn partial_close(app: &App, by: &Actor, ask: Partial) -> Result<CaseView> {
    words("reason", &ask.reason)?;
    let until = ask.until.ms().to_string();
    let (ask, payload) = (&ask, [until.as_str(), &ask.reason]);
    let power = (Act::PartialClose, "partial_close");
    act(app, by, &ask.on, power, &payload, move |case, by, now| async move {
        let safety = cases::citizen(app, &case).await?.safety;
        let reason = text(app, &case, &ask.reason).await?;
        Ok(case.partial_close(&by, reason, ask.until, safety, &app.policy(now).desk, now)?)
    })
    .await
}

pub async fn extend_partial(app: &App, by: &Actor, ask: Partial) -> Result<CaseView> {
    words("reason", &ask.reason)?;
    let until = ask.until.ms().to_string();
    let (ask, payload) = (&ask, [until.as_str(), &ask.reason]);
    let power = (Act::PartialClose, "extend_partial");
    act(app, by, &ask.on, power, &payload, move |case, by, now| async move {
        let safety = cases::citizen(app, &case).await?.safety;
        let reason = text(app, &case, &ask.reason).await?;
        Ok(case.extend_partial(&by, reason, ask.until, safety, &app.policy(now).desk, now)?)
    })
    .await
}

pub async fn order_round(app: &App, by: &Actor, ask: OrderRound) -> Result<CaseView> {
    let power = (Act::OrderRound, "order_round");
    act(app, by, &ask.on, power, &[], move |case, by, now| async move {
        let safety = cases::citizen(app, &case).await?.safety;
        let last = cases::last_round(app, &case).await?;
        let policy = app.policy(now);
        let policies = (&policy.verification, &policy.desk);
        Ok(case.order_round(&by, last.as_ref(), safety, policies, now)?)
    })
    .await
}
