//! What officers and the call centre do to a case, a noun a file. Each act is decided purely: it moves no due
//! time but where rule book 1.2 says so, and none of them closes a case as satisfied.

pub mod back;
pub mod category;
pub mod difficulty;
pub mod duplicate;
pub mod force;
pub mod number;
pub mod order;
pub mod partial;
pub mod reopen;
pub mod special;
pub mod transfer;
pub mod wish;
pub mod work;

#[cfg(test)]
mod histories;

use serde_json::{Value, json};

use super::{Case, State, evidence::Evidence, facts::named, officer::NOTE_ATTENDS_CHARS};
use crate::domain::{
    actor::Actor,
    change::{Change, Gate},
    citizen::Text,
    time::Timestamp,
    verification::{Round, RoundState},
};

/// A note long enough to attend a stay.
fn is_long(note: &Text) -> bool {
    note.words.trim().chars().count() >= NOTE_ATTENDS_CHARS
}

fn files(evidence: &[Evidence]) -> Value {
    json!(evidence.iter().map(Evidence::named).collect::<Vec<_>>())
}

impl Case {
    /// Does who acts hold the post that answers for the case? Only then does an act attend its stay.
    fn is_held_by(&self, by: &Actor) -> bool {
        self.post.is_some_and(|post| by.posts.iter().any(|held| held.post == post))
    }

    /// One fact with the words of a person.
    pub(super) fn told(
        self,
        by: &Actor,
        kind: &str,
        before: &Self,
        mut body: Value,
        words: Text,
        now: Timestamp,
    ) -> Change {
        body["text"] = named(&words);
        let mut change = Change::updating(self, now).tell(by, kind, Some(before), body);
        change.texts.push(words);
        change
    }

    /// Nothing runs any more, and nothing is left to be completed.
    fn over(&self, state: State, now: Timestamp) -> Self {
        Self {
            state,
            due_at: None,
            closed_at: Some(now),
            needs_review: false,
            review_due_at: None,
            ..self.clone()
        }
    }
}

impl Change {
    /// A round that was open is not: the case left verification in another way.
    #[must_use]
    pub fn drops(mut self, open: Option<&Round>) -> Self {
        if let Some(round) = open.filter(|round| round.state == RoundState::Open) {
            let dropped = Round {
                state: RoundState::Dropped,
                next_at: None,
                human: false,
                version: round.version + 1,
                ..round.clone()
            };
            self.round = Some((Gate::Version(round.version), dropped));
        }
        self
    }
}

#[cfg(test)]
pub(super) mod tests {
    use crate::domain::{
        actor::{Actor, Channel, HeldPost, Role},
        case::tests::TEN,
        case::{
            Case,
            evidence::{Evidence, FileKind},
            moved::Destination,
        },
        change::Change,
        citizen::Text,
        place::{Code, Level, PlaceCode, PostId},
        routing::{Routed, tests::index},
    };

    pub(crate) fn text(words: &str) -> Text {
        Text { id: 9, owner: "case:1000000".to_owned(), words: words.to_owned() }
    }

    /// The holder of a post of Energy's ladder at Phanda: 1 and 2 at level 1 and so on.
    pub(crate) fn officer(account: i64, post: i64, level: u8) -> Actor {
        Actor {
            account: Some(account),
            role: Role::Officer,
            channel: Channel::Portal,
            posts: vec![HeldPost {
                post: PostId(post),
                department: Code::new("energy"),
                place: PlaceCode::new("block:phanda"),
                level: Level(level),
                delegate_of: None,
            }],
            ..Actor::system()
        }
    }

    pub(crate) fn staff(account: i64, role: Role) -> Actor {
        Actor { account: Some(account), role, channel: Channel::Portal, ..Actor::system() }
    }

    pub(crate) fn after(change: &Change) -> Case {
        change.case.clone().unwrap().1
    }

    pub(crate) fn kinds(change: &Change) -> Vec<&str> {
        change.events.iter().map(|event| event.kind.as_str()).collect()
    }

    pub(crate) fn file() -> Evidence {
        Evidence {
            id: 3,
            case: 1_000_000,
            sha256: [7; 32],
            kind: FileKind::Pdf,
            bytes: 900,
            account: Some(7),
            post: Some(PostId(4)),
            at: TEN,
        }
    }

    pub(crate) fn to(place: &str, level: u8) -> Destination {
        let routed: Routed =
            index().route(&Code::new("energy"), &PlaceCode::new(place), Level(level)).unwrap();
        Destination { routed, vacant: false, directory: 1 }
    }
}
