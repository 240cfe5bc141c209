//! Messages through a gateway that fails in the usual ways: each is sent once, and what became of it is kept.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use helpline181::{
    app::notices::{
        self, Dispatch, Gateway, Templates,
        sms::{Fields, Form, Options, Sms},
    },
    domain::{
        case::Case,
        directory::{Names, Officer},
        notice::{Outcome, Receipt, Recipient},
        phone::Phone,
    },
    store::{
        directory::{
            people::OfficerRow,
            stage::{self, Moves},
        },
        notices::Kept,
    },
    workers::sweeps::{self, Sweep},
};
use serde_json::{Value, json};

use crate::kit::{DAY_MS, Helpline, Home, WEEK_MS};

on_both_engines! {
    a_message_is_posted_with_its_registered_template_and_its_receipt_is_kept,
    a_gateway_that_is_busy_gets_the_message_again_after_its_time,
    a_message_that_is_refused_is_not_sent_again,
    an_answer_that_was_lost_is_asked_for_and_the_message_is_not_sent_twice,
    an_answer_that_was_lost_before_the_gateway_read_it_leads_to_another_try,
    a_gateway_that_cannot_be_asked_leaves_the_message_uncertain,
    a_gateway_that_is_away_gets_the_message_when_it_is_back,
    no_more_messages_leave_in_a_minute_than_the_gateway_takes,
    a_process_that_dies_while_it_sends_leaves_no_second_message,
    an_officer_without_a_mobile_is_no_addressee,
    the_holder_of_the_post_hears_of_a_new_complaint,
    a_message_that_waited_says_what_was_true_when_it_fell_due,
}

const MINUTE_MS: i64 = 60_000;

/// What the gateway does with the next message.
#[derive(Clone, Copy, Debug)]
enum Behaviour {
    Take,
    /// Takes it, and breaks the connection instead of answering.
    TakeAndBreak,
    /// Breaks the connection and takes nothing.
    Break,
    Say(u16),
}

#[derive(Clone, Default)]
struct Books {
    next: Arc<Mutex<VecDeque<Behaviour>>>,
    taken: Arc<Mutex<Vec<Value>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Books {
    fn taken(&self) -> Vec<Value> {
        self.taken.lock().unwrap().clone()
    }

    fn then(&self, behaviours: &[Behaviour]) {
        self.next.lock().unwrap().extend(behaviours);
    }
}

async fn take(State(books): State<Books>, headers: HeaderMap, body: Json<Value>) -> Response {
    assert_eq!(headers[header::AUTHORIZATION], "Bearer of-the-gateway");
    let behaviour = books.next.lock().unwrap().pop_front().unwrap_or(Behaviour::Take);
    let keep = || {
        let mut taken = books.taken.lock().unwrap();
        taken.push(body.0.clone());
        taken.len()
    };
    match behaviour {
        Behaviour::Take => {
            Json(json!({ "data": { "id": format!("g{}", keep()) } })).into_response()
        }
        Behaviour::TakeAndBreak => {
            keep();
            panic!("the connection breaks here")
        }
        Behaviour::Break => panic!("the connection breaks here"),
        Behaviour::Say(status) => {
            let status = StatusCode::from_u16(status).unwrap();
            (status, [(header::RETRY_AFTER, "90")], "not now, 919876543210").into_response()
        }
    }
}

async fn status(State(books): State<Books>, Path(reference): Path<String>) -> Response {
    books.asked.lock().unwrap().push(reference.clone());
    let taken = books.taken();
    match taken.iter().position(|message| message["reference"] == reference.as_str()) {
        Some(n) => Json(json!({ "data": { "id": format!("g{}", n + 1) } })).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// An operator's gateway on a loopback port.
struct Operator {
    books: Books,
    address: String,
    task: tokio::task::JoinHandle<()>,
}

impl Operator {
    async fn start() -> Self {
        let books = Books::default();
        let router = Router::new()
            .route("/send", post(take))
            .route("/status/{reference}", get(status))
            .with_state(books.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { books, address, task }
    }

    fn options(&self) -> Options {
        let named = |name: &str| name.to_owned();
        Options {
            url: format!("{}/send", self.address),
            authorization: named("Bearer of-the-gateway"),
            form: Form::Json,
            entity: named("1101234567890"),
            header: named("HLP181"),
            prefix: named("91"),
            per_minute: 100,
            timeout: Duration::from_secs(5),
            fields: Fields {
                to: named("to"),
                text: named("text"),
                entity: named("entity_id"),
                header: named("header"),
                template: named("template_id"),
                unicode: named("unicode"),
                reference: named("reference"),
            },
            id: named("/data/id"),
            status_url: format!("{}/status/{{reference}}", self.address),
        }
    }

    fn post(&self) -> Arc<Dispatch> {
        post_with(self.options())
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn post_with(options: Options) -> Arc<Dispatch> {
    let gateway = Gateway::Sms(Box::new(Sms::open(options).unwrap()));
    Arc::new(Dispatch { gateway, templates: Templates::sample() })
}

/// The notice that the citizen is owed for the registration.
async fn kept(helpline: &Helpline, case: &Case) -> Kept {
    let of_case = helpline181::store::notices::of_case(&helpline.look.db, case.id).await.unwrap();
    of_case.into_iter().find(|kept| matches!(kept.notice.to, Recipient::Citizen(_))).unwrap()
}

fn outcome(kept: &Kept) -> Option<Outcome> {
    kept.settled.as_ref().map(|settled| settled.outcome)
}

async fn deliver(helpline: &Helpline, post: &Arc<Dispatch>) {
    notices::deliver(&helpline.app, post, 10).await.unwrap();
}

async fn a_message_is_posted_with_its_registered_template_and_its_receipt_is_kept(home: Home) {
    let helpline = Helpline::start(&home).await;
    let operator = Operator::start().await;
    let case = helpline.registered("9000000001").await;

    deliver(&helpline, &operator.post()).await;
    let known = notices::receipt(&helpline.app, "g1", Receipt::Delivered).await.unwrap();
    deliver(&helpline, &operator.post()).await;

    let number = case.number().to_string();
    assert_eq!(
        operator.books.taken(),
        [json!({
            "to": "919000000001",
            "text": format!("आपकी शिकायत 22.11.2026 को दर्ज हुई। शिकायत क्रमांक {number} है। स्थिति जानने के लिए 181 पर कॉल करें।"),
            "entity_id": "1101234567890",
            "header": "HLP181",
            "template_id": "sample-01",
            "unicode": "1",
            "reference": format!("{}-{}-registered-c", case.id, kept(&helpline, &case).await.notice.version),
        })]
    );
    assert!(known);
    let kept = kept(&helpline, &case).await;
    let settled = kept.settled.unwrap();
    assert_eq!((settled.outcome, settled.gateway_id.as_deref()), (Outcome::Sent, Some("g1")));
    assert_eq!(settled.segments, Some(2));
    assert_eq!(kept.receipt.map(|receipt| receipt.0), Some(Receipt::Delivered));
}

async fn a_gateway_that_is_busy_gets_the_message_again_after_its_time(home: Home) {
    let helpline = Helpline::start(&home).await;
    let operator = Operator::start().await;
    let case = helpline.registered("9000000001").await;
    operator.books.then(&[Behaviour::Say(429), Behaviour::Say(503)]);
    let post = operator.post();

    deliver(&helpline, &post).await;
    helpline.pass(89_999);
    deliver(&helpline, &post).await;
    assert_eq!(kept(&helpline, &case).await.tries, 1);
    helpline.pass(1);
    deliver(&helpline, &post).await;
    assert_eq!(kept(&helpline, &case).await.tries, 2);
    helpline.pass(90_000);
    deliver(&helpline, &post).await;

    assert_eq!(outcome(&kept(&helpline, &case).await), Some(Outcome::Sent));
    assert_eq!(operator.books.taken().len(), 1);
    assert!(operator.books.asked.lock().unwrap().is_empty());
}

async fn a_message_that_is_refused_is_not_sent_again(home: Home) {
    let helpline = Helpline::start(&home).await;
    let operator = Operator::start().await;
    let case = helpline.registered("9000000001").await;
    operator.books.then(&[Behaviour::Say(422)]);
    let post = operator.post();

    deliver(&helpline, &post).await;
    helpline.pass(10 * MINUTE_MS);
    deliver(&helpline, &post).await;

    let settled = kept(&helpline, &case).await.settled.unwrap();
    assert_eq!(settled.outcome, Outcome::Failed);
    let why = "422 Unprocessable Entity: not now, 9198XXXXXXXX";
    assert_eq!(settled.failure.as_deref(), Some(why));
    assert!(operator.books.taken().is_empty());
}

async fn an_answer_that_was_lost_is_asked_for_and_the_message_is_not_sent_twice(home: Home) {
    let helpline = Helpline::start(&home).await;
    let operator = Operator::start().await;
    let case = helpline.registered("9000000001").await;
    operator.books.then(&[Behaviour::TakeAndBreak]);
    let post = operator.post();

    deliver(&helpline, &post).await;
    assert_eq!(outcome(&kept(&helpline, &case).await), None);
    helpline.pass(MINUTE_MS);
    deliver(&helpline, &post).await;

    let settled = kept(&helpline, &case).await.settled.unwrap();
    assert_eq!((settled.outcome, settled.gateway_id.as_deref()), (Outcome::Sent, Some("g1")));
    assert_eq!(operator.books.taken().len(), 1);
}

async fn an_answer_that_was_lost_before_the_gateway_read_it_leads_to_another_try(home: Home) {
    let helpline = Helpline::start(&home).await;
    let operator = Operator::start().await;
    let case = helpline.registered("9000000001").await;
    operator.books.then(&[Behaviour::Break, Behaviour::Say(502)]);
    let post = operator.post();

    for minutes in [0, 1, 2] {
        helpline.pass(minutes * MINUTE_MS);
        deliver(&helpline, &post).await;
    }

    assert_eq!(outcome(&kept(&helpline, &case).await), Some(Outcome::Sent));
    assert_eq!(operator.books.taken().len(), 1);
    assert_eq!(operator.books.asked.lock().unwrap().len(), 2);
}

async fn a_gateway_that_cannot_be_asked_leaves_the_message_uncertain(home: Home) {
    let helpline = Helpline::start(&home).await;
    let operator = Operator::start().await;
    let case = helpline.registered("9000000001").await;
    operator.books.then(&[Behaviour::Break]);
    let post = post_with(Options { status_url: String::new(), ..operator.options() });

    for _ in 0..3 {
        deliver(&helpline, &post).await;
        helpline.pass(10 * MINUTE_MS);
    }

    assert_eq!(outcome(&kept(&helpline, &case).await), Some(Outcome::Uncertain));
    assert!(operator.books.taken().is_empty());
}

async fn a_gateway_that_is_away_gets_the_message_when_it_is_back(home: Home) {
    let helpline = Helpline::start(&home).await;
    let operator = Operator::start().await;
    let case = helpline.registered("9000000001").await;
    // A port that nobody listens at.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let away = post_with(Options { url: format!("http://{free}/send"), ..operator.options() });

    deliver(&helpline, &away).await;
    helpline.pass(MINUTE_MS);
    deliver(&helpline, &operator.post()).await;

    let kept = kept(&helpline, &case).await;
    assert_eq!((outcome(&kept), kept.tries), (Some(Outcome::Sent), 1));
    assert!(operator.books.asked.lock().unwrap().is_empty());
}

async fn no_more_messages_leave_in_a_minute_than_the_gateway_takes(home: Home) {
    let helpline = Helpline::start(&home).await;
    let operator = Operator::start().await;
    for n in 1..=5 {
        helpline.registered(&format!("900000000{n}")).await;
    }
    let post = post_with(Options { per_minute: 2, ..operator.options() });
    let mut after_each_minute = Vec::new();

    for _ in 0..6 {
        // Officers without a mobile take no room, but a place among those that are claimed.
        for _ in 0..6 {
            deliver(&helpline, &post).await;
        }
        after_each_minute.push(operator.books.taken().len());
        helpline.pass(MINUTE_MS);
    }

    assert_eq!(after_each_minute[..3], [2, 4, 5]);
    assert_eq!(operator.books.taken().len(), 5);
}

async fn a_process_that_dies_while_it_sends_leaves_no_second_message(home: Home) {
    let helpline = Helpline::start(&home).await;
    let operator = Operator::start().await;
    let case = helpline.registered("9000000001").await;
    operator.books.then(&[Behaviour::TakeAndBreak]);
    deliver(&helpline, &operator.post()).await;
    // What the dead process left: a lease, and the mark that the gateway was asked.
    helpline.pass(MINUTE_MS);
    let writer = &helpline.look.writer;
    let now = helpline.app.now();
    let left = helpline181::store::notices::claim(writer, now, 10, MINUTE_MS).await.unwrap();
    assert!(left.iter().any(|claimed| claimed.sending_at.is_some()));

    let second = home.process(&helpline.clock).await;
    helpline.pass(MINUTE_MS);
    helpline.pass(2 * MINUTE_MS);
    notices::deliver(&second, &operator.post(), 10).await.unwrap();

    assert_eq!(outcome(&kept(&helpline, &case).await), Some(Outcome::Sent));
    assert_eq!(operator.books.taken().len(), 1);
}

async fn an_officer_without_a_mobile_is_no_addressee(home: Home) {
    let helpline = Helpline::start(&home).await;
    let operator = Operator::start().await;
    let case = helpline.registered("9000000001").await;

    deliver(&helpline, &operator.post()).await;

    let of_case = helpline181::store::notices::of_case(&helpline.look.db, case.id).await.unwrap();
    let outcomes: Vec<_> = of_case.iter().map(outcome).collect();
    assert_eq!(outcomes, [Some(Outcome::Sent), Some(Outcome::NoAddressee)]);
    assert_eq!(operator.books.taken().len(), 1);
}

async fn the_holder_of_the_post_hears_of_a_new_complaint(home: Home) {
    let helpline = Helpline::start(&home).await;
    let operator = Operator::start().await;
    let officer = helpline.officer("block:phanda", 1).await;
    let profile = OfficerRow {
        account: officer.account.unwrap(),
        since: 0,
        officer: Officer {
            login: "l1.block.phanda".to_owned(),
            names: Names { hi: "राम".to_owned(), en: "Ram".to_owned() },
            mobile: Some(Phone::parse("9876543210").unwrap()),
            active_from: None,
            active_until: None,
        },
    };
    let moves = Arc::new(Moves { officers: vec![profile], ..Moves::default() });
    let version = helpline.app.index().version();
    stage::stage(&helpline.look.writer, version, &moves, &|_| {}).await.unwrap();
    let case = helpline.registered("9000000001").await;

    deliver(&helpline, &operator.post()).await;

    let taken = operator.books.taken();
    let to_officer = taken.iter().find(|message| message["to"] == "919876543210").unwrap();
    let text =
        format!("शिकायत {} आपके पास दर्ज हुई है (एल-1)। 29.11.2026 तक निराकरण करें।", case.number());
    assert_eq!(to_officer["text"], text.as_str());
    assert_eq!(taken.len(), 2);
}

async fn a_message_that_waited_says_what_was_true_when_it_fell_due(home: Home) {
    let helpline = Helpline::start(&home).await;
    let operator = Operator::start().await;
    let case = helpline.registered("9000000001").await;
    operator.books.then(&[Behaviour::Say(503), Behaviour::Say(503)]);
    let dispatch = operator.post();
    deliver(&helpline, &dispatch).await;
    helpline.pass(DAY_MS);
    deliver(&helpline, &dispatch).await;
    helpline.pass(WEEK_MS - DAY_MS);
    sweeps::step(helpline.app.clone(), Sweep::Escalation).await.unwrap();

    deliver(&helpline, &dispatch).await;

    let number = case.number();
    let texts: Vec<_> =
        operator.books.taken().iter().map(|message| message["text"].to_string()).collect();
    assert_eq!(texts.len(), 2);
    let registered = format!("22.11.2026 को दर्ज हुई। शिकायत क्रमांक {number} है");
    assert!(texts.iter().any(|text| text.contains(&registered)), "{texts:?}");
    let escalated = "एल-2, कार्यपालन अभियंता।";
    assert!(texts.iter().any(|text| text.contains(escalated)), "{texts:?}");
}
