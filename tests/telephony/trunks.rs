//! Several trunks, each of which may refuse; the far sides are written by hand.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use helpline181::telephony::{
    Cause, Config, Dial, DialEvent, Failure, Gate, NoStart, Transport, TrunkState, Try, Turn,
};
use tokio::net::UdpSocket;
use tokio::time::timeout;

use crate::kit::*;

/// What the house would send by now, if it sent anything.
const NOTHING_COMES: Duration = Duration::from_millis(300);
const SDP: &str = "Content-Type: application/sdp\r\n";

/// The far side of a trunk.
struct Far(UdpSocket);

impl Far {
    async fn at(address: SocketAddr) -> Self {
        Self(UdpSocket::bind(address).await.unwrap())
    }

    /// The next request of this method, and who sent it.
    async fn asked(&self, method: &str) -> (String, SocketAddr) {
        let mut buffer = vec![0; 65_535];
        loop {
            let heard = timeout(PATIENCE, self.0.recv_from(&mut buffer)).await;
            let (length, from) = heard.expect("a request").unwrap();
            let request = String::from_utf8(buffer[..length].to_vec()).unwrap();
            if request.starts_with(&format!("{method} ")) {
                return (request, from);
            }
        }
    }

    async fn answer(&self, (request, from): &(String, SocketAddr), status: &str, sdp: bool) {
        let (extra, body) = if sdp {
            let own = self.0.local_addr().unwrap().ip().to_string();
            (SDP, OFFER.replace("HOST", &own))
        } else {
            ("", String::new())
        };
        let named = |name: &str| request.lines().find(|line| line.starts_with(name)).unwrap();
        let heads = ["Via:", "From:", "Call-ID:", "CSeq:"].map(named).join("\r\n");
        let (to, own) = (named("To:"), self.0.local_addr().unwrap());
        let answer = format!(
            "SIP/2.0 {status}\r\n{heads}\r\n{to};tag=far\r\nContact: <sip:far@{own}>\r\n{extra}\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.0.send_to(answer.as_bytes(), from).await.unwrap();
    }

    async fn refuses(&self, status: &str) {
        let request = self.asked("INVITE").await;
        self.answer(&request, status, false).await;
    }

    /// Asserts that no INVITE came.
    async fn was_not_asked(&self) {
        let mut buffer = vec![0; 65_535];
        if let Ok(heard) = timeout(NOTHING_COMES, self.0.recv_from(&mut buffer)).await {
            let (length, _) = heard.unwrap();
            panic!("{}", String::from_utf8_lossy(&buffer[..length]));
        }
    }
}

/// A house with the trunks "exchange" at `.2` and "reserve" at `.3`.
fn two(net: Net) -> Config {
    let mut config = house(net);
    config.trunks.push(trunk("reserve", net.sip(3), "1600180181"));
    config
}

fn both() -> Dial {
    let trunks = ["exchange", "reserve"].map(str::to_owned).to_vec();
    Dial::new(trunks, "9000000001".to_owned(), RING)
}

fn failure(cause: Cause, status: u16) -> Failure {
    Failure { cause, sip_status: Some(status), q850: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_trunk_refuses_the_next_one_carries_before_anybodys_phone_rings() {
    let net = Net::new();
    let house = House::start(two(net)).await;
    let far = Far::at(net.sip(2)).await;
    let mut reserve = Exchange::start_at(net, 3, Transport::Udp).await;
    let refusals = [
        ("503 Service Unavailable", failure(Cause::Congestion, 503)),
        ("403 Forbidden", failure(Cause::TrunkFault, 403)),
    ];
    for (status, why) in refusals {
        let mut dialling = house.telephony.dial(both());
        far.refuses(status).await;
        let mut citizen = reserve.arrival().await.answer().await.unwrap();
        let mut leg = outcome(&mut dialling).await.unwrap();

        let tried = |trunk: &str, failure| Try { trunk: trunk.to_owned(), failure };
        let tries = [tried("exchange", Some(why)), tried("reserve", None)];
        assert_eq!(dialling.tries(), tries);
        assert_eq!(leg.trunk(), Some("reserve"));
        leg.hangup(Cause::Normal);
        last(&mut citizen).await;
        last(&mut leg).await;
    }
    house.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_of_a_trunk_is_passed_on_and_what_the_line_says_is_not() {
    for (status, cause, passed_on) in [
        ("401 Unauthorized", Cause::TrunkFault, true),
        ("407 Proxy Authentication Required", Cause::TrunkFault, true),
        ("488 Not Acceptable Here", Cause::TrunkFault, true),
        ("500 Server Internal Error", Cause::TrunkFault, true),
        ("486 Busy Here", Cause::Busy, false),
        ("404 Not Found", Cause::NotFound, false),
        ("480 Temporarily Unavailable", Cause::NoAnswer, false),
        ("603 Decline", Cause::Rejected, false),
    ] {
        let net = Net::new();
        let house = House::start(two(net)).await;
        let (far, reserve) = (Far::at(net.sip(2)).await, Far::at(net.sip(3)).await);
        let mut dialling = house.telephony.dial(both());

        far.refuses(status).await;
        if passed_on {
            reserve.refuses("600 Busy Everywhere").await;
        }
        outcome(&mut dialling).await.unwrap_err();

        let causes: Vec<_> =
            dialling.tries().iter().map(|tried| tried.failure.unwrap().cause).collect();
        let expected = if passed_on { vec![cause, Cause::Busy] } else { vec![cause] };
        assert_eq!(causes, expected, "{status}");
        if !passed_on {
            reserve.was_not_asked().await;
        }
        house.empties().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_rang_is_not_rung_again_by_another_trunk() {
    let net = Net::new();
    let house = House::start(two(net)).await;
    let (far, reserve) = (Far::at(net.sip(2)).await, Far::at(net.sip(3)).await);
    let mut dialling = house.telephony.dial(both());
    let request = far.asked("INVITE").await;
    far.answer(&request, "180 Ringing", false).await;
    assert!(matches!(dialling.next().await, DialEvent::Ringing));

    far.answer(&request, "500 Server Internal Error", false).await;

    assert_eq!(outcome(&mut dialling).await.unwrap_err(), failure(Cause::TrunkFault, 500));
    reserve.was_not_asked().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_time_is_over_leaves_by_no_trunk() {
    let net = Net::new();
    let house = House::start(two(net)).await;
    let (far, reserve) = (Far::at(net.sip(2)).await, Far::at(net.sip(3)).await);

    let closed = Dial { gate: Gate::new(|_| false), ..both() };
    let late = outcome(&mut house.telephony.dial(closed)).await.unwrap_err();
    assert_eq!(late, Failure { cause: Cause::Late, sip_status: None, q850: None });
    far.was_not_asked().await;

    // It is over while the first trunk thinks.
    let open = Arc::new(AtomicBool::new(true));
    let seen = Arc::clone(&open);
    let gate = Gate::new(move |_| seen.load(Ordering::SeqCst));
    let mut dialling = house.telephony.dial(Dial { gate, ..both() });
    let request = far.asked("INVITE").await;
    open.store(false, Ordering::SeqCst);
    far.answer(&request, "503 Service Unavailable", false).await;

    assert_eq!(outcome(&mut dialling).await.unwrap_err().cause, Cause::Late);
    reserve.was_not_asked().await;
    assert!(house.telephony.trunks().iter().all(|trunk| trunk.channels_used == 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trunk_that_failed_three_times_rests_and_is_not_asked() {
    let net = Net::new();
    let house = House::start(two(net)).await;
    let (far, reserve) = (Far::at(net.sip(2)).await, Far::at(net.sip(3)).await);
    for _ in 0..3 {
        let mut dialling = house.telephony.dial(both());
        far.refuses("503 Service Unavailable").await;
        reserve.refuses("486 Busy Here").await;
        outcome(&mut dialling).await.unwrap_err();
    }

    let mut dialling = house.telephony.dial(both());
    reserve.refuses("486 Busy Here").await;
    assert_eq!(outcome(&mut dialling).await.unwrap_err().cause, Cause::Busy);

    let trunks = house.telephony.trunks();
    assert!(matches!(trunks[0].state, TrunkState::Resting(_)), "{trunks:?}");
    assert_eq!((trunks[0].starts, trunks[0].faults), (3, 3));
    assert_eq!((trunks[1].state, trunks[1].starts, trunks[1].faults), (TrunkState::Up, 4, 0));
    let first = ["exchange".to_owned()];
    let none = house.telephony.start_of(&first, Turn::Dialler, NOTHING_COMES).await;
    assert_eq!(none.unwrap_err(), NoStart::Resting);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_citizen_sees_the_number_of_the_area_and_else_the_trunks() {
    let net = Net::new();
    let mut config = two(net);
    config.trunks[0].caller_ids = [("district:396".to_owned(), "1600180396".to_owned())].into();
    let house = House::start(config).await;
    let far = Far::at(net.sip(2)).await;
    for (area, shown) in [(Some("district:396"), "1600180396"), (Some("district:1"), "181")] {
        let dial = Dial { area: area.map(str::to_owned), ..both() };
        let mut dialling = house.telephony.dial(dial);
        let request = far.asked("INVITE").await;
        far.answer(&request, "486 Busy Here", false).await;
        outcome(&mut dialling).await.unwrap_err();

        for name in ["From:", "P-Asserted-Identity:"] {
            let line = request.0.lines().find(|line| line.starts_with(name)).unwrap();
            assert!(line.contains(&format!("<sip:{shown}@")), "{line}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sound_before_the_answer_is_ringing_and_progress_prolongs_no_ringing() {
    let net = Net::new();
    let house = House::start(two(net)).await;
    let far = Far::at(net.sip(2)).await;
    let ring_timeout = Duration::from_millis(400);
    let mut dialling = house.telephony.dial(Dial { ring_timeout, ..both() });
    let request = far.asked("INVITE").await;
    far.answer(&request, "181 Call Is Being Forwarded", true).await;

    assert!(matches!(dialling.next().await, DialEvent::Ringing));
    assert!(matches!(dialling.next().await, DialEvent::EarlyMedia(_)));
    // It goes on and on; only a CANCEL ends it.
    let mut often = tokio::time::interval(ring_timeout / 4);
    let progress = async {
        loop {
            often.tick().await;
            far.answer(&request, "183 Session Progress", true).await;
        }
    };
    let mut cancelling = Box::pin(far.asked("CANCEL"));
    tokio::select! {
        () = progress => {}
        cancel = &mut cancelling => far.answer(&cancel, "200 OK", false).await,
    }
    far.answer(&request, "487 Request Terminated", false).await;
    assert_eq!(outcome(&mut dialling).await.unwrap_err().cause, Cause::NoAnswer);
}

/// Numbers that would steer a call elsewhere, or cost: premium and foreign ones, codes, separators, other digits, encodings.
fn hostile() -> Vec<String> {
    let good = "9000000001";
    let mut numbers: Vec<String> =
        ["", "1", "181", "0", "00", "+", "+91", "*31#", "#31#", "sip:", "tel:"]
            .iter()
            .map(|start| format!("{start}{good}"))
            .filter(|number| number != good)
            .collect();
    let odd = "+-.@;:?&=%/\\*#<>\"' ,()[]{}~^$!|_\r\n\t\0abcxyzABCXYZ०१९٠٩０９";
    for at in 0..good.len() {
        for char in odd.chars() {
            let tail: String = good.chars().skip(at + 1).collect();
            numbers.push(format!("{}{char}{tail}", &good[..at]));
        }
    }
    let steering = [
        "@evil.example",
        ";user=phone",
        ";phone-context=+1",
        "?Route=x",
        "%40evil",
        ",1900",
        "p1",
        "w1",
        "&9000000002",
        "\r\nRoute: <sip:evil>",
        ">;tag=x",
        "\"<sip:x>",
    ];
    numbers.extend(steering.iter().map(|tail| format!("{good}{tail}")));
    numbers.extend(steering.iter().map(|tail| format!("{tail}{good}")));
    numbers.extend((0..=9).map(|first| format!("{first}")));
    numbers.extend((1..=64).filter(|length| *length != 10).map(|length| "9".repeat(length)));
    numbers.extend(["0900000000", "1900000000", "1234567890", "0000000000"].map(str::to_owned));
    numbers
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_hostile_numbers_never_leave_the_trunk() {
    let net = Net::new();
    let house = House::start(two(net)).await;
    let (far, reserve) = (Far::at(net.sip(2)).await, Far::at(net.sip(3)).await);
    let hostile = hostile();
    assert!(hostile.len() >= 500, "{}", hostile.len());

    for number in hostile {
        let refused = house.telephony.dial(Dial { number: number.clone(), ..both() });
        let failure = outcome(&mut { refused }).await.unwrap_err();
        assert_eq!(failure.cause, Cause::Local, "{number:?}");
    }

    far.was_not_asked().await;
    reserve.was_not_asked().await;
    assert!(house.telephony.trunks().iter().all(|trunk| trunk.starts == 0));
}
