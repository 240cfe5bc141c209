//! What the tests call with: a house, an exchange on another loopback address, and a hand that writes SIP itself.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use helpline181::telephony::audio::{self, Audio};
use helpline181::telephony::phone::{Phone, Settings};
use helpline181::telephony::{
    Arrival, Config, Dial, DialEvent, Dialling, Ended, Failure, Leg, LegEvent, Limits,
    PhoneAccount, Stats, Telephony, Timing, Transport, Trunk,
};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::time::timeout;

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
pub(crate) const RING: Duration = Duration::from_secs(10);

/// Loopback addresses of this test in this process, so that tests may run beside each other: `.1` the house, `.2` the trunk.
#[derive(Clone, Copy)]
pub(crate) struct Net(u8, u8);

/// Held until the process ends; another process that binds it takes the next network.
const LOCK_PORT: u16 = 20_181;
const TRIES_MAX: u32 = 500;

impl Net {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        static LOCKS: Mutex<Vec<TcpListener>> = Mutex::new(Vec::new());
        for _ in 0..TRIES_MAX {
            let next = NEXT.fetch_add(1, Ordering::Relaxed);
            let n = std::process::id().wrapping_mul(7).wrapping_add(next);
            let (x, y) = (64 + (n / 256 % 190) as u8, (n % 256) as u8);
            if let Ok(lock) = TcpListener::bind((Ipv4Addr::new(127, x, y, 254), LOCK_PORT)) {
                LOCKS.lock().unwrap().push(lock);
                return Self(x, y);
            }
        }
        panic!("no loopback network is free");
    }

    pub(crate) fn ip(self, host: u8) -> IpAddr {
        IpAddr::from([127, self.0, self.1, host])
    }

    pub(crate) fn sip(self, host: u8) -> SocketAddr {
        SocketAddr::new(self.ip(host), 5060)
    }
}

pub(crate) fn trunk(name: &str, peer: SocketAddr, caller_id: &str) -> Trunk {
    Trunk {
        name: name.to_owned(),
        peers: vec![peer.ip()],
        digest: None,
        transport: Transport::Udp,
        trusted_cli: true,
        caller_id: caller_id.to_owned(),
        caller_ids: [].into(),
        calls_per_second: 10_000,
        channels: 10_000,
        outbound: Some(peer),
    }
}

/// The house's settings: one trunk at `.2`, two phones, limits that a test does not reach by accident.
pub(crate) fn house(net: Net) -> Config {
    let phone =
        |user: &str| PhoneAccount { user: user.to_owned(), password: format!("{user}-secret") };
    Config {
        trunks: vec![trunk("exchange", net.sip(2), "181")],
        phones: vec![phone("anita"), phone("ravi")],
        md5: true,
        calls_per_second: 10_000,
        timing: Timing {
            t1: Duration::from_millis(200),
            t1x64: Duration::from_secs(4),
            ..Timing::default()
        },
        limits: Limits {
            datagrams_per_second: 100_000,
            trunk_datagrams_per_second: 100_000,
            ..Limits::default()
        },
        ..Config::new(net.sip(1))
    }
}

/// A helpline's SIP side without the helpline.
pub(crate) struct House {
    pub telephony: Telephony,
    pub arrivals: mpsc::Receiver<Arrival>,
}

/// The far side: a telephone that calls as a trunk would and is called by it.
pub(crate) struct Exchange {
    pub phone: Phone,
    pub arrivals: mpsc::Receiver<Arrival>,
}

pub(crate) fn sound(ip: IpAddr) -> audio::Config {
    audio::Config { realtime: false, ..audio::Config::new(ip) }
}

impl House {
    pub(crate) async fn start(config: Config) -> Self {
        let sound = sound(config.udp.ip());
        Self::start_with(config, sound).await
    }

    pub(crate) async fn start_with(config: Config, sound: audio::Config) -> Self {
        let audio = Audio::start(sound).unwrap();
        let (telephony, arrivals) = Telephony::start(config, audio).await.unwrap();
        Self { telephony, arrivals }
    }

    pub(crate) async fn arrival(&mut self) -> Arrival {
        timeout(PATIENCE, self.arrivals.recv()).await.expect("a call comes in").unwrap()
    }

    pub(crate) fn dial(&self, number: &str) -> Dialling {
        self.telephony.dial(Dial::new(vec!["exchange".to_owned()], number.to_owned(), RING))
    }

    pub(crate) async fn empties(&self) {
        empties(&self.telephony).await;
    }
}

impl Exchange {
    pub(crate) async fn start(net: Net, transport: Transport) -> Self {
        Self::start_at(net, 2, transport).await
    }

    pub(crate) async fn start_at(net: Net, host: u8, transport: Transport) -> Self {
        let settings = Settings {
            local: net.sip(host),
            server: net.sip(1),
            transport,
            number: "9000000001".to_owned(),
        };
        let audio = Audio::start(sound(net.ip(host))).unwrap();
        let (phone, arrivals) = Phone::start(settings, audio).await.unwrap();
        Self { phone, arrivals }
    }

    pub(crate) async fn arrival(&mut self) -> Arrival {
        timeout(PATIENCE, self.arrivals.recv()).await.expect("a call comes in").unwrap()
    }

    pub(crate) fn call(&self) -> Dialling {
        self.phone.call("181", RING)
    }

    pub(crate) async fn empties(&self) {
        empties(self.phone.telephony()).await;
    }
}

/// Waits until no call is open, and finds nothing of any call left.
async fn empties(telephony: &Telephony) {
    let emptied = timeout(PATIENCE, telephony.idle()).await;
    assert!(emptied.is_ok(), "still open: {:?}", telephony.stats());
    let Stats { calls, dialogs, flows, ports, panics, .. } = telephony.stats();
    assert_eq!((calls, dialogs, flows, ports, panics), (0, 0, 0, 0, 0));
}

/// A house and an exchange that know each other.
pub(crate) async fn pair() -> (House, Exchange) {
    let net = Net::new();
    (House::start(house(net)).await, Exchange::start(net, Transport::Udp).await)
}

pub(crate) async fn event(leg: &mut Leg) -> LegEvent {
    timeout(PATIENCE, leg.next()).await.expect("an event of the leg")
}

pub(crate) async fn last(leg: &mut Leg) -> Ended {
    loop {
        if let LegEvent::Ended(ended) = event(leg).await {
            return ended;
        }
    }
}

/// The leg of a call that is answered, or how it failed.
pub(crate) async fn outcome(dialling: &mut Dialling) -> Result<Leg, Failure> {
    loop {
        match timeout(PATIENCE, dialling.next()).await.expect("an event of the call") {
            DialEvent::Ringing | DialEvent::EarlyMedia(_) => {}
            DialEvent::Answered(leg) => return Ok(leg),
            DialEvent::Failed(failure) => return Err(failure),
        }
    }
}

pub(crate) const OFFER: &str = "v=0\r\no=h 1 1 IN IP4 HOST\r\ns=-\r\nc=IN IP4 HOST\r\nt=0 0\r\n\
    m=audio 40000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n";

/// A user agent that writes each message by hand.
pub(crate) struct Hand {
    pub socket: UdpSocket,
    to: SocketAddr,
    pub call_id: String,
    pub remote: String,
    cseq: u32,
    branch: u32,
}

pub(crate) struct Answer {
    pub status: u16,
    pub text: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> String {
        let prefix = format!("{name}: ");
        let line = self.text.lines().find_map(|line| line.strip_prefix(prefix.as_str()));
        line.unwrap_or_default().to_owned()
    }

    pub(crate) fn body(&self) -> &str {
        self.text.split_once("\r\n\r\n").unwrap().1
    }
}

impl Hand {
    pub(crate) async fn new(from: SocketAddr, to: SocketAddr, call_id: &str) -> Self {
        let socket = UdpSocket::bind(from).await.unwrap();
        Self {
            socket,
            to,
            call_id: call_id.to_owned(),
            remote: "<sip:181@house>".to_owned(),
            cseq: 0,
            branch: 0,
        }
    }

    /// Begins another call.
    pub(crate) fn renew(&mut self, call_id: &str) {
        self.call_id = call_id.to_owned();
        self.remote = "<sip:181@house>".to_owned();
        self.cseq = 0;
    }

    pub(crate) fn offer(&self) -> String {
        OFFER.replace("HOST", &self.socket.local_addr().unwrap().ip().to_string())
    }

    /// A request of this call with the next CSeq; ACK and CANCEL keep it.
    pub(crate) fn request(&mut self, method: &str, extra: &str, body: &str) -> String {
        if !matches!(method, "ACK" | "CANCEL") {
            self.cseq += 1;
            self.branch += 1;
        }
        if method == "ACK" {
            self.branch += 1;
        }
        let own = self.socket.local_addr().unwrap();
        let kind = if body.starts_with("v=0") { "Content-Type: application/sdp\r\n" } else { "" };
        format!(
            "{method} sip:181@{} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{}-{}\r\nMax-Forwards: 70\r\n\
             From: <sip:9000000001@{own}>;tag=h1\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {} {method}\r\n\
             Contact: <sip:hand@{own}>\r\n{kind}{extra}Content-Length: {}\r\n\r\n{body}",
            self.to,
            self.call_id,
            self.branch,
            self.remote,
            self.call_id,
            self.cseq,
            body.len()
        )
    }

    pub(crate) async fn send(&self, bytes: impl AsRef<[u8]>) {
        self.socket.send_to(bytes.as_ref(), self.to).await.unwrap();
    }

    /// The next message, of whatever kind.
    pub(crate) async fn hear(&self) -> String {
        timeout(PATIENCE, self.read()).await.expect("a message")
    }

    async fn read(&self) -> String {
        let mut buffer = vec![0; 65_535];
        let (length, _) = self.socket.recv_from(&mut buffer).await.unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }

    /// What comes within `wait`, if anything.
    pub(crate) async fn hears_within(&self, wait: Duration) -> Option<String> {
        timeout(wait, self.read()).await.ok()
    }

    /// The final response to what was sent.
    pub(crate) async fn answer(&mut self) -> Answer {
        loop {
            let text = self.hear().await;
            let Some(status) =
                text.strip_prefix("SIP/2.0 ").and_then(|rest| rest[..3].parse().ok())
            else {
                continue;
            };
            if status >= 200 {
                return Answer { status, text };
            }
        }
    }

    pub(crate) async fn ask(&mut self, method: &str, extra: &str, body: &str) -> Answer {
        let request = self.request(method, extra, body);
        self.send(request).await;
        self.answer().await
    }

    /// Calls and acknowledges the 200; the house has to answer meanwhile.
    pub(crate) async fn establish(&mut self, answer: Answer) {
        assert_eq!(answer.status, 200, "{}", answer.text);
        self.remote = answer.header("To");
        let ack = self.request("ACK", "", "");
        self.send(ack).await;
    }
}

/// A call made by hand and answered by the house.
pub(crate) async fn talk(house: &mut House, hand: &mut Hand) -> Leg {
    let offer = hand.offer();
    let invite = hand.request("INVITE", "", &offer);
    hand.send(invite).await;
    let leg = house.arrival().await.answer().await.unwrap();
    let answer = hand.answer().await;
    hand.establish(answer).await;
    leg
}
