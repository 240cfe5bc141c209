//! What the telephone side is told at start: addresses, trunks, phones and limits.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

/// Everything that `Telephony::start` needs.
#[derive(Clone, Debug)]
pub struct Config {
    pub udp: SocketAddr,
    /// Port 0 takes the port that UDP got.
    pub tcp: Option<SocketAddr>,
    /// For phones alone.
    pub tls: Option<Tls>,
    /// The realm of digest challenges, and the host of the addresses we write.
    pub realm: String,
    pub trunks: Vec<Trunk>,
    pub phones: Vec<PhoneAccount>,
    /// Also challenges with MD5, for phones that know no SHA-256.
    pub md5: bool,
    /// Challenges each call of a registered phone (407) and not only its registration.
    pub challenge_calls: bool,
    /// Our own proxies, through which phones come: many at one address, so each call is challenged, wrong passwords count by
    /// user alone, and the sound goes to where the proxy says.
    pub proxies: Vec<IpAddr>,
    /// Calls open at one time, both directions; more get 503.
    pub calls_max: usize,
    /// Incoming calls begun in one second, over all sources; more get 503.
    pub calls_per_second: u32,
    pub limits: Limits,
    pub timing: Timing,
}

impl Config {
    /// The default settings on one address for UDP and TCP; no trunks, no phones.
    pub fn new(address: SocketAddr) -> Self {
        Self {
            udp: address,
            tcp: Some(address),
            tls: None,
            realm: "helpline181".to_owned(),
            trunks: Vec::new(),
            phones: Vec::new(),
            md5: false,
            challenge_calls: false,
            proxies: Vec::new(),
            calls_max: 500,
            calls_per_second: 100,
            limits: Limits::default(),
            timing: Timing::default(),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::new(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 5060))
    }
}

/// Bounds of the door and the registrar.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Datagrams a second from one source address; the burst is twice that.
    pub datagrams_per_second: u32,
    /// The same for a trunk's addresses.
    pub trunk_datagrams_per_second: u32,
    /// Seconds that a 503 asks the caller to wait.
    pub retry_after_s: u32,
    /// Wrong passwords from one address or for one user before it is locked out.
    pub wrong_passwords_max: u32,
    pub lock_out: Duration,
    pub nonce_age: Duration,
    pub register_min_s: u32,
    pub register_max_s: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            datagrams_per_second: 200,
            trunk_datagrams_per_second: 5_000,
            retry_after_s: 5,
            wrong_passwords_max: 10,
            lock_out: Duration::from_secs(300),
            nonce_age: Duration::from_secs(300),
            register_min_s: 30,
            register_max_s: 300,
        }
    }
}

/// Timers of SIP; the defaults are RFC 3261's, tests shorten them.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    pub t1: Duration,
    /// How long a transaction waits for its answer: 64*T1.
    pub t1x64: Duration,
    /// A TCP connection over which nothing comes for so long is closed; keep-alives (RFC 5626 §3.5.1) count as life.
    pub tcp_idle: Duration,
    /// The session timer that we ask for (RFC 4028), in seconds; half of it passes between refreshes.
    pub session_s: u32,
    /// How often each registered phone is asked by OPTIONS whether it is there.
    pub qualify_every: Duration,
    /// How long it may take to answer.
    pub qualify_wait: Duration,
}

/// Phones send a keep-alive every 95 to 120 s (RFC 5626 §4.4.1).
const TCP_IDLE: Duration = Duration::from_secs(150);

impl Default for Timing {
    fn default() -> Self {
        Self {
            t1: Duration::from_millis(500),
            t1x64: Duration::from_secs(32),
            tcp_idle: TCP_IDLE,
            session_s: 1_800,
            // The second miss is known after 15 + 7 + 7 s: a phone that is unplugged counts for 30 s at most.
            qualify_every: Duration::from_secs(15),
            qualify_wait: Duration::from_secs(7),
        }
    }
}

/// A telephone exchange that we take calls from and give calls to.
#[derive(Clone)]
pub struct Trunk {
    pub name: String,
    /// Addresses from which its calls come; empty for a trunk that only takes calls.
    pub peers: Vec<IpAddr>,
    /// User and password for its challenges.
    pub digest: Option<Digest>,
    pub transport: Transport,
    /// Believes the caller's number that it sends.
    pub trusted_cli: bool,
    /// The number that it shows for our calls.
    pub caller_id: String,
    /// Instead of it, by the area that a call is for (`Dial::area`).
    pub caller_ids: HashMap<String, String>,
    pub calls_per_second: u32,
    pub channels: u32,
    /// Where our calls go; `None` for a trunk that only gives calls.
    pub outbound: Option<SocketAddr>,
}

/// What we answer a trunk's challenge with, for its realm only.
#[derive(Clone)]
pub struct Digest {
    pub user: String,
    pub password: String,
    pub realm: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Transport {
    #[default]
    Udp,
    Tcp,
    /// Between us and phones.
    Tls,
}

/// Where phones connect over TLS, and what they are shown there.
#[derive(Clone)]
pub struct Tls {
    /// Port 0 takes any.
    pub address: SocketAddr,
    /// A certificate chain, PEM.
    pub certificate: Vec<u8>,
    /// Its private key, PEM.
    pub key: Vec<u8>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tls({})", self.address)
    }
}

/// A phone that may register.
#[derive(Clone)]
pub struct PhoneAccount {
    pub user: String,
    pub password: String,
}

impl Trunk {
    pub(super) fn shown(&self, area: Option<&str>) -> &str {
        area.and_then(|area| self.caller_ids.get(area)).unwrap_or(&self.caller_id)
    }
}

impl fmt::Debug for Trunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, peers, transport, trusted_cli, channels, outbound, .. } = self;
        write!(
            f,
            "Trunk({name} {peers:?} {transport:?} trusted_cli={trusted_cli} channels={channels} to {outbound:?})"
        )
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({} at {})", self.user, self.realm)
    }
}

impl fmt::Debug for PhoneAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneAccount({})", super::arrival::masked(&self.user))
    }
}
