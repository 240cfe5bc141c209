//! Feedback callers: a task is seen before anybody is rung, dialled by the helpline, and recorded with the evidence of its call.

mod handed;
mod rechecks;

use helpline181::{
    app::{
        Error, cases, desk,
        desk::{On, WriteOrder},
        feedback,
        verification::{self, Record},
    },
    domain::{
        actor::{Actor, Role},
        case::State,
        change::SlotKind,
        feedback::{SkipReason, Takes, TaskState},
        language::Language,
        place::{Code, PlaceCode},
        refused::Refused,
        verification::{Outcome, RoundState},
    },
    store::{attempts, rounds, slots},
};

use crate::kit::{Helpline, Home, TEN};

on_both_engines! {
    a_preview_takes_no_slot_and_lapses_for_the_next_person_after_a_minute,
    a_person_has_one_task_however_often_it_is_asked_for,
    what_is_skipped_comes_to_others_and_only_so_many_an_hour,
    nothing_that_a_feedback_caller_reads_names_who_is_judged,
    whether_the_citizen_is_rung_is_decided_when_the_own_phone_is_picked_up,
    a_task_whose_own_phone_is_silent_is_looked_at_again,
    nothing_is_satisfied_without_a_call_that_was_answered,
    an_outcome_has_the_evidence_of_its_call,
    answers_that_say_something_else_are_refused,
    a_wrap_up_that_nobody_ends_is_a_call_without_a_reply,
    a_call_whose_process_is_gone_is_ended_and_its_task_settled,
    tasks_come_by_language_district_and_department_the_oldest_first,
    figures_are_the_persons_own_and_all_of_them_a_supervisors,
}

async fn wants_a_person(helpline: &Helpline, phone: &str, officer: &Actor) -> cases::CaseView {
    let case = helpline.resolved(phone, officer).await;
    let order = verification::dial(&helpline.app, 1).await.unwrap().pop().unwrap();
    let by = Actor::caller(Some(order.citizen));
    let record = helpline.outcome(&order.rounds[0], Outcome::SpeakToPerson);
    verification::record(&helpline.app, &by, record).await.unwrap();
    cases::get(&helpline.app, &Actor::system(), case.number()).await.unwrap().view
}

fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> Refused {
    match result.unwrap_err() {
        Error::Refused(why) | Error::Forbidden(why) => why,
        other => panic!("{other:?}"),
    }
}

async fn second_caller(helpline: &Helpline) -> Actor {
    // Any other account of the role.
    let agent = helpline.staff(Role::Agent).await;
    Actor { role: Role::FeedbackCaller, ..agent }
}

async fn used(helpline: &Helpline, citizen: i64) -> (i64, i64) {
    let (db, day) = (&helpline.look.db, helpline.app.now().ist_day());
    let taken = async |kind| slots::taken(db, citizen, day, kind).await.unwrap();
    (taken(SlotKind::Attempt).await, taken(SlotKind::Dial).await)
}

async fn a_preview_takes_no_slot_and_lapses_for_the_next_person_after_a_minute(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    let other = second_caller(&helpline).await;
    let case = helpline.resolved("9000000001", &officer).await;

    let task = verification::next(&helpline.app, &caller, "n1").await.unwrap().unwrap();

    assert_eq!((task.held.case, task.held.state), (case.id, TaskState::Preview));
    assert_eq!(task.held.held_until, TEN.plus_ms(60_000));
    assert_eq!(used(&helpline, case.citizen).await, (0, 0));
    let round = rounds::get(&helpline.look.db, case.id, 1).await.unwrap();
    assert_eq!((round.dials, round.version), (0, task.round.version));
    assert!(verification::next(&helpline.app, &other, "o1").await.unwrap().is_none());
    helpline.pass(60_000);
    let taken = verification::next(&helpline.app, &other, "o2").await.unwrap().unwrap();
    assert_eq!(taken.held.case, case.id);
    let late = feedback::dial(&helpline.app, &caller, dial(&task, "d1")).await;
    assert!(matches!(late.unwrap_err(), Error::NotFound("phone of yours")));
    helpline.desk_phone(&caller).await;
    let late = feedback::dial(&helpline.app, &caller, dial(&task, "d2")).await;
    assert_eq!(refused(late), Refused::LeaseLost);
}

fn dial(task: &verification::Task, request: &str) -> feedback::Dial {
    feedback::Dial {
        request_id: request.to_owned(),
        task: task.held.n,
        call: format!("call {request}"),
    }
}

async fn a_person_has_one_task_however_often_it_is_asked_for(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    for n in 1..=4 {
        helpline.resolved(&format!("900000000{n}"), &officer).await;
    }

    let asked = (0..8).map(|n| {
        let (app, caller) = (helpline.app.clone(), caller.clone());
        tokio::spawn(
            async move { verification::next(&app, &caller, &format!("n{n}")).await.unwrap() },
        )
    });
    let mut shown = Vec::new();
    for one in asked.collect::<Vec<_>>() {
        // Who asks while the others look may find nothing for the moment.
        shown.extend(one.await.unwrap().map(|task| task.held));
    }
    assert!(!shown.is_empty());

    assert!(shown.iter().all(|task| (task.n, task.case) == (1, shown[0].case)), "{shown:?}");
    // What the others had looked at is free again.
    assert_eq!(verification::dial(&helpline.app, 10).await.unwrap().len(), 3);
}

async fn what_is_skipped_comes_to_others_and_only_so_many_an_hour(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    let other = second_caller(&helpline).await;
    for n in 1..=8 {
        helpline.resolved(&format!("900000000{n}"), &officer).await;
        helpline.pass(1);
    }
    let skip = async |n: i64| {
        let task = verification::next(&helpline.app, &caller, &format!("n{n}")).await;
        let task = task.unwrap().unwrap();
        let ask = feedback::Skip {
            request_id: format!("s{n}"),
            task: task.held.n,
            reason: SkipReason::Language,
        };
        (task, feedback::skip(&helpline.app, &caller, ask).await)
    };

    let mut seen = Vec::new();
    for n in 1..=6 {
        let (task, skipped) = skip(n).await;
        skipped.unwrap();
        seen.push(task.held.case);
    }
    let (seventh, skipped) = skip(7).await;

    assert_eq!(refused(skipped), Refused::SkipLimit);
    assert!(!seen.contains(&seventh.held.case), "what was skipped is not shown again");
    let first = verification::next(&helpline.app, &other, "o1").await.unwrap().unwrap();
    assert_eq!(first.held.case, seen[0]);
}

async fn nothing_that_a_feedback_caller_reads_names_who_is_judged(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let above = helpline.officer("block:phanda", 2).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    let case = helpline.registered("9000000001").await;
    let order = WriteOrder {
        on: On { request_id: "o".to_owned(), number: case.number(), etag: None, post: None },
        words: "the line to be laid anew within the week".to_owned(),
    };
    desk::write_order(&helpline.app, &above, order).await.unwrap();
    helpline.resolve(&case, &officer).await;

    let task = verification::next(&helpline.app, &caller, "n1").await.unwrap().unwrap();
    let detail = cases::get(&helpline.app, &caller, case.number()).await.unwrap();
    let listed = verification::tasks(&helpline.app, &caller, 10, None).await.unwrap();

    let orders = [&task.orders, &detail.orders];
    assert!(orders.iter().all(|orders| orders.len() == 1 && orders[0].post.is_none()));
    for view in [&task.view, &detail.view].into_iter().chain(listed.rows.iter().map(|row| &row.1)) {
        assert_eq!((view.case.post, view.designation.as_ref()), (None, None));
    }
    for event in &detail.history {
        assert_eq!((event.post, event.body.as_str()), (None, "{}"), "{}", event.kind);
        assert!(!event.actor.starts_with("account:"), "{event:?}");
        for word in ["post", "charged", "account", "delegate"] {
            assert!(!event.facts.contains(word), "{event:?}");
        }
    }
    assert!(detail.history.iter().any(|event| event.kind == "resolved"));
    let why = cases::why(&helpline.app, &caller, case.number()).await;
    assert!(matches!(why.unwrap_err(), Error::Forbidden(Refused::NotYourRole)));
    // Others see it as before.
    let full = cases::get(&helpline.app, &Actor::system(), case.number()).await.unwrap();
    assert!(full.view.case.post.is_some() && full.orders[0].post.is_some());
}

async fn whether_the_citizen_is_rung_is_decided_when_the_own_phone_is_picked_up(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    helpline.desk_phone(&caller).await;
    // Twenty seconds before the hours end.
    helpline.pass(10 * 3_600_000 - 20_000);
    let case = helpline.resolved("9000000001", &officer).await;
    let task = verification::next(&helpline.app, &caller, "n1").await.unwrap().unwrap();
    let dialled = feedback::dial(&helpline.app, &caller, dial(&task, "d1")).await.unwrap();
    let calling = dialled.calling.unwrap();

    helpline.pass(20_000);
    let late = feedback::place(&helpline.app, &calling).await;

    assert_eq!(refused(late), Refused::OutsideHours);
    assert_eq!(used(&helpline, case.citizen).await, (0, 0));
    feedback::not_placed(&helpline.app, &calling, "OUTSIDE_HOURS").await.unwrap();
    let own = verification::own(&helpline.app, &caller).await.unwrap().unwrap();
    assert_eq!(own.held.state, TaskState::Preview);
    assert_eq!(own.held.reason.as_deref(), Some("OUTSIDE_HOURS"));
    // Asked again, the same request names its call and rings nobody.
    let again = feedback::dial(&helpline.app, &caller, dial(&task, "d1")).await.unwrap();
    assert_eq!((again.call.as_str(), again.calling.is_some()), ("call d1", false));
}

async fn a_task_whose_own_phone_is_silent_is_looked_at_again(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    helpline.desk_phone(&caller).await;
    let case = helpline.resolved("9000000001", &officer).await;
    let task = verification::next(&helpline.app, &caller, "n1").await.unwrap().unwrap();
    let dialled = feedback::dial(&helpline.app, &caller, dial(&task, "d1")).await.unwrap();

    helpline.pass(35_000);
    feedback::not_placed(&helpline.app, &dialled.calling.unwrap(), "OWN_PHONE").await.unwrap();

    // It is held for another minute, and dialled by another request.
    helpline.pass(30_000);
    assert_eq!(verification::dial(&helpline.app, 9).await.unwrap().len(), 0);
    let again = feedback::dial(&helpline.app, &caller, dial(&task, "d2")).await.unwrap();
    feedback::place(&helpline.app, &again.calling.unwrap()).await.unwrap();
    assert_eq!(used(&helpline, case.citizen).await, (1, 1));
    assert!(helpline.kinds(&case).await.contains(&"taken".to_owned()));
}

async fn nothing_is_satisfied_without_a_call_that_was_answered(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    let case = helpline.resolved("9000000001", &officer).await;
    let record = async |request: &str, outcome| {
        let heard = helpline.heard(&case, request, outcome);
        refused(verification::record(&helpline.app, &caller, heard).await)
    };

    verification::next(&helpline.app, &caller, "n1").await.unwrap().unwrap();
    assert_eq!(record("r1", Outcome::Satisfied).await, Refused::NotDialled);
    let (_, calling) = helpline.rung(&caller, "n2").await;
    for outcome in [Outcome::Satisfied, Outcome::NotSatisfied, Outcome::NoReply] {
        assert_eq!(record("r2", outcome).await, Refused::NotAnswered, "{outcome}");
    }
    let picked_up = helpline.app.now();
    feedback::answered(&helpline.app, &calling, picked_up).await.unwrap();
    assert_eq!(record("r3", Outcome::NoAnswer).await, Refused::WasAnswered);
    // Not yet: the answers would lie in a time to come.
    assert_eq!(record("r4", Outcome::Satisfied).await, Refused::AnswersUnfit);
    assert_eq!(helpline.case(&case).await.state, State::AwaitingVerification);

    helpline.pass(20_000);
    let heard = helpline.heard(&case, "r5", Outcome::Satisfied);
    let settled = verification::record(&helpline.app, &caller, heard.clone()).await.unwrap();
    assert_eq!(settled.case.state, State::ClosedSatisfied);
    // Repeated, it is the same; by another request there is nothing left to record.
    let again = verification::record(&helpline.app, &caller, heard).await.unwrap();
    assert_eq!(again.case.version, settled.case.version);
    assert_eq!(record("r6", Outcome::NotSatisfied).await, Refused::LeaseLost);
}

async fn an_outcome_has_the_evidence_of_its_call(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    let case = helpline.resolved("9000000001", &officer).await;

    helpline.talked(&caller, "n1").await;
    let heard = helpline.heard(&case, "r1", Outcome::NotSatisfied);
    verification::record(&helpline.app, &caller, heard).await.unwrap();

    let rows = attempts::of_round(&helpline.look.db, case.id, 1).await.unwrap();
    let row = &rows[0];
    assert_eq!((row.caller, row.attempt, row.dial), (caller.account, Some(1), 1));
    let at = |ms| Some(TEN.plus_ms(ms));
    let steps = &row.milestones;
    assert_eq!((row.started_at, row.ended_at), (TEN, TEN.plus_ms(60_000)));
    assert_eq!(
        (steps.answered_at, steps.right_party_at, steps.answered_by_key_at, steps.confirmed_at),
        (at(0), at(5_000), at(10_000), at(15_000))
    );
    let evidence: serde_json::Value = serde_json::from_str(&row.evidence).unwrap();
    assert_eq!(evidence["call"], "call n1");
    assert_eq!(evidence["answers"].as_array().unwrap().len(), 3);
    let calls = cases::get(&helpline.app, &Actor::system(), case.number()).await.unwrap().calls;
    assert_eq!(calls, ["call n1"]);
    let last = helpline.history(&case).await.into_iter().find(|event| event.kind == "answered");
    assert!(last.unwrap().body.contains(r#""source":"HUMAN""#));
}

async fn answers_that_say_something_else_are_refused(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    let case = helpline.resolved("9000000001", &officer).await;
    helpline.talked(&caller, "n1").await;

    for (outcome, said) in [
        (Outcome::Satisfied, Outcome::NotSatisfied),
        (Outcome::Satisfied, Outcome::Pressured),
        (Outcome::Satisfied, Outcome::Partial),
        (Outcome::Satisfied, Outcome::NoReply),
        (Outcome::NoReply, Outcome::NotSatisfied),
        (Outcome::Undecided, Outcome::Satisfied),
    ] {
        let evidence = crate::kit::said(said);
        let record = Record { evidence, ..helpline.heard(&case, "r1", outcome) };
        let refusal = refused(verification::record(&helpline.app, &caller, record).await);
        assert_eq!(refusal, Refused::AnswersUnfit, "{outcome} for {said}");
    }

    assert_eq!(helpline.case(&case).await.state, State::AwaitingVerification);
}

async fn a_wrap_up_that_nobody_ends_is_a_call_without_a_reply(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    let case = helpline.resolved("9000000001", &officer).await;
    let task = helpline.talked(&caller, "n1").await;

    let ask = feedback::Extend { request_id: "e1".to_owned(), task: task.held.n };
    feedback::extend(&helpline.app, &caller, ask).await.unwrap();
    helpline.pass(3 * 60_000 - 1);
    assert!(!feedback::is_due(&helpline.app).await.unwrap());
    assert_eq!(feedback::over(&helpline.app, 10).await.unwrap(), 0);
    helpline.pass(1);
    assert!(feedback::is_due(&helpline.app).await.unwrap());
    assert_eq!(feedback::over(&helpline.app, 10).await.unwrap(), 1);
    assert_eq!(feedback::over(&helpline.app, 10).await.unwrap(), 0);

    let rows = attempts::of_round(&helpline.look.db, case.id, 1).await.unwrap();
    assert_eq!((rows.len(), rows[0].outcome), (1, Outcome::NoReply));
    assert!(rows[0].evidence.contains(r#""recorded_by":"WRAP_UP_OVER""#));
    let late = helpline.heard(&case, "r1", Outcome::Satisfied);
    let late = verification::record(&helpline.app, &caller, late).await;
    assert_eq!(refused(late), Refused::LeaseLost);
    assert!(verification::own(&helpline.app, &caller).await.unwrap().is_none());
}

async fn a_call_whose_process_is_gone_is_ended_and_its_task_settled(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    let case = helpline.resolved("9000000001", &officer).await;
    let (_, calling) = helpline.rung(&caller, "n1").await;
    // The call lives for a while, and then nobody speaks for it any more. A demonstration's lease outlasts its steps.
    assert!(feedback::lives(&helpline.app, &calling).await.unwrap());
    let own = verification::own(&helpline.app, &caller).await.unwrap().unwrap();
    let left_ms = own.held.held_until.since(helpline.app.now());

    helpline.pass(left_ms);
    assert_eq!(feedback::over(&helpline.app, 10).await.unwrap(), 1);

    let round = rounds::get(&helpline.look.db, case.id, 1).await.unwrap();
    assert_eq!((round.state, round.answer), (RoundState::Open, None));
    let rows = attempts::of_round(&helpline.look.db, case.id, 1).await.unwrap();
    assert_eq!((rows.len(), rows[0].outcome), (1, Outcome::Fault));
    assert!(verification::own(&helpline.app, &caller).await.unwrap().is_none());
}

async fn tasks_come_by_language_district_and_department_the_oldest_first(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    let supervisor = helpline.staff(Role::Supervisor).await;
    let first = wants_a_person(&helpline, "9000000001", &officer).await.case;
    helpline.pass(1_000);
    wants_a_person(&helpline, "9000000002", &officer).await;
    let take = async |n: i64, takes: Takes| {
        let ask = feedback::PutCaller {
            request_id: format!("p{n}"),
            login: "feedback_caller".to_owned(),
            takes,
        };
        feedback::put_caller(&helpline.app, &supervisor, ask).await.unwrap();
        verification::next(&helpline.app, &caller, &format!("n{n}")).await.unwrap()
    };

    let english = Takes { languages: vec![Language::English], ..Takes::default() };
    assert!(take(1, english).await.is_none());
    let elsewhere = Takes { districts: vec![PlaceCode::new("district:421")], ..Takes::default() };
    assert!(take(2, elsewhere).await.is_none());
    let water = Takes { departments: vec![Code::new("phe")], ..Takes::default() };
    assert!(take(3, water).await.is_none());
    let own = Takes {
        languages: vec![Language::Hindi],
        districts: vec![PlaceCode::new("district:421"), first.district.clone()],
        departments: vec![Code::new("energy")],
    };
    assert_eq!(take(4, own).await.unwrap().held.case, first.id);

    let by_caller = feedback::put_caller(
        &helpline.app,
        &caller,
        feedback::PutCaller {
            request_id: "p5".to_owned(),
            login: "feedback_caller".to_owned(),
            takes: Takes::default(),
        },
    );
    assert_eq!(refused(by_caller.await), Refused::NotYourRole);
}

async fn figures_are_the_persons_own_and_all_of_them_a_supervisors(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    let supervisor = helpline.staff(Role::Supervisor).await;
    let case = helpline.resolved("9000000001", &officer).await;
    helpline.talked(&caller, "n1").await;
    let heard = helpline.heard(&case, "r1", Outcome::Satisfied);
    verification::record(&helpline.app, &caller, heard).await.unwrap();
    // The next day, another one lapses.
    helpline.pass(24 * 3_600_000);
    helpline.resolved("9000000002", &officer).await;
    verification::next(&helpline.app, &caller, "n2").await.unwrap().unwrap();
    helpline.pass(60_000);

    let (today, month) = feedback::own_statistics(&helpline.app, &caller).await.unwrap();

    assert_eq!((today.previews, today.lapsed, today.dials), (1, 1, 0));
    assert_eq!((month.previews, month.answered, month.right_party), (2, 1, 1));
    assert_eq!(month.outcomes.get(&Outcome::Satisfied), Some(&1));
    assert_eq!(month.median_talk_ms, Some(60_000));
    let (all, next) = feedback::statistics(&helpline.app, &supervisor, 10, None).await.unwrap();
    assert_eq!((all.len(), next), (1, None));
    assert_eq!((all[0].caller.login.as_str(), &all[0].month), ("feedback_caller", &month));
    let by_caller = feedback::statistics(&helpline.app, &caller, 10, None).await;
    assert_eq!(refused(by_caller), Refused::NotYourRole);
}
