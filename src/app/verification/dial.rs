//! The dialler's claim: which citizens are rung now. Hours, caps and days are decided here, at the moment of
//! dialling, and the phone's slots are taken before it rings.

use std::collections::BTreeMap;

use super::{
    App, Caller, CaseNumber, Change, Claimed, Code, Dialling, Error, Gate, Lane, OF_ONE_PHONE_MAX,
    Request, Result, Round, Timestamp, attempts, dial_lease_ms, line, lines, rounds, used_today,
};
use crate::{
    app::{cases, clock, dialling},
    domain::{
        citizen::{Citizen, may_ring},
        language::Language,
        phone::Phone,
        place::PlaceCode,
        time::MINUTE_MS,
        verification::{RoundState, Topic},
    },
    store::{self, citizens},
};

/// A promised call of a district that is stopped is looked at again after this.
const STOPPED_MS: i64 = MINUTE_MS;

/// One call that is to be made at once.
#[derive(Clone, Debug)]
pub struct DialOrder {
    pub citizen: i64,
    pub phone: Phone,
    pub language: Language,
    /// One to three, the oldest first.
    pub rounds: Vec<OrderedRound>,
    /// The leases' end: what is recorded later may be refused.
    pub until: Timestamp,
}

/// Exactly one outcome is recorded for each, under its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderedRound {
    pub case: i64,
    pub number: CaseNumber,
    pub round: i64,
    pub district: PlaceCode,
    pub category: Code,
    pub topic: Topic,
    /// What the officer is who reported a resolution.
    pub designation: Option<Code>,
    pub language: Language,
    /// "Satisfied" is confirmed already: the call goes on with the question about pressure.
    pub partial: bool,
    pub token: i64,
    /// The call is made for this one; the others share it.
    pub lead: bool,
}

/// Claims at most `limit` citizens that are due now, if that is what is decided.
pub async fn dial(app: &App, limit: i64) -> Result<Vec<DialOrder>> {
    let now = app.now();
    let mut by_citizen: BTreeMap<i64, Vec<Claimed>> = BTreeMap::new();
    for claimed in dialling::claim(app, limit, now, dial_lease_ms(app)).await? {
        by_citizen.entry(claimed.round.citizen).or_default().push(claimed);
    }
    let mut orders = Vec::new();
    for (citizen, claimed) in by_citizen {
        let citizen = citizens::get(&app.store.db, citizen).await?;
        if let Some(order) = order(app, &citizen, claimed, now).await? {
            orders.push(order);
        }
    }
    Ok(orders)
}

pub(super) async fn order(
    app: &App,
    citizen: &Citizen,
    claimed: Vec<Claimed>,
    now: Timestamp,
) -> Result<Option<DialOrder>> {
    let policy = app.policy(now);
    let policy = &policy.verification;
    if app.dial_stops().await?.of_district(&claimed[0].round.district).is_some() {
        let until = now.plus_ms(STOPPED_MS);
        for claimed in &claimed {
            wait(app, claimed, until).await?;
        }
        return Ok(None);
    }
    if let Some(held) = lines::held(&app.store.db, citizen.id, now).await? {
        tracing::debug!(citizen = citizen.id, kind = %held.kind, "a citizen is on a call of ours");
        let until = now.plus_ms(policy.busy_redial_ms);
        for claimed in &claimed {
            wait(app, claimed, until).await?;
        }
        return Ok(None);
    }
    let mut asked = Vec::with_capacity(claimed.len());
    for claimed in claimed {
        if still_asks(app, &claimed).await? {
            asked.push(claimed);
        }
    }
    let mut claimed = asked;
    // A promised call leads, else the oldest: its number is the first that is spoken.
    claimed.sort_by_key(|Claimed { round, .. }| (!round.ring_back, round.opened_at, round.case));
    let mut lead: Option<Claimed> = None;
    let mut others: Vec<Claimed> = Vec::new();
    for claimed in claimed {
        if lead.is_some() {
            others.push(claimed);
        } else {
            lead = begin(app, citizen, claimed).await?;
        }
    }
    let Some(lead) = lead else {
        return Ok(None);
    };
    let open = rounds::open_of_citizen(&app.store.db, citizen.id, OF_ONE_PHONE_MAX).await?;
    for round in open {
        let ours = |claimed: &Claimed| claimed.round.case == round.case;
        if ours(&lead) || others.iter().any(ours) || !may_join(app, &round, now).await? {
            continue;
        }
        let writer = &app.store.writer;
        if let Some(claimed) =
            rounds::claim_one(writer, round.case, round.round, now, dial_lease_ms(app)).await?
            && still_asks(app, &claimed).await?
        {
            others.push(claimed);
        }
    }
    others.sort_by_key(|claimed| (claimed.round.opened_at, claimed.round.case));
    let mut joined = Vec::new();
    for claimed in others {
        let fits = joined.len() + 1 < policy.rounds_in_a_call_max;
        if fits && may_join(app, &claimed.round, now).await? {
            joined.push(claimed);
        } else {
            let Claimed { round, token } = claimed;
            rounds::release(&app.store.writer, round.case, round.round, token).await?;
        }
    }
    let leads = (lead.round.case, lead.round.round);
    joined.push(lead);
    joined.sort_by_key(|claimed| (claimed.round.opened_at, claimed.round.case));
    let mut ordered = Vec::with_capacity(joined.len());
    for Claimed { round, token } in joined {
        let case = store::cases::get(&app.store.db, round.case).await?;
        ordered.push(OrderedRound {
            case: case.id,
            number: case.number(),
            round: round.round,
            district: round.district,
            topic: case.topic(round.purpose),
            designation: cases::designation(app, &case),
            category: case.category,
            language: round.language,
            partial: round.partial,
            token,
            lead: (round.case, round.round) == leads,
        });
    }
    Ok(Some(DialOrder {
        citizen: citizen.id,
        phone: citizen.phone.clone(),
        language: citizen.language.unwrap_or(ordered[0].language),
        rounds: ordered,
        until: now.plus_ms(dial_lease_ms(app)),
    }))
}

/// What one case says of safety binds it in the call about another one too.
async fn may_join(app: &App, round: &Round, now: Timestamp) -> Result<bool> {
    if !attempts::may_join(&app.policy(now).verification, round, now) {
        return Ok(false);
    }
    let case = store::cases::get(&app.store.db, round.case).await?;
    Ok(may_ring(case.aside().safety.unwrap_or_default(), now).is_ok())
}

/// Nobody is rung about what the case does not allow any more, or what another citizen wanted: such a round is dropped.
async fn still_asks(app: &App, claimed: &Claimed) -> Result<bool> {
    let Claimed { round, token } = claimed;
    let case = store::cases::get(&app.store.db, round.case).await?;
    if case.still_asks(round) {
        return Ok(true);
    }
    let mut change = Change::new(app.now());
    let dropped = Round { state: RoundState::Dropped, ..attempts::ended(round) };
    change.round = Some((Gate::Version(round.version), dropped));
    change.fence = Some(*token);
    match app.store.writer.commit(Lane::Acts, Request::system(), change).await {
        Ok(_) => tracing::info!(case = round.case, purpose = %round.purpose, "not asked any more"),
        // Somebody settled it meanwhile.
        Err(store::Error::Conflict) => {}
        Err(error) => return Err(Error::from(error)),
    }
    Ok(false)
}

/// Puts a dial off without an attempt or a slot. What a person has to take stays a person's.
async fn wait(app: &App, claimed: &Claimed, until: Timestamp) -> Result<()> {
    let Claimed { round, token } = claimed;
    let mut change = Change::new(app.now());
    let later = round.next_at.map(|at| at.max(until));
    change.round = Some((Gate::Version(round.version), attempts::put_off(round, later)));
    change.fence = Some(*token);
    let writer = &app.store.writer;
    match writer.commit(Lane::Acts, Request::system(), change).await {
        Ok(_) | Err(store::Error::Conflict) => {}
        Err(error) => return Err(Error::from(error)),
    }
    rounds::release(writer, round.case, round.round, *token).await?;
    Ok(())
}

/// Takes the phone's slots and begins the dial, whose lease goes on; None when it is not to be rung now.
async fn begin(app: &App, citizen: &Citizen, claimed: Claimed) -> Result<Option<Claimed>> {
    let Claimed { round, token } = &claimed;
    let now = app.now();
    let policy = app.policy(now);
    let policy = &policy.verification;
    let used = used_today(app, round, now).await?;
    let case = store::cases::get(&app.store.db, round.case).await?;
    let safety = citizen.safety.and(case.aside().safety.unwrap_or_default());
    let put_off = |after: Round| {
        let mut change = Change::new(now);
        change.round = Some((Gate::Version(round.version), after));
        change.fence = Some(*token);
        change
    };
    let (change, begun) = match attempts::at_dialling(
        policy,
        round,
        Caller::Dialler,
        used,
        safety,
        now,
    ) {
        Dialling::Ring { round: begun, slots, evening } => {
            let mut change = put_off(begun.clone());
            let until = now.plus_ms(dial_lease_ms(app));
            change.slots = slots;
            change.evening = evening;
            change.line = Some(line::of_round(round, *token, (now, until)));
            change.held_until = Some(until);
            (Some(change), Some(begun))
        }
        Dialling::Wait { until, why } => {
            tracing::debug!(case = round.case, reason = %why, until = %until, "a dial is put off");
            (Some(put_off(attempts::put_off(round, Some(until)))), None)
        }
        // Such a case waits for the citizen's own call.
        Dialling::Never(why) => {
            tracing::debug!(case = round.case, reason = %why, "not to be dialled");
            (Some(put_off(attempts::put_off(round, None))), None)
        }
        Dialling::Exhausted => {
            clock::end_round(app, round).await?;
            (None, None)
        }
    };
    let begun = match change {
        Some(change) => {
            match app.store.writer.commit(Lane::Acts, Request::system(), change).await {
                Ok(_) => begun,
                // Somebody took the line or a slot, or settled the round meanwhile: the next step looks anew.
                Err(store::Error::Conflict) => None,
                Err(error) => return Err(Error::from(error)),
            }
        }
        None => None,
    };
    if let Some(begun) = begun {
        return Ok(Some(Claimed { round: begun, token: *token }));
    }
    rounds::release(&app.store.writer, round.case, round.round, *token).await?;
    Ok(None)
}
