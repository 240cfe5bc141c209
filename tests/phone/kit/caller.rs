//! A small phone of our own: it hears when a prompt has ended, presses keys then, and can be led through a bad network.

use std::{
    collections::VecDeque,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex},
    time::Duration,
};

use helpline181::media::codec::Codec;
use tokio::{
    net::UdpSocket,
    sync::{mpsc, watch},
    task::JoinHandle,
    time::{interval, timeout},
};

use crate::kit::{
    relay::Relay,
    rtp::{FRAME_MS, Packet, Stream},
    sip::Message,
};

/// RFC 3261's T1.
const RETRY: Duration = Duration::from_millis(500);
const ANSWER: Duration = Duration::from_secs(16);
/// A prompt has ended when nothing came for this long.
const GAP: Duration = Duration::from_millis(240);
/// Packets that make a prompt, and not the tail of the one before.
const PROMPT_PACKETS: usize = 5;

/// One call to the helpline. Its tasks end when it is dropped.
pub(crate) struct Caller {
    sip: Arc<UdpSocket>,
    server: SocketAddr,
    number: String,
    call: String,
    /// The To with the helpline's tag, and its Contact.
    to: String,
    target: String,
    cseq: u32,
    sdp: String,
    sound: Arc<Mutex<Sound>>,
    /// Packets heard so far.
    heard: watch::Receiver<usize>,
    /// What is heard, while it is kept.
    tape: Arc<Mutex<Option<Vec<u8>>>>,
    messages: mpsc::Receiver<Message>,
    over: watch::Receiver<bool>,
    /// Answers no request but a BYE while false.
    answers: watch::Sender<bool>,
    rtp: Arc<UdpSocket>,
    /// Where its sound goes.
    toward: SocketAddr,
    tasks: Vec<JoinHandle<()>>,
    _relay: Option<Relay>,
}

struct Sound {
    stream: Stream,
    queue: VecDeque<Packet>,
    open: bool,
}

impl Drop for Caller {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Caller {
    /// Calls 181 and is answered; `relay` stands between its sound and the helpline's.
    pub(crate) async fn dial(
        from: IpAddr,
        server: SocketAddr,
        number: &str,
        relay: Option<Relay>,
    ) -> Self {
        Self::dial_to("181", from, server, number, relay).await
    }

    pub(crate) async fn dial_to(
        dialled: &str,
        from: IpAddr,
        server: SocketAddr,
        number: &str,
        relay: Option<Relay>,
    ) -> Self {
        let sip = Arc::new(UdpSocket::bind((from, 0)).await.unwrap());
        let rtp = Arc::new(UdpSocket::bind((from, 0)).await.unwrap());
        let shown = relay.as_ref().map_or(rtp.local_addr().unwrap(), Relay::shown);
        let local = sip.local_addr().unwrap();
        // No bit of the port is lost: the next port's call has another name.
        let seed = u32::from(local.port()) << 12 | 0x181;
        let (sender, messages) = mpsc::channel(64);
        let (over_sender, over) = watch::channel(false);
        let (heard_sender, heard) = watch::channel(0);
        let answers = watch::Sender::new(true);
        let tape = Arc::<Mutex<Option<Vec<u8>>>>::default();
        let sound = Arc::new(Mutex::new(Sound {
            stream: Stream::new(seed),
            queue: VecDeque::new(),
            open: true,
        }));
        let mut this = Self {
            sip: sip.clone(),
            server,
            number: number.into(),
            call: format!("{seed:08x}@{}", local.ip()),
            to: format!("<sip:{dialled}@{server}>"),
            target: format!("sip:{dialled}@{server}"),
            cseq: 0,
            sdp: format!(
                "v=0\r\no=caller 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP 8 101\r\n\
                 a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n",
                ip = shown.ip(),
                port = shown.port()
            ),
            sound: sound.clone(),
            heard,
            tape: tape.clone(),
            messages,
            over,
            rtp: rtp.clone(),
            toward: server,
            tasks: vec![
                tokio::spawn(signal(sip, sender, over_sender, answers.subscribe())),
                tokio::spawn(listen(rtp.clone(), heard_sender, tape.clone())),
            ],
            answers,
            _relay: None,
        };
        let answer = this.invite("sendrecv").await;
        let (port, _) = answer.sound().expect("the answer has sound");
        let theirs = SocketAddr::new(server.ip(), port);
        let toward = match &relay {
            Some(relay) => relay.lead(theirs, rtp.local_addr().unwrap()).await,
            None => theirs,
        };
        this.toward = toward;
        this.tasks.push(tokio::spawn(speak(rtp, toward, sound)));
        this._relay = relay;
        this
    }

    /// Waits until a prompt (or several without a gap) has been heard to its end.
    pub(crate) async fn hear(&mut self, within: Duration) {
        let start = *self.heard.borrow_and_update();
        let told = timeout(within, async {
            while *self.heard.borrow() < start + PROMPT_PACKETS {
                self.heard.changed().await.expect("the listener lives as long as the call");
            }
            while timeout(GAP, self.heard.changed()).await.is_ok() {}
        });
        assert!(
            told.await.is_ok(),
            "{}: no prompt ended within {within:?}: heard {} packets after {start}",
            self.number,
            *self.heard.borrow() - start
        );
    }

    /// Whether anything is heard within this time.
    pub(crate) async fn hears_anything(&mut self, within: Duration) -> bool {
        self.heard.borrow_and_update();
        timeout(within, self.heard.changed()).await.is_ok()
    }

    /// Keeps what it hears from now on.
    pub(crate) fn keep(&self) {
        *self.tape.lock().unwrap() = Some(Vec::new());
    }

    pub(crate) fn kept(&self) -> Vec<f64> {
        let tape = self.tape.lock().unwrap();
        let pcm = Codec::Pcma.decode(tape.as_deref().expect("it keeps what it hears"));
        pcm.into_iter().map(f64::from).collect()
    }

    pub(crate) async fn press(&self, keys: &str) {
        for key in keys.chars() {
            let packets = {
                let mut sound = self.sound.lock().unwrap();
                let mut packets = sound.stream.key(key);
                packets.extend(sound.stream.quiet(120));
                packets
            };
            self.send(packets).await;
        }
    }

    pub(crate) async fn speak(&self, ms: u32) {
        let packets = self.sound.lock().unwrap().stream.voice(ms);
        self.send(packets).await;
    }

    /// As `speak`, at another pitch than baresip's.
    pub(crate) async fn sing(&self, ms: u32, hertz: f64) {
        let packets = self.sound.lock().unwrap().stream.tone(ms, hertz);
        self.send(packets).await;
    }

    async fn send(&self, packets: Vec<Packet>) {
        let mut clock = interval(Duration::from_millis(u64::from(FRAME_MS)));
        let count = packets.len();
        self.sound.lock().unwrap().queue.extend(packets);
        for _ in 0..count {
            clock.tick().await;
        }
        while !self.sound.lock().unwrap().queue.is_empty() {
            clock.tick().await;
        }
    }

    /// Stops sending any sound at all, as a phone that lost its network.
    pub(crate) fn fall_silent(&self) {
        self.sound.lock().unwrap().open = false;
    }

    /// Answers no OPTIONS any more.
    pub(crate) fn answer_nothing(&self) {
        self.answers.send_replace(false);
    }

    /// Sends any bytes where its sound goes.
    pub(crate) async fn throw(&self, bytes: &[u8]) {
        self.rtp.send_to(bytes, self.toward).await.unwrap();
    }

    /// Holds or resumes; gives the helpline's direction.
    pub(crate) async fn offer(&mut self, direction: &str) -> String {
        let answer = self.invite(direction).await;
        answer.sound().expect("the answer has sound").1.to_owned()
    }

    pub(crate) async fn hang_up(mut self) {
        self.cseq += 1;
        let bye = self.request("BYE", self.cseq, "");
        self.ask(bye).await;
    }

    /// Waits until the helpline hangs up.
    pub(crate) async fn hung_up(&mut self, within: Duration) {
        let over = timeout(within, self.over.wait_for(|over| *over)).await;
        assert!(over.is_ok(), "the helpline did not hang up within {within:?}");
    }

    async fn invite(&mut self, direction: &str) -> Message {
        self.cseq += 1;
        let sdp = format!("{}a={direction}\r\n", self.sdp);
        let answer = self.ask(self.request("INVITE", self.cseq, &sdp)).await;
        assert_eq!(answer.status(), Some(200), "{}", answer.start);
        self.to = answer.header("to").into();
        self.target = answer.contact().into();
        let ack = self.request("ACK", self.cseq, "");
        self.sip.send_to(ack.as_bytes(), self.server).await.unwrap();
        answer
    }

    /// Sends a request until a final answer comes.
    async fn ask(&mut self, request: String) -> Message {
        let cseq = format!("{} ", self.cseq);
        let answer = timeout(ANSWER, async {
            loop {
                self.sip.send_to(request.as_bytes(), self.server).await.unwrap();
                while let Ok(message) = timeout(RETRY, self.messages.recv()).await {
                    let message = message.expect("the socket is open");
                    if message.status().is_some_and(|status| status >= 200)
                        && message.header("cseq").starts_with(&cseq)
                    {
                        return message;
                    }
                }
            }
        });
        answer.await.unwrap_or_else(|_| panic!("no answer to {}", request.lines().next().unwrap()))
    }

    fn request(&self, method: &str, cseq: u32, body: &str) -> String {
        let local = self.sip.local_addr().unwrap();
        let (number, call, to, target) = (&self.number, &self.call, &self.to, &self.target);
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        format!(
            "{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP {local};rport;branch=z9hG4bK{call}{cseq}{method}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:{number}@{local}>;tag=c1\r\nTo: {to}\r\nCall-ID: {call}\r\n\
             CSeq: {cseq} {method}\r\nContact: <sip:caller@{local}>\r\n{kind}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }
}

/// Answers what the helpline asks within the call and hands its answers on.
async fn signal(
    socket: Arc<UdpSocket>,
    heard: mpsc::Sender<Message>,
    over: watch::Sender<bool>,
    answers: watch::Receiver<bool>,
) {
    let mut buffer = [0; 65_536];
    while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
        let Some(message) = Message::parse(&buffer[..length]) else { continue };
        if message.status().is_some() {
            let _ = heard.send(message).await;
            continue;
        }
        let silent = message.method() != "BYE" && !*answers.borrow();
        if message.method() != "ACK" && !silent {
            let _ = socket.send_to(&message.reply("200 OK", ""), from).await;
        }
        if message.method() == "BYE" {
            over.send_replace(true);
        }
    }
}

async fn listen(
    socket: Arc<UdpSocket>,
    heard: watch::Sender<usize>,
    tape: Arc<Mutex<Option<Vec<u8>>>>,
) {
    let mut buffer = [0; 2_048];
    while let Ok((length, _)) = socket.recv_from(&mut buffer).await {
        if length > 12 && buffer[1] & 0x7f == 8 {
            if let Some(tape) = tape.lock().unwrap().as_mut() {
                tape.extend(&buffer[12..length]);
            }
            heard.send_modify(|packets| *packets += 1);
        }
    }
}

/// A packet every 20 ms: what is queued, else silence.
async fn speak(socket: Arc<UdpSocket>, toward: SocketAddr, sound: Arc<Mutex<Sound>>) {
    let mut clock = interval(Duration::from_millis(u64::from(FRAME_MS)));
    loop {
        clock.tick().await;
        let packet = {
            let mut sound = sound.lock().unwrap();
            let next = sound.queue.pop_front();
            match next {
                Some(packet) => Some(packet),
                None if sound.open => sound.stream.quiet(FRAME_MS).pop(),
                None => None,
            }
        };
        if let Some(packet) = packet {
            let _ = socket.send_to(&packet.bytes, toward).await;
        }
    }
}
