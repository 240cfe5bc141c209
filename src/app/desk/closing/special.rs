//! The special close by two persons (R35): proposed, withdrawn, accepted, rejected.

use super::{Act, Actor, App, CaseView, On, Result, act, as_post, cases, post_of, text, words};
use crate::domain::case::moved::Above;

#[derive(Clone, Debug)]
pub struct ProposeSpecial {
    pub on: On,
    /// With the rule cited.
    pub grounds: String,
}

#[derive(Clone, Debug)]
pub struct DecideSpecial {
    pub on: On,
    pub accept: bool,
    pub reason: String,
}

pub async fn propose_special(app: &App, by: &Actor, ask: ProposeSpecial) -> Result<CaseView> {
    words("grounds", &ask.grounds)?;
    let ask = &ask;
    let (power, payload) = ((Act::ProposeSpecial, "propose_special"), [ask.grounds.as_str()]);
    act(app, by, &ask.on, power, &payload, move |case, by, now| async move {
        let to = match cases::above(app, &case, now).await? {
            Above::To(to) => Some(to.routed.post),
            Above::Last | Above::NoPost => None,
        };
        let grounds = text(app, &case, &ask.grounds).await?;
        Ok(case.propose_special(&by, grounds, to, &app.policy(now).desk, now)?)
    })
    .await
}

pub async fn withdraw_special(app: &App, by: &Actor, on: On) -> Result<CaseView> {
    let power = (Act::WithdrawSpecial, "withdraw_special");
    // The proposing post is below the level that the case may have reached meanwhile: all its posts count.
    let holder = as_post(by, on.post);
    let holder = &holder;
    act(app, by, &on, power, &[], move |case, _, now| async move {
        Ok(case.withdraw_special(holder, now)?)
    })
    .await
}

pub async fn decide_special(app: &App, by: &Actor, ask: DecideSpecial) -> Result<CaseView> {
    words("reason", &ask.reason)?;
    let ask = &ask;
    let name = if ask.accept { "accept_special" } else { "reject_special" };
    let (power, payload) = ((Act::DecideSpecial, name), [ask.reason.as_str()]);
    act(app, by, &ask.on, power, &payload, move |case, by, now| async move {
        let acting = post_of(&by)?;
        let reason = text(app, &case, &ask.reason).await?;
        let policy = &app.policy(now);
        if !ask.accept {
            return Ok(case.reject_special(&by, acting, reason, &policy.desk, now)?);
        }
        let safety = cases::citizen(app, &case).await?.safety;
        Ok(case.accept_special(&by, acting, reason, safety, policy, now)?)
    })
    .await
}
