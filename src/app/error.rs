//! What a use case can answer instead of its reply.

use std::sync::Arc;

use crate::{
    domain::{intake::admit::Earlier, refused::Refused, time::Timestamp},
    gateways::evidence,
    store,
};

/// How long a client should wait when the queue is full.
const BUSY_RETRY_MS: u64 = 250;

#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The rules say no; the reason is a stable word.
    #[error("refused: {0}")]
    Refused(Refused),
    /// This actor may not.
    #[error("forbidden: {0}")]
    Forbidden(Refused),
    #[error("no such {0}")]
    NotFound(&'static str),
    #[error("{field}: {why}")]
    Invalid { field: &'static str, why: &'static str },
    /// Earlier cases that whoever registers has to look at and to name first.
    #[error("{} earlier cases are about the same", .0.len())]
    Duplicates(Vec<Earlier>),
    #[error("not signed in")]
    Unauthenticated,
    #[error("too many wrong passwords")]
    LockedOut { until: Timestamp },
    /// Somebody else changed it first; the etag is old, or three decisions were overtaken.
    #[error("changed by someone else meanwhile")]
    Conflict,
    #[error("the request id was used for something else")]
    RequestReused,
    #[error("too busy")]
    Busy { retry_ms: u64 },
    /// The same request may be sent again.
    #[error("the database cannot be reached")]
    Unavailable(#[source] store::Error),
    /// The same request may be sent again.
    #[error("the files of cases cannot be reached")]
    FilesAway(#[source] Arc<evidence::Error>),
    #[error("internal error")]
    Internal(#[source] Arc<dyn std::error::Error + Send + Sync>),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn internal(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Internal(Arc::new(source))
    }

    /// A row that is missing because of what was asked for.
    pub(crate) fn missing(what: &'static str) -> impl Fn(store::Error) -> Self {
        move |error| match error {
            store::Error::NotFound => Self::NotFound(what),
            other => other.into(),
        }
    }
}

impl From<Refused> for Error {
    fn from(reason: Refused) -> Self {
        if reason.is_power() { Self::Forbidden(reason) } else { Self::Refused(reason) }
    }
}

impl From<evidence::Error> for Error {
    fn from(error: evidence::Error) -> Self {
        if error.is_away() { Self::FilesAway(Arc::new(error)) } else { Self::internal(error) }
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        use store::Error as Store;
        match error {
            Store::NotFound => Self::NotFound("row"),
            Store::Conflict => Self::Conflict,
            Store::RequestReused => Self::RequestReused,
            Store::Full(_) => Self::Busy { retry_ms: BUSY_RETRY_MS },
            Store::Stopped | Store::Unavailable(_) => Self::Unavailable(error),
            other => Self::internal(other),
        }
    }
}
