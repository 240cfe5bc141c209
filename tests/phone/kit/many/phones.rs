//! Many telephones behind one socket: each answers the calls to it at once, says a tone and counts what it hears.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use helpline181::telephony::{
    Transport,
    audio::{self, Audio},
    phone::{Phone, Settings},
};
use tokio::{
    net::UdpSocket,
    sync::watch,
    task::JoinHandle,
    time::{interval, timeout},
};

use crate::kit::{
    rtp::{FRAME_MS, Stream},
    sip::Message,
};

const REALM: &str = "helpline181";
/// What every desk phone of the tests is registered for: longer than any test.
const REGISTERED_S: u32 = 300;
/// RFC 3261's T1: a 200 is sent again until its ACK comes.
const RETRY: Duration = Duration::from_millis(500);
const FRAME: Duration = Duration::from_millis(FRAME_MS as u64);
const FREE: Duration = Duration::from_secs(30);
const RECEIVE_BUFFER_BYTES: usize = 4 << 20;
/// A-law, without its sign and with the even bits turned back: past it, a sample is loud.
const LOUD: u8 = 0x50;

/// Closed when dropped.
pub(crate) struct Phones {
    local: SocketAddr,
    calls: Arc<Mutex<HashMap<String, Call>>>,
    grown: watch::Receiver<usize>,
    tasks: Vec<JoinHandle<()>>,
    sip: Arc<UdpSocket>,
}

/// One call to one of the phones.
#[derive(Clone)]
pub(crate) struct Call {
    /// In the order in which they came.
    n: usize,
    /// The user part of whom the call was for.
    pub(crate) user: String,
    /// Packets of a loud sound that came.
    pub(crate) loud: usize,
    pub(crate) over: bool,
    invite: Arc<Message>,
    answer: Vec<u8>,
    acknowledged: bool,
    /// Where its sound goes, and comes from.
    toward: SocketAddr,
    stream: Arc<Mutex<Stream>>,
    hears_tone: Arc<Vec<Vec<u8>>>,
    said: usize,
    from: SocketAddr,
}

impl Phones {
    /// Telephones that nobody has to register: everything that is called at this address.
    pub(crate) async fn answer(local: SocketAddr) -> Self {
        let mut clock = interval(FRAME);
        let free = async {
            loop {
                clock.tick().await;
                if let Ok(socket) = UdpSocket::bind(local).await {
                    return socket;
                }
            }
        };
        let sip = Arc::new(timeout(FREE, free).await.expect("the address is free"));
        let rtp = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None).unwrap();
        rtp.set_recv_buffer_size(RECEIVE_BUFFER_BYTES).unwrap();
        rtp.set_nonblocking(true).unwrap();
        rtp.bind(&SocketAddr::new(local.ip(), 0).into()).unwrap();
        let rtp = Arc::new(UdpSocket::from_std(rtp.into()).unwrap());
        let calls = Arc::<Mutex<HashMap<String, Call>>>::default();
        let (told, grown) = watch::channel(0);
        let tasks = vec![
            tokio::spawn(signal(sip.clone(), rtp.local_addr().unwrap(), calls.clone(), told)),
            tokio::spawn(repeat(sip.clone(), calls.clone())),
            tokio::spawn(listen(rtp.clone(), calls.clone())),
            tokio::spawn(speak(rtp, calls.clone())),
        ];
        Self { local, calls, grown, tasks, sip }
    }

    /// Registers these users and answers for all of them.
    pub(crate) async fn register(
        server: SocketAddr,
        local: SocketAddr,
        users: &[String],
        password: &str,
    ) -> Self {
        register(server, local, users, password).await;
        Self::answer(local).await
    }

    /// Waits until so many calls have been answered and acknowledged, those that are over among them.
    pub(crate) async fn answered(&mut self, calls: usize, within: Duration) {
        let waited =
            timeout(within, self.grown.wait_for(|answered| *answered >= calls)).await.is_ok();
        assert!(waited, "{} of {calls} calls came to {}", *self.grown.borrow(), self.local);
    }

    /// Each call that came, in no order.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().values().cloned().collect()
    }

    /// Hangs up so many of the calls that are up, the oldest first.
    pub(crate) async fn hang_up(&self, calls: usize) {
        let byes: Vec<_> = {
            let mut all = self.calls.lock().unwrap();
            let mut up: Vec<_> =
                all.values_mut().filter(|call| call.acknowledged && !call.over).collect();
            up.sort_by_key(|call| call.n);
            let oldest = up.into_iter().take(calls);
            oldest
                .map(|call| {
                    call.over = true;
                    (call.bye(self.local), call.from)
                })
                .collect()
        };
        for (bye, to) in byes {
            self.sip.send_to(&bye, to).await.unwrap();
        }
    }
}

/// Registers these users at one address, one after the other, for whatever answers there.
pub(crate) async fn register(
    server: SocketAddr,
    local: SocketAddr,
    users: &[String],
    password: &str,
) {
    let sound = audio::Config { realtime: false, ..audio::Config::new(local.ip()) };
    let audio = Audio::start(sound).unwrap();
    for user in users {
        let settings = Settings { local, server, transport: Transport::Udp, number: user.clone() };
        let phone = opened(settings, &audio).await;
        let granted = phone.register(password, REALM, REGISTERED_S).await.unwrap();
        assert!(granted > 0, "{user} is not registered");
        phone.close().await;
    }
    audio.shutdown().await;
}

impl Drop for Phones {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Call {
    fn bye(&self, local: SocketAddr) -> Vec<u8> {
        let Self { invite, .. } = self;
        let (target, from, to) = (invite.contact(), invite.header("from"), invite.header("to"));
        format!(
            "BYE {target} SIP/2.0\r\nVia: SIP/2.0/UDP {local};rport;branch=z9hG4bKbye{call}\r\nMax-Forwards: 70\r\n\
             From: {to};tag=desk\r\nTo: {from}\r\nCall-ID: {call}\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n",
            call = invite.header("call-id"),
        )
        .into_bytes()
    }
}

/// The socket of the one before is closed a moment after its phone.
async fn opened(settings: Settings, audio: &Audio) -> Phone {
    let mut clock = interval(FRAME);
    let opening = async {
        loop {
            clock.tick().await;
            if let Ok((phone, _)) = Phone::start(settings.clone(), audio.clone()).await {
                return phone;
            }
        }
    };
    timeout(FREE, opening).await.expect("the address is free")
}

fn answer(invite: &Message, local: SocketAddr, rtp: SocketAddr) -> Vec<u8> {
    let sdp = format!(
        "v=0\r\no=desk 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n\
         a=ptime:20\r\na=sendrecv\r\n",
        ip = rtp.ip(),
        port = rtp.port()
    );
    let head = invite.reply("200 OK", &format!("Contact: <sip:desk@{local}>\r\n"));
    let head = tagged(&head).replace("Content-Length: 0\r\n\r\n", "");
    let length = sdp.len();
    format!("{head}Content-Type: application/sdp\r\nContent-Length: {length}\r\n\r\n{sdp}")
        .into_bytes()
}

/// A response with our tag.
fn tagged(response: &[u8]) -> String {
    let text = String::from_utf8_lossy(response);
    let lines = text.split("\r\n").map(|line| match line.strip_prefix("to: ") {
        Some(to) if !to.contains(";tag=") => format!("to: {to};tag=desk"),
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\r\n")
}

async fn signal(
    sip: Arc<UdpSocket>,
    rtp: SocketAddr,
    calls: Arc<Mutex<HashMap<String, Call>>>,
    told: watch::Sender<usize>,
) {
    let local = sip.local_addr().unwrap();
    let tone: Vec<_> = Stream::new(1).tone(1_000, 800.0);
    let tone: Arc<Vec<_>> =
        Arc::new(tone.iter().map(|packet| packet.bytes[12..].to_vec()).collect());
    let mut buffer = vec![0; 65_536];
    while let Ok((length, from)) = sip.recv_from(&mut buffer).await {
        let Some(message) = Message::parse(&buffer[..length]) else { continue };
        if message.status().is_some() {
            continue;
        }
        let id = message.header("call-id").to_owned();
        let mut replies = Vec::new();
        match message.method() {
            "INVITE" => {
                let mut calls = calls.lock().unwrap();
                if !calls.contains_key(&id) {
                    let ringing = message.reply("180 Ringing", "");
                    replies.push(tagged(&ringing).into_bytes());
                }
                let n = calls.len();
                let again = message.header("to").contains(";tag=");
                let call = calls.entry(id).or_insert_with(|| Call {
                    n,
                    user: user(&message.start),
                    loud: 0,
                    over: false,
                    answer: answer(&message, local, rtp),
                    acknowledged: false,
                    toward: toward(&message, from),
                    stream: Arc::new(Mutex::new(Stream::new((n as u32 + 1) << 12))),
                    hears_tone: tone.clone(),
                    said: 0,
                    from,
                    invite: Arc::new(Message::parse(&buffer[..length]).unwrap()),
                });
                // A refresh of the session is answered as the call was.
                match again {
                    true => replies.push(answer(&message, local, rtp)),
                    false => replies.push(call.answer.clone()),
                }
            }
            "ACK" => {
                if let Some(call) = calls.lock().unwrap().get_mut(&id)
                    && !std::mem::replace(&mut call.acknowledged, true)
                {
                    told.send_modify(|answered| *answered += 1);
                }
            }
            "BYE" => {
                if let Some(call) = calls.lock().unwrap().get_mut(&id) {
                    call.over = true;
                }
                replies.push(message.reply("200 OK", ""));
            }
            _ => replies.push(message.reply("200 OK", "")),
        }
        for reply in replies {
            let _ = sip.send_to(&reply, from).await;
        }
    }
}

fn user(request: &str) -> String {
    let user = request.split("sip:").nth(1).and_then(|rest| rest.split('@').next());
    user.unwrap_or_default().to_owned()
}

fn toward(invite: &Message, from: SocketAddr) -> SocketAddr {
    let port = invite.sound().expect("the offer has sound").0;
    SocketAddr::new(from.ip(), port)
}

/// What is answered and not acknowledged is answered again.
async fn repeat(sip: Arc<UdpSocket>, calls: Arc<Mutex<HashMap<String, Call>>>) {
    let mut clock = interval(RETRY);
    loop {
        clock.tick().await;
        let open: Vec<_> = {
            let calls = calls.lock().unwrap();
            let open = calls.values().filter(|call| !call.acknowledged && !call.over);
            open.map(|call| (call.answer.clone(), call.from)).collect()
        };
        for (answer, from) in open {
            let _ = sip.send_to(&answer, from).await;
        }
    }
}

async fn listen(rtp: Arc<UdpSocket>, calls: Arc<Mutex<HashMap<String, Call>>>) {
    let mut buffer = [0; 2_048];
    while let Ok((length, from)) = rtp.recv_from(&mut buffer).await {
        let sample = |byte: &u8| (byte ^ 0x55) & 0x7f;
        let loud = length > 12
            && buffer[1] & 0x7f == 8
            && buffer[12..length].iter().filter(|byte| sample(byte) > LOUD).count() > 40;
        if loud {
            let mut calls = calls.lock().unwrap();
            if let Some(call) = calls.values_mut().find(|call| call.toward == from && !call.over) {
                call.loud += 1;
            }
        }
    }
}

async fn speak(rtp: Arc<UdpSocket>, calls: Arc<Mutex<HashMap<String, Call>>>) {
    let mut clock = interval(FRAME);
    loop {
        clock.tick().await;
        let mut calls = calls.lock().unwrap();
        for call in calls.values_mut().filter(|call| call.acknowledged && !call.over) {
            let payload = &call.hears_tone[call.said % call.hears_tone.len()];
            call.said += 1;
            let packet = call.stream.lock().unwrap().frame(payload.clone());
            let _ = rtp.try_send_to(&packet.bytes, call.toward);
        }
    }
}
