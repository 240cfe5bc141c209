//! Ids in blocks: one row a counter in the database, the rest in memory.

use std::sync::{Mutex, PoisonError};

use super::{Lane, Writer};
use crate::store::{
    Result,
    db::{only, rows_on},
};

/// Ids taken from the database at once; what is left at the end is a gap.
const BLOCK: i64 = 512;

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
    Evidence,
    Block,
    Incident,
    Flag,
}

const COUNTERS: usize = 12;

#[derive(Debug, Default)]
pub(super) struct Counters([One; COUNTERS]);

#[derive(Debug, Default)]
struct One {
    block: Mutex<Block>,
    /// Held by the one that fetches a block, so that many who find it empty fetch one.
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Block {
    next: i64,
    end: i64,
}

impl Counter {
    fn place(self) -> usize {
        match self {
            Self::Case => 0,
            Self::Citizen => 1,
            Self::Text => 2,
            Self::Account => 3,
            Self::Recording => 4,
            Self::CallBack => 5,
            Self::Session => 6,
            Self::Post => 7,
            Self::Evidence => 8,
            Self::Block => 9,
            Self::Incident => 10,
            Self::Flag => 11,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Citizen => "citizen",
            Self::Text => "text",
            Self::Account => "account",
            Self::Recording => "recording",
            Self::CallBack => "call_back",
            Self::Session => "session",
            Self::Post => "post",
            Self::Evidence => "evidence",
            Self::Block => "block",
            Self::Incident => "incident",
            Self::Flag => "flag",
        }
    }
}

impl One {
    fn take(&self) -> Option<i64> {
        let mut block = self.block.lock().unwrap_or_else(PoisonError::into_inner);
        let id = block.next;
        (id < block.end).then(|| {
            block.next += 1;
            id
        })
    }

    fn refill(&self, end: i64) {
        let mut block = self.block.lock().unwrap_or_else(PoisonError::into_inner);
        *block = Block { next: end - BLOCK, end };
    }
}

impl Writer {
    /// An id that nobody had before. Ids come in blocks: gaps are normal.
    pub async fn reserve(&self, counter: Counter) -> Result<i64> {
        let one = &self.counters.0[counter.place()];
        loop {
            if let Some(id) = one.take() {
                return Ok(id);
            }
            let _fetching = one.fetching.lock().await;
            if let Some(id) = one.take() {
                return Ok(id);
            }
            let name = counter.name();
            let last: i64 = self
                .errand(Lane::Acts, move |conn| {
                    Box::pin(async move {
                        let row = only(rows_on!(
                            conn,
                            "UPDATE counters SET value = value + $2 WHERE name = $1 RETURNING value",
                            name,
                            BLOCK,
                        ));
                        Ok(row?.next()?)
                    })
                })
                .await?;
            one.refill(last + 1);
        }
    }
}
