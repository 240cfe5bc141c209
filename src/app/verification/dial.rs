//! The dialler's claim: which citizens are rung now. Hours, caps and days are decided here, at the moment of
//! dialling, and the phone's slots are taken before it rings.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    App, Caller, Case, CaseNumber, Change, Claimed, Code, Dialling, Error, Gate, Lane,
    OF_ONE_PHONE_MAX, Request, Result, Round, Timestamp, attempts, dial_lease_ms, line, rounds,
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
    store::{
        self,
        rounds::standing::{self, Standing},
    },
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
    /// The citizen asked for it by an own call.
    pub promised: bool,
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

/// What one look at the store told of the citizens and cases that are to be rung about.
struct Look {
    citizens: HashMap<i64, Citizen>,
    cases: HashMap<i64, Case>,
    standings: HashMap<i64, Standing>,
}

/// Who of one citizen's rounds may be rung about first.
struct Lead {
    /// As the dial leaves it.
    begun: Claimed,
    change: Change,
    others: Vec<Claimed>,
}

/// Claims at most `limit` citizens that are due now, if that is what is decided.
pub async fn dial(app: &App, limit: i64) -> Result<Vec<DialOrder>> {
    let now = app.now();
    let claimed = dialling::claim(app, limit, now, dial_lease_ms(app)).await?;
    orders(app, claimed, now).await
}

/// One order a citizen at most, in the order of their ids. All that can be begun is begun in one transaction.
pub(super) async fn orders(
    app: &App,
    claimed: Vec<Claimed>,
    now: Timestamp,
) -> Result<Vec<DialOrder>> {
    let look = Look::at(app, &claimed, now).await?;
    let mut by_citizen: BTreeMap<i64, Vec<Claimed>> = BTreeMap::new();
    for claimed in claimed {
        by_citizen.entry(claimed.round.citizen).or_default().push(claimed);
    }
    let (mut leads, mut changes) = (Vec::new(), Vec::new());
    for (citizen, claimed) in by_citizen {
        if let Some(Lead { begun, change, others }) =
            lead(app, &look, citizen, claimed, now).await?
        {
            leads.push((citizen, begun, others));
            changes.push(change);
        }
    }
    let mut orders = Vec::with_capacity(leads.len());
    let written = app.store.writer.commit_all(Lane::Acts, changes).await;
    for ((citizen, begun, others), written) in leads.into_iter().zip(written) {
        match written {
            Ok(_) => orders.push(order(app, &look, citizen, begun, others, now).await?),
            // Somebody took the line or a slot, or settled the round meanwhile: the next step looks anew.
            Err(store::Error::Conflict) => {
                for Claimed { round, token } in others.into_iter().chain([begun]) {
                    rounds::release(&app.store.writer, round.case, round.round, token).await?;
                }
            }
            Err(error) => return Err(Error::from(error)),
        }
    }
    Ok(orders)
}

impl Look {
    async fn at(app: &App, claimed: &[Claimed], now: Timestamp) -> Result<Self> {
        let db = &app.store.db;
        let ids = |of: fn(&Round) -> i64| {
            let ids: BTreeSet<i64> = claimed.iter().map(|claimed| of(&claimed.round)).collect();
            ids.into_iter().collect::<Vec<_>>()
        };
        let (citizens, cases) = (ids(|round| round.citizen), ids(|round| round.case));
        let standings = standing::of(db, &citizens, now, super::is_by_evening(app, now)).await?;
        let citizens = store::citizens::many(db, &citizens).await?;
        let cases = store::cases::many(db, &cases).await?;
        Ok(Self {
            citizens: citizens.into_iter().map(|citizen| (citizen.id, citizen)).collect(),
            cases: cases.into_iter().map(|case| (case.id, case)).collect(),
            standings,
        })
    }

    fn citizen(&self, id: i64) -> Result<&Citizen> {
        self.citizens.get(&id).ok_or(Error::NotFound("citizen"))
    }

    fn case(&self, id: i64) -> Result<&Case> {
        self.cases.get(&id).ok_or(Error::NotFound("case"))
    }
}

/// Chooses the round that a citizen is to be rung about, and what begins the dial. What is not to be rung is put off, or is over.
async fn lead(
    app: &App,
    look: &Look,
    citizen: i64,
    claimed: Vec<Claimed>,
    now: Timestamp,
) -> Result<Option<Lead>> {
    let policy = app.policy(now);
    let policy = &policy.verification;
    let standing = look.standings.get(&citizen).ok_or(Error::NotFound("citizen"))?;
    let stopped = app.dial_stops().await?.of_district(&claimed[0].round.district).is_some();
    if stopped || standing.held.is_some() {
        let until = now.plus_ms(if stopped { STOPPED_MS } else { policy.busy_redial_ms });
        tracing::debug!(citizen, stopped, "a citizen is on a call of ours, or the district stops");
        for claimed in &claimed {
            wait(app, claimed, until).await?;
        }
        return Ok(None);
    }
    let mut asked = Vec::with_capacity(claimed.len());
    for claimed in claimed {
        if still_asks(app, look.case(claimed.round.case)?, &claimed).await? {
            asked.push(claimed);
        }
    }
    let mut claimed = asked;
    // A promised call leads, else the oldest: its number is the first that is spoken.
    claimed.sort_by_key(|Claimed { round, .. }| (!round.ring_back, round.opened_at, round.case));
    let mut left = claimed.into_iter();
    while let Some(Claimed { round, token }) = left.next() {
        let safety = look.citizen(citizen)?.safety;
        let safety = safety.and(look.case(round.case)?.aside().safety.unwrap_or_default());
        let used = standing.used;
        let until = match attempts::at_dialling(policy, &round, Caller::Dialler, used, safety, now)
        {
            Dialling::Ring { round: begun, slots, evening } => {
                let until = now.plus_ms(dial_lease_ms(app));
                let mut change = moved(&round, token, begun.clone(), now);
                change.slots = slots;
                change.evening = evening;
                change.line = Some(line::of_round(&round, token, (now, until)));
                change.held_until = Some(until);
                let begun = Claimed { round: begun, token };
                return Ok(Some(Lead { begun, change, others: left.collect() }));
            }
            Dialling::Wait { until, why } => {
                tracing::debug!(case = round.case, reason = %why, until = %until, "a dial is put off");
                Some(until)
            }
            // Such a case waits for the citizen's own call.
            Dialling::Never(why) => {
                tracing::debug!(case = round.case, reason = %why, "not to be dialled");
                None
            }
            Dialling::Exhausted => {
                clock::end_round(app, &round).await?;
                rounds::release(&app.store.writer, round.case, round.round, token).await?;
                continue;
            }
        };
        put_off(app, &round, token, attempts::put_off(&round, until)).await?;
    }
    Ok(None)
}

/// What is asked in the call that began: the lead's case, and others of the citizen as far as they fit.
async fn order(
    app: &App,
    look: &Look,
    citizen: i64,
    lead: Claimed,
    mut others: Vec<Claimed>,
    now: Timestamp,
) -> Result<DialOrder> {
    let policy = app.policy(now);
    let policy = &policy.verification;
    let (lease_ms, promised) = (dial_lease_ms(app), lead.round.ring_back);
    // Of most citizens nothing else is open.
    let known = look.standings.get(&citizen).map_or(0, |standing| standing.open);
    let open = match known > 1 + others.len() as i64 {
        true => rounds::open_of_citizen(&app.store.db, citizen, OF_ONE_PHONE_MAX).await?,
        false => Vec::new(),
    };
    for round in open {
        let ours = |claimed: &Claimed| claimed.round.case == round.case;
        if ours(&lead) || others.iter().any(ours) || !may_join(app, &round, now).await? {
            continue;
        }
        let writer = &app.store.writer;
        if let Some(claimed) =
            rounds::claim_one(writer, round.case, round.round, now, lease_ms).await?
            && still_asks(app, &case_of(app, round.case).await?, &claimed).await?
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
        let case = match look.cases.get(&round.case) {
            Some(case) => case.clone(),
            None => case_of(app, round.case).await?,
        };
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
    let citizen = look.citizen(citizen)?;
    Ok(DialOrder {
        promised,
        citizen: citizen.id,
        phone: citizen.phone.clone(),
        language: citizen.language.unwrap_or(ordered[0].language),
        rounds: ordered,
        until: now.plus_ms(lease_ms),
    })
}

async fn case_of(app: &App, id: i64) -> Result<Case> {
    Ok(store::cases::get(&app.store.db, id).await?)
}

/// What one case says of safety binds it in the call about another one too.
async fn may_join(app: &App, round: &Round, now: Timestamp) -> Result<bool> {
    if !attempts::may_join(&app.policy(now).verification, round, now) {
        return Ok(false);
    }
    let case = case_of(app, round.case).await?;
    Ok(may_ring(case.aside().safety.unwrap_or_default(), now).is_ok())
}

/// Nobody is rung about what the case does not allow any more, or what another citizen wanted: such a round is dropped.
async fn still_asks(app: &App, case: &Case, claimed: &Claimed) -> Result<bool> {
    let Claimed { round, token } = claimed;
    if case.still_asks(round) {
        return Ok(true);
    }
    let dropped = Round { state: RoundState::Dropped, ..attempts::ended(round) };
    let change = moved(round, *token, dropped, app.now());
    match app.store.writer.commit(Lane::Acts, Request::system(), change).await {
        Ok(_) => tracing::info!(case = round.case, purpose = %round.purpose, "not asked any more"),
        // Somebody settled it meanwhile.
        Err(store::Error::Conflict) => {}
        Err(error) => return Err(Error::from(error)),
    }
    Ok(false)
}

/// Puts a dial off until then. What a person has to take stays a person's.
pub(in crate::app) async fn wait(app: &App, claimed: &Claimed, until: Timestamp) -> Result<()> {
    let Claimed { round, token } = claimed;
    let later = round.next_at.map(|at| at.max(until));
    put_off(app, round, *token, attempts::put_off(round, later)).await
}

/// Gives a claimed round back as `later`, without an attempt or a slot.
async fn put_off(app: &App, round: &Round, token: i64, later: Round) -> Result<()> {
    let writer = &app.store.writer;
    let change = moved(round, token, later, app.now());
    match writer.commit(Lane::Acts, Request::system(), change).await {
        Ok(_) | Err(store::Error::Conflict) => {}
        Err(error) => return Err(Error::from(error)),
    }
    rounds::release(writer, round.case, round.round, token).await?;
    Ok(())
}

fn moved(round: &Round, token: i64, after: Round, now: Timestamp) -> Change {
    let mut change = Change::new(now);
    change.round = Some((Gate::Version(round.version), after));
    change.fence = Some(token);
    change
}
