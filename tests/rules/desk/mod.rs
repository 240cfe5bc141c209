//! Whole lives of cases through the desk: part closed, proposed, handed on, merged, linked, with another number.

mod delegation;
mod inbox;
mod ordered;
mod oversight;

use std::sync::Arc;

use helpline181::{
    app::{
        App, Error, accounts, cases, clock,
        desk::{self, MatterKind, On, follow},
        verification,
    },
    domain::{
        actor::{Actor, Channel, Role},
        case::{Case, State},
        phone::Phone,
        place::{Level, PlaceCode},
        refused::Refused,
        verification::RoundState,
    },
    store::{self, citizens},
    workers::{
        Step,
        sweeps::{self, Sweep},
    },
};

use crate::kit::{DAY_MS, Helpline, Home, TEN, WEEK_MS};

on_both_engines! {
    a_partially_closed_case_is_asked_about_on_demand_and_its_date_goes_up,
    a_resolution_of_a_partial_closure_goes_on_with_the_round_that_was_demanded,
    a_special_close_takes_two_persons_a_courtesy_call_and_an_order_to_open_again,
    a_transfer_is_decided_by_the_collector_or_by_delegation_and_never_moves_the_clock,
    a_resolution_on_the_lead_files_one_on_each_follower_and_each_citizen_is_asked,
    a_process_that_ends_behind_the_leads_commit_leaves_no_follower_unresolved,
    another_number_takes_the_code_and_a_second_person,
    a_merged_case_rests_and_a_withdrawal_under_pressure_goes_up,
    the_same_order_sent_twice_takes_one_number_and_is_read_by_all,
    a_missed_target_and_a_ticket_are_listed_until_they_are_settled,
}

fn on(case: &Case, id: &str) -> On {
    On { request_id: id.to_owned(), number: case.number(), etag: None, post: None }
}

fn refused<T: std::fmt::Debug>(answer: Result<T, Error>) -> Refused {
    match answer.unwrap_err() {
        Error::Refused(refused) | Error::Forbidden(refused) => refused,
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn district(helpline: &Helpline, role: Role, login: &str) -> Actor {
    let place = PlaceCode::new("district:396");
    let add = accounts::Add {
        login: login.to_owned(),
        name: login.to_owned(),
        password: "long enough".to_owned(),
        role,
        district: Some(place.clone()),
        posts: vec![],
    };
    let account = accounts::add(&helpline.app, &Actor::system(), add).await.unwrap();
    Actor {
        account: Some(account.id),
        role,
        channel: Channel::Portal,
        district: Some(place),
        ..Actor::system()
    }
}

pub(crate) async fn partially_closed(helpline: &Helpline, officer: &Actor, phone: &str) -> Case {
    let case = helpline.registered(phone).await;
    let partial = desk::Partial {
        on: on(&case, "pc"),
        reason: "a pole is missing".to_owned(),
        until: TEN.plus_ms(20 * DAY_MS),
    };
    desk::partial_close(&helpline.app, officer, partial).await.unwrap().case
}

async fn demand(helpline: &Helpline, case: &Case, phone: &str) -> Case {
    let agent = helpline.staff(Role::Agent).await;
    let from = Some(Phone::parse(phone).unwrap());
    let ask = cases::DemandRound { on: on(case, "demand"), from };
    cases::demand_round(&helpline.app, &agent, ask).await.unwrap().case
}

async fn a_partially_closed_case_is_asked_about_on_demand_and_its_date_goes_up(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = partially_closed(&helpline, &officer, "9000000001").await;
    assert_eq!((case.state, case.due_at), (State::PartiallyClosed, Some(TEN.plus_ms(20 * DAY_MS))));

    let asked = demand(&helpline, &case, "9000000001").await;
    assert_eq!((asked.state, asked.round), (State::PartiallyClosed, 1));
    let by = Actor::caller(Some(case.citizen));
    let phone = Phone::parse("9000000001").unwrap();
    let open = verification::inbound(&helpline.app, &by, Some(&phone), None).await.unwrap();
    assert!(matches!(open, verification::Inbound::Open(rounds) if rounds.len() == 1));

    helpline.pass(7 * DAY_MS);
    assert_eq!(clock::escalate(&helpline.app, 10).await.unwrap(), 0);
    helpline.pass(13 * DAY_MS);
    assert_eq!(clock::escalate(&helpline.app, 10).await.unwrap(), 1);
    let up = helpline.case(&case).await;
    assert_eq!((up.state, up.level), (State::WithOfficer, Level(2)));
    let round = store::rounds::get(&helpline.look.db, case.id, 1).await.unwrap();
    assert_eq!((round.state, round.next_at), (RoundState::Dropped, None));
    assert_eq!(clock::rounds_end(&helpline.app, 10).await.unwrap(), 0);
}

async fn a_resolution_of_a_partial_closure_goes_on_with_the_round_that_was_demanded(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = partially_closed(&helpline, &officer, "9000000001").await;
    demand(&helpline, &case, "9000000001").await;

    helpline.pass(DAY_MS);
    let filed = helpline.resolve(&case, &officer).await;

    assert_eq!(filed.round, 1);
    let round = store::rounds::get(&helpline.look.db, case.id, 1).await.unwrap();
    assert_eq!((round.state, round.opened_at), (RoundState::Open, TEN.plus_ms(DAY_MS)));
    assert_eq!(helpline.case(&case).await.state, State::AwaitingVerification);
}

async fn a_special_close_takes_two_persons_a_courtesy_call_and_an_order_to_open_again(home: Home) {
    let helpline = Helpline::start(&home).await;
    let case = helpline.registered("9000000001").await;
    let [two, three] =
        [helpline.officer("block:phanda", 2).await, helpline.officer("block:phanda", 3).await];
    helpline.pass(WEEK_MS);
    clock::escalate(&helpline.app, 10).await.unwrap();
    let propose = desk::ProposeSpecial { on: on(&case, "p"), grounds: "section 110".to_owned() };
    desk::propose_special(&helpline.app, &two, propose).await.unwrap();
    let decide = |id: &str| desk::DecideSpecial {
        on: on(&case, id),
        accept: true,
        reason: "as proposed".to_owned(),
    };

    let own = desk::decide_special(&helpline.app, &two, decide("d1")).await;
    assert_eq!(refused(own), Refused::WrongLevel);
    // Who holds both posts leaves it to the level above.
    let both = Actor { posts: three.posts.clone(), ..two.clone() };
    assert_eq!(
        refused(desk::decide_special(&helpline.app, &both, decide("d2")).await),
        Refused::SamePerson
    );
    let closed = desk::decide_special(&helpline.app, &three, decide("d3")).await.unwrap().case;
    assert_eq!((closed.state, closed.due_at), (State::ClosedSpecial, None));

    let caller = helpline.staff(Role::FeedbackCaller).await;
    let courtesy = desk::RecordCourtesy {
        on: on(&case, "c"),
        said: desk::Courtesy::NotSatisfied,
        note: String::new(),
    };
    desk::record_courtesy(&helpline.app, &caller, courtesy).await.unwrap();
    let directorate = helpline.staff(Role::Directorate).await;
    assert_eq!(list(&helpline, &directorate, MatterKind::Reopening).await, 1);
    assert_eq!(list(&helpline, &directorate, MatterKind::Courtesy).await, 0);
    let order = desk::ReopenByOrder { on: on(&case, "o"), reason: "it can be done".to_owned() };
    let open = desk::reopen_by_order(&helpline.app, &directorate, order).await.unwrap().case;
    assert_eq!((open.state, open.level), (State::WithOfficer, Level(3)));
    assert_eq!(open.due_at, Some(TEN.plus_ms(2 * WEEK_MS)));
    assert_eq!(list(&helpline, &directorate, MatterKind::Reopening).await, 0);
}

async fn list(helpline: &Helpline, by: &Actor, kind: MatterKind) -> usize {
    let ask = desk::Matters { kind, which: desk::Which::Open, size: 0, behind: None };
    desk::matters(&helpline.app, by, ask).await.unwrap().0.len()
}

async fn a_transfer_is_decided_by_the_collector_or_by_delegation_and_never_moves_the_clock(
    home: Home,
) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = helpline.registered("9000000001").await;
    helpline.pass(DAY_MS);
    let propose = |id: &str, place: &str| desk::ProposeTransfer {
        on: on(&case, id),
        place: PlaceCode::new(place),
        reason: "beyond the river".to_owned(),
    };
    let own = desk::propose_transfer(&helpline.app, &officer, propose("p0", "block:phanda")).await;
    assert!(matches!(own.unwrap_err(), Error::Invalid { field: "place", .. }));
    desk::propose_transfer(&helpline.app, &officer, propose("p1", "district:396")).await.unwrap();
    let decide = |id: &str| desk::DecideTransfer {
        on: on(&case, id),
        word: desk::Word::Approved,
        note: "he lives in the town".to_owned(),
    };

    let nodal = district(&helpline, Role::Nodal, "nodal").await;
    let early = desk::decide_transfer(&helpline.app, &nodal, decide("d1")).await;
    assert_eq!(refused(early), Refused::NotYourRole);
    let collector = district(&helpline, Role::Collector, "collector").await;
    let delegate = desk::Delegate {
        request_id: "g".to_owned(),
        login: "nodal".to_owned(),
        until: helpline.app.now().plus_ms(DAY_MS),
    };
    desk::delegate(&helpline.app, &collector, delegate).await.unwrap();
    let moved = desk::decide_transfer(&helpline.app, &nodal, decide("d2")).await.unwrap().case;

    assert_ne!(moved.post, case.post);
    assert_eq!((moved.due_at, moved.arrived_at, moved.stay), (case.due_at, TEN, 1));
    assert_eq!(moved.aside().hops, 1);
    let hops = desk::hops(&helpline.app, &collector, 1).await.unwrap();
    assert_eq!((hops[0].number, hops[0].hops), (case.number(), 1));
    let gone = desk::target(
        &helpline.app,
        &officer,
        desk::Target { on: on(&case, "t"), at: helpline.app.now().plus_ms(5) },
    )
    .await;
    assert_eq!(refused(gone), Refused::NotYourPost);
}

async fn a_resolution_on_the_lead_files_one_on_each_follower_and_each_citizen_is_asked(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let supervisor = helpline.staff(Role::Supervisor).await;
    let lead = helpline.registered("9000000001").await;
    let mut followers = Vec::new();
    for phone in ["9000000002", "9000000003"] {
        let follower = helpline.registered(phone).await;
        let link = cases::Link { on: on(&follower, phone), lead: lead.number() };
        cases::link(&helpline.app, &supervisor, link).await.unwrap();
        followers.push(follower);
    }

    helpline.resolve(&lead, &officer).await;
    assert_eq!(helpline.case(&followers[0]).await.state, State::WithOfficer);
    let step = async |app: &Arc<App>| sweeps::step(app.clone(), Sweep::FollowUps).await.unwrap();
    assert_eq!(step(&helpline.app).await, Step::Worked);

    for follower in &followers {
        let case = helpline.case(follower).await;
        assert_eq!((case.state, case.round), (State::AwaitingVerification, 1));
        let round = store::rounds::get(&helpline.look.db, case.id, 1).await.unwrap();
        assert_eq!((round.citizen, round.state), (case.citizen, RoundState::Open));
    }
    // Repeated, the lead's request files nothing twice.
    helpline.resolve(&lead, &officer).await;
    assert_eq!(step(&helpline.app).await, Step::Idle);
    assert_eq!(helpline.case(&followers[0]).await.round, 1);
}

/// The crash comes between the lead's commit and its followers'; two others take over together.
async fn a_process_that_ends_behind_the_leads_commit_leaves_no_follower_unresolved(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let supervisor = helpline.staff(Role::Supervisor).await;
    let lead = helpline.registered("9000000001").await;
    let mut followers = Vec::new();
    for phone in ["9000000002", "9000000003", "9000000004"] {
        let follower = helpline.registered(phone).await;
        let link = cases::Link { on: on(&follower, phone), lead: lead.number() };
        cases::link(&helpline.app, &supervisor, link).await.unwrap();
        followers.push(follower);
    }
    // The last one is resolved by itself meanwhile and goes its own way.
    helpline.resolve(&lead, &officer).await;
    helpline.resolve(&followers[2], &officer).await;
    helpline.app.close().await;

    let [one, other] = [home.process(&helpline.clock).await, home.process(&helpline.clock).await];
    let (first, second) = tokio::join!(follow::name(&one), follow::name(&other));
    assert!(first.unwrap() || second.unwrap());
    let (first, second) = tokio::join!(follow::file(&one, 100), follow::file(&other, 100));
    first.unwrap();
    second.unwrap();

    for follower in &followers {
        let case = helpline.case(follower).await;
        assert_eq!((case.state, case.round), (State::AwaitingVerification, 1));
        let history = store::events::of_stream(&helpline.look.db, &case.stream(), 0).await.unwrap();
        let resolved: Vec<_> = history.iter().filter(|row| row.event.kind == "resolved").collect();
        assert_eq!(resolved.len(), 1);
        assert_eq!(resolved[0].event.actor, officer.name());
        assert_eq!(resolved[0].event.post, lead.post.map(|post| post.0));
    }
    assert_eq!(store::links::owed(&helpline.look.db, 10).await.unwrap(), []);
    one.close().await;
    other.close().await;
}

async fn another_number_takes_the_code_and_a_second_person(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let [agent, supervisor] =
        [helpline.staff(Role::Agent).await, helpline.staff(Role::Supervisor).await];
    let case = helpline.resolved("9000000001", &officer).await;
    let phone = Phone::parse("9000000009").unwrap();
    let ask = cases::AskNumber { on: on(&case, "ask"), phone: phone.clone() };
    let asked = cases::ask_number(&helpline.app, &agent, ask).await.unwrap().case;
    let version = asked.aside().number.as_ref().unwrap().version;
    let code = citizens::code(&helpline.look.db, case.id, version);
    assert_eq!(code.len(), 6);
    let confirm =
        |id: &str, code: &str| cases::ConfirmNumber { on: on(&case, id), code: code.to_owned() };

    let wrong = if code == "000000" { "000001" } else { "000000" };
    let answer = cases::confirm_number(&helpline.app, &agent, confirm("c1", wrong)).await;
    assert_eq!(refused(answer), Refused::WrongCode);
    cases::confirm_number(&helpline.app, &agent, confirm("c2", &code)).await.unwrap();
    let approve = cases::DecideNumber { on: on(&case, "a"), approve: true, reason: String::new() };
    let changed = cases::decide_number(&helpline.app, &supervisor, approve).await.unwrap();

    assert_eq!(changed.phone, phone);
    assert_ne!(changed.case.citizen, case.citizen);
    let round = store::rounds::get(&helpline.look.db, case.id, 1).await.unwrap();
    assert_eq!(round.citizen, changed.case.citizen);
    let history = helpline.history(&case).await;
    assert!(history.iter().all(|event| !event.body.contains("9000000009")));
    assert_eq!(changed.case.aside().number_changed, Some(TEN));
}

async fn a_merged_case_rests_and_a_withdrawal_under_pressure_goes_up(home: Home) {
    let helpline = Helpline::start(&home).await;
    let agent = helpline.staff(Role::Agent).await;
    let parent = helpline.registered("9000000001").await;
    helpline.pass(DAY_MS);
    let child = helpline.registered("9000000001").await;
    helpline.pass(DAY_MS);
    let merge = cases::Merge { on: on(&child, "m"), parent: parent.number() };
    let merged = cases::merge(&helpline.app, &agent, merge).await.unwrap().case;
    assert_eq!((merged.state, merged.due_at), (State::Merged, None));

    helpline.pass(3 * DAY_MS);
    let back = cases::unmerge(&helpline.app, &agent, cases::Unmerge { on: on(&child, "u") })
        .await
        .unwrap()
        .case;
    assert_eq!(back.due_at, Some(TEN.plus_ms(DAY_MS + WEEK_MS + 3 * DAY_MS)));
    let withdraw = |id: &str, phone: &str, pressed| cases::Withdraw {
        on: on(&child, id),
        from: Some(Phone::parse(phone).unwrap()),
        confirmed: true,
        pressed,
    };
    let other = cases::withdraw(&helpline.app, &agent, withdraw("w1", "9000000002", false)).await;
    assert_eq!(refused(other), Refused::NotYourCase);
    let pressed = cases::withdraw(&helpline.app, &agent, withdraw("w2", "9000000001", true)).await;
    let up = pressed.unwrap().case;
    assert_eq!((up.state, up.level, up.pressured), (State::WithOfficer, Level(2), true));
    let free = cases::withdraw(&helpline.app, &agent, withdraw("w3", "9000000001", false)).await;
    assert_eq!(free.unwrap().case.state, State::Withdrawn);
}

async fn the_same_order_sent_twice_takes_one_number_and_is_read_by_all(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let [one, two] =
        [helpline.registered("9000000001").await, helpline.registered("9000000002").await];
    let write = |case: &Case, id: &str| desk::WriteOrder {
        on: on(case, id),
        words: "supply by Friday".to_owned(),
    };

    desk::write_order(&helpline.app, &officer, write(&one, "o1")).await.unwrap();
    desk::write_order(&helpline.app, &officer, write(&one, "o1")).await.unwrap();
    desk::write_order(&helpline.app, &officer, write(&two, "o2")).await.unwrap();

    let senior = helpline.officer("block:phanda", 3).await;
    let read = cases::get(&helpline.app, &senior, one.number()).await.unwrap().orders;
    assert_eq!(read.len(), 1);
    assert_eq!((read[0].year, read[0].n, read[0].words.as_str()), (2026, 1, "supply by Friday"));
    let second = cases::get(&helpline.app, &senior, two.number()).await.unwrap().orders;
    assert_eq!(second[0].n, 2);
}

async fn a_missed_target_and_a_ticket_are_listed_until_they_are_settled(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let nodal = district(&helpline, Role::Nodal, "nodal").await;
    let case = helpline.registered("9000000001").await;
    let target = desk::Target { on: on(&case, "t"), at: TEN.plus_ms(DAY_MS) };
    desk::target(&helpline.app, &officer, target).await.unwrap();
    let raise = desk::RaiseDifficulty {
        on: on(&case, "d"),
        asked: desk::Asked::Nodal,
        words: "no stock".to_owned(),
    };
    let raised = desk::raise_difficulty(&helpline.app, &officer, raise).await.unwrap();
    assert_eq!(raised.contact, "nodal@bhopal");
    let overdue = async |by: &Actor| {
        let ask = desk::Matters {
            kind: MatterKind::Target,
            which: desk::Which::Overdue,
            size: 0,
            behind: None,
        };
        desk::matters(&helpline.app, by, ask).await.unwrap().0.len()
    };

    assert_eq!(overdue(&nodal).await, 0);
    helpline.pass(DAY_MS + 1);
    assert_eq!((overdue(&nodal).await, overdue(&officer).await), (1, 1));
    assert_eq!(list(&helpline, &nodal, MatterKind::Difficulty).await, 1);
    let answer = desk::AnswerDifficulty { on: on(&case, "a"), words: "ask Bina".to_owned() };
    desk::answer_difficulty(&helpline.app, &nodal, answer).await.unwrap();
    assert_eq!(list(&helpline, &nodal, MatterKind::Difficulty).await, 0);
    helpline.resolve(&case, &officer).await;
    assert_eq!(overdue(&nodal).await, 1);
    let resolved = helpline.history(&case).await;
    assert!(resolved.last().unwrap().body.contains(r#""target_missed":true"#));
}
