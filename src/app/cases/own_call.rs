//! What citizens do on their own call, through an agent or a dialogue: withdraw, reopen, ask to be asked.

use serde_json::json;

use super::{CaseView, above, citizen, grant};
use crate::{
    app::{
        App, Result,
        desk::{On, act, text, words},
    },
    domain::{
        actor::Actor,
        case::{
            Case,
            desk::wish::{Wish, withdraw::Withdrawal},
        },
        permissions::Act,
        phone::Phone,
        refused::Refused,
    },
};

/// From where the citizen calls: nobody else's call counts.
pub type From = Option<Phone>;

#[derive(Clone, Debug)]
pub struct Withdraw {
    pub on: On,
    pub from: From,
    pub confirmed: bool,
    /// "Did anyone press you?"
    pub pressed: bool,
}

#[derive(Clone, Debug)]
pub struct Reopen {
    pub on: On,
    pub from: From,
    pub confirmed: bool,
}

#[derive(Clone, Debug)]
pub struct AskReopen {
    pub on: On,
    pub from: From,
    pub words: String,
}

#[derive(Clone, Debug)]
pub struct DemandRound {
    pub on: On,
    pub from: From,
}

pub async fn withdraw(app: &App, by: &Actor, ask: Withdraw) -> Result<CaseView> {
    let payload = [flag(ask.confirmed), flag(ask.pressed)];
    let ask = &ask;
    let power = (Act::Withdraw, "withdraw");
    act(app, by, &ask.on, power, &payload, move |case, by, now| async move {
        own(app, &by, &case, &ask.from).await?;
        let said = Withdrawal {
            confirmed: ask.confirmed,
            pressed: ask.pressed,
            evidence: json!({ "channel": by.channel.as_str() }),
        };
        let up = above(app, &case, now).await?;
        let safety = citizen(app, &case).await?.safety;
        Ok(case.withdraw(&by, said, &up, safety, &app.policy(now), now)?)
    })
    .await
}

pub async fn reopen(app: &App, by: &Actor, ask: Reopen) -> Result<CaseView> {
    let ask = &ask;
    let (power, payload) = ((Act::Reopen, "reopen"), [flag(ask.confirmed)]);
    act(app, by, &ask.on, power, &payload, move |case, by, now| async move {
        own(app, &by, &case, &ask.from).await?;
        if !ask.confirmed {
            return Err(Refused::NotConfirmed.into());
        }
        let evidence = json!({ "channel": by.channel.as_str() });
        grant(app, &by, &case, (Wish::Reopen, false), evidence, now).await
    })
    .await
}

pub async fn ask_reopen(app: &App, by: &Actor, ask: AskReopen) -> Result<CaseView> {
    words("words", &ask.words)?;
    let ask = &ask;
    let (power, payload) = ((Act::AskReopen, "ask_reopen"), [ask.words.as_str()]);
    act(app, by, &ask.on, power, &payload, move |case, by, now| async move {
        own(app, &by, &case, &ask.from).await?;
        let words = text(app, &case, &ask.words).await?;
        Ok(case.ask_reopen(&by, words, json!({}), now)?)
    })
    .await
}

pub async fn demand_round(app: &App, by: &Actor, ask: DemandRound) -> Result<CaseView> {
    let ask = &ask;
    let power = (Act::DemandRound, "demand_round");
    act(app, by, &ask.on, power, &[], move |case, by, now| async move {
        own(app, &by, &case, &ask.from).await?;
        grant(app, &by, &case, (Wish::DemandRound, false), json!({}), now).await
    })
    .await
}

/// From the registered number, or in a dialogue that speaks for this citizen.
async fn own(app: &App, by: &Actor, case: &Case, from: &From) -> Result<()> {
    let own = match (by.citizen, from) {
        (Some(caller), _) => caller == case.citizen,
        (None, Some(phone)) => *phone == citizen(app, case).await?.phone,
        (None, None) => false,
    };
    if own { Ok(()) } else { Err(Refused::NotYourCase.into()) }
}

fn flag(yes: bool) -> &'static str {
    if yes { "1" } else { "0" }
}
