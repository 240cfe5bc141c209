//! The only owner of write transactions: one task that commits what waits, in groups.

use crate::{
    domain::{chain::Hash, change::Change},
    store::Result,
};

pub mod requests;

/// Bulk work is taken only into the room that acts and calls leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    Acts,
    Bulk,
}

/// Who asks for a change, so that asking again does it once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `account:7`, `system`, `converse:NAME`: ids of two owners never meet.
    pub owner: String,
    /// None when nobody can ask for it twice.
    pub id: Option<String>,
    /// A digest of the act and its payload.
    pub fingerprint: Hash,
}

/// What ids are taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    Case,
    Citizen,
    Text,
    Account,
    Recording,
    CallBack,
    Session,
    Post,
}

/// Hands changes to the writer; cheap to clone.
#[derive(Clone, Debug)]
pub struct Writer {}

impl Writer {
    /// This process's number as a writer of events.
    pub fn node(&self) -> i64 {
        todo!()
    }

    /// An id that nobody had before. Ids come in blocks: gaps are normal.
    pub async fn reserve(&self, counter: Counter) -> Result<i64> {
        let _ = counter;
        todo!()
    }

    /// Answers after the commit with the result that is stored for the request. Dropping the
    /// future does not take the change back.
    pub async fn commit(&self, lane: Lane, request: Request, change: Change) -> Result<String> {
        let _ = (lane, request, change);
        todo!()
    }
}

impl Request {
    /// Of the system itself: nobody repeats it.
    pub fn system() -> Self {
        Self { owner: "system".to_owned(), id: None, fingerprint: [0; 32] }
    }
}
