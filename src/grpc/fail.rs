//! How every failure looks to a client: a status, and in its details the reason, the wrong field or the time to wait.
//! Reasons are words of (domain `helpline181`, reason); they are listed here and in `domain::refused`, and never renamed.

use std::{collections::HashMap, time::Duration};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

pub const DOMAIN: &str = "helpline181";

/// Reasons of the API itself; those of the rules are `domain::refused::Refused`.
pub mod reason {
    pub const UNAUTHENTICATED: &str = "UNAUTHENTICATED";
    pub const WRONG_LOGIN: &str = "WRONG_LOGIN";
    pub const ACCOUNT_LOCKED: &str = "ACCOUNT_LOCKED";
    pub const CONVERSE_ONLY: &str = "CONVERSE_ONLY";
    pub const NO_SUCH_METHOD: &str = "NO_SUCH_METHOD";
    pub const NOT_FOUND: &str = "NOT_FOUND";
    pub const INVALID: &str = "INVALID";
    pub const MALFORMED_MESSAGE: &str = "MALFORMED_MESSAGE";
    pub const MESSAGE_TOO_LARGE: &str = "MESSAGE_TOO_LARGE";
    pub const CHANGED_MEANWHILE: &str = "CHANGED_MEANWHILE";
    pub const REQUEST_REUSED: &str = "REQUEST_REUSED";
    pub const BUSY: &str = "BUSY";
    pub const TOO_MANY_IN_FLIGHT: &str = "TOO_MANY_IN_FLIGHT";
    pub const DEADLINE: &str = "DEADLINE";
    pub const UNAVAILABLE: &str = "UNAVAILABLE";
    pub const SHUTTING_DOWN: &str = "SHUTTING_DOWN";
    pub const INTERNAL: &str = "INTERNAL";
    pub const SLOW_CLIENT: &str = "SLOW_CLIENT";
    pub const CALL_UNKNOWN: &str = "CALL_UNKNOWN";
    pub const OUT_OF_ORDER: &str = "OUT_OF_ORDER";
    /// A live call is not as the act needs it.
    pub const NOT_NOW: &str = "NOT_NOW";

    #[cfg(test)]
    pub const ALL: &[&str] = &[
        UNAUTHENTICATED,
        WRONG_LOGIN,
        ACCOUNT_LOCKED,
        CONVERSE_ONLY,
        NO_SUCH_METHOD,
        NOT_FOUND,
        INVALID,
        MALFORMED_MESSAGE,
        MESSAGE_TOO_LARGE,
        CHANGED_MEANWHILE,
        REQUEST_REUSED,
        BUSY,
        TOO_MANY_IN_FLIGHT,
        DEADLINE,
        UNAVAILABLE,
        SHUTTING_DOWN,
        INTERNAL,
        SLOW_CLIENT,
        CALL_UNKNOWN,
        OUT_OF_ORDER,
        NOT_NOW,
    ];
}

/// A failure with its reason.
pub fn fail(code: Code, reason: &str, message: impl Into<String>) -> Status {
    Status::with_error_details(code, message, info(reason))
}

/// A failure that may pass: the client waits and asks again, an act with the same request id.
pub fn wait(code: Code, reason: &str, message: impl Into<String>, delay: Duration) -> Status {
    let mut details = info(reason);
    details.set_retry_info(Some(delay));
    Status::with_error_details(code, message, details)
}

/// A field that does not hold what it should.
pub fn field(field: impl Into<String>, why: impl Into<String>) -> Status {
    let mut details = info(reason::INVALID);
    details.add_bad_request_violation(field, why);
    Status::with_error_details(Code::InvalidArgument, "a field is wrong", details)
}

pub fn no_such_method() -> Status {
    fail(Code::Unimplemented, reason::NO_SUCH_METHOD, "no such method")
}

pub fn unauthenticated() -> Status {
    fail(Code::Unauthenticated, reason::UNAUTHENTICATED, "sign in first")
}

pub fn deadline() -> Status {
    fail(Code::DeadlineExceeded, reason::DEADLINE, "the deadline has passed")
}

pub fn shutting_down() -> Status {
    wait(
        Code::Unavailable,
        reason::SHUTTING_DOWN,
        "the helpline is shutting down",
        Duration::from_secs(2),
    )
}

/// Gives details to a failure that comes from the gRPC library itself, in our words: its own may repeat what the peer sent.
pub fn complete(status: &Status) -> Option<Status> {
    if status.code() == Code::Ok || !status.details().is_empty() {
        return None;
    }
    Some(match status.code() {
        Code::OutOfRange | Code::ResourceExhausted => fail(
            Code::ResourceExhausted,
            reason::MESSAGE_TOO_LARGE,
            format!("a message holds at most {} bytes", super::door::limits::DECODE_MAX_BYTES),
        ),
        Code::Unimplemented => no_such_method(),
        Code::Internal | Code::InvalidArgument | Code::Unknown => {
            fail(Code::InvalidArgument, reason::MALFORMED_MESSAGE, "the message cannot be read")
        }
        code => fail(code, reason::UNAVAILABLE, "the call could not be done"),
    })
}

fn info(reason: &str) -> ErrorDetails {
    ErrorDetails::with_error_info(reason, DOMAIN, HashMap::new())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn reasons_are_distinct_words() {
        let distinct: BTreeSet<_> = reason::ALL.iter().collect();

        assert_eq!(distinct.len(), reason::ALL.len());
        for reason in reason::ALL {
            assert!(
                reason.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'),
                "{reason}"
            );
        }
    }

    #[test]
    fn a_failure_of_the_library_gets_our_words() {
        let library =
            Status::out_of_range("Error, decoded message length too large: found 9000000");

        let ours = complete(&library).unwrap();

        assert_eq!(ours.code(), Code::ResourceExhausted);
        assert_eq!(ours.get_error_details().error_info().unwrap().reason, "MESSAGE_TOO_LARGE");
        assert!(complete(&ours).is_none());
        assert!(complete(&Status::ok("")).is_none());
    }
}
