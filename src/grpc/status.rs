//! The one mapping from the use cases' errors to what a client sees.

use std::{collections::HashMap, time::Duration};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::fail::{DOMAIN, fail, field, reason, unauthenticated, wait};
use crate::{
    app::Error,
    domain::{
        intake::admit::{Earlier, Of},
        refused::Refused,
    },
};

pub const RETRY_AFTER: Duration = Duration::from_millis(500);

pub fn of(error: Error) -> Status {
    match error {
        Error::Refused(refused) => refusal(refused),
        Error::Forbidden(refused) => forbidden(refused),
        Error::NotFound(what) => fail(Code::NotFound, reason::NOT_FOUND, format!("no such {what}")),
        Error::Invalid { field: name, why } => field(name, why),
        Error::Duplicates(earlier) => duplicates(&earlier),
        Error::Unauthenticated => unauthenticated(),
        Error::LockedOut { until } => locked_out(until.to_string()),
        Error::Conflict => wait(
            Code::Aborted,
            reason::CHANGED_MEANWHILE,
            "it has changed meanwhile: read it again",
            RETRY_AFTER,
        ),
        Error::RequestReused => fail(
            Code::AlreadyExists,
            reason::REQUEST_REUSED,
            "this request id was used for something else",
        ),
        Error::Busy { retry_ms } => wait(
            Code::ResourceExhausted,
            reason::BUSY,
            "the helpline is busy",
            Duration::from_millis(retry_ms),
        ),
        Error::Unavailable(source) => {
            tracing::warn!(error = %chain(&source), "the database cannot be reached");
            wait(
                Code::Unavailable,
                reason::UNAVAILABLE,
                "the helpline cannot reach its database",
                RETRY_AFTER,
            )
        }
        Error::FilesAway(source) => {
            tracing::warn!(error = %chain(&*source), "the files of cases cannot be reached");
            wait(
                Code::Unavailable,
                reason::UNAVAILABLE,
                "the helpline cannot reach its files",
                RETRY_AFTER,
            )
        }
        Error::Internal(source) => {
            tracing::error!(error = %chain(&*source), "a call failed inside");
            fail(Code::Internal, reason::INTERNAL, "the helpline failed at this")
        }
    }
}

/// The actor may not, whatever the case's state.
pub fn forbidden(refused: Refused) -> Status {
    fail(Code::PermissionDenied, refused.reason(), "not in your power")
}

fn refusal(refused: Refused) -> Status {
    if refused.is_power() {
        return forbidden(refused);
    }
    fail(Code::FailedPrecondition, refused.reason(), "not as things stand")
}

/// Each case is a violation: whose it is, its number, how it stands.
fn duplicates(earlier: &[Earlier]) -> Status {
    let mut details = ErrorDetails::with_error_info(
        Refused::Duplicate.reason(),
        DOMAIN,
        HashMap::from([("cases".to_owned(), earlier.len().to_string())]),
    );
    for case in earlier {
        let of = match case.of {
            Of::Citizen => "SAME_CITIZEN",
            Of::Nearby => "NEARBY",
            Of::Incident => "INCIDENT",
        };
        let stands = format!("{}, registered {}", case.state, case.registered_at);
        details.add_precondition_failure_violation(of, case.number.to_string(), stands);
    }
    Status::with_error_details(
        Code::FailedPrecondition,
        "earlier cases are about the same: look at them, and name them if it is another matter",
        details,
    )
}

fn locked_out(until: String) -> Status {
    let details = ErrorDetails::with_error_info(
        reason::ACCOUNT_LOCKED,
        DOMAIN,
        HashMap::from([("until".to_owned(), until)]),
    );
    Status::with_error_details(
        Code::ResourceExhausted,
        "too many wrong passwords: the account waits",
        details,
    )
}

/// The error with its causes, for the log.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said += &format!(": {error}");
        cause = error.source();
    }
    said
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, sync::Arc};

    use super::*;
    use crate::domain::time::Timestamp;

    fn reason_of(status: &Status) -> String {
        status.get_error_details().error_info().unwrap().reason.clone()
    }

    #[test]
    fn every_refusal_has_its_own_reason_and_is_power_or_state() {
        let mut reasons: BTreeSet<&str> = reason::ALL.iter().copied().collect();
        for refused in Refused::ALL {
            let status = of(Error::Refused(*refused));
            assert_eq!(reason_of(&status), refused.reason());
            let code =
                if refused.is_power() { Code::PermissionDenied } else { Code::FailedPrecondition };
            assert_eq!(status.code(), code, "{refused}");
            assert!(reasons.insert(refused.reason()), "{refused} is said twice");
        }
    }

    #[test]
    fn what_may_pass_says_when_to_try_again() {
        for error in [Error::Busy { retry_ms: 250 }, Error::Conflict] {
            let status = of(error);
            assert!(status.get_error_details().retry_info().is_some(), "{status:?}");
        }
    }

    #[test]
    fn a_wrong_field_is_named() {
        let status = of(Error::Invalid { field: "registration.place", why: "no such place" });

        let details = status.get_error_details();
        let violation = &details.bad_request().unwrap().field_violations[0];
        assert_eq!(violation.field, "registration.place");
        assert_eq!(violation.description, "no such place");
        assert_eq!(status.code(), Code::InvalidArgument);
    }

    #[test]
    fn a_locked_account_hears_until_when() {
        let status = of(Error::LockedOut { until: Timestamp(1_795_285_800_000) });

        let details = status.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!(info.reason, "ACCOUNT_LOCKED");
        assert_eq!(info.metadata["until"], "2026-11-22T00:00:00+05:30");
    }

    #[test]
    fn an_inner_failure_says_nothing_of_its_cause() {
        let status =
            of(Error::Internal(Arc::new(std::io::Error::other("disk /secret/path is full"))));

        assert_eq!(status.message(), "the helpline failed at this");
        assert!(!format!("{:?}", status.details()).contains("secret"));
    }
}
