//! Whole calls over `Converse`, from the registration to the answer that closes.

use std::{
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};

use helpline181::{
    app::{self, App, accounts, calls as of_calls, cases, demo, desk, sessions, verification},
    calls::{
        self, Calls, Config, Start,
        converse::{Attached, Ending, FromClient, ToClient, Verb},
        prompts::Catalogue,
    },
    clock::Clock,
    domain::{
        actor::{Actor, Role},
        case::State,
        number::CaseNumber,
        phone::Phone,
        refused::Refused,
        time::Timestamp,
        verification::{Answer, Outcome, RoundState},
    },
    store::{
        Store, attempts,
        calls::{call_backs, recordings},
        cases as stored, events, rounds,
    },
};

use crate::kit::{Home, SAMPLE, TEN};

const PHONE: &str = "9000000001";

on_both_engines!(
    a_complaint_is_registered_answered_and_closed,
    a_hang_up_before_the_last_key_closes_nothing_and_the_next_call_resumes,
    not_satisfied_and_pressed_stays_not_satisfied_with_a_flag,
    a_client_that_the_settings_do_not_list_is_not_believed,
    an_unproven_satisfied_call_is_rung_back_and_closes_nothing,
    whoever_asks_for_an_operator_is_on_the_list_once,
    an_order_that_cannot_be_dialled_uses_no_attempt,
    a_call_longer_than_its_lease_keeps_its_answer,
    moving_the_demonstrations_clock_during_a_call_keeps_its_answer,
    a_promised_call_is_kept_at_the_answer_and_made_when_the_line_is_free,
    every_recording_of_a_call_has_a_row_whatever_its_reference,
);

struct Helpline {
    app: Arc<App>,
    calls: Calls,
    ivr: Actor,
    officer: Actor,
    look: Store,
}

impl Helpline {
    async fn open(home: &Home) -> Self {
        Self::on(home, &Clock::fixed(TEN)).await
    }

    async fn on(home: &Home, clock: &Clock) -> Self {
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
            trunk: "demo".into(),
            ring_timeout: Duration::from_secs(30),
            numbers: vec!["181".into()],
            retry_after_s: 5,
            recordings: home.folder.path().join("recordings"),
            prompts_sha256: "ab12".into(),
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
        let calls =
            Calls::open(config, Arc::clone(&app), Arc::clone(catalogue), None).await.unwrap();
        let officer = actors.pop().unwrap();
        let ivr = actors.pop().unwrap();
        Self { app, calls, ivr, officer, look: home.open().await }
    }

    async fn call(&self, call: &str, verify: Option<CaseNumber>) -> Result<Client, calls::Error> {
        self.call_of(&self.ivr, call, verify, false).await
    }

    async fn call_of(
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

    async fn registered(&self) -> CaseNumber {
        let mut caller = self.call("register", None).await.unwrap();
        // Hindi; register; electricity; Bhopal division; Bhopal.
        for _ in 0..5 {
            caller.answer("1").await;
        }
        let record = loop {
            if let (id, Verb::Record { .. }) = caller.action().await {
                break id;
            }
        };
        caller.say(FromClient::Recorded {
            action: record,
            duration_ms: 12_000,
            reference: "theirs/1.wav".into(),
            sha256: Some([7; 32]),
            partial: None,
        });
        caller.answer("1").await;
        caller.hear().await;
        caller.hang_up().await;
        let listed = stored::of_citizen(&self.look.db, self.citizen().await, 1).await;
        listed.unwrap()[0].number()
    }

    async fn citizen(&self) -> i64 {
        let phone = Phone::parse(PHONE).unwrap();
        of_calls::caller(&self.app, &Actor::system(), &phone).await.unwrap().citizen.unwrap()
    }

    async fn resolved(&self) -> CaseNumber {
        let number = self.registered().await;
        let resolve = desk::Resolve {
            request_id: "resolve-1".into(),
            number,
            etag: None,
            post: None,
            report: "The transformer was replaced on Saturday.".into(),
        };
        desk::resolve(&self.app, &self.officer, resolve).await.unwrap();
        number
    }

    async fn state(&self, number: CaseNumber) -> (State, u8) {
        let status = cases::status(&self.app, &Actor::system(), number).await.unwrap();
        (status.state, status.level.map_or(0, |level| level.0))
    }
}

struct Client {
    attached: Attached,
    sequence: i64,
}

impl Client {
    fn say(&mut self, event: FromClient) {
        self.sequence += 1;
        self.attached.take(self.sequence, event).unwrap();
    }

    async fn action(&mut self) -> (String, Verb) {
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
    async fn hear(&mut self) -> String {
        loop {
            if let (_, Verb::Play(prompts)) = self.action().await {
                return prompts.last().unwrap().key.clone();
            }
        }
    }

    /// Hears prompts to their end until one begins that ends with this clip; gives its action.
    async fn begins(&mut self, last: &str) -> String {
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
    async fn answer(&mut self, key: &str) {
        const STATEMENTS: [&str; 3] =
            ["verify_reported_resolved", "verify_chose_satisfied", "verify_chose_not_satisfied"];
        let mut question = self.hear().await;
        while STATEMENTS.contains(&question.as_str()) {
            question = self.hear().await;
        }
        for key in key.chars() {
            self.say(FromClient::Key(key));
        }
    }

    async fn hang_up(mut self) -> &'static str {
        self.say(FromClient::HungUp { failed: false });
        self.ended().await
    }

    async fn ended(&mut self) -> &'static str {
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
    assert_eq!(citizen.hear().await, "verify_conduct");
    assert_eq!(citizen.hang_up().await, "SATISFIED");

    assert_eq!(helpline.state(number).await.0, State::ClosedSatisfied);
    let history = events::of_stream(&helpline.look.db, &format!("case:{}", number.id()), 0).await;
    let closing = history.unwrap().pop().unwrap().event;
    assert_eq!(closing.kind, "answered");
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

async fn a_client_that_the_settings_do_not_list_is_not_believed(home: Home) {
    let helpline = Helpline::open(&home).await;
    let number = helpline.resolved().await;
    let add = accounts::Add {
        login: "pbx".to_owned(),
        name: "Another IVR".to_owned(),
        password: "long enough".to_owned(),
        role: Role::Ivr,
        district: None,
        posts: vec![],
    };
    let account = accounts::add(&helpline.app, &Actor::system(), add).await.unwrap();
    let pbx = Actor { account: Some(account.id), ..helpline.ivr.clone() };

    let refused = helpline.call_of(&pbx, "verify", Some(number), false).await.err();
    assert!(matches!(
        refused,
        Some(calls::Error::App(app::Error::Forbidden(Refused::ClientNotTrusted)))
    ));
    let round = rounds::get(&helpline.look.db, number.id(), 1).await.unwrap();
    assert_eq!(round.dials, 0);

    // It says that the network vouches for the number: rung back all the same.
    let mut citizen = helpline.call_of(&pbx, "inbound", None, true).await.unwrap();
    citizen.answer("3").await;
    citizen.answer(&format!("{number}#")).await;
    for key in ["1", "1", "1"] {
        citizen.answer(key).await;
    }
    assert_eq!(citizen.hear().await, "goodbye");
    assert_eq!(citizen.ended().await, "RING_BACK");
    assert_eq!(helpline.state(number).await.0, State::AwaitingVerification);
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

    let waiting = call_backs::open(&helpline.look.db, 10).await.unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].reason, "ASKED");
    assert_eq!(helpline.calls.live(), 0);
    assert!(helpline.calls.close(Duration::from_secs(1)).await);
    let refused = helpline.call("late", None).await.err();
    assert!(matches!(refused, Some(calls::Error::Full { retry_after_s: 5 })));
}

async fn an_order_that_cannot_be_dialled_uses_no_attempt(home: Home) {
    let helpline = Helpline::open(&home).await;
    let number = helpline.resolved().await;

    let order = verification::placed(&helpline.app, &helpline.ivr, number).await.unwrap();
    helpline.calls.verify(order).await;

    let round = rounds::get(&helpline.look.db, number.id(), 1).await.unwrap();
    assert_eq!((round.attempts, round.redials_congestion), (0, 1));
}

const MINUTE_MS: i64 = 60_000;
const SOON: Duration = Duration::from_secs(30);

impl Helpline {
    /// Comes back when the call's lease lasts beyond this instant.
    async fn held_at(&self, at: Timestamp) {
        let citizen = self.citizen().await;
        let held = async {
            while rounds::held_of_citizen(&self.look.db, citizen, at, 1).await.unwrap().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(SOON, held).await.expect("the lease is not renewed");
    }
}

async fn a_call_longer_than_its_lease_keeps_its_answer(home: Home) {
    let clock = Clock::fixed(TEN);
    let helpline = Helpline::on(&home, &clock).await;
    let number = helpline.resolved().await;

    let mut citizen = helpline.call("verify", Some(number)).await.unwrap();
    citizen.answer("1").await;
    for minutes in [9, 18, 27] {
        clock.advance(9 * MINUTE_MS);
        helpline.held_at(TEN.plus_ms((minutes + 9) * MINUTE_MS)).await;
        assert!(verification::dial(&helpline.app, 10).await.unwrap().is_empty());
    }
    for key in ["1", "1", "2"] {
        citizen.answer(key).await;
    }
    citizen.hear().await;
    assert_eq!(citizen.hang_up().await, "SATISFIED");

    assert_eq!(helpline.state(number).await.0, State::ClosedSatisfied);
}

async fn moving_the_demonstrations_clock_during_a_call_keeps_its_answer(home: Home) {
    let helpline = Helpline::on(&home, &Clock::demonstration(None)).await;
    let number = helpline.resolved().await;
    let admin = Actor { role: Role::Admin, ..Actor::system() };

    let mut citizen = helpline.call("verify", Some(number)).await.unwrap();
    citizen.answer("1").await;
    demo::advance(&helpline.app, &admin, 12 * 24 * 60 * MINUTE_MS).await.unwrap();
    assert!(verification::dial(&helpline.app, 10).await.unwrap().is_empty());
    for key in ["1", "1", "2"] {
        citizen.answer(key).await;
    }
    citizen.hear().await;
    assert_eq!(citizen.hang_up().await, "SATISFIED");

    assert_eq!(helpline.state(number).await.0, State::ClosedSatisfied);
}

async fn a_promised_call_is_kept_at_the_answer_and_made_when_the_line_is_free(home: Home) {
    let clock = Clock::fixed(TEN);
    let helpline = Helpline::on(&home, &clock).await;
    let number = helpline.resolved().await;

    let mut citizen = helpline.call("inbound", None).await.unwrap();
    citizen.answer("3").await;
    citizen.answer(&format!("{number}#")).await;
    for key in ["1", "1", "1"] {
        citizen.answer(key).await;
    }
    // "We will ring you" has begun, and the line is still open: were the helpline to end now, the promise stands.
    let goodbye = citizen.begins("goodbye").await;
    let round = rounds::get(&helpline.look.db, number.id(), 1).await.unwrap();
    assert!(round.ring_back, "promised, and not kept");
    clock.advance(5 * MINUTE_MS);
    let order = verification::dial(&helpline.app, 10).await.unwrap();
    assert!(order.is_empty(), "the citizen is on the line");

    citizen.say(FromClient::Played { action: goodbye });
    assert_eq!(citizen.ended().await, "RING_BACK");

    let round = rounds::get(&helpline.look.db, number.id(), 1).await.unwrap();
    assert_eq!(round.next_at, Some(TEN.plus_ms(5 * MINUTE_MS + 15_000)));
    clock.advance(MINUTE_MS);
    let order = verification::dial(&helpline.app, 10).await.unwrap();
    assert_eq!(order[0].rounds[0].case, number.id());
}

async fn every_recording_of_a_call_has_a_row_whatever_its_reference(home: Home) {
    let helpline = Helpline::open(&home).await;
    let reference = "r".repeat(500);

    let mut caller = helpline.call("hangs-up", None).await.unwrap();
    for _ in 0..5 {
        caller.answer("1").await;
    }
    let record = loop {
        if let (id, Verb::Record { .. }) = caller.action().await {
            break id;
        }
    };
    caller.say(FromClient::Recorded {
        action: record,
        duration_ms: 12_000,
        reference: reference.clone(),
        sha256: None,
        partial: None,
    });
    caller.hang_up().await;

    let mut files = Vec::new();
    for id in 1..=64 {
        if let Ok(row) = recordings::get(&helpline.look.db, id).await {
            files.push((row.file, row.partial));
        }
    }
    assert_eq!(files, [(format!("client:{reference}"), Some("not registered".to_owned()))]);
}
