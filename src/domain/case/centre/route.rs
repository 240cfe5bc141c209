//! A supervisor finds the post that routing did not (R02); the clock begins there.

use serde_json::json;

use crate::domain::{
    actor::Actor,
    case::{
        Case,
        facts::named,
        table::{Act, verdict},
    },
    change::Change,
    citizen::Text,
    place::{Level, PostId},
    policy::Policy,
    refused::Refused,
    time::Timestamp,
};

/// The post that a person chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen {
    pub post: PostId,
    pub level: Level,
    /// Nobody holds it now.
    pub vacant: bool,
    /// The version of the directory that has it.
    pub directory: i64,
}

impl Case {
    pub fn route(
        &self,
        by: &Actor,
        to: Chosen,
        reason: Text,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::Route).check()?;
        let mut after = Self { directory: to.directory, ..self.clone() };
        after.arrive(to.level, Some(to.post), policy, now);
        let body = json!({
            "post": to.post.0,
            "level": to.level.0,
            "vacant": to.vacant,
            "directory": to.directory,
            "by_hand": true,
            "reason": named(&reason),
        });
        let mut change = Change::updating(after, now).tell(by, "routed", Some(self), body);
        change.texts.push(reason);
        Ok(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::case::{
        State,
        tests::{TEN, WEEK_MS, case},
    };

    fn route(case: &Case) -> Result<Change, Refused> {
        let to = Chosen { post: PostId(7), level: Level(2), vacant: false, directory: 3 };
        let reason =
            Text { id: 4, owner: "case:1000000".to_owned(), words: "the next division".to_owned() };
        case.route(&Actor::system(), to, reason, &Policy::standard(), TEN.plus_ms(9))
    }

    #[test]
    fn routed_by_hand_it_arrives_at_the_posts_level_with_a_fresh_clock() {
        let unrouted = Case { state: State::Unrouted, post: None, due_at: None, stay: 0, ..case() };

        let change = route(&unrouted).unwrap();

        let after = &change.case.as_ref().unwrap().1;
        assert_eq!((after.state, after.level), (State::WithOfficer, Level(2)));
        assert_eq!((after.post, after.directory, after.stay), (Some(PostId(7)), 3, 1));
        assert_eq!(after.due_at, Some(TEN.plus_ms(9 + WEEK_MS)));
        assert!(!change.events[0].body.contains("division"));
    }

    #[test]
    fn what_is_routed_is_not_routed_again() {
        assert_eq!(route(&case()).unwrap_err(), Refused::AlreadyRouted);
    }
}
