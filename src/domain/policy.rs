//! The numbers of the rule book's section 1 as versioned policy; a running clock keeps the version it started under.

use std::{borrow::Cow, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    actor::Channel,
    case::{escalate::order::Ground, oversight::drive},
    directory::Rise,
    feedback, flags, grading,
    place::{Code, Level, PlaceCode},
    recheck,
    time::{DAY_MS, Day, HOUR_MS, MINUTE_MS, SECOND_MS, Timestamp},
};

/// A clock never runs longer than this over skipped holidays, so that a bad calendar cannot hang a decision.
const SKIPPED_DAYS_MAX: u32 = 400;
/// How long a dial's lease lasts, unless a policy says otherwise; a policy that leaves less is refused.
pub const DIAL_MS: i64 = 10 * MINUTE_MS;
const DIAL_MS_MIN: i64 = 20 * SECOND_MS;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Version and date are columns beside the policy's text.
    #[serde(skip)]
    pub version: i64,
    #[serde(skip)]
    pub effective_from: Timestamp,
    pub limit_ms: i64,
    /// The first that fits a case and level wins.
    pub limits: Vec<Limit>,
    /// Off: holidays and Sundays count (R05).
    pub holidays: Holidays,
    #[serde(default)]
    pub l3_to_l4: Rise,
    pub review_ms: i64,
    /// A case that no post was found for is the district nodal officer's after so long.
    #[serde(default = "unrouted_ms")]
    pub unrouted_ms: i64,
    pub verification: Verification,
    /// Also of policies that were enacted before the acts of the desk.
    #[serde(default)]
    pub desk: Desk,
    #[serde(default)]
    pub attendance: Attendance,
    #[serde(default)]
    pub feedback: feedback::Numbers,
    #[serde(default)]
    pub recheck: recheck::Numbers,
    #[serde(default)]
    pub flags: flags::Numbers,
    #[serde(default)]
    pub grading: grading::Formula,
    #[serde(default)]
    pub drives: drive::Numbers,
}

/// Another length for the cases and levels that it names; None names all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    pub department: Option<Code>,
    pub subcategory: Option<Code>,
    pub level: Option<Level>,
    pub limit_ms: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Holidays {
    Count,
    /// These days of IST do not count.
    Skip(Vec<Day>),
}

/// Rule book 1.4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    pub round_ms: i64,
    pub attempts_max: i64,
    pub busy_redials_max: i64,
    pub busy_redial_ms: i64,
    pub congestion_redials_max: i64,
    pub congestion_redial_ms: i64,
    /// A ring back waits this long: the citizen is still on the call that asked for it.
    #[serde(default = "ring_back_after_ms")]
    pub ring_back_after_ms: i64,
    pub phone_attempts_a_day_max: i64,
    pub phone_dials_a_day_max: i64,
    pub bad_number_days_max: i64,
    /// Minutes of the IST day at which its parts begin, and the end of the last.
    pub part_minutes: [u32; 4],
    pub rounds_in_a_call_max: usize,
    /// Longer than any call with its ringing: the lease of a dial, which is over without an outcome after it. Where it is shorter
    /// than usual, calls are too.
    pub dial_ms_max: i64,
    /// Narrower hours of some districts.
    #[serde(default)]
    pub windows: Vec<Window>,
    /// Days of IST on which the helpline rings nobody by itself.
    #[serde(default)]
    pub no_call_days: Vec<Day>,
}

/// The parts of the day in one district: within the state's hours, never beside them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    pub district: PlaceCode,
    pub part_minutes: [u32; 4],
}

impl Verification {
    /// As it is for the citizens of one district.
    pub fn of(&self, district: &PlaceCode) -> Cow<'_, Self> {
        let narrower = self.windows.iter().find(|window| window.district == *district);
        let Some(window) = narrower else { return Cow::Borrowed(self) };
        let [begin, .., end] = self.part_minutes;
        // What was enacted is within; what a row says is held to it all the same.
        let part_minutes = window.part_minutes.map(|minute| minute.clamp(begin, end));
        Cow::Owned(Self { part_minutes, windows: Vec::new(), ..self.clone() })
    }

    /// Says what is wrong with the hours and the lease.
    pub fn check(&self) -> Result<(), &'static str> {
        let [begin, .., end] = self.part_minutes;
        if self.dial_ms_max < DIAL_MS_MIN {
            return Err("a dial lasts at least 20 seconds");
        }
        if !is_day(&self.part_minutes) {
            return Err("the parts of a day follow each other");
        }
        for window in &self.windows {
            let [first, .., last] = window.part_minutes;
            if !is_day(&window.part_minutes) || first < begin || last > end {
                return Err("a district's hours are within the state's");
            }
        }
        Ok(())
    }
}

/// Parts that follow each other; one may be empty, not all.
fn is_day(minutes: &[u32; 4]) -> bool {
    minutes.is_sorted() && minutes[0] < minutes[3] && minutes[3] <= 24 * 60
}

/// What officers and the call centre may do, and until when (rule book 1.1 to 1.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Desk {
    /// Farthest date of a PC, and by how much a WIT may move it.
    pub partial_ms_max: i64,
    pub extension_ms_max: i64,
    pub propose_level: Level,
    pub decide_level: Level,
    pub force_level: Level,
    pub force_report_chars_min: usize,
    /// After registration.
    pub category_ms: i64,
    /// Who may send a case one level back.
    pub back_level: Level,
    /// After the closure.
    pub reopen_ms: i64,
    /// Dissatisfied rounds at the last level that call the directorate, and its time.
    pub next_step_rounds: i64,
    pub next_step_ms: i64,
    /// Rounds that a supervisor may order for one case, and how far apart.
    pub ordered_rounds_max: u32,
    pub ordered_rounds_ms: i64,
    /// How long the code to a new number is good, and how often it may be wrong.
    pub code_ms: i64,
    pub wrong_codes_max: u32,
    /// On which grounds a case is ordered from level 3 to level 4.
    pub rise_grounds: Vec<Ground>,
}

/// What counts as a visit of an officer (R12, R13).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attendance {
    pub channels: Vec<Channel>,
}

impl Default for Attendance {
    /// The phone line and the app count as the portal does.
    fn default() -> Self {
        Self { channels: vec![Channel::Portal, Channel::App, Channel::OfficerLine] }
    }
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            partial_ms_max: 30 * DAY_MS,
            extension_ms_max: 15 * DAY_MS,
            propose_level: Level(2),
            decide_level: Level(3),
            force_level: Level(3),
            force_report_chars_min: 100,
            category_ms: 3 * DAY_MS,
            back_level: Level(4),
            reopen_ms: 30 * DAY_MS,
            next_step_rounds: 2,
            next_step_ms: 7 * DAY_MS,
            ordered_rounds_max: 2,
            ordered_rounds_ms: 7 * DAY_MS,
            code_ms: 24 * HOUR_MS,
            wrong_codes_max: 5,
            rise_grounds: Ground::ALL.to_vec(),
        }
    }
}

fn unrouted_ms() -> i64 {
    24 * HOUR_MS
}

/// Also of policies that were enacted before it was among their numbers.
fn ring_back_after_ms() -> i64 {
    15_000
}

impl Policy {
    pub fn standard() -> Self {
        Self {
            version: 1,
            effective_from: Timestamp(0),
            limit_ms: 7 * DAY_MS,
            limits: Vec::new(),
            holidays: Holidays::Count,
            l3_to_l4: Rise::Automatic,
            review_ms: 24 * HOUR_MS,
            desk: Desk::default(),
            attendance: Attendance::default(),
            feedback: feedback::Numbers::default(),
            recheck: recheck::Numbers::default(),
            flags: flags::Numbers::default(),
            grading: grading::Formula::default(),
            drives: drive::Numbers::default(),
            unrouted_ms: unrouted_ms(),
            verification: Verification {
                round_ms: 10 * DAY_MS,
                attempts_max: 3,
                busy_redials_max: 2,
                busy_redial_ms: 10 * MINUTE_MS,
                congestion_redials_max: 3,
                congestion_redial_ms: 5 * MINUTE_MS,
                ring_back_after_ms: ring_back_after_ms(),
                phone_attempts_a_day_max: 2,
                phone_dials_a_day_max: 6,
                bad_number_days_max: 2,
                part_minutes: [9 * 60, 12 * 60, 16 * 60, 20 * 60],
                rounds_in_a_call_max: 3,
                dial_ms_max: DIAL_MS,
                windows: Vec::new(),
                no_call_days: Vec::new(),
            },
        }
    }

    /// When a case that arrived at this level moves by itself.
    pub fn due(
        &self,
        department: &Code,
        subcategory: Option<&Code>,
        level: Level,
        arrived: Timestamp,
    ) -> Timestamp {
        let limit_ms = self
            .limits
            .iter()
            .find(|limit| {
                limit.department.as_ref().is_none_or(|named| named == department)
                    && limit.subcategory.as_ref().is_none_or(|named| Some(named) == subcategory)
                    && limit.level.is_none_or(|named| named == level)
            })
            .map_or(self.limit_ms, |limit| limit.limit_ms);
        match &self.holidays {
            Holidays::Count => arrived.plus_ms(limit_ms),
            Holidays::Skip(days) => skipping(days, arrived, limit_ms),
        }
    }
}

fn skipping(holidays: &[Day], arrived: Timestamp, limit_ms: i64) -> Timestamp {
    let mut at = arrived;
    let mut left_ms = limit_ms;
    for _ in 0..SKIPPED_DAYS_MAX {
        let midnight = at.next_ist_midnight();
        if !holidays.contains(&at.ist_day()) {
            let today_ms = midnight.since(at);
            if left_ms <= today_ms {
                return at.plus_ms(left_ms);
            }
            left_ms -= today_ms;
        }
        at = midnight;
    }
    at.plus_ms(left_ms)
}

/// All versions; never empty. Each lives as long as a decision that goes by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policies(Vec<Arc<Policy>>);

impl Policies {
    /// The standard policy, unless its version is among those that were enacted, and these.
    pub fn new(enacted: Vec<Policy>) -> Self {
        let mut all = enacted;
        let standard = Policy::standard();
        if all.iter().all(|policy| policy.version != standard.version) {
            all.push(standard);
        }
        all.sort_by_key(|policy| (policy.effective_from, policy.version));
        Self(all.into_iter().map(Arc::new).collect())
    }

    /// The highest version.
    pub fn last(&self) -> i64 {
        self.0.iter().map(|policy| policy.version).max().unwrap_or_default()
    }

    /// The policy that a clock starting at `now` starts under.
    pub fn at(&self, now: Timestamp) -> &Arc<Policy> {
        self.0
            .iter()
            .rev()
            .find(|policy| policy.effective_from <= now)
            .unwrap_or_else(|| self.0.first().expect("the standard policy is always there"))
    }
}

impl Default for Policies {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_districts_hours_are_narrower_than_the_states_or_none() {
        let with = |part_minutes| Verification {
            windows: vec![Window { district: PlaceCode::new("district:396"), part_minutes }],
            ..Policy::standard().verification
        };
        let of = |minutes| with(minutes).of(&PlaceCode::new("district:396")).part_minutes;

        assert_eq!(with([600, 720, 960, 1_080]).check(), Ok(()));
        assert_eq!(with([540, 720, 960, 1_200]).check(), Ok(()));
        for wide in [[539, 720, 960, 1_200], [540, 720, 960, 1_201], [600, 590, 960, 1_080]] {
            assert!(with(wide).check().is_err(), "{wide:?}");
        }
        assert_eq!(of([600, 720, 960, 1_080]), [600, 720, 960, 1_080]);
        assert_eq!(of([0, 720, 960, 1_440]), [540, 720, 960, 1_200]);
        let other = with([600, 720, 960, 1_080]);
        assert_eq!(other.of(&PlaceCode::new("district:399")).part_minutes, [540, 720, 960, 1_200]);
    }

    #[test]
    fn a_policy_gives_a_dial_at_least_twenty_seconds() {
        let lasting = |dial_ms_max| Verification { dial_ms_max, ..Policy::standard().verification };

        assert_eq!(lasting(20_000).check(), Ok(()));
        assert!(lasting(19_999).check().is_err());
    }

    /// 2026-11-22T10:00:00+05:30, a Sunday.
    const SUNDAY: Timestamp = Timestamp(1_795_321_800_000);

    fn due(policy: &Policy, department: &str, subcategory: Option<&str>, level: u8) -> Timestamp {
        let subcategory = subcategory.map(Code::new);
        policy.due(&Code::new(department), subcategory.as_ref(), Level(level), SUNDAY)
    }

    #[test]
    fn a_level_has_seven_times_24_hours_to_the_millisecond() {
        let policy = Policy::standard();

        assert_eq!(due(&policy, "energy", None, 1), Timestamp(1_795_926_600_000));
        assert_eq!(
            policy.due(&Code::new("energy"), None, Level(4), Timestamp(1)),
            Timestamp(604_800_001)
        );
    }

    #[test]
    fn the_first_limit_that_fits_department_subcategory_and_level_wins() {
        let limit = |department: Option<&str>, subcategory: Option<&str>, level, days: i64| Limit {
            department: department.map(Code::new),
            subcategory: subcategory.map(Code::new),
            level,
            limit_ms: days * DAY_MS,
        };
        let policy = Policy {
            limits: vec![
                limit(Some("energy"), Some("transformer"), Some(Level(1)), 1),
                limit(Some("energy"), None, None, 3),
                limit(None, None, Some(Level(4)), 10),
            ],
            ..Policy::standard()
        };

        assert_eq!(due(&policy, "energy", Some("transformer"), 1), SUNDAY.plus_ms(86_400_000));
        assert_eq!(due(&policy, "energy", Some("transformer"), 2), SUNDAY.plus_ms(259_200_000));
        assert_eq!(due(&policy, "energy", None, 4), SUNDAY.plus_ms(259_200_000));
        assert_eq!(due(&policy, "water", None, 4), SUNDAY.plus_ms(864_000_000));
        assert_eq!(due(&policy, "water", None, 1), SUNDAY.plus_ms(604_800_000));
    }

    #[test]
    fn holidays_are_skipped_only_when_the_policy_says_so() {
        let skip = |days: &[i64]| Policy {
            limit_ms: 2 * DAY_MS,
            holidays: Holidays::Skip(days.iter().copied().map(Day).collect()),
            ..Policy::standard()
        };

        // No holiday on the way.
        assert_eq!(due(&skip(&[20_261_201]), "x", None, 1), SUNDAY.plus_ms(172_800_000));
        // Monday is one: Tuesday 10:00 becomes Wednesday 10:00.
        assert_eq!(due(&skip(&[20_261_123]), "x", None, 1), SUNDAY.plus_ms(259_200_000));
        // Arrived on a holiday: the two days begin at midnight, 14 hours later.
        assert_eq!(
            due(&skip(&[20_261_122]), "x", None, 1),
            SUNDAY.plus_ms(50_400_000 + 172_800_000)
        );
    }

    #[test]
    fn a_clock_starts_under_the_policy_in_force_at_its_start() {
        let shorter = Policy {
            version: 2,
            effective_from: SUNDAY,
            limit_ms: 5 * DAY_MS,
            ..Policy::standard()
        };
        let policies = Policies::new(vec![shorter]);

        assert_eq!(policies.at(SUNDAY.plus_ms(-1)).version, 1);
        assert_eq!(policies.at(SUNDAY).version, 2);
        assert_eq!(policies.at(SUNDAY.plus_ms(1)).limit_ms, 432_000_000);
        assert_eq!(policies.at(Timestamp(-5)).version, 1);
    }
}
