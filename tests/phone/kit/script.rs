//! A caller's or a callee's call as a list of steps, written as a SIPp scenario with the sound files that it plays.

use std::{fmt::Write, fs, path::Path};

use crate::kit::rtp::{self, KEY_MS, Packet, Stream};

/// What a party does in the call once it is answered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// Listens, with its microphone open.
    Listen(u32),
    Press(char),
    /// A key as SIP INFO instead of RFC 4733.
    Info(char),
    Speak(u32),
    Hold,
    Resume,
    HangUp,
    /// Waits, listening, until the helpline hangs up.
    UntilHungUp(u32),
    /// Speaks until the other side hangs up, which may be in the middle of a word.
    SpeakUntilHungUp(u32),
}

pub(crate) use Step::{
    HangUp, Hold, Info, Listen, Press, Resume, Speak, SpeakUntilHungUp, UntilHungUp,
};

/// Presses keys with pauses between, as a person does.
pub(crate) fn keys(text: &str, pause_ms: u32) -> Vec<Step> {
    text.chars().flat_map(|key| [Press(key), Listen(pause_ms)]).collect()
}

/// How a callee answers the call for one number.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// Rings and answers, then the steps.
    Picks(Vec<Step>),
    /// Refuses with this status after ringing.
    Refuses(u16, &'static str),
    /// Refuses without ringing.
    Declines(u16, &'static str),
    /// Rings until it is cancelled.
    Rings,
    /// Rings, and answers at the moment when it is cancelled.
    Crosses,
    /// Rings for so many milliseconds, and answers unless it was cancelled before; the other side hangs up.
    RingsFor(u32),
    /// Answers at once and sends back what it hears until the other side hangs up.
    Echoes,
}

/// A scenario in the making: XML, the sound files beside it, and the numbers that go on from step to step.
struct Scenario<'a> {
    dir: &'a Path,
    xml: String,
    sounds: usize,
    cseq: u32,
    /// Which side this is in requests of its own: From and To change places for a callee.
    from: String,
    to: String,
}

/// The scenario of one outgoing call to `[service]` from `number`.
pub(crate) fn caller(dir: &Path, number: &str, steps: &[Step]) -> String {
    let from = format!("From: <sip:{number}@[local_ip]:[local_port]>;tag=[pid]c[call_number]");
    let mut scenario = Scenario {
        dir,
        xml: String::from(
            "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario name=\"caller\">\n",
        ),
        sounds: 0,
        cseq: 1,
        from,
        to: "To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]".into(),
    };
    let offer = sdp("sendrecv");
    scenario.request("INVITE", "sip:[service]@[remote_ip]:[remote_port]", &offer);
    for early in [100, 180, 183] {
        scenario.line(&format!("<recv response=\"{early}\" optional=\"true\"/>"));
    }
    scenario.line("<recv response=\"200\" rrs=\"true\"/>");
    scenario.request("ACK", "[next_url]", "");
    scenario.steps(steps, 1);
    scenario.end(&[]);
    scenario.xml
}

/// The scenario of a callee that answers each number in its own way.
pub(crate) fn callee(dir: &Path, numbers: &[(String, Answer)]) -> String {
    let mut scenario = Scenario {
        dir,
        xml: String::from(
            "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario name=\"callee\">\n",
        ),
        sounds: 0,
        cseq: 1,
        from: "From: [$me];tag=[pid]t[call_number]".into(),
        to: "To: [$them]".into(),
    };
    scenario.line("<recv request=\"INVITE\" rrs=\"true\"><action>");
    scenario.line("<ereg regexp=\".*\" search_in=\"hdr\" header=\"CSeq:\" assign_to=\"cseq\"/>");
    scenario.line("<ereg regexp=\".*\" search_in=\"hdr\" header=\"Via:\" assign_to=\"via\"/>");
    scenario
        .line("<ereg regexp=\"&lt;.*\" search_in=\"hdr\" header=\"From:\" assign_to=\"them\"/>");
    scenario.line("<ereg regexp=\"&lt;.*\" search_in=\"hdr\" header=\"To:\" assign_to=\"me\"/>");
    for (n, (number, _)) in numbers.iter().enumerate() {
        scenario.line(&format!(
            "<ereg regexp=\"^INVITE sip:[+0-9]*{number}@\" search_in=\"msg\" assign_to=\"n{n}\"/>"
        ));
    }
    scenario.line("</action></recv>");
    for n in 0..numbers.len() {
        scenario.line(&format!("<nop next=\"number{n}\" test=\"n{n}\"/>"));
    }
    scenario.respond("404 Not Found", "");
    scenario.line("<recv request=\"ACK\" next=\"end\"/>");
    for (n, (_, answer)) in numbers.iter().enumerate() {
        scenario.line(&format!("<label id=\"number{n}\"/>"));
        scenario.cseq = 100;
        scenario.answer(answer, n as u32 + 2);
    }
    let asked: Vec<_> = (0..numbers.len()).map(|n| format!("n{n}")).collect();
    let asked: Vec<_> =
        ["cseq", "via", "them", "me"].into_iter().chain(asked.iter().map(String::as_str)).collect();
    scenario.end(&asked);
    scenario.xml
}

impl Scenario<'_> {
    fn line(&mut self, text: &str) {
        writeln!(self.xml, "{text}").unwrap();
    }

    fn end(&mut self, variables: &[&str]) {
        self.line("<label id=\"end\"/>");
        self.line("<nop/>");
        if !variables.is_empty() {
            self.line(&format!("<Reference variables=\"{}\"/>", variables.join(",")));
        }
        self.line("</scenario>");
    }

    fn answer(&mut self, answer: &Answer, seed: u32) {
        match answer {
            Answer::Picks(steps) => {
                self.respond("180 Ringing", "");
                self.line("<pause milliseconds=\"300\"/>");
                self.respond("200 OK", &sdp("sendrecv"));
                self.line("<recv request=\"ACK\" rrs=\"true\"/>");
                self.steps(steps, seed);
            }
            Answer::Refuses(status, reason) => {
                self.respond("180 Ringing", "");
                self.line("<pause milliseconds=\"300\"/>");
                self.respond(&format!("{status} {reason}"), "");
                self.line("<recv request=\"ACK\" next=\"end\"/>");
            }
            Answer::Declines(status, reason) => {
                self.respond(&format!("{status} {reason}"), "");
                self.line("<recv request=\"ACK\" next=\"end\"/>");
            }
            Answer::Rings => {
                self.respond("180 Ringing", "");
                self.line("<recv request=\"CANCEL\" timeout=\"90000\"/>");
                self.gives_way();
            }
            Answer::RingsFor(ms) => {
                self.respond("180 Ringing", "");
                let (picks, gone) = (format!("picks{seed}"), format!("gone{seed}"));
                // Global: it may come between the time that is up and the answer.
                for optional in ["optional=\"global\" ", ""] {
                    self.line(&format!(
                        "<recv request=\"CANCEL\" {optional}timeout=\"{ms}\" ontimeout=\"{picks}\" next=\"{gone}\"/>"
                    ));
                }
                self.line(&format!("<label id=\"{gone}\"/>"));
                self.gives_way();
                self.line(&format!("<label id=\"{picks}\"/>"));
                self.answers_late();
                // Its answer may have crossed the CANCEL.
                let crossed = format!("crossed{seed}");
                self.line(&format!(
                    "<recv request=\"CANCEL\" optional=\"true\" next=\"{crossed}\"/>"
                ));
                self.line("<recv request=\"ACK\"/>");
                self.hung_up(90_000);
                self.line(&format!("<label id=\"{crossed}\"/>"));
                self.respond("200 OK", "");
                self.line("<recv request=\"ACK\"/>");
                self.hung_up(30_000);
            }
            Answer::Echoes => {
                self.respond("200 OK", &sdp_at("[media_port]", "sendrecv"));
                self.line("<recv request=\"ACK\"/>");
                self.hung_up(280_000);
            }
            Answer::Crosses => {
                self.respond("180 Ringing", "");
                self.line("<recv request=\"CANCEL\" timeout=\"90000\"/>");
                self.respond("200 OK", "");
                self.answers_late();
                self.line("<recv request=\"ACK\"/>");
                self.hung_up(30_000);
            }
        }
    }

    /// To the CANCEL that came.
    fn gives_way(&mut self) {
        self.respond("200 OK", "");
        let gone = "SIP/2.0 487 Request Terminated\nVia:[$via]\n[last_From:]\n[last_To:];tag=[pid]t[call_number]\n\
                    [last_Call-ID:]\nCSeq:[$cseq]\nContent-Length: 0\n";
        self.send(gone, true);
        self.line("<recv request=\"ACK\" next=\"end\"/>");
    }

    /// To the INVITE, whatever came since.
    fn answers_late(&mut self) {
        let late = format!(
            "SIP/2.0 200 OK\nVia:[$via]\n[last_From:]\n[last_To:];tag=[pid]t[call_number]\n[last_Call-ID:]\n\
             CSeq:[$cseq]\nContact: <sip:sipp@[local_ip]:[local_port]>\nContent-Type: application/sdp\n\
             Content-Length: [len]\n\n{}",
            sdp("sendrecv")
        );
        self.send(&late, false);
    }

    /// The end of a call that the other side hangs up.
    fn hung_up(&mut self, timeout_ms: u32) {
        self.line(&format!("<recv request=\"BYE\" timeout=\"{timeout_ms}\"/>"));
        let ok = "SIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\n\
                  Content-Length: 0\n";
        self.send_then(ok, false, "end");
    }

    /// The steps of an answered call; the last one ends it.
    fn steps(&mut self, steps: &[Step], seed: u32) {
        let mut stream = Stream::new(0x0818_1000 + seed * 0x1_0001);
        for step in steps {
            match step {
                Step::Listen(ms) => self.play(&stream.quiet(*ms), *ms),
                Step::Press(key) => self.play(&stream.key(*key), KEY_MS + 80),
                Step::Speak(ms) => self.play(&stream.voice(*ms), *ms),
                Step::Info(key) => {
                    self.with_body(
                        "INFO",
                        "application/dtmf-relay",
                        &format!("Signal={key}\nDuration=160\n"),
                    );
                    self.line("<recv response=\"200\"/>");
                }
                Step::Hold => self.offer("sendonly", "recvonly"),
                Step::Resume => self.offer("sendrecv", "sendrecv"),
                Step::HangUp => {
                    self.request("BYE", "[next_url]", "");
                    self.line("<recv response=\"200\" next=\"end\"/>");
                }
                Step::UntilHungUp(ms) => self.until_hung_up(&stream.quiet(*ms), *ms),
                Step::SpeakUntilHungUp(ms) => self.until_hung_up(&stream.voice(*ms), *ms),
            }
        }
    }

    fn until_hung_up(&mut self, packets: &[Packet], ms: u32) {
        self.sound(packets);
        self.hung_up(ms);
    }

    /// A re-INVITE with this direction; the answer must say `answered`.
    fn offer(&mut self, direction: &str, answered: &str) {
        self.request("INVITE", "[next_url]", &sdp(direction));
        self.line("<recv response=\"100\" optional=\"true\"/>");
        let check = if answered == "sendrecv" { "m=audio [1-9]" } else { "a=recvonly" };
        let name = format!("sdp{}", self.cseq);
        self.line(&format!(
            "<recv response=\"200\"><action><ereg regexp=\"{check}\" search_in=\"body\" check_it=\"true\" assign_to=\"{name}\"/></action></recv>"
        ));
        self.line(&format!("<Reference variables=\"{name}\"/>"));
        self.cseq -= 1;
        self.request("ACK", "[next_url]", "");
    }

    fn play(&mut self, packets: &[Packet], ms: u32) {
        self.sound(packets);
        self.line(&format!("<pause milliseconds=\"{ms}\"/>"));
    }

    fn sound(&mut self, packets: &[Packet]) {
        self.sounds += 1;
        let name = format!("sound{}.pcap", self.sounds);
        rtp::write_pcap(&self.dir.join(&name), packets);
        self.line(&format!("<nop><action><exec play_pcap_audio=\"{name}\"/></action></nop>"));
    }

    fn request(&mut self, method: &str, uri: &str, sdp: &str) {
        let kind =
            if sdp.is_empty() { String::new() } else { "Content-Type: application/sdp\n".into() };
        self.message(method, uri, &kind, sdp);
    }

    fn with_body(&mut self, method: &str, kind: &str, body: &str) {
        self.message(method, "[next_url]", &format!("Content-Type: {kind}\n"), body);
    }

    fn message(&mut self, method: &str, uri: &str, kind: &str, body: &str) {
        if method != "ACK" && method != "INVITE" || uri == "[next_url]" && method == "INVITE" {
            self.cseq += 1;
        }
        let text = format!(
            "{method} {uri} SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n{}\n{}\n\
             Call-ID: [call_id]\nCSeq: {} {method}\nContact: <sip:sipp@[local_ip]:[local_port]>\nMax-Forwards: 70\n\
             {kind}Content-Length: [len]\n\n{body}",
            self.from, self.to, self.cseq
        );
        self.send(&text, method != "ACK");
    }

    /// A response to the last request.
    fn respond(&mut self, status: &str, sdp: &str) {
        let (kind, retrans) = if sdp.is_empty() {
            ("", !status.starts_with('1') && !status.starts_with('2'))
        } else {
            ("Content-Type: application/sdp\n", true)
        };
        let text = format!(
            "SIP/2.0 {status}\n[last_Via:]\n[last_From:]\n[last_To:];tag=[pid]t[call_number]\n[last_Call-ID:]\n[last_CSeq:]\n\
             Contact: <sip:sipp@[local_ip]:[local_port]>\n{kind}Content-Length: [len]\n\n{sdp}"
        );
        self.send(&text, retrans);
    }

    fn send(&mut self, text: &str, retrans: bool) {
        self.send_then(text, retrans, "");
    }

    fn send_then(&mut self, text: &str, retrans: bool, next: &str) {
        let retrans = if retrans { " retrans=\"500\"" } else { "" };
        let next = if next.is_empty() { String::new() } else { format!(" next=\"{next}\"") };
        self.line(&format!("<send{retrans}{next}><![CDATA[\n\n{text}\n]]></send>"));
    }
}

fn sdp(direction: &str) -> String {
    sdp_at("[auto_media_port]", direction)
}

fn sdp_at(port: &str, direction: &str) -> String {
    format!(
        "v=0\no=sipp 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [media_ip]\nt=0 0\nm=audio {port} RTP/AVP 8 0 101\n\
         a=rtpmap:8 PCMA/8000\na=rtpmap:0 PCMU/8000\na=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\na=ptime:20\na={direction}\n"
    )
}

/// Writes a scenario where SIPp finds its sounds.
pub(crate) fn save(dir: &Path, xml: &str) {
    fs::write(dir.join("scenario.xml"), xml).unwrap();
}
