//! A case arrives at a level: who answers for it there, and until when.

use super::{Case, State};
use crate::domain::{
    place::{Level, PostId},
    policy::Policy,
    routing::Routed,
    time::Timestamp,
};

/// Where a case that leaves its level can go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Above {
    To(Destination),
    /// It stands at the last level.
    Last,
    /// No post at any level above: it stays, with an alarm.
    NoPost,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    pub routed: Routed,
    /// Nobody holds the post now.
    pub vacant: bool,
    /// The version of the directory that was asked.
    pub directory: i64,
}

impl Case {
    /// Arrives with a fresh clock: nothing of the stay before counts for the post.
    pub(super) fn arrive(
        &mut self,
        level: Level,
        post: Option<PostId>,
        policy: &Policy,
        now: Timestamp,
    ) {
        self.state = State::WithOfficer;
        self.level = level;
        self.post = post;
        self.policy = policy.version;
        self.arrived_at = now;
        self.due_at = Some(policy.due(&self.department, self.subcategory.as_ref(), level, now));
        self.stay += 1;
        self.attended = false;
        self.seen = false;
        self.overdue_last = false;
        self.resolved_at = None;
        self.resolved_level = None;
        self.in_time = None;
    }

    /// Starts a new stay at the level where it is.
    pub(super) fn stay_on(&mut self, policy: &Policy, now: Timestamp) {
        self.arrive(self.level, self.post, policy, now);
    }
}
