//! The force close (R36).

use super::{
    Act, Actor, App, CaseView, ForceReason, On, Result, act, cases, evidence, listed, text, words,
};
use crate::domain::case::desk::force;

#[derive(Clone, Debug)]
pub struct ForceClose {
    pub on: On,
    pub reason: ForceReason,
    pub report: String,
    pub evidence: Vec<i64>,
}

pub async fn force_close(app: &App, by: &Actor, ask: ForceClose) -> Result<CaseView> {
    words("report", &ask.report)?;
    let files = listed(&ask.evidence);
    let (ask, payload) = (&ask, [ask.reason.as_str(), &ask.report, &files]);
    let power = (Act::ForceClose, "force_close");
    act(app, by, &ask.on, power, &payload, move |case, by, now| async move {
        let safety = cases::citizen(app, &case).await?.safety;
        let what = force::ForceClose {
            reason: ask.reason,
            report: text(app, &case, &ask.report).await?,
            evidence: evidence::named(app, &case, &ask.evidence).await?,
        };
        Ok(case.force_close(&by, what, safety, &app.policy(now), now)?)
    })
    .await
}
