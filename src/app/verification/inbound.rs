//! A citizen calls: which resolved cases of this phone wait for an answer.

use super::{
    Act, Actor, App, Case, CaseNumber, Code, Object, Result, Round, RoundState, cases, permissions,
    rounds,
};
use crate::{
    domain::{case::State, phone::Phone},
    store::{self, citizens},
};

/// Cases of one caller that are looked through for ended rounds.
const CASES_MAX: i64 = 50;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRound {
    pub case: i64,
    pub number: CaseNumber,
    pub round: i64,
    pub category: Code,
    /// What the officer is who reported the resolution.
    pub designation: Option<Code>,
    /// "Satisfied" is confirmed already: go on with the question about pressure.
    pub partial: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inbound {
    /// The oldest first, at most three.
    Open(Vec<OpenRound>),
    NoneOpen,
    /// The number that was keyed is a case of another phone: status only.
    OtherPhone,
    NoSuchCase,
}

pub async fn inbound(
    app: &App,
    by: &Actor,
    phone: Option<&Phone>,
    keyed: Option<CaseNumber>,
) -> Result<Inbound> {
    permissions::may(by, Act::RecordInbound, Object::Nothing)?;
    let citizen = match phone {
        Some(phone) => citizens::by_phone(&app.store.db, phone).await?,
        None => None,
    };
    if let Some(number) = keyed {
        let case = match cases::load(app, number).await {
            Ok(case) => case,
            Err(crate::app::Error::NotFound(_)) => return Ok(Inbound::NoSuchCase),
            Err(error) => return Err(error),
        };
        if citizen.is_none_or(|citizen| citizen.id != case.citizen) {
            return Ok(Inbound::OtherPhone);
        }
        if case.round == 0 {
            return Ok(Inbound::NoneOpen);
        }
        let round = rounds::get(&app.store.db, case.id, case.round).await?;
        let waits = answerable(&round, case.state);
        return Ok(if waits {
            Inbound::Open(vec![offered(app, &round, case)])
        } else {
            Inbound::NoneOpen
        });
    }
    let Some(citizen) = citizen else { return Ok(Inbound::NoneOpen) };
    let mut found = waiting(app, citizen.id).await?;
    found.truncate(app.policy(app.now()).verification.rounds_in_a_call_max);
    Ok(match found.is_empty() {
        true => Inbound::NoneOpen,
        false => Inbound::Open(found),
    })
}

/// What this citizen can answer about, the oldest first.
pub(in crate::app) async fn waiting(app: &App, citizen: i64) -> Result<Vec<OpenRound>> {
    let mut found = Vec::new();
    for case in store::cases::of_citizen(&app.store.db, citizen, CASES_MAX).await? {
        if !matches!(
            case.state,
            State::AwaitingVerification | State::Unverified | State::PartiallyClosed
        ) || case.round == 0
        {
            continue;
        }
        let round = rounds::get(&app.store.db, case.id, case.round).await?;
        if answerable(&round, case.state) {
            found.push((round.opened_at, offered(app, &round, case)));
        }
    }
    found.sort_by_key(|(opened_at, offered)| (*opened_at, offered.case));
    Ok(found.into_iter().map(|(_, offered)| offered).collect())
}

/// An open round, or one that ended without an answer: the citizen's own call still counts.
pub(super) fn answerable(round: &Round, state: State) -> bool {
    match round.state {
        RoundState::Open => true,
        RoundState::Ended => state == State::Unverified,
        RoundState::Answered | RoundState::Dropped => false,
    }
}

fn offered(app: &App, round: &Round, case: Case) -> OpenRound {
    OpenRound {
        case: round.case,
        number: case.number(),
        round: round.round,
        designation: cases::designation(app, &case),
        category: case.category,
        partial: round.partial,
    }
}
