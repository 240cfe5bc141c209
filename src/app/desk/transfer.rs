//! Cases that are handed on: out of jurisdiction, decided by the collector or by whom the collector lets; and back
//! from the last level.

use super::{
    Act, Actor, App, CaseView, Error, On, Result, Timestamp, act, cases, request, text, words,
};
use crate::{
    domain::{
        actor::Role,
        change::Change,
        delegation::{DELEGATED_MS_MAX, Delegation},
        permissions::{self, Object},
        place::{Level, PlaceCode},
        refused::Refused,
    },
    store::{self, delegations, writer::Lane},
};

#[derive(Clone, Debug)]
pub struct ProposeTransfer {
    pub on: On,
    pub place: PlaceCode,
    pub reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    Approved,
    Rejected,
}

#[derive(Clone, Debug)]
pub struct DecideTransfer {
    pub on: On,
    pub word: Word,
    /// What the citizen said to the one who decides, or why not.
    pub note: String,
}

#[derive(Clone, Debug)]
pub struct Delegate {
    pub request_id: String,
    pub login: String,
    pub until: Timestamp,
}

#[derive(Clone, Debug)]
pub struct SendBack {
    pub on: On,
    pub reason: String,
}

pub async fn propose_transfer(app: &App, by: &Actor, ask: ProposeTransfer) -> Result<CaseView> {
    words("reason", &ask.reason)?;
    let (ask, payload) = (&ask, [ask.place.as_str(), &ask.reason]);
    let power = (Act::ProposeTransfer, "propose_transfer");
    act(app, by, &ask.on, power, &payload, move |case, by, now| async move {
        let to = cases::destination(app, case.matter(), &ask.place, Level::FIRST, now)
            .await?
            .ok_or(Refused::NoPostThere)?;
        if Some(to.routed.post) == case.post {
            return Err(Error::Invalid { field: "place", why: "is yours" });
        }
        let reason = text(app, &case, &ask.reason).await?;
        Ok(case.propose_transfer(&by, ask.place.clone(), reason, now)?)
    })
    .await
}

pub async fn decide_transfer(app: &App, by: &Actor, ask: DecideTransfer) -> Result<CaseView> {
    words("note", &ask.note)?;
    let ask = &ask;
    let name = match ask.word {
        Word::Approved => "approve_transfer",
        Word::Rejected => "reject_transfer",
    };
    let (power, payload) = ((Act::DecideTransfer, name), [ask.note.as_str()]);
    act(app, by, &ask.on, power, &payload, move |case, by, now| async move {
        if by.role != Role::Collector {
            let account = by.account.ok_or(Refused::NotYourRole)?;
            let db = &app.store.db;
            if !delegations::holds(db, &case.district, account, now).await? {
                return Err(Refused::NotYourRole.into());
            }
        }
        let note = text(app, &case, &ask.note).await?;
        if ask.word == Word::Rejected {
            return Ok(case.reject_transfer(&by, note, now)?);
        }
        let place = case.open_transfer()?.place.clone();
        let to = cases::destination(app, case.matter(), &place, Level::FIRST, now)
            .await?
            .filter(|to| to.routed.level == case.level)
            .ok_or(Refused::NoPostThere)?;
        let district = app.index().district(&place).ok_or(Refused::NoPostThere)?;
        Ok(case.approve_transfer(&by, note, &to, district, now)?)
    })
    .await
}

/// Lets somebody of the collector's own district decide on its transfers until then.
pub async fn delegate(app: &App, by: &Actor, ask: Delegate) -> Result<()> {
    permissions::may(by, Act::Delegate, Object::Nothing)?;
    let until = ask.until.ms().to_string();
    let request = request(by, Some(&ask.request_id), "delegate", &[&ask.login, &until]);
    let ask = &ask;
    app.commit(Lane::Acts, request, move |now| async move {
        let (Some(district), Some(given_by)) = (&by.district, by.account) else {
            return Err(Refused::NotYourDistrict.into());
        };
        if ask.until <= now || ask.until > now.plus_ms(DELEGATED_MS_MAX) {
            return Err(Refused::DateNotAllowed.into());
        }
        let login = ask.login.to_lowercase();
        let account = store::accounts::by_login(&app.store.db, &login)
            .await?
            .filter(|account| account.active && account.district.as_ref() == Some(district))
            .filter(|account| matches!(account.role, Role::Nodal | Role::DistrictInCharge))
            .ok_or(Error::Invalid { field: "login", why: "nobody of your district's offices" })?;
        let mut change = Change::new(now).noted(
            by,
            "delegated",
            serde_json::json!({
                "district": district.as_str(),
                "account": account.id,
                "until": ask.until.ms(),
            })
            .to_string(),
        );
        change.delegations.push(Delegation {
            district: district.clone(),
            post: None,
            account: account.id,
            from: now,
            until: ask.until,
            given_by,
        });
        Ok(change)
    })
    .await?;
    Ok(())
}

/// The last level sends a case one level back, under its own due time.
pub async fn send_back(app: &App, by: &Actor, ask: SendBack) -> Result<CaseView> {
    words("reason", &ask.reason)?;
    let ask = &ask;
    let (power, payload) = ((Act::SendBack, "send_back"), [ask.reason.as_str()]);
    act(app, by, &ask.on, power, &payload, move |case, by, now| async move {
        let below = Level(case.level.0.saturating_sub(1));
        let to = cases::destination(app, case.matter(), &case.place, below, now)
            .await?
            .ok_or(Refused::NoPostThere)?;
        let reason = text(app, &case, &ask.reason).await?;
        Ok(case.send_back(&by, reason, &to, &app.policy(now).desk, now)?)
    })
    .await
}
