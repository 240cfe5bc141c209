//! When a citizen may be rung, and whether anything may be left: for all that is about the citizen, or for one case.

use serde_json::json;

use super::Who;
use crate::{
    app::{App, Error, Result, request},
    domain::{
        actor::Actor,
        change::Change,
        citizen::{Citizen, Safety},
        number::CaseNumber,
        permissions::{self, Act, Object},
        phone::Phone,
    },
    store::{cases, writer::Lane},
};

#[derive(Clone, Debug)]
pub struct SetSafety {
    pub request_id: String,
    pub of: SafetyOf,
    pub safety: Safety,
}

#[derive(Clone, Debug)]
pub enum SafetyOf {
    Citizen(Who),
    /// Beside what holds for its citizen.
    Case(CaseNumber),
}

/// What is said now, and whose phone it is about, which prints masked.
pub async fn set_safety(app: &App, by: &Actor, ask: SetSafety) -> Result<(Safety, Phone)> {
    permissions::may(by, Act::SetSafety, Object::Nothing)?;
    let (who, key) = match &ask.of {
        SafetyOf::Citizen(who) => (who.clone(), format!("citizen {}", who.key())),
        SafetyOf::Case(number) => (Who::OfCase(*number), format!("case {number}")),
    };
    let citizen = who.citizen(app).await?;
    let facts = json!({ "citizen": citizen.id, "safety": ask.safety }).to_string();
    let request = request(by, Some(&ask.request_id), "set_safety", &[&key, &facts]);
    let (ask, citizen, facts) = (&ask, &citizen, &facts);
    app.commit(Lane::Acts, request, move |now| async move {
        match ask.of {
            SafetyOf::Citizen(_) => {
                let Citizen { id, .. } = citizen;
                let mut change = Change::new(now).noted(by, "safety_set", facts.clone());
                change.intake.safeties.push((*id, ask.safety));
                Ok(change)
            }
            SafetyOf::Case(number) => {
                let case = cases::get(&app.store.db, number.id()).await;
                let case = case.map_err(Error::missing("case"))?;
                Ok(case.set_safety(by, ask.safety, now))
            }
        }
    })
    .await?;
    Ok((ask.safety, citizen.phone.clone()))
}
