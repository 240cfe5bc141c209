//! What a client says, checked field by field.

use helpline_proto::v1::{
    ActionOutcome, HangUpCause,
    converse_request::{ActionResult, Event, Recorded, Start},
};
use tonic::Status;

use crate::{
    calls::{
        self,
        converse::{CALL_ID_MAX, FromClient, Outcome},
    },
    grpc::{fail::field, fields},
};

const NUMBER_MAX: usize = 40;
const CLIENT_STATE_MAX: usize = 256;
const ACTION_ID_MAX: usize = 32;
const REASON_MAX_CHARS: usize = 200;
const REFERENCE_MAX: usize = 512;
/// No recording is asked for that is longer.
const RECORDING_MS_MAX: i64 = 600_000;

type Result<T> = std::result::Result<T, Status>;

pub fn start(sequence: i64, start: Start) -> Result<calls::Start> {
    if sequence != 1 {
        return Err(field("sequence", "the start of a call is its first message"));
    }
    if start.call.is_empty() || start.call.len() > CALL_ID_MAX {
        return Err(field("start.call", "1 to 128 bytes"));
    }
    for (name, text) in [
        ("start.caller_number", &start.caller_number),
        ("start.dialled_number", &start.dialled_number),
        ("start.trunk", &start.trunk),
    ] {
        if text.len() > NUMBER_MAX {
            return Err(field(name, "at most 40 bytes"));
        }
    }
    if start.client_state.len() > CLIENT_STATE_MAX {
        return Err(field("start.client_state", "at most 256 bytes"));
    }
    let verify = match start.verify_number.as_str() {
        "" => None,
        number => Some(fields::named_number("start.verify_number", number)?),
    };
    Ok(calls::Start {
        call: start.call,
        caller_number: Some(start.caller_number).filter(|number| !number.is_empty()),
        trunk: Some(start.trunk).filter(|trunk| !trunk.is_empty()),
        // No account says yet that its numbers are to be believed: an inbound "satisfied" is rung back.
        trusted_cli: false,
        verify,
        client_state: start.client_state,
    })
}

pub fn event(event: Option<Event>) -> Result<FromClient> {
    Ok(match event {
        None => FromClient::Unknown,
        Some(Event::Start(_) | Event::Resume(_)) => {
            return Err(field("event", "the call goes on already"));
        }
        Some(Event::Key(key)) => {
            let mut keys = key.key.chars();
            match (keys.next(), keys.next()) {
                (Some(key @ ('0'..='9' | '*' | '#' | 'A'..='D')), None) => FromClient::Key(key),
                _ => return Err(field("key.key", "one of 0-9, *, #, A-D")),
            }
        }
        Some(Event::Played(played)) => {
            FromClient::Played { action: action("played.action_id", played.action_id)? }
        }
        Some(Event::Recorded(recorded)) => self::recorded(recorded)?,
        Some(Event::Result(result)) => self::result(result)?,
        Some(Event::HungUp(hung_up)) => {
            FromClient::HungUp { failed: hung_up.cause() == HangUpCause::LineFailed }
        }
    })
}

fn recorded(recorded: Recorded) -> Result<FromClient> {
    let duration = recorded.duration.unwrap_or_default();
    let duration_ms = duration
        .seconds
        .checked_mul(1_000)
        .and_then(|ms| ms.checked_add(i64::from(duration.nanos / 1_000_000)))
        .filter(|ms| (0..=RECORDING_MS_MAX).contains(ms))
        .and_then(|ms| u32::try_from(ms).ok())
        .ok_or_else(|| field("recorded.duration", "0 to 600 seconds"))?;
    if recorded.reference.is_empty() || recorded.reference.len() > REFERENCE_MAX {
        return Err(field("recorded.reference", "1 to 512 bytes"));
    }
    let sha256 = match recorded.sha256.as_slice() {
        [] => None,
        bytes => Some(
            <[u8; 32]>::try_from(bytes)
                .map_err(|_| field("recorded.sha256", "32 bytes, or none"))?,
        ),
    };
    Ok(FromClient::Recorded {
        action: action("recorded.action_id", recorded.action_id)?,
        duration_ms,
        reference: recorded.reference,
        sha256,
        partial: Some(short("recorded.partial_reason", recorded.partial_reason)?)
            .filter(|reason| !reason.is_empty()),
    })
}

fn result(result: ActionResult) -> Result<FromClient> {
    let outcome = match result.outcome() {
        ActionOutcome::Unspecified => return Err(field("result.outcome", "must be said")),
        ActionOutcome::Done => Outcome::Done,
        ActionOutcome::Interrupted => Outcome::Interrupted,
        ActionOutcome::Failed => Outcome::Failed,
        ActionOutcome::Unsupported => Outcome::Unsupported,
        ActionOutcome::TooLate => Outcome::TooLate,
    };
    Ok(FromClient::Result {
        action: action("result.action_id", result.action_id)?,
        outcome,
        reason: short("result.reason", result.reason)?,
    })
}

fn action(name: &str, id: String) -> Result<String> {
    if id.is_empty() || id.len() > ACTION_ID_MAX {
        return Err(field(name, "no id of an action"));
    }
    Ok(id)
}

fn short(name: &str, text: String) -> Result<String> {
    if text.chars().count() > REASON_MAX_CHARS {
        return Err(field(name, "at most 200 characters"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use helpline_proto::v1::converse_request::{HungUp, Key, Played};

    use super::*;

    fn starting() -> Start {
        Start { call: "c1".into(), caller_number: "9000000001".into(), ..Start::default() }
    }

    #[test]
    fn a_start_is_the_first_message_and_names_its_call() {
        assert!(start(1, starting()).is_ok());
        assert!(start(0, starting()).is_err());
        assert!(start(1, Start { call: String::new(), ..starting() }).is_err());
        assert!(start(1, Start { client_state: vec![0; 257], ..starting() }).is_err());
        assert!(start(1, Start { verify_number: "12345670".into(), ..starting() }).is_err());
    }

    #[test]
    fn a_client_cannot_say_that_its_own_numbers_are_believed() {
        let started = start(1, Start { trusted_caller_number: true, ..starting() }).unwrap();

        assert!(!started.trusted_cli);
    }

    #[test]
    fn a_key_is_one_key() {
        let key = |key: &str| event(Some(Event::Key(Key { key: key.into(), at: None })));

        assert_eq!(key("#").unwrap(), FromClient::Key('#'));
        for wrong in ["", "12", "x", "१"] {
            assert!(key(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_recordings_fields_have_their_limits() {
        let good = Recorded {
            action_id: "a1".into(),
            duration: Some(prost_types::Duration { seconds: 6, nanos: 500_000_000 }),
            reference: "7.wav".into(),
            ..Recorded::default()
        };
        let recorded = |recorded| event(Some(Event::Recorded(recorded)));

        let FromClient::Recorded { duration_ms, sha256, partial, .. } =
            recorded(good.clone()).unwrap()
        else {
            unreachable!("a recording is a recording")
        };
        assert_eq!((duration_ms, sha256, partial), (6_500, None, None));
        for seconds in [i64::MIN, -1, 601, i64::MAX] {
            let duration = Some(prost_types::Duration { seconds, nanos: 0 });
            assert!(recorded(Recorded { duration, ..good.clone() }).is_err(), "{seconds}");
        }
        assert!(recorded(Recorded { sha256: vec![1; 31], ..good.clone() }).is_err());
        assert!(recorded(Recorded { reference: String::new(), ..good }).is_err());
    }

    #[test]
    fn events_of_a_later_version_are_skipped_and_a_second_start_is_refused() {
        assert_eq!(event(None).unwrap(), FromClient::Unknown);
        assert!(event(Some(Event::Start(starting()))).is_err());
        assert!(event(Some(Event::Played(Played { action_id: String::new() }))).is_err());
        let hung_up = event(Some(Event::HungUp(HungUp { cause: 2 }))).unwrap();
        assert_eq!(hung_up, FromClient::HungUp { failed: true });
    }
}
