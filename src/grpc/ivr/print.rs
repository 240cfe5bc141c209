//! What the client is to do, as messages.

use std::time::Duration;

use helpline_proto::v1::{
    ConverseResponse, Language as WireLanguage,
    converse_response::{
        Action, Ended, Event, HangUp, Opened, Play, Prompt, Record, Stop, StopRecording,
        action::Verb as WireVerb,
    },
};

use crate::{
    calls::converse::{self, ACTION_DEADLINE, Attached, Outgoing, RESUME_WITHIN, ToClient, Verb},
    grpc::words,
};

pub fn response(attached: &Attached, outgoing: Outgoing) -> ConverseResponse {
    ConverseResponse {
        sequence: outgoing.sequence,
        resume_token: attached.token().to_owned(),
        client_state: attached.client_state().to_vec(),
        acknowledged_sequence: outgoing.acknowledged,
        event: Some(event(outgoing.message)),
    }
}

fn event(message: ToClient) -> Event {
    match message {
        ToClient::Opened { local_rules } => Event::Opened(Opened {
            resume_within: Some(duration(RESUME_WITHIN)),
            local_rules: Some(play(local_rules)),
        }),
        ToClient::Action { id, verb } => Event::Action(Action {
            id,
            deadline: Some(duration(ACTION_DEADLINE)),
            verb: Some(self::verb(verb)),
        }),
        ToClient::Ended { disposition } => {
            Event::Ended(Ended { disposition: disposition.to_owned() })
        }
    }
}

fn verb(verb: Verb) -> WireVerb {
    match verb {
        Verb::Play(speech) => WireVerb::Play(play(speech)),
        Verb::Stop => WireVerb::Stop(Stop {}),
        Verb::Record { longest_ms } => WireVerb::Record(Record {
            longest: Some(duration(Duration::from_millis(u64::from(longest_ms)))),
        }),
        Verb::StopRecording => WireVerb::StopRecording(StopRecording {}),
        Verb::HangUp => WireVerb::HangUp(HangUp {}),
    }
}

fn play(prompts: Vec<converse::Prompt>) -> Play {
    let language = prompts
        .first()
        .map_or(WireLanguage::Unspecified.into(), |prompt| words::language(prompt.language));
    let prompts = prompts
        .into_iter()
        .map(|prompt| Prompt {
            key: prompt.key,
            generic_key: prompt.generic.unwrap_or_default().to_owned(),
            language: words::language(prompt.language),
        })
        .collect();
    Play { language, prompts }
}

/// Ours are all far below the seconds of an i64.
fn duration(duration: Duration) -> prost_types::Duration {
    prost_types::Duration {
        seconds: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        nanos: i32::try_from(duration.subsec_nanos()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::language::Language;

    #[test]
    fn one_play_may_hold_two_languages() {
        let hindi = converse::Prompt {
            language: Language::Hindi,
            key: "language_choice".into(),
            generic: None,
        };
        let english = converse::Prompt {
            language: Language::English,
            key: "district_396".into(),
            generic: Some("district_generic"),
        };

        let play = play(vec![hindi, english]);

        let prompts: Vec<_> = play
            .prompts
            .iter()
            .map(|prompt| (prompt.key.as_str(), prompt.generic_key.as_str(), prompt.language))
            .collect();
        assert_eq!(prompts, [("language_choice", "", 1), ("district_396", "district_generic", 2)]);
        assert_eq!(play.language, 1);
    }
}
