//! An agent's phone written by hand: it registers with digest, hears what the house asks of it, and answers as told.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};

use md5::{Digest, Md5};
use tokio::net::UdpSocket;
use tokio::time::timeout;

use crate::kit::*;

pub(crate) struct Desk {
    pub socket: UdpSocket,
    house: SocketAddr,
    user: &'static str,
    /// What it writes into Contact and SDP, true or not.
    pub says_it_is_at: SocketAddr,
    cseq: u32,
}

/// A request of the house, as it came.
pub(crate) struct Request(pub String);

impl Request {
    pub(crate) fn method(&self) -> &str {
        self.0.split(' ').next().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> String {
        let prefix = format!("{name}: ");
        let line = self.0.lines().find_map(|line| line.strip_prefix(prefix.as_str()));
        line.unwrap_or_default().to_owned()
    }

    /// A response; one with `tag` belongs to a dialog.
    pub(crate) fn response(&self, status: &str, tag: &str, extra: &str, body: &str) -> String {
        let echoed = ["Via:", "From:", "To:", "Call-ID:", "CSeq:", "Record-Route:"];
        let lines = self.0.lines().filter(|line| echoed.iter().any(|name| line.starts_with(name)));
        let lines: String = lines
            .map(|line| {
                let fresh = line.starts_with("To:") && !line.contains(";tag=") && !tag.is_empty();
                if fresh { format!("{line};tag={tag}\r\n") } else { format!("{line}\r\n") }
            })
            .collect();
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        format!(
            "SIP/2.0 {status}\r\n{lines}{extra}{kind}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }
}

fn hash(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The answer to a challenge, by a client that is not ours.
pub(crate) fn proof(challenge: &str, user: &str, method: &str, uri: &str) -> String {
    static NC: AtomicU32 = AtomicU32::new(1);
    let nonce = challenge.split("nonce=\"").nth(1).unwrap().split('"').next().unwrap();
    let (realm, nc) = ("helpline181", NC.fetch_add(1, Ordering::Relaxed));
    let secret = hash(&format!("{user}:{realm}:{user}-secret"));
    let asked = hash(&format!("{method}:{uri}"));
    let response = hash(&format!("{secret}:{nonce}:{nc:08x}:c:auth:{asked}"));
    format!(
        "Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", qop=auth, nc={nc:08x}, \
         cnonce=\"c\", algorithm=MD5, response=\"{response}\""
    )
}

impl Desk {
    pub(crate) async fn new(user: &'static str, at: SocketAddr, house: SocketAddr) -> Self {
        let socket = UdpSocket::bind(at).await.unwrap();
        Self { socket, house, user, says_it_is_at: at, cseq: 0 }
    }

    pub(crate) fn contact(&self) -> String {
        format!("<sip:{}@{}>", self.user, self.says_it_is_at)
    }

    fn register_text(&mut self, expires_s: u32, authorization: &str) -> String {
        self.cseq += 1;
        let (user, house, own) = (self.user, self.house, self.says_it_is_at);
        format!(
            "REGISTER sip:{house} SIP/2.0\r\nVia: SIP/2.0/UDP {own};rport;branch=z9hG4bKr{}-{}\r\nMax-Forwards: 70\r\n\
             From: <sip:{user}@{house}>;tag=r1\r\nTo: <sip:{user}@{house}>\r\nCall-ID: {user}-{own}\r\n\
             CSeq: {} REGISTER\r\nContact: {}\r\nExpires: {expires_s}\r\n{authorization}Content-Length: 0\r\n\r\n",
            own.port(),
            self.cseq,
            self.cseq,
            self.contact()
        )
    }

    /// Registers, answering the challenge, and gives the last answer.
    pub(crate) async fn register(&mut self, expires_s: u32) -> Answer {
        let first = self.register_text(expires_s, "");
        self.say(first).await;
        let challenge = self.final_answer().await.header("WWW-Authenticate");
        let uri = format!("sip:{}", self.house);
        let proof = proof(&challenge, self.user, "REGISTER", &uri);
        let second = self.register_text(expires_s, &format!("Authorization: {proof}\r\n"));
        self.say(second).await;
        self.final_answer().await
    }

    pub(crate) async fn say(&self, text: impl AsRef<[u8]>) {
        self.socket.send_to(text.as_ref(), self.house).await.unwrap();
    }

    async fn hear(&self) -> String {
        let mut buffer = vec![0; 65_535];
        let heard = timeout(PATIENCE, self.socket.recv_from(&mut buffer)).await;
        let (length, _) = heard.expect("a message of the house").unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }

    /// The next final response; requests that come before it are passed over.
    pub(crate) async fn final_answer(&self) -> Answer {
        loop {
            let text = self.hear().await;
            let status = text.strip_prefix("SIP/2.0 ").and_then(|rest| rest[..3].parse().ok());
            if let Some(status) = status.filter(|status| *status >= 200) {
                return Answer { status, text };
            }
        }
    }

    pub(crate) fn contact_line(&self) -> String {
        format!("Contact: {}\r\n", self.contact())
    }

    pub(crate) fn sdp(&self) -> String {
        OFFER.replace("HOST", &self.says_it_is_at.ip().to_string())
    }

    /// Answers a call.
    pub(crate) async fn pick_up(&self, invite: &Request) {
        self.say(invite.response("200 OK", "d1", &self.contact_line(), &self.sdp())).await;
    }

    /// The next request of this method; retransmissions and other requests before it are passed over.
    pub(crate) async fn asked(&self, method: &str) -> Request {
        let asked = async {
            loop {
                let request = Request(self.hear().await);
                if request.method() == method {
                    return request;
                }
            }
        };
        timeout(PATIENCE, asked).await.unwrap_or_else(|_| panic!("the house asks no {method}"))
    }

    /// The next request of this method that is not a copy of one before.
    pub(crate) async fn asked_again(&self, method: &str, before: &Request) -> Request {
        loop {
            let request = self.asked(method).await;
            if request.header("CSeq") != before.header("CSeq")
                || request.header("Call-ID") != before.header("Call-ID")
            {
                return request;
            }
        }
    }
}
