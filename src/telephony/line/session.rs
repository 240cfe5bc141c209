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
    /// The peer takes an UPDATE; else our refresh is a re-INVITE.
    pub by_update: bool,
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
    /// Reads a request. A peer that knows timers and asks for none gets ours of `own_s`, which we refresh; `None` when it knows
    /// none and asks for none.
    pub(crate) fn asked(headers: &Headers, own_s: u32) -> Result<Option<Self>, TooSmall> {
        let peer_knows = lists(headers, "Supported", "timer") || lists(headers, "Require", "timer");
        let by_update = lists(headers, "Allow", "UPDATE");
        let Some((interval_s, refresher)) = expires_of(headers) else {
            let own = Self { interval_s: own_s, refresh: Refresh::ByUs, peer_knows, by_update };
            return Ok(Some(own).filter(|_| peer_knows));
        };
        if interval_s < MIN_S.min(own_s) {
            return Err(TooSmall);
        }
        let refresh = match refresher.as_deref() {
            Some("uas") => Refresh::ByUs,
            _ if peer_knows => Refresh::ByPeer,
            _ => Refresh::ByUs,
        };
        Ok(Some(Self { interval_s: interval_s.min(MAX_S), refresh, peer_knows, by_update }))
    }

    /// What our INVITE asks for.
    pub(crate) fn wanted(interval_s: u32) -> Vec<Header> {
        vec![
            header("Supported", "timer"),
            header("Session-Expires", interval_s.to_string()),
            header("Min-SE", MIN_S.min(interval_s).to_string()),
        ]
    }

    /// The interval that a 422 asks for instead of ours.
    pub(crate) fn least(headers: &Headers) -> Option<u32> {
        let least = value(headers, "Min-SE")?.split(';').next()?.trim().parse().ok()?;
        (least <= MAX_S).then_some(least)
    }

    /// Reads the 2xx to our INVITE, in which we asked for `own_s`; `None` when the peer keeps no timer.
    pub(crate) fn agreed(headers: &Headers, own_s: u32) -> Option<Self> {
        let (interval_s, refresher) = expires_of(headers)?;
        let refresh = match refresher.as_deref() {
            Some("uas") => Refresh::ByPeer,
            _ => Refresh::ByUs,
        };
        let interval_s = interval_s.clamp(MIN_S.min(own_s), MAX_S);
        let by_update = lists(headers, "Allow", "UPDATE");
        Some(Self { interval_s, refresh, peer_knows: true, by_update })
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

    /// The headers of a request of ours inside the call, whoever refreshes.
    pub(crate) fn refresh_headers(self) -> Vec<Header> {
        let refresher = if self.refresh == Refresh::ByUs { "uac" } else { "uas" };
        vec![
            header("Supported", "timer"),
            header("Session-Expires", format!("{};refresher={refresher}", self.interval_s)),
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

/// The interval and who refreshes, in lower case.
fn expires_of(headers: &Headers) -> Option<(u32, Option<String>)> {
    let mut parts = value(headers, "Session-Expires")?.split(';');
    let interval_s = parts.next()?.trim().parse().ok()?;
    let refresher = parts.find_map(|part| part.trim().strip_prefix("refresher="));
    Some((interval_s, refresher.map(|word| word.trim().to_ascii_lowercase())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(headers: &[(&str, &str)]) -> Result<Option<Session>, TooSmall> {
        let headers: Vec<Header> =
            headers.iter().map(|(name, value)| header(name, *value)).collect();
        Session::asked(&headers.into(), 1_800)
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
        assert!(!asked(&ask).unwrap().unwrap().by_update);

        let session = asked(&[ask[0], ask[1], ("Allow", "INVITE, UPDATE")]).unwrap().unwrap();
        assert!(session.by_update);
        assert_eq!(session.due(), Due::Refresh(Duration::from_secs(45)));
        assert_eq!(session.headers()[0].value(), "90;refresher=uas");
    }

    #[test]
    fn too_small_an_interval_is_told_and_none_is_no_timer() {
        assert_eq!(asked(&[("Session-Expires", "89"), ("Supported", "timer")]), Err(TooSmall));
        assert_eq!(asked(&[("Supported", "100rel")]), Ok(None));
        assert_eq!(asked(&[("Session-Expires", "soon")]), Ok(None));
    }

    #[test]
    fn a_peer_that_knows_timers_and_asks_for_none_gets_ours() {
        let session = asked(&[("Supported", "timer")]).unwrap().unwrap();

        assert_eq!(session.due(), Due::Refresh(Duration::from_secs(900)));
        assert_eq!(session.headers()[0].value(), "1800;refresher=uas");
    }

    #[test]
    fn the_answer_to_our_call_says_who_refreshes() {
        let agreed = |headers: &[(&str, &str)]| {
            let headers: Vec<Header> =
                headers.iter().map(|(name, value)| header(name, *value)).collect();
            Session::agreed(&headers.into(), 1_800).map(Session::due)
        };

        let refresh = |seconds| Some(Due::Refresh(Duration::from_secs(seconds)));
        assert_eq!(agreed(&[("Session-Expires", "1800;refresher=uac")]), refresh(900));
        assert_eq!(agreed(&[("Session-Expires", "1800")]), refresh(900));
        assert_eq!(
            agreed(&[("Session-Expires", "1800;refresher=uas")]),
            Some(Due::Expire(Duration::from_secs(1_768)))
        );
        // Nobody makes us refresh more often than we would take.
        assert_eq!(agreed(&[("Session-Expires", "1;refresher=uac")]), refresh(45));
        assert_eq!(agreed(&[]), None);
    }
}
