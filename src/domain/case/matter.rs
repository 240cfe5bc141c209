//! What waits for somebody's word or for a date: opened by one event of a case, settled by a later one.

use std::borrow::Cow;

use super::Case;
use crate::domain::{
    actor::Actor,
    change::Change,
    place::{Code, PlaceCode, PostId},
    time::Timestamp,
    words,
};

words! {
    pub enum Kind {
        /// An officer's own date (R24).
        Target = "TARGET",
        /// What is in the way (R52).
        Blocker = "BLOCKER",
        /// A difficulty ticket (R29, R30).
        Difficulty = "DIFFICULTY",
        /// A special close before the level above (R35).
        Proposal = "PROPOSAL",
        /// Out of jurisdiction, before the district's officer.
        Transfer = "TRANSFER",
        /// A special or forced close, to be told to the citizen by a call.
        Courtesy = "COURTESY",
        /// The citizen wants a special or forced close opened again.
        Reopening = "REOPENING",
        /// Two dissatisfied rounds at the last level: the directorate orders.
        NextStep = "NEXT_STEP",
        /// Another number for the citizen, before a second person.
        NumberChange = "NUMBER_CHANGE",
        /// Level 3's time is over, and somebody orders it up.
        Escalation = "ESCALATION",
        /// The citizen said that an officer was rude, before the next level (R20).
        Conduct = "CONDUCT",
        /// On the agenda of a review meeting (R18).
        Meeting = "MEETING",
        /// A case that passed an age: contact the citizen, and resolve (R39).
        Drive = "DRIVE",
    }
}

/// Its key is (case, version, kind).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matter {
    pub case: i64,
    /// Of the event that opened it.
    pub version: i64,
    pub kind: Kind,
    pub department: Code,
    pub district: PlaceCode,
    pub post: Option<PostId>,
    /// The post whose word it waits for.
    pub to_post: Option<PostId>,
    pub account: Option<i64>,
    /// What it is about, as `FUNDS` of an blocker or `DIRECTORATE` of a ticket; may be empty.
    pub code: String,
    pub opened_at: Timestamp,
    pub due_at: Option<Timestamp>,
    pub settled: Option<Settlement>,
}

/// The last row of a page: matters of a kind are ordered by when they were opened, by case and by event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behind {
    pub opened_at: Timestamp,
    pub case: i64,
    pub version: i64,
}

impl Behind {
    /// Before the first row.
    pub const START: Self = Self { opened_at: Timestamp(i64::MIN), case: 0, version: 0 };

    pub fn row(matter: &Matter) -> Self {
        Self { opened_at: matter.opened_at, case: matter.case, version: matter.version }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    pub outcome: String,
    pub at: Timestamp,
    pub version: i64,
}

/// Ends every open matter of a kind of the change's case; None ends all kinds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    pub case: i64,
    pub kind: Option<Kind>,
    pub settlement: Settlement,
}

/// What a new matter says beside what the case says.
#[derive(Clone, Debug, Default)]
pub struct About {
    pub to_post: Option<PostId>,
    pub code: Cow<'static, str>,
    pub due_at: Option<Timestamp>,
}

impl Change {
    /// Opens a matter by the case's last fact.
    #[must_use]
    pub fn opens(mut self, by: &Actor, kind: Kind, about: About) -> Self {
        let case = self.stands();
        let matter = Matter {
            case: case.id,
            version: case.version,
            kind,
            department: case.department.clone(),
            district: case.district.clone(),
            post: self.events.last().and_then(|event| event.post).map(PostId).or(case.post),
            to_post: about.to_post,
            account: by.account,
            code: about.code.into_owned(),
            opened_at: self.at,
            due_at: about.due_at,
            settled: None,
        };
        self.matters.push(matter);
        self
    }

    /// Ends what is open of a kind, by the case's last fact.
    #[must_use]
    pub fn settles(self, kind: Kind, outcome: &str) -> Self {
        self.ends(Some(kind), outcome)
    }

    /// Ends all that is open: the case is closed. What was said of an officer's conduct is answered all the same.
    #[must_use]
    pub fn settles_all(self, outcome: &str) -> Self {
        if self.stands().aside().conduct.is_none() {
            return self.ends(None, outcome);
        }
        let others = Kind::ALL.iter().filter(|kind| **kind != Kind::Conduct);
        others.fold(self, |change, kind| change.ends(Some(*kind), outcome))
    }

    fn ends(mut self, kind: Option<Kind>, outcome: &str) -> Self {
        let case = self.stands();
        let (id, version) = (case.id, case.version);
        let settlement = Settlement { outcome: outcome.to_owned(), at: self.at, version };
        self.settled.push(Settled { case: id, kind, settlement });
        self
    }

    /// The case as it shall stand. Panics without one: only rules that hold one call it.
    pub(super) fn stands(&self) -> &Case {
        &self.case.as_ref().expect("a matter of a case needs the case").1
    }
}
