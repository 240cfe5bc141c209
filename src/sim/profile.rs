//! What is simulated: numbers as TOML, each with its unit in its name. Built in are `mp`, `small` and `surge`.

use serde::Deserialize;

use crate::domain::time::{Day, Timestamp};

/// The built-in ones, the default first.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("small", include_str!("profiles/small.toml")),
    ("mp", include_str!("profiles/mp.toml")),
    ("surge", include_str!("profiles/surge.toml")),
];
/// Settings by `--set` are this deep at most.
const DEPTH_MAX: usize = 4;

#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    #[error("no profile {0}; there are small, mp and surge")]
    Unknown(String),
    #[error("the profile cannot be read: {0}")]
    Malformed(String),
    #[error("--set {0}: expected key=value with a key of the profile, as dialler.channels=80")]
    Setting(String),
    #[error("{0}: out of its range")]
    Range(&'static str),
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The first day, in IST, as `2026-12-01`.
    pub first_day: String,
    /// How far the clock moves at a time while there is work.
    pub step_s: i64,
    pub directory: Directory,
    pub calls: Calls,
    pub agents: Agents,
    pub officers: Officers,
    pub dialler: Dialler,
    pub feedback: Feedback,
    pub own_calls: OwnCalls,
    pub citizens: Citizens,
    pub answers: Answers,
    pub faults: Faults,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Directory {
    pub divisions: u64,
    pub districts: u64,
    pub blocks_a_district: u64,
    pub departments: u64,
    pub categories_a_department: u64,
    /// Of the posts, nobody holds these.
    pub vacant_share: f64,
}

/// Calls to 181.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calls {
    pub a_day: f64,
    /// Of a day's calls, what comes in each hour from midnight.
    pub hour_shares: [f64; 24],
    /// Ask for a person; the others are served by keys.
    pub person_share: f64,
    /// Of the talks with an agent, those that end with a complaint.
    pub complaint_share: f64,
    /// Of all calls, those that register a complaint by keys.
    pub by_keys_share: f64,
    /// How long a caller waits before hanging up.
    pub patience_median_s: f64,
    pub patience_sigma: f64,
    /// Of those who are offered a call-back.
    pub accepts_call_back_share: f64,
    pub talk_median_s: f64,
    pub talk_sigma: f64,
    pub talk_max_s: i64,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agents {
    pub shifts: Vec<Shift>,
    pub answer_least_s: i64,
    pub answer_most_s: i64,
    /// Of the offers, those that nobody picks up.
    pub no_answer_share: f64,
    pub back_after_s: i64,
    /// What planning aims at: this share of callers is answered within 20 s.
    pub service_level_share: f64,
    pub english_share: f64,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    pub from_hour: i64,
    pub hours: i64,
    pub agents: f64,
}

/// What officers do with a case that has arrived, by level 1 to 4.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Officers {
    /// Never act on it.
    pub ignore_share: [f64; 4],
    pub resolve_median_days: [f64; 4],
    pub resolve_sigma: f64,
    /// Of the resolutions, those with nothing done.
    pub false_share: [f64; 4],
    /// Record a contact some time before.
    pub contact_share: f64,
    pub partial_share: [f64; 4],
    pub partial_days_most: i64,
    /// Of a PC, those that are resolved before its date.
    pub partial_kept_share: f64,
    /// Of the cases at level 2.
    pub special_share: f64,
    pub special_accepted_share: f64,
    pub special_decided_median_days: f64,
    /// Of the cases at level 3 and 4.
    pub force_share: [f64; 4],
    pub from_hour: i64,
    pub until_hour: i64,
    /// Of the rounds that nobody answered, those that a supervisor orders anew.
    pub ordered_round_share: f64,
    pub ordered_round_days: i64,
}

/// The machine that rings citizens.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dialler {
    pub channels: f64,
    pub starts_a_second: f64,
}

/// People who ring citizens by hand.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feedback {
    /// The first of them is also an agent, and is given no case that was registered by that agent.
    pub callers: f64,
    pub from_hour: i64,
    pub until_hour: i64,
    /// Of the calls that nobody picked up, those of which "satisfied" is recorded.
    pub invents_share: f64,
}

/// Citizens who call about a resolution before or after they are rung.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnCalls {
    /// Of the resolutions.
    pub share: f64,
    pub days_most: i64,
    /// Of these calls: over a trunk that is believed, and with the case's number keyed.
    pub trusted_share: f64,
    pub keyed_share: f64,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Citizens {
    pub phones: f64,
    pub english_share: f64,
    pub do_not_call_share: f64,
    pub no_sms_share: f64,
    /// May be rung in the afternoon alone.
    pub safe_hours_share: f64,
    /// Numbers that do not exist any more.
    pub bad_number_share: f64,
}

/// How a citizen takes the call of the helpline, and what is said then.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// Of the calls that ring: morning, afternoon, evening.
    pub answered_share: [f64; 3],
    /// Of the calls that leave.
    pub busy_share: f64,
    pub congestion_share: f64,
    pub fault_share: f64,
    pub ring_s_most: i64,
    /// Of the answered ones: a machine, a hang-up before the question, somebody else, a wrong number.
    pub machine_share: f64,
    pub hang_up_share: f64,
    pub not_here_share: f64,
    pub wrong_number_share: f64,
    /// Of those who were asked.
    pub later_share: f64,
    pub person_share: f64,
    pub undecided_share: f64,
    /// Confirmed, and gone before the question about pressure.
    pub partial_share: f64,
    pub satisfied_share: f64,
    /// When nothing was done.
    pub satisfied_false_share: f64,
    /// Of those who say that they are satisfied with nothing.
    pub pressured_share: f64,
    pub courtesy_accepted_share: f64,
    pub talk_least_s: i64,
    pub talk_most_s: i64,
}

/// Only with `--faults`. Of a day, how many on average.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Faults {
    pub process_ends_a_day: f64,
    pub outages_a_day: f64,
    pub outage_hours_most: i64,
    pub trunk_down_a_day: f64,
    pub trunk_down_minutes: i64,
    pub floods_a_day: f64,
    pub flood_minutes: i64,
    pub flood_times: f64,
    /// Of the calls, those that their dialler never records, and those that it records late.
    pub never_recorded_share: f64,
    pub recorded_late_share: f64,
    /// Of the requests, those that are sent twice.
    pub repeated_share: f64,
}

impl Profile {
    /// A built-in one with what was set by hand, for a part of its load.
    pub fn named(name: &str, settings: &[String], scale: f64) -> Result<Self, Error> {
        let text = BUILT_IN.iter().find(|(known, _)| *known == name);
        let (_, text) = text.ok_or_else(|| Error::Unknown(name.to_owned()))?;
        Self::read(text, settings, scale)
    }

    pub fn read(text: &str, settings: &[String], scale: f64) -> Result<Self, Error> {
        let malformed = |error: toml::de::Error| Error::Malformed(error.message().to_owned());
        let mut table: toml::Table = toml::from_str(text).map_err(malformed)?;
        for setting in settings {
            set(&mut table, setting).ok_or_else(|| Error::Setting(setting.clone()))?;
        }
        let mut profile: Self = table.try_into().map_err(malformed)?;
        profile.check()?;
        profile.scale(scale)?;
        Ok(profile)
    }

    pub fn begins(&self) -> Timestamp {
        Day::parse(&self.first_day).map_or(Timestamp(0), Day::begins)
    }

    /// Load and hands shrink together; the directory and how people behave stay.
    fn scale(&mut self, scale: f64) -> Result<(), Error> {
        if !(scale > 0.0 && scale <= 100.0) {
            return Err(Error::Range("--scale"));
        }
        self.calls.a_day *= scale;
        self.citizens.phones = (self.citizens.phones * scale).ceil().max(50.0);
        self.dialler.channels = (self.dialler.channels * scale).ceil();
        self.dialler.starts_a_second *= scale;
        self.feedback.callers = (self.feedback.callers * scale).ceil();
        for shift in &mut self.agents.shifts {
            shift.agents = (shift.agents * scale).ceil();
        }
        Ok(())
    }

    fn check(&self) -> Result<(), Error> {
        let within = |name, holds: bool| if holds { Ok(()) } else { Err(Error::Range(name)) };
        let share = |share: f64| (0.0..=1.0).contains(&share);
        within("first_day", Day::parse(&self.first_day).is_some())?;
        within("step_s", (1..=600).contains(&self.step_s))?;
        let directory = &self.directory;
        within("directory.divisions", (1..=50).contains(&directory.divisions))?;
        within("directory.districts", (1..=200).contains(&directory.districts))?;
        within("directory.blocks_a_district", (1..=50).contains(&directory.blocks_a_district))?;
        within("directory.departments", (1..=100).contains(&directory.departments))?;
        let categories = directory.categories_a_department;
        within("directory.categories_a_department", (1..=20).contains(&categories))?;
        within("calls.a_day", (0.0..=1_000_000.0).contains(&self.calls.a_day))?;
        within("calls.hour_shares", self.calls.hour_shares.iter().sum::<f64>() > 0.0)?;
        within("citizens.phones", (1.0..=100_000_000.0).contains(&self.citizens.phones))?;
        within("dialler.channels", (0.0..=10_000.0).contains(&self.dialler.channels))?;
        within("feedback.callers", (0.0..=1_000.0).contains(&self.feedback.callers))?;
        within("own_calls.days_most", (0..=60).contains(&self.own_calls.days_most))?;
        let hours = (self.officers.from_hour, self.officers.until_hour);
        within("officers.from_hour", 0 <= hours.0 && hours.0 < hours.1 && hours.1 <= 24)?;
        within("officers.ignore_share", self.officers.ignore_share.into_iter().all(share))?;
        within("answers.answered_share", self.answers.answered_share.into_iter().all(share))?;
        within("answers.satisfied_share", share(self.answers.satisfied_share))
    }
}

/// `dialler.channels=80`: a key that the profile has, and a value of TOML.
fn set(table: &mut toml::Table, setting: &str) -> Option<()> {
    let (path, value) = setting.split_once('=')?;
    let value = toml::from_str::<toml::Table>(&format!("v = {value}")).ok()?.remove("v")?;
    let keys: Vec<&str> = path.trim().split('.').collect();
    let (last, above) = keys.split_last()?;
    if keys.len() > DEPTH_MAX {
        return None;
    }
    let mut at = table;
    for key in above {
        at = at.get_mut(*key)?.as_table_mut()?;
    }
    let before = at.get_mut(*last)?;
    // `80` is good where `80.0` stands.
    *before = match (&*before, value) {
        (toml::Value::Float(_), toml::Value::Integer(number)) => (number as f64).into(),
        (_, value) => value,
    };
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_profile_is_read() {
        for (name, _) in BUILT_IN {
            let profile = Profile::named(name, &[], 1.0).unwrap();
            assert!(profile.begins() > Timestamp(0), "{name}");
        }
        let unknown = Error::Unknown("up".to_owned());
        assert_eq!(Profile::named("up", &[], 1.0).unwrap_err(), unknown);
    }

    #[test]
    fn madhya_pradesh_has_its_size() {
        let mp = Profile::named("mp", &[], 1.0).unwrap();
        let calls = &mp.calls;
        let cases_a_day =
            calls.a_day * (calls.person_share * calls.complaint_share + calls.by_keys_share);

        assert!((9_500.0..11_500.0).contains(&cases_a_day), "{cases_a_day}");
        assert_eq!((mp.directory.districts, mp.directory.departments), (55, 52));
        let peak = calls.hour_shares.iter().copied().fold(0.0, f64::max);
        let whole: f64 = calls.hour_shares.iter().sum();
        assert!((0.095..0.105).contains(&(peak / whole)), "{peak} of {whole}");
    }

    #[test]
    fn a_setting_changes_what_it_names_and_nothing_else_is_taken() {
        let set = |setting: &str| Profile::named("small", &[setting.to_owned()], 1.0);

        assert_eq!(set("dialler.channels=80").unwrap().dialler.channels, 80.0);
        assert_eq!(
            set("officers.false_share=[0.1, 0.1, 0.1, 0.1]").unwrap().officers.false_share,
            [0.1; 4]
        );
        for wrong in
            ["dialler.chanels=80", "dialler.channels", "dialler=3=4", "a.b.c.d.e=1", "step_s=x"]
        {
            assert_eq!(set(wrong).unwrap_err(), Error::Setting(wrong.to_owned()));
        }
        assert_eq!(
            set("officers.ignore_share=[2.0, 0.0, 0.0, 0.0]").unwrap_err(),
            Error::Range("officers.ignore_share")
        );
        assert!(matches!(set("step_s=[1]"), Err(Error::Malformed(_))));
    }

    #[test]
    fn a_scale_shrinks_load_and_hands_together() {
        let whole = Profile::named("mp", &[], 1.0).unwrap();
        let part = Profile::named("mp", &[], 0.01).unwrap();

        assert_eq!(part.calls.a_day, whole.calls.a_day / 100.0);
        assert!(part.dialler.channels < whole.dialler.channels / 50.0);
        assert_eq!(part.directory, whole.directory);
        assert_eq!(Profile::named("mp", &[], 0.0).unwrap_err(), Error::Range("--scale"));
    }
}
