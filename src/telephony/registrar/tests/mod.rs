//! The registrar as its phones meet it: logins, bindings and what is told of them.

mod proxied;

use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::telephony::{Digest, PhoneAccount};

static CSEQ: AtomicU32 = AtomicU32::new(1);

const NOW: Duration = Duration::from_secs(10_000);

fn config(md5: bool) -> Config {
    let phone =
        |user: &str| PhoneAccount { user: user.to_owned(), password: format!("{user}-secret") };
    Config { phones: vec![phone("anita"), phone("ravi")], md5, ..Config::default() }
}

fn registrar() -> Registrar {
    Registrar::new(&config(false), [3; 32])
}

fn source() -> SocketAddr {
    "127.0.0.1:5070".parse().unwrap()
}

fn ask<'a>(
    user: &'a str,
    authorization: &'a str,
    contacts: &[&'a str],
    expires: Option<&'a str>,
) -> Ask<'a> {
    Ask {
        user,
        authorization: Some(authorization).filter(|value| !value.is_empty()).into_iter().collect(),
        contacts: contacts.to_vec(),
        expires,
        call_id: "r1",
        cseq: CSEQ.fetch_add(1, Ordering::Relaxed),
        path: Vec::new(),
        source: source(),
        transport: Transport::Udp,
    }
}

/// Answers the first challenge given to `user` at `now`.
fn authorized(registrar: &Registrar, user: &str, password: &str, now: Duration) -> String {
    let Login::Challenge(challenges) = registrar.login(user, "REGISTER", &[], source(), now, 77)
    else {
        panic!("no challenge")
    };
    let account = Digest {
        user: user.to_owned(),
        password: password.to_owned(),
        realm: "helpline181".to_owned(),
    };
    digest::answer(&challenges[0], &account, "REGISTER", "sip:127.0.0.1", "c1").unwrap()
}

fn register(
    registrar: &Registrar,
    contacts: &[&str],
    expires: Option<&str>,
    now: Duration,
) -> Reply {
    register_from(registrar, source(), contacts, expires, now)
}

fn register_from(
    registrar: &Registrar,
    source: SocketAddr,
    contacts: &[&str],
    expires: Option<&str>,
    now: Duration,
) -> Reply {
    // A mark of its own, because a nonce is spent once with nc=1.
    static MARK: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1_000);
    let mark = MARK.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let Login::Challenge(challenges) = registrar.login("anita", "REGISTER", &[], source, now, mark)
    else {
        panic!("no challenge")
    };
    let account = Digest {
        user: "anita".to_owned(),
        password: "anita-secret".to_owned(),
        realm: "helpline181".to_owned(),
    };
    let header =
        digest::answer(&challenges[0], &account, "REGISTER", "sip:127.0.0.1", "c1").unwrap();
    registrar.register(&Ask { source, ..ask("anita", &header, contacts, expires) }, now, mark)
}

fn registered(contacts: &[(&str, u32)]) -> Reply {
    Reply::Registered(
        contacts.iter().map(|(contact, seconds)| ((*contact).to_owned(), *seconds)).collect(),
    )
}

#[test]
fn a_phone_with_the_right_password_is_registered_and_known_at_its_flow() {
    let registrar = registrar();

    let reply = register(&registrar, &["<sip:anita@10.0.0.9:5062>"], Some("120"), NOW);

    assert_eq!(reply, registered(&[("sip:anita@10.0.0.9:5062", 120)]));
    assert_eq!(registrar.user_at(source(), Transport::Udp, "", NOW), Some("anita".to_owned()));
    assert_eq!(registrar.user_at(source(), Transport::Tcp, "", NOW), None);
    assert_eq!(registrar.user_at("10.0.0.9:5062".parse().unwrap(), Transport::Udp, "", NOW), None);
    assert_eq!(
        registrar.user_at(source(), Transport::Udp, "", NOW + Duration::from_secs(120)),
        None
    );
}

#[test]
fn sha_256_is_asked_first_and_md5_only_by_setting() {
    let algorithms = |md5| {
        let registrar = Registrar::new(&config(md5), [3; 32]);
        let Login::Challenge(challenges) =
            registrar.login("anita", "REGISTER", &[], source(), NOW, 1)
        else {
            panic!("no challenge")
        };
        challenges.iter().map(|text| text.contains("algorithm=SHA-256")).collect::<Vec<_>>()
    };

    assert_eq!(algorithms(false), [true]);
    assert_eq!(algorithms(true), [true, false]);
}

#[test]
fn an_md5_answer_is_refused_where_md5_is_off() {
    let registrar = registrar();
    let nonce = registrar.state().nonces.make(NOW, 5);
    let challenge = digest::challenge("helpline181", &nonce, Algorithm::Md5, false);
    let account = Digest {
        user: "anita".to_owned(),
        password: "anita-secret".to_owned(),
        realm: "helpline181".to_owned(),
    };
    let header = digest::answer(&challenge, &account, "REGISTER", "sip:127.0.0.1", "c1").unwrap();

    assert!(matches!(
        registrar.register(&ask("anita", &header, &[], None), NOW, 6),
        Reply::Challenge(_)
    ));
}

#[test]
fn known_and_unknown_users_get_the_same_answer() {
    let registrar = registrar();
    let wrong = authorized(&registrar, "anita", "guess", NOW);
    let unknown = authorized(&registrar, "nobody", "guess", NOW);

    let answers = [
        registrar.register(&ask("anita", &wrong, &[], None), NOW, 9),
        registrar.register(&ask("nobody", &unknown, &[], None), NOW, 9),
    ];

    assert_eq!(answers[0], answers[1]);
    assert!(
        matches!(&answers[0], Reply::Challenge(challenges) if !challenges[0].contains("stale"))
    );
}

#[test]
fn one_user_cannot_register_another() {
    let registrar = registrar();
    let header = authorized(&registrar, "ravi", "ravi-secret", NOW);

    let reply = registrar.register(&ask("anita", &header, &["<sip:x@h>"], None), NOW, 9);

    assert!(matches!(reply, Reply::Challenge(_)));
    assert_eq!(registrar.count(NOW), 0);
}

#[test]
fn a_replayed_answer_is_stale_and_not_a_wrong_password() {
    let registrar = registrar();
    let header = authorized(&registrar, "anita", "anita-secret", NOW);
    assert_eq!(registrar.register(&ask("anita", &header, &[], None), NOW, 9), registered(&[]));

    for _ in 0..20 {
        let reply = registrar.register(&ask("anita", &header, &[], None), NOW, 9);

        assert!(
            matches!(reply, Reply::Challenge(challenges) if challenges[0].ends_with("stale=true"))
        );
    }
}

#[test]
fn an_aged_nonce_is_stale() {
    let registrar = registrar();
    let header = authorized(&registrar, "anita", "anita-secret", NOW);
    let later = NOW + Duration::from_secs(301);
    let reply = registrar.register(&ask("anita", &header, &[], None), later, 9);

    assert!(matches!(reply, Reply::Challenge(challenges) if challenges[0].ends_with("stale=true")));
}

#[test]
fn ten_wrong_passwords_lock_out_the_address_whatever_users_it_tries() {
    let registrar = registrar();
    for at in 0..10 {
        let user = format!("guess{at}");
        let header = authorized(&registrar, &user, "guess", NOW);
        registrar.register(&ask(&user, &header, &[], None), NOW, 9);
    }

    assert_eq!(registrar.login("anita", "REGISTER", &[], source(), NOW, 1), Login::LockedOut);
    let elsewhere = "127.0.0.7:5070".parse().unwrap();
    assert!(matches!(
        registrar.login("anita", "REGISTER", &[], elsewhere, NOW, 1),
        Login::Challenge(_)
    ));
    let later = NOW + Duration::from_secs(300);
    assert!(matches!(
        registrar.login("anita", "REGISTER", &[], source(), later, 1),
        Login::Challenge(_)
    ));
}

#[test]
fn an_expiry_below_the_minimum_is_too_brief_and_one_above_the_maximum_is_cut() {
    let registrar = registrar();

    assert_eq!(
        register(&registrar, &["<sip:a@h>"], Some("29"), NOW),
        Reply::TooBrief { min_s: 30 }
    );
    assert_eq!(
        register(&registrar, &["<sip:a@h>;expires=7200"], Some("60"), NOW),
        registered(&[("sip:a@h", 300)])
    );
}

#[test]
fn several_phones_of_one_user_are_bound_and_the_oldest_gives_way() {
    let registrar = registrar();
    for at in 0..5 {
        register(&registrar, &[&format!("<sip:anita@10.0.0.{at}>")], None, NOW);
    }

    assert_eq!(
        register(&registrar, &[], None, NOW),
        registered(&[
            ("sip:anita@10.0.0.1", 300),
            ("sip:anita@10.0.0.2", 300),
            ("sip:anita@10.0.0.3", 300),
            ("sip:anita@10.0.0.4", 300)
        ])
    );
}

#[test]
fn bindings_are_removed_one_by_one_or_all_by_star() {
    let registrar = registrar();
    register(&registrar, &["<sip:a@h>", "<sip:b@h>", "<sip:c@h>"], None, NOW);

    assert_eq!(
        register(&registrar, &["<sip:a@h>;expires=0"], None, NOW),
        registered(&[("sip:b@h", 300), ("sip:c@h", 300)])
    );
    assert_eq!(register(&registrar, &["*"], Some("60"), NOW), Reply::Malformed);
    assert_eq!(register(&registrar, &["*"], Some("0"), NOW), registered(&[]));
    assert!(!registrar.knows(source(), NOW));
}

#[test]
fn of_two_users_at_one_flow_the_named_one_is_meant() {
    let registrar = registrar();
    register(&registrar, &["<sip:a@h>"], None, NOW);
    let header = authorized(&registrar, "ravi", "ravi-secret", NOW);
    registrar.register(&ask("ravi", &header, &["<sip:r@h>"], None), NOW, 9);

    assert_eq!(registrar.user_at(source(), Transport::Udp, "ravi", NOW), Some("ravi".to_owned()));
    assert_eq!(registrar.user_at(source(), Transport::Udp, "9000000001", NOW), None);
}

fn of_device(contact: &str) -> String {
    format!("<{contact}>;+sip.instance=\"<urn:uuid:1>\"")
}

/// What was told since, with the bindings that could be rung after each.
fn told(news: &mut broadcast::Receiver<BindingNews>) -> Vec<(u64, Change, usize)> {
    let mut told = Vec::new();
    while let Ok(news) = news.try_recv() {
        assert_eq!(news.account, "anita");
        told.push((news.binding, news.change, news.reachable));
    }
    told
}

const LEFT: Duration = Duration::from_secs(300);

#[test]
fn each_change_of_a_binding_is_told_with_what_can_be_rung_after_it() {
    let registrar = registrar();
    let (none, mut news) = registrar.watch(NOW);
    assert!(none.is_empty());

    register(&registrar, &["<sip:desk@h>"], None, NOW);
    register(&registrar, &["<sip:soft@h>"], Some("60"), NOW);
    register(&registrar, &["<sip:desk@h>"], None, NOW + Duration::from_secs(30));
    assert!(registrar.sweep(NOW + Duration::from_secs(60)).len() <= 2);
    register(&registrar, &["<sip:desk@h>"], Some("0"), NOW + Duration::from_secs(61));

    let minute = Duration::from_secs(60);
    assert_eq!(
        told(&mut news),
        [
            (1, Change::Registered { left: LEFT }, 1),
            (2, Change::Registered { left: minute }, 2),
            (1, Change::Refreshed { left: LEFT }, 2),
            (2, Change::Removed(Removal::Expired), 1),
            (1, Change::Removed(Removal::ByPhone), 0),
        ]
    );
}

#[test]
fn a_binding_knows_its_flow_its_device_and_its_path() {
    let registrar = registrar();
    let device = of_device("sip:anita@10.0.0.9:5062");
    let header = authorized(&registrar, "anita", "anita-secret", NOW);
    let ask = Ask {
        call_id: "from-the-phone",
        cseq: 7,
        path: vec!["<sip:kamailio@10.0.0.1;lr>"],
        ..ask("anita", &header, &[&device], None)
    };

    registrar.register(&ask, NOW, 9);

    let binding = registrar.bindings(NOW + Duration::from_secs(100)).remove(0);
    assert_eq!((binding.source, binding.transport), (source(), Transport::Udp));
    assert_eq!(binding.instance.as_deref(), Some("\"<urn:uuid:1>\""));
    assert_eq!(binding.path, ["<sip:kamailio@10.0.0.1;lr>"]);
    assert_eq!((binding.call_id.as_str(), binding.cseq), ("from-the-phone", 7));
    assert_eq!((binding.left, binding.reachable), (Duration::from_secs(200), true));
    assert!(!format!("{binding:?}").contains("anita@"));
}

#[test]
fn a_device_that_comes_back_from_elsewhere_replaces_itself() {
    let registrar = registrar();
    register(&registrar, &[&of_device("sip:anita@10.0.0.9:1")], None, NOW);
    let (_, mut news) = registrar.watch(NOW);

    let reply = register(&registrar, &[&of_device("sip:anita@10.0.0.9:2")], None, NOW);

    assert_eq!(reply, registered(&[("sip:anita@10.0.0.9:2", 300)]));
    assert_eq!(
        told(&mut news),
        [(1, Change::Removed(Removal::Replaced), 0), (2, Change::Registered { left: LEFT }, 1)]
    );
}

#[test]
fn a_registration_that_was_overtaken_changes_nothing() {
    let registrar = registrar();
    let at = |cseq, call_id| {
        let mark = 50 + u64::from(cseq);
        let Login::Challenge(asked) =
            registrar.login("anita", "REGISTER", &[], source(), NOW, mark)
        else {
            panic!("no challenge")
        };
        let (user, password) = ("anita".to_owned(), "anita-secret".to_owned());
        let account = Digest { user, password, realm: "helpline181".to_owned() };
        let proof = digest::answer(&asked[0], &account, "REGISTER", "sip:h", "c1").unwrap();
        let ask = Ask { cseq, call_id, ..ask("anita", &proof, &["<sip:a@h>"], Some("60")) };
        registrar.register(&ask, NOW, mark)
    };

    assert_eq!(at(5, "r1"), registered(&[("sip:a@h", 60)]));
    assert_eq!(at(4, "r1"), Reply::Late);
    assert_eq!(at(6, "r1"), registered(&[("sip:a@h", 60)]));
    // A phone that was started again counts anew.
    assert_eq!(at(1, "r2"), registered(&[("sip:a@h", 60)]));
}

#[test]
fn a_phone_that_is_unplugged_counts_for_less_than_thirty_seconds() {
    let registrar = registrar();
    register(&registrar, &["<sip:a@h>"], None, NOW);
    let (_, mut news) = registrar.watch(NOW);
    let wait = Duration::from_secs(7);
    let mut now = NOW;
    let mut miss = || {
        now += registrar.idle_for(now).unwrap();
        let asked = registrar.sweep(now);
        assert_eq!(asked.len(), 1);
        // While it is asked it is not asked again.
        assert!(registrar.sweep(now).is_empty());
        now += wait;
        registrar.asked(&asked[0], Asked::Silent, now);
        now - NOW
    };

    assert_eq!(miss(), Duration::from_secs(22));
    assert_eq!(told(&mut news), []);
    assert_eq!(miss(), Duration::from_secs(29));
    assert_eq!(told(&mut news), [(1, Change::Silent, 0)]);
    assert!(registrar.reachable("anita", NOW + Duration::from_secs(29)).is_empty());
    // It stays registered, and is asked once each round.
    assert_eq!(miss(), Duration::from_secs(51));
    assert_eq!(told(&mut news), []);
}

#[test]
fn a_silent_phone_counts_again_when_it_answers_or_registers() {
    let registrar = registrar();
    let silence = |registrar: &Registrar, now: Duration| {
        for _ in 0..2 {
            let asked = registrar.sweep(now + Duration::from_secs(15));
            registrar.asked(&asked[0], Asked::Silent, now + Duration::from_secs(15));
        }
        assert!(registrar.reachable("anita", now + Duration::from_secs(15)).is_empty());
    };
    register(&registrar, &["<sip:a@h>"], None, NOW);
    silence(&registrar, NOW);
    let (_, mut news) = registrar.watch(NOW);

    let now = NOW + Duration::from_secs(30);
    let asked = registrar.sweep(now);
    registrar.asked(&asked[0], Asked::Answers, now);
    assert_eq!(told(&mut news), [(1, Change::Answers, 1)]);

    silence(&registrar, now);
    told(&mut news);
    register(&registrar, &["<sip:a@h>"], None, now + Duration::from_secs(16));
    assert_eq!(told(&mut news), [(1, Change::Refreshed { left: LEFT }, 1)]);
}

#[test]
fn a_registration_that_comes_while_the_phone_is_asked_is_the_better_sign() {
    let registrar = registrar();
    register(&registrar, &["<sip:a@h>"], None, NOW);
    let (_, mut news) = registrar.watch(NOW);
    let now = NOW + Duration::from_secs(15);
    let asked = registrar.sweep(now).remove(0);
    register(&registrar, &["<sip:a@h>"], None, now);

    registrar.asked(&asked, Asked::Silent, now);

    assert_eq!(told(&mut news), [(1, Change::Refreshed { left: LEFT }, 1)]);
    assert_eq!(registrar.idle_for(now), Some(Duration::from_secs(15)));
}

#[test]
fn a_closed_connection_takes_its_bindings_with_it() {
    let registrar = registrar();
    register(&registrar, &["<sip:a@h>"], None, NOW);
    let (_, mut news) = registrar.watch(NOW);

    registrar.disconnected(source(), Transport::Tcp, NOW);
    assert_eq!(told(&mut news), []);
    registrar.disconnected(source(), Transport::Udp, NOW);

    assert_eq!(told(&mut news), [(1, Change::Removed(Removal::Disconnected), 0)]);
    assert!(registrar.bindings(NOW).is_empty());
}
