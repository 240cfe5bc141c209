//! An external IVR over `Converse`: the same dialogues, a stream that is lost and resumed, and a client that never returns.

use std::time::Duration;

use helpline_proto::v1::{
    CaseState, ConverseRequest, ConverseResponse,
    converse_request::{self as ask, Event as Ask},
    converse_response::{Action, Event as Told, Opened, action::Verb},
    ivr_service_client::IvrServiceClient,
};
use tokio::{sync::mpsc, time::timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;

use crate::kit::{
    api::Books,
    server::{Server, Wishes},
    sounds::Sounds,
};

const A_MESSAGE: Duration = Duration::from_secs(20);
const IVR: &str = "ivr";

/// An IVR with one call. It plays what it is told at once and presses keys when a prompt asks.
struct Ivr<'a> {
    server: &'a Server,
    out: mpsc::Sender<ConverseRequest>,
    back: Streaming<ConverseResponse>,
    sent: i64,
    seen: i64,
    token: String,
    /// The record action that goes on.
    recording: String,
    /// Said, and not acknowledged yet: said again on a new stream.
    unheard: Vec<ConverseRequest>,
}

impl<'a> Ivr<'a> {
    async fn start(server: &'a Server, start: ask::Start) -> (Self, Opened) {
        let (out, back) =
            open(server, ConverseRequest { sequence: 1, event: Some(Ask::Start(start)) }).await;
        let mut this = Self {
            server,
            out,
            back,
            sent: 1,
            seen: 0,
            token: String::new(),
            recording: String::new(),
            unheard: Vec::new(),
        };
        let Some(Told::Opened(opened)) = this.next().await else {
            panic!("the first message opens the call")
        };
        (this, opened)
    }

    /// The stream breaks; a new one goes on behind the last message seen, and says again what was not heard.
    async fn lose_and_resume(&mut self) {
        let resume = ask::Resume { resume_token: self.token.clone(), last_sequence: self.seen };
        let request = ConverseRequest { sequence: 0, event: Some(Ask::Resume(resume)) };
        (self.out, self.back) = open(self.server, request).await;
        for request in &self.unheard {
            self.out.send(request.clone()).await.unwrap();
        }
    }

    async fn next(&mut self) -> Option<Told> {
        let message = timeout(A_MESSAGE, self.back.message()).await.expect("a message").unwrap()?;
        assert_eq!(
            message.sequence,
            self.seen + 1,
            "messages are numbered without gaps: {message:?}"
        );
        self.seen = message.sequence;
        self.token = message.resume_token;
        self.unheard.retain(|request| request.sequence > message.acknowledged_sequence);
        message.event
    }

    async fn say(&mut self, event: Ask) {
        self.sent += 1;
        let request = ConverseRequest { sequence: self.sent, event: Some(event) };
        self.unheard.push(request.clone());
        self.out.send(request).await.unwrap();
    }

    async fn press(&mut self, key: char) {
        let at = prost_types::Duration { seconds: self.sent, nanos: 0 };
        self.say(Ask::Key(ask::Key { key: key.into(), at: Some(at) })).await;
    }

    /// Does what it is told until a prompt of this key has been played; gives everything that was played on the way.
    async fn until(&mut self, key: &str) -> Vec<String> {
        let mut played = Vec::new();
        while !played.iter().any(|known| known == key) {
            let event = self.next().await;
            let Some(Told::Action(action)) = event else {
                panic!("{event:?} before {key}; played {played:?}")
            };
            played.extend(self.obey(action).await);
        }
        played
    }

    /// Until the end of the call; gives its disposition.
    async fn until_the_end(&mut self) -> String {
        loop {
            match self.next().await.expect("an end before the stream's") {
                Told::Action(action) => drop(self.obey(action).await),
                Told::Ended(ended) => return ended.disposition,
                Told::Opened(opened) => panic!("opened again: {opened:?}"),
            }
        }
    }

    async fn obey(&mut self, action: Action) -> Vec<String> {
        let id = action.id;
        match action.verb.expect("a verb") {
            Verb::Play(play) => {
                self.say(Ask::Played(ask::Played { action_id: id })).await;
                play.prompts.into_iter().map(|prompt| prompt.key).collect()
            }
            Verb::Record(_) => {
                self.recording = id;
                vec!["(records)".into()]
            }
            Verb::StopRecording(_) => {
                let recorded = ask::Recorded {
                    action_id: std::mem::take(&mut self.recording),
                    duration: Some(prost_types::Duration { seconds: 6, nanos: 0 }),
                    reference: "pbx-7/4711.wav".into(),
                    sha256: vec![7; 32],
                    partial_reason: String::new(),
                };
                self.say(Ask::Recorded(recorded)).await;
                vec![]
            }
            Verb::Stop(_) | Verb::HangUp(_) | Verb::Operator(_) => {
                let result = ask::ActionResult { action_id: id, outcome: 1, reason: String::new() };
                self.say(Ask::Result(result)).await;
                vec![]
            }
        }
    }
}

async fn open(
    server: &Server,
    first: ConverseRequest,
) -> (mpsc::Sender<ConverseRequest>, Streaming<ConverseResponse>) {
    let (out, requests) = mpsc::channel(16);
    out.send(first).await.unwrap();
    let mut client = IvrServiceClient::new(server.api.signed(IVR));
    let back = client.converse(ReceiverStream::new(requests)).await.unwrap().into_inner();
    (out, back)
}

fn arriving(call: &str, number: &str) -> ask::Start {
    ask::Start {
        call: call.into(),
        caller_number: number.into(),
        dialled_number: "181".into(),
        trunk: "pbx".into(),
        ..Default::default()
    }
}

#[tokio::test]
async fn an_external_ivr_registers_a_complaint_and_loses_its_stream_in_the_middle() {
    let server = Server::start().await;
    let (mut ivr, _) = Ivr::start(&server, arriving("call-1", "9000001101")).await;

    ivr.until("language_choice").await;
    ivr.press('2').await;
    ivr.until("main_menu").await;
    ivr.press('1').await;
    ivr.until("choose_category").await;
    ivr.lose_and_resume().await;
    ivr.press('1').await;
    ivr.until("choose_division").await;
    ivr.press('1').await;
    ivr.until("choose_district").await;
    ivr.press('1').await;
    ivr.until("(records)").await;
    ivr.lose_and_resume().await;
    ivr.press('#').await;
    ivr.until("confirm_register").await;
    ivr.press('1').await;
    ivr.until("registered_thanks").await;
    ivr.say(Ask::HungUp(ask::HungUp { cause: 1 })).await;

    assert_eq!(ivr.until_the_end().await, "REGISTERED");
    let cases = server.api.cases_of("9000001101").await;
    assert_eq!(cases.len(), 1);
    assert_eq!(
        (cases[0].category.as_str(), cases[0].district.as_str()),
        ("electricity", "district:396")
    );
    assert!(cases[0].needs_review);
}

#[tokio::test]
async fn an_external_ivr_verifies_and_one_one_one_two_closes() {
    let server = Server::start_with(Wishes { dialled: 0, ..Wishes::default() }).await;
    let case = server.api.register_and_resolve("9000001102").await.number;
    let start = ask::Start { verify_number: case.clone(), ..arriving("call-2", "9000001102") };
    let (mut ivr, _) = Ivr::start(&server, start).await;

    ivr.until("verify_right_party").await;
    ivr.press('1').await;
    ivr.until("verify_answer").await;
    ivr.lose_and_resume().await;
    ivr.press('1').await;
    ivr.until("verify_confirm").await;
    ivr.press('1').await;
    ivr.until("verify_pressure").await;
    ivr.press('2').await;
    ivr.until("verify_thanks_closed").await;
    ivr.say(Ask::HungUp(ask::HungUp { cause: 1 })).await;

    ivr.until_the_end().await;
    assert_eq!(server.api.case(&case).await.0.state(), CaseState::ClosedSatisfied);
    let mut books = Books::open(&server.data()).await;
    assert!(books.attempts(&case).await.iter().any(|dial| dial.outcome == "SATISFIED"));
}

#[tokio::test]
async fn a_client_that_never_returns_leaves_the_caller_with_local_rules_and_a_call_back() {
    let server = Server::start().await;
    let sounds = Sounds::read();
    let (mut ivr, opened) = Ivr::start(&server, arriving("call-3", "9000001103")).await;
    let local = opened.local_rules.expect("local rules");
    let keys: Vec<_> = local.prompts.iter().map(|prompt| prompt.key.as_str()).collect();
    assert!(!keys.is_empty() && sounds.ms(&keys) > 0, "the client has these sounds: {keys:?}");
    ivr.until("language_choice").await;

    let within = opened.resume_within.expect("a time to come back").seconds;
    drop(ivr);

    let wait = Duration::from_secs(within as u64 + 20);
    assert!(
        server.output.line("a client's call has ended", wait).await.is_some(),
        "{}",
        server.output.text()
    );
    let call_backs = server.api.call_backs().await;
    assert_eq!(call_backs.len(), 1, "{call_backs:?}");
}
