//! A thread that calls at an even pace as a trunk would, from one socket: INVITE, ACK, and BYE after a short talk, each sent
//! again as RFC 3261 says while no answer comes. It prints how late it was itself, because a late load proves nothing.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

pub(crate) const THREAD: &str = "caller";
const T1: Duration = Duration::from_millis(500);
const T2: Duration = Duration::from_secs(4);
/// What has no answer by then has failed (64*T1).
const GIVEN_UP: Duration = Duration::from_secs(32);
const TALK: Duration = Duration::from_millis(200);
const SOCKET_BYTES: usize = 4 << 20;
/// Messages read before the pace is looked at again.
const READ_MAX: usize = 64;
const DATAGRAM_MAX: usize = 4_096;

/// What one run saw.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) offered: u64,
    pub(crate) answered: u64,
    /// With 503 and Retry-After.
    pub(crate) refused: u64,
    /// Any other final answer, by what it was.
    pub(crate) failed: BTreeMap<String, u64>,
    pub(crate) sent_again: u64,
    /// From each first INVITE to its 200.
    pub(crate) set_up: Vec<Duration>,
    pub(crate) late_max: Duration,
    /// From the first INVITE to the last.
    pub(crate) lasted: Duration,
}

struct Call {
    begun: Instant,
    /// Which message is on its way, and when it goes again.
    asking: Asking,
    again_at: Instant,
    wait: Duration,
    /// Of the 200, for the BYE.
    to_tag: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Asking {
    Invite,
    /// A provisional answer came: it is not sent again.
    Proceeding,
    Talk,
    Bye,
}

struct Caller {
    socket: UdpSocket,
    local: SocketAddr,
    server: SocketAddr,
    run: usize,
    calls: BTreeMap<u64, Call>,
    due: BinaryHeap<Reverse<(Instant, u64)>>,
    seen: Seen,
}

/// Offers `rate` calls a second for so long, and waits until each has ended. Blocks.
pub(crate) fn offer(
    from: IpAddr,
    server: SocketAddr,
    rate: u32,
    lasting: Duration,
    run: usize,
) -> Seen {
    let thread = thread::Builder::new()
        .name(THREAD.into())
        .spawn(move || Caller::new(from, server, run).offer(rate, lasting))
        .expect("a thread starts");
    thread.join().expect("the caller does not panic")
}

impl Caller {
    fn new(from: IpAddr, server: SocketAddr, run: usize) -> Self {
        let socket = UdpSocket::bind((from, 0)).expect("a free port");
        // What the system grants.
        let _ = SockRef::from(&socket).set_recv_buffer_size(SOCKET_BYTES);
        socket.set_nonblocking(true).expect("a socket that does not wait");
        let local = socket.local_addr().expect("a bound socket has an address");
        let (calls, due) = (BTreeMap::new(), BinaryHeap::new());
        Self { socket, local, server, run, calls, due, seen: Seen::default() }
    }

    fn offer(mut self, rate: u32, lasting: Duration) -> Seen {
        super::machine::keep_to_core(THREAD, 1);
        let begun = Instant::now();
        let total = u64::from(rate) * lasting.as_millis() as u64 / 1_000;
        let at = |n: u64| begun + Duration::from_nanos(n * 1_000_000_000 / u64::from(rate));
        while self.seen.offered < total || !self.calls.is_empty() {
            let now = Instant::now();
            if self.seen.offered < total && now >= at(self.seen.offered) {
                let n = self.seen.offered;
                self.seen.late_max = self.seen.late_max.max(now - at(n));
                self.begin(n, now);
                self.seen.lasted = now - begun;
            }
            self.again(now);
            if !self.read() {
                let next = if self.seen.offered < total { at(self.seen.offered) } else { now + T1 };
                let wait = next.saturating_duration_since(Instant::now());
                thread::sleep(wait.min(Duration::from_micros(200)));
            }
        }
        self.seen
    }

    fn begin(&mut self, n: u64, now: Instant) {
        self.seen.offered += 1;
        let again_at = now + T1;
        let call =
            Call { begun: now, asking: Asking::Invite, again_at, wait: T1, to_tag: String::new() };
        self.calls.insert(n, call);
        self.due.push(Reverse((again_at, n)));
        self.send("INVITE", n, "");
    }

    /// What is due by now: messages without an answer go again, talks end, and the deaf are given up.
    fn again(&mut self, now: Instant) {
        while let Some(Reverse((at, n))) = self.due.peek().copied() {
            if at > now {
                return;
            }
            self.due.pop();
            let Some(call) = self.calls.get_mut(&n) else { continue };
            if call.again_at != at {
                continue;
            }
            if now - call.begun > GIVEN_UP {
                self.ended(n, "no answer");
                continue;
            }
            let method = match call.asking {
                Asking::Invite => "INVITE",
                Asking::Talk | Asking::Bye => "BYE",
                Asking::Proceeding => "",
            };
            if call.asking == Asking::Talk {
                (call.asking, call.wait) = (Asking::Bye, T1);
            } else {
                self.seen.sent_again += u64::from(call.asking != Asking::Proceeding);
                call.wait = match call.asking {
                    Asking::Bye => (call.wait * 2).min(T2),
                    _ => call.wait * 2,
                };
            }
            call.again_at = now + call.wait;
            let (again_at, to_tag) = (call.again_at, call.to_tag.clone());
            self.due.push(Reverse((again_at, n)));
            if !method.is_empty() {
                self.send(method, n, &to_tag);
            }
        }
    }

    /// False when nothing had come.
    fn read(&mut self) -> bool {
        let mut datagram = [0; DATAGRAM_MAX];
        for read in 0..READ_MAX {
            let Ok((length, _)) = self.socket.recv_from(&mut datagram) else { return read > 0 };
            let text = String::from_utf8_lossy(&datagram[..length]).into_owned();
            self.hear(&text);
        }
        true
    }

    fn hear(&mut self, text: &str) {
        let header = |name: &str| {
            let of = |line: &str| {
                let (key, value) = line.split_once(':')?;
                key.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
            };
            text.lines().take_while(|line| !line.is_empty()).find_map(of)
        };
        let status = text.strip_prefix("SIP/2.0 ").and_then(|rest| rest.get(..3)?.parse().ok());
        let Some(status): Option<u16> = status else { return };
        let call_id = header("Call-ID").unwrap_or_default();
        let number = call_id.strip_prefix(&format!("{}-", self.run));
        let Some(n) = number.and_then(|n| n.parse().ok()) else { return };
        let of_invite = header("CSeq").is_some_and(|cseq| cseq.ends_with("INVITE"));
        let tag = || {
            let to = header("To").unwrap_or_default();
            to.split_once("tag=").map(|(_, tag)| tag.to_owned()).unwrap_or_default()
        };
        match (of_invite, status) {
            (true, 100..=199) => {
                if let Some(call) = self.calls.get_mut(&n)
                    && call.asking == Asking::Invite
                {
                    call.asking = Asking::Proceeding;
                }
            }
            (true, 200..=299) => {
                let tag = tag();
                self.send("ACK", n, &tag);
                let now = Instant::now();
                if let Some(call) = self.calls.get_mut(&n)
                    && matches!(call.asking, Asking::Invite | Asking::Proceeding)
                {
                    (call.asking, call.to_tag, call.again_at) = (Asking::Talk, tag, now + TALK);
                    self.due.push(Reverse((call.again_at, n)));
                    self.seen.set_up.push(now - call.begun);
                }
            }
            (true, _) => {
                self.send("ACK of a refusal", n, &tag());
                let waits = header("Retry-After").is_some();
                self.ended(n, if status == 503 && waits { "refused" } else { &text[8..11] });
            }
            (false, 200..=299) => self.ended(n, "answered"),
            (false, _) => self.ended(n, "the BYE was refused"),
        }
    }

    fn ended(&mut self, n: u64, how: &str) {
        if self.calls.remove(&n).is_none() {
            return;
        }
        match how {
            "answered" => self.seen.answered += 1,
            "refused" => self.seen.refused += 1,
            other => *self.seen.failed.entry(other.to_owned()).or_default() += 1,
        }
    }

    fn send(&self, what: &str, n: u64, to_tag: &str) {
        let Self { local, server, run, .. } = self;
        let (method, branch, cseq) = match what {
            // Of a 2xx it is a transaction of its own, of a refusal the INVITE's (RFC 3261 17.1.1.3).
            "ACK" => ("ACK", "a", 1),
            "ACK of a refusal" => ("ACK", "i", 1),
            "BYE" => ("BYE", "b", 2),
            other => (other, "i", 1),
        };
        let body = if method == "INVITE" {
            format!(
                "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio 9 RTP/AVP 8 101\r\n\
                 a=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n",
                ip = local.ip()
            )
        } else {
            String::new()
        };
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        let tag = if to_tag.is_empty() { String::new() } else { format!(";tag={to_tag}") };
        let message = format!(
            "{method} sip:181@{server} SIP/2.0\r\n\
             Via: SIP/2.0/UDP {local};branch=z9hG4bK{run}-{n}-{branch};rport\r\n\
             Max-Forwards: 70\r\n\
             From: <sip:9000000001@{host}>;tag=f{run}-{n}\r\n\
             To: <sip:181@{server}>{tag}\r\n\
             Call-ID: {run}-{n}\r\n\
             CSeq: {cseq} {method}\r\n\
             Contact: <sip:9000000001@{local}>\r\n\
             {kind}Content-Length: {length}\r\n\r\n{body}",
            host = local.ip(),
            length = body.len()
        );
        // A full socket is a loss like another: it goes again.
        let _ = self.socket.send_to(message.as_bytes(), server);
    }
}
