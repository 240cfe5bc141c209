//! The subset of SDP offer and answer (RFC 3264) that a call with one G.711 stream and telephone events needs.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::media::codec::Codec;

use super::audio::Direction;

const BODY_MAX: usize = 4_096;
const MEDIA_MAX: usize = 8;
/// The payload type of telephone events in what we offer.
const EVENTS: u8 = 101;

/// What a peer described: its one audio stream that we can use, and how many streams there are to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Description {
    pub remote: SocketAddr,
    pub codec: Codec,
    /// The peer's payload type for telephone events.
    pub events: Option<u8>,
    /// As the peer sees it.
    pub direction: Direction,
    /// The m-lines in order; the answer refuses all but the one at `chosen`.
    media: Vec<String>,
    chosen: usize,
}

/// Why a description cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Not SDP: 400.
    Malformed,
    /// No stream of ours in it: 488.
    Nothing,
}

#[derive(Clone, Default)]
struct Media {
    line: String,
    port: u16,
    payloads: Vec<u8>,
    maps: Vec<(u8, String)>,
    address: Option<IpAddr>,
    direction: Option<Direction>,
}

impl Description {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Fault> {
        let text = std::str::from_utf8(body).map_err(|_| Fault::Malformed)?;
        if body.len() > BODY_MAX || !text.starts_with("v=0") {
            return Err(Fault::Malformed);
        }
        // The first entry stands for the session, whose address and direction the streams take when they have none.
        let mut sections = vec![Media::default()];
        for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
            let (kind, value) = line.split_once('=').ok_or(Fault::Malformed)?;
            if kind == "m" {
                sections.push(Media::parse(value)?);
                if sections.len() > MEDIA_MAX + 1 {
                    return Err(Fault::Malformed);
                }
                continue;
            }
            let Some(section) = sections.last_mut() else { return Err(Fault::Malformed) };
            match kind {
                "c" => section.address = Some(address(value)?),
                "a" => section.attribute(value),
                _ => {}
            }
        }
        let session = sections.remove(0);
        let found =
            sections.iter().enumerate().find_map(|(at, media)| Some((at, media.usable(&session)?)));
        let (chosen, (remote, codec, events, direction)) = found.ok_or(Fault::Nothing)?;
        let media = sections.into_iter().map(|media| media.line).collect();
        Ok(Self { remote, codec, events, direction, media, chosen })
    }

    /// Our direction in reply to the peer's.
    pub(super) fn our_direction(&self) -> Direction {
        match self.direction {
            Direction::SendRecv => Direction::SendRecv,
            Direction::SendOnly => Direction::RecvOnly,
            Direction::RecvOnly => Direction::SendOnly,
            Direction::Inactive => Direction::Inactive,
        }
    }

    /// The answer: one codec, the peer's payload type for events, every other stream refused with port 0.
    pub(super) fn answer(&self, local: SocketAddr, version: u32) -> Vec<u8> {
        let mut text = head(local, version);
        for (at, line) in self.media.iter().enumerate() {
            if at == self.chosen {
                text.push_str(&stream(
                    local.port(),
                    &[self.codec],
                    self.events,
                    self.our_direction(),
                ));
            } else {
                let mut words = line.split_whitespace();
                let kind = words.next().unwrap_or("audio");
                let rest: Vec<&str> = words.skip(1).collect();
                text.push_str(&format!("m={kind} 0 {}\r\n", rest.join(" ")));
            }
        }
        text.into_bytes()
    }
}

/// What we offer: both codecs, telephone events.
pub(super) fn offer(local: SocketAddr, version: u32) -> Vec<u8> {
    offer_of(local, version, Direction::SendRecv)
}

pub(super) fn offer_of(local: SocketAddr, version: u32, direction: Direction) -> Vec<u8> {
    let stream = stream(local.port(), &[Codec::Pcma, Codec::Pcmu], Some(EVENTS), direction);
    (head(local, version) + &stream).into_bytes()
}

fn head(local: SocketAddr, version: u32) -> String {
    let ip = local.ip();
    let family = if ip.is_ipv4() { "IP4" } else { "IP6" };
    format!(
        "v=0\r\no=- {} {version} IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\nt=0 0\r\n",
        local.port()
    )
}

fn stream(port: u16, codecs: &[Codec], events: Option<u8>, direction: Direction) -> String {
    let payloads = codecs.iter().map(|codec| codec.payload_type()).chain(events);
    let payloads: Vec<String> = payloads.map(|payload| payload.to_string()).collect();
    let mut text = format!("m=audio {port} RTP/AVP {}\r\n", payloads.join(" "));
    for codec in codecs {
        text.push_str(&format!("a=rtpmap:{} {}/8000\r\n", codec.payload_type(), codec.name()));
    }
    if let Some(events) = events {
        text.push_str(&format!(
            "a=rtpmap:{events} telephone-event/8000\r\na=fmtp:{events} 0-15\r\n"
        ));
    }
    let direction = match direction {
        Direction::SendRecv => "sendrecv",
        Direction::SendOnly => "sendonly",
        Direction::RecvOnly => "recvonly",
        Direction::Inactive => "inactive",
    };
    text + &format!("a=ptime:20\r\na={direction}\r\n")
}

fn address(value: &str) -> Result<IpAddr, Fault> {
    let mut words = value.split_whitespace();
    let (Some("IN"), Some("IP4" | "IP6"), Some(host)) = (words.next(), words.next(), words.next())
    else {
        return Err(Fault::Malformed);
    };
    let host = host.split('/').next().unwrap_or_default();
    host.parse().map_err(|_| Fault::Malformed)
}

impl Media {
    fn parse(line: &str) -> Result<Self, Fault> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [kind, port, profile, payloads @ ..] = words.as_slice() else {
            return Err(Fault::Malformed);
        };
        let port =
            port.split('/').next().unwrap_or_default().parse().map_err(|_| Fault::Malformed)?;
        // A stream that is neither audio nor plain RTP is answered, and never used.
        let ours = *kind == "audio" && *profile == "RTP/AVP";
        let payloads =
            payloads.iter().filter_map(|payload| payload.parse().ok()).filter(|_| ours).collect();
        Ok(Self { line: line.to_owned(), port, payloads, ..Self::default() })
    }

    fn attribute(&mut self, value: &str) {
        match value {
            "sendrecv" => self.direction = Some(Direction::SendRecv),
            "sendonly" => self.direction = Some(Direction::SendOnly),
            "recvonly" => self.direction = Some(Direction::RecvOnly),
            "inactive" => self.direction = Some(Direction::Inactive),
            _ => {
                let map = value.strip_prefix("rtpmap:").and_then(|map| map.split_once(' '));
                if let Some((payload, name)) =
                    map.and_then(|(payload, name)| Some((payload.parse().ok()?, name)))
                {
                    self.maps.push((payload, name.trim().to_ascii_lowercase()));
                }
            }
        }
    }

    fn usable(&self, session: &Self) -> Option<(SocketAddr, Codec, Option<u8>, Direction)> {
        let codec = self.payloads.iter().find_map(|payload| Codec::of_payload_type(*payload))?;
        let address = self.address.or(session.address)?;
        let broadcast = address == IpAddr::V4(Ipv4Addr::BROADCAST);
        if self.port == 0 || address.is_multicast() || broadcast {
            return None;
        }
        let is_events = |(payload, name): &&(u8, String)| {
            name.starts_with("telephone-event/8000")
                && self.payloads.contains(payload)
                && *payload >= 96
        };
        let events = self.maps.iter().find(is_events).map(|(payload, _)| *payload);
        let direction = self.direction.or(session.direction).unwrap_or(Direction::SendRecv);
        // RFC 2543's way of holding a call, still in use.
        let direction = if address.is_unspecified() { Direction::Inactive } else { direction };
        Some((SocketAddr::new(address, self.port), codec, events, direction))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OFFER: &str = "v=0\r\no=u 5 2 IN IP4 127.0.0.9\r\ns=-\r\nc=IN IP4 127.0.0.9\r\nt=0 0\r\n\
        m=audio 4000 RTP/AVP 18 8 0 97\r\na=rtpmap:97 telephone-event/8000\r\na=fmtp:97 0-15\r\n";

    fn parse(text: &str) -> Result<Description, Fault> {
        Description::parse(text.as_bytes())
    }

    #[test]
    fn the_first_codec_that_we_have_is_taken() {
        let offer = parse(OFFER).unwrap();

        assert_eq!(offer.remote, "127.0.0.9:4000".parse().unwrap());
        assert_eq!((offer.codec, offer.events), (Codec::Pcma, Some(97)));
        assert_eq!(offer.direction, Direction::SendRecv);
    }

    #[test]
    fn the_answer_keeps_the_offers_payload_type_for_events() {
        let answer = parse(OFFER).unwrap().answer("127.0.0.1:20000".parse().unwrap(), 3);

        assert_eq!(
            String::from_utf8(answer).unwrap(),
            "v=0\r\no=- 20000 3 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio 20000 RTP/AVP 8 97\r\na=rtpmap:8 PCMA/8000\r\n\
             a=rtpmap:97 telephone-event/8000\r\na=fmtp:97 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
        );
    }

    #[test]
    fn each_way_to_hold_a_call_is_understood() {
        for (line, theirs, ours) in [
            ("a=sendonly\r\n", Direction::SendOnly, Direction::RecvOnly),
            ("a=inactive\r\n", Direction::Inactive, Direction::Inactive),
            ("a=recvonly\r\n", Direction::RecvOnly, Direction::SendOnly),
            ("c=IN IP4 0.0.0.0\r\n", Direction::Inactive, Direction::Inactive),
        ] {
            let offer = parse(&format!("{OFFER}{line}")).unwrap();

            assert_eq!((offer.direction, offer.our_direction()), (theirs, ours), "{line}");
        }
        let session = OFFER.replace("t=0 0", "t=0 0\r\na=sendonly");
        assert_eq!(parse(&session).unwrap().direction, Direction::SendOnly);
    }

    #[test]
    fn every_other_stream_is_refused_in_its_place() {
        let offer = OFFER.replace("m=audio 4000", "m=video 5000 RTP/AVP 31\r\nm=audio 4000")
            + "m=image 6 udptl t38\r\n";

        let answer = parse(&offer).unwrap().answer("127.0.0.1:20000".parse().unwrap(), 1);

        let text = String::from_utf8(answer).unwrap();
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("m=")).collect();
        assert_eq!(
            lines,
            ["m=video 0 RTP/AVP 31", "m=audio 20000 RTP/AVP 8 97", "m=image 0 udptl t38"]
        );
    }

    #[test]
    fn what_cannot_be_a_call_is_refused() {
        for (from, to, fault) in [
            ("m=audio 4000", "m=audio 0", Fault::Nothing),
            ("18 8 0 97", "18 97", Fault::Nothing),
            ("RTP/AVP", "RTP/SAVP", Fault::Nothing),
            ("m=audio", "m=video", Fault::Nothing),
            ("c=IN IP4 127.0.0.9", "c=IN IP4 224.0.0.1", Fault::Nothing),
            ("c=IN IP4 127.0.0.9", "c=IN IP4 255.255.255.255", Fault::Nothing),
            ("c=IN IP4 127.0.0.9", "c=IN IP4 example.org", Fault::Malformed),
            ("c=IN IP4 127.0.0.9\r\n", "", Fault::Nothing),
            ("m=audio 4000", "m=audio 70000", Fault::Malformed),
            ("v=0", "v=1", Fault::Malformed),
            ("t=0 0", "rubbish", Fault::Malformed),
        ] {
            assert_eq!(parse(&OFFER.replace(from, to)), Err(fault), "{to}");
        }
        assert_eq!(Description::parse(b"v=0\xff"), Err(Fault::Malformed));
        assert_eq!(Description::parse(b""), Err(Fault::Malformed));
    }

    #[test]
    fn our_own_offer_is_understood() {
        let offer = Description::parse(&offer("127.0.0.1:20000".parse().unwrap(), 1)).unwrap();

        assert_eq!((offer.codec, offer.events), (Codec::Pcma, Some(101)));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Description::parse(&bytes);
        }

        #[test]
        fn no_lines_make_the_parser_panic(lines in "v=0(\r\n[cma]=[a-zA-Z0-9:/. ]{0,30}){0,12}") {
            if let Ok(description) = Description::parse(lines.as_bytes()) {
                description.answer("127.0.0.1:20000".parse().unwrap(), 1);
            }
        }
    }
}
