//! The right to begin one call through a trunk: a channel and a place under its calls a second. Held before anything is decided
//! about the call, and given back when nothing comes of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::time::sleep_until;

use super::{Channel, Line, Lines, SECOND};

/// Of a trunk's channels, the per cent that the dialler leaves to callers and to people who call.
pub(super) const KEPT_PER_CENT: u64 = 20;

fn kept(channels: u32) -> u32 {
    u32::try_from(u64::from(channels) * KEPT_PER_CENT / 100).unwrap_or(channels)
}

/// Who wants to begin a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// A machine: comes behind everybody who waits, and leaves them a share of the channels.
    Dialler,
    /// Somebody waits with a receiver at the ear.
    Person,
}

/// Why no call can begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoStart {
    /// None of these trunks takes calls.
    NoTrunk,
    /// Each has failed so often that it rests.
    Resting,
    /// Channels or calls a second are used up.
    Full,
}

/// The same, with when it may be otherwise as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotYet {
    NoTrunk,
    Resting(Instant),
    /// A place under the calls a second.
    At(Instant),
    /// When a call ends or does not begin.
    Freed,
}

/// One call may begin. Given back when dropped.
#[derive(Debug)]
pub struct Start {
    line: Arc<Line>,
    channel: Option<Channel>,
    trial: bool,
}

/// What one call shows of its trunk.
#[derive(Debug)]
pub(in crate::telephony) struct Verdict {
    line: Arc<Line>,
    trial: AtomicBool,
}

impl Start {
    pub fn trunk(&self) -> &str {
        &self.line.trunk.name
    }

    pub(in crate::telephony) fn line(&self) -> &Arc<Line> {
        &self.line
    }

    /// The INVITE leaves now.
    pub(in crate::telephony) fn begin(mut self, now: Instant) -> (Channel, Verdict) {
        let channel = self.channel.take().expect("it is taken here alone");
        self.line.with(|load| {
            load.held -= 1;
            load.starts += 1;
            load.begun.push_back(now);
        });
        let trial = AtomicBool::new(std::mem::take(&mut self.trial));
        (channel, Verdict { line: Arc::clone(&self.line), trial })
    }
}

impl Drop for Start {
    fn drop(&mut self) {
        if self.channel.is_some() {
            self.line.with(|load| {
                load.held -= 1;
                if self.trial {
                    load.rest.try_again();
                }
            });
            // With it whoever waits is told.
            self.channel = None;
        }
    }
}

impl Verdict {
    /// The network behind it has taken the call.
    pub(in crate::telephony) fn works(&self) {
        self.trial.store(false, Ordering::Relaxed);
        self.line.with(|load| load.rest.works());
    }

    pub(in crate::telephony) fn failed(&self, now: Instant) {
        self.trial.store(false, Ordering::Relaxed);
        let rests = self.line.with(|load| {
            load.faults += 1;
            load.rest.failed(now);
            load.rest.resting_until(now)
        });
        if let Some(until) = rests {
            let rest_s = until.saturating_duration_since(now).as_secs();
            tracing::warn!(trunk = self.line.trunk.name, rest_s, "a trunk rests");
        }
    }
}

impl Drop for Verdict {
    fn drop(&mut self) {
        if *self.trial.get_mut() {
            self.line.with(|load| load.rest.try_again());
        }
    }
}

impl Line {
    /// A channel and a place under the calls a second. A person's call goes through a trunk that rests when `despite` is set.
    fn start(self: &Arc<Self>, turn: Turn, despite: bool, now: Instant) -> Result<Start, NotYet> {
        if self.trunk.outbound.is_none() {
            return Err(NotYet::NoTrunk);
        }
        let channels = match turn {
            Turn::Dialler => self.trunk.channels - kept(self.trunk.channels),
            Turn::Person => self.trunk.channels,
        };
        let trial = self.with(|load| {
            if load.stopped {
                return Err(NotYet::NoTrunk);
            }
            if !despite && !load.rest.may_carry(now) {
                let until = load.rest.resting_until(now);
                return Err(until.map_or(NotYet::Freed, NotYet::Resting));
            }
            if load.open >= channels || (turn == Turn::Dialler && load.waiting > 0) {
                return Err(NotYet::Freed);
            }
            load.forget(now);
            let begun = load.begun.len() + load.held as usize;
            if begun >= self.trunk.calls_per_second as usize {
                let oldest = load.begun.front();
                return Err(oldest.map_or(NotYet::Freed, |begun| NotYet::At(*begun + SECOND)));
            }
            load.open += 1;
            load.held += 1;
            Ok(load.rest.begin(now))
        })?;
        Ok(Start { line: Arc::clone(self), channel: Some(Channel(Arc::clone(self))), trial })
    }
}

impl Lines {
    /// By the first of these trunks that may carry a call now, leaving out those that were `passed` by.
    pub(super) fn start(
        &self,
        wanted: &[String],
        passed: &[String],
        turn: Turn,
        now: Instant,
    ) -> Result<Start, NotYet> {
        let lines = || {
            let wanted = wanted.iter().filter(|name| !passed.contains(name));
            wanted.filter_map(|name| self.named(name))
        };
        let mut not_yet = NotYet::NoTrunk;
        for line in lines() {
            match line.start(turn, false, now) {
                Ok(start) => return Ok(start),
                Err(why) => not_yet = not_yet.or(why),
            }
        }
        match (turn, not_yet) {
            // A person finds out rather than waits for minutes.
            (Turn::Person, NotYet::Resting(_)) => {
                let mut despite = lines().filter_map(|line| line.start(turn, true, now).ok());
                despite.next().ok_or(not_yet)
            }
            _ => Err(not_yet),
        }
    }

    /// Waits for it, at most so long.
    pub(in crate::telephony) async fn start_within(
        &self,
        wanted: &[String],
        passed: &[String],
        turn: Turn,
        wait: Duration,
    ) -> Result<Start, NoStart> {
        let deadline = tokio::time::Instant::now() + wait;
        let mut _waiting = None;
        loop {
            let freed = self.freed.notified();
            let mut freed = std::pin::pin!(freed);
            freed.as_mut().enable();
            let not_yet = match self.start(wanted, passed, turn, Instant::now()) {
                Ok(start) => return Ok(start),
                Err(not_yet) => not_yet,
            };
            let until = match not_yet {
                NotYet::NoTrunk => return Err(NoStart::NoTrunk),
                NotYet::Resting(_) => return Err(NoStart::Resting),
                NotYet::At(at) => tokio::time::Instant::from_std(at).min(deadline),
                NotYet::Freed => deadline,
            };
            if turn == Turn::Person && _waiting.is_none() {
                _waiting = Some(self.wait(wanted));
            }
            if tokio::time::Instant::now() >= deadline {
                return Err(NoStart::Full);
            }
            tokio::select! {
                () = &mut freed => {}
                () = sleep_until(until) => {}
            }
        }
    }

    /// The dialler lets who waits go first.
    fn wait(&self, wanted: &[String]) -> Waiting<'_> {
        let lines: Vec<Arc<Line>> =
            wanted.iter().filter_map(|name| self.named(name)).map(Arc::clone).collect();
        lines.iter().for_each(|line| line.with(|load| load.waiting += 1));
        Waiting { all: self, lines }
    }
}

struct Waiting<'a> {
    all: &'a Lines,
    lines: Vec<Arc<Line>>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.lines.iter().for_each(|line| line.with(|load| load.waiting -= 1));
        self.all.freed.notify_waiters();
    }
}

impl NotYet {
    /// Of two trunks: what comes soonest.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::NoTrunk, why) | (why, Self::NoTrunk) => why,
            (Self::At(one), Self::At(two)) => Self::At(one.min(two)),
            (at @ Self::At(_), _) | (_, at @ Self::At(_)) => at,
            (Self::Freed, _) | (_, Self::Freed) => Self::Freed,
            (Self::Resting(one), Self::Resting(two)) => Self::Resting(one.min(two)),
        }
    }
}
