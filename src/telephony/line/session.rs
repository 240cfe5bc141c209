//! Session timers (RFC 4028): a call whose other side has vanished ends when its refresh does not come.

use std::time::Duration;

use rsipstack::sip::{Header, Headers};

use crate::telephony::stack::headers::{header, lists, value};

/// RFC 4028 §5: the least interval that may be asked.
pub(crate) const MIN_S: u32 = 90;
const MAX_S: u32 = 7_200;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    interval_s: u32,
    refresh: Refresh,
    peer_knows: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refresh {
    ByPeer,
    ByUs,
}

/// What the leg has to do, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// Send an UPDATE.
    Refresh(Duration),
    /// End the call.
    Expire(Duration),
}

/// The interval asked is below the minimum: 422.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooSmall;

impl Session {
    /// Reads a request; `None` when the peer asks for no timer, or for one that we cannot keep.
    pub(crate) fn asked(headers: &Headers) -> Result<Option<Self>, TooSmall> {
        let Some(asked) = value(headers, "Session-Expires") else { return Ok(None) };
        let mut parts = asked.split(';');
        let Some(interval_s) = parts.next().and_then(|text| text.trim().parse::<u32>().ok()) else {
            return Ok(None);
        };
        let peer_knows = lists(headers, "Supported", "timer") || lists(headers, "Require", "timer");
        if interval_s < MIN_S {
            return Err(TooSmall);
        }
        let refresher = parts.find_map(|part| part.trim().strip_prefix("refresher="));
        let refresh = match refresher.map(|word| word.trim().to_ascii_lowercase()).as_deref() {
            Some("uas") => Refresh::ByUs,
            _ if peer_knows => Refresh::ByPeer,
            _ => Refresh::ByUs,
        };
        // Our refresh is an UPDATE; a peer that takes none is not promised one.
        if refresh == Refresh::ByUs && !lists(headers, "Allow", "UPDATE") {
            return Ok(None);
        }
        Ok(Some(Self { interval_s: interval_s.min(MAX_S), refresh, peer_knows }))
    }

    /// What our 2xx says of it.
    pub(crate) fn headers(self) -> Vec<Header> {
        let refresher = if self.refresh == Refresh::ByPeer { "uac" } else { "uas" };
        let mut headers =
            vec![header("Session-Expires", format!("{};refresher={refresher}", self.interval_s))];
        if self.peer_knows {
            headers.push(header("Require", "timer"));
        }
        headers
    }

    /// The header of our own refresh.
    pub(crate) fn refresh_headers(self) -> Vec<Header> {
        vec![
            header("Supported", "timer"),
            header("Session-Expires", format!("{};refresher=uac", self.interval_s)),
        ]
    }

    /// Counted from the last refresh. RFC 4028 §10: the side that waits ends the call a little before the interval is over.
    pub(crate) fn due(self) -> Due {
        let interval_s = u64::from(self.interval_s);
        match self.refresh {
            Refresh::ByUs => Due::Refresh(Duration::from_secs(interval_s / 2)),
            Refresh::ByPeer => {
                Due::Expire(Duration::from_secs(interval_s - (interval_s / 3).min(32)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(headers: &[(&str, &str)]) -> Result<Option<Session>, TooSmall> {
        let headers: Vec<Header> =
            headers.iter().map(|(name, value)| header(name, *value)).collect();
        Session::asked(&headers.into())
    }

    #[test]
    fn a_peer_that_knows_timers_refreshes_itself() {
        let session =
            asked(&[("Session-Expires", "1800"), ("Supported", "timer")]).unwrap().unwrap();

        assert_eq!(session.due(), Due::Expire(Duration::from_secs(1_768)));
        assert_eq!(session.headers()[0].value(), "1800;refresher=uac");
        assert_eq!(session.headers()[1].value(), "timer");
    }

    #[test]
    fn we_refresh_when_asked_and_the_peer_takes_an_update() {
        let ask = [("Session-Expires", "90; refresher=uas"), ("Supported", "timer")];
        assert_eq!(asked(&ask), Ok(None));

        let session = asked(&[ask[0], ask[1], ("Allow", "INVITE, UPDATE")]).unwrap().unwrap();
        assert_eq!(session.due(), Due::Refresh(Duration::from_secs(45)));
        assert_eq!(session.headers()[0].value(), "90;refresher=uas");
    }

    #[test]
    fn too_small_an_interval_is_told_and_none_is_no_timer() {
        assert_eq!(asked(&[("Session-Expires", "89"), ("Supported", "timer")]), Err(TooSmall));
        assert_eq!(asked(&[("Supported", "timer")]), Ok(None));
        assert_eq!(asked(&[("Session-Expires", "soon")]), Ok(None));
    }
}
