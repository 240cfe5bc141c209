//! Phones over TLS: registered, rung and hung up over their own connection, and handshakes that lead nowhere.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use helpline181::telephony::{
    Cause, Change, Config, Ended, Error, PickUp, Removal, Ring, Timing, Tls, Transport,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::desk::{Request, proof};
use crate::kit::*;

/// What the house shows its phones, and how they check it.
struct Shown {
    tls: Tls,
    connector: TlsConnector,
}

fn shown(net: Net) -> Shown {
    let made = rcgen::generate_simple_self_signed([net.ip(1).to_string()]).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let client = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tls = Tls {
        address: SocketAddr::new(net.ip(1), 5061),
        certificate: made.cert.pem().into_bytes(),
        key: made.signing_key.serialize_pem().into_bytes(),
    };
    Shown { tls, connector: TlsConnector::from(Arc::new(client)) }
}

async fn connect(net: Net, host: u8) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((net.ip(host), 0).into()).unwrap();
    timeout(PATIENCE, socket.connect((net.ip(1), 5061).into())).await.unwrap().unwrap()
}

/// Whether the house has hung up on a connection.
async fn hung_up(mut stream: impl AsyncReadExt + Unpin) -> bool {
    let read = timeout(PATIENCE, stream.read(&mut [0; 64])).await.expect("the house hangs up");
    matches!(read, Ok(0) | Err(_))
}

/// A phone that writes SIP by hand over TLS.
struct Secure {
    stream: TlsStream<TcpStream>,
    own: SocketAddr,
    heard: String,
}

impl Secure {
    async fn new(net: Net, host: u8, connector: &TlsConnector) -> Self {
        let stream = connect(net, host).await;
        let own = stream.local_addr().unwrap();
        let name = ServerName::IpAddress(net.ip(1).into());
        let shaken = timeout(PATIENCE, connector.connect(name, stream)).await.unwrap();
        Self { stream: shaken.unwrap(), own, heard: String::new() }
    }

    async fn say(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// The next message.
    async fn hear(&mut self) -> String {
        loop {
            if let Some(end) = self.heard.find("\r\n\r\n") {
                let length =
                    self.heard.split("Content-Length: ").nth(1).map_or(0, |rest| {
                        rest.split("\r\n").next().unwrap().trim().parse().unwrap()
                    });
                let whole = end + 4 + length;
                if self.heard.len() >= whole {
                    let rest = self.heard.split_off(whole);
                    return std::mem::replace(&mut self.heard, rest);
                }
            }
            let mut buffer = [0; 8_192];
            let read = timeout(PATIENCE, self.stream.read(&mut buffer)).await;
            let length = read.expect("a message of the house").unwrap();
            assert!(length > 0, "the house hung up after {:?}", self.heard);
            self.heard.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
        }
    }

    async fn asked(&mut self, method: &str) -> Request {
        let request = Request(self.hear().await);
        assert_eq!(request.method(), method, "{}", request.0);
        request
    }

    fn contact(&self) -> String {
        format!("Contact: <sip:anita@{};transport=tls>\r\n", self.own)
    }

    async fn register(&mut self) {
        let mut authorization = String::new();
        for cseq in 1..=2 {
            let (own, contact) = (self.own, self.contact());
            let text = format!(
                "REGISTER sip:house SIP/2.0\r\nVia: SIP/2.0/TLS {own};branch=z9hG4bKs{cseq}\r\nMax-Forwards: 70\r\n\
                 From: <sip:anita@house>;tag=s\r\nTo: <sip:anita@house>\r\nCall-ID: s-{own}\r\nCSeq: {cseq} REGISTER\r\n\
                 {contact}{authorization}Content-Length: 0\r\n\r\n"
            );
            self.say(&text).await;
            let answer = self.hear().await;
            if cseq == 1 {
                assert!(answer.starts_with("SIP/2.0 401"), "{answer}");
                let proof = proof(&answer, "anita", "REGISTER", "sip:house");
                authorization = format!("Authorization: {proof}\r\n");
            } else {
                assert!(answer.starts_with("SIP/2.0 200"), "{answer}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_registers_over_tls_and_is_rung_over_the_same_connection() {
    let net = Net::new();
    let Shown { tls, connector } = shown(net);
    let house = House::start(Config { tls: Some(tls), ..house(net) }).await;
    let mut phone = Secure::new(net, 5, &connector).await;
    phone.register().await;
    let bound = house.telephony.bindings().remove(0);
    assert_eq!((bound.source, bound.transport), (phone.own, Transport::Tls));

    let mut dialling = house.telephony.ring(Ring {
        account: "anita".to_owned(),
        caller: "90xxxxxx01".to_owned(),
        ring_timeout: RING,
        pick_up: PickUp::ByHand,
    });
    let invite = phone.asked("INVITE").await;
    assert!(invite.header("Via").starts_with("SIP/2.0/TLS "), "{}", invite.0);
    let own = house.telephony.tls_address().unwrap();
    assert_eq!(
        invite.header("Contact").to_lowercase(),
        format!("<sip:helpline181@{own};transport=tls>")
    );
    let sdp = OFFER.replace("HOST", &net.ip(5).to_string());
    let answer = invite.response("200 OK", "d1", &phone.contact(), &sdp);
    phone.say(&answer).await;
    let mut leg = outcome(&mut dialling).await.unwrap();
    phone.asked("ACK").await;
    leg.hangup(Cause::Normal);
    let bye = phone.asked("BYE").await;
    phone.say(&bye.response("200 OK", "", "", "")).await;

    assert_eq!(last(&mut leg).await, Ended::ByUs);
    house.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_calls_over_tls_and_hangs_up() {
    let net = Net::new();
    let Shown { tls, connector } = shown(net);
    let mut house = House::start(Config { tls: Some(tls), ..house(net) }).await;
    let mut phone = Secure::new(net, 5, &connector).await;
    phone.register().await;
    let (own, contact) = (phone.own, phone.contact());
    let request = |method: &str, cseq: u32, to: &str, body: &str| {
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        format!(
            "{method} sip:181@house SIP/2.0\r\nVia: SIP/2.0/TLS {own};branch=z9hG4bKi{cseq}{method}\r\nMax-Forwards: 70\r\n\
             From: <sip:anita@house>;tag=i\r\nTo: {to}\r\nCall-ID: i1\r\nCSeq: {cseq} {method}\r\n{contact}{kind}\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let sdp = OFFER.replace("HOST", &net.ip(5).to_string());
    phone.say(&request("INVITE", 1, "<sip:181@house>", &sdp)).await;
    let mut leg = house.arrival().await.answer().await.unwrap();
    let mut answer = Answer { status: 100, text: String::new() };
    while !answer.text.starts_with("SIP/2.0 200") {
        answer.text = phone.hear().await;
    }
    let to = answer.header("To");
    phone.say(&request("ACK", 1, &to, "")).await;
    phone.say(&request("BYE", 2, &to, "")).await;

    assert!(phone.hear().await.starts_with("SIP/2.0 200"));
    assert_eq!(last(&mut leg).await, Ended::ByPeer);
    house.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_falls_silent_on_tls_is_hung_up_on_and_not_registered_any_more() {
    let net = Net::new();
    let Shown { tls, connector } = shown(net);
    let timing = Timing { tcp_idle: Duration::from_secs(1), ..house(net).timing };
    let house = House::start(Config { tls: Some(tls), timing, ..house(net) }).await;
    let (_, mut bindings) = house.telephony.watch_bindings();
    let mut phone = Secure::new(net, 5, &connector).await;
    phone.register().await;
    let told = timeout(PATIENCE, bindings.next()).await.unwrap().unwrap();
    assert!(matches!(told.change, Change::Registered { .. }));

    assert!(hung_up(&mut phone.stream).await);

    let told = timeout(PATIENCE, bindings.next()).await.unwrap().unwrap();
    assert_eq!((told.change, told.reachable), (Change::Removed(Removal::Disconnected), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_words_and_strangers_get_nothing_on_the_port_of_tls() {
    let net = Net::new();
    let Shown { tls, connector } = shown(net);
    let house = House::start(Config { tls: Some(tls), ..house(net) }).await;

    let mut plain = connect(net, 5).await;
    plain.write_all(b"OPTIONS sip:181@house SIP/2.0\r\n\r\n").await.unwrap();
    let mut heard = Vec::new();
    let ended = timeout(PATIENCE, plain.read_to_end(&mut heard)).await.expect("the house hangs up");
    assert!(ended.is_err() || !heard.starts_with(b"SIP"));

    // A trunk's address: trunks have their own ways.
    assert!(hung_up(connect(net, 2).await).await);
    assert!(house.telephony.stats().turned_away >= 1);

    let mut stranger = Secure::new(net, 6, &connector).await;
    let own = stranger.own;
    stranger
        .say(&format!(
            "INVITE sip:181@house SIP/2.0\r\nVia: SIP/2.0/TLS {own};branch=z9hG4bKx\r\nMax-Forwards: 70\r\n\
             From: <sip:anita@house>;tag=x\r\nTo: <sip:181@house>\r\nCall-ID: x1\r\nCSeq: 1 INVITE\r\n\
             Contact: <sip:x@{own}>\r\nContent-Length: 0\r\n\r\n"
        ))
        .await;
    assert!(stranger.hear().await.starts_with("SIP/2.0 403"));
}

#[tokio::test(flavor = "multi_thread")]
async fn handshakes_that_do_not_begin_are_ended_and_leave_room_for_a_phone() {
    let net = Net::new();
    let Shown { tls, connector } = shown(net);
    let house = House::start(Config { tls: Some(tls), ..house(net) }).await;
    let mut idle = Vec::new();
    for host in [5, 6] {
        for _ in 0..16 {
            idle.push(connect(net, host).await);
        }
    }

    // One more of an address that has its share, and one more than may wait at all.
    assert!(hung_up(connect(net, 5).await).await);
    assert!(hung_up(connect(net, 7).await).await);
    for stream in idle {
        assert!(hung_up(stream).await);
    }
    let mut phone = Secure::new(net, 7, &connector).await;
    phone.register().await;

    assert_eq!(house.telephony.stats().registrations, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_not_the_certificates_is_told_at_start() {
    let net = Net::new();
    let tls = Tls { key: shown(net).tls.key, ..shown(net).tls };
    let audio = helpline181::telephony::audio::Audio::start(sound(net.ip(1))).unwrap();

    let config = Config { tls: Some(tls), ..house(net) };
    let started = helpline181::telephony::Telephony::start(config, audio).await;

    assert!(matches!(started.err(), Some(Error::Certificate(_))));
}
