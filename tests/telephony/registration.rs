//! Phones: registering with our own digest and with MD5, and calling from where they registered.

use helpline181::telephony::audio::Audio;
use helpline181::telephony::phone::{Phone, Settings};
use helpline181::telephony::{Config, Error, Origin, Refusal, Transport};

use crate::kit::*;

async fn phone(net: Net, host: u8, user: &str, transport: Transport) -> Phone {
    let settings =
        Settings { local: net.sip(host), server: net.sip(1), transport, number: user.to_owned() };
    let (phone, _) =
        Phone::start(settings, Audio::start(sound(net.ip(host))).unwrap()).await.unwrap();
    phone
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_registers_and_calls_as_its_user_whatever_number_it_shows() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let net = Net::new();
        let mut house = House::start(house(net)).await;
        let phone = phone(net, 5, "anita", transport).await;

        assert_eq!(phone.register("anita-secret", "helpline181", 120).await.unwrap(), 120);
        assert_eq!(house.telephony.stats().registrations, 1);
        let mut dialling = phone.call("181", RING);
        let arrival = house.arrival().await;
        assert_eq!(arrival.caller.number, None);
        assert_eq!(arrival.caller.origin, Origin::Phone { user: "anita".to_owned() });
        arrival.refuse(Refusal::Busy);
        assert!(outcome(&mut dialling).await.is_err());

        assert_eq!(phone.register("anita-secret", "helpline181", 0).await.unwrap(), 0);
        assert_eq!(outcome(&mut phone.call("181", RING)).await.unwrap_err().sip_status, Some(403));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_an_unknown_user_get_the_same_refusal() {
    let net = Net::new();
    let house = House::start(house(net)).await;
    let (known, unknown) = (
        phone(net, 5, "anita", Transport::Udp).await,
        phone(net, 6, "nobody", Transport::Udp).await,
    );

    for phone in [known, unknown] {
        let refused = phone.register("guess", "helpline181", 120).await;
        assert!(matches!(refused, Err(Error::Refused(401))), "{refused:?}");
    }
    assert_eq!(house.telephony.stats().registrations, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_answers_no_foreign_realm() {
    let net = Net::new();
    let house = House::start(house(net)).await;
    let phone = phone(net, 5, "anita", Transport::Udp).await;

    let refused = phone.register("anita-secret", "elsewhere", 120).await;

    assert!(matches!(refused, Err(Error::Refused(401))));
    assert_eq!(house.telephony.stats().registrations, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_that_is_too_short_is_told_the_minimum() {
    let net = Net::new();
    let _house = House::start(house(net)).await;
    let phone = phone(net, 5, "anita", Transport::Udp).await;

    let refused = phone.register("anita-secret", "helpline181", 10).await;

    assert!(matches!(refused, Err(Error::Refused(423))));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_challenge_offers_sha_256_and_then_md5_and_md5_alone_to_phones_that_stumble() {
    let net = Net::new();
    let _house = House::start(house(net)).await;
    let mut hand = Hand::new(net.sip(9), net.sip(1), "r1").await;
    hand.remote = "<sip:anita@house>".to_owned();
    for (agent, algorithms) in [
        ("User-Agent: Linphone/5\r\n", &["SHA-256", "MD5"][..]),
        ("User-Agent: baresip v1.0.0\r\n", &["MD5"]),
        ("", &["MD5"]),
    ] {
        let answer = hand.ask("REGISTER", agent, "").await;

        let asked = answer.text.lines().filter(|line| line.starts_with("WWW-Authenticate"));
        let asked: Vec<&str> = asked.collect();
        assert_eq!((answer.status, asked.len()), (401, algorithms.len()), "{agent}");
        for (line, algorithm) in asked.iter().zip(algorithms) {
            assert!(line.contains(&format!("algorithm={algorithm},")), "{line}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registered_phone_is_known_at_its_port_only_and_may_be_asked_again_for_each_call() {
    let net = Net::new();
    let config = Config { challenge_calls: true, ..house(net) };
    let mut house = House::start(config).await;
    let phone = phone(net, 5, "anita", Transport::Udp).await;
    phone.register("anita-secret", "helpline181", 120).await.unwrap();

    assert_eq!(outcome(&mut phone.call("181", RING)).await.unwrap_err().sip_status, Some(407));
    let mut other = Hand::new((net.ip(5), 5099).into(), net.sip(1), "x1").await;
    let offer = other.offer();
    assert_eq!(other.ask("INVITE", "", &offer).await.status, 403);
    assert!(house.arrivals.try_recv().is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn phones_that_come_through_a_proxy_are_asked_again_for_each_call_and_others_are_not() {
    let net = Net::new();
    let config = Config { proxies: vec![net.ip(5)], ..house(net) };
    let mut house = House::start(config).await;
    let proxied = phone(net, 5, "anita", Transport::Udp).await;
    proxied.register("anita-secret", "helpline181", 120).await.unwrap();
    let direct = phone(net, 6, "anita", Transport::Udp).await;
    direct.register("anita-secret", "helpline181", 120).await.unwrap();

    let refused = outcome(&mut proxied.call("181", RING)).await.unwrap_err();
    let _dialling = direct.call("181", RING);
    let arrival = house.arrival().await;

    assert_eq!(refused.sip_status, Some(407));
    assert_eq!(arrival.caller.origin, Origin::Phone { user: "anita".to_owned() });
}
