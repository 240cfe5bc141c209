//! Two cases about one cause: of one citizen they are merged, of different citizens linked and each stays live.

use serde_json::{Value, json};

use crate::domain::{
    actor::Actor,
    case::{
        Case, State,
        aside::Merged,
        table::{Act, verdict},
    },
    change::Change,
    citizen::Safety,
    refused::Refused,
    time::Timestamp,
    verification::{Purpose, Round},
};

impl Case {
    /// The citizen is told the parent's number; the clock keeps what remained of it.
    pub fn merge(
        &self,
        by: &Actor,
        parent: &Self,
        open: Option<&Round>,
        safety: Safety,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::Merge).check()?;
        if self.citizen != parent.citizen {
            return Err(Refused::DifferentCitizens);
        }
        if self.id == parent.id || !parent.is_open() {
            return Err(Refused::ParentNotOpen);
        }
        let merged = Merged {
            parent: parent.id,
            at: now,
            partial: self.state == State::PartiallyClosed,
            left_ms: self.due_at.map(|due| due.since(now)),
        };
        let after = Self { state: State::Merged, due_at: None, ..self.clone() }
            .with_aside(|aside| aside.merged = Some(merged));
        let body = json!({ "parent": parent.id });
        Ok(Change::updating(after, now)
            .tell(by, "merged", Some(self), body)
            .drops(open)
            .settles_all("MERGED")
            .notify_citizen("merged", safety))
    }

    /// Back to its level with the time that remained. `call` is the evidence of the citizen's, where there was one.
    pub fn unmerge(
        &self,
        by: &Actor,
        call: Value,
        safety: Safety,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::Unmerge).check()?;
        let merged = self.aside().merged.clone().ok_or(Refused::NotMerged)?;
        let rested_ms = now.since(merged.at);
        let after = Self {
            state: if merged.partial { State::PartiallyClosed } else { State::WithOfficer },
            due_at: merged.left_ms.map(|left_ms| now.plus_ms(left_ms)),
            // The stay was not the post's while the case lay merged.
            arrived_at: self.arrived_at.plus_ms(rested_ms),
            seen: false,
            ..self.clone()
        }
        .with_aside(|aside| aside.merged = None);
        let change = Change::updating(after, now)
            .tell(by, "unmerged", Some(self), json!({ "parent": merged.parent, "call": call }))
            .drops_rounds(Purpose::Unmerging)
            .notify_citizen("unmerged", safety);
        Ok(match self.post {
            Some(post) => change.notify_post("unmerged", post),
            None => change,
        })
    }

    /// This case follows `lead`: a resolution there files one here.
    pub fn link(&self, by: &Actor, lead: &Self, now: Timestamp) -> Result<Change, Refused> {
        verdict(self.state, Act::Link).check()?;
        if self.citizen == lead.citizen {
            return Err(Refused::SameCitizen);
        }
        // A lead that follows would make chains, and two that follow each other a ring.
        if !lead.is_open() || lead.aside().lead.is_some() {
            return Err(Refused::ParentNotOpen);
        }
        if self.aside().lead.is_some() {
            return Err(Refused::OpenAlready);
        }
        let after = self.clone().with_aside(|aside| aside.lead = Some(lead.id));
        let mut change =
            Change::updating(after, now).tell(by, "linked", Some(self), json!({ "lead": lead.id }));
        change.links.push((self.id, Some(lead.id)));
        Ok(change)
    }

    pub fn unlink(&self, by: &Actor, now: Timestamp) -> Result<Change, Refused> {
        verdict(self.state, Act::Link).check()?;
        let lead = self.aside().lead.ok_or(Refused::NothingOpen)?;
        let after = self.clone().with_aside(|aside| aside.lead = None);
        let mut change =
            Change::updating(after, now).tell(by, "unlinked", Some(self), json!({ "lead": lead }));
        change.links.push((self.id, None));
        Ok(change)
    }

    pub fn is_open(&self) -> bool {
        match self.state {
            State::Unrouted
            | State::WithOfficer
            | State::AwaitingVerification
            | State::PartiallyClosed
            | State::SpecialCloseProposed
            | State::Unverified => true,
            State::ClosedSatisfied
            | State::ClosedSpecial
            | State::ClosedForced
            | State::Withdrawn
            | State::Merged
            | State::Forwarded => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        actor::Role,
        case::{
            desk::tests::{after, staff},
            tests::{TEN, WEEK_MS, case},
        },
        time::DAY_MS,
    };

    fn other(citizen: i64) -> Case {
        Case { id: 1_000_001, citizen, ..case() }
    }

    fn merge(case: &Case, parent: &Case, now: Timestamp) -> Result<Change, Refused> {
        case.merge(&staff(3, Role::Supervisor), parent, None, Safety::default(), now)
    }

    #[test]
    fn a_merged_case_rests_and_comes_back_with_the_time_that_remained() {
        let change = merge(&case(), &other(12), TEN.plus_ms(2 * DAY_MS)).unwrap();
        let merged = after(&change);
        assert_eq!((merged.state, merged.due_at), (State::Merged, None));
        assert_eq!(change.notices[0].kind, "merged");

        let later = TEN.plus_ms(10 * DAY_MS);
        let by = staff(3, Role::Supervisor);
        let back = after(&merged.unmerge(&by, Value::Null, Safety::default(), later).unwrap());

        assert_eq!((back.state, back.level), (State::WithOfficer, case().level));
        assert_eq!(back.due_at, Some(later.plus_ms(5 * DAY_MS)));
        assert_eq!(back.due_at.unwrap().since(back.arrived_at), WEEK_MS);
        assert_eq!(back.aside, None);
    }

    #[test]
    fn only_open_cases_of_one_citizen_are_merged_and_never_with_themselves() {
        let refused = |parent: &Case| merge(&case(), parent, TEN).unwrap_err();

        assert_eq!(refused(&other(13)), Refused::DifferentCitizens);
        assert_eq!(refused(&case()), Refused::ParentNotOpen);
        let closed = Case { state: State::ClosedSatisfied, ..other(12) };
        assert_eq!(refused(&closed), Refused::ParentNotOpen);
    }

    #[test]
    fn cases_of_different_citizens_are_linked_and_stay_live() {
        let by = staff(3, Role::Supervisor);
        let change = case().link(&by, &other(13), TEN).unwrap();

        let linked = after(&change);
        assert_eq!((linked.state, linked.due_at), (case().state, case().due_at));
        assert_eq!(change.links, [(1_000_000, Some(1_000_001))]);
        assert_eq!(linked.link(&by, &other(14), TEN).unwrap_err(), Refused::OpenAlready);
        assert_eq!(case().link(&by, &other(12), TEN).unwrap_err(), Refused::SameCitizen);
        let ring = other(13).link(&by, &linked, TEN).unwrap_err();
        assert_eq!(ring, Refused::ParentNotOpen);
        assert_eq!(after(&linked.unlink(&by, TEN).unwrap()).aside, None);
    }
}
