//! Agents' phones of other makers against the telephone side alone: baresip over UDP, TCP and TLS, and SIPp that does not answer.

use std::{net::SocketAddr, time::Duration};

use helpline181::telephony::{
    Arrival, Binding, Bindings, Cause, Change, Config, DialEvent, Dialling, Failure, Leg, Limits,
    PhoneAccount, PickUp, Ring, Telephony, Timing, Tls, Transport,
    audio::{self, Audio},
    phone::{Phone, Settings},
};
use tokio::{sync::mpsc, time::timeout};

use crate::kit::{
    baresip::{Baresip, Mode},
    network::Network,
    script::Answer,
    sipp::Sipp,
};

const PATIENCE: Duration = Duration::from_secs(30);
const REALM: &str = "helpline181";
const SECRET: &str = "open-sesame";

struct House {
    telephony: Telephony,
    network: Network,
    bindings: Bindings,
    /// Phones of these tests do not call.
    _arrivals: mpsc::Receiver<Arrival>,
}

impl House {
    async fn start(accounts: &[&str]) -> Self {
        let network = Network::claim();
        let made = rcgen::generate_simple_self_signed([network.host(1).to_string()]).unwrap();
        let tls = Tls {
            address: network.at(1, 5061),
            certificate: made.cert.pem().into_bytes(),
            key: made.signing_key.serialize_pem().into_bytes(),
        };
        let account =
            |user: &&str| PhoneAccount { user: (*user).to_owned(), password: SECRET.to_owned() };
        let config = Config {
            phones: accounts.iter().map(account).collect(),
            tls: Some(tls),
            md5: true,
            // SIPp takes an OPTIONS for a call that went wrong.
            timing: Timing { qualify_every: Duration::from_secs(3_600), ..Timing::default() },
            limits: Limits::default(),
            ..Config::new(network.sip())
        };
        let sound = audio::Config { realtime: false, ..audio::Config::new(network.host(1)) };
        let audio = Audio::start(sound).unwrap();
        let (telephony, arrivals) = Telephony::start(config, audio).await.unwrap();
        let (_, bindings) = telephony.watch_bindings();
        Self { telephony, network, bindings, _arrivals: arrivals }
    }

    /// Waits until one more phone is registered.
    async fn registered(&mut self) -> Binding {
        loop {
            let news = timeout(PATIENCE, self.bindings.next()).await.expect("a registration");
            let news = news.unwrap();
            if matches!(news.change, Change::Registered { .. }) {
                let bound = self.telephony.bindings();
                return bound.into_iter().find(|binding| binding.id == news.binding).unwrap();
            }
        }
    }

    fn ring(&self, account: &str, ring_timeout: Duration) -> Dialling {
        self.telephony.ring(Ring {
            account: account.to_owned(),
            caller: "90xxxxxx01".to_owned(),
            ring_timeout,
            pick_up: PickUp::ByHand,
        })
    }

    /// What a phone registers with, and where.
    fn account(&self, transport: Transport) -> String {
        let (port, transport) = match transport {
            Transport::Udp => (5060, "udp"),
            Transport::Tcp => (5060, "tcp"),
            Transport::Tls => (5061, "tls"),
        };
        let at = self.network.at(1, port);
        format!(
            "<sip:agent@{at};transport={transport}>;auth_user=agent;auth_pass={SECRET};regint=60"
        )
    }
}

async fn outcome(dialling: &mut Dialling) -> Result<Leg, Failure> {
    loop {
        match timeout(PATIENCE, dialling.next()).await.expect("an event of the call") {
            DialEvent::Ringing | DialEvent::EarlyMedia(_) => {}
            DialEvent::Answered(leg) => return Ok(leg),
            DialEvent::Failed(failure) => return Err(failure),
        }
    }
}

/// Waits for the tone that baresip's microphone hears.
async fn is_heard(leg: &Leg) {
    let mut heard = leg.listen().unwrap();
    let loud = async {
        while let Some(pcm) = heard.recv().await {
            if pcm.iter().any(|sample| sample.unsigned_abs() > 2_000) {
                return;
            }
        }
        panic!("the call ended");
    };
    timeout(PATIENCE, loud).await.expect("the agent is heard");
}

#[tokio::test]
async fn baresip_registers_over_udp_tcp_and_tls_and_is_rung_there() {
    for transport in [Transport::Udp, Transport::Tcp, Transport::Tls] {
        let mut house = House::start(&["agent"]).await;
        let local = house.network.baresip();
        let phone = Baresip::start(local, &house.account(transport), Mode::PicksUp);
        let binding = house.registered().await;
        assert_eq!((binding.transport, binding.reachable), (transport, true));

        let leg = outcome(&mut house.ring("agent", PATIENCE)).await.unwrap();
        phone.says("Call established").await;
        is_heard(&leg).await;
        leg.hangup(Cause::Normal);

        phone.says("session closed").await;
        house.telephony.shutdown(Duration::from_secs(5)).await;
    }
}

#[tokio::test]
async fn of_two_phones_of_an_agent_one_picks_up_and_the_other_stops_ringing() {
    let mut house = House::start(&["agent"]).await;
    let (at_desk, at_home) = (house.network.baresip(), house.network.second_baresip());
    let mut desk = Baresip::start(at_desk, &house.account(Transport::Udp), Mode::Calls);
    house.registered().await;
    let home = Baresip::start(at_home, &house.account(Transport::Tls), Mode::Calls);
    house.registered().await;

    let mut dialling = house.ring("agent", PATIENCE);
    for phone in [&desk, &home] {
        phone.says("ncoming call").await;
    }
    desk.type_line("/accept");
    let leg = outcome(&mut dialling).await.unwrap();

    desk.says("Call established").await;
    home.says("session closed").await;
    is_heard(&leg).await;
    leg.hangup(Cause::Normal);
    desk.says("session closed").await;
    house.telephony.shutdown(Duration::from_secs(5)).await;
}

/// Registers an account for a phone that cannot do so itself.
async fn register(house: &House, local: SocketAddr, user: &str) {
    let audio = audio::Config { realtime: false, ..audio::Config::new(local.ip()) };
    let settings = Settings {
        local,
        server: house.network.sip(),
        transport: Transport::Udp,
        number: user.to_owned(),
    };
    let (phone, _) = Phone::start(settings, Audio::start(audio).unwrap()).await.unwrap();
    assert_eq!(phone.register(SECRET, REALM, 300).await.unwrap(), 300);
    phone.close().await;
}

#[tokio::test]
async fn agents_who_are_busy_reject_do_not_answer_or_answer_too_late_are_told_apart() {
    let house = House::start(&["1001", "1002", "1003", "1004"]).await;
    let at = house.network.at(3, 5080);
    for user in ["1001", "1002", "1003", "1004"] {
        register(&house, at, user).await;
    }
    let agents = [
        ("1001".to_owned(), Answer::Declines(486, "Busy Here")),
        ("1002".to_owned(), Answer::Refuses(603, "Decline")),
        ("1003".to_owned(), Answer::Rings),
        ("1004".to_owned(), Answer::Crosses),
    ];
    let phones = Sipp::answer(at, 4, &agents);

    let long = Duration::from_secs(60);
    for (account, ring_timeout, cause, sip_status) in [
        ("1001", long, Cause::Busy, 486),
        ("1002", long, Cause::Rejected, 603),
        ("1003", Duration::from_secs(2), Cause::NoAnswer, 487),
        ("1004", Duration::from_secs(2), Cause::NoAnswer, 200),
    ] {
        let failure = outcome(&mut house.ring(account, ring_timeout)).await.unwrap_err();

        let expected = Failure { cause, sip_status: Some(sip_status), q850: None };
        assert_eq!(failure, expected, "{account}\n{}", phones.words());
    }
    // Each call went as it is written, the last with an ACK and a BYE of ours.
    phones.done().await;
    house.telephony.shutdown(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn of_two_phones_that_pick_up_at_once_one_has_the_call_and_the_other_is_hung_up() {
    let house = House::start(&["1001"]).await;
    let places = [house.network.at(3, 5080), house.network.at(4, 5080)];
    for at in places {
        register(&house, at, "1001").await;
    }
    let answers = [("1001".to_owned(), Answer::RingsFor(200))];
    let phones = places.map(|at| Sipp::answer(at, 1, &answers));

    let leg = outcome(&mut house.ring("1001", PATIENCE)).await.unwrap();
    leg.hangup(Cause::Normal);

    // Each was cancelled, or got an ACK and a BYE of ours.
    for phone in phones {
        phone.done().await;
    }
    house.telephony.shutdown(Duration::from_secs(5)).await;
}
