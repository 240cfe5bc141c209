//! The last level sends a case one level back, once per stay: it carries the due time and returns at it.

use serde_json::json;

use crate::domain::{
    actor::Actor,
    case::{
        Case, State,
        aside::Back,
        escalate::Seat,
        facts::Reason,
        moved::Destination,
        register::why,
        table::{Act, verdict},
    },
    change::Change,
    citizen::Text,
    place::Level,
    policy::Desk,
    refused::Refused,
    time::Timestamp,
};

impl Case {
    pub fn send_back(
        &self,
        by: &Actor,
        reason: Text,
        to: &Destination,
        policy: &Desk,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::SendBack).check()?;
        if self.level != policy.back_level || to.routed.level.next() != self.level {
            return Err(Refused::WrongLevel);
        }
        if self.overdue_last || self.due_at.is_none_or(|due| due <= now) {
            return Err(Refused::TimeOver);
        }
        // The stay that goes on after the return is the one that was interrupted.
        if self.aside().back.as_ref().is_some_and(|back| back.stay == self.stay) {
            return Err(Refused::OncePerStay);
        }
        let back = Back {
            stay: self.stay + 1,
            returned: false,
            level: self.level,
            post: self.post,
            attended: true,
        };
        let after = Self {
            level: to.routed.level,
            post: Some(to.routed.post),
            directory: to.directory,
            stay: self.stay + 1,
            attended: false,
            seen: false,
            ..self.clone()
        }
        .with_aside(|aside| aside.back = Some(back));
        let attended = Self { attended: true, ..self.clone() };
        let row = attended.row(Reason::Ordered, &after, Seat::Held, to.vacant, now);
        let body =
            json!({ "reason": crate::domain::case::facts::named(&reason), "routed": why(to) });
        let mut change =
            Change::updating(after, now).tell_row(by, "sent_back", Some(self), Some(&row), body);
        change.texts.push(reason);
        Ok(change.notify_post("sent_back", to.routed.post))
    }

    /// Does this stay carry the due time of the level above?
    pub(in crate::domain::case) fn is_sent_back(&self) -> bool {
        self.aside().back.as_ref().is_some_and(|back| back.stay == self.stay && !back.returned)
    }

    /// At the carried due time it is at the upper level again, whose own time is over then.
    pub(in crate::domain::case) fn returned(&self) -> Option<(Level, Self)> {
        let back = self.aside().back.clone().filter(|_| self.is_sent_back())?;
        let after = Self {
            state: State::WithOfficer,
            level: back.level,
            post: back.post,
            stay: self.stay + 1,
            attended: back.attended,
            seen: true,
            ..self.clone()
        }
        .with_aside(|aside| {
            let stay = self.stay + 1;
            aside.back = Some(Back { stay, returned: true, ..back.clone() });
        });
        Some((back.level, after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        case::{
            desk::tests::{after, officer, text, to},
            moved::Above,
            tests::{TEN, WEEK_MS, case},
        },
        place::PostId,
        policy::Policy,
        time::DAY_MS,
    };

    fn at_four() -> Case {
        Case { level: Level(4), post: Some(PostId(5)), ..case() }
    }

    fn send(case: &Case, now: Timestamp) -> Result<Change, Refused> {
        let by = officer(7, 5, 4);
        case.send_back(&by, text("yours to do"), &to("block:phanda", 3), &Desk::default(), now)
    }

    #[test]
    fn it_goes_to_level_three_with_level_fours_due_time() {
        let change = send(&at_four(), TEN.plus_ms(DAY_MS)).unwrap();

        let back = after(&change);
        assert_eq!((back.level, back.post), (Level(3), Some(PostId(4))));
        assert_eq!((back.due_at, back.arrived_at), (at_four().due_at, TEN));
        assert!(!back.attended);
        assert!(change.events[0].facts.contains(r#""from":4,"to":3,"#));
        assert!(change.events[0].facts.contains(r#""reason":"ORDERED","attended":true"#));
    }

    #[test]
    fn it_returns_at_the_due_time_and_is_overdue_there_with_one_row() {
        let policy = Policy::standard();
        let now = TEN.plus_ms(WEEK_MS);
        let back = after(&send(&at_four(), TEN).unwrap());
        let above = Above::To(to("block:phanda", 4));
        let early = back.escalate(&above, Seat::Held, &policy, now.plus_ms(-1)).unwrap_err();
        assert_eq!(early, Refused::NotDue);

        let change = back.escalate(&above, Seat::Held, &policy, now).unwrap();

        let returned = after(&change);
        assert_eq!((returned.level, returned.post), (Level(4), Some(PostId(5))));
        assert_eq!(returned.due_at, at_four().due_at);
        assert!(change.events[0].facts.contains(r#""reason":"TIMEOUT","attended":false"#));
        let overdue = returned.escalate(&Above::Last, Seat::Held, &policy, now).unwrap();
        assert!(after(&overdue).overdue_last);
        assert_eq!(send(&after(&overdue), now).unwrap_err(), Refused::TimeOver);
    }

    #[test]
    fn only_the_last_level_and_only_before_its_time_is_over() {
        let three = Case { level: Level(3), ..at_four() };
        assert_eq!(send(&three, TEN).unwrap_err(), Refused::WrongLevel);
        assert_eq!(send(&at_four(), TEN.plus_ms(WEEK_MS)).unwrap_err(), Refused::TimeOver);
    }

    #[test]
    fn what_was_sent_back_is_not_partially_closed_to_escape_the_date() {
        let back = after(&send(&at_four(), TEN).unwrap());

        let refused = back.partial_close(
            &officer(8, 4, 3),
            text("long"),
            TEN.plus_ms(2 * WEEK_MS),
            crate::domain::citizen::Safety::default(),
            &Desk::default(),
            TEN,
        );

        assert_eq!(refused.unwrap_err(), Refused::OncePerStay);
    }
}
