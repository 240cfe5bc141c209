//! A citizen whose registrations are refused for a while: by a person, for a reason, never for ever, and never without an
//! appeal that another person answers. It touches registrations alone: the way to an operator stays open.

use serde::{Deserialize, Serialize};

use crate::domain::{
    actor::Actor,
    refused::Refused,
    time::{DAY_MS, Timestamp},
};

/// Whoever blocks for longer has to say so again.
pub const BLOCK_MS_MAX: i64 = 30 * DAY_MS;
/// An appeal is answered within it.
pub const APPEAL_MS: i64 = 3 * DAY_MS;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    pub id: i64,
    pub citizen: i64,
    /// Who blocked.
    pub account: i64,
    /// Why, in `texts`.
    pub reason: i64,
    pub from: Timestamp,
    pub until: Timestamp,
    pub lifted: Option<Lifted>,
    pub appeal: Option<Appeal>,
    pub version: i64,
}

/// Ended before its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifted {
    pub at: Timestamp,
    pub account: i64,
}

/// What the citizen says against it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appeal {
    pub at: Timestamp,
    /// Who wrote it down.
    pub account: i64,
    pub text: i64,
    pub due_at: Timestamp,
    pub answer: Option<Answer>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub at: Timestamp,
    pub account: i64,
    pub lifts: bool,
    pub text: i64,
}

impl Block {
    pub fn new(
        (id, citizen): (i64, i64),
        account: i64,
        reason: i64,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Self, Refused> {
        if until <= now || until.since(now) > BLOCK_MS_MAX {
            return Err(Refused::DateNotAllowed);
        }
        Ok(Self {
            id,
            citizen,
            account,
            reason,
            from: now,
            until,
            lifted: None,
            appeal: None,
            version: 1,
        })
    }

    pub fn in_force(&self, now: Timestamp) -> bool {
        self.lifted.is_none() && now < self.until
    }

    pub fn is_appealed(&self) -> bool {
        self.appeal.as_ref().is_some_and(|appeal| appeal.answer.is_none())
    }

    pub fn lift(&self, account: i64, now: Timestamp) -> Result<Self, Refused> {
        self.check(now)?;
        Ok(Self { lifted: Some(Lifted { at: now, account }), ..self.next() })
    }

    /// Once for each block; it is answered also when the block has ended meanwhile.
    pub fn appeal(&self, account: i64, text: i64, now: Timestamp) -> Result<Self, Refused> {
        self.check(now)?;
        if self.appeal.is_some() {
            return Err(Refused::OpenAlready);
        }
        let due_at = now.plus_ms(APPEAL_MS);
        let appeal = Appeal { at: now, account, text, due_at, answer: None };
        Ok(Self { appeal: Some(appeal), ..self.next() })
    }

    /// By another person than the one who blocked.
    pub fn answer(
        &self,
        by: &Actor,
        lifts: bool,
        text: i64,
        now: Timestamp,
    ) -> Result<Self, Refused> {
        let appeal = self.appeal.as_ref().filter(|_| self.is_appealed());
        let appeal = appeal.ok_or(Refused::NothingOpen)?;
        let account = by.account.filter(|account| *account != self.account);
        let account = account.ok_or(Refused::SamePerson)?;
        let answer = Some(Answer { at: now, account, lifts, text });
        let lifted = (lifts && self.in_force(now)).then_some(Lifted { at: now, account });
        Ok(Self {
            appeal: Some(Appeal { answer, ..appeal.clone() }),
            lifted: lifted.or_else(|| self.lifted.clone()),
            ..self.next()
        })
    }

    fn check(&self, now: Timestamp) -> Result<(), Refused> {
        if self.in_force(now) { Ok(()) } else { Err(Refused::NothingOpen) }
    }

    fn next(&self) -> Self {
        Self { version: self.version + 1, ..self.clone() }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::{actor::Role, case::tests::TEN};

    /// By account 3, of citizen 12, since ten o'clock for a week.
    pub(crate) fn block() -> Block {
        Block::new((1, 12), 3, 50, TEN.plus_ms(7 * DAY_MS), TEN).unwrap()
    }

    fn staff(account: i64) -> Actor {
        Actor { account: Some(account), role: Role::Supervisor, ..Actor::system() }
    }

    #[test]
    fn it_ends_by_itself_within_thirty_days() {
        let until = |ms: i64| Block::new((1, 12), 3, 50, TEN.plus_ms(ms), TEN);

        assert_eq!(until(0).unwrap_err(), Refused::DateNotAllowed);
        assert_eq!(until(30 * DAY_MS + 1).unwrap_err(), Refused::DateNotAllowed);
        let longest = until(30 * DAY_MS).unwrap();
        assert!(longest.in_force(TEN.plus_ms(30 * DAY_MS - 1)));
        assert!(!longest.in_force(TEN.plus_ms(30 * DAY_MS)));
    }

    #[test]
    fn an_appeal_is_answered_by_another_person_and_may_lift_it() {
        let later = TEN.plus_ms(DAY_MS);
        let appealed = block().appeal(9, 51, later).unwrap();

        assert!(appealed.is_appealed() && appealed.in_force(later));
        assert_eq!(appealed.appeal.as_ref().unwrap().due_at, TEN.plus_ms(4 * DAY_MS));
        assert_eq!(appealed.appeal(9, 52, later).unwrap_err(), Refused::OpenAlready);
        assert_eq!(appealed.answer(&staff(3), true, 53, later).unwrap_err(), Refused::SamePerson);
        let upheld = appealed.answer(&staff(4), false, 53, later).unwrap();
        assert!(upheld.in_force(later) && !upheld.is_appealed());
        assert_eq!(upheld.answer(&staff(4), true, 53, later).unwrap_err(), Refused::NothingOpen);
        let lifted = appealed.answer(&staff(4), true, 53, later).unwrap();
        assert_eq!(lifted.lifted, Some(Lifted { at: later, account: 4 }));
        assert_eq!((lifted.in_force(later), lifted.version), (false, 3));
    }

    #[test]
    fn an_appeal_is_answered_though_the_block_has_ended() {
        let appealed = block().appeal(9, 51, TEN).unwrap();
        let over = TEN.plus_ms(8 * DAY_MS);

        let answered = appealed.answer(&staff(4), true, 53, over).unwrap();

        assert_eq!(answered.lifted, None);
        assert_eq!(block().lift(4, over).unwrap_err(), Refused::NothingOpen);
        let lifted = block().lift(4, TEN).unwrap();
        assert_eq!(lifted.lift(4, TEN).unwrap_err(), Refused::NothingOpen);
        assert_eq!(lifted.appeal(9, 51, TEN).unwrap_err(), Refused::NothingOpen);
    }
}
