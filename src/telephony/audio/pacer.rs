//! The pacer: one thread, four phases of 5 ms, an absolute schedule, SCHED_FIFO when the system allows it. It takes no
//! lock that it would have to wait for.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use thread_priority::unix::{
    RealtimeThreadSchedulePolicy, ThreadSchedulePolicy, set_thread_priority_and_policy,
    thread_native_id,
};
use thread_priority::{ThreadPriority, ThreadPriorityValue};

use super::wire::Wire;
use super::{Lateness, locked};
use crate::media::codec::RATE_HZ;
use crate::media::pacing::{FRAME_SAMPLES, LATE_US, PHASES, Schedule, emptiest};

/// Streams that the pacer serves.
pub(super) const SLOTS_MAX: usize = 4_096;
/// Above everything ordinary, below the kernel's own threads.
const FIFO_PRIORITY: u8 = 10;
const PACKET_BYTES: usize = 256;

#[derive(Debug)]
pub(super) struct Pacer {
    desk: Arc<Desk>,
    thread: Mutex<Option<JoinHandle<()>>>,
    realtime: bool,
}

#[derive(Debug, Default)]
struct Desk {
    arrivals: Mutex<Vec<Weak<Wire>>>,
    arrived: AtomicBool,
    closing: AtomicBool,
    late_max_us: AtomicU64,
    late_ticks: AtomicU64,
}

/// The streams of each phase. They are not kept by it: a dropped one is found gone at its next turn.
type Slots = [Vec<Weak<Wire>>; PHASES];

impl Pacer {
    /// The clock of what it sends counts from `begun`.
    pub(super) fn start(realtime: bool, begun: Instant) -> io::Result<Self> {
        let desk = Arc::<Desk>::default();
        let own = Arc::clone(&desk);
        let (granted, told) = mpsc::sync_channel(1);
        let thread = thread::Builder::new().name("rtp-pacer".into()).spawn(move || {
            let _ = granted.send(realtime && ask_realtime(FIFO_PRIORITY));
            run(&own, begun);
        })?;
        let realtime = told.recv().map_err(io::Error::other)?;
        Ok(Self { desk, thread: Mutex::new(Some(thread)), realtime })
    }

    pub(super) fn realtime(&self) -> bool {
        self.realtime
    }

    pub(super) fn lateness(&self) -> Lateness {
        Lateness {
            max_us: self.desk.late_max_us.load(Ordering::Relaxed),
            late_ticks: self.desk.late_ticks.load(Ordering::Relaxed),
        }
    }

    pub(super) fn reset_lateness(&self) {
        self.desk.late_max_us.store(0, Ordering::Relaxed);
        self.desk.late_ticks.store(0, Ordering::Relaxed);
    }

    pub(super) fn add(&self, wire: &Arc<Wire>) {
        locked(&self.desk.arrivals).push(Arc::downgrade(wire));
        self.desk.arrived.store(true, Ordering::Release);
        self.wake();
    }

    pub(super) fn close(&self) {
        self.desk.closing.store(true, Ordering::Release);
        self.wake();
    }

    pub(super) fn join(&self) {
        let thread = locked(&self.thread).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the pacer's thread panicked");
        }
    }

    fn wake(&self) {
        if let Some(thread) = locked(&self.thread).as_ref() {
            thread.thread().unpark();
        }
    }
}

impl Drop for Pacer {
    fn drop(&mut self) {
        self.close();
    }
}

/// Asks for SCHED_FIFO for the calling thread.
pub(super) fn ask_realtime(wanted: u8) -> bool {
    let Ok(priority) = ThreadPriorityValue::try_from(wanted) else { return false };
    let fifo = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo);
    let asked = set_thread_priority_and_policy(
        thread_native_id(),
        ThreadPriority::Crossplatform(priority),
        fifo,
    );
    match &asked {
        Ok(()) => tracing::info!(priority = wanted, "a thread of sound has real-time priority"),
        Err(error) => {
            tracing::warn!(%error, "no real-time priority for a thread of sound, it goes on as an ordinary one")
        }
    }
    asked.is_ok()
}

fn run(desk: &Desk, begun: Instant) {
    let mut phases: Slots = Default::default();
    let mut packet = Vec::with_capacity(PACKET_BYTES);
    while !desk.closing.load(Ordering::Acquire) {
        admit(desk, &mut phases);
        if phases.iter().all(Vec::is_empty) {
            // An arrival that could not be taken because its list was locked has its unpark still to come.
            thread::park();
            continue;
        }
        serve(desk, begun, &mut phases, &mut packet);
    }
}

/// Keeps the schedule until no stream is left.
#[expect(
    clippy::disallowed_methods,
    reason = "this thread sleeps to the pacer's deadline, and serves no task"
)]
fn serve(desk: &Desk, engine: Instant, phases: &mut Slots, packet: &mut Vec<u8>) {
    let begun = Instant::now();
    let first = samples(begun.saturating_duration_since(engine));
    let mut schedule = Schedule::default();
    while !phases.iter().all(Vec::is_empty) && !desk.closing.load(Ordering::Acquire) {
        let now_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let Some(tick) = schedule.take(now_us) else {
            thread::sleep(Duration::from_micros(schedule.due_us() - now_us));
            continue;
        };
        desk.late_max_us.fetch_max(tick.late_us, Ordering::Relaxed);
        if tick.late_us > LATE_US {
            desk.late_ticks.fetch_add(1, Ordering::Relaxed);
        }
        let clock = first + tick.round * FRAME_SAMPLES as u64;
        phases[tick.phase].retain(|slot| match slot.upgrade() {
            Some(wire) => {
                wire.turn(clock, packet);
                true
            }
            None => false,
        });
        admit(desk, phases);
    }
}

fn admit(desk: &Desk, phases: &mut Slots) {
    if !desk.arrived.load(Ordering::Acquire) {
        return;
    }
    let Ok(mut arrivals) = desk.arrivals.try_lock() else { return };
    desk.arrived.store(false, Ordering::Release);
    for slot in arrivals.drain(..) {
        let sizes = std::array::from_fn(|phase| phases[phase].len());
        phases[emptiest(sizes)].push(slot);
    }
}

fn samples(since: Duration) -> u64 {
    let rate = u128::from(RATE_HZ);
    u64::try_from(since.as_micros() * rate / 1_000_000).unwrap_or(u64::MAX / 2)
}
