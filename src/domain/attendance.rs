//! Who looked at the helpline on a day, and who should have (R11-R13).
//!
//! A day is judged when it is over. It binds an officer who held a post from its first to its last instant and
//! was not on leave at any: so neither the day of joining nor the day of handing over counts, and nobody stands
//! for a vacant post.

use super::{
    actor::Channel,
    directory::Charge,
    place::{Code, Level, PlaceCode, PostId},
    policy::Attendance,
    time::{Day, Timestamp},
    words,
};

words! {
    /// Why an officer is listed.
    pub enum Default {
        /// No sign-in at all (R13).
        NoLogin = "NO_LOGIN",
        /// A first-level officer who signed in and did not open the inbox (R12).
        NotViewed = "NOT_VIEWED",
    }
}

words! {
    /// What is done about it, each a row of its own (R13).
    pub enum Action {
        Notice = "NOTICE",
        Explanation = "EXPLANATION",
        Penalty = "PENALTY",
    }
}

/// An officer looked into the inbox, once a day and channel (R12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    pub day: Day,
    pub account: i64,
    pub channel: Channel,
    pub at: Timestamp,
}

/// A defaulter's row; `withdrawn_at` when a later look found a reason to excuse it, as leave entered late.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defaulter {
    pub day: Day,
    pub account: i64,
    pub post: PostId,
    pub level: Level,
    pub department: Code,
    pub district: PlaceCode,
    pub why: Default,
    pub withdrawn_at: Option<Timestamp>,
}

/// An action on a defaulter; its words are a text of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionTaken {
    pub day: Day,
    pub account: i64,
    pub action: Action,
    pub text: i64,
    pub by: i64,
    pub at: Timestamp,
}

/// A post that an officer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub post: PostId,
    pub level: Level,
    pub department: Code,
    pub district: PlaceCode,
    pub kind: Charge,
    pub from: Timestamp,
    pub until: Option<Timestamp>,
}

/// What is known of one officer and one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    pub account: i64,
    pub held: &'a [Held],
    pub leave: &'a [(Timestamp, Timestamp)],
    /// Channels of the day's sign-ins and of the day's looks into the inbox.
    pub logins: &'a [Channel],
    pub visits: &'a [Channel],
}

/// Which post the day bound the officer for; None when it did not.
pub fn bound_post<'a>(record: &Record<'a>, day: Day) -> Option<&'a Held> {
    let (begins, ends) = (day.begins(), day.ends());
    if record.leave.iter().any(|(from, until)| *from < ends && *until > begins) {
        return None;
    }
    record
        .held
        .iter()
        .filter(|held| held.from <= begins && held.until.is_none_or(|until| until >= ends))
        // The officer's own post before one in additional charge, the lowest level first.
        .min_by_key(|held| (held.kind == Charge::Additional, held.level, held.post))
}

pub fn judge(record: &Record<'_>, day: Day, policy: &Attendance) -> Option<Defaulter> {
    let held = bound_post(record, day)?;
    let counts = |channels: &[Channel]| channels.iter().any(|one| policy.channels.contains(one));
    let why = if !counts(record.logins) && !counts(record.visits) {
        Default::NoLogin
    } else if held.level == Level::FIRST && !counts(record.visits) {
        Default::NotViewed
    } else {
        return None;
    };
    Some(Defaulter {
        day,
        account: record.account,
        post: held.post,
        level: held.level,
        department: held.department.clone(),
        district: held.district.clone(),
        why,
        withdrawn_at: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::HOUR_MS;

    const DAY: Day = Day(20_261_122);

    fn held(level: u8, kind: Charge) -> Held {
        Held {
            post: PostId(i64::from(level)),
            level: Level(level),
            department: Code::new("energy"),
            district: PlaceCode::new("district:396"),
            kind,
            from: Timestamp(0),
            until: None,
        }
    }

    fn why(
        held: &[Held],
        leave: &[(Timestamp, Timestamp)],
        logins: &[Channel],
        visits: &[Channel],
    ) -> Option<Default> {
        let record = Record { account: 7, held, leave, logins, visits };
        judge(&record, DAY, &Attendance::default()).map(|defaulter| defaulter.why)
    }

    #[test]
    fn an_officer_who_did_not_sign_in_is_listed_and_one_who_did_is_not() {
        let officer = [held(2, Charge::Regular)];

        assert_eq!(why(&officer, &[], &[], &[]), Some(Default::NoLogin));
        assert_eq!(why(&officer, &[], &[Channel::Portal], &[]), None);
    }

    #[test]
    fn a_first_level_officer_must_open_the_inbox_and_others_need_not() {
        let first = [held(1, Charge::Regular)];

        assert_eq!(why(&first, &[], &[Channel::Portal], &[]), Some(Default::NotViewed));
        assert_eq!(why(&first, &[], &[Channel::Portal], &[Channel::Portal]), None);
    }

    #[test]
    fn a_session_of_yesterday_that_looks_today_is_no_default() {
        assert_eq!(why(&[held(1, Charge::Regular)], &[], &[], &[Channel::Portal]), None);
    }

    #[test]
    fn the_policy_says_which_channels_count() {
        let (officer, app) = ([held(1, Charge::Regular)], [Channel::App]);
        let record = Record { account: 7, held: &officer, leave: &[], logins: &app, visits: &app };
        let portal_alone = Attendance { channels: vec![Channel::Portal] };

        assert_eq!(judge(&record, DAY, &Attendance::default()), None);
        let listed = judge(&record, DAY, &portal_alone).unwrap();
        assert_eq!(listed.why, Default::NoLogin);
    }

    #[test]
    fn leave_at_any_instant_of_the_day_excuses_and_leave_beside_it_does_not() {
        let officer = [held(1, Charge::Regular)];
        let (begins, ends) = (DAY.begins(), DAY.ends());
        let leave = |from: Timestamp, until: Timestamp| why(&officer, &[(from, until)], &[], &[]);

        assert_eq!(leave(begins.plus_ms(HOUR_MS), begins.plus_ms(2 * HOUR_MS)), None);
        assert_eq!(leave(ends.plus_ms(-1), ends.plus_ms(HOUR_MS)), None);
        assert_eq!(leave(begins.plus_ms(-HOUR_MS), begins), Some(Default::NoLogin));
        assert_eq!(leave(ends, ends.plus_ms(HOUR_MS)), Some(Default::NoLogin));
    }

    #[test]
    fn the_day_of_joining_and_the_day_of_handing_over_do_not_count() {
        let joined = Held { from: DAY.begins().plus_ms(1), ..held(1, Charge::Regular) };
        let left = Held { until: Some(DAY.ends().plus_ms(-1)), ..held(1, Charge::Regular) };
        let whole =
            Held { from: DAY.begins(), until: Some(DAY.ends()), ..held(1, Charge::Regular) };

        assert_eq!(why(&[joined], &[], &[], &[]), None);
        assert_eq!(why(&[left], &[], &[], &[]), None);
        assert_eq!(why(&[whole], &[], &[], &[]), Some(Default::NoLogin));
        assert_eq!(why(&[], &[], &[], &[]), None);
    }

    #[test]
    fn the_own_post_stands_before_one_in_additional_charge() {
        let posts = [held(1, Charge::Additional), held(3, Charge::Regular)];
        let record = Record { account: 7, held: &posts, leave: &[], logins: &[], visits: &[] };

        let listed = judge(&record, DAY, &Attendance::default()).unwrap();

        assert_eq!((listed.post, listed.level), (PostId(3), Level(3)));
    }
}
