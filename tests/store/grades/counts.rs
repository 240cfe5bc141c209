//! Drawn spells, counted by SQL and by a loop.

use std::collections::BTreeMap;

use helpline181::{
    domain::{
        case::State,
        grading::{
            Cohort, Formula, Span, Spell, Stock,
            late::Late,
            leaders::Work,
            measure::{Behind, Measure},
            spell::{Ended, Heard, OPEN, is_active, is_pending},
        },
        place::{Code, Level, PlaceCode, PostId},
        time::{DAY_MS, Timestamp},
    },
    store::{
        Store,
        grades::{
            count::{self, Cell, Closed, Stays, Within},
            explain::{self, Figure},
            gather::{self, Gathered, Reached},
        },
        writer::Counter,
    },
};

use super::{month, spell};
use crate::{
    flags::plan,
    kit::{Home, commit, samples},
};

on_both_engines! {
    what_is_counted_and_listed_is_what_a_loop_counts,
    months_are_counted_by_an_index,
}

type Place = (Code, PlaceCode);

/// The same numbers in every run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % n
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }
}

fn drawn(cases: i64, officers: &[i64]) -> Vec<Spell> {
    let mut draw = Draw(7);
    let first = month("2026-07").begins();
    let mut all = Vec::new();
    for case in 1_000_000..1_000_000 + cases {
        let registered = first.plus_ms(draw.below(150) as i64 * DAY_MS + draw.below(3) as i64);
        let mut at = registered;
        let place = |draw: &mut Draw| {
            let department = draw.of(&["energy", "water", "revenue"]);
            (Code::new(department), PlaceCode::new(format!("district:{}", draw.below(3))))
        };
        let (mut department, mut district) = place(&mut draw);
        let (mut state, mut since) = (State::WithOfficer, at);
        let mut before: Option<State> = None;
        for version in 1..2 + draw.below(7) as i64 {
            // Some begin at the very instants that bound a month.
            let until = match draw.below(6) {
                0 => at,
                1 => at.max(month("2026-10").begins()),
                2 => at.max(month("2026-10").judged_at(20)),
                _ => at.plus_ms(draw.below(40) as i64 * DAY_MS),
            };
            let entered = before != Some(state);
            since = if entered { at } else { since };
            let active = is_active(state);
            let end = active && draw.below(3) > 0;
            let late = i64::from(draw.below(20) == 0) * DAY_MS;
            let heard = match state {
                State::ClosedSatisfied => (draw.below(3) == 0).then_some(Heard::Contradicted),
                State::AwaitingVerification | State::Unverified => (draw.below(4) > 0)
                    .then(|| draw.of(&[Heard::Satisfied, Heard::NotSatisfied, Heard::Pressured])),
                _ => None,
            };
            all.push(Spell {
                version,
                from: at,
                happened_at: at.plus_ms(-late),
                until,
                since,
                entered,
                fact: draw
                    .of(&["escalated", "REOPENED", "reopened_by_order", "TIMEOUT"])
                    .to_owned(),
                registered_at: registered,
                department: department.clone(),
                district: district.clone(),
                state,
                level: Level(1 + draw.below(3) as u8),
                in_time: (!active).then(|| draw.below(2) == 0),
                resolver: (!active).then(|| draw.of(officers)),
                ended: end.then(|| draw.of(&[Ended::TimedOut, Ended::Resolved])),
                charged: (end && draw.below(2) == 0).then_some(PostId(draw.below(3) as i64)),
                vacant: end && draw.below(4) == 0,
                heard,
                ..spell(case, version, at)
            });
            if draw.below(5) == 0 {
                (department, district) = place(&mut draw);
            }
            before = Some(state);
            // What is answered comes often, so that every figure has something.
            let asked = [State::AwaitingVerification, State::ClosedSatisfied];
            state = if draw.below(2) == 0 { draw.of(&asked) } else { draw.of(State::ALL) };
            at = until;
        }
        let last = all.last_mut().unwrap();
        (last.until, last.ended, last.charged) = (OPEN, None, None);
        (last.vacant, last.heard) = (false, None);
    }
    all
}

async fn stored(home: &Home, cases: i64) -> (Store, Vec<Spell>, Vec<i64>) {
    let store = home.open().await;
    let mut officers = Vec::new();
    for login in ["l1.a", "l1.b", "l1.c"] {
        let id = store.writer.reserve(Counter::Account).await.unwrap();
        commit(&store, login, samples::opened_account(id, login)).await.unwrap();
        officers.push(id);
    }
    let spells = drawn(cases, &officers);
    let gate = gather::gate(&store.db).await.unwrap();
    let reached = Reached { node: store.writer.node(), seq: 0, over: false };
    let all = Gathered { gate, ended: vec![], begun: spells.clone(), reached };
    gather::put(&store.writer, all).await.unwrap();
    (store, spells, officers)
}

/// What the rule book says, by a loop.
struct Counts<'a> {
    spells: &'a [Spell],
    span: Span,
    formula: Formula,
}

impl Counts<'_> {
    fn received(&self, s: &Spell) -> bool {
        self.in_cohort(s)
            && s.from < self.span.judged
            && s.until >= self.span.judged
            && s.state != State::Merged
    }

    fn in_cohort(&self, s: &Spell) -> bool {
        (self.span.begins..self.span.month.ends()).contains(&s.registered_at)
    }

    fn in_month(&self, at: Timestamp) -> bool {
        (self.span.begins..self.span.ends).contains(&at)
    }

    fn answer(&self, s: &Spell) -> bool {
        self.in_cohort(s)
            && s.until < self.span.judged
            && s.heard.is_some_and(|heard| heard != Heard::Contradicted)
    }

    fn stands(&self, s: &Spell) -> bool {
        s.from < self.span.ends && s.until >= self.span.ends
    }

    fn closed(&self, s: &Spell) -> bool {
        let closed = [State::ClosedSatisfied, State::ClosedSpecial, State::ClosedForced];
        s.entered && closed.contains(&s.state) && self.in_month(s.from)
    }

    fn contradicted(&self, s: &Spell) -> bool {
        if s.heard != Some(Heard::Contradicted) || s.until >= self.span.judged {
            return false;
        }
        let of_closure = helpline181::domain::grading::Month::of(s.since);
        if s.until < of_closure.judged_at(self.formula.judged_day) {
            of_closure == self.span.month
        } else {
            self.in_month(s.until)
        }
    }

    fn ended(&self, s: &Spell) -> bool {
        s.ended.is_some() && self.in_month(s.until)
    }

    fn late(&self, s: &Spell) -> Option<Late> {
        let received = helpline181::domain::grading::Month::of(s.registered_at);
        let judged = received.judged_at(self.formula.judged_day);
        if !self.in_month(s.from) || received >= self.span.month || s.from < judged {
            return None;
        }
        let entered = |late| s.entered.then_some(late);
        if s.is_late() {
            return Some(Late::Behind);
        }
        let reopened = ["REOPENED", "reopened_by_order"].contains(&s.fact.as_str());
        match s.state {
            State::ClosedSatisfied => {
                entered(Late::Satisfied).or(reopened.then_some(Late::Satisfied))
            }
            State::ClosedSpecial | State::ClosedForced => {
                entered(Late::Closed).or(reopened.then_some(Late::Closed))
            }
            State::Withdrawn => entered(Late::Withdrawn).or(reopened.then_some(Late::Withdrawn)),
            State::Merged => entered(Late::Merged).or(reopened.then_some(Late::Merged)),
            _ => reopened.then_some(Late::Reopened),
        }
    }

    fn has(&self, s: &Spell, measure: Measure) -> bool {
        let satisfied = s.state == State::ClosedSatisfied;
        let in_time = satisfied && s.in_time == Some(true);
        let resolved =
            satisfied || matches!(s.state, State::AwaitingVerification | State::Unverified);
        let (l1, heard) = (s.level == Level(1), s.heard == Some(Heard::Satisfied));
        let pending = self.stands(s) && is_pending(s.state);
        match measure {
            Measure::Received => self.received(s),
            Measure::Satisfied => self.received(s) && satisfied,
            Measure::InTime => self.received(s) && in_time,
            Measure::NotInTime => self.received(s) && !in_time,
            Measure::Resolved => self.received(s) && resolved,
            Measure::ResolvedL1 => self.received(s) && resolved && l1,
            Measure::Answers => self.answer(s),
            Measure::AnswersSatisfied => self.answer(s) && heard,
            Measure::AnswersL1 => self.answer(s) && l1,
            Measure::AnswersSatisfiedL1 => self.answer(s) && l1 && heard,
            Measure::Pending => pending,
            Measure::PartiallyClosed => self.stands(s) && s.state == State::PartiallyClosed,
            Measure::Aged => pending && s.registered_at < self.formula.aged_before(self.span.ends),
            Measure::Closed => self.closed(s),
            Measure::Special => self.closed(s) && s.state == State::ClosedSpecial,
            Measure::Forced => self.closed(s) && s.state == State::ClosedForced,
            Measure::Contradicted => self.contradicted(s),
            Measure::Ended => self.ended(s),
            Measure::NotAttended => self.ended(s) && s.charged.is_some(),
            Measure::Vacant => self.ended(s) && s.vacant,
            Measure::Late => self.late(s).is_some(),
        }
    }

    fn count(&self, place: &Place, measure: Measure) -> i64 {
        let here = |s: &&Spell| (&s.department, &s.district) == (&place.0, &place.1);
        self.spells.iter().filter(here).filter(|s| self.has(s, measure)).count() as i64
    }

    fn older(&self, place: &Place, days: i64) -> i64 {
        let before = self.span.ends.plus_ms(-days * DAY_MS);
        let here = |s: &&Spell| (&s.department, &s.district) == (&place.0, &place.1);
        let counted = |s: &&Spell| self.has(s, Measure::Pending) && s.registered_at < before;
        self.spells.iter().filter(here).filter(counted).count() as i64
    }

    fn places(&self) -> Vec<Place> {
        let mut places: Vec<_> =
            self.spells.iter().map(|s| (s.department.clone(), s.district.clone())).collect();
        places.sort();
        places.dedup();
        places
    }
}

fn by_place<T: Copy>(cells: Vec<Cell<T>>) -> BTreeMap<Place, T> {
    cells.into_iter().map(|cell| ((cell.department, cell.district), cell.count)).collect()
}

async fn what_is_counted_and_listed_is_what_a_loop_counts(home: Home) {
    let (store, spells, officers) = stored(&home, 240).await;
    let formula = Formula::default();
    let mut seen = BTreeMap::<Measure, i64>::new();
    for (of, now) in [
        ("2026-08", "2027-03"),
        ("2026-10", "2027-03"),
        ("2026-11", "2026-12"),
        ("2026-10", "2026-10"),
    ] {
        let now = month(now).begins().plus_ms(17 * DAY_MS);
        let span = Span::of(month(of), 20, 20, now);
        let counts = Counts { spells: &spells, span, formula: formula.clone() };
        let (db, all) = (&store.db, Within::default());
        let received = by_place(count::received(db, all, &span).await.unwrap());
        let answers = by_place(count::answers(db, all, &span).await.unwrap());
        let stock = by_place(count::stock(db, all, &span, &formula).await.unwrap());
        let closed = by_place(count::closed(db, all, &span).await.unwrap());
        let contradicted = by_place(count::contradicted(db, all, &span).await.unwrap());
        let stays = by_place(count::stays(db, all, &span).await.unwrap());
        for place in counts.places() {
            let n = |measure| counts.count(&place, measure);
            let cohort = Cohort {
                received: n(Measure::Received),
                satisfied: n(Measure::Satisfied),
                in_time: n(Measure::InTime),
                resolved: n(Measure::Resolved),
                resolved_l1: n(Measure::ResolvedL1),
                ..Cohort::default()
            };
            assert_eq!(received.get(&place).copied().unwrap_or_default(), cohort, "{of} {place:?}");
            let cohort = Cohort {
                answers: n(Measure::Answers),
                answers_satisfied: n(Measure::AnswersSatisfied),
                answers_l1: n(Measure::AnswersL1),
                answers_satisfied_l1: n(Measure::AnswersSatisfiedL1),
                ..Cohort::default()
            };
            assert_eq!(answers.get(&place).copied().unwrap_or_default(), cohort, "{of} {place:?}");
            let pending = Stock {
                pending: n(Measure::Pending),
                partially_closed: n(Measure::PartiallyClosed),
                aged: n(Measure::Aged),
                over_100: counts.older(&place, 100),
                over_300: counts.older(&place, 300),
                over_365: counts.older(&place, 365),
            };
            assert_eq!(stock.get(&place).copied().unwrap_or_default(), pending, "{of} {place:?}");
            let ends = Closed {
                closed: n(Measure::Closed),
                special: n(Measure::Special),
                forced: n(Measure::Forced),
            };
            assert_eq!(closed.get(&place).copied().unwrap_or_default(), ends, "{of} {place:?}");
            let low = contradicted.get(&place).copied().unwrap_or_default();
            assert_eq!(low, n(Measure::Contradicted), "{of} {place:?}");
            let over = Stays {
                ended: n(Measure::Ended),
                not_attended: n(Measure::NotAttended),
                vacant: n(Measure::Vacant),
            };
            assert_eq!(stays.get(&place).copied().unwrap_or_default(), over, "{of} {place:?}");
        }
        for measure in Measure::ALL {
            let expected: Vec<_> = listed(&counts, *measure, |_| true);
            let found = pages(
                &store,
                Figure { within: all, span: &span, formula: &formula, measure: *measure },
            )
            .await;
            assert_eq!(found, expected, "{of} {measure}");
            *seen.entry(*measure).or_default() += found.len() as i64;
            let (department, district) = counts.places()[4].clone();
            let within = Within { department: Some(&department), district: Some(&district) };
            let here = |s: &Spell| (&s.department, &s.district) == (&department, &district);
            let found =
                pages(&store, Figure { within, span: &span, formula: &formula, measure: *measure })
                    .await;
            assert_eq!(found, listed(&counts, *measure, here), "{of} {measure}");
        }
        late_and_officers(&store, &counts, &officers).await;
    }
    assert!(Measure::ALL.iter().all(|measure| seen[measure] > 0), "{seen:?}");
    store.close().await;
}

async fn late_and_officers(store: &Store, counts: &Counts<'_>, officers: &[i64]) {
    let (db, span, all) = (&store.db, &counts.span, Within::default());
    let mut late = BTreeMap::<(Place, Late), i64>::new();
    for s in counts.spells {
        if let Some(why) = counts.late(s) {
            *late.entry(((s.department.clone(), s.district.clone()), why)).or_default() += 1;
        }
    }
    let found = count::late(db, all, span).await.unwrap();
    let found: BTreeMap<_, _> = found
        .into_iter()
        .map(|cell| (((cell.department, cell.district), cell.count.0), cell.count.1))
        .collect();
    assert_eq!(found, late);

    let found = count::officers(db, all, span).await.unwrap();
    for officer in officers {
        let own = |s: &&Spell| s.resolver == Some(*officer) && s.level == Level(1);
        let heard = |measure: &dyn Fn(&Spell) -> bool| {
            counts.spells.iter().filter(own).filter(|s| measure(s)).count() as i64
        };
        let over = |s: &Spell| counts.in_cohort(s) && s.until < span.judged;
        let satisfied = |s: &Spell| counts.answer(s) && s.heard == Some(Heard::Satisfied);
        let work = Work {
            answers: heard(&|s| counts.answer(s)),
            satisfied: heard(&satisfied),
            in_time: heard(&|s| satisfied(s) && s.in_time == Some(true)),
            contradicted: heard(&|s| over(s) && s.heard == Some(Heard::Contradicted)),
        };
        let counted = found.iter().find(|found| found.account == *officer).map(|found| found.work);
        assert_eq!(counted.unwrap_or_default(), work);
    }

    let posts = [PostId(1), PostId(2)];
    let mine = |s: &&Spell| counts.ended(s) && s.charged.is_some_and(|post| posts.contains(&post));
    let expected: Vec<_> = counts.spells.iter().filter(mine).map(|s| (s.case, s.version)).collect();
    let found = explain::charged_to(db, &posts, span, Behind::default(), 500).await.unwrap();
    assert_eq!(found.iter().map(|s| (s.case, s.version)).collect::<Vec<_>>(), expected);
}

fn listed(counts: &Counts<'_>, measure: Measure, here: impl Fn(&Spell) -> bool) -> Vec<(i64, i64)> {
    let counted = |s: &&Spell| counts.has(s, measure) && here(s);
    counts.spells.iter().filter(counted).map(|s| (s.case, s.version)).collect()
}

/// Three rows at a time.
async fn pages(store: &Store, figure: Figure<'_>) -> Vec<(i64, i64)> {
    let (mut all, mut behind) = (Vec::new(), Behind::default());
    loop {
        let page = explain::page(&store.db, figure, behind, 3).await.unwrap();
        all.extend(page.iter().map(|s| (s.case, s.version)));
        let Some(last) = page.last() else { return all };
        behind = Behind { case: last.case, version: last.version };
    }
}

async fn months_are_counted_by_an_index(home: Home) {
    let (store, _, _) = stored(&home, 20).await;
    for (index, sql) in [
        (
            "spells_received",
            "SELECT COUNT(*) FROM spells s WHERE s.registered_at >= 1 AND s.registered_at < 2 AND s.from_at < 3 AND s.until_at >= 3",
        ),
        (
            "spells_unsettled",
            "SELECT COUNT(*) FROM spells s WHERE s.unsettled = 1 AND s.from_at < 3 AND s.until_at >= 3",
        ),
        (
            "spells_from",
            "SELECT COUNT(*) FROM spells s WHERE s.from_at >= 3 AND s.from_at < 4 AND s.entered = 1",
        ),
        (
            "spells_ended",
            "SELECT COUNT(*) FROM spells s WHERE s.ended IS NOT NULL AND s.until_at >= 3 AND s.until_at < 4",
        ),
        (
            "spells_contradicted",
            "SELECT COUNT(*) FROM spells s WHERE s.heard = 'CONTRADICTED' AND s.until_at >= 3 AND s.until_at < 4",
        ),
    ] {
        let plan = plan(&home, sql).await;
        // PostgreSQL may find another of them as good for so few rows.
        let index = if home.schema.is_some() { "spells_" } else { index };
        assert!(plan.contains(index) && !plan.contains("Seq Scan"), "{index}: {plan}");
    }
    store.close().await;
}
