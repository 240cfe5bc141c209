//! The clock over ten thousand random histories: no act but those of rule book 1.2 moves a due time, each due time is
//! arrival + limit to the millisecond, and each move comes at or after it.

use std::collections::BTreeSet;

use serde_json::json;

use super::{
    category::Category,
    difficulty::Asked,
    force::{ForceClose, ForceReason},
    number::Line,
    reopen::Courtesy,
    tests::{file, officer, staff, text},
    wish::withdraw::Withdrawal,
    work::{Blocker, Visit},
};
use crate::domain::{
    actor::{Actor, Role},
    case::{
        Case, State,
        escalate::Seat,
        moved::{Above, Destination},
        officer::{Contact, ContactKind},
        resolve::Filed,
        tests::{TEN, case},
    },
    change::{Change, Gate},
    citizen::Safety,
    place::{Code, Level, PlaceCode, PostId},
    policy::{Limit, Policy},
    refused::Refused,
    routing::tests::index,
    time::{DAY_MS, HOUR_MS, Timestamp},
    verification::{Answer, Purpose, Round, RoundState},
};

const HISTORIES: u64 = 10_000;
const ACTS_MAX: u64 = 40;

/// xorshift64*: the seed of a history is its number, so that one that fails can be run again.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % n
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }
}

/// What an act may do to the due time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clock {
    Stays,
    /// A fresh clock, none, or as it was.
    Moves,
    /// A date in its place.
    Date,
}

fn policy() -> Policy {
    let limit = |subcategory: Option<&str>, level, days| Limit {
        department: None,
        subcategory: subcategory.map(Code::new),
        level,
        limit_ms: days * DAY_MS + 7,
    };
    Policy {
        limits: vec![limit(Some("transformer"), None, 2), limit(None, Some(Level(3)), 5)],
        ..Policy::standard()
    }
}

fn to(case: &Case, level: Level) -> Option<Destination> {
    let routed = index().route(case.matter(), &case.place, level)?;
    Some(Destination { routed, vacant: false, directory: 1 })
}

fn above(case: &Case) -> Above {
    if case.level >= case.ladder {
        return Above::Last;
    }
    to(case, case.level.next()).map_or(Above::NoPost, Above::To)
}

struct History {
    case: Case,
    round: Option<Round>,
    now: Timestamp,
    policy: Policy,
}

impl History {
    /// One random act: its name, what it may do to the clock, and what it decided.
    fn act(&mut self, chance: &mut Chance) -> (&'static str, Clock, Result<Change, Refused>) {
        let History { case, round, now, policy } = self;
        let (now, desk, safety) = (*now, &policy.desk, Safety::default());
        let post = case.post.unwrap_or(PostId(1));
        let by = officer(7, post.0, case.level.0);
        let above_it = above(case);
        let later = now.plus_ms(chance.below(40 * 24) as i64 * HOUR_MS + 1);
        let open = round.clone().filter(|round| round.state == RoundState::Open);
        let verification = &policy.verification;
        match chance.below(27) {
            0 => {
                let at = Contact { kind: ContactKind::Call, at: now, note: text("spoke") };
                ("contact", Clock::Stays, case.contact(&by, at, now))
            }
            1 => {
                let visit =
                    Visit { at: now, place: text("x"), finding: text("y"), evidence: vec![] };
                ("visit", Clock::Stays, case.visit(&by, visit, now))
            }
            2 => ("target", Clock::Stays, case.target(&by, later, now)),
            3 => ("help", Clock::Stays, case.seek_help(&by, None, text("z"), now)),
            4 => {
                let blocker = chance.one(&[None, Some(Blocker::Funds)]);
                ("blocked", Clock::Stays, case.blocked(&by, blocker, text("z"), now))
            }
            5 => ("note", Clock::Stays, case.note(&by, text("z"), now)),
            6 => ("order", Clock::Stays, case.special_order(&by, post, 1, text("z"), now)),
            7 => ("open", Clock::Stays, case.open(&by, now)),
            8 => {
                let place = PlaceCode::new(chance.one(&["district:396", "block:berasia"]));
                (
                    "propose_transfer",
                    Clock::Stays,
                    case.propose_transfer(&by, place, text("z"), now),
                )
            }
            9 => {
                let by = staff(9, Role::Collector);
                let there = case.aside().transfer.as_ref().map(|transfer| transfer.place.clone());
                let there = Case { place: there.unwrap_or(case.place.clone()), ..case.clone() };
                let Some(to) = to(&there, Level(1)) else {
                    return ("approve_transfer", Clock::Stays, Err(Refused::NoPostThere));
                };
                let district = case.district.clone();
                let decided = case.approve_transfer(&by, text("z"), &to, district, now);
                ("approve_transfer", Clock::Stays, decided)
            }
            10 => {
                let by = staff(9, Role::Collector);
                ("reject_transfer", Clock::Stays, case.reject_transfer(&by, text("z"), now))
            }
            11 => {
                let decided = case.raise_difficulty(&by, Asked::Nodal, None, text("z"), now);
                ("difficulty", Clock::Stays, decided)
            }
            12 => {
                let decided = case.propose_special(&by, text("z"), None, desk, now);
                ("propose_special", Clock::Stays, decided)
            }
            13 => ("withdraw_special", Clock::Stays, case.withdraw_special(&by, now)),
            14 => {
                let other = officer(8, 5, 4);
                let decided = case.reject_special(&other, &other.posts[0], text("z"), desk, now);
                ("reject_special", Clock::Stays, decided)
            }
            15 => {
                let agent = staff(3, Role::Agent);
                ("ask_number", Clock::Stays, case.ask_number(&agent, 40, Line::Free, now))
            }
            16 => {
                let decided = case.partial_close(&by, text("z"), later, safety, desk, now);
                ("partial_close", Clock::Date, decided)
            }
            17 => {
                let decided = case.extend_partial(&by, text("z"), later, safety, desk, now);
                ("extend_partial", Clock::Date, decided)
            }
            18 => {
                let filed = Filed { report: text("done"), evidence: vec![], open };
                ("resolve", Clock::Moves, case.file(&by, filed, safety, verification, now))
            }
            19 => {
                let answer = chance.one(Answer::ALL);
                let by = Actor::caller(Some(12));
                let decided = case.answered(&by, answer, json!({}), &above_it, safety, policy, now);
                // The round that was answered is over.
                *round = None;
                ("answer", Clock::Moves, decided)
            }
            20 => {
                let what = Category {
                    department: case.department.clone(),
                    category: case.category.clone(),
                    subcategory: chance.one(&[None, Some("transformer")]).map(Code::new),
                    ladder: case.ladder,
                    to: to(case, Level(1)).expect("Energy has posts here"),
                };
                ("category", Clock::Moves, case.change_category(&by, what, policy, desk, now))
            }
            21 => {
                let below = Level(case.level.0.saturating_sub(1).max(1));
                let to = to(case, below).expect("Energy has posts here");
                ("send_back", Clock::Stays, case.send_back(&by, text("z"), &to, desk, now))
            }
            22 => {
                let what = ForceClose {
                    reason: ForceReason::Other,
                    report: text(&"x".repeat(100)),
                    evidence: vec![file()],
                };
                ("force", Clock::Moves, case.force_close(&by, what, safety, policy, now))
            }
            23 => {
                let by = Actor::caller(Some(12));
                let said = Withdrawal { confirmed: true, pressed: true, evidence: json!({}) };
                ("pressed", Clock::Moves, case.withdraw(&by, said, &above_it, safety, policy, now))
            }
            24 => match case.state {
                State::ClosedSatisfied => {
                    let by = Actor::caller(Some(12));
                    let up = &above_it;
                    ("reopen", Clock::Moves, case.reopen(&by, json!({}), up, safety, policy, now))
                }
                _ => {
                    let by = staff(5, Role::Directorate);
                    let level = case.aside().closed.as_ref().map_or(case.level, |by| by.level);
                    let to = to(case, level).expect("Energy has posts here");
                    let decided = case.reopen_by_order(&by, text("z"), &to, safety, policy, now);
                    ("reopen_by_order", Clock::Moves, decided)
                }
            },
            25 => {
                let by = staff(6, Role::FeedbackCaller);
                let said = chance.one(Courtesy::ALL);
                ("courtesy", Clock::Stays, case.courtesy(&by, said, text(""), now))
            }
            _ => {
                let by = staff(3, Role::Supervisor);
                if case.state == State::Merged {
                    return ("unmerge", Clock::Moves, case.unmerge(&by, json!({}), safety, now));
                }
                let parent = Case { id: 1_000_001, state: State::WithOfficer, ..case.clone() };
                let decided = case.merge(&by, &parent, open.as_ref(), safety, now);
                ("merge", Clock::Moves, decided)
            }
        }
    }
}

#[test]
fn no_act_but_the_rule_books_moves_a_due_time_over_ten_thousand_histories() {
    let mut done = BTreeSet::new();
    let mut moves = 0;
    for seed in 1..=HISTORIES {
        let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let policy = policy();
        let due = policy.due(&case().department, None, Level(1), TEN);
        let start = Case { due_at: Some(due), ..case() };
        let mut history = History { case: start, round: None, now: TEN, policy };
        for _ in 0..chance.below(ACTS_MAX) {
            let until = history.now.plus_ms(chance.below(4 * 24 * 60) as i64 * 60_000 + 1);
            moves += sweep(seed, &mut history, until);
            history.now = until;
            let before = history.case.clone();
            let (name, clock, decided) = history.act(&mut chance);
            let Ok(change) = decided else {
                assert_eq!(history.case, before, "history {seed}: {name} was refused and moved");
                continue;
            };
            done.insert(name);
            let (gate, after) = change.case.clone().unwrap();
            assert_eq!(gate, Gate::Version(before.version), "history {seed}: {name}");
            let own = |round: &Round| round.purpose == Purpose::Resolution;
            if change.dropped.iter().any(|(_, purpose)| *purpose == Purpose::Resolution) {
                history.round = None;
            }
            if let Some((_, round)) = change.round.filter(|(_, round)| own(round)) {
                history.round = Some(round);
            }
            match clock {
                Clock::Stays => {
                    assert_eq!(after.due_at, before.due_at, "history {seed}: {name} moved it");
                    assert_eq!(after.arrived_at, before.arrived_at, "history {seed}: {name}");
                }
                Clock::Date => {
                    let far = history
                        .now
                        .plus_ms(30 * DAY_MS)
                        .max(before.due_at.unwrap().plus_ms(15 * DAY_MS));
                    assert!(after.due_at.unwrap() <= far, "history {seed}: {name}");
                }
                Clock::Moves => {}
            }
            history.case = after;
            holds(seed, name, &history);
        }
    }
    assert!(moves > 10_000, "only {moves} moves");
    assert!(done.len() >= 27, "only these were done: {done:?}");
}

/// A case with an officer is due at arrival + the limit of its level, to the millisecond.
fn holds(seed: u64, name: &str, history: &History) {
    let case = &history.case;
    let runs = matches!(case.state, State::WithOfficer | State::SpecialCloseProposed);
    match case.state {
        State::WithOfficer | State::SpecialCloseProposed | State::PartiallyClosed => {
            assert!(case.due_at.is_some(), "history {seed}: {name} lost the clock");
        }
        _ => assert_eq!(case.due_at, None, "history {seed}: {name} left a clock"),
    }
    if runs {
        // What the last level sent back, and what came back, runs under the last level's clock.
        let level = match &case.aside().back {
            Some(back) if back.stay == case.stay => back.level,
            _ => case.level,
        };
        let limit =
            history.policy.due(&case.department, case.subcategory.as_ref(), level, case.arrived_at);
        assert_eq!(case.due_at, Some(limit), "history {seed}: {name} {:?}", case.state);
    }
}

/// Lets everything fall due until then; gives how many moves.
fn sweep(seed: u64, history: &mut History, until: Timestamp) -> u64 {
    let mut moves = 0;
    while let Some(due) = history.case.due_at.filter(|due| *due <= until) {
        if history.case.overdue_last {
            break;
        }
        let case = &history.case;
        let up = above(case);
        let early = case.escalate(&up, Seat::Held, &history.policy, due.plus_ms(-1));
        assert_eq!(early.unwrap_err(), Refused::NotDue, "history {seed}");
        let at = due.max(history.now);
        let change = case.escalate(&up, Seat::Held, &history.policy, at).unwrap();
        let (_, after) = change.case.clone().unwrap();
        let moved = after.level != case.level || after.stay != case.stay;
        // At most one level in one sweep, but for levels without a post.
        assert!(after.level <= case.level.next(), "history {seed}");
        assert!(moved || after.overdue_last, "history {seed}: {case:?}");
        if case.state == State::PartiallyClosed {
            history.round = None;
        }
        history.case = after;
        holds(seed, "sweep", history);
        moves += u64::from(moved);
    }
    moves
}
