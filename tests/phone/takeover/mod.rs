//! A process that dials citizens is paused past its leases, killed, or cut off from the database, while phones ring and citizens
//! talk: nobody is rung under a lease that lives, what it says too late counts for nothing, and others take up all of its work.

mod helpline;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    time::Duration,
};

use helpline181::domain::{case::Case, verification::Attempt};

use crate::kit::{
    many::database::Way,
    script::Answer,
    seen::{Invite, invites},
    server::postgres_address,
    sipp::Sipp,
};
use helpline::{Engine, Held, Helpline, Node, until};

/// Of one dial, by the policy; ten minutes as a rule.
const LEASE_MS: i64 = 24_000;
const RING_S: u32 = 4;
/// What the helpline promises, from the end of a lease.
const TAKEN_UP_MS_MAX: i64 = 5_000;
const CITIZENS: usize = 24;
const FIRST: u64 = 9_000_060_000;
/// So many are rung when the fault comes.
const RUNG: usize = 20;
const PATIENCE: Duration = Duration::from_secs(90);

/// What SIPp saw of a test's citizens, who are told apart by their numbers' last digit: one in three is away, one is satisfied and
/// one is not.
struct Sinks {
    sipp: Sipp,
    cases: Vec<(String, Case)>,
}

impl Sinks {
    async fn open(helpline: &Helpline) -> Self {
        let sounds = &helpline.sounds;
        let answer = |digit: usize| match digit % 3 {
            0 => Answer::Rings,
            1 => Answer::Picks(sounds.verification_then_hang_up("1112")),
            _ => Answer::Picks(sounds.verification_then_hang_up("121")),
        };
        let answers: Vec<_> = (0..10).map(|digit| (digit.to_string(), answer(digit))).collect();
        let sipp = Sipp::answer(helpline.network.callee(), CITIZENS * 10, &answers);
        let numbers: Vec<_> = (0..CITIZENS as u64).map(|n| (FIRST + n).to_string()).collect();
        let cases = helpline.resolved(&numbers).await;
        Self { sipp, cases }
    }

    /// The calls to the citizen of each case.
    fn calls(&self) -> BTreeMap<i64, Vec<Invite>> {
        let mut seen = invites(&self.sipp.log());
        let of =
            |(number, case): &(String, Case)| (case.id, seen.remove(number).unwrap_or_default());
        self.cases.iter().map(of).collect()
    }

    /// Until so many are rung, and somebody talks with each process that rings several.
    async fn ring(&self, citizens: usize) {
        let rung = || {
            let calls = self.calls();
            let mut from: BTreeMap<IpAddr, (usize, bool)> = BTreeMap::new();
            for last in calls.values().filter_map(|calls| calls.last()) {
                let (rung, talks) = from.entry(last.from).or_default();
                (*rung, *talks) = (*rung + 1, *talks || last.answered);
            }
            let all: usize = from.values().map(|(rung, _)| rung).sum();
            all >= citizens && from.values().all(|(rung, talks)| *talks || *rung < citizens / 4)
        };
        until("so many are rung", PATIENCE, async || rung()).await;
    }
}

/// What one process left behind when the fault came.
struct Left {
    host: IpAddr,
    /// By case.
    held: BTreeMap<i64, Held>,
    /// Its calls to each citizen.
    calls: BTreeMap<i64, Vec<Invite>>,
    /// Whoever comes after it rings from the same host.
    replaced: bool,
}

impl Left {
    /// Of the process at this host, in which nothing runs any more.
    async fn behind(helpline: &Helpline, sinks: &Sinks, host: IpAddr) -> Self {
        let (held, calls) = (helpline.held().await, sinks.calls());
        let last_from = |held: &&Held| {
            let last = calls[&held.case].last();
            last.is_some_and(|call| call.from == host)
        };
        let node = held.iter().find(last_from).expect("it holds what it rings").node;
        let of_it = held.into_iter().filter(|held| held.node == node);
        let held: BTreeMap<_, _> = of_it.map(|held| (held.case, held)).collect();
        let left = Self { host, held, calls, replaced: false };
        let answered = left.lost().filter(|call| call.answered).count();
        assert!(answered > 0, "nobody talks: {:?}", left.held);
        assert!(left.lost().count() > answered, "nobody is rung: {:?}", left.held);
        left
    }

    /// Its calls whose outcomes never come, or come too late.
    fn lost(&self) -> impl Iterator<Item = &Invite> {
        self.held.keys().filter_map(|case| self.calls[case].last())
    }

    /// Until each of its citizens is rung once more.
    async fn is_taken_up(&mut self, helpline: &Helpline, sinks: &Sinks) {
        let taken_up = async || {
            // What it had asked of the database just before may be done a moment later.
            for now in helpline.held().await {
                if let Some(held) = self.held.get_mut(&now.case)
                    && held.token == now.token
                {
                    *held = now;
                }
            }
            let calls = sinks.calls();
            if !self.replaced {
                // An order that it had been given by then is still rung.
                for (case, own) in &mut self.calls {
                    *own = calls[case].clone();
                    own.retain(|call| call.from == self.host);
                }
            }
            self.held.keys().all(|case| calls[case].len() > self.calls[case].len())
        };
        until("all is taken up", PATIENCE, taken_up).await;
    }

    /// Each was rung again once, by another process, when the lease was over and at once then; `ready_ms` is when there was somebody
    /// to do so.
    fn assert_rung_again(&self, calls: &BTreeMap<i64, Vec<Invite>>, ready_ms: i64) {
        for (case, held) in &self.held {
            let again = &calls[case][self.calls[case].len()..];
            assert_eq!(again.len(), 1, "case {case}: {:?}", calls[case]);
            let from = held.until_ms;
            let within = from..=from.max(ready_ms) + TAKEN_UP_MS_MAX;
            let at = again[0].at_ms;
            assert!(within.contains(&at), "case {case} at {at}, and not within {within:?}");
        }
        let waited = |case| calls[case].last().unwrap().at_ms - self.held[case].until_ms;
        let longest = self.held.keys().map(waited).max().unwrap();
        let answered = self.lost().filter(|call| call.answered).count();
        println!(
            "{} rounds held, {} calls lost, {answered} of them answered; taken up at most {longest} ms after their leases",
            self.held.len(),
            self.lost().count()
        );
    }

    /// What it did not tell in time it told, and was refused.
    async fn assert_refused(&self, node: &Node) {
        let late = || {
            let told = ["verification not recorded", "answered behind its lease"];
            told.map(|words| node.lines(words).len()).into_iter().sum::<usize>()
        };
        until("all of it is told too late", PATIENCE, async || late() >= self.lost().count()).await;
        for case in self.held.keys() {
            let of_case = |line: &String| line.contains(&format!("case={case} "));
            assert!(!node.lines("verification recorded").iter().any(of_case), "case {case}");
        }
    }
}

/// Until each dial that was not lost has its row and nobody holds anything; then the rows are held against what SIPp saw.
async fn assert_settled(helpline: &Helpline, sinks: &Sinks, left: &Left) {
    let lost: BTreeSet<_> = left.lost().map(|call| call.call.clone()).collect();
    let told = |calls: &[Invite]| -> Vec<Invite> {
        calls.iter().filter(|call| !lost.contains(&call.call)).cloned().collect()
    };
    let settled = async || {
        let calls = sinks.calls();
        for (_, case) in &sinks.cases {
            let rows = helpline.attempts(case).await.len();
            if calls[&case.id].is_empty() || rows < told(&calls[&case.id]).len() {
                return false;
            }
        }
        helpline.held().await.is_empty()
    };
    until("all is recorded", PATIENCE, settled).await;
    let calls = sinks.calls();
    let (mut satisfied, mut answered) = (0, 0);
    for (number, case) in &sinks.cases {
        let (rows, calls) = (helpline.attempts(case).await, told(&calls[&case.id]));
        assert_eq!(rows.len(), calls.len(), "{number}: {rows:?} of {calls:?}");
        for (row, call) in rows.iter().zip(&calls) {
            let during = row.started_at.ms()..=row.ended_at.ms();
            assert!(during.contains(&call.at_ms), "{number}: {row:?} of {call:?}");
            assert_eq!(row.milestones.answered_at.is_some(), call.answered, "{number}: {row:?}");
        }
        let answers = rows.iter().filter(|row| is_answer(row)).count();
        assert_eq!(answers, helpline.answers(case).await, "{number}");
        assert!(answers <= 1, "{number}: {rows:?}");
        answered += answers;
        satisfied += rows.iter().filter(|row| row.outcome.as_str() == "SATISFIED").count();
    }
    println!("{answered} rounds answered, {satisfied} satisfied");
    assert!(0 < satisfied && satisfied < answered, "{satisfied} of {answered}");
}

fn is_answer(row: &Attempt) -> bool {
    matches!(row.outcome.as_str(), "SATISFIED" | "NOT_SATISFIED" | "PRESSURED")
}

/// The one that rang most of those who are on a call.
async fn busiest(helpline: &Helpline, sinks: &Sinks, hosts: &[IpAddr]) -> usize {
    let (held, calls) = (helpline.held().await, sinks.calls());
    let last: Vec<_> = held.iter().filter_map(|held| calls[&held.case].last()).collect();
    let of = |n: &usize| last.iter().filter(|call| call.from == hosts[*n]).count();
    (0..hosts.len()).max_by_key(of).unwrap()
}

fn both((a, b): (Node, Node)) -> Vec<Node> {
    vec![a, b]
}

fn hosts(nodes: &[Node]) -> Vec<IpAddr> {
    nodes.iter().map(|node| node.host).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_paused_past_its_leases_is_too_late_and_its_work_is_taken_up() {
    let helpline = Helpline::open(Engine::Postgres).await;
    let mut nodes = both(tokio::join!(helpline.start(1, None), helpline.start(2, None)));
    let sinks = Sinks::open(&helpline).await;
    sinks.ring(RUNG).await;

    let paused = nodes.swap_remove(busiest(&helpline, &sinks, &hosts(&nodes)).await);
    paused.signal("STOP");
    paused.stands_still().await;
    let mut left = Left::behind(&helpline, &sinks, paused.host).await;
    left.is_taken_up(&helpline, &sinks).await;
    // While the other one is on those calls.
    paused.signal("CONT");

    left.assert_refused(&paused).await;
    assert_settled(&helpline, &sinks, &left).await;
    left.assert_rung_again(&sinks.calls(), 0);
    tokio::join!(paused.ends(), nodes.remove(0).ends());
    helpline.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_work_of_a_killed_process_is_taken_up_when_its_leases_are_over() {
    let helpline = Helpline::open(Engine::Postgres).await;
    let mut nodes = both(tokio::join!(helpline.start(1, None), helpline.start(2, None)));
    let sinks = Sinks::open(&helpline).await;
    sinks.ring(RUNG).await;

    let mut killed = nodes.swap_remove(busiest(&helpline, &sinks, &hosts(&nodes)).await);
    killed.kill();
    let mut left = Left::behind(&helpline, &sinks, killed.host).await;
    left.is_taken_up(&helpline, &sinks).await;

    assert_settled(&helpline, &sinks, &left).await;
    left.assert_rung_again(&sinks.calls(), 0);
    nodes.remove(0).ends().await;
    helpline.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_three_processes_one_that_is_cut_off_from_the_database_is_too_late() {
    let helpline = Helpline::open(Engine::Postgres).await;
    let to = postgres_address();
    let ways = [Way::open(to).await, Way::open(to).await, Way::open(to).await];
    let start = |n: usize| helpline.start(n as u8 + 1, Some(ways[n].address));
    let (a, b, c) = tokio::join!(start(0), start(1), start(2));
    let mut nodes = vec![a, b, c];
    let sinks = Sinks::open(&helpline).await;
    sinks.ring(RUNG).await;

    let n = busiest(&helpline, &sinks, &hosts(&nodes)).await;
    ways[n].hold();
    let cut_off = nodes.remove(n);
    let mut left = Left::behind(&helpline, &sinks, cut_off.host).await;
    left.is_taken_up(&helpline, &sinks).await;
    ways[n].release();

    left.assert_refused(&cut_off).await;
    assert_settled(&helpline, &sinks, &left).await;
    left.assert_rung_again(&sinks.calls(), 0);
    let (one, other) = (nodes.remove(0), nodes.remove(0));
    tokio::join!(cut_off.ends(), one.ends(), other.ends());
    helpline.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_process_on_sqlite_that_is_killed_takes_its_work_up_again() {
    let helpline = Helpline::open(Engine::Sqlite).await;
    let mut killed = helpline.start(0, None).await;
    let sinks = Sinks::open(&helpline).await;
    sinks.ring(RUNG).await;

    killed.kill();
    let mut left = Left::behind(&helpline, &sinks, killed.host).await;
    left.replaced = true;
    let again = helpline.start(0, None).await;
    let ready_ms = helpline.app.now().ms();
    left.is_taken_up(&helpline, &sinks).await;

    assert_settled(&helpline, &sinks, &left).await;
    left.assert_rung_again(&sinks.calls(), ready_ms);
    again.ends().await;
    helpline.close().await;
}
