//! May this be registered: one decision for every channel, over what the citizen brought before and what is known nearby.

use super::block::Block;
use crate::domain::{
    actor::{Actor, Channel, Role},
    case::{Case, Kind, State},
    number::CaseNumber,
    place::{Code, PlaceCode},
    refused::Refused,
    time::{DAY_MS, HOUR_MS, Timestamp},
};

/// What the settings say of registrations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Complaints of one citizen in one day of IST.
    pub complaints_a_day_max: i64,
    /// How far back the same matter of the same citizen is a duplicate.
    pub duplicate_ms: i64,
    /// How far back others' cases of the same kind are the same outage, and how many there must be.
    pub nearby_ms: i64,
    pub nearby_cases_min: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            complaints_a_day_max: 10,
            duplicate_ms: 30 * DAY_MS,
            nearby_ms: 24 * HOUR_MS,
            nearby_cases_min: 3,
        }
    }
}

/// What is to be registered.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub kind: Kind,
    pub category: &'a Code,
    /// The place, and those that it lies in, up to the state.
    pub line: &'a [PlaceCode],
    /// Earlier cases that the agent was shown, and registers beside.
    pub despite: &'a [CaseNumber],
}

/// What is known of the citizen and of the place.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The citizen's own cases, the latest first, each with its place and those that it lies in.
    pub own: &'a [(Case, Vec<PlaceCode>)],
    /// Others' open cases of this category and place, the latest first.
    pub nearby: &'a [Case],
    pub block: Option<&'a Block>,
}

/// Why it is not registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Barred {
    Refused(Refused),
    /// Shown to the agent first.
    Duplicates(Vec<Earlier>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    pub number: CaseNumber,
    pub state: State,
    pub registered_at: Timestamp,
    pub of: Of,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// The same citizen's.
    Citizen,
    /// Somebody else's at the same place.
    Nearby,
    /// The case that a known outage's others follow.
    Incident,
}

/// What the history says of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Admitted {
    /// Which complaint of the citizen it is on this day, from 1; None for other kinds and for a citizen's first.
    pub nth: Option<i64>,
    /// A supervisor registered it in spite of a block or the limit.
    pub in_spite: bool,
}

pub fn admit(
    by: &Actor,
    asked: Asked<'_>,
    known: Known<'_>,
    limits: &Limits,
    now: Timestamp,
) -> Result<Admitted, Barred> {
    let today = now.ist_day().begins();
    let complaints = |(case, _): &&(Case, Vec<PlaceCode>)| {
        case.kind == Kind::Complaint && case.registered_at >= today
    };
    let nth = match asked.kind {
        Kind::Complaint => known.own.iter().filter(complaints).count() as i64 + 1,
        Kind::Demand | Kind::Suggestion | Kind::SchemeInformation => 0,
    };
    let counted = limited(by.channel);
    let bar = if counted && known.block.is_some_and(|block| block.in_force(now)) {
        Some(Refused::CitizenBlocked)
    } else if counted && nth > limits.complaints_a_day_max {
        Some(Refused::DailyLimit)
    } else {
        None
    };
    if let Some(bar) = bar
        && by.role != Role::Supervisor
    {
        return Err(Barred::Refused(bar));
    }
    if warned(by.channel) && asked.kind == Kind::Complaint {
        let duplicates = duplicates(asked, known, limits, now);
        if !duplicates.is_empty() {
            return Err(Barred::Duplicates(duplicates));
        }
    }
    Ok(Admitted {
        nth: (counted && nth > 0 && !known.own.is_empty()).then_some(nth),
        in_spite: bar.is_some(),
    })
}

/// The limit and blocks hold wherever a citizen registers; what the helpline itself brings over is not limited.
fn limited(channel: Channel) -> bool {
    match channel {
        Channel::Agent
        | Channel::Portal
        | Channel::App
        | Channel::OfficerLine
        | Channel::JanSunwai
        | Channel::Ivr => true,
        Channel::System => false,
    }
}

/// Where somebody can look at earlier cases before saving; a dialogue by keys cannot.
pub fn warned(channel: Channel) -> bool {
    match channel {
        Channel::Agent | Channel::Portal | Channel::App | Channel::JanSunwai => true,
        Channel::OfficerLine | Channel::Ivr | Channel::System => false,
    }
}

/// Those that must be named first. Of the citizen's own each; of an outage nearby one is enough, for new ones come in.
fn duplicates(asked: Asked<'_>, known: Known<'_>, limits: &Limits, now: Timestamp) -> Vec<Earlier> {
    let named = |case: &Case| asked.despite.contains(&case.number());
    let same_matter = |(case, line): &&(Case, Vec<PlaceCode>)| {
        case.kind == Kind::Complaint
            && case.category == *asked.category
            && !matches!(case.state, State::Withdrawn | State::Merged)
            && now.since(case.registered_at) <= limits.duplicate_ms
            && (asked.line.contains(&case.place)
                || asked.line.first().is_some_and(|place| line.contains(place)))
    };
    let own = known.own.iter().filter(same_matter).map(|(case, _)| case);
    let mut found: Vec<_> =
        own.filter(|case| !named(case)).map(|case| earlier(case, Of::Citizen)).collect();
    let near = |case: &&Case| now.since(case.registered_at) <= limits.nearby_ms;
    let nearby: Vec<_> = known.nearby.iter().filter(near).collect();
    let outage = limits.nearby_cases_min > 0 && nearby.len() >= limits.nearby_cases_min;
    if outage && !nearby.iter().any(|case| named(case)) {
        found.extend(nearby.into_iter().map(|case| earlier(case, Of::Nearby)));
    }
    found
}

fn earlier(case: &Case, of: Of) -> Earlier {
    Earlier { number: case.number(), state: case.state, registered_at: case.registered_at, of }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        case::tests::{TEN, case},
        intake::block::tests::block,
    };

    fn by(channel: Channel, role: Role) -> Actor {
        Actor { channel, role, account: Some(7), ..Actor::system() }
    }

    fn line() -> Vec<PlaceCode> {
        ["block:phanda", "district:396", "state:23"].map(PlaceCode::new).to_vec()
    }

    /// A complaint about a power cut at Phanda, so many milliseconds before ten.
    fn before(id: i64, ms: i64) -> Case {
        Case { id, registered_at: TEN.plus_ms(-ms), ..case() }
    }

    struct World {
        own: Vec<(Case, Vec<PlaceCode>)>,
        nearby: Vec<Case>,
        block: Option<Block>,
        despite: Vec<CaseNumber>,
        kind: Kind,
    }

    impl World {
        fn empty() -> Self {
            Self {
                own: vec![],
                nearby: vec![],
                block: None,
                despite: vec![],
                kind: Kind::Complaint,
            }
        }

        fn admit(&self, by: &Actor) -> Result<Admitted, Barred> {
            let (category, line) = (Code::new("electricity"), line());
            let asked =
                Asked { kind: self.kind, category: &category, line: &line, despite: &self.despite };
            let known = Known { own: &self.own, nearby: &self.nearby, block: self.block.as_ref() };
            admit(by, asked, known, &Limits::default(), TEN)
        }
    }

    fn duplicates(answer: Result<Admitted, Barred>) -> Vec<(i64, Of)> {
        match answer {
            Err(Barred::Duplicates(found)) => {
                found.iter().map(|earlier| (earlier.number.id(), earlier.of)).collect()
            }
            Ok(_) => vec![],
            Err(Barred::Refused(refused)) => panic!("{refused}"),
        }
    }

    #[test]
    fn the_same_matter_of_the_same_citizen_in_thirty_days_is_shown_first() {
        let agent = by(Channel::Agent, Role::Agent);
        let of = |change: fn(&mut Case), ms: i64, place: &[&str]| {
            let mut earlier = before(1_000_003, ms);
            change(&mut earlier);
            let places = place.iter().map(|code| PlaceCode::new(*code)).collect::<Vec<_>>();
            earlier.place = places[0].clone();
            let world = World { own: vec![(earlier, places)], ..World::empty() };
            duplicates(world.admit(&agent)).len()
        };
        let here = ["block:phanda", "district:396", "state:23"];
        let village = ["village:1", "block:phanda", "district:396", "state:23"];
        let elsewhere = ["block:berasia", "district:396", "state:23"];
        let month = 30 * DAY_MS;

        assert_eq!(of(|_| {}, month, &here), 1);
        assert_eq!(of(|_| {}, month + 1, &here), 0);
        assert_eq!(of(|_| {}, 1, &here[1..]), 1);
        assert_eq!(of(|_| {}, 1, &village), 1);
        assert_eq!(of(|_| {}, 1, &elsewhere), 0);
        assert_eq!(of(|case| case.category = Code::new("water"), 1, &here), 0);
        assert_eq!(of(|case| case.state = State::ClosedSatisfied, 1, &here), 1);
        assert_eq!(of(|case| case.state = State::Withdrawn, 1, &here), 0);
        assert_eq!(of(|case| case.state = State::Merged, 1, &here), 0);
        assert_eq!(of(|case| case.kind = Kind::Demand, 1, &here), 0);
    }

    #[test]
    fn each_own_duplicate_must_be_named_and_one_of_an_outage_nearby() {
        let agent = by(Channel::Agent, Role::Agent);
        let numbered = |id| before(id, 60_000).number();
        let own = [1_000_001, 1_000_002].map(|id| (before(id, 60_000), line())).to_vec();
        let nearby: Vec<_> = (11..14).map(|n| before(1_000_000 + n, 60_000)).collect();
        let mut world = World { own, nearby, ..World::empty() };
        let all = [1_000_001, 1_000_002].map(|id| (id, Of::Citizen));
        let near = [1_000_011, 1_000_012, 1_000_013].map(|id| (id, Of::Nearby));

        assert_eq!(duplicates(world.admit(&agent)), [&all[..], &near[..]].concat());
        world.despite = vec![numbered(1_000_001), numbered(1_000_012)];
        assert_eq!(duplicates(world.admit(&agent)), [(1_000_002, Of::Citizen)]);
        world.despite.push(numbered(1_000_002));
        assert!(world.admit(&agent).is_ok());
        world.nearby.pop();
        world.despite.remove(1);
        assert!(world.admit(&agent).is_ok(), "two others are no outage");
    }

    #[test]
    fn nobody_is_warned_by_keys_and_no_other_kind_than_complaints() {
        let own = vec![(before(1_000_001, 60_000), line())];
        let mut world = World { own, ..World::empty() };
        for channel in Channel::ALL {
            let warned = matches!(
                channel,
                Channel::Agent | Channel::Portal | Channel::App | Channel::JanSunwai
            );
            let answer = world.admit(&by(*channel, Role::Agent));
            assert_eq!(!duplicates(answer).is_empty(), warned, "{channel}");
        }
        world.kind = Kind::Suggestion;
        assert!(world.admit(&by(Channel::Agent, Role::Agent)).is_ok());
    }

    #[test]
    fn the_eleventh_complaint_of_a_day_is_refused_on_every_channel() {
        let midnight_ms = 10 * HOUR_MS;
        let elsewhere = |n: i64, ms| {
            let other = Case { category: Code::new("water"), ..before(1_000_000 + n, ms) };
            (other, line())
        };
        let ten: Vec<_> = (0..10).map(|n| elsewhere(n, midnight_ms)).collect();
        let mut world = World { own: ten, ..World::empty() };
        for channel in Channel::ALL.iter().filter(|channel| **channel != Channel::System) {
            let refused = Barred::Refused(Refused::DailyLimit);
            assert_eq!(world.admit(&by(*channel, Role::Agent)), Err(refused), "{channel}");
        }
        assert!(world.admit(&Actor::system()).is_ok());
        let supervised = world.admit(&by(Channel::Agent, Role::Supervisor)).unwrap();
        assert_eq!(supervised, Admitted { nth: Some(11), in_spite: true });
        world.kind = Kind::SchemeInformation;
        assert!(world.admit(&by(Channel::Agent, Role::Agent)).is_ok());

        world.kind = Kind::Complaint;
        world.own[0].0.registered_at = TEN.plus_ms(-midnight_ms - 1);
        let tenth = world.admit(&by(Channel::Ivr, Role::Ivr)).unwrap();
        assert_eq!(tenth, Admitted { nth: Some(10), in_spite: false });
    }

    #[test]
    fn a_block_holds_until_its_end_and_not_against_a_supervisor() {
        let ends = |until| {
            let block = Some(Block { until, ..block() });
            World { block, ..World::empty() }
        };
        let ivr = by(Channel::Ivr, Role::Ivr);
        let refused = Err(Barred::Refused(Refused::CitizenBlocked));

        assert_eq!(ends(TEN.plus_ms(1)).admit(&ivr), refused);
        assert!(ends(TEN).admit(&ivr).is_ok());
        let supervisor = by(Channel::Agent, Role::Supervisor);
        assert!(ends(TEN.plus_ms(1)).admit(&supervisor).unwrap().in_spite);
    }
}
