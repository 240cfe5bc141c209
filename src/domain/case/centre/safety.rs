//! When a citizen may be rung about one case, and whether anything may be left: in any state, for it binds what comes.

use serde_json::json;

use crate::domain::{actor::Actor, case::Case, change::Change, citizen::Safety, time::Timestamp};

impl Case {
    pub fn set_safety(&self, by: &Actor, safety: Safety, now: Timestamp) -> Change {
        let kept = (safety != Safety::default()).then_some(safety);
        let after = self.clone().with_aside(|aside| aside.safety = kept);
        Change::updating(after, now).tell(by, "safety_set", Some(self), json!(safety))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::case::{
        State,
        tests::{TEN, case},
    };

    #[test]
    fn it_is_set_in_every_state_and_moves_nothing() {
        let safety = Safety { do_not_call: true, ..Safety::default() };
        for state in State::ALL {
            let before = Case { state: *state, ..case() };

            let (_, after) = before.set_safety(&Actor::system(), safety, TEN).case.unwrap();

            assert_eq!(after.aside().safety, Some(safety));
            assert_eq!(
                (after.state, after.due_at, after.post),
                (*state, before.due_at, before.post)
            );
            let (_, cleared) =
                after.set_safety(&Actor::system(), Safety::default(), TEN).case.unwrap();
            assert_eq!(cleared.aside().safety, None);
        }
    }
}
