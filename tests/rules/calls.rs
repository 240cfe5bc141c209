//! Whole calls over `Converse`, from the registration to the answer that closes.

use std::{
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};

use helpline181::{
    app::{self, App, calls as of_calls, cases, demo, desk, sessions},
    calls::{
        self, Calls, Config, Start,
        converse::{Attached, Ending, FromClient, ToClient, Verb},
        prompts::Catalogue,
    },
    clock::Clock,
    domain::{
        actor::Actor,
        case::State,
        number::CaseNumber,
        page::After,
        phone::Phone,
        refused::Refused,
        verification::{Answer, Outcome, RoundState},
    },
    store::{
        Store, attempts,
        calls::{call_backs, recordings},
        cases as stored, events, rounds,
    },
    telephony::Telephony,
};

use crate::kit::{Home, SAMPLE, TEN};

pub(crate) const PHONE: &str = "9000000001";

on_both_engines!(
    a_complaint_is_registered_answered_and_closed,
    a_hang_up_before_the_last_key_closes_nothing_and_the_next_call_resumes,
    not_satisfied_and_pressed_stays_not_satisfied_with_a_flag,
    an_unproven_satisfied_call_is_rung_back_and_closes_nothing,
    whoever_asks_for_an_operator_is_on_the_list_once,
);

pub(crate) struct Helpline {
    pub(crate) app: Arc<App>,
    pub(crate) calls: Calls,
    pub(crate) ivr: Actor,
    pub(crate) officer: Actor,
    pub(crate) look: Store,
}

impl Helpline {
    pub(crate) async fn open(home: &Home) -> Self {
        Self::on(home, &Clock::fixed(TEN)).await
    }

    pub(crate) async fn on(home: &Home, clock: &Clock) -> Self {
        Self::with(home, clock, None).await
    }

    pub(crate) async fn with(home: &Home, clock: &Clock, telephony: Option<Telephony>) -> Self {
        let app = home.process(clock).await;
        let accounts = demo::prepare(&app, SAMPLE).await.unwrap();
        let mut actors = Vec::new();
        for login in ["ivr", "ae.bhopal"] {
            let account = accounts.iter().find(|account| account.login == login).unwrap();
            actors.push(sessions::authenticate(&app, &account.token).await.unwrap());
        }
        let config = Config {
            calls_max: 10,
            dialled_max: 5,
            trunks: vec!["a".into(), "b".into()],
            ring_timeout: Duration::from_secs(30),
            numbers: vec!["181".into()],
            officer_numbers: vec!["18002330183".into()],
            missed_call_numbers: Vec::new(),
            retry_after_s: 5,
            recordings: home.folder.path().join("recordings"),
            prompts_sha256: "ab12".into(),
            journal: home.folder.path().join("calls.journal"),
            keep_trying: Duration::from_millis(300),
            renew_every: Duration::from_millis(10),
            verification_max: calls::VERIFICATION_MAX,
        };
        // Three hundred files: read once for all tests.
        static CATALOGUE: OnceLock<Arc<Catalogue>> = OnceLock::new();
        let catalogue = CATALOGUE.get_or_init(|| {
            Arc::new(
                Catalogue::load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/audio"))).unwrap(),
            )
        });
        let calls = Calls::open(config, Arc::clone(&app), Arc::clone(catalogue), telephony, None)
            .await
            .unwrap();
        let officer = actors.pop().unwrap();
        let ivr = actors.pop().unwrap();
        Self { app, calls, ivr, officer, look: home.open().await }
    }

    pub(crate) async fn call(
        &self,
        call: &str,
        verify: Option<CaseNumber>,
    ) -> Result<Client, calls::Error> {
        self.call_of(&self.ivr, call, verify, false).await
    }

    pub(crate) async fn call_of(
        &self,
        client: &Actor,
        call: &str,
        verify: Option<CaseNumber>,
        trusted_cli: bool,
    ) -> Result<Client, calls::Error> {
        let start = Start {
            call: call.into(),
            caller_number: Some(PHONE.into()),
            trunk: None,
            trusted_cli,
            verify,
            client_state: Vec::new(),
        };
        Ok(Client { attached: self.calls.start(client, start).await?, sequence: 1 })
    }

    pub(crate) async fn registered(&self) -> CaseNumber {
        let mut caller = self.call("register", None).await.unwrap();
        // Hindi; register; electricity; Bhopal division; Bhopal.
        for _ in 0..5 {
            caller.answer("1").await;
        }
        caller.records("theirs/1.wav", 12_000).await;
        caller.answer("1").await;
        caller.hear().await;
        caller.hang_up().await;
        let listed = stored::of_citizen(&self.look.db, self.citizen().await, 1).await;
        listed.unwrap()[0].number()
    }

    pub(crate) async fn citizen(&self) -> i64 {
        let phone = Phone::parse(PHONE).unwrap();
        of_calls::caller(&self.app, &Actor::system(), &phone).await.unwrap().citizen.unwrap()
    }

    pub(crate) async fn resolved(&self) -> CaseNumber {
        let number = self.registered().await;
        self.resolve(number).await;
        number
    }

    pub(crate) async fn resolve(&self, number: CaseNumber) {
        let resolve = desk::Resolve {
            request_id: format!("resolve-{number}"),
            number,
            etag: None,
            post: None,
            report: "The transformer was replaced on Saturday.".into(),
            evidence: vec![],
        };
        desk::resolve(&self.app, &self.officer, resolve).await.unwrap();
    }

    /// As the database has it, also when the helpline has closed.
    pub(crate) async fn state_now(&self, number: CaseNumber) -> State {
        stored::get(&self.look.db, number.id()).await.unwrap().state
    }

    pub(crate) async fn state(&self, number: CaseNumber) -> (State, u8) {
        let status = cases::status(&self.app, &Actor::system(), number).await.unwrap();
        (status.state, status.level.map_or(0, |level| level.0))
    }
}

pub(crate) struct Client {
    attached: Attached,
    sequence: i64,
}

impl Client {
    pub(crate) fn say(&mut self, event: FromClient) {
        self.sequence += 1;
        self.attached.take(self.sequence, event).unwrap();
    }

    /// Speaks when the helpline records, and names what was said.
    pub(crate) async fn records(&mut self, reference: &str, duration_ms: u32) {
        let record = loop {
            if let (id, Verb::Record { .. }) = self.action().await {
                break id;
            }
        };
        self.say(FromClient::Recorded {
            action: record,
            duration_ms,
            reference: reference.to_owned(),
            sha256: Some([7; 32]),
            partial: None,
        });
    }

    pub(crate) async fn action(&mut self) -> (String, Verb) {
        loop {
            let outgoing = self.attached.next().await.unwrap();
            if let ToClient::Action { id, verb } = outgoing.message {
                if matches!(verb, Verb::Play(_)) {
                    self.say(FromClient::Played { action: id.clone() });
                }
                return (id, verb);
            }
        }
    }

    /// Hears one prompt; gives its last clip.
    pub(crate) async fn hear(&mut self) -> String {
        loop {
            if let (_, Verb::Play(prompts)) = self.action().await {
                return prompts.last().unwrap().key.clone();
            }
        }
    }

    /// Hears prompts to their end, up to the one that ends with this clip.
    pub(crate) async fn hear_last(&mut self, last: &str) {
        while self.hear().await != last {}
    }

    /// Hears prompts to their end until one begins that ends with this clip; gives its action.
    pub(crate) async fn begins(&mut self, last: &str) -> String {
        loop {
            let outgoing = self.attached.next().await.unwrap();
            let ToClient::Action { id, verb: Verb::Play(prompts) } = outgoing.message else {
                continue;
            };
            if prompts.last().unwrap().key == last {
                return id;
            }
            self.say(FromClient::Played { action: id });
        }
    }

    /// Presses a key at the next question that can be answered.
    pub(crate) async fn answer(&mut self, key: &str) {
        // What ends with a designation names who reported the resolution.
        const STATEMENTS: [&str; 3] =
            ["designation_", "verify_chose_satisfied", "verify_chose_not_satisfied"];
        let mut question = self.hear().await;
        while STATEMENTS.iter().any(|statement| question.starts_with(statement)) {
            question = self.hear().await;
        }
        for key in key.chars() {
            self.say(FromClient::Key(key));
        }
    }

    pub(crate) async fn hang_up(mut self) -> &'static str {
        self.say(FromClient::HungUp { failed: false });
        self.ended().await
    }

    pub(crate) async fn ended(&mut self) -> &'static str {
        let mut last = "";
        loop {
            match self.attached.next().await {
                Ok(outgoing) => {
                    if let ToClient::Ended { disposition } = outgoing.message {
                        last = disposition;
                    }
                }
                Err(Ending::Over) => return last,
                Err(ending) => panic!("{ending:?}"),
            }
        }
    }
}

async fn a_complaint_is_registered_answered_and_closed(home: Home) {
    let helpline = Helpline::open(&home).await;
    let number = helpline.resolved().await;
    assert_eq!(helpline.state(number).await, (State::AwaitingVerification, 1));
    let voices = recordings::of_case(&helpline.look.db, number.id()).await.unwrap();
    assert_eq!((voices[0].file.as_str(), voices[0].duration_ms), ("client:theirs/1.wav", 12_000));

    let mut citizen = helpline.call("verify", Some(number)).await.unwrap();
    for key in ["1", "1", "1", "2"] {
        citizen.answer(key).await;
    }
    // How the officer behaved; and what else there is to say (R53).
    citizen.answer("1").await;
    citizen.answer("1").await;
    citizen.records("theirs/2.wav", 8_000).await;
    assert_eq!(citizen.hear().await, "verify_goodbye");
    assert_eq!(citizen.hang_up().await, "SATISFIED");

    assert_eq!(helpline.state(number).await.0, State::ClosedSatisfied);
    let voices = recordings::of_case(&helpline.look.db, number.id()).await.unwrap();
    let words = voices.iter().find(|voice| voice.file == "client:theirs/2.wav").unwrap();
    assert_eq!((words.duration_ms, &words.partial), (8_000, &None));
    let history = events::of_stream(&helpline.look.db, &format!("case:{}", number.id()), 0).await;
    let answered = |fact: &events::Recorded| fact.event.kind == "answered";
    let closing = history.unwrap().into_iter().find(answered).unwrap().event;
    assert_eq!(closing.actor, format!("citizen:{}", helpline.citizen().await));
    assert_eq!(closing.channel, "IVR");
    let by_client = format!(r#""dialled_by":"account:{}""#, helpline.ivr.account.unwrap());
    assert!(closing.body.contains(&by_client), "{}", closing.body);
    let attempts = attempts::of_round(&helpline.look.db, number.id(), 1).await.unwrap();
    assert_eq!(attempts.len(), 1);
    assert_eq!(attempts[0].outcome, Outcome::Satisfied);
    let milestones = attempts[0].milestones;
    assert!(milestones.right_party_at <= milestones.answered_by_key_at);
    assert!(milestones.answered_by_key_at <= milestones.confirmed_at);
    assert!(attempts[0].evidence.contains(r#""prompts_sha256":"ab12""#));
    let refused = helpline.call("again", Some(number)).await.err();
    assert!(matches!(refused, Some(calls::Error::App(app::Error::Refused(Refused::RoundOver)))));
}

async fn a_hang_up_before_the_last_key_closes_nothing_and_the_next_call_resumes(home: Home) {
    let helpline = Helpline::open(&home).await;
    let number = helpline.resolved().await;

    let mut citizen = helpline.call("verify", Some(number)).await.unwrap();
    for key in ["1", "1", "1"] {
        citizen.answer(key).await;
    }
    assert_eq!(citizen.hear().await, "verify_pressure");
    assert_eq!(citizen.hang_up().await, "PARTIAL");

    assert_eq!(helpline.state(number).await.0, State::AwaitingVerification);
    let round = rounds::get(&helpline.look.db, number.id(), 1).await.unwrap();
    assert!(round.partial);
    assert_eq!(round.attempts, 1);
}

async fn not_satisfied_and_pressed_stays_not_satisfied_with_a_flag(home: Home) {
    let helpline = Helpline::open(&home).await;
    let number = helpline.resolved().await;

    let mut citizen = helpline.call("verify", Some(number)).await.unwrap();
    for key in ["1", "2", "1", "1"] {
        citizen.answer(key).await;
    }
    assert_eq!(citizen.hear().await, "verify_conduct");
    assert_eq!(citizen.hang_up().await, "NOT_SATISFIED");

    assert_eq!(helpline.state(number).await, (State::WithOfficer, 2));
    let round = rounds::get(&helpline.look.db, number.id(), 1).await.unwrap();
    assert_eq!(round.answer, Some(Answer::NotSatisfied));
    assert!(stored::get(&helpline.look.db, number.id()).await.unwrap().pressured);
}

async fn an_unproven_satisfied_call_is_rung_back_and_closes_nothing(home: Home) {
    let helpline = Helpline::open(&home).await;
    let number = helpline.resolved().await;

    let mut citizen = helpline.call("inbound", None).await.unwrap();
    citizen.answer("3").await;
    citizen.answer(&format!("{number}#")).await;
    for key in ["1", "1", "1"] {
        citizen.answer(key).await;
    }
    assert_eq!(citizen.hear().await, "goodbye");
    assert_eq!(citizen.ended().await, "RING_BACK");

    assert_eq!(helpline.state(number).await.0, State::AwaitingVerification);
    let round = rounds::get(&helpline.look.db, number.id(), 1).await.unwrap();
    assert_eq!((round.state, round.ring_back, round.answer), (RoundState::Open, true, None));
}

async fn whoever_asks_for_an_operator_is_on_the_list_once(home: Home) {
    let helpline = Helpline::open(&home).await;

    let mut caller = helpline.call("operator", None).await.unwrap();
    caller.answer("1").await;
    caller.answer("9").await;
    assert_eq!(caller.hear().await, "operator_message");
    assert_eq!(caller.ended().await, "OPERATOR");

    let waiting = call_backs::open(&helpline.look.db, After::START, 10).await.unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].reason, "ASKED");
    assert_eq!(helpline.calls.live(), 0);
    assert!(helpline.calls.close(Duration::from_secs(1)).await);
    let refused = helpline.call("late", None).await.err();
    assert!(matches!(refused, Some(calls::Error::Full { retry_after_s: 5 })));
}
