//! Another number for the citizen of a case: a code to the new number, then a second person. The old number hears
//! of it, and later verifications carry a mark.

use serde_json::json;

use crate::domain::{
    actor::Actor,
    case::{
        Case, State,
        aside::NumberChange,
        matter::{About, Kind},
        table::{Act, verdict},
    },
    change::{Change, Gate},
    citizen::Text,
    notice::{Notice, Recipient},
    policy::Desk,
    refused::Refused,
    time::Timestamp,
    verification::{Round, RoundState},
};

/// Is the helpline talking to the citizen, or about to?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    Free,
    Live,
}

impl Case {
    /// `citizen` is the one with the new number; the code goes there.
    pub fn ask_number(
        &self,
        by: &Actor,
        citizen: i64,
        line: Line,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        self.may_change_number(line)?;
        if citizen == self.citizen {
            return Err(Refused::SameCitizen);
        }
        let number = NumberChange {
            citizen,
            version: self.version + 1,
            asked_by: by.account,
            asked_at: now,
            wrong_codes: 0,
            confirmed_by: None,
            confirmed: false,
        };
        let after = self.clone().with_aside(|aside| aside.number = Some(number));
        let body = json!({ "citizen": citizen });
        Ok(Change::updating(after, now)
            .tell(by, "number_asked", Some(self), body)
            .settles(Kind::NumberChange, "REPLACED")
            .opens(by, Kind::NumberChange, About::default())
            .owes("number_code", citizen))
    }

    /// The code that the new number heard. A wrong one is counted, and too many end the change.
    pub fn confirm_number(
        &self,
        by: &Actor,
        right: bool,
        policy: &Desk,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        self.may_change_number(Line::Free)?;
        let mut number = self.aside().number.clone().ok_or(Refused::NothingOpen)?;
        if number.confirmed {
            return Err(Refused::OpenAlready);
        }
        if now.since(number.asked_at) > policy.code_ms {
            return Err(Refused::TooLate);
        }
        if right {
            (number.confirmed, number.confirmed_by) = (true, by.account);
        } else {
            number.wrong_codes += 1;
        }
        let over = number.wrong_codes >= policy.wrong_codes_max;
        let body = json!({ "right": right, "wrong_codes": number.wrong_codes });
        let after = self.clone().with_aside(|aside| aside.number = (!over).then_some(number));
        let kind = if right { "number_confirmed" } else { "number_code_wrong" };
        let change = Change::updating(after, now).tell(by, kind, Some(self), body);
        Ok(if over { change.settles(Kind::NumberChange, "WRONG_CODES") } else { change })
    }

    /// The second person: neither who asked nor who took the code. `open` is the round that is open.
    pub fn approve_number(
        &self,
        by: &Actor,
        line: Line,
        open: Option<&Round>,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        self.may_change_number(line)?;
        let number = self.aside().number.clone().ok_or(Refused::NothingOpen)?;
        if !number.confirmed {
            return Err(Refused::CodeMissing);
        }
        self.is_second(by, &number)?;
        let old = self.citizen;
        let after = Self { citizen: number.citizen, ..self.clone() }.with_aside(|aside| {
            aside.number = None;
            aside.number_changed = Some(now);
        });
        let body = json!({ "from": old, "to": number.citizen });
        let mut change = Change::updating(after, now)
            .tell(by, "number_changed", Some(self), body)
            .settles(Kind::NumberChange, "APPROVED")
            .owes("number_changed", old);
        if let Some(round) = open.filter(|round| round.state == RoundState::Open) {
            let moved =
                Round { citizen: number.citizen, version: round.version + 1, ..round.clone() };
            change.round = Some((Gate::Version(round.version), moved));
        }
        Ok(change)
    }

    pub fn reject_number(
        &self,
        by: &Actor,
        reason: Text,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        self.may_change_number(Line::Free)?;
        let number = self.aside().number.clone().ok_or(Refused::NothingOpen)?;
        self.is_second(by, &number)?;
        let after = self.clone().with_aside(|aside| aside.number = None);
        Ok(after
            .told(by, "number_rejected", self, json!({}), reason, now)
            .settles(Kind::NumberChange, "REJECTED"))
    }

    fn may_change_number(&self, line: Line) -> Result<(), Refused> {
        verdict(self.state, Act::Note).check()?;
        match self.state {
            State::Withdrawn => return Err(Refused::CaseWithdrawn),
            State::Merged => return Err(Refused::CaseMerged),
            _ => {}
        }
        match line {
            Line::Free => Ok(()),
            Line::Live => Err(Refused::DialLive),
        }
    }

    fn is_second(&self, by: &Actor, number: &NumberChange) -> Result<(), Refused> {
        let first = [number.asked_by, number.confirmed_by];
        if by.account.is_none() || first.contains(&by.account) {
            return Err(Refused::SamePerson);
        }
        Ok(())
    }
}

impl Change {
    /// Owes a message about a number to it, whatever it may be called for: somebody may be taking it away.
    fn owes(mut self, kind: &str, citizen: i64) -> Self {
        let case = self.stands();
        let notice = Notice {
            case: case.id,
            version: case.version,
            kind: kind.to_owned(),
            to: Recipient::Citizen(citizen),
            language: case.language,
            due_at: self.at,
        };
        self.notices.push(notice);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        actor::Role,
        case::{
            desk::tests::{after, staff, text},
            tests::{TEN, case},
        },
        time::DAY_MS,
    };

    fn agent() -> Actor {
        staff(3, Role::Agent)
    }

    fn asked() -> Case {
        after(&case().ask_number(&agent(), 40, Line::Free, TEN).unwrap())
    }

    fn confirm(case: &Case, right: bool, now: Timestamp) -> Result<Change, Refused> {
        case.confirm_number(&agent(), right, &Desk::default(), now)
    }

    #[test]
    fn the_code_goes_to_the_new_number_and_nothing_changes_yet() {
        let change = case().ask_number(&agent(), 40, Line::Free, TEN).unwrap();

        assert_eq!(after(&change).citizen, 12);
        assert_eq!(change.notices[0].kind, "number_code");
        assert_eq!(change.notices[0].to, Recipient::Citizen(40));
        assert_eq!(after(&change).aside().number.as_ref().unwrap().version, after(&change).version);
    }

    #[test]
    fn code_and_second_person_change_it_and_the_old_number_hears_of_it() {
        let confirmed = after(&confirm(&asked(), true, TEN).unwrap());

        let change =
            confirmed.approve_number(&staff(4, Role::Supervisor), Line::Free, None, TEN).unwrap();

        assert_eq!(after(&change).citizen, 40);
        assert_eq!(after(&change).aside().number_changed, Some(TEN));
        assert_eq!(change.notices[0].to, Recipient::Citizen(12));
    }

    #[test]
    fn one_person_alone_changes_no_number_and_none_without_the_code() {
        let approve =
            |case: &Case, by: &Actor| case.approve_number(by, Line::Free, None, TEN).unwrap_err();
        let confirmed = after(&confirm(&asked(), true, TEN).unwrap());

        assert_eq!(approve(&confirmed, &agent()), Refused::SamePerson);
        assert_eq!(approve(&confirmed, &Actor::system()), Refused::SamePerson);
        assert_eq!(approve(&asked(), &staff(4, Role::Supervisor)), Refused::CodeMissing);
        assert_eq!(approve(&case(), &staff(4, Role::Supervisor)), Refused::NothingOpen);
    }

    #[test]
    fn it_is_refused_while_a_dial_is_live() {
        let live = case().ask_number(&agent(), 40, Line::Live, TEN).unwrap_err();
        assert_eq!(live, Refused::DialLive);
        let confirmed = after(&confirm(&asked(), true, TEN).unwrap());
        let by = staff(4, Role::Supervisor);
        let live = confirmed.approve_number(&by, Line::Live, None, TEN).unwrap_err();
        assert_eq!(live, Refused::DialLive);
    }

    #[test]
    fn five_wrong_codes_or_a_day_end_it() {
        let late = confirm(&asked(), true, TEN.plus_ms(DAY_MS + 1)).unwrap_err();
        assert_eq!(late, Refused::TooLate);
        let mut case = asked();
        for _ in 0..5 {
            case = after(&confirm(&case, false, TEN).unwrap());
        }
        assert_eq!(confirm(&case, true, TEN).unwrap_err(), Refused::NothingOpen);
    }

    #[test]
    fn a_second_person_may_say_no() {
        let by = staff(4, Role::Supervisor);
        let refused = after(&asked().reject_number(&by, text("he is unknown"), TEN).unwrap());

        assert_eq!((refused.citizen, refused.aside), (12, None));
    }
}
