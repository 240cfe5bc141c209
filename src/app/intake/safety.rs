//! When a citizen may be rung, and whether anything may be left: for all that is about the citizen, or for one case.

use serde_json::json;

use super::Who;
use crate::{
    app::{App, Error, Result, request},
    domain::{
        actor::Actor,
        change::{Change, Gate},
        citizen::{Citizen, Safety},
        number::CaseNumber,
        permissions::{self, Act, Object},
        phone::Phone,
        verification::{Round, attempts},
    },
    store::{
        self, cases, rounds,
        writer::{Lane, Request},
    },
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
    if !ask.safety.is_never_rung() {
        let of = match ask.of {
            SafetyOf::Citizen(_) => None,
            SafetyOf::Case(number) => Some(number.id()),
        };
        dial_again(app, citizen.id, of).await?;
    }
    Ok((ask.safety, citizen.phone.clone()))
}

/// What was put off for good while nobody might ring is due again; whether it may be rung now is decided at dialling.
async fn dial_again(app: &App, citizen: i64, of: Option<i64>) -> Result<()> {
    let open = rounds::open_of_citizen(&app.store.db, citizen, rounds::PAGE_MAX).await?;
    let put_off = |round: &&Round| {
        round.next_at.is_none() && !round.human && of.is_none_or(|case| case == round.case)
    };
    for round in open.iter().filter(put_off) {
        let now = app.now();
        let at = attempts::next_in_hours(&app.policy(now).verification, now);
        let mut change = Change::new(now);
        change.round = Some((Gate::Version(round.version), attempts::put_off(round, Some(at))));
        match app.store.writer.commit(Lane::Acts, Request::system(), change).await {
            // Somebody settled it meanwhile.
            Ok(_) | Err(store::Error::Conflict) => {}
            Err(error) => return Err(Error::from(error)),
        }
    }
    Ok(())
}
