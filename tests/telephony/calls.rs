//! Whole calls between a house and an exchange, both of this crate.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use helpline181::telephony::{
    Cause, Config, Dial, DialEvent, Ended, Error, Failure, LegEvent, Origin, Refusal, Transport,
};

use crate::kit::*;

/// Lets a future go on as far as it can.
async fn poll<F: Future>(mut future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    std::future::poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_the_trunk_is_answered_and_ended_by_the_caller() {
    let (mut house, exchange) = pair().await;
    let mut dialling = exchange.call();

    let arrival = house.arrival().await;
    assert_eq!(arrival.dialled, "181");
    assert_eq!(arrival.caller.number.as_deref(), Some("9000000001"));
    assert_eq!(
        arrival.caller.origin,
        Origin::Trunk { name: "exchange".to_owned(), trusted_cli: true }
    );
    let mut leg = arrival.answer().await.unwrap();
    let mut caller = outcome(&mut dialling).await.unwrap();
    caller.hangup(Cause::Normal);

    assert_eq!(last(&mut leg).await, Ended::ByPeer);
    assert_eq!(last(&mut caller).await, Ended::ByUs);
    house.empties().await;
    exchange.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_pressed_by_the_caller_come_once_each_and_in_order() {
    let (mut house, exchange) = pair().await;
    let mut dialling = exchange.call();
    let mut leg = house.arrival().await.answer().await.unwrap();
    let caller = outcome(&mut dialling).await.unwrap();

    caller.send_digits("1*9");

    let mut keys = String::new();
    while keys.len() < 3 {
        if let LegEvent::Digit(key) = event(&mut leg).await {
            keys.push(key);
        }
    }
    assert_eq!(keys, "1*9");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_house_rings_a_citizen_and_is_answered() {
    let (house, mut exchange) = pair().await;
    let mut dialling = house.dial("9000000001");
    let arrival = exchange.arrival().await;
    assert_eq!(arrival.dialled, "9000000001");
    assert_eq!(arrival.caller.number.as_deref(), Some("181"));

    arrival.ring();
    assert!(matches!(dialling.next().await, DialEvent::Ringing));
    let mut citizen = arrival.answer().await.unwrap();
    let mut leg = outcome(&mut dialling).await.unwrap();
    citizen.hangup(Cause::Normal);

    assert_eq!(last(&mut leg).await, Ended::ByPeer);
    assert_eq!(last(&mut citizen).await, Ended::ByUs);
    house.empties().await;
    exchange.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_is_told_with_its_cause() {
    let (house, mut exchange) = pair().await;
    let cases = [
        (Refusal::Busy, Cause::Busy, 486, 17),
        (Refusal::NotFound, Cause::NotFound, 404, 1),
        (Refusal::Unavailable { retry_after_s: 5 }, Cause::Congestion, 503, 34),
    ];
    for (refusal, cause, status, q850) in cases {
        let mut dialling = house.dial("9000000001");
        exchange.arrival().await.refuse(refusal);

        let failure = outcome(&mut dialling).await.unwrap_err();

        assert_eq!(failure, Failure { cause, sip_status: Some(status), q850: Some(q850) });
    }
    house.empties().await;
    exchange.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_citizen_who_does_not_answer_is_given_up_and_both_sides_are_free() {
    let (house, mut exchange) = pair().await;
    let (trunks, number) = (vec!["exchange".to_owned()], "9000000001".to_owned());
    let mut dialling = house.telephony.dial(Dial::new(trunks, number, Duration::from_millis(300)));
    let mut arrival = exchange.arrival().await;
    arrival.ring();

    let failure = outcome(&mut dialling).await.unwrap_err();

    assert_eq!((failure.cause, failure.sip_status), (Cause::NoAnswer, Some(487)));
    arrival.gone().await;
    assert!(matches!(arrival.answer().await, Err(Error::Gone)));
    house.empties().await;
    exchange.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_cancelled_or_dropped_stops_ringing() {
    let (house, mut exchange) = pair().await;
    let mut cancelled = house.dial("9000000001");
    let mut first = exchange.arrival().await;
    first.ring();
    assert!(matches!(cancelled.next().await, DialEvent::Ringing));
    cancelled.cancel();
    let dropped = house.dial("9000000002");
    let mut second = exchange.arrival().await;
    second.ring();
    drop(dropped);

    first.gone().await;
    second.gone().await;
    assert_eq!(outcome(&mut cancelled).await.unwrap_err().cause, Cause::Normal);
    drop((first, second));
    house.empties().await;
    exchange.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_dialled_never_leaves_the_house() {
    let (house, mut exchange) = pair().await;
    let cause = |trunk: &str, number: &str| {
        let (trunks, number) = (vec![trunk.to_owned()], number.to_owned());
        let mut dialling = house.telephony.dial(Dial::new(trunks, number, RING));
        async move { outcome(&mut dialling).await.unwrap_err().cause }
    };

    assert_eq!(cause("exchange", "+919000000001").await, Cause::Local);
    assert_eq!(cause("exchange", "900000000;x").await, Cause::Local);
    assert_eq!(cause("elsewhere", "9000000001").await, Cause::NoTrunk);
    assert!(exchange.arrivals.try_recv().is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trunks_channels_are_not_exceeded() {
    let net = Net::new();
    let mut config = house(net);
    config.trunks[0].channels = 1;
    let (house, mut exchange) =
        (House::start(config).await, Exchange::start(net, Transport::Udp).await);
    let mut first = house.dial("9000000001");
    let arrival = exchange.arrival().await;

    let second = outcome(&mut house.dial("9000000002")).await.unwrap_err();

    assert_eq!(second, Failure { cause: Cause::Full, sip_status: None, q850: None });
    arrival.refuse(Refusal::Busy);
    assert_eq!(outcome(&mut first).await.unwrap_err().cause, Cause::Busy);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trunk_that_is_not_there_is_unreachable() {
    let net = Net::new();
    let house = House::start(house(net)).await;

    let failure = outcome(&mut house.dial("9000000001")).await.unwrap_err();

    assert_eq!(failure, Failure { cause: Cause::Unreachable, sip_status: None, q850: None });
    house.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_over_the_limit_get_503_and_the_next_one_after_an_end_comes_in() {
    let net = Net::new();
    let config = Config { calls_max: 1, ..house(net) };
    let (mut house, exchange) =
        (House::start(config).await, Exchange::start(net, Transport::Udp).await);
    let _first = exchange.call();
    let arrival = house.arrival().await;

    let refused = outcome(&mut exchange.call()).await.unwrap_err();
    assert_eq!((refused.cause, refused.sip_status), (Cause::Congestion, Some(503)));
    arrival.refuse(Refusal::Busy);
    house.empties().await;
    let _third = exchange.call();

    assert_eq!(house.arrival().await.dialled, "181");
    assert_eq!(house.telephony.stats().refused, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_go_over_tcp_when_the_trunk_says_so() {
    let net = Net::new();
    let mut house = House::start(house(net)).await;
    let exchange = Exchange::start(net, Transport::Tcp).await;
    let mut dialling = exchange.call();

    let mut leg = house.arrival().await.answer().await.unwrap();
    let mut caller = outcome(&mut dialling).await.unwrap();
    leg.hangup(Cause::Normal);

    assert_eq!(last(&mut caller).await, Ended::ByPeer);
    assert_eq!(last(&mut leg).await, Ended::ByUs);
    house.empties().await;
    exchange.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shut_house_hangs_up_what_is_open_and_refuses_what_comes() {
    let (mut house, exchange) = pair().await;
    let mut dialling = exchange.call();
    let mut leg = house.arrival().await.answer().await.unwrap();
    let mut caller = outcome(&mut dialling).await.unwrap();

    house.telephony.clone().shutdown(Duration::ZERO).await;

    assert_eq!(last(&mut leg).await, Ended::ByUs);
    assert_eq!(last(&mut caller).await, Ended::ByPeer);
    assert_eq!(house.telephony.stats().calls, 0);
    assert!(house.arrivals.try_recv().is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draining_house_refuses_with_503_and_lets_the_open_call_end() {
    let (mut house, exchange) = pair().await;
    let mut dialling = exchange.call();
    let leg = house.arrival().await.answer().await.unwrap();
    let mut caller = outcome(&mut dialling).await.unwrap();
    let mut shutting = pin!(house.telephony.clone().shutdown(PATIENCE));
    assert!(poll(shutting.as_mut()).await.is_pending());

    let refused = outcome(&mut exchange.call()).await.unwrap_err();
    assert_eq!(refused.sip_status, Some(503));
    assert!(poll(shutting.as_mut()).await.is_pending());
    drop(leg);
    shutting.await;

    assert_eq!(last(&mut caller).await, Ended::ByPeer);
}

/// One call, ended in the way that its number says; true when it ended as it should.
async fn one(way: usize, house: &mut House, exchange: &Exchange) -> bool {
    let mut dialling = exchange.call();
    let arrival = house.arrival().await;
    match way % 7 {
        0 => {
            arrival.refuse(Refusal::Busy);
            outcome(&mut dialling).await.is_err_and(|failure| failure.cause == Cause::Busy)
        }
        1 => {
            drop(arrival);
            outcome(&mut dialling).await.is_err_and(|failure| failure.sip_status == Some(480))
        }
        2 => {
            let mut arrival = arrival;
            arrival.ring();
            dialling.cancel();
            arrival.gone().await;
            matches!(arrival.answer().await, Err(Error::Gone))
        }
        3 => {
            let mut leg = arrival.answer().await.unwrap();
            outcome(&mut dialling).await.unwrap().hangup(Cause::Normal);
            last(&mut leg).await == Ended::ByPeer
        }
        4 => {
            let mut leg = arrival.answer().await.unwrap();
            let mut caller = outcome(&mut dialling).await.unwrap();
            leg.hangup(Cause::Normal);
            last(&mut leg).await == Ended::ByUs && last(&mut caller).await == Ended::ByPeer
        }
        5 => {
            drop(arrival.answer().await.unwrap());
            match outcome(&mut dialling).await {
                Ok(mut caller) => last(&mut caller).await == Ended::ByPeer,
                Err(_) => false,
            }
        }
        _ => {
            // The CANCEL races the answer: whichever wins, nothing may stay.
            dialling.cancel();
            let _ = arrival.answer().await;
            let _ = outcome(&mut dialling).await;
            true
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_a_thousand_calls_ended_each_way() {
    let (mut house, exchange) = pair().await;
    for way in 0..1_001 {
        assert!(one(way, &mut house, &exchange).await, "way {}", way % 7);
    }

    house.empties().await;
    exchange.empties().await;
}
