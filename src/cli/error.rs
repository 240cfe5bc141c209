//! Why a command failed, told to the person who typed it.

use tonic_types::StatusExt;

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Usage(String),
    #[error("refused")]
    Refused(#[source] Box<tonic::Status>),
    #[error("no helpline answers at {server}")]
    Unreachable {
        server: String,
        #[source]
        source: tonic::transport::Error,
    },
    #[error("{0}")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    pub fn usage(why: impl Into<String>) -> Self {
        Self::Usage(why.into())
    }

    pub fn other(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }

    /// One line with the reason, and one for each field that is wrong or step that led to it.
    pub fn explain(&self) -> String {
        match self {
            Self::Refused(status) => explain_status(status),
            Self::Usage(why) => why.clone(),
            Self::Unreachable { .. } => self.to_string(),
            Self::Other(error) => {
                let mut said = error.to_string();
                let mut cause = error.source();
                while let Some(error) = cause {
                    said += &format!(": {error}");
                    cause = error.source();
                }
                said
            }
        }
    }
}

impl From<tonic::Status> for Error {
    fn from(status: tonic::Status) -> Self {
        Self::Refused(Box::new(status))
    }
}

impl From<crate::config::Error> for Error {
    fn from(error: crate::config::Error) -> Self {
        Self::other(error)
    }
}

fn explain_status(status: &tonic::Status) -> String {
    let details = status.get_error_details();
    let mut said = match details.error_info() {
        Some(info) => format!("{}: {}", info.reason, status.message()),
        None => format!("{:?}: {}", status.code(), status.message()),
    };
    if let Some(wrong) = details.bad_request() {
        for field in &wrong.field_violations {
            said += &format!("\n  {}: {}", field.field, field.description);
        }
    }
    if let Some(unmet) = details.precondition_failure() {
        for one in &unmet.violations {
            said += &format!("\n  {} {}: {}", one.subject, one.r#type, one.description);
        }
    }
    if let Some(delay) = details.retry_info().and_then(|retry| retry.retry_delay) {
        said += &format!("\n  try again in {} ms", delay.as_millis());
    }
    said
}

#[cfg(test)]
mod tests {
    use tonic::Code;
    use tonic_types::ErrorDetails;

    use super::*;

    #[test]
    fn a_refusal_names_its_reason_and_fields() {
        let mut details = ErrorDetails::with_error_info(
            "INVALID",
            "helpline181",
            std::collections::HashMap::new(),
        );
        details.add_bad_request_violation("registration.phone", "not an Indian phone number");
        let status =
            tonic::Status::with_error_details(Code::InvalidArgument, "a field is wrong", details);

        assert_eq!(
            Error::from(status).explain(),
            "INVALID: a field is wrong\n  registration.phone: not an Indian phone number"
        );
    }
}
