//! Which phones are registered, from which flow; and whether a request knows its user's password.

mod ask;
mod contact;
pub(crate) mod digest;
mod lockout;
mod nonce;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub(crate) use ask::{Ask, Login, Reply};
pub(crate) use contact::{Contacts, is_single};
use lockout::{Lockout, Who};
use nonce::{Freshness, Nonces};

use crate::telephony::{Config, Transport};
use digest::{Algorithm, Credentials};

/// Bindings of one user; the oldest gives way to a new one.
const BINDINGS_MAX: usize = 4;

/// Where a registered phone is. The Contact it wrote is only repeated to it; calls go to the flow.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Binding {
    contact: String,
    flow: (SocketAddr, Transport),
    expires_at: Duration,
}

#[derive(Debug)]
pub(crate) struct Registrar {
    realm: String,
    md5: bool,
    min_s: u32,
    max_s: u32,
    passwords: HashMap<String, String>,
    /// Stands in for the password of an unknown user, so that both cost the same.
    nobody: String,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    nonces: Nonces,
    lockout: Lockout,
    bindings: HashMap<String, Vec<Binding>>,
}

impl Registrar {
    /// `key` seals the nonces and must be random.
    pub(crate) fn new(config: &Config, key: [u8; 32]) -> Self {
        let limits = &config.limits;
        let passwords =
            config.phones.iter().map(|phone| (phone.user.clone(), phone.password.clone()));
        Self {
            realm: config.realm.clone(),
            md5: config.md5,
            min_s: limits.register_min_s,
            max_s: limits.register_max_s,
            passwords: passwords.collect(),
            nobody: digest::hex(&key),
            state: Mutex::new(State {
                nonces: Nonces::new(key, limits.nonce_age),
                lockout: Lockout::new(limits.wrong_passwords_max, limits.lock_out),
                bindings: HashMap::new(),
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `now` is the time since the start; `mark` is random.
    pub(crate) fn register(&self, ask: &Ask<'_>, now: Duration, mark: u64) -> Reply {
        match self.login(ask.user, "REGISTER", &ask.authorization, ask.source, now, mark) {
            Login::Challenge(challenges) => return Reply::Challenge(challenges),
            Login::LockedOut => return Reply::LockedOut,
            Login::Right => {}
        }
        let Some(contacts) = contact::parse(&ask.contacts) else { return Reply::Malformed };
        let default_s = ask.expires.and_then(|text| text.trim().parse().ok());
        let mut state = self.state();
        let bindings = state.bindings.entry(ask.user.to_owned()).or_default();
        bindings.retain(|binding| binding.expires_at > now);
        match contacts {
            Contacts::All if default_s == Some(0) => bindings.clear(),
            // RFC 3261 §10.2.2: `*` only with Expires: 0.
            Contacts::All => return Reply::Malformed,
            Contacts::These(these) => {
                let wanted = |own: Option<u32>| own.or(default_s).unwrap_or(self.max_s);
                if these.iter().any(|(_, own)| (1..self.min_s).contains(&wanted(*own))) {
                    return Reply::TooBrief { min_s: self.min_s };
                }
                for (contact, own) in these {
                    let seconds = wanted(own).min(self.max_s);
                    bindings.retain(|binding| binding.contact != contact);
                    if seconds == 0 {
                        continue;
                    }
                    if bindings.len() >= BINDINGS_MAX {
                        bindings.remove(0);
                    }
                    let expires_at = now + Duration::from_secs(u64::from(seconds));
                    bindings.push(Binding {
                        contact,
                        flow: (ask.source, ask.transport),
                        expires_at,
                    });
                }
            }
        }
        let left = |binding: &Binding| {
            let seconds = binding.expires_at.saturating_sub(now).as_secs();
            (binding.contact.clone(), u32::try_from(seconds).unwrap_or(u32::MAX))
        };
        let registered = bindings.iter().map(left).collect();
        if bindings.is_empty() {
            state.bindings.remove(ask.user);
        }
        Reply::Registered(registered)
    }

    /// Checks the credentials of a request that claims to be of `user`; an unknown user gets the answer of a known one.
    pub(crate) fn login(
        &self,
        user: &str,
        method: &str,
        authorization: &[&str],
        source: SocketAddr,
        now: Duration,
        mark: u64,
    ) -> Login {
        let who = [Who::Address(source.ip()), Who::User(user.chars().take(64).collect())];
        let mut state = self.state();
        if who.iter().any(|who| state.lockout.is_locked(who, now)) {
            return Login::LockedOut;
        }
        let given = authorization.iter().filter_map(|value| Credentials::parse(value));
        let Some(given) = given.into_iter().find(|given| given.realm == self.realm) else {
            return self.challenge(&state, false, now, mark);
        };
        let freshness = state.nonces.freshness(&given.nonce, now);
        if freshness == Freshness::Foreign {
            return self.challenge(&state, false, now, mark);
        }
        let offered = given.algorithm == Algorithm::Sha256 || self.md5;
        let password = self.passwords.get(user).unwrap_or(&self.nobody);
        let made = given.is_made_with(password, method);
        let known = self.passwords.contains_key(user) && given.user == user;
        if !(made && known && offered) {
            for who in who {
                state.lockout.count_wrong(who, now);
            }
            return self.challenge(&state, false, now, mark);
        }
        if freshness == Freshness::Stale || !state.nonces.spend(&given.nonce, given.count(), now) {
            return self.challenge(&state, true, now, mark);
        }
        for who in &who {
            state.lockout.forgive(who);
        }
        Login::Right
    }

    /// RFC 8760 §2.3: the strongest first.
    fn challenge(&self, state: &State, stale: bool, now: Duration, mark: u64) -> Login {
        let nonce = state.nonces.make(now, mark);
        let algorithms =
            [Algorithm::Sha256, Algorithm::Md5].into_iter().take(if self.md5 { 2 } else { 1 });
        Login::Challenge(
            algorithms
                .map(|algorithm| digest::challenge(&self.realm, &nonce, algorithm, stale))
                .collect(),
        )
    }

    /// Whose phone is at this flow. When several users share it, the one that the request names.
    pub(crate) fn user_at(
        &self,
        source: SocketAddr,
        transport: Transport,
        named: &str,
        now: Duration,
    ) -> Option<String> {
        let state = self.state();
        let is_here =
            |binding: &Binding| binding.flow == (source, transport) && binding.expires_at > now;
        let mut here: Vec<&String> = state
            .bindings
            .iter()
            .filter(|(_, bindings)| bindings.iter().any(is_here))
            .map(|(user, _)| user)
            .collect();
        if here.len() > 1 {
            here.retain(|user| *user == named);
        }
        here.first().map(|user| (*user).clone())
    }

    /// Whether any phone is registered from this address.
    pub(crate) fn knows(&self, source: SocketAddr, now: Duration) -> bool {
        let is_here = |binding: &Binding| binding.flow.0 == source && binding.expires_at > now;
        self.state().bindings.values().flatten().any(is_here)
    }

    pub(crate) fn count(&self, now: Duration) -> usize {
        self.state().bindings.values().flatten().filter(|binding| binding.expires_at > now).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telephony::{Digest, PhoneAccount};

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
            authorization: Some(authorization)
                .filter(|value| !value.is_empty())
                .into_iter()
                .collect(),
            contacts: contacts.to_vec(),
            expires,
            source: source(),
            transport: Transport::Udp,
        }
    }

    /// Answers the first challenge given to `user` at `now`.
    fn authorized(registrar: &Registrar, user: &str, password: &str, now: Duration) -> String {
        let Login::Challenge(challenges) =
            registrar.login(user, "REGISTER", &[], source(), now, 77)
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
        let Login::Challenge(challenges) =
            registrar.login("anita", "REGISTER", &[], source, now, mark)
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
        assert_eq!(
            registrar.user_at("10.0.0.9:5062".parse().unwrap(), Transport::Udp, "", NOW),
            None
        );
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
        let header =
            digest::answer(&challenge, &account, "REGISTER", "sip:127.0.0.1", "c1").unwrap();

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

        assert!(
            matches!(reply, Reply::Challenge(challenges) if challenges[0].ends_with("stale=true"))
        );
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

        assert_eq!(
            registrar.user_at(source(), Transport::Udp, "ravi", NOW),
            Some("ravi".to_owned())
        );
        assert_eq!(registrar.user_at(source(), Transport::Udp, "9000000001", NOW), None);
    }
}
