//! What citizens want on their own call: what the case allows, and the call that is promised when the caller's number
//! proves nothing (rule book 1.4).

pub mod withdraw;

use serde_json::{Value, json};

use crate::domain::{
    actor::Actor,
    case::{
        Case, State,
        matter::{About, Kind},
        resolve,
        table::{Act, Verdict, verdict},
    },
    change::{Change, Gate},
    citizen::Safety,
    policy::{Desk, Verification},
    refused::Refused,
    time::Timestamp,
    verification::{OTHER_ROUNDS, Purpose, Round, RoundState, Topic, attempts},
    words,
};

words! {
    pub enum Wish {
        Withdraw = "WITHDRAW",
        Reopen = "REOPEN",
        AskReopen = "ASK_REOPEN",
        DemandRound = "DEMAND_ROUND",
        Unmerge = "UNMERGE",
    }
}

impl Wish {
    /// What the promised call asks. None: it moves no case, so that the citizen's number is enough.
    pub fn purpose(self) -> Option<Purpose> {
        match self {
            Self::Withdraw => Some(Purpose::Withdrawal),
            Self::Reopen => Some(Purpose::Reopening),
            Self::Unmerge => Some(Purpose::Unmerging),
            Self::AskReopen | Self::DemandRound => None,
        }
    }

    fn act(self) -> Act {
        match self {
            Self::Withdraw => Act::Withdraw,
            Self::Reopen => Act::Reopen,
            Self::AskReopen => Act::AskReopen,
            Self::DemandRound => Act::DemandRound,
            Self::Unmerge => Act::Unmerge,
        }
    }
}

impl Case {
    /// What its citizen may want of it now; `last` is its last round.
    pub fn wishes(&self, last: Option<&Round>, policy: &Desk, now: Timestamp) -> Vec<Wish> {
        let asked = last.is_some_and(|round| round.state == RoundState::Open);
        let fits = |wish: &Wish| match wish {
            Wish::Withdraw | Wish::Unmerge => true,
            Wish::Reopen => {
                self.closed_at.is_some_and(|closed| now.since(closed) <= policy.reopen_ms)
            }
            Wish::AskReopen => self.aside().reopen_asked.is_none(),
            Wish::DemandRound => !asked,
        };
        let allowed = |wish: &Wish| verdict(self.state, wish.act()) == Verdict::Allowed;
        Wish::ALL.iter().copied().filter(allowed).filter(fits).collect()
    }

    /// The registered number is rung, and that call settles it. `open` is a promise of the kind that is not kept yet.
    pub fn promise(
        &self,
        by: &Actor,
        (wish, purpose): (Wish, Purpose),
        open: Option<&Round>,
        evidence: Value,
        (safety, policy): (Safety, &Verification),
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, wish.act()).check()?;
        if safety.is_never_rung() {
            return Err(Refused::DoNotCall);
        }
        let mut change = Change::updating(self.clone(), now).tell(
            by,
            "ring_back_promised",
            Some(self),
            json!({ "wish": wish.as_str(), "call": evidence }),
        );
        change.round = Some(match open {
            Some(open) => (Gate::Version(open.version), attempts::ring_back(policy, open, now)),
            None => {
                let fresh = change.stands().other_round(purpose, safety, policy, now);
                let rung = attempts::ring_back(policy, &fresh, now);
                (Gate::New, Round { version: fresh.version, ..rung })
            }
        });
        Ok(change)
    }

    /// Is what the round asks still to be asked?
    pub fn still_asks(&self, round: &Round) -> bool {
        let act = match round.purpose {
            Purpose::Resolution => return true,
            Purpose::Courtesy => Act::AskReopen,
            Purpose::Withdrawal => Act::Withdraw,
            Purpose::Reopening => Act::Reopen,
            Purpose::Unmerging => Act::Unmerge,
        };
        // The other citizen of a changed number asked for nothing.
        verdict(self.state, act) == Verdict::Allowed && round.citizen == self.citizen
    }

    /// What a call of this purpose is about.
    pub fn topic(&self, purpose: Purpose) -> Topic {
        match purpose {
            Purpose::Resolution => Topic::Resolution,
            Purpose::Courtesy if self.state == State::ClosedForced => {
                Topic::ForcedClose(self.aside().closed.as_ref().and_then(|closed| closed.reason))
            }
            Purpose::Courtesy => Topic::SpecialClose,
            Purpose::Withdrawal => Topic::Withdrawal,
            Purpose::Reopening => Topic::Reopening,
            Purpose::Unmerging => Topic::Unmerging,
        }
    }

    /// Keeps what a call about something else than a resolution brought; the case stands as it stood.
    pub fn called(&self, by: &Actor, evidence: Value, now: Timestamp) -> Change {
        Change::updating(self.clone(), now).tell(by, "attempted", Some(self), evidence)
    }

    /// A round that the case's last event opened.
    fn other_round(
        &self,
        purpose: Purpose,
        safety: Safety,
        policy: &Verification,
        now: Timestamp,
    ) -> Round {
        Round {
            purpose,
            round: OTHER_ROUNDS + self.version,
            ..resolve::round(self, safety, policy, now)
        }
    }
}

impl Change {
    /// A special or forced close is told to the citizen by a call, and by a person when that does not reach them.
    #[must_use]
    pub(super) fn opens_courtesy(
        mut self,
        by: &Actor,
        safety: Safety,
        policy: &Verification,
    ) -> Self {
        let round = self.stands().other_round(Purpose::Courtesy, safety, policy, self.at);
        self.round = Some((Gate::New, round));
        self.opens(by, Kind::Courtesy, About::default())
    }

    /// Nobody is rung any more about this.
    #[must_use]
    pub(super) fn drops_rounds(mut self, purpose: Purpose) -> Self {
        let case = self.stands().id;
        self.dropped.push((case, purpose));
        self
    }
}
