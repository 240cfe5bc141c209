//! Accounts of staff, and their sessions.

use super::{
    actor::{Channel, Role},
    chain::Hash,
    place::{PlaceCode, PostId},
    time::Timestamp,
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
