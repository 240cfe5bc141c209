//! What only some acts need of a case: one text beside the columns, so that the rows of the many stay small.
//! What belongs to one stay names it, and so ends by itself when the case moves on.

use serde::{Deserialize, Serialize};

use super::{
    Case,
    desk::{force::ForceReason, work::Blocker},
    oversight::drive::Drive,
};
use crate::domain::{
    citizen::Safety,
    place::{Level, PlaceCode, PostId},
    time::Timestamp,
};

/// The form of the text; another one is not read.
const FORM: u8 = 1;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Aside {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocker: Option<Blocker>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial: Option<Partial>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposal: Option<Proposal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<Closed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Transfer>,
    /// Transfers that were approved (rule book 3: counted and listed).
    #[serde(skip_serializing_if = "is_zero")]
    pub hops: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub back: Option<Back>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged: Option<Merged>,
    /// The case that this one follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<NumberChange>,
    /// The citizen's number was changed then: later verifications carry the mark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number_changed: Option<Timestamp>,
    /// The citizen asked that a special or forced close be opened again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reopen_asked: Option<Timestamp>,
    /// Rounds that a supervisor ordered, and when the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ordered_rounds: Option<OrderedRounds>,
    /// What the citizen said of an officer's conduct, until somebody above has answered it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conduct: Option<Conduct>,
    /// The last closure that its citizen contradicted when a person asked again: low quality, for grading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contradicted: Option<Contradicted>,
    /// Its number in the system that the state left behind (R73).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_number: Option<String>,
    /// When the citizen may be rung about this case, beside what holds for the citizen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub safety: Option<Safety>,
    /// The drive of the last age that it passed (R39).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drive: Option<Drive>,
}

/// The officer's own date (R24).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    pub stay: i64,
    pub at: Timestamp,
}

/// PC of a stay; its date is the case's due time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partial {
    pub stay: i64,
    pub extended: bool,
}

/// The special close proposed in a stay; it is open while the state says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    pub stay: i64,
    pub level: Level,
    pub post: PostId,
    /// Who proposed never decides.
    pub account: Option<i64>,
}

/// Who closed it, for an order to open it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    pub level: Level,
    pub post: Option<PostId>,
    /// Of a force close: the courtesy call says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ForceReason>,
}

/// "Out of my jurisdiction", before the district's officer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    pub stay: i64,
    pub place: PlaceCode,
    pub account: Option<i64>,
}

/// The stay that was interrupted when the case was sent one level back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Back {
    /// The stay at the lower level; returned, that of the upper one again.
    pub stay: i64,
    pub returned: bool,
    pub level: Level,
    pub post: Option<PostId>,
    pub attended: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merged {
    pub parent: i64,
    pub at: Timestamp,
    /// It was partially closed.
    pub partial: bool,
    /// What remained of its clock; below zero when it was over.
    pub left_ms: Option<i64>,
}

/// Another number for the citizen, on its way through code and second person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberChange {
    /// The citizen with the new number.
    pub citizen: i64,
    /// The version of the event that asked: the code is made of it.
    pub version: i64,
    pub asked_by: Option<i64>,
    pub asked_at: Timestamp,
    pub wrong_codes: u32,
    pub confirmed_by: Option<i64>,
    pub confirmed: bool,
}

/// The officer was not polite (R20).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conduct {
    /// Of the verification in which the citizen said so.
    pub round: i64,
    pub at: Timestamp,
}

/// A satisfied answer that was none when it was asked for again (rule book 1.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contradicted {
    /// Of the answer.
    pub round: i64,
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderedRounds {
    pub count: u32,
    pub last: Timestamp,
}

static NOTHING: Aside = Aside {
    target: None,
    blocker: None,
    partial: None,
    proposal: None,
    closed: None,
    transfer: None,
    hops: 0,
    back: None,
    merged: None,
    lead: None,
    number: None,
    number_changed: None,
    reopen_asked: None,
    ordered_rounds: None,
    conduct: None,
    contradicted: None,
    old_number: None,
    safety: None,
    drive: None,
};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written<A> {
    v: u8,
    aside: A,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the text beside a case cannot be read")]
    Text(#[from] serde_json::Error),
    #[error("the text beside a case has form {0}")]
    Form(u8),
}

impl Aside {
    pub fn to_text(&self) -> String {
        serde_json::to_string(&Written { v: FORM, aside: self }).expect("its keys are words")
    }

    pub fn parse(text: &str) -> Result<Self, Error> {
        let written: Written<Self> = serde_json::from_str(text)?;
        if written.v == FORM { Ok(written.aside) } else { Err(Error::Form(written.v)) }
    }
}

impl Case {
    pub fn aside(&self) -> &Aside {
        self.aside.as_deref().unwrap_or(&NOTHING)
    }

    /// The case with something else beside it.
    #[must_use]
    pub fn with_aside(mut self, change: impl FnOnce(&mut Aside)) -> Self {
        let mut aside = self.aside().clone();
        change(&mut aside);
        self.aside = (aside != NOTHING).then(|| Box::new(aside));
        self
    }

    /// Is the PC of this stay its one, and was it extended?
    pub(super) fn partial_of_stay(&self) -> Option<&Partial> {
        self.aside().partial.as_ref().filter(|partial| partial.stay == self.stay)
    }
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::case::tests::{TEN, case};

    #[test]
    fn a_case_without_acts_has_no_text_beside_it() {
        let case = case().with_aside(|aside| aside.hops = 0);

        assert_eq!(case.aside, None);
    }

    #[test]
    fn it_reads_back_what_it_wrote_with_its_form() {
        let case = case().with_aside(|aside| {
            aside.target = Some(Target { stay: 1, at: TEN });
            aside.blocker = Some(Blocker::OtherDepartment);
            aside.hops = 2;
        });

        let text = case.aside().to_text();

        assert_eq!(
            text,
            r#"{"v":1,"aside":{"target":{"stay":1,"at":1795321800000},"blocker":"OTHER_DEPARTMENT","hops":2}}"#
        );
        assert_eq!(Aside::parse(&text).unwrap(), *case.aside());
    }

    #[test]
    fn what_it_does_not_know_it_does_not_read() {
        assert!(matches!(Aside::parse(r#"{"v":2,"aside":{}}"#), Err(Error::Form(2))));
        assert!(matches!(Aside::parse(r#"{"v":1,"aside":{"new":1}}"#), Err(Error::Text(_))));
    }
}
