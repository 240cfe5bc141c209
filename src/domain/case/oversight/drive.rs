//! A drive for a case that has grown old (R39): its citizen is contacted and it is resolved within a week. It moves nothing.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::domain::{
    actor::Actor,
    case::{
        Case, Kind as CaseKind, State,
        matter::{About, Behind, Kind, Settlement},
    },
    change::Change,
    place::{Code, Level, PlaceCode, PostId},
    refused::Refused,
    time::{DAY_MS, HOUR_MS, Timestamp},
};

/// Ages of one policy.
const AGES_MAX: usize = 8;
/// An age is no later than this.
const DAYS_MAX: i64 = 10_000;

/// Which ages open a drive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Numbers {
    /// Days since the registration, rising: a case that is older opens the drive of the last of them that it passed.
    pub days: Vec<i64>,
    /// How long a drive has.
    pub within_ms: i64,
    /// How often it is looked for cases that passed an age; 0 is never.
    pub look_every_ms: i64,
}

impl Default for Numbers {
    fn default() -> Self {
        Self { days: vec![50, 100, 300, 365], within_ms: 7 * DAY_MS, look_every_ms: HOUR_MS }
    }
}

impl Numbers {
    /// Says what is wrong with them.
    pub fn check(&self) -> Result<(), &'static str> {
        let rising = self.days.windows(2).all(|pair| pair[0] < pair[1]);
        let within = self.days.iter().all(|days| (1..=DAYS_MAX).contains(days));
        if self.days.len() > AGES_MAX || !rising || !within {
            return Err("at most 8 ages, rising, of 1 to 10,000 days");
        }
        if self.within_ms <= 0 || self.look_every_ms < 0 {
            return Err("a drive has time, and it is looked every so often or never with 0");
        }
        Ok(())
    }

    /// The last age that it passed, to the millisecond.
    pub fn passed(&self, registered: Timestamp, now: Timestamp) -> Option<i64> {
        let old_ms = now.since(registered);
        self.days.iter().rev().copied().find(|days| old_ms > days * DAY_MS)
    }

    /// Registrations whose last age is this one now: from the first instant, and before the other.
    pub fn registered(&self, days: i64, now: Timestamp) -> (Option<Timestamp>, Timestamp) {
        let older = self.days.iter().copied().find(|other| *other > days);
        let from = older.map(|older| now.plus_ms(-older * DAY_MS));
        (from, now.plus_ms(-days * DAY_MS))
    }
}

/// The last drive of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drive {
    /// The age that opened it.
    pub days: i64,
    pub since: Timestamp,
    pub due: Timestamp,
    /// Somebody spoke with the citizen since.
    #[serde(default)]
    pub contacted: bool,
}

/// A drive, with its case as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriveTask {
    pub case: i64,
    /// Of the event that opened it.
    pub version: i64,
    /// The age, in days.
    pub days: i64,
    pub opened_at: Timestamp,
    pub due_at: Timestamp,
    pub settled: Option<Settlement>,
    /// The citizen was contacted since it was opened.
    pub contacted: bool,
    pub registered_at: Timestamp,
    pub state: State,
    pub level: Level,
    pub department: Code,
    pub district: PlaceCode,
    /// The post that holds the case.
    pub post: Option<PostId>,
}

impl DriveTask {
    /// Drives are ordered by when they were opened.
    pub fn behind(&self) -> Behind {
        Behind { opened_at: self.opened_at, case: self.case, version: self.version }
    }
}

/// What open drives are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    District,
    Department,
    Post,
}

/// Open drives of one district, department or post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriveCount {
    /// Empty of cases that no post holds.
    pub code: String,
    pub open: i64,
    pub overdue: i64,
    /// The earliest date of them.
    pub first_due: Timestamp,
}

impl Drive {
    /// As its row ends once the citizen was contacted and a resolution filed.
    fn outcome(&self, now: Timestamp) -> &'static str {
        if now <= self.due { "MET" } else { "MISSED" }
    }
}

impl Case {
    /// One for each age; the drive of an earlier age that is still open gives way to it.
    pub fn drive_opened(&self, numbers: &Numbers, now: Timestamp) -> Result<Change, Refused> {
        let is_pending = self.age(now).is_some() && self.kind == CaseKind::Complaint;
        let passed = numbers.passed(self.registered_at, now).filter(|_| is_pending);
        let days = passed.ok_or(Refused::NotDue)?;
        let before = self.aside().drive.as_ref();
        if before.is_some_and(|drive| drive.days >= days) {
            return Err(Refused::OpenAlready);
        }
        let gives_way = match before {
            Some(drive) if now <= drive.due => "REPLACED",
            Some(_) | None => "MISSED",
        };
        let due = now.plus_ms(numbers.within_ms);
        let drive = Drive { days, since: now, due, contacted: false };
        let after = self.clone().with_aside(|aside| aside.drive = Some(drive));
        let about = About { code: days.to_string().into(), due_at: Some(due), ..About::default() };
        let by = Actor::system();
        Ok(Change::updating(after, now)
            .tell(&by, "drive_opened", Some(self), json!({ "days": days, "due": due.ms() }))
            .settles(Kind::Drive, gives_way)
            .opens(&by, Kind::Drive, about))
    }

    /// Somebody spoke with the citizen at this instant: what was before the drive is no contact of it.
    #[must_use]
    pub(in crate::domain::case) fn drive_contacted(self, at: Timestamp) -> Self {
        match &self.aside().drive {
            Some(drive) if !drive.contacted && at >= drive.since => self.with_aside(|aside| {
                if let Some(drive) = aside.drive.as_mut() {
                    drive.contacted = true;
                }
            }),
            Some(_) | None => self,
        }
    }
}

impl Change {
    /// Ends the drive whose citizen was contacted and that has a resolution.
    #[must_use]
    pub(in crate::domain::case) fn settles_drive(self) -> Self {
        let case = self.stands();
        let is_filed = case.state == State::AwaitingVerification;
        match case.aside().drive.as_ref().filter(|drive| drive.contacted && is_filed) {
            Some(drive) => {
                let outcome = drive.outcome(self.at);
                self.settles(Kind::Drive, outcome)
            }
            None => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        case::{
            desk::tests::{after, kinds, officer, text},
            officer::{Contact, ContactKind},
            tests::{TEN, case},
        },
        citizen::Safety,
        policy::Policy,
    };

    fn opened(case: &Case, days: i64) -> Result<Change, Refused> {
        case.drive_opened(&Numbers::default(), TEN.plus_ms(days * DAY_MS + 1))
    }

    fn called(case: &Case, at: Timestamp, now: Timestamp) -> Change {
        let call = Contact { kind: ContactKind::Call, at, note: text("spoke") };
        case.contact(&officer(7, 1, 1), call, now).unwrap()
    }

    fn resolved(case: &Case, now: Timestamp) -> Change {
        let verification = Policy::standard().verification;
        case.resolve(&officer(7, 1, 1), text("mended"), Safety::default(), &verification, now)
            .unwrap()
    }

    fn ends(change: &Change) -> Vec<&str> {
        let drives = change.settled.iter().filter(|row| row.kind == Some(Kind::Drive));
        drives.map(|row| row.settlement.outcome.as_str()).collect()
    }

    #[test]
    fn a_case_that_is_a_millisecond_past_an_age_opens_the_drive_of_that_age_once() {
        let late = case().drive_opened(&Numbers::default(), TEN.plus_ms(50 * DAY_MS));
        assert_eq!(late.unwrap_err(), Refused::NotDue);

        let change = opened(&case(), 50).unwrap();

        let row = &change.matters[0];
        let at = TEN.plus_ms(50 * DAY_MS + 1);
        assert_eq!((row.kind, row.code.as_str(), row.post), (Kind::Drive, "50", case().post));
        assert_eq!((row.opened_at, row.due_at), (at, Some(at.plus_ms(7 * DAY_MS))));
        assert_eq!(kinds(&change), ["drive_opened"]);
        let driven = after(&change);
        let plain =
            Case { aside: None, version: case().version, head: case().head, ..driven.clone() };
        assert_eq!(plain, case());
        assert_eq!(opened(&driven, 99).unwrap_err(), Refused::OpenAlready);
        let next = opened(&driven, 100).unwrap();
        assert_eq!((next.matters[0].code.as_str(), ends(&next)), ("100", vec!["MISSED"]));
    }

    #[test]
    fn an_old_case_that_comes_over_opens_the_drive_of_its_own_age_alone() {
        let change = opened(&case(), 400).unwrap();
        assert_eq!(change.matters.len(), 1);
        assert_eq!(change.matters[0].code, "365");
    }

    #[test]
    fn what_is_not_pending_or_no_complaint_opens_no_drive() {
        for state in State::ALL {
            let case = Case { state: *state, ..case() };
            let pending = case.age(TEN).is_some();
            assert_eq!(opened(&case, 50).is_ok(), pending, "{state}");
        }
        let demand = Case { kind: CaseKind::Demand, ..case() };
        assert_eq!(opened(&demand, 50).unwrap_err(), Refused::NotDue);
    }

    #[test]
    fn a_drive_is_met_by_a_resolution_behind_a_contact_and_by_neither_alone() {
        let driven = after(&opened(&case(), 50).unwrap());
        let now = TEN.plus_ms(51 * DAY_MS);

        assert_eq!(ends(&resolved(&driven, now)), [""; 0]);
        let before = called(&driven, TEN.plus_ms(50 * DAY_MS), now);
        assert_eq!(ends(&resolved(&after(&before), now)), [""; 0]);
        let contact = called(&driven, now, now);
        assert_eq!(ends(&contact), [""; 0]);
        assert_eq!(ends(&resolved(&after(&contact), now)), ["MET"]);
        let late = resolved(&after(&contact), now.plus_ms(7 * DAY_MS));
        assert_eq!(ends(&late), ["MISSED"]);
    }

    #[test]
    fn a_note_is_no_contact_and_a_call_of_the_helpline_behind_the_resolution_is_one() {
        let driven = after(&opened(&case(), 50).unwrap());
        let now = TEN.plus_ms(51 * DAY_MS);
        let long = text("a note of thirty characters or more");
        let note = Contact { kind: ContactKind::Note, at: now, note: long };
        let noted = after(&driven.contact(&officer(7, 1, 1), note, now).unwrap());
        let filed = resolved(&noted, now);
        assert_eq!(ends(&filed), [""; 0]);

        let spoke = after(&filed).spoke(&Actor::system(), "00ff", None, now);

        assert_eq!(ends(&spoke), ["MET"]);
    }

    #[test]
    fn ages_that_cannot_be_are_said() {
        let with = |days: &[i64]| Numbers { days: days.to_vec(), ..Numbers::default() };
        assert_eq!(Numbers::default().check(), Ok(()));
        assert_eq!(with(&[]).check(), Ok(()));
        for wrong in [&[0][..], &[100, 50], &[50, 50], &[10_001], &[1, 2, 3, 4, 5, 6, 7, 8, 9]] {
            assert!(with(wrong).check().is_err(), "{wrong:?}");
        }
        assert!(Numbers { within_ms: 0, ..Numbers::default() }.check().is_err());
        assert!(Numbers { look_every_ms: -1, ..Numbers::default() }.check().is_err());
    }

    proptest! {
        #[test]
        fn the_span_of_an_age_holds_the_registrations_whose_last_age_it_is(
            old_ms in 0..500 * DAY_MS,
            edge in 0..4_usize,
            by in -2..=2_i64,
        ) {
            let numbers = Numbers::default();
            for old_ms in [old_ms, numbers.days[edge] * DAY_MS + by] {
                let registered = TEN.plus_ms(-old_ms);
                let within = |days: &i64| {
                    let (from, before) = numbers.registered(*days, TEN);
                    from.is_none_or(|from| registered >= from) && registered < before
                };
                let found: Vec<i64> = numbers.days.iter().copied().filter(within).collect();
                let passed: Vec<i64> = numbers.passed(registered, TEN).into_iter().collect();
                prop_assert_eq!(found, passed);
            }
        }
    }
}
