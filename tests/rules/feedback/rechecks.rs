//! The slice: satisfied answers of the machine that a person asks about again, hidden until it is decided.

use helpline181::{
    app::{
        Error,
        cases::{self, AskWish, Granted},
        feedback, policies, rechecks, verification,
    },
    domain::{
        actor::{Actor, Role},
        case::{Case, State, desk::wish::Wish},
        change::Event,
        feedback::{TaskKind, TaskState},
        page::After,
        place::{Level, PlaceCode},
        policy::Policy,
        recheck::{Numbers, RecheckState, draw},
        refused::Refused,
        verification::{Answer, Outcome},
    },
    store::{events, rechecks as stored, rounds},
};

use super::{refused, used};
use crate::kit::{DAY_MS, Helpline, Home, TEN};

on_both_engines! {
    a_drawn_answer_is_asked_about_again_and_the_case_says_nothing_before,
    not_satisfied_is_the_citizens_reopening_and_listed,
    pressure_in_a_recheck_is_flagged_and_opens_the_case,
    nobody_reached_in_three_days_changes_nothing,
    a_case_that_was_reopened_meanwhile_is_left_as_it_is,
    who_acted_on_the_case_is_not_shown_its_recheck,
    rechecks_come_behind_rounds_that_need_a_person_until_their_last_day,
    a_seed_is_committed_once_draws_from_then_on_and_is_told_after_the_month,
    an_answer_that_a_person_took_is_not_drawn,
}

/// All answers, or as many as `share_bp` says, are drawn from now on.
async fn draws(helpline: &Helpline, share_bp: i64) {
    let now = helpline.app.now();
    let recheck = Numbers { share_bp, ..Numbers::default() };
    let policy = Policy { version: 2, effective_from: now, recheck, ..Policy::standard() };
    policies::enact(&helpline.app, &Actor::system(), &policy).await.unwrap();
    assert!(rechecks::is_due(&helpline.app).await.unwrap());
    assert_eq!(rechecks::settle(&helpline.app, 10).await.unwrap(), 1);
    helpline.pass(draw::SETTLED_MS);
}

/// The machine is told "satisfied".
async fn satisfied(helpline: &Helpline, phone: &str, officer: &Actor) -> Case {
    let case = helpline.resolved(phone, officer).await;
    let order = verification::dial(&helpline.app, 1).await.unwrap().pop().unwrap();
    let by = Actor::caller(Some(order.citizen));
    let record = helpline.outcome(&order.rounds[0], Outcome::Satisfied);
    verification::record(&helpline.app, &by, record).await.unwrap();
    verification::line::free_order(&helpline.app, order.citizen, &order.rounds).await.unwrap();
    helpline.case(&case).await
}

async fn recheck(
    helpline: &Helpline,
    case: &Case,
) -> Option<helpline181::domain::recheck::Recheck> {
    stored::get(&helpline.look.db, case.id, 1).await.unwrap()
}

async fn stream(helpline: &Helpline, case: &Case) -> Vec<Event> {
    let stream = format!("recheck:{}:1", case.id);
    let facts = events::of_stream(&helpline.look.db, &stream, 0).await.unwrap();
    facts.into_iter().map(|recorded| recorded.event).collect()
}

async fn a_drawn_answer_is_asked_about_again_and_the_case_says_nothing_before(home: Home) {
    let helpline = Helpline::start(&home).await;
    draws(&helpline, 10_000).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    let case = satisfied(&helpline, "9000000001", &officer).await;
    let before = helpline.kinds(&case).await;
    assert_eq!((case.state, before.last().unwrap().as_str()), (State::ClosedSatisfied, "answered"));

    let task = helpline.talked(&caller, "n1").await;

    assert_eq!((task.held.kind, task.held.case), (TaskKind::Recheck, case.id));
    assert!(task.report.is_some() && task.view.designation.is_none());
    // The machine's call and this one.
    assert_eq!(used(&helpline, case.citizen).await, (2, 2));
    let hidden = helpline.case(&case).await;
    assert_eq!((helpline.kinds(&case).await, hidden.version), (before.clone(), case.version));
    let seen = cases::get(&helpline.app, &officer, case.number()).await.unwrap();
    assert!(seen.calls.is_empty(), "{:?}", seen.calls);
    assert_eq!(seen.history.len(), before.len());

    let heard = helpline.heard(&case, "r1", Outcome::Satisfied);
    let settled = verification::record(&helpline.app, &caller, heard.clone()).await.unwrap();
    assert_eq!(settled.case.state, State::ClosedSatisfied);
    let again = verification::record(&helpline.app, &caller, heard).await.unwrap();
    assert_eq!(again.case.version, settled.case.version);
    let upheld = recheck(&helpline, &case).await.unwrap();
    assert_eq!(
        (upheld.state, upheld.tries, upheld.caller),
        (RecheckState::Upheld, 1, caller.account)
    );
    let last = helpline.history(&case).await.pop().unwrap();
    assert_eq!(last.kind, "rechecked");
    assert!(last.body.contains(r#""call":"call n1""#), "{}", last.body);
    let facts = stream(&helpline, &case).await;
    let kinds: Vec<_> = facts.iter().map(|fact| fact.kind.as_str()).collect();
    assert_eq!(kinds, ["recheck_drawn", "recheck_dialled", "recheck_called"]);
    assert_eq!(facts.last().map(|fact| fact.hash), Some(upheld.head));
    let calls = cases::get(&helpline.app, &officer, case.number()).await.unwrap().calls;
    assert_eq!(calls, ["call n1"]);
    assert!(verification::next(&helpline.app, &caller, "n2").await.unwrap().is_none());
}

async fn not_satisfied_is_the_citizens_reopening_and_listed(home: Home) {
    let helpline = Helpline::start(&home).await;
    draws(&helpline, 10_000).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    let case = satisfied(&helpline, "9000000001", &officer).await;
    helpline.talked(&caller, "n1").await;

    let heard = helpline.heard(&case, "r1", Outcome::NotSatisfied);
    let settled = verification::record(&helpline.app, &caller, heard).await.unwrap();

    let open = settled.case;
    assert_eq!((open.state, open.level, open.pressured), (State::WithOfficer, Level(2), false));
    assert_eq!(open.due_at, Some(helpline.app.now().plus_ms(7 * DAY_MS)));
    let mark = open.aside().contradicted.clone().unwrap();
    assert_eq!((mark.round, mark.at), (1, helpline.app.now()));
    let history = helpline.history(&case).await;
    let reopened = history.iter().find(|event| event.kind == "reopened").unwrap();
    assert_eq!(reopened.actor, format!("citizen:{}", case.citizen));
    assert!(reopened.body.contains(r#""recheck":"CONTRADICTED""#), "{}", reopened.body);
    // The round keeps the answer that the machine was told.
    let round = rounds::get(&helpline.look.db, case.id, 1).await.unwrap();
    assert_eq!(round.answer, Some(Answer::Satisfied));

    let supervisor = helpline.staff(Role::Supervisor).await;
    let listed = async |by: &Actor| {
        let found = rechecks::contradictions(&helpline.app, by, 10, None::<After>).await;
        found.map(|page| page.rows.into_iter().map(|row| row.number).collect::<Vec<_>>())
    };
    assert_eq!(listed(&supervisor).await.unwrap(), [case.number()]);
    let nodal = |district: &str| Actor {
        role: Role::Nodal,
        district: Some(PlaceCode::new(district)),
        ..supervisor.clone()
    };
    assert_eq!(listed(&nodal(case.district.as_str())).await.unwrap(), [case.number()]);
    assert!(listed(&nodal("district:427")).await.unwrap().is_empty());
    assert_eq!(refused(listed(&officer).await), Refused::NotYourRole);
    assert_eq!(refused(listed(&caller).await), Refused::NotYourRole);
}

async fn pressure_in_a_recheck_is_flagged_and_opens_the_case(home: Home) {
    let helpline = Helpline::start(&home).await;
    draws(&helpline, 10_000).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    let case = satisfied(&helpline, "9000000001", &officer).await;
    helpline.talked(&caller, "n1").await;

    let heard = helpline.heard(&case, "r1", Outcome::Pressured);
    let open = verification::record(&helpline.app, &caller, heard).await.unwrap().case;

    assert_eq!((open.state, open.level, open.pressured), (State::WithOfficer, Level(2), true));
    let found = recheck(&helpline, &case).await.unwrap();
    assert_eq!(
        (found.state, found.outcome),
        (RecheckState::Contradicted, Some(Outcome::Pressured))
    );
}

async fn nobody_reached_in_three_days_changes_nothing(home: Home) {
    let helpline = Helpline::start(&home).await;
    draws(&helpline, 10_000).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    let case = satisfied(&helpline, "9000000001", &officer).await;
    let ends_at = recheck(&helpline, &case).await.unwrap().ends_at;
    assert_eq!(ends_at, helpline.app.now().plus_ms(3 * DAY_MS));

    let (_, calling) = helpline.rung(&caller, "n1").await;
    feedback::unanswered(&helpline.app, &calling, Outcome::NoAnswer).await.unwrap();
    let tried = recheck(&helpline, &case).await.unwrap();
    assert_eq!((tried.state, tried.tries, tried.dials), (RecheckState::Open, 1, 1));
    // Not again on this day.
    verification::line::free(&helpline.app, case.citizen, &calling.call).await.unwrap();
    assert!(verification::next(&helpline.app, &caller, "n2").await.unwrap().is_none());
    helpline.pass(ends_at.since(helpline.app.now()) - 1);
    assert!(stored::over(&helpline.look.db, helpline.app.now(), 9).await.unwrap().is_empty());
    helpline.pass(1);
    assert!(verification::next(&helpline.app, &caller, "n3").await.unwrap().is_none());
    assert!(rechecks::settle(&helpline.app, 10).await.unwrap() > 0);

    let over = recheck(&helpline, &case).await.unwrap();
    assert_eq!((over.state, over.outcome), (RecheckState::Unanswered, Some(Outcome::NoAnswer)));
    let left = helpline.case(&case).await;
    assert_eq!((left.state, left.version, left.aside), (case.state, case.version, None));
    assert_eq!(stream(&helpline, &case).await.last().unwrap().kind, "recheck_over");
}

async fn a_case_that_was_reopened_meanwhile_is_left_as_it_is(home: Home) {
    let helpline = Helpline::start(&home).await;
    draws(&helpline, 10_000).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    let case = satisfied(&helpline, "9000000001", &officer).await;
    let other = satisfied(&helpline, "9000000002", &officer).await;
    helpline.talked(&caller, "n1").await;
    for case in [&case, &other] {
        let wish = AskWish {
            request_id: format!("w{}", case.id),
            number: case.number(),
            wish: Wish::Reopen,
            proven: true,
            pressed: false,
            evidence: "{}".to_owned(),
        };
        let by = Actor::caller(Some(case.citizen));
        assert_eq!(cases::wish(&helpline.app, &by, wish).await.unwrap(), Granted::Done);
    }
    let reopened = helpline.case(&case).await;

    let heard = helpline.heard(&case, "r1", Outcome::NotSatisfied);
    verification::record(&helpline.app, &caller, heard).await.unwrap();

    let left = helpline.case(&case).await;
    assert_eq!((left.version, left.level), (reopened.version, Level(2)));
    assert_eq!(left.aside().contradicted, None);
    assert_eq!(recheck(&helpline, &case).await.unwrap().state, RecheckState::Overtaken);
    // The other one is shown to nobody, and is overtaken when its time is over.
    assert!(verification::next(&helpline.app, &caller, "n2").await.unwrap().is_none());
    helpline.pass(3 * DAY_MS);
    rechecks::settle(&helpline.app, 10).await.unwrap();
    assert_eq!(recheck(&helpline, &other).await.unwrap().state, RecheckState::Overtaken);
}

async fn who_acted_on_the_case_is_not_shown_its_recheck(home: Home) {
    let helpline = Helpline::start(&home).await;
    draws(&helpline, 10_000).await;
    let officer = helpline.officer("block:phanda", 1).await;
    satisfied(&helpline, "9000000001", &officer).await;
    // The same person in another role.
    let resolver = Actor { role: Role::FeedbackCaller, posts: vec![], ..officer };

    assert!(verification::next(&helpline.app, &resolver, "n1").await.unwrap().is_none());
    let caller = helpline.staff(Role::FeedbackCaller).await;
    assert!(verification::next(&helpline.app, &caller, "n2").await.unwrap().is_some());
}

async fn rechecks_come_behind_rounds_that_need_a_person_until_their_last_day(home: Home) {
    let helpline = Helpline::start(&home).await;
    draws(&helpline, 10_000).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    let drawn = satisfied(&helpline, "9000000001", &officer).await;
    let asked = super::wants_a_person(&helpline, "9000000002", &officer).await.case;
    let skip = async |n: i64| {
        let task = verification::next(&helpline.app, &caller, &format!("n{n}")).await;
        let task = task.unwrap().unwrap();
        let ask = feedback::Skip {
            request_id: format!("s{n}"),
            task: task.held.n,
            reason: helpline181::domain::feedback::SkipReason::Language,
        };
        feedback::skip(&helpline.app, &caller, ask).await.unwrap();
        (task.held.kind, task.held.case)
    };

    assert_eq!(skip(1).await, (TaskKind::Round, asked.id));
    assert_eq!(skip(2).await, (TaskKind::Recheck, drawn.id));
    // Skipped, it is free for others at once; on its last day it comes first.
    helpline.pass(2 * DAY_MS);
    assert_eq!(skip(3).await, (TaskKind::Recheck, drawn.id));
    assert_eq!(skip(4).await, (TaskKind::Round, asked.id));
    let task = verification::own(&helpline.app, &caller).await.unwrap();
    assert!(task.is_none_or(|task| task.held.state != TaskState::Preview));
}

async fn a_seed_is_committed_once_draws_from_then_on_and_is_told_after_the_month(home: Home) {
    let helpline = Helpline::start(&home).await;
    let other = home.process(&helpline.clock).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let auditor = helpline.staff(Role::Auditor).await;
    let before = satisfied(&helpline, "9000000099", &officer).await;
    draws(&helpline, 5_000).await;
    // Another process finds it done.
    assert!(!rechecks::is_due(&other).await.unwrap());
    let mut answered = Vec::new();
    for n in 10..26 {
        answered.push(satisfied(&helpline, &format!("90000000{n}"), &officer).await);
    }

    let months = rechecks::months(&helpline.app, &auditor).await.unwrap();
    assert_eq!(months.len(), 1);
    let month = &months[0];
    assert_eq!((month.month.month, month.month.share_bp), (202_611, 5_000));
    assert_eq!(month.month.from, TEN.plus_ms(draw::SETTLED_MS));
    assert_eq!((month.seed, month.counts.as_ref()), (None, None));
    let list = async |by: &Actor| {
        rechecks::answers(&helpline.app, by, 202_611, 100, None).await.map(|page| page.rows)
    };
    assert_eq!(refused(list(&auditor).await), Refused::SeedNotTold);
    assert_eq!(refused(list(&officer).await), Refused::NotYourRole);

    // A week before December its seed is committed; November's waits for all that it drew.
    helpline.pass(9 * DAY_MS + 2 * 3_600_000);
    while rechecks::settle(&helpline.app, 100).await.unwrap() > 0 {}
    let months = rechecks::months(&helpline.app, &auditor).await.unwrap();
    assert_eq!(months.iter().map(|row| row.month.month).collect::<Vec<_>>(), [202_612, 202_611]);
    let told = &months[1];
    let seed = told.seed.unwrap();
    assert_eq!(draw::digest(&seed), told.month.digest);
    let rows = list(&auditor).await.unwrap();
    let numbers: Vec<_> = rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, answered.iter().map(Case::number).collect::<Vec<_>>());
    assert!(!numbers.contains(&before.number()));
    for row in &rows {
        let drawn = draw::is_drawn(&seed, row.number, row.round, 5_000);
        assert_eq!(row.state, drawn.then_some(RecheckState::Unanswered), "{}", row.number);
    }
    let drawn = rows.iter().filter(|row| row.state.is_some()).count() as i64;
    assert_eq!(told.counts, Some(vec![(RecheckState::Unanswered, drawn)]).filter(|_| drawn > 0));
    assert!(drawn < 16, "1 in 65,536 seeds draws all of them");
    let missing = rechecks::answers(&helpline.app, &auditor, 202_501, 9, None).await;
    assert!(matches!(missing, Err(Error::NotFound("month"))));
    other.close().await;
}

async fn an_answer_that_a_person_took_is_not_drawn(home: Home) {
    let helpline = Helpline::start(&home).await;
    draws(&helpline, 10_000).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    let case = helpline.resolved("9000000001", &officer).await;
    helpline.talked(&caller, "n1").await;
    let heard = helpline.heard(&case, "r1", Outcome::Satisfied);
    verification::record(&helpline.app, &caller, heard).await.unwrap();

    assert_eq!(helpline.case(&case).await.state, State::ClosedSatisfied);
    assert_eq!(recheck(&helpline, &case).await, None);
}
