//! Hand-written malformed SIP, SDP, RTP and gRPC: the server answers an OPTIONS after each and no task panics.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UdpSocket},
    time::timeout,
};

use crate::kit::{caller::Caller, network::Network, server::Server, sip::Message};

const ANSWER: Duration = Duration::from_secs(3);

/// A sender that knows SIP's rules and breaks them.
struct Attacker {
    socket: UdpSocket,
    server: SocketAddr,
    sent: u32,
}

impl Attacker {
    async fn at(from: IpAddr, server: SocketAddr) -> Self {
        Self { socket: UdpSocket::bind((from, 0)).await.unwrap(), server, sent: 0 }
    }

    /// A well-formed request, for the others to differ from.
    fn request(&self, method: &str, body: &str) -> String {
        let (local, server, n) = (self.socket.local_addr().unwrap(), self.server, self.sent);
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        format!(
            "{method} sip:181@{server} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bKx{n}{method}\r\nMax-Forwards: 70\r\n\
             From: <sip:9000000801@{local}>;tag=a{n}\r\nTo: <sip:181@{server}>\r\nCall-ID: x{n}@{local}\r\nCSeq: {n} {method}\r\n\
             Contact: <sip:x@{local}>\r\n{kind}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    async fn throw(&mut self, bytes: &[u8]) {
        self.sent += 1;
        // The kernel refuses what is larger than a datagram; nothing else may fail.
        let _ = self.socket.send_to(bytes, self.server).await;
    }

    /// An OPTIONS must be answered, whatever came before it.
    async fn assert_answers(&mut self, after: &str) {
        self.sent += 1;
        let options = self.request("OPTIONS", "");
        let mark = format!("x{}@", self.sent);
        let answered = timeout(ANSWER, async {
            let mut buffer = vec![0; 65_536];
            for _ in 0..4 {
                self.socket.send_to(options.as_bytes(), self.server).await.unwrap();
                while let Ok(Ok(length)) =
                    timeout(Duration::from_millis(700), self.socket.recv(&mut buffer)).await
                {
                    let message = Message::parse(&buffer[..length]);
                    if message.is_some_and(|message| {
                        message.status() == Some(200)
                            && message.header("call-id").starts_with(&mark)
                    }) {
                        return;
                    }
                }
            }
            std::future::pending().await
        });
        assert!(answered.await.is_ok(), "no answer to an OPTIONS after {after}");
    }
}

/// (what it is, how it differs from a good request).
fn malformed(good: &str) -> Vec<(&'static str, Vec<u8>)> {
    let without = |name: &str| {
        let lines = good.split("\r\n").filter(|line| !line.starts_with(name));
        lines.collect::<Vec<_>>().join("\r\n").into_bytes()
    };
    let with = |from: &str, to: &str| {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good, "{from}");
        text.into_bytes()
    };
    let long = "x".repeat(7_000);
    let many_vias = "Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKq\r\n".repeat(120);
    let mut list = vec![
        ("nothing", vec![]),
        ("keep-alive", b"\r\n\r\n".to_vec()),
        ("one byte", vec![0]),
        ("every byte", (0..=255).collect()),
        ("zeros", vec![0; 1_000]),
        ("a start line alone", b"INVITE sip:181@127.0.0.1 SIP/2.0\r\n\r\n".to_vec()),
        ("half a start line", b"INVITE sip:1".to_vec()),
        ("a response to nothing", with("INVITE sip", "SIP/2.0 200 OK\r\nX: sip")),
        (
            "a response with status 9999",
            b"SIP/2.0 9999 Strange\r\nVia: SIP/2.0/UDP 127.0.0.1\r\n\r\n".to_vec(),
        ),
        ("SIP/7.0", with("SIP/2.0\r\n", "SIP/7.0\r\n")),
        ("an unknown method", with("INVITE sip", "FLY sip")),
        ("a method with signs", with("INVITE sip", "INV/ITE sip")),
        ("an empty URI", with("INVITE sip:181@", "INVITE @")),
        ("a URI in angle brackets", with("INVITE sip:181", "INVITE <sip:181>;x=")),
        ("a tel URI", with("INVITE sip:181@", "INVITE tel:181;x=")),
        ("an unknown scheme", with("INVITE sip:", "INVITE gopher:")),
        ("a URI of 7,000 letters", with("INVITE sip:181", &format!("INVITE sip:{long}"))),
        ("a CSeq of another method", with(" INVITE\r\nContact", " BYE\r\nContact")),
        ("a CSeq past 32 bits", with("CSeq: ", "CSeq: 99999999999")),
        ("a CSeq below zero", with("CSeq: ", "CSeq: -")),
        ("a CSeq without a number", with("CSeq: ", "CSeq: x")),
        ("a Via port of 99999", with(";branch", "9;branch")),
        ("a Via without a host", with("Via: SIP/2.0/UDP ", "Via: SIP/2.0/UDP ;x=")),
        ("an empty Via", with("Via: SIP/2.0/UDP", "Via: \r\nX-Via: ")),
        ("a Via of 6 parts", with("SIP/2.0/UDP", "SIP / 2.0 / UDP / X / Y / Z")),
        ("120 Vias", with("Via: SIP", &format!("{many_vias}Via: SIP"))),
        ("two From", with("From:", "From: <sip:other@127.0.0.1>;tag=q\r\nFrom:")),
        ("two CSeq", with("CSeq:", "CSeq: 1 BYE\r\nCSeq:")),
        ("two Call-ID", with("Call-ID:", "Call-ID: q\r\nCall-ID:")),
        ("a Content-Length below zero", with("Content-Length: ", "Content-Length: -")),
        ("a Content-Length past the datagram", with("Content-Length: ", "Content-Length: 9")),
        (
            "a Content-Length past 64 bits",
            with("Content-Length: ", "Content-Length: 99999999999999999999"),
        ),
        ("a Content-Length of letters", with("Content-Length: ", "Content-Length: many")),
        ("white space around =", with(";tag=", ";tag = ")),
        ("folded lines", with("From: ", "From:\r\n  ")),
        ("line feeds alone", good.replace("\r\n", "\n").into_bytes()),
        ("a NUL in a header", with("Max-Forwards: 70", "Max-Forwards: 7\u{0}0")),
        ("Max-Forwards 0", with("Max-Forwards: 70", "Max-Forwards: 0")),
        ("Max-Forwards 300", with("Max-Forwards: 70", "Max-Forwards: 300")),
        ("an unclosed quote", with("From: <", "From: \"x <")),
        ("a quoted comma", with("From: <", "From: \"x, \\\"y\" <")),
        ("format letters", with("From: <", "From: \"%n%s%d\" <")),
        ("a header without a colon", with("Max-Forwards: 70", "Max-Forwards 70")),
        ("a header of 7,000 letters", with("Max-Forwards: 70", &format!("Subject: {long}"))),
        (
            "a tag of a dialog that is not",
            with("To: <sip:181", "To: <sip:181@x>;tag=none\r\nX: <sip:181"),
        ),
        ("a Contact of *", with("Contact: <", "Contact: *\r\nX: <")),
        ("no line end", good.trim_end().as_bytes().to_vec()),
    ];
    for name in
        ["Via", "From", "To", "Call-ID", "CSeq", "Max-Forwards", "Contact", "Content-Length"]
    {
        list.push(("a missing mandatory header", without(name)));
    }
    let mut torn = good.as_bytes().to_vec();
    torn[60] = 0xff;
    torn[61] = 0xc0;
    list.push(("broken UTF-8", torn));
    list.push((
        "a datagram of 60,000 bytes",
        [good.as_bytes(), &vec![b'x'; 60_000 - good.len()]].concat(),
    ));
    list
}

fn malformed_sdp() -> Vec<(&'static str, String)> {
    let good = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8 101\r\n\
                a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n";
    let with = |from: &str, to: &str| {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good, "{from}");
        text
    };
    vec![
        ("no sdp at all", "x".into()),
        ("an sdp of line ends", "\r\n\r\n\r\n".into()),
        ("no m line", with("m=audio 40000 RTP/AVP 8 101", "b=AS:64")),
        ("no c line", with("c=IN IP4 127.0.0.1\r\n", "")),
        ("a c line without an address", with("c=IN IP4 127.0.0.1", "c=IN IP4 ")),
        ("a c line of names", with("c=IN IP4 127.0.0.1", "c=IN IP4 example.invalid")),
        ("a c line of IPv6", with("c=IN IP4 127.0.0.1", "c=IN IP6 ::1")),
        ("a multicast address", with("c=IN IP4 127.0.0.1", "c=IN IP4 224.0.0.1/127")),
        ("port 0", with("40000", "0")),
        ("port 70000", with("40000", "70000")),
        ("a port below zero", with("40000", "-1")),
        ("a port range", with("40000", "40000/65535")),
        ("no codec of ours", with("RTP/AVP 8 101", "RTP/AVP 9 111")),
        ("no payload type", with("RTP/AVP 8 101", "RTP/AVP")),
        ("payload type 300", with("RTP/AVP 8 101", "RTP/AVP 300 8")),
        ("a secure profile", with("RTP/AVP", "RTP/SAVPF")),
        ("video alone", with("m=audio", "m=video")),
        (
            "500 m lines",
            with("m=audio", &format!("{}m=audio", "m=audio 40002 RTP/AVP 0\r\n".repeat(200))),
        ),
        ("an rtpmap without an end", with("a=rtpmap:8 PCMA/8000", "a=rtpmap:")),
        ("an rtpmap of 0 Hz", with("PCMA/8000", "PCMA/0")),
        ("an rtpmap past 32 bits", with("PCMA/8000", "PCMA/99999999999")),
        ("telephone events at 48 kHz", with("telephone-event/8000", "telephone-event/48000")),
        ("fmtp nonsense", format!("{good}a=fmtp:101 0-999,,-,16\r\na=fmtp:\r\n")),
        ("ptime 0", format!("{good}a=ptime:0\r\na=maxptime:-5\r\n")),
        ("all directions at once", format!("{good}a=sendonly\r\na=recvonly\r\na=inactive\r\n")),
        ("lines without =", format!("{good}abc\r\n=\r\nm\r\n")),
        (
            "an origin past 64 bits",
            with("o=- 1 1", "o=- 99999999999999999999999 99999999999999999999999"),
        ),
    ]
}

#[tokio::test]
async fn malformed_sip_is_survived_by_datagram() {
    let server = Server::start().await;
    datagrams(&server.network).await;
    server.assert_calm();
}

pub(crate) async fn datagrams(network: &Network) {
    for from in [network.trunk(), network.strangers(), network.host(9)] {
        let trunk = from == network.trunk();
        let mut attacker = Attacker::at(from, network.sip()).await;
        let mut watchman = Attacker::at(network.trunk(), network.sip()).await;
        for (what, bytes) in malformed(&attacker.request("INVITE", "")) {
            attacker.throw(&bytes).await;
            watchman.assert_answers(&format!("{what} (trunk: {trunk})")).await;
        }
        for method in [
            "ACK",
            "BYE",
            "CANCEL",
            "INFO",
            "UPDATE",
            "REFER",
            "NOTIFY",
            "MESSAGE",
            "PRACK",
            "REGISTER",
            "SUBSCRIBE",
        ] {
            attacker.throw(attacker.request(method, "").as_bytes()).await;
            watchman.assert_answers(method).await;
        }
    }
}

#[tokio::test]
async fn malformed_sdp_is_survived() {
    let server = Server::start().await;
    sdp(&server.network).await;
    server.assert_calm();
}

pub(crate) async fn sdp(network: &Network) {
    let mut attacker = Attacker::at(network.trunk(), network.sip()).await;
    let mut watchman = Attacker::at(network.trunk(), network.sip()).await;
    for (what, sdp) in malformed_sdp() {
        attacker.throw(attacker.request("INVITE", &sdp).as_bytes()).await;
        watchman.assert_answers(what).await;
    }
}

#[tokio::test]
async fn malformed_sip_is_survived_by_stream() {
    let server = Server::start().await;
    streams(&server.network).await;
    server.assert_calm();
}

pub(crate) async fn streams(network: &Network) {
    let mut watchman = Attacker::at(network.trunk(), network.sip()).await;
    let from = network.trunk();
    for (what, bytes) in malformed(&watchman.request("INVITE", "")) {
        let mut stream = connect(from, network.sip()).await;
        let _ = stream.write_all(&bytes).await;
        watchman.assert_answers(what).await;
        // The server may answer; it closes what we have closed.
        let _ = stream.shutdown().await;
        let closed = timeout(ANSWER, stream.read_to_end(&mut Vec::new())).await;
        assert!(closed.is_ok(), "a stream stays open after {what}");
    }
    // A body that never comes, a line without an end, and a good request byte by byte.
    let mut waiting = connect(from, network.sip()).await;
    waiting
        .write_all(b"INVITE sip:181@x SIP/2.0\r\nContent-Length: 1000000000\r\n\r\n")
        .await
        .unwrap();
    let mut endless = connect(from, network.sip()).await;
    let _ = endless.write_all(&vec![b'a'; 200_000]).await;
    watchman.assert_answers("a line of 200,000 letters").await;
    let mut slow = connect(from, network.sip()).await;
    let options = watchman.request("OPTIONS", "").replace("SIP/2.0/UDP", "SIP/2.0/TCP");
    for byte in options.as_bytes() {
        slow.write_all(&[*byte]).await.unwrap();
        slow.flush().await.unwrap();
    }
    let mut answer = [0; 4_096];
    let length = timeout(ANSWER, slow.read(&mut answer))
        .await
        .expect("an answer to the slow OPTIONS")
        .unwrap();
    assert!(
        answer[..length].starts_with(b"SIP/2.0 200"),
        "{}",
        String::from_utf8_lossy(&answer[..length])
    );
}

async fn connect(from: IpAddr, to: SocketAddr) -> TcpStream {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(from, 0)).unwrap();
    socket.connect(to).await.unwrap()
}

#[tokio::test]
async fn malformed_rtp_is_survived_and_the_call_goes_on() {
    let server = Server::start().await;
    let mut watchman = Attacker::at(server.network.trunk(), server.sip()).await;
    let mut caller = Caller::dial(server.network.trunk(), server.sip(), "9000000811", None).await;
    caller.hear(Duration::from_secs(40)).await;
    let head = |first: u8, kind: u8| {
        let mut packet = vec![first, kind, 0, 1, 0, 0, 0, 1, 0, 0, 0, 7];
        packet.extend([0xd5; 160]);
        packet
    };
    let event = |payload: &[u8]| {
        let mut packet = head(0x80, 101);
        packet.truncate(12);
        packet.extend(payload);
        packet
    };
    let packets: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", vec![]),
        ("one byte", vec![0x80]),
        ("half a header", vec![0x80; 11]),
        ("a header alone", head(0x80, 8)[..12].to_vec()),
        ("version 0", head(0x00, 8)),
        ("version 3", head(0xc0, 8)),
        ("15 sources and none there", head(0x8f, 8)[..14].to_vec()),
        ("an extension past the end", [&head(0x90, 8)[..12], &[0xbe, 0xde, 0xff, 0xff]].concat()),
        ("padding past the end", [&head(0xa0, 8)[..], &[0xff]].concat()),
        ("padding of 0", [&head(0xa0, 8)[..], &[0]].concat()),
        ("an unknown payload type", head(0x80, 77)),
        ("1,500 bytes", [&head(0x80, 8)[..], &[0; 1_328]].concat()),
        ("9,000 bytes", [&head(0x80, 8)[..], &[0; 8_828]].concat()),
        ("an event without a body", event(&[])),
        ("a short event", event(&[1, 10])),
        ("event 255", event(&[255, 0x8a, 0, 160])),
        ("event 16", event(&[16, 0x8a, 0, 160])),
        ("an event of 8 seconds", event(&[15, 10, 255, 255])),
        ("an event with a tail", event(&[15, 0x8a, 0, 160, 9, 9, 9, 9])),
        ("a control packet of length 0", vec![0x80, 200, 0, 0]),
        ("a control packet past its end", vec![0x81, 201, 0xff, 0xff, 0, 0, 0, 7]),
        ("a goodbye", vec![0x81, 203, 0, 1, 0, 0, 0, 7]),
    ];
    for (what, packet) in packets {
        caller.throw(&packet).await;
        watchman.assert_answers(what).await;
    }

    caller.press("2").await;
    caller.hear(Duration::from_secs(40)).await;
    caller.press("1").await;
    caller.hear(Duration::from_secs(40)).await;
    caller.hang_up().await;
    server.assert_calm();
}

#[tokio::test]
async fn malformed_grpc_is_survived() {
    let server = Server::start().await;
    let mut watchman = Attacker::at(server.network.trunk(), server.sip()).await;
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let frame = |length: u32, kind: u8, flags: u8, stream: u32, body: &[u8]| {
        let mut bytes = length.to_be_bytes()[1..].to_vec();
        bytes.extend([kind, flags]);
        bytes.extend(stream.to_be_bytes());
        bytes.extend(body);
        bytes
    };
    let after = |frames: Vec<u8>| [&preface[..], &frame(0, 4, 0, 0, &[]), &frames].concat();
    let messages: Vec<(&str, Vec<u8>)> = vec![
        ("zeros", vec![0; 100]),
        ("half a preface", preface[..10].to_vec()),
        ("a preface alone", preface.to_vec()),
        ("SIP", b"OPTIONS sip:x SIP/2.0\r\n\r\n".to_vec()),
        ("HTTP/1.1 to nowhere", b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()),
        ("HTTP/1.1 with a gRPC path", b"POST /helpline.v1.SessionService/SignIn HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc".to_vec()),
        ("a header of 100,000 letters", [b"GET / HTTP/1.1\r\nX: ".to_vec(), vec![b'x'; 100_000], b"\r\n\r\n".to_vec()].concat()),
        ("a frame of 16 MB", after(frame(0x00ff_ffff, 0, 0, 1, &[0; 64]))),
        ("data without a stream", after(frame(4, 0, 0, 99, &[1, 2, 3, 4]))),
        ("headers of nonsense", after(frame(4, 1, 4, 1, &[0xff, 0xff, 0xff, 0xff]))),
        ("headers that never end", after(frame(1, 1, 0, 1, &[0x82]))),
        ("settings of 5 bytes", after(frame(5, 4, 0, 0, &[0; 5]))),
        ("a window of 0", after(frame(4, 8, 0, 0, &[0; 4]))),
        ("a ping of 3 bytes", after(frame(3, 6, 0, 0, &[0; 3]))),
        ("a frame of an unknown kind", after(frame(2, 0x77, 0xff, 3, &[1, 2]))),
        ("100 resets", after((0..100).flat_map(|n| frame(4, 3, 0, n * 2 + 1, &[0, 0, 0, 8])).collect())),
    ];
    for (what, bytes) in messages {
        let mut stream = TcpStream::connect(server.network.api()).await.unwrap();
        let _ = stream.write_all(&bytes).await;
        watchman.assert_answers(what).await;
    }
    for (what, path, body) in crate::kit::api::malformed_messages() {
        let status = server.api.throw(path, body).await;
        assert_ne!(status.code(), tonic::Code::Ok, "{what}");
        assert_ne!(status.code(), tonic::Code::Internal, "{what}: {status:?}");
        watchman.assert_answers(what).await;
    }
    server.api.register("9000000821").await;
    server.assert_calm();
}
