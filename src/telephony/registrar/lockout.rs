//! Counts wrong passwords by address and by user, and locks out after too many.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

/// Addresses and users remembered at a time.
const TRACKED_MAX: usize = 4_096;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Who {
    Address(IpAddr),
    /// As written by the phone; an unknown user is counted like a known one, so that the answer tells nothing.
    User(String),
}

#[derive(Debug)]
pub(super) struct Lockout {
    wrong_max: u32,
    time: Duration,
    tracked: HashMap<Who, (u32, Duration)>,
}

impl Lockout {
    pub(super) fn new(wrong_max: u32, time: Duration) -> Self {
        Self { wrong_max, time, tracked: HashMap::new() }
    }

    pub(super) fn is_locked(&self, who: &Who, now: Duration) -> bool {
        let tracked =
            self.tracked.get(who).filter(|(_, last)| now.saturating_sub(*last) < self.time);
        tracked.is_some_and(|(wrong, _)| *wrong >= self.wrong_max)
    }

    pub(super) fn count_wrong(&mut self, who: Who, now: Duration) {
        if self.tracked.len() >= TRACKED_MAX && !self.tracked.contains_key(&who) {
            self.make_room(now);
        }
        let (wrong, last) = self.tracked.entry(who).or_insert((0, now));
        if now.saturating_sub(*last) >= self.time {
            *wrong = 0;
        }
        *wrong = wrong.saturating_add(1);
        *last = now;
    }

    pub(super) fn forgive(&mut self, who: &Who) {
        self.tracked.remove(who);
    }

    fn make_room(&mut self, now: Duration) {
        let time = self.time;
        self.tracked.retain(|_, (_, last)| now.saturating_sub(*last) < time);
        if self.tracked.len() >= TRACKED_MAX {
            let oldest = self.tracked.iter().min_by_key(|(_, (wrong, last))| (*wrong, *last));
            if let Some(who) = oldest.map(|(who, _)| who.clone()) {
                self.tracked.remove(&who);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str) -> Who {
        Who::User(name.to_owned())
    }

    #[test]
    fn too_many_wrong_passwords_lock_out_for_the_time_and_no_longer() {
        let mut lockout = Lockout::new(3, Duration::from_secs(300));
        for second in 0..3 {
            assert!(!lockout.is_locked(&user("anita"), Duration::from_secs(second)));
            lockout.count_wrong(user("anita"), Duration::from_secs(second));
        }

        assert!(lockout.is_locked(&user("anita"), Duration::from_secs(3)));
        assert!(!lockout.is_locked(&user("ravi"), Duration::from_secs(3)));
        assert!(!lockout.is_locked(&user("anita"), Duration::from_secs(302)));
    }

    #[test]
    fn a_right_password_forgives() {
        let mut lockout = Lockout::new(1, Duration::from_secs(300));
        lockout.count_wrong(user("anita"), Duration::ZERO);
        lockout.forgive(&user("anita"));

        assert!(!lockout.is_locked(&user("anita"), Duration::ZERO));
    }

    #[test]
    fn invented_users_cannot_fill_the_memory_or_free_the_locked() {
        let mut lockout = Lockout::new(2, Duration::from_secs(300));
        lockout.count_wrong(user("anita"), Duration::ZERO);
        lockout.count_wrong(user("anita"), Duration::ZERO);
        for at in 0..6_000 {
            lockout.count_wrong(user(&format!("u{at}")), Duration::from_millis(at));
        }

        assert_eq!(lockout.tracked.len(), 4_096);
        assert!(lockout.is_locked(&user("anita"), Duration::from_secs(6)));
    }
}
