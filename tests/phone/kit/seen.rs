//! What SIPp's own log of messages says of the calls that came to it.

use std::{collections::BTreeMap, net::IpAddr};

/// One call to a number.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Invite {
    /// Of its first INVITE, in milliseconds of UTC.
    pub(crate) at_ms: i64,
    /// The host that sent it.
    pub(crate) from: IpAddr,
    pub(crate) call: String,
    /// A 200 was sent.
    pub(crate) answered: bool,
}

/// The calls to each number, in the order in which they came. The last message may be cut off: it is left out.
pub(crate) fn invites(log: &str) -> BTreeMap<String, Vec<Invite>> {
    let (mut by_number, mut number_of) = (BTreeMap::<String, Vec<Invite>>::new(), BTreeMap::new());
    // Each begins with a line of dashes that ends with the time, and one that says which way it went.
    for message in log.split("----------------------------------------------- ").skip(1) {
        let Some((head, text)) = message.split_once("\n\n") else { continue };
        let Some((time, way)) = head.split_once("\nUDP message ") else { continue };
        let received = way.starts_with("received");
        let header = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_default().trim().to_owned()
        };
        let (call, first) = (header("Call-ID:"), text.lines().next().unwrap_or_default());
        if let Some(rest) = first.strip_prefix("INVITE sip:").filter(|_| received) {
            let (number, _) = rest.split_once('@').unwrap();
            if number_of.insert(call.clone(), number.to_owned()).is_none() {
                let invite = Invite {
                    at_ms: ms(time),
                    from: sender(&header("Via:")),
                    call,
                    answered: false,
                };
                by_number.entry(number.to_owned()).or_default().push(invite);
            }
        } else if !received
            && first.starts_with("SIP/2.0 200")
            && header("CSeq:").ends_with("INVITE")
            && let Some(number) = number_of.get(&call)
        {
            let calls = by_number.get_mut(number).unwrap();
            calls.iter_mut().filter(|known| known.call == call).for_each(|one| one.answered = true);
        }
    }
    by_number
}

fn ms(time: &str) -> i64 {
    let time = chrono::NaiveDateTime::parse_from_str(time, "%Y-%m-%d %H:%M:%S%.f").unwrap();
    time.and_utc().timestamp_millis()
}

/// `SIP/2.0/UDP 127.1.2.3:5060;branch=...`
fn sender(via: &str) -> IpAddr {
    let address = via.split_once(' ').unwrap().1;
    address.split([':', ';']).next().unwrap().parse().unwrap()
}
