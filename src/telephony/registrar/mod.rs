//! Which phones are registered, from which flow; and whether a request knows its user's password.

mod ask;
mod binding;
mod contact;
pub(crate) mod digest;
mod lockout;
mod nonce;
mod table;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, broadcast};

pub(crate) use ask::{Ask, Login, Reply};
pub(crate) use binding::Asked;
pub use binding::{Binding, BindingNews, Change, Removal};
pub(crate) use contact::{Contacts, is_single};
use lockout::{Lockout, Who};
use nonce::{Freshness, Nonces};

use crate::telephony::{Config, Transport};
use digest::{Algorithm, Credentials};
use table::{Origin, Table};

#[derive(Debug)]
pub(crate) struct Registrar {
    realm: String,
    md5: bool,
    min_s: u32,
    max_s: u32,
    passwords: HashMap<String, String>,
    proxies: Vec<IpAddr>,
    /// Stands in for the password of an unknown user, so that both cost the same.
    nobody: String,
    state: Mutex<State>,
    /// Something is due earlier than was thought.
    pub changed: Notify,
}

#[derive(Debug)]
struct State {
    nonces: Nonces,
    lockout: Lockout,
    bindings: Table,
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
            proxies: config.proxies.clone(),
            nobody: digest::hex(&key),
            state: Mutex::new(State {
                nonces: Nonces::new(key, limits.nonce_age),
                lockout: Lockout::new(limits.wrong_passwords_max, limits.lock_out),
                bindings: Table::new(&config.timing),
            }),
            changed: Notify::new(),
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
        let Some(path) = contact::path_of(&ask.path) else { return Reply::Malformed };
        let default_s = ask.expires.and_then(|text| text.trim().parse().ok());
        let origin = Origin {
            call_id: ask.call_id,
            cseq: ask.cseq,
            path: &path,
            source: ask.source,
            transport: ask.transport,
        };
        let mut state = self.state();
        let bindings = &mut state.bindings;
        bindings.expire(now);
        match contacts {
            Contacts::All if default_s == Some(0) => bindings.unbind(ask.user, None, now),
            // RFC 3261 §10.2.2: `*` only with Expires: 0.
            Contacts::All => return Reply::Malformed,
            Contacts::These(these) => {
                let wanted = |own: Option<u32>| own.or(default_s).unwrap_or(self.max_s);
                if these.iter().any(|these| (1..self.min_s).contains(&wanted(these.expires))) {
                    return Reply::TooBrief { min_s: self.min_s };
                }
                if bindings.is_late(ask.user, &these, &origin) {
                    return Reply::Late;
                }
                for contact in these {
                    match wanted(contact.expires).min(self.max_s) {
                        0 => bindings.unbind(ask.user, Some(&contact.uri), now),
                        seconds => {
                            let left = Duration::from_secs(u64::from(seconds));
                            bindings.bind(ask.user, contact, left, &origin, now);
                        }
                    }
                }
            }
        }
        let registered = bindings.of_account(ask.user, now).into_iter().map(|binding| {
            (binding.contact, u32::try_from(binding.left.as_secs()).unwrap_or(u32::MAX))
        });
        let registered = registered.collect();
        self.changed.notify_one();
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
        // One wrong phone behind a proxy must not lock out the others.
        let address = (!self.is_proxy(source)).then_some(Who::Address(source.ip()));
        let who: Vec<Who> =
            address.into_iter().chain([Who::User(user.chars().take(64).collect())]).collect();
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

    /// Whether phones come through here that are not to be taken for one.
    pub(crate) fn is_proxy(&self, source: SocketAddr) -> bool {
        self.proxies.contains(&source.ip())
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
        let mut here = state.bindings.accounts_at(source, transport, now);
        if here.len() > 1 {
            here.retain(|user| *user == named);
        }
        here.first().map(|user| (*user).clone())
    }

    /// Whether any phone is registered from this address.
    pub(crate) fn knows(&self, source: SocketAddr, now: Duration) -> bool {
        self.state().bindings.knows(source, now)
    }

    pub(crate) fn count(&self, now: Duration) -> usize {
        self.state().bindings.count(now)
    }

    /// All bindings now, and the news from here on.
    pub(crate) fn watch(&self, now: Duration) -> (Vec<Binding>, broadcast::Receiver<BindingNews>) {
        let state = self.state();
        (state.bindings.all(now), state.bindings.news())
    }

    pub(crate) fn bindings(&self, now: Duration) -> Vec<Binding> {
        self.state().bindings.all(now)
    }

    /// The bindings of an account that can be rung.
    pub(crate) fn reachable(&self, account: &str, now: Duration) -> Vec<Binding> {
        self.state().bindings.reachable(account, now)
    }

    /// The connection of a phone is closed: nothing reaches it there any more.
    pub(crate) fn disconnected(&self, source: SocketAddr, transport: Transport, now: Duration) {
        self.state().bindings.disconnected((source, transport), now);
    }

    /// Removes what has expired and gives the bindings that are to be asked now whether they are there.
    pub(crate) fn sweep(&self, now: Duration) -> Vec<Binding> {
        let mut state = self.state();
        state.bindings.expire(now);
        state.bindings.begin_asking(now)
    }

    pub(crate) fn asked(&self, binding: &Binding, answer: Asked, now: Duration) {
        self.state().bindings.asked(binding, answer, now);
        self.changed.notify_one();
    }

    /// How long nothing is due.
    pub(crate) fn idle_for(&self, now: Duration) -> Option<Duration> {
        self.state().bindings.idle_for(now)
    }
}

#[cfg(test)]
mod tests;
