//! A client's call on a paused clock: its stream is lost and resumed, or never comes back.

use tokio::{sync::mpsc, task::JoinHandle};

use super::*;
use crate::{
    calls::{
        line::{self, EndedBy},
        run::{Asker, Over, QUESTIONS_MAX, Told, Until, run},
    },
    dialogue::{
        Clip, Dialogue, Family,
        talk::{Caller, Choice, OpenRound, Question, Reply, Settled},
    },
    domain::{language::Language, number::CaseNumber, verification},
};

const CLIENT: i64 = 7;

struct Call {
    hub: Hub,
    attached: Attached,
    asked: mpsc::UnboundedReceiver<Question>,
    running: JoinHandle<Over>,
    sequence: i64,
}

impl Call {
    fn start(dialogue: Dialogue) -> Self {
        Self::lasting(dialogue, None)
    }

    fn lasting(dialogue: Dialogue, longest: Option<Duration>) -> Self {
        let hub = Hub::default();
        let (session, line) = hub.open(CLIENT, "their-call-1", Vec::new(), &[]).unwrap();
        let attached = session.attach(0);
        let mut line = line::Line::Converse(line.unwrap());
        let (questions, mut told) = mpsc::channel(QUESTIONS_MAX);
        let (answers, replies) = mpsc::channel(QUESTIONS_MAX);
        let (note, asked) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Some(told) = told.recv().await {
                let Told::Question { id, question } = told else { continue };
                if let Some(reply) = reply(&question) {
                    let _ = answers.send((id, reply)).await;
                }
                let _ = note.send(question);
            }
        });
        let running = tokio::spawn(async move {
            let until =
                Until { longest, settled: CancellationToken::default(), language: Language::Hindi };
            let by = run("call-1", &mut line, dialogue, Asker { questions, replies }, until).await;
            session.end("DONE");
            by
        });
        Self { hub, attached, asked, running, sequence: 1 }
    }

    fn say(&mut self, event: FromClient) {
        self.sequence += 1;
        self.attached.take(self.sequence, event).unwrap();
    }

    fn press(&mut self, keys: &str) {
        for key in keys.chars() {
            self.say(FromClient::Key(key));
        }
    }

    /// The next message, which must be an action.
    async fn action(&mut self) -> (i64, String, Verb) {
        let outgoing = self.attached.next().await.unwrap();
        let ToClient::Action { id, verb } = outgoing.message else {
            panic!("{:?}", outgoing.message)
        };
        (outgoing.sequence, id, verb)
    }

    /// Hears everything until the prompt that ends with this clip has been played.
    async fn hear(&mut self, last: &str) -> i64 {
        loop {
            let (sequence, id, verb) = self.action().await;
            let Verb::Play(prompts) = verb else { continue };
            let said = prompts.last().unwrap().key.clone();
            self.say(FromClient::Played { action: id });
            if said == last {
                return sequence;
            }
        }
    }

    async fn verify_to_the_last_key(&mut self) {
        assert!(matches!(self.attached.next().await.unwrap().message, ToClient::Opened { .. }));
        for question in ["verify_right_party", "verify_answer", "verify_confirm", "verify_pressure"]
        {
            self.hear(question).await;
            tokio::time::advance(Duration::from_secs(1)).await;
            if question != "verify_pressure" {
                self.press("1");
            }
        }
    }

    fn lose(&mut self) {
        let other = self.attached.session().attach(0);
        self.attached = other;
    }

    async fn outcomes(mut self) -> Vec<verification::Outcome> {
        let mut outcomes = Vec::new();
        while let Some(question) = self.asked.recv().await {
            if let Question::RecordRound(outcome) = question {
                outcomes.push(outcome.outcome);
            }
        }
        outcomes
    }
}

fn reply(question: &Question) -> Option<Reply> {
    let choice = |family, code: &str| Choice { code: code.into(), clip: Clip::named(family, code) };
    Some(match question {
        Question::Caller => {
            Reply::Caller(Caller { language: Some(Language::English), ..Caller::default() })
        }
        Question::Categories => Reply::Choices(vec![choice(Family::Category, "power")]),
        Question::Divisions => Reply::Choices(vec![choice(Family::Division, "bhopal")]),
        Question::Districts(_) => Reply::Choices(vec![choice(Family::District, "396")]),
        Question::Register(_) => Reply::Registered { number: number(), message_sent: true },
        Question::RecordRound(_) => Reply::Settled(Settled::Closed),
        _ => return None,
    })
}

fn number() -> CaseNumber {
    CaseNumber::parse("12345671").unwrap()
}

fn verification() -> Dialogue {
    let round = OpenRound {
        topic: verification::Topic::Resolution,
        case: number(),
        round: 1,
        subject: Clip::named(Family::Category, "power"),
        officer: None,
        partial: false,
    };
    Dialogue::verification(Language::English, vec![round])
}

#[tokio::test(start_paused = true)]
async fn an_external_ivr_registers_a_complaint() {
    let mut call = Call::start(Dialogue::citizen(true));
    assert!(matches!(call.attached.next().await.unwrap().message, ToClient::Opened { .. }));
    for (prompt, keys) in [("change_language", "1"), ("n_1", "1"), ("n_1", "1"), ("n_1", "1")] {
        call.hear(prompt).await;
        call.press(keys);
    }
    call.hear("beep").await;
    let (_, record, verb) = call.action().await;
    assert_eq!(verb, Verb::Record { longest_ms: 90_000 });
    tokio::time::advance(Duration::from_secs(20)).await;
    call.say(FromClient::Recorded {
        action: record,
        duration_ms: 20_000,
        reference: "theirs/1.wav".into(),
        sha256: None,
        partial: None,
    });
    call.hear("confirm_register").await;
    call.press("1");
    call.hear("anything_else").await;
    call.say(FromClient::HungUp { failed: false });

    assert_eq!(call.running.await.unwrap(), Over::Ended(EndedBy::Caller));
    let mut registered = false;
    while let Some(question) = call.asked.recv().await {
        registered |= matches!(question, Question::Register(ask) if ask.recording_ms == 20_000);
    }
    assert!(registered);
    let mut last = None;
    while let Ok(outgoing) = call.attached.next().await {
        last = Some(outgoing.message);
    }
    assert_eq!(last, Some(ToClient::Ended { disposition: "DONE" }));
}

#[tokio::test(start_paused = true)]
async fn a_stream_lost_before_the_last_key_is_resumed_by_sequence() {
    let mut call = Call::start(verification());
    call.verify_to_the_last_key().await;
    let token = call.attached.token().to_owned();
    let seen = call.attached.seen();
    let session = call.hub.find(CLIENT, &token).unwrap();
    drop(std::mem::replace(&mut call.attached, session.attach(seen)));

    tokio::time::advance(Duration::from_secs(5)).await;
    call.press("2");
    let (sequence, _, verb) = call.action().await;
    assert_eq!(sequence, seen + 1);
    assert!(matches!(verb, Verb::Play(prompts) if prompts[0].key == "verify_thanks_closed"));
    call.say(FromClient::HungUp { failed: false });

    assert_eq!(call.outcomes().await, [verification::Outcome::Satisfied]);
}

#[tokio::test(start_paused = true)]
async fn time_stands_still_while_no_stream_listens() {
    let mut call = Call::start(verification());
    call.verify_to_the_last_key().await;
    let seen = call.attached.seen();
    let session = call.attached.session();
    drop(std::mem::replace(&mut call.attached, Attached::none(&session)));
    tokio::time::sleep(RESUME_WITHIN - Duration::from_secs(1)).await;
    call.attached = session.attach(seen);

    // Three silences of 7 s would have ended the call by now.
    call.press("2");
    let (_, _, verb) = call.action().await;
    assert!(matches!(verb, Verb::Play(prompts) if prompts[0].key == "verify_thanks_closed"));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_returns_ends_the_call_without_a_closure() {
    let mut call = Call::start(verification());
    call.verify_to_the_last_key().await;
    let session = call.attached.session();
    drop(std::mem::replace(&mut call.attached, Attached::none(&session)));

    assert_eq!((&mut call.running).await.unwrap(), Over::Ended(EndedBy::Lost));
    assert_eq!(call.outcomes().await, [verification::Outcome::Partial]);
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_before_is_the_same_again() {
    let mut call = Call::start(verification());
    call.verify_to_the_last_key().await;
    let seen = call.attached.seen();
    call.lose();

    let mut again = Vec::new();
    while call.attached.seen() < seen {
        again.push(call.attached.next().await.unwrap().sequence);
    }
    assert_eq!(again, (1..=seen).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn messages_are_taken_once_and_in_order() {
    let mut call = Call::start(Dialogue::citizen(true));
    call.hub.open(CLIENT, "their-call-1", Vec::new(), &[]).unwrap();
    assert_eq!(call.hub.count(), 1, "the same id is the same call");
    call.press("1");

    assert_eq!(call.attached.take(2, FromClient::Key('9')), Ok(()), "seen before: skipped");
    assert_eq!(
        call.attached.take(4, FromClient::Key('9')),
        Err(Error::Gap { expected: 3, got: 4 })
    );
    assert!(call.hub.find(CLIENT + 1, call.attached.token()).is_err(), "a token of another client");
    assert!(call.hub.find(CLIENT, "0").is_err());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_floods_or_does_not_read_is_stopped() {
    let mut call = Call::start(Dialogue::citizen(true));
    let session = call.attached.session();
    while session.send(ToClient::Action { id: "x".into(), verb: Verb::Stop }) {}
    assert_eq!(call.attached.next().await, Err(Ending::Slow));

    let call = Call::start(Dialogue::citizen(true));
    let refused = (2..1_000).find_map(|n| call.attached.take(n, FromClient::Key('*')).err());
    assert_eq!(refused, Some(Error::TooFast));
    call.running.abort();
}

#[tokio::test(start_paused = true)]
async fn a_prompt_that_cannot_be_played_was_not_heard() {
    let mut call = Call::start(verification());
    call.attached.next().await.unwrap();
    call.hear("verify_right_party").await;
    tokio::time::advance(Duration::from_secs(1)).await;
    call.press("1");
    let (_, action, _) = call.action().await;
    call.say(FromClient::Result {
        action,
        outcome: Outcome::Unsupported,
        reason: "unknown prompt".into(),
    });

    assert_eq!((&mut call.running).await.unwrap(), Over::Ended(EndedBy::Failed));
    assert_eq!(call.outcomes().await, [verification::Outcome::NoReply]);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_lasts_too_long_ends_and_closes_nothing() {
    let mut call = Call::lasting(verification(), Some(Duration::from_secs(60)));
    call.verify_to_the_last_key().await;
    let begun = tokio::time::Instant::now();
    // The line is held and taken up again for ever: the dialogue's clock stands still meanwhile.
    let session = call.attached.session();
    for _ in 0..20 {
        let seen = call.attached.seen();
        drop(std::mem::replace(&mut call.attached, Attached::none(&session)));
        tokio::time::sleep(Duration::from_secs(5)).await;
        call.attached = session.attach(seen);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }

    assert!(call.running.is_finished(), "still on after {:?}", begun.elapsed());
    assert_eq!((&mut call.running).await.unwrap(), Over::Ended(EndedBy::Helpline));
    assert_eq!(call.outcomes().await, [verification::Outcome::Partial]);
}

#[tokio::test]
async fn calls_that_have_ended_give_way_before_a_call_is_refused() {
    let hub = Hub::default();
    let mut live = Vec::new();
    for n in 0..SESSIONS_MAX {
        live.push(hub.open(CLIENT, &format!("call-{n}"), Vec::new(), &[]).unwrap());
    }
    assert_eq!(hub.open(CLIENT, "one-more", Vec::new(), &[]).err(), Some(Error::Full));

    live[7].0.end("DONE");

    assert!(hub.open(CLIENT, "one-more", Vec::new(), &[]).is_ok());
    assert_eq!(hub.count(), SESSIONS_MAX);
    assert!(hub.find(CLIENT, live[7].0.token()).is_err());
    assert!(hub.find(CLIENT, live[8].0.token()).is_ok());
}
