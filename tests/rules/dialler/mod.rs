//! Verification calls up to their INVITE: what is reserved for them, and what each trunk makes of them.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    time::Duration,
};

use helpline181::{
    app::verification::{self, DialOrder},
    calls::NoPlace,
    clock::Clock,
    domain::{change::SlotKind, number::CaseNumber, verification::Outcome},
    store::{attempts, rounds, slots},
    telephony::{
        Config, NoStart, Telephony, Timing, Transport, Trunk,
        audio::{self, Audio},
    },
    workers::{
        Step,
        dialler::{self, Places},
    },
};
use tokio::{net::UdpSocket, task::JoinHandle};

use crate::{
    calls::Helpline,
    kit::{Home, TEN},
};

on_both_engines!(
    no_round_is_claimed_while_the_trunks_are_full,
    a_dial_past_its_lease_leaves_nothing_and_records_nothing,
    a_trunk_that_refuses_costs_the_citizen_nothing_and_stands_in_the_evidence,
    the_next_trunk_is_asked_in_the_same_dial,
);

/// No call waits so long.
const AT_ONCE: Duration = Duration::from_millis(50);
const LEASE_MS: i64 = 600_000;

/// A trunk's far side, which answers every INVITE with one status and counts them.
struct Sink {
    at: SocketAddr,
    invites: Arc<AtomicU32>,
    task: JoinHandle<()>,
}

impl Sink {
    async fn answering(status: &'static str) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let (at, invites) = (socket.local_addr().unwrap(), Arc::new(AtomicU32::new(0)));
        let counted = Arc::clone(&invites);
        let task = tokio::spawn(async move {
            let mut buffer = vec![0; 65_535];
            loop {
                let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
                let request = String::from_utf8_lossy(&buffer[..length]).into_owned();
                if !request.starts_with("INVITE ") {
                    continue;
                }
                counted.fetch_add(1, SeqCst);
                let named = |name: &str| {
                    request.lines().find(|line| line.starts_with(name)).unwrap().to_owned()
                };
                let heads = ["Via:", "From:", "Call-ID:", "CSeq:"].map(named).join("\r\n");
                let to = named("To:");
                let answer = format!(
                    "SIP/2.0 {status}\r\n{heads}\r\n{to};tag=sink\r\nContent-Length: 0\r\n\r\n"
                );
                socket.send_to(answer.as_bytes(), from).await.unwrap();
            }
        });
        Self { at, invites, task }
    }

    fn invites(&self) -> u32 {
        self.invites.load(SeqCst)
    }

    fn trunk(&self, name: &str) -> Trunk {
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
            outbound: Some(self.at),
        }
    }
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
