//! A special order (R37): a speaking order of any officer of the ladder, numbered and dated, valid at every
//! level. It closes nothing and is never changed.

use chrono::Datelike;
use serde_json::json;

use crate::domain::{
    actor::Actor,
    case::{
        Case,
        table::{Act, verdict},
    },
    change::{Change, Order},
    citizen::Text,
    place::PostId,
    refused::Refused,
    time::Timestamp,
};

/// The year of a post's numbers, in IST.
pub fn year(now: Timestamp) -> i64 {
    i64::from(now.ist().year())
}

impl Case {
    /// `n` is the post's next number of the year; the writer's gate lets nobody take it twice.
    pub fn special_order(
        &self,
        by: &Actor,
        post: PostId,
        n: i64,
        words: Text,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::SpecialOrder).check()?;
        let own = self.is_held_by(by);
        let after = Self { seen: self.seen || own, attended: self.attended || own, ..self.clone() };
        let text = words.id;
        let body = json!({ "order": { "post": post.0, "year": year(now), "n": n } });
        let mut change = after.told(by, "special_order", self, body, words, now);
        let version = change.stands().version;
        change.order = Some(Order {
            post,
            year: year(now),
            n,
            case: self.id,
            version,
            account: by.account,
            text,
            at: now,
        });
        Ok(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::case::{
        State,
        desk::tests::{after, officer, text},
        tests::{TEN, case},
    };

    #[test]
    fn an_order_is_numbered_in_its_year_and_closes_nothing() {
        let by = officer(7, 1, 1);
        let change =
            case().special_order(&by, PostId(1), 12, text("supply by Friday"), TEN).unwrap();

        let order = change.order.clone().unwrap();
        assert_eq!((order.post, order.year, order.n, order.version), (PostId(1), 2026, 12, 4));
        assert_eq!((after(&change).state, after(&change).due_at), (case().state, case().due_at));
        assert!(after(&change).attended);
        assert!(!change.events[0].body.contains("Friday"));
    }

    #[test]
    fn a_senior_officers_order_does_not_attend_for_the_post_below() {
        let change =
            case().special_order(&officer(9, 3, 2), PostId(3), 1, text("do it"), TEN).unwrap();

        assert!(!after(&change).attended);
    }

    #[test]
    fn the_new_year_of_a_post_begins_at_midnight_in_ist() {
        // 2026-12-31T18:29:59.999Z and one millisecond later.
        assert_eq!(year(Timestamp(1_798_741_799_999)), 2026);
        assert_eq!(year(Timestamp(1_798_741_800_000)), 2027);
    }

    #[test]
    fn no_order_is_written_on_a_closed_case() {
        let case = Case { state: State::ClosedForced, ..case() };

        let refused = case.special_order(&officer(7, 1, 1), PostId(1), 1, text("x"), TEN);

        assert_eq!(refused.unwrap_err(), Refused::CaseClosed);
    }
}
