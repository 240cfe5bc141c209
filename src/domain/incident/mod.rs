//! A known outage: callers hear of it first, and by one key the case of each is linked to the outage's own (rule book 1.1).

use serde::{Deserialize, Serialize};

use crate::domain::{
    case::{Case, Kind, State},
    place::{Code, PlaceCode},
    refused::Refused,
    time::{DAY_MS, Timestamp},
    words,
};

/// Whoever needs longer declares it again.
pub const INCIDENT_MS_MAX: i64 = 7 * DAY_MS;
/// More places than the districts of any state are the state.
pub const PLACES_MAX: usize = 80;
/// Those in force that are looked at, the newest first.
pub const IN_FORCE_MAX: usize = 50;
/// Of those, spoken to one caller.
pub const SPOKEN_MAX: usize = 2;

words! {
    /// What callers are told of it.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
    pub enum Advice {
        Repair = "REPAIR",
        Relief = "RELIEF",
        StaySafe = "STAY_SAFE",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incident {
    pub id: i64,
    /// The case that the others follow.
    pub lead: i64,
    pub department: Code,
    pub category: Code,
    pub subcategory: Option<Code>,
    /// Where it is; a state is one place.
    pub places: Vec<PlaceCode>,
    pub advice: Advice,
    /// Who declared it.
    pub account: i64,
    /// Why, in `texts`.
    pub reason: i64,
    pub from: Timestamp,
    pub until: Timestamp,
    pub ended: Option<Ended>,
    pub version: i64,
}

/// Ended before its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ended {
    pub at: Timestamp,
    pub account: i64,
    pub reason: i64,
}

/// What a declaration says beside its lead.
#[derive(Clone, Debug)]
pub struct Declared {
    pub id: i64,
    pub places: Vec<PlaceCode>,
    pub advice: Advice,
    pub account: i64,
    pub reason: i64,
    pub until: Timestamp,
}

/// One citizen's case of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joined {
    pub incident: i64,
    pub lead: i64,
}

/// Whose case of an incident follows which lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    pub incident: i64,
    pub lead: i64,
    pub citizen: i64,
    pub case: i64,
}

/// What a change writes of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// As it shall stand: a gate, of its version.
    pub incident: Option<Incident>,
    /// The citizen's only case of it, and its lead open: a gate.
    pub joined: Option<Member>,
}

impl Incident {
    pub fn declare(lead: &Case, said: Declared, now: Timestamp) -> Result<Self, Refused> {
        if lead.kind != Kind::Complaint {
            return Err(Refused::NotAComplaint);
        }
        // A lead that follows would make chains.
        if !leads(lead.state) || lead.aside().lead.is_some() {
            return Err(Refused::ParentNotOpen);
        }
        if said.until <= now || said.until.since(now) > INCIDENT_MS_MAX {
            return Err(Refused::DateNotAllowed);
        }
        Ok(Self {
            id: said.id,
            lead: lead.id,
            department: lead.department.clone(),
            category: lead.category.clone(),
            subcategory: lead.subcategory.clone(),
            places: said.places,
            advice: said.advice,
            account: said.account,
            reason: said.reason,
            from: now,
            until: said.until,
            ended: None,
            version: 1,
        })
    }

    pub fn end(&self, account: i64, reason: i64, now: Timestamp) -> Result<Self, Refused> {
        if !self.in_force(now) {
            return Err(Refused::NothingOpen);
        }
        let ended = Some(Ended { at: now, account, reason });
        Ok(Self { ended, version: self.version + 1, ..self.clone() })
    }

    pub fn in_force(&self, now: Timestamp) -> bool {
        self.ended.is_none() && now < self.until
    }

    pub fn ends_at(&self) -> Timestamp {
        self.ended.as_ref().map_or(self.until, |ended| ended.at)
    }

    /// `line`: a place, and those that it lies in, up to the state.
    pub fn covers(&self, line: &[PlaceCode]) -> bool {
        line.iter().any(|place| self.places.contains(place))
    }
}

/// An officer works on it still: behind a resolution callers are no longer told of it, and a "not satisfied" of the lead's own
/// citizen tells them again.
pub fn leads(state: State) -> bool {
    match state {
        State::Unrouted
        | State::WithOfficer
        | State::PartiallyClosed
        | State::SpecialCloseProposed => true,
        State::AwaitingVerification
        | State::Unverified
        | State::ClosedSatisfied
        | State::ClosedSpecial
        | State::ClosedForced
        | State::Withdrawn
        | State::Merged
        | State::Forwarded => false,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::case::tests::{TEN, case};

    fn declared(until: Timestamp) -> Declared {
        Declared {
            id: 1,
            places: vec![PlaceCode::new("block:phanda"), PlaceCode::new("district:410")],
            advice: Advice::Repair,
            account: 3,
            reason: 50,
            until,
        }
    }

    /// By account 3, since ten o'clock for a day.
    pub(crate) fn incident() -> Incident {
        Incident::declare(&case(), declared(TEN.plus_ms(DAY_MS)), TEN).unwrap()
    }

    #[test]
    fn it_shares_the_matter_of_its_lead_and_ends_by_itself_within_seven_days() {
        let until = |ms: i64| Incident::declare(&case(), declared(TEN.plus_ms(ms)), TEN);

        assert_eq!(until(0).unwrap_err(), Refused::DateNotAllowed);
        assert_eq!(until(7 * DAY_MS + 1).unwrap_err(), Refused::DateNotAllowed);
        let longest = until(7 * DAY_MS).unwrap();
        assert_eq!(
            (&longest.department, &longest.category),
            (&case().department, &case().category)
        );
        assert!(longest.in_force(TEN.plus_ms(7 * DAY_MS - 1)));
        assert!(!longest.in_force(TEN.plus_ms(7 * DAY_MS)));
    }

    #[test]
    fn only_a_complaint_leads_that_an_officer_works_on_and_that_follows_no_other() {
        let declare = |case: Case| {
            Incident::declare(&case, declared(TEN.plus_ms(DAY_MS)), TEN)
                .map(|incident| incident.lead)
        };
        let following = case().with_aside(|aside| aside.lead = Some(7));

        assert_eq!(declare(following), Err(Refused::ParentNotOpen));
        assert_eq!(declare(Case { kind: Kind::Demand, ..case() }), Err(Refused::NotAComplaint));
        for state in State::ALL {
            let works = matches!(
                state,
                State::Unrouted
                    | State::WithOfficer
                    | State::PartiallyClosed
                    | State::SpecialCloseProposed
            );
            let answer = declare(Case { state: *state, ..case() });
            assert_eq!(answer, if works { Ok(case().id) } else { Err(Refused::ParentNotOpen) });
        }
    }

    #[test]
    fn ended_by_hand_it_is_over_at_once_and_ends_once() {
        let later = TEN.plus_ms(1_000);
        let ended = incident().end(4, 51, later).unwrap();

        assert_eq!((ended.in_force(later), ended.ends_at(), ended.version), (false, later, 2));
        assert_eq!(ended.end(4, 52, later).unwrap_err(), Refused::NothingOpen);
        assert_eq!(incident().end(4, 51, TEN.plus_ms(DAY_MS)), Err(Refused::NothingOpen));
    }

    #[test]
    fn it_covers_its_places_and_what_lies_in_them() {
        let line =
            |places: &[&str]| places.iter().map(|place| PlaceCode::new(*place)).collect::<Vec<_>>();
        let covers = |places: &[&str]| incident().covers(&line(places));

        assert!(covers(&["block:phanda", "district:396", "state:23"]));
        assert!(covers(&["village:1", "block:phanda", "district:396", "state:23"]));
        assert!(covers(&["district:410", "state:23"]));
        assert!(!covers(&["district:396", "state:23"]));
        assert!(!covers(&["block:berasia", "district:396", "state:23"]));
        assert!(!covers(&[]));
    }
}
