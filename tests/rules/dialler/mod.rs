//! Verification calls up to their INVITE: what is reserved for them, and what each trunk makes of them.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use helpline181::{
    app::{
        App,
        cases::{self, Withdraw},
        desk::On,
        verification::{self, DialOrder, Record, Source},
    },
    calls::NoPlace,
    clock::Clock,
    domain::{
        actor::Actor,
        change::SlotKind,
        number::CaseNumber,
        verification::{Milestones, Outcome, RoundState},
    },
    store::{attempts, rounds, slots},
    telephony::{
        Config, LegEvent, NoStart, Telephony, Timing, Transport, Trunk,
        audio::{self, Audio},
        phone::{self, Phone},
    },
    workers::{
        Step,
        dialler::{self, Places},
    },
};
use tokio::{net::UdpSocket, sync::watch, task::JoinHandle};

use crate::{
    calls::Helpline,
    kit::{Home, TEN},
};

on_both_engines!(
    no_round_is_claimed_while_the_trunks_are_full,
    a_dial_past_its_lease_leaves_nothing_and_records_nothing,
    a_trunk_that_refuses_costs_the_citizen_nothing_and_stands_in_the_evidence,
    the_next_trunk_is_asked_in_the_same_dial,
    an_answer_to_another_process_stops_the_dial_and_it_records_nothing,
    a_complaint_taken_back_elsewhere_stops_the_dial,
    an_answer_to_another_process_ends_the_call_with_a_goodbye,
);

/// No call waits so long.
const AT_ONCE: Duration = Duration::from_millis(50);
const LEASE_MS: i64 = 600_000;
const SOON: Duration = Duration::from_secs(20);

/// A trunk's far side, which answers every INVITE with one status and counts them.
struct Sink {
    at: SocketAddr,
    seen: watch::Receiver<Seen>,
    task: JoinHandle<()>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
    invites: u32,
    cancels: u32,
}

impl Sink {
    async fn answering(status: &'static str) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let (at, (tell, seen)) = (socket.local_addr().unwrap(), watch::channel(Seen::default()));
        let task = tokio::spawn(async move {
            let mut buffer = vec![0; 65_535];
            loop {
                let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
                let request = String::from_utf8_lossy(&buffer[..length]).into_owned();
                let cancelled = "487 Request Terminated";
                let answers = match request.split(' ').next().unwrap() {
                    "INVITE" => {
                        tell.send_modify(|seen| seen.invites += 1);
                        vec![response(&request, status)]
                    }
                    "CANCEL" => {
                        tell.send_modify(|seen| seen.cancels += 1);
                        let of_invite = response(&request, cancelled);
                        let of_invite = of_invite.replace(" CANCEL\r\n", " INVITE\r\n");
                        vec![response(&request, "200 OK"), of_invite]
                    }
                    _ => Vec::new(),
                };
                for answer in answers {
                    socket.send_to(answer.as_bytes(), from).await.unwrap();
                }
            }
        });
        Self { at, seen, task }
    }

    fn invites(&self) -> u32 {
        self.seen.borrow().invites
    }

    async fn sees(&mut self, wanted: Seen) {
        let seen = self.seen.wait_for(|seen| *seen == wanted);
        tokio::time::timeout(SOON, seen).await.expect("it comes").unwrap();
    }

    fn trunk(&self, name: &str) -> Trunk {
        trunk(name, self.at)
    }
}

fn trunk(name: &str, at: SocketAddr) -> Trunk {
    Trunk {
        name: name.to_owned(),
        peers: Vec::new(),
        digest: None,
        transport: Transport::Udp,
        trusted_cli: false,
        caller_id: "181".to_owned(),
        caller_ids: [].into(),
        calls_per_second: 10,
        channels: 1,
        outbound: Some(at),
    }
}

fn response(request: &str, status: &str) -> String {
    let named = |name: &str| request.lines().find(|line| line.starts_with(name)).unwrap();
    let heads = ["Via:", "From:", "Call-ID:", "CSeq:"].map(named).join("\r\n");
    let to = named("To:");
    format!("SIP/2.0 {status}\r\n{heads}\r\n{to};tag=sink\r\nContent-Length: 0\r\n\r\n")
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A helpline whose calls go out by these trunks.
async fn helpline(home: &Home, clock: &Clock, trunks: Vec<Trunk>) -> Helpline {
    let sound = audio::Config { realtime: false, ..audio::Config::new([127, 0, 0, 1].into()) };
    let timing = Timing {
        t1: Duration::from_millis(200),
        t1x64: Duration::from_secs(4),
        ..Timing::default()
    };
    let config = Config { trunks, timing, ..Config::new("127.0.0.1:0".parse().unwrap()) };
    let (telephony, arrivals) =
        Telephony::start(config, Audio::start(sound).unwrap()).await.unwrap();
    // Nobody calls.
    tokio::spawn(async move {
        let mut arrivals = arrivals;
        while arrivals.recv().await.is_some() {}
    });
    Helpline::with(home, clock, Some(telephony)).await
}

async fn order(helpline: &Helpline, number: CaseNumber) -> DialOrder {
    verification::placed(&helpline.app, &helpline.ivr, number).await.unwrap()
}

async fn no_round_is_claimed_while_the_trunks_are_full(home: Home) {
    let sink = Sink::answering("486 Busy Here").await;
    let helpline = helpline(&home, &Clock::fixed(TEN), vec![sink.trunk("a")]).await;
    let number = helpline.resolved().await;
    let calls = helpline.calls.clone();
    let places = Places::new(move || {
        let calls = calls.clone();
        async move {
            let place = calls.place(AT_ONCE).await.ok()?;
            Some(move |order| drop(tokio::spawn(async move { calls.verify(order, place).await })))
        }
    });
    let held = helpline.calls.place(AT_ONCE).await.unwrap();

    let full = helpline.calls.place(AT_ONCE).await.unwrap_err();
    let stepped = dialler::step(helpline.app.clone(), places.clone()).await.unwrap();

    assert_eq!((full, stepped), (NoPlace::Trunks(NoStart::Full), Step::Idle));
    let round = rounds::get(&helpline.look.db, number.id(), 1).await.unwrap();
    assert_eq!((round.version, round.dials, round.redials_congestion), (1, 0, 0));
    assert_eq!(sink.invites(), 0);

    drop(held);
    assert_eq!(dialler::step(helpline.app.clone(), places).await.unwrap(), Step::Worked);
}

async fn a_dial_past_its_lease_leaves_nothing_and_records_nothing(home: Home) {
    let sink = Sink::answering("486 Busy Here").await;
    let clock = Clock::fixed(TEN);
    let helpline = helpline(&home, &clock, vec![sink.trunk("a")]).await;
    let number = helpline.resolved().await;
    let place = helpline.calls.place(AT_ONCE).await.unwrap();
    let order = order(&helpline, number).await;
    let claimed = rounds::get(&helpline.look.db, number.id(), 1).await.unwrap();

    // The process stood still.
    clock.advance(LEASE_MS);
    helpline.calls.verify(order, place).await;

    assert_eq!(sink.invites(), 0);
    assert_eq!(rounds::get(&helpline.look.db, number.id(), 1).await.unwrap(), claimed);
    assert!(attempts::of_round(&helpline.look.db, number.id(), 1).await.unwrap().is_empty());
}

async fn a_trunk_that_refuses_costs_the_citizen_nothing_and_stands_in_the_evidence(home: Home) {
    let sink = Sink::answering("403 Forbidden").await;
    let helpline = helpline(&home, &Clock::fixed(TEN), vec![sink.trunk("a")]).await;
    let number = helpline.resolved().await;
    let place = helpline.calls.place(AT_ONCE).await.unwrap();
    let order = order(&helpline, number).await;
    let citizen = order.citizen;

    helpline.calls.verify(order, place).await;

    let dials = attempts::of_round(&helpline.look.db, number.id(), 1).await.unwrap();
    let [dial] = &dials[..] else { panic!("{dials:?}") };
    assert_eq!((dial.outcome, dial.attempt, dial.sip_status), (Outcome::Fault, None, Some(403)));
    let evidence: serde_json::Value = serde_json::from_str(&dial.evidence).unwrap();
    assert_eq!(evidence["trunks"][0]["cause"], "TRUNK_FAULT");
    let round = rounds::get(&helpline.look.db, number.id(), 1).await.unwrap();
    assert_eq!((round.attempts, sink.invites()), (0, 1));
    let day = helpline.app.now().ist_day();
    let slot = slots::taken(&helpline.look.db, citizen, day, SlotKind::Dial).await.unwrap();
    assert_eq!(slot, 0, "the phone did not ring");
}

async fn the_next_trunk_is_asked_in_the_same_dial(home: Home) {
    let (refusing, line) =
        (Sink::answering("503 Service Unavailable").await, Sink::answering("486 Busy Here").await);
    let trunks = vec![refusing.trunk("a"), line.trunk("b")];
    let helpline = helpline(&home, &Clock::fixed(TEN), trunks).await;
    let number = helpline.resolved().await;
    let place = helpline.calls.place(AT_ONCE).await.unwrap();
    let order = order(&helpline, number).await;

    helpline.calls.verify(order, place).await;

    let dials = attempts::of_round(&helpline.look.db, number.id(), 1).await.unwrap();
    let [dial] = &dials[..] else { panic!("{dials:?}") };
    assert_eq!((dial.outcome, dial.attempt, dial.dial), (Outcome::Busy, Some(1), 1));
    let evidence: serde_json::Value = serde_json::from_str(&dial.evidence).unwrap();
    let said: Vec<_> = evidence["trunks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tried| (tried["trunk"].as_str().unwrap(), tried["sip_status"].as_i64().unwrap()))
        .collect();
    assert_eq!(said, [("a", 503), ("b", 486)]);
    assert_eq!((refusing.invites(), line.invites()), (1, 1));
}

/// The citizen says so on an own call, which another process takes.
async fn not_satisfied(app: &App, citizen: i64, number: CaseNumber) {
    let now = app.now();
    let record = Record {
        request_id: Some("own call".to_owned()),
        case: number.id(),
        round: 1,
        outcome: Outcome::NotSatisfied,
        source: Source::Inbound { trusted_cli: false, number_keyed: false },
        started_at: now,
        milestones: Milestones::default(),
        ended_at: now,
        number_spoken: true,
        refused: false,
        sip_status: None,
        q850: None,
        evidence: "{}".to_owned(),
        note: None,
        polite: None,
        later: None,
    };
    verification::record(app, &Actor::caller(Some(citizen)), record).await.unwrap();
}

/// The citizen takes the complaint back on an own call, which another process takes.
async fn takes_back(app: &App, citizen: i64, number: CaseNumber) {
    let on = On { request_id: "taken back".to_owned(), number, etag: None, post: None };
    let withdraw = Withdraw { on, from: None, confirmed: true, pressed: false };
    cases::withdraw(app, &Actor::caller(Some(citizen)), withdraw).await.unwrap();
}

async fn outcomes(helpline: &Helpline, number: CaseNumber) -> Vec<Outcome> {
    let dials = attempts::of_round(&helpline.look.db, number.id(), 1).await.unwrap();
    dials.into_iter().map(|dial| dial.outcome).collect()
}

async fn an_answer_to_another_process_stops_the_dial_and_it_records_nothing(home: Home) {
    let mut sink = Sink::answering("180 Ringing").await;
    let clock = Clock::fixed(TEN);
    let helpline = helpline(&home, &clock, vec![sink.trunk("a")]).await;
    let other: Arc<App> = home.process(&clock).await;
    let number = helpline.resolved().await;
    let place = helpline.calls.place(AT_ONCE).await.unwrap();
    let order = order(&helpline, number).await;
    let citizen = order.citizen;
    let calls = helpline.calls.clone();
    let ringing = tokio::spawn(async move { calls.verify(order, place).await });
    sink.sees(Seen { invites: 1, cancels: 0 }).await;

    not_satisfied(&other, citizen, number).await;

    sink.sees(Seen { invites: 1, cancels: 1 }).await;
    tokio::time::timeout(SOON, ringing).await.expect("the call ends").unwrap();
    assert_eq!(outcomes(&helpline, number).await, [Outcome::NotSatisfied]);
    let round = rounds::get(&helpline.look.db, number.id(), 1).await.unwrap();
    assert_eq!(round.attempts, 0, "{round:?}");
}

async fn a_complaint_taken_back_elsewhere_stops_the_dial(home: Home) {
    let mut sink = Sink::answering("180 Ringing").await;
    let clock = Clock::fixed(TEN);
    let helpline = helpline(&home, &clock, vec![sink.trunk("a")]).await;
    let other: Arc<App> = home.process(&clock).await;
    let number = helpline.resolved().await;
    let place = helpline.calls.place(AT_ONCE).await.unwrap();
    let order = order(&helpline, number).await;
    let citizen = order.citizen;
    let calls = helpline.calls.clone();
    let ringing = tokio::spawn(async move { calls.verify(order, place).await });
    sink.sees(Seen { invites: 1, cancels: 0 }).await;

    takes_back(&other, citizen, number).await;

    sink.sees(Seen { invites: 1, cancels: 1 }).await;
    tokio::time::timeout(SOON, ringing).await.expect("the call ends").unwrap();
    assert_eq!(outcomes(&helpline, number).await, []);
    let round = rounds::get(&helpline.look.db, number.id(), 1).await.unwrap();
    assert_eq!((round.state, round.attempts), (RoundState::Dropped, 0));
}

async fn an_answer_to_another_process_ends_the_call_with_a_goodbye(home: Home) {
    let sound = audio::Config { realtime: false, ..audio::Config::new([127, 0, 0, 1].into()) };
    let settings = phone::Settings {
        local: "127.0.0.1:0".parse().unwrap(),
        server: "127.0.0.1:9".parse().unwrap(),
        transport: Transport::Udp,
        number: "9000000001".to_owned(),
    };
    let (phone, mut arrivals) = Phone::start(settings, Audio::start(sound).unwrap()).await.unwrap();
    let clock = Clock::fixed(TEN);
    let at = phone.telephony().address();
    let helpline = helpline(&home, &clock, vec![trunk("a", at)]).await;
    let other: Arc<App> = home.process(&clock).await;
    let number = helpline.resolved().await;
    let place = helpline.calls.place(AT_ONCE).await.unwrap();
    let order = order(&helpline, number).await;
    let citizen = order.citizen;
    let calls = helpline.calls.clone();
    let talking = tokio::spawn(async move { calls.verify(order, place).await });
    let arrival = tokio::time::timeout(SOON, arrivals.recv()).await.unwrap().unwrap();
    let mut leg = arrival.answer().await.unwrap();

    not_satisfied(&other, citizen, number).await;

    let ended = async { while !matches!(leg.next().await, LegEvent::Ended(_)) {} };
    tokio::time::timeout(SOON, ended).await.expect("the helpline hangs up");
    tokio::time::timeout(SOON, talking).await.expect("the call ends").unwrap();
    assert_eq!(outcomes(&helpline, number).await, [Outcome::NotSatisfied]);
}
