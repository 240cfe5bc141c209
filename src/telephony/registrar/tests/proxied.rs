//! Phones that come through a proxy: many at one address.

use super::*;

fn behind_a_proxy() -> Registrar {
    Registrar::new(&Config { proxies: vec![source().ip()], ..config(false) }, [3; 32])
}

fn tries_wrongly(registrar: &Registrar, user: &str) {
    for _ in 0..Config::default().limits.wrong_passwords_max {
        let wrong = authorized(registrar, user, "guess", NOW);
        registrar.login(user, "REGISTER", &[&wrong], source(), NOW, 78);
    }
}

fn is_let_in(registrar: &Registrar, user: &str) -> bool {
    let Login::Challenge(challenges) = registrar.login(user, "REGISTER", &[], source(), NOW, 77)
    else {
        return false;
    };
    let account = Digest {
        user: user.to_owned(),
        password: format!("{user}-secret"),
        realm: "helpline181".to_owned(),
    };
    let right = digest::answer(&challenges[0], &account, "REGISTER", "sip:127.0.0.1", "c1");
    matches!(registrar.login(user, "REGISTER", &[&right.unwrap()], source(), NOW, 79), Login::Right)
}

#[test]
fn wrong_passwords_of_one_phone_lock_out_its_user_and_nobody_else_behind_the_proxy() {
    let (proxied, direct) = (behind_a_proxy(), registrar());
    tries_wrongly(&proxied, "anita");
    tries_wrongly(&direct, "anita");

    assert!(!is_let_in(&proxied, "anita"));
    assert!(is_let_in(&proxied, "ravi"));
    assert!(!is_let_in(&direct, "ravi"));
}

#[test]
fn a_flow_that_the_proxy_has_lost_ends_the_binding_unless_the_phone_has_registered_meanwhile() {
    let registrar = behind_a_proxy();
    register(&registrar, &["<sip:a@h>"], None, NOW);
    let (_, mut news) = registrar.watch(NOW);
    let now = NOW + Duration::from_secs(15);
    let asked = registrar.sweep(now).remove(0);
    register(&registrar, &["<sip:a@h>"], None, now);
    registrar.asked(&asked, Asked::FlowFailed, now);
    assert_eq!(told(&mut news), [(1, Change::Refreshed { left: LEFT }, 1)]);

    let now = now + Duration::from_secs(15);
    let asked = registrar.sweep(now).remove(0);
    registrar.asked(&asked, Asked::FlowFailed, now);

    assert_eq!(told(&mut news), [(1, Change::Removed(Removal::FlowFailed), 0)]);
}
