//! A live call is handed to a feedback caller: to whom, as whose task, with what evidence, and what is left when nobody takes it.

use helpline181::{
    app::{
        agents::Agent,
        agents::calling::Calling,
        cases,
        feedback::{self, Live},
        verification,
    },
    domain::{
        actor::{Actor, Role},
        case::{Case, State},
        feedback::{Takes, TaskState},
        language::Language,
        place::PlaceCode,
        refused::Refused,
        verification::Outcome,
    },
    store::{attempts, rounds, tasks},
};

use super::{refused, second_caller, used, wants_a_person};
use crate::kit::{Helpline, Home};

on_both_engines! {
    a_live_call_is_offered_to_feedback_callers_whom_it_fits_and_to_nobody_who_acted,
    who_takes_a_live_call_records_it_with_the_same_evidence,
    a_live_call_that_nobody_picked_up_leaves_the_round_to_others_and_no_dial,
    nothing_is_recorded_of_a_live_call_that_was_not_joined,
    two_live_calls_are_never_one_persons,
    a_live_call_whose_process_is_gone_has_no_answer,
}

fn live(case: &Case, token: i64) -> Live {
    Live {
        call: format!("live {}", case.id),
        case: case.id,
        round: case.round,
        language: Language::Hindi,
        token,
        recorded: true,
    }
}

async fn held(helpline: &Helpline, case: &Case) -> Live {
    let token = feedback::hold(&helpline.app, case.id, case.round).await.unwrap();
    live(case, token.expect("the round is free"))
}

async fn fit(helpline: &Helpline, case: &Case, free: &[&Actor]) -> Vec<Agent> {
    let free: Vec<i64> = free.iter().map(|person| person.account.unwrap()).collect();
    let about = (case.id, case.round);
    feedback::may_take(&helpline.app, about, Language::Hindi, &free).await.unwrap()
}

/// The caller's own phone rings for the citizen on the line.
async fn taken(helpline: &Helpline, case: &Case, caller: &Actor) -> (Live, Calling) {
    let people = fit(helpline, case, &[caller]).await;
    let live = held(helpline, case).await;
    let calling = feedback::take(&helpline.app, &live, &people[0]).await.unwrap();
    (live, calling)
}

async fn a_live_call_is_offered_to_feedback_callers_whom_it_fits_and_to_nobody_who_acted(
    home: Home,
) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    let agent = helpline.staff(Role::Agent).await;
    for person in [&caller, &agent] {
        helpline.desk_phone(person).await;
    }
    let case = wants_a_person(&helpline, "9000000001", &officer).await.case;

    let found = fit(&helpline, &case, &[&agent, &caller]).await;
    assert_eq!(found.iter().map(|one| Some(one.account)).collect::<Vec<_>>(), [caller.account]);

    let supervisor = helpline.staff(Role::Supervisor).await;
    let put = async |n: i64, takes| {
        let login = "feedback_caller".to_owned();
        let ask = feedback::PutCaller { request_id: format!("p{n}"), login, takes };
        feedback::put_caller(&helpline.app, &supervisor, ask).await.unwrap();
        fit(&helpline, &case, &[&caller]).await.len()
    };
    let english = Takes { languages: vec![Language::English], ..Takes::default() };
    assert_eq!(put(1, english).await, 0);
    let elsewhere = Takes { districts: vec![PlaceCode::new("district:421")], ..Takes::default() };
    assert_eq!(put(2, elsewhere).await, 0);
    assert_eq!(put(3, Takes::default()).await, 1);

    // Who has a task already has another case in hand.
    let other = wants_a_person(&helpline, "9000000002", &officer).await.case;
    verification::next(&helpline.app, &caller, "n1").await.unwrap().unwrap();
    assert_eq!(fit(&helpline, &other, &[&caller]).await.len(), 0);
    helpline.pass(60_000);
    assert_eq!(fit(&helpline, &other, &[&caller]).await.len(), 1);

    // Whoever acted on a case has no call about it.
    helpline.pass(60_000);
    let as_agent = Actor { role: Role::Agent, ..caller.clone() };
    let ask = helpline.complaint("r9", "9000000003");
    let own = cases::register(&helpline.app, &as_agent, ask).await.unwrap().case;
    helpline.resolve(&own, &officer).await;
    assert_eq!(fit(&helpline, &helpline.case(&own).await, &[&caller]).await.len(), 0);
}

async fn who_takes_a_live_call_records_it_with_the_same_evidence(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    helpline.desk_phone(&caller).await;
    let case = wants_a_person(&helpline, "9000000001", &officer).await.case;
    let before = used(&helpline, case.citizen).await;

    let (live, calling) = taken(&helpline, &case, &caller).await;
    // The console shows the case and nobody who is judged.
    let shown = verification::own(&helpline.app, &caller).await.unwrap().unwrap();
    assert_eq!((shown.held.state, shown.view.case.post), (TaskState::Dialled, None));
    assert_eq!(shown.held.call.as_deref(), Some(live.call.as_str()));
    helpline.pass(4_000);
    let at = helpline.app.now();
    feedback::joined(&helpline.app, &live, &calling, at).await.unwrap();
    helpline.pass(60_000);
    let ended = helpline.app.now();
    feedback::ended(&helpline.app, &calling, at, ended).await.unwrap();
    let heard = helpline.heard(&case, "r1", Outcome::Satisfied);
    let settled = verification::record(&helpline.app, &caller, heard).await.unwrap();

    assert_eq!(settled.case.state, State::ClosedSatisfied);
    // The citizen's phone was not rung again, and it is one attempt with what the dialogue recorded.
    assert_eq!(used(&helpline, case.citizen).await, before);
    let rows = attempts::of_round(&helpline.look.db, case.id, 1).await.unwrap();
    let told: Vec<_> = rows.iter().map(|row| (row.dial, row.attempt, row.outcome)).collect();
    let spoken = (1, Some(1), Outcome::SpeakToPerson);
    assert_eq!(told, [spoken, (2, Some(1), Outcome::Satisfied)]);
    let evidence: serde_json::Value = serde_json::from_str(&rows[1].evidence).unwrap();
    assert_eq!(evidence["call"], live.call.as_str());
    assert_eq!(rows[1].milestones.answered_at, Some(at));
    let calls = cases::get(&helpline.app, &Actor::system(), case.number()).await.unwrap().calls;
    assert_eq!(calls, [live.call]);
    let (today, _) = feedback::own_statistics(&helpline.app, &caller).await.unwrap();
    assert_eq!((today.dials, today.answered, today.median_talk_ms), (1, 1, Some(60_000)));
}

async fn a_live_call_that_nobody_picked_up_leaves_the_round_to_others_and_no_dial(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    helpline.desk_phone(&caller).await;
    let case = wants_a_person(&helpline, "9000000001", &officer).await.case;

    let (live, calling) = taken(&helpline, &case, &caller).await;
    feedback::not_joined(&helpline.app, &calling, "OWN_PHONE").await.unwrap();
    // Until the citizen has gone, nobody else is shown it.
    let other = second_caller(&helpline).await;
    assert!(verification::next(&helpline.app, &other, "o1").await.unwrap().is_none());
    feedback::let_go(&helpline.app, &live).await.unwrap();

    let task = tasks::last(&helpline.look.db, caller.account.unwrap()).await.unwrap().unwrap();
    assert_eq!((task.state, task.reason.as_deref()), (TaskState::Recorded, Some("OWN_PHONE")));
    assert_eq!((task.dial, task.outcome), (None, None));
    let (today, _) = feedback::own_statistics(&helpline.app, &caller).await.unwrap();
    assert_eq!((today.previews, today.dials, today.outcomes.len()), (1, 0, 0));
    let round = rounds::get(&helpline.look.db, case.id, 1).await.unwrap();
    assert!(round.human && round.dials == 1, "{round:?}");
    // Its own phone rings no more, so a late answer joins nobody.
    let late = feedback::joined(&helpline.app, &live, &calling, helpline.app.now()).await;
    assert_eq!(refused(late), Refused::LeaseLost);
    let shown = verification::next(&helpline.app, &other, "o2").await.unwrap().unwrap();
    assert_eq!(shown.held.case, case.id);
}

async fn nothing_is_recorded_of_a_live_call_that_was_not_joined(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    helpline.desk_phone(&caller).await;
    let case = wants_a_person(&helpline, "9000000001", &officer).await.case;
    let (live, calling) = taken(&helpline, &case, &caller).await;

    let record = async |request: &str, outcome| {
        let heard = helpline.heard(&case, request, outcome);
        verification::record(&helpline.app, &caller, heard).await
    };
    assert_eq!(refused(record("r1", Outcome::Satisfied).await), Refused::NotDialled);
    feedback::joined(&helpline.app, &live, &calling, helpline.app.now()).await.unwrap();
    // The answers would lie in a time to come.
    assert_eq!(refused(record("r2", Outcome::Satisfied).await), Refused::AnswersUnfit);
    helpline.pass(30_000);
    record("r3", Outcome::Satisfied).await.unwrap();
    // The talk goes on behind the outcome, and says when it is over.
    assert!(!feedback::lives(&helpline.app, &calling).await.unwrap());
}

async fn two_live_calls_are_never_one_persons(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    helpline.desk_phone(&caller).await;
    let mut offered = Vec::new();
    for n in 1..=4 {
        let case = wants_a_person(&helpline, &format!("900000000{n}"), &officer).await.case;
        let person = fit(&helpline, &case, &[&caller]).await.remove(0);
        let live = held(&helpline, &case).await;
        offered.push((helpline.app.clone(), live, person));
    }

    let taking = offered.into_iter().map(|(app, live, person)| {
        tokio::spawn(async move { feedback::take(&app, &live, &person).await.is_ok() })
    });
    let mut won = 0;
    for one in taking.collect::<Vec<_>>() {
        won += usize::from(one.await.unwrap());
    }

    assert_eq!(won, 1);
}

async fn a_live_call_whose_process_is_gone_has_no_answer(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    helpline.desk_phone(&caller).await;
    let case = wants_a_person(&helpline, "9000000001", &officer).await.case;
    let (live, calling) = taken(&helpline, &case, &caller).await;
    feedback::joined(&helpline.app, &live, &calling, helpline.app.now()).await.unwrap();
    let own = verification::own(&helpline.app, &caller).await.unwrap().unwrap();

    helpline.pass(own.held.held_until.since(helpline.app.now()));
    assert_eq!(feedback::over(&helpline.app, 10).await.unwrap(), 1);

    let rows = attempts::of_round(&helpline.look.db, case.id, 1).await.unwrap();
    assert_eq!((rows.len(), rows[1].outcome), (2, Outcome::NoReply));
    let round = rounds::get(&helpline.look.db, case.id, 1).await.unwrap();
    assert!(round.human && round.answer.is_none());
}
