//! Another number for the citizen of a case (rule book 1.3): a code to the new number, then a second person.

use subtle::ConstantTimeEq;

use super::{CaseView, last_round};
use crate::{
    app::{
        App, Result,
        desk::{On, act, text, words},
    },
    domain::{
        actor::Actor,
        case::{Case, desk::number::Line},
        citizen::{Citizen, Safety},
        permissions::Act,
        phone::Phone,
        refused::Refused,
        time::Timestamp,
    },
    store::{citizens, rounds, writer::Counter},
};

/// Rounds of one citizen that are looked at.
const HELD_MAX: i64 = 20;

#[derive(Clone, Debug)]
pub struct AskNumber {
    pub on: On,
    pub phone: Phone,
}

#[derive(Clone, Debug)]
pub struct ConfirmNumber {
    pub on: On,
    /// What the new number heard.
    pub code: String,
}

#[derive(Clone, Debug)]
pub struct DecideNumber {
    pub on: On,
    pub approve: bool,
    /// Why not.
    pub reason: String,
}

pub async fn ask_number(app: &App, by: &Actor, ask: AskNumber) -> Result<CaseView> {
    let ask = &ask;
    let (power, payload) = ((Act::ChangeNumber, "ask_number"), [ask.phone.reveal()]);
    act(app, by, &ask.on, power, &payload, move |case, by, now| async move {
        let known = citizens::by_phone(&app.store.db, &ask.phone).await?;
        let (citizen, fresh) = match known {
            Some(citizen) => (citizen.id, None),
            None => {
                let old = super::citizen(app, &case).await?;
                let citizen = Citizen {
                    id: app.store.writer.reserve(Counter::Citizen).await?,
                    phone: ask.phone.clone(),
                    name: old.name,
                    language: old.language,
                    safety: Safety::default(),
                    created_at: now,
                };
                (citizen.id, Some(citizen))
            }
        };
        let mut change = case.ask_number(&by, citizen, line(app, &case, now).await?, now)?;
        change.citizen = fresh;
        Ok(change)
    })
    .await
}

pub async fn confirm_number(app: &App, by: &Actor, ask: ConfirmNumber) -> Result<CaseView> {
    let ask = &ask;
    let (power, payload) = ((Act::ChangeNumber, "confirm_number"), [ask.code.as_str()]);
    let view = act(app, by, &ask.on, power, &payload, move |case, by, now| async move {
        let right = match &case.aside().number {
            Some(number) => {
                let code = citizens::code(&app.store.db, case.id, number.version);
                bool::from(code.as_bytes().ct_eq(ask.code.trim().as_bytes()))
            }
            None => false,
        };
        Ok(case.confirm_number(&by, right, &app.policy(now).desk, now)?)
    })
    .await?;
    // A wrong one is counted, so it was written; whoever asks hears that it was wrong.
    let taken = view.case.aside().number.as_ref().is_some_and(|number| number.confirmed);
    if taken { Ok(view) } else { Err(Refused::WrongCode.into()) }
}

pub async fn decide_number(app: &App, by: &Actor, ask: DecideNumber) -> Result<CaseView> {
    if !ask.approve {
        words("reason", &ask.reason)?;
    }
    let ask = &ask;
    let name = if ask.approve { "approve_number" } else { "reject_number" };
    let (power, payload) = ((Act::ApproveNumber, name), [ask.reason.as_str()]);
    act(app, by, &ask.on, power, &payload, move |case, by, now| async move {
        if !ask.approve {
            let reason = text(app, &case, &ask.reason).await?;
            return Ok(case.reject_number(&by, reason, now)?);
        }
        let open = last_round(app, &case).await?;
        Ok(case.approve_number(&by, line(app, &case, now).await?, open.as_ref(), now)?)
    })
    .await
}

async fn line(app: &App, case: &Case, now: Timestamp) -> Result<Line> {
    let held = rounds::held_of_citizen(&app.store.db, case.citizen, now, HELD_MAX).await?;
    let line = rounds::lines::held(&app.store.db, case.citizen, now).await?;
    Ok(if held.is_empty() && line.is_none() { Line::Free } else { Line::Live })
}
