//! Who answers for a stay that was not attended (rule book 1.2): the post that had the case for its last day, else the one
//! before it, if anybody held that post.

use serde_json::Value;

use super::Case;
use crate::domain::{
    account::Holding,
    change::Event,
    place::PostId,
    time::{DAY_MS, Timestamp},
};

/// A post answers for a stay that it had this long at its end.
const ANSWERS_AFTER_MS: i64 = DAY_MS;

/// The post that is asked about, and the time over which somebody must have held it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge {
    pub post: PostId,
    pub from: Timestamp,
    pub until: Timestamp,
}

impl Case {
    /// It came over from another system within the last day of this stay, or behind it: no post here had it for a day.
    pub fn came_late(&self, history: &[Event]) -> bool {
        let came = history.first().filter(|event| event.kind == "imported").map(|event| event.at);
        self.due_at.zip(came).is_some_and(|(due, came)| {
            came >= self.arrived_at && came > due.plus_ms(-ANSWERS_AFTER_MS)
        })
    }

    /// From the case's own facts; None when no clock ran or no post had it.
    pub fn charge(&self, history: &[Event]) -> Option<Charge> {
        let due = self.due_at?;
        let mut posts: Vec<(PostId, Timestamp)> = Vec::new();
        for event in history.iter().filter(|event| event.at >= self.arrived_at) {
            let facts: Value = serde_json::from_str(&event.facts).unwrap_or_default();
            let Some(post) = facts["post"].as_i64().map(PostId) else { continue };
            match posts.last_mut() {
                Some((last, _)) if *last == post => {}
                // The arrival itself: facts of the same instant tell of the level before.
                Some((last, since)) if *since == event.at => *last = post,
                Some(_) | None => posts.push((post, event.at)),
            }
        }
        let (post, since) = posts.pop().or(self.post.map(|post| (post, self.arrived_at)))?;
        let last_day = due.plus_ms(-ANSWERS_AFTER_MS);
        let Some((before, began)) = posts.pop().filter(|_| since > last_day) else {
            return Some(Charge { post, from: since.max(last_day), until: due });
        };
        let from = began.max(since.plus_ms(-ANSWERS_AFTER_MS));
        Some(Charge { post: before, from, until: since })
    }
}

/// Was a post held without a gap from one instant to another, by one person after the other? `holdings` in order of beginning.
pub fn is_held_throughout(holdings: &[Holding], from: Timestamp, until: Timestamp) -> bool {
    let mut covered = from;
    for holding in holdings {
        if holding.from <= covered {
            covered = covered.max(holding.until.unwrap_or(Timestamp(i64::MAX)));
        }
    }
    covered >= until
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        actor::Actor,
        case::tests::{TEN, WEEK_MS, case},
        change::Change,
    };

    fn fact(case: &Case, at: Timestamp) -> Event {
        let change = Change::updating(case.clone(), at);
        change.tell(&Actor::system(), "x", None, serde_json::json!({})).events.remove(0)
    }

    fn handed(post: i64, before_due_ms: i64) -> Vec<Event> {
        let after = Case { post: Some(PostId(post)), ..case() };
        vec![fact(&case(), TEN), fact(&after, TEN.plus_ms(WEEK_MS - before_due_ms))]
    }

    #[test]
    fn the_post_of_the_last_day_is_charged() {
        let due = TEN.plus_ms(WEEK_MS);
        let last_day = Charge { post: PostId(1), from: due.plus_ms(-DAY_MS), until: due };

        assert_eq!(case().charge(&[fact(&case(), TEN)]), Some(last_day));
        assert_eq!(case().charge(&[]), Some(last_day));
        let case = Case { post: Some(PostId(2)), ..case() };
        assert_eq!(case.charge(&handed(2, DAY_MS)), Some(Charge { post: PostId(2), ..last_day }));
    }

    #[test]
    fn a_post_that_had_it_for_less_than_a_day_is_not_charged_but_the_one_before() {
        let handed_at = TEN.plus_ms(WEEK_MS - DAY_MS + 1);
        let case = Case { post: Some(PostId(2)), ..case() };

        assert_eq!(
            case.charge(&handed(2, DAY_MS - 1)),
            Some(Charge { post: PostId(1), from: handed_at.plus_ms(-DAY_MS), until: handed_at })
        );
    }

    #[test]
    fn facts_of_the_level_before_charge_nobody_here() {
        let below = Case { post: Some(PostId(9)), ..case() };
        let history = [fact(&below, TEN.plus_ms(-5)), fact(&below, TEN), fact(&case(), TEN)];

        assert_eq!(case().charge(&history).unwrap().post, PostId(1));
    }

    #[test]
    fn a_post_is_held_only_without_a_gap() {
        let held = |from, until: Option<i64>| Holding {
            post: PostId(1),
            account: 7,
            from: Timestamp(from),
            until: until.map(Timestamp),
        };
        let throughout =
            |holdings: &[Holding]| is_held_throughout(holdings, Timestamp(100), Timestamp(200));

        assert!(throughout(&[held(0, None)]));
        assert!(throughout(&[held(0, Some(150)), held(150, None)]));
        assert!(throughout(&[held(0, Some(200))]));
        assert!(!throughout(&[held(0, Some(150)), held(151, None)]));
        assert!(!throughout(&[held(199, None)]));
        assert!(!throughout(&[]));
    }
}
