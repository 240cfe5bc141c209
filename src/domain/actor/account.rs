//! Accounts of staff, and their sessions.

use crate::domain::{
    actor::{Actor, Channel, Role},
    chain::{self, Hash},
    change::{Change, Event, Gate},
    place::{PlaceCode, PostId},
    time::{MINUTE_MS, Timestamp},
};

#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    pub id: i64,
    /// Lower case.
    pub login: String,
    pub name: String,
    /// PHC string of argon2id.
    pub password_hash: String,
    pub role: Role,
    pub district: Option<PlaceCode>,
    pub active: bool,
    /// Wrong passwords since the last right one.
    pub failed: i64,
    pub locked_until: Option<Timestamp>,
    /// The version and hash of the last event of stream `account:ID`.
    pub version: i64,
    pub head: Hash,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Account({}, {}, {})", self.id, self.login, self.role)
    }
}

/// Opaque tokens are stored as SHA-256 only.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    pub id: i64,
    pub account: i64,
    pub channel: Channel,
    pub access_hash: Hash,
    pub refresh_hash: Hash,
    pub access_until: Timestamp,
    pub refresh_until: Timestamp,
    pub created_at: Timestamp,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({}, account {})", self.id, self.account)
    }
}

/// A post held by an account from a date, until another date or for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    pub post: PostId,
    pub account: i64,
    pub from: Timestamp,
    pub until: Option<Timestamp>,
}

/// One sign-in of an officer (R11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    pub account: i64,
    pub post: Option<i64>,
    pub channel: Channel,
    pub at: Timestamp,
}

/// The PIN of an officer on the phone line (R27).
#[derive(Clone, PartialEq, Eq)]
pub struct LinePin {
    pub account: i64,
    /// PHC string of argon2id; empty when it was cleared.
    pub hash: String,
    /// Tries since the last right one.
    pub tries: i64,
    pub set_at: Timestamp,
}

/// Wrong PINs in a row that lock it until an administrator or a new PIN lifts that.
pub const WRONG_PINS_MAX: i64 = 5;
/// So many that five tries find nothing; a fixed number needs no `#` at its end.
pub const PIN_DIGITS: usize = 6;

impl LinePin {
    pub fn is_set(&self) -> bool {
        !self.hash.is_empty()
    }

    pub fn is_locked(&self) -> bool {
        self.tries >= WRONG_PINS_MAX
    }

    /// Whoever tries five numbers tries these first: all digits alike, or one counted up or down.
    pub fn is_guessable(digits: &str) -> bool {
        let steps: Vec<i16> =
            digits.as_bytes().windows(2).map(|two| i16::from(two[1]) - i16::from(two[0])).collect();
        [0, 1, -1].iter().any(|step| steps.iter().all(|found| found == step))
    }
}

impl std::fmt::Debug for LinePin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LinePin(account {}, tries {})", self.account, self.tries)
    }
}

/// Wrong passwords in a row that lock an account, and for how long.
pub const WRONG_PASSWORDS_MAX: i64 = 5;
pub const LOCK_MS: i64 = 15 * MINUTE_MS;

impl Account {
    pub fn stream(&self) -> String {
        format!("account:{}", self.id)
    }

    pub fn is_locked(&self, now: Timestamp) -> bool {
        self.locked_until.is_some_and(|until| now < until)
    }

    /// Notes a wrong password; the last of too many locks the account.
    pub fn wrong_password(&self, channel: Channel, now: Timestamp) -> Change {
        let failed = self.failed.saturating_add(1);
        let lock = failed >= WRONG_PASSWORDS_MAX;
        let after = Self {
            failed: if lock { 0 } else { failed },
            locked_until: if lock { Some(now.plus_ms(LOCK_MS)) } else { self.locked_until },
            ..self.clone()
        };
        let kind = if lock { "locked" } else { "wrong_password" };
        after.fact(Gate::Version(self.version), &Actor::system(), channel, kind, "{}", now)
    }

    /// The account as it shall stand, with the next fact of its stream.
    pub fn fact(
        mut self,
        gate: Gate,
        by: &Actor,
        channel: Channel,
        kind: &str,
        body: &str,
        now: Timestamp,
    ) -> Change {
        let mut event = Event {
            stream: self.stream(),
            version: self.version + 1,
            at: now,
            kind: kind.to_owned(),
            actor: by.name(),
            post: None,
            channel: channel.as_str().to_owned(),
            facts: "{}".to_owned(),
            body: body.to_owned(),
            prev_hash: self.head,
            hash: chain::START,
        };
        event.hash = chain::hash(&event);
        (self.version, self.head) = (event.version, event.hash);
        let mut change = Change::new(now);
        change.account = Some((gate, self));
        change.events.push(event);
        change
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> Account {
        Account {
            id: 7,
            login: "je.phanda".to_owned(),
            name: "Junior Engineer".to_owned(),
            password_hash: "x".to_owned(),
            role: Role::Officer,
            district: None,
            active: true,
            failed: 0,
            locked_until: None,
            version: 1,
            head: chain::START,
        }
    }

    #[test]
    fn the_fifth_wrong_password_in_a_row_locks_for_a_quarter_of_an_hour() {
        let mut account = account();
        let now = Timestamp(1_000);
        for failed in 1..5 {
            account = account.wrong_password(Channel::Portal, now).account.unwrap().1;
            assert_eq!((account.failed, account.is_locked(now)), (failed, false));
        }

        account = account.wrong_password(Channel::Portal, now).account.unwrap().1;

        assert_eq!((account.failed, account.locked_until), (0, Some(Timestamp(901_000))));
        assert!(account.is_locked(Timestamp(900_999)));
        assert!(!account.is_locked(Timestamp(901_000)));
    }

    #[test]
    fn a_pin_is_locked_at_the_fifth_try_and_prints_no_hash() {
        let pin = |tries| LinePin { account: 7, hash: "x".to_owned(), tries, set_at: Timestamp(0) };

        assert!(!pin(4).is_locked());
        assert!(pin(5).is_locked());
        assert_eq!(format!("{:?}", pin(2)), "LinePin(account 7, tries 2)");
    }

    #[test]
    fn rows_of_digits_are_no_pins() {
        for digits in ["111111", "000000", "123456", "456789", "654321"] {
            assert!(LinePin::is_guessable(digits), "{digits}");
        }
        for digits in ["181181", "121212", "123457", "901234"] {
            assert!(!LinePin::is_guessable(digits), "{digits}");
        }
    }

    #[test]
    fn printing_an_account_shows_no_hash() {
        assert_eq!(format!("{:?}", account()), "Account(7, je.phanda, OFFICER)");
    }
}
