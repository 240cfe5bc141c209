//! What who stands above does: a citizen's word about an officer's conduct, and the agenda of a review meeting.

use helpline181::{
    app::{
        Error, accounts, cases,
        cases::Narrow,
        desk::{self, Beside, ContactKind, MatterKind, Queue, Said, Which},
        verification,
    },
    domain::{
        actor::{Actor, Channel, Role},
        ageing::Age,
        case::{Case, State},
        number::CaseNumber,
        place::{Code, Level, PlaceCode},
        refused::Refused,
        verification::Outcome,
    },
};

use super::{district, on, refused};
use crate::kit::{DAY_MS, Helpline, Home, WEEK_MS};

on_both_engines! {
    rude_conduct_stands_before_the_next_level_with_a_notice_and_moves_nothing,
    a_flag_goes_up_with_its_case_and_outlives_its_closing,
    conduct_at_the_last_level_is_the_districts_and_the_states_to_answer,
    a_feedback_callers_word_about_conduct_comes_with_the_answer_and_once,
    a_reviewer_picks_the_longest_pending_for_a_meeting_once_however_often_it_is_asked,
    what_was_said_in_a_meeting_stands_with_its_agenda,
    an_agenda_is_its_own_districts_and_holds_fifty_cases,
}

async fn dialled(helpline: &Helpline, outcome: Outcome) -> Case {
    let order = verification::dial(&helpline.app, 1).await.unwrap().pop().unwrap();
    let by = Actor::caller(Some(order.citizen));
    let record = helpline.outcome(&order.rounds[0], outcome);
    verification::record(&helpline.app, &by, record).await.unwrap().case
}

async fn rude(helpline: &Helpline, case: &Case, round: i64) {
    let by = Actor::caller(Some(case.citizen));
    verification::conduct(&helpline.app, &by, case.id, round, false).await.unwrap();
}

async fn flags(helpline: &Helpline, by: &Actor) -> Vec<desk::Matter> {
    let ask =
        desk::Matters { kind: MatterKind::Conduct, which: Which::Open, size: 0, behind: None };
    desk::matters(&helpline.app, by, ask).await.unwrap().0
}

fn answer(case: &Case, id: &str) -> desk::AnswerConduct {
    desk::AnswerConduct { on: on(case, id), words: "heard both, the officer was told".to_owned() }
}

async fn owed(home: &Home, case: &Case, post: i64) -> i64 {
    let (case, kind) = (case.id, "conduct");
    home.sql(&format!(
        "SELECT COUNT(*) FROM notices WHERE case_id = {case} AND kind = '{kind}' \
         AND to_kind = 'POST' AND to_id = {post}"
    ))
    .await
}

async fn rude_conduct_stands_before_the_next_level_with_a_notice_and_moves_nothing(home: Home) {
    let helpline = Helpline::start(&home).await;
    let first = helpline.officer("block:phanda", 1).await;
    let above = helpline.officer("block:phanda", 2).await;
    helpline.resolved("9000000001", &first).await;
    let closed = dialled(&helpline, Outcome::Satisfied).await;

    rude(&helpline, &closed, 1).await;
    rude(&helpline, &closed, 1).await;

    let case = helpline.case(&closed).await;
    assert_eq!(
        (case.state, case.post, case.closed_at),
        (closed.state, closed.post, closed.closed_at)
    );
    let kinds = helpline.kinds(&case).await;
    assert_eq!(kinds, ["registered", "routed", "resolved", "answered", "conduct"]);
    let before = flags(&helpline, &above).await;
    assert_eq!(before.iter().map(|flag| flag.case).collect::<Vec<_>>(), [case.id]);
    assert_eq!(flags(&helpline, &first).await, []);
    assert_eq!(owed(&home, &case, above.posts[0].post.0).await, 1);
    assert_eq!(owed(&home, &case, first.posts[0].post.0).await, 0);

    let own = desk::answer_conduct(&helpline.app, &first, answer(&case, "own")).await;
    assert_eq!(refused(own), Refused::NotYourPost);
    let view = desk::answer_conduct(&helpline.app, &above, answer(&case, "a")).await.unwrap();
    assert_eq!((view.case.aside, view.case.state), (None, State::ClosedSatisfied));
    assert_eq!(flags(&helpline, &above).await, []);
    let again = desk::answer_conduct(&helpline.app, &above, answer(&case, "again")).await;
    assert_eq!(refused(again), Refused::NothingOpen);
}

async fn a_flag_goes_up_with_its_case_and_outlives_its_closing(home: Home) {
    let helpline = Helpline::start(&home).await;
    let first = helpline.officer("block:phanda", 1).await;
    let above = helpline.officer("block:phanda", 2).await;
    let polite = helpline.registered("9000000002").await;
    let case = helpline.resolved("9000000001", &first).await;
    dialled(&helpline, Outcome::NotSatisfied).await;
    rude(&helpline, &case, 1).await;
    let flagged = async |by: &Actor| {
        let narrow = Narrow { conduct_flagged: true, ..Narrow::default() };
        let ask = Queue { narrow, ..Queue::default() };
        let figures = desk::figures(&helpline.app, by, ask.clone()).await.unwrap().cases;
        let rows = desk::queue(&helpline.app, by, ask).await.unwrap().rows;
        (rows.iter().map(|view| view.case.id).collect::<Vec<_>>(), figures)
    };

    assert_eq!(helpline.case(&case).await.level, Level(2));
    assert_eq!(flagged(&above).await, (vec![case.id], 1));
    assert_eq!(flagged(&first).await, (vec![], 0), "{}", polite.id);

    helpline.pass(DAY_MS);
    helpline.resolve(&helpline.case(&case).await, &above).await;
    assert_eq!(dialled(&helpline, Outcome::Satisfied).await.state, State::ClosedSatisfied);
    assert_eq!(flags(&helpline, &above).await.len(), 1);
    let supervisor = helpline.staff(Role::Supervisor).await;
    let narrow = Narrow { conduct_flagged: true, ..Narrow::default() };
    let filter = cases::Filter { narrow, ..cases::Filter::default() };
    let listed = cases::list(&helpline.app, &supervisor, filter).await.unwrap().cases;
    assert_eq!(listed.iter().map(|view| view.case.id).collect::<Vec<_>>(), [case.id]);
}

async fn conduct_at_the_last_level_is_the_districts_and_the_states_to_answer(home: Home) {
    let helpline = Helpline::start(&home).await;
    let collector = district(&helpline, Role::Collector, "collector").await;
    let mut case = helpline.registered("9000000001").await;
    let mut officer = helpline.officer("block:phanda", 1).await;
    for level in 1..=4 {
        if level > 1 {
            officer = helpline.officer("block:phanda", level).await;
        }
        helpline.resolve(&case, &officer).await;
        case = dialled(&helpline, Outcome::NotSatisfied).await;
        helpline.pass(DAY_MS);
    }
    assert_eq!((case.level, case.round), (Level(4), 4));

    rude(&helpline, &case, 4).await;

    let flag = &flags(&helpline, &collector).await[0];
    assert_eq!((flag.case, flag.to_post, flag.post), (case.id, None, None));
    assert_eq!(flags(&helpline, &officer).await, []);
    let own = desk::answer_conduct(&helpline.app, &officer, answer(&case, "own")).await;
    assert_eq!(refused(own), Refused::NotYourPost);
    desk::answer_conduct(&helpline.app, &collector, answer(&case, "c")).await.unwrap();
    assert_eq!(flags(&helpline, &collector).await, []);
}

async fn a_feedback_callers_word_about_conduct_comes_with_the_answer_and_once(home: Home) {
    let helpline = Helpline::start(&home).await;
    let first = helpline.officer("block:phanda", 1).await;
    let above = helpline.officer("block:phanda", 2).await;
    let caller = helpline.staff(Role::FeedbackCaller).await;
    let case = helpline.resolved("9000000001", &first).await;
    helpline.talked(&caller, "n1").await;
    let record = verification::Record {
        polite: Some(false),
        ..helpline.heard(&case, "r1", Outcome::Satisfied)
    };

    let settled = verification::record(&helpline.app, &caller, record.clone()).await.unwrap();
    verification::record(&helpline.app, &caller, record).await.unwrap();

    assert_eq!(settled.case.state, State::ClosedSatisfied);
    let kinds = helpline.kinds(&case).await;
    assert_eq!(kinds[kinds.len() - 3..], ["taken", "answered", "conduct"]);
    assert_eq!(flags(&helpline, &above).await.len(), 1);
    assert_eq!(owed(&home, &case, above.posts[0].post.0).await, 1);
}

fn meeting(helpline: &Helpline) -> desk::Meeting {
    let held_at = helpline.app.now().plus_ms(WEEK_MS);
    desk::Meeting { code: Code::new("bhopal-2026-47"), held_at }
}

fn pick(helpline: &Helpline, id: &str, count: usize) -> desk::Pick {
    desk::Pick {
        request_id: id.to_owned(),
        meeting: meeting(helpline),
        numbers: vec![],
        narrow: Narrow::default(),
        count,
        preview: false,
    }
}

fn ids(picked: &desk::Picked) -> Vec<i64> {
    picked.cases.iter().map(|view| view.case.id).collect()
}

async fn agenda(helpline: &Helpline, by: &Actor, open: bool) -> Vec<desk::Item> {
    let ask = desk::Agenda { meeting: Code::new("bhopal-2026-47"), open };
    desk::agenda(&helpline.app, by, ask).await.unwrap()
}

async fn a_reviewer_picks_the_longest_pending_for_a_meeting_once_however_often_it_is_asked(
    home: Home,
) {
    let helpline = Helpline::start(&home).await;
    let collector = district(&helpline, Role::Collector, "collector").await;
    let officer = helpline.officer("block:phanda", 1).await;
    let mut filed = Vec::new();
    for n in 0..4 {
        filed.push(helpline.registered(&format!("900000000{n}")).await);
        helpline.pass(1_000);
    }
    helpline.resolve(&filed[0], &officer).await;
    assert_eq!(dialled(&helpline, Outcome::Satisfied).await.state, State::ClosedSatisfied);
    let app = &helpline.app;

    let preview = desk::Pick { preview: true, ..pick(&helpline, "p", 2) };
    let shown = desk::pick(app, &collector, preview).await.unwrap();
    assert_eq!(ids(&shown), [filed[1].id, filed[2].id]);
    assert_eq!(agenda(&helpline, &collector, false).await.len(), 0);

    let ask = pick(&helpline, "p1", 2);
    let first = desk::pick(app, &collector, ask.clone()).await.unwrap();
    let again = desk::pick(app, &collector, ask).await.unwrap();
    assert_eq!((ids(&first), ids(&again)), (ids(&shown), ids(&shown)));
    let more = desk::pick(app, &collector, pick(&helpline, "p2", 50)).await.unwrap();
    assert_eq!(ids(&more), [filed[3].id]);
    let listed = agenda(&helpline, &collector, true).await;
    let on: Vec<i64> = listed.iter().map(|item| item.view.case.id).collect();
    assert_eq!(on, [filed[1].id, filed[2].id, filed[3].id]);
    let stands = helpline.case(&filed[1]).await;
    assert_eq!((stands.due_at, stands.attended, stands.seen), (filed[1].due_at, false, false));

    let old = Narrow { age: Some(Age::Over50), ..Narrow::default() };
    let none = desk::Pick { narrow: old, ..pick(&helpline, "p3", 50) };
    assert!(desk::pick(app, &collector, none).await.unwrap().cases.is_empty());
    let other = desk::Meeting { code: Code::new("bhopal-2026-48"), ..meeting(&helpline) };
    let numbers = vec![filed[1].number(), filed[0].number()];
    let named = desk::Pick { meeting: other, numbers, ..pick(&helpline, "p4", 0) };
    let left = desk::pick(app, &collector, named).await.unwrap();
    assert_eq!(
        left.left,
        [(filed[1].number(), Refused::OpenAlready), (filed[0].number(), Refused::CaseClosed),]
    );
}

async fn what_was_said_in_a_meeting_stands_with_its_agenda(home: Home) {
    let helpline = Helpline::start(&home).await;
    let collector = district(&helpline, Role::Collector, "collector").await;
    let officer = helpline.officer("block:phanda", 1).await;
    let [one, two] =
        [helpline.registered("9000000001").await, helpline.registered("9000000002").await];
    desk::pick(&helpline.app, &collector, pick(&helpline, "p1", 2)).await.unwrap();
    helpline.pass(WEEK_MS - DAY_MS);
    let contact = desk::Contact {
        request_id: "c1".to_owned(),
        number: one.number(),
        etag: None,
        post: None,
        kind: ContactKind::Call,
        at: None,
        note: "rang from the meeting".to_owned(),
    };
    let meeting = Some(Code::new("bhopal-2026-47"));
    let beside = Beside { said: Some(Said::NotSatisfied), meeting };
    desk::record_contact_with(&helpline.app, &officer, contact, beside).await.unwrap();
    let review = desk::Review {
        on: on(&one, "r1"),
        said: Some(Said::NotSatisfied),
        words: "pole by Friday, the executive engineer reports".to_owned(),
    };
    let view = desk::review(&helpline.app, &collector, review).await.unwrap();
    assert_eq!((view.case.state, view.case.due_at), (State::WithOfficer, one.due_at));

    let items = agenda(&helpline, &officer, false).await;
    let said: Vec<_> = items[0].said.iter().map(|remark| remark.citizen_said).collect();
    assert_eq!(said, [Some(Said::NotSatisfied), Some(Said::NotSatisfied)]);
    assert_eq!(items[0].said[0].post, one.post);
    assert_eq!(items[0].matter.settled.as_ref().unwrap().outcome, "REVIEWED");
    assert_eq!((items[1].view.case.id, items[1].said.len()), (two.id, 0));
    let open = agenda(&helpline, &collector, true).await;
    assert_eq!(open.iter().map(|item| item.view.case.id).collect::<Vec<_>>(), [two.id]);

    desk::drop_from_agenda(&helpline.app, &collector, on(&two, "d1")).await.unwrap();
    assert_eq!(agenda(&helpline, &collector, false).await.len(), 1);
    let gone = desk::drop_from_agenda(&helpline.app, &collector, on(&two, "d2")).await;
    assert_eq!(refused(gone), Refused::NothingOpen);
}

async fn an_agenda_is_its_own_districts_and_holds_fifty_cases(home: Home) {
    let helpline = Helpline::start(&home).await;
    let collector = district(&helpline, Role::Collector, "collector").await;
    let elsewhere = elsewhere(&helpline).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let case = helpline.registered("9000000001").await;
    desk::pick(&helpline.app, &collector, pick(&helpline, "p1", 1)).await.unwrap();

    assert_eq!(agenda(&helpline, &elsewhere, false).await.len(), 0);
    let theirs = desk::pick(&helpline.app, &elsewhere, pick(&helpline, "p2", 9)).await.unwrap();
    assert!(theirs.cases.is_empty());
    let absent = CaseNumber::of_id(9_999_999).unwrap();
    for number in [case.number(), absent] {
        let named = desk::Pick { numbers: vec![number], ..pick(&helpline, "p3", 0) };
        let answer = desk::pick(&helpline.app, &elsewhere, named).await.map(|_| ());
        assert_eq!(refused(answer), Refused::NotYourDistrict);
    }
    let dropped = desk::drop_from_agenda(&helpline.app, &elsewhere, on(&case, "d")).await;
    assert_eq!(refused(dropped), Refused::NotYourDistrict);
    let own = desk::pick(&helpline.app, &officer, pick(&helpline, "p4", 1)).await.map(|_| ());
    assert_eq!(refused(own), Refused::NotYourRole);

    for count in [0, 51] {
        let ask = pick(&helpline, "p5", count);
        let wrong = desk::pick(&helpline.app, &collector, ask).await.unwrap_err();
        assert!(matches!(wrong, Error::Invalid { field: "count", .. }), "{wrong:?}");
    }
    for n in 0..50 {
        helpline.registered(&format!("91000000{n:02}")).await;
    }
    let full = desk::pick(&helpline.app, &collector, pick(&helpline, "p6", 50)).await.unwrap_err();
    assert!(matches!(full, Error::Invalid { field: "meeting", .. }), "{full:?}");
    assert_eq!(agenda(&helpline, &collector, true).await.len(), 50);
}

async fn elsewhere(helpline: &Helpline) -> Actor {
    let place = PlaceCode::new("district:427");
    let add = accounts::Add {
        login: "collector.elsewhere".to_owned(),
        name: "Collector".to_owned(),
        password: "long enough".to_owned(),
        role: Role::Collector,
        district: Some(place.clone()),
        posts: vec![],
    };
    let account = accounts::add(&helpline.app, &Actor::system(), add).await.unwrap();
    Actor {
        account: Some(account.id),
        role: Role::Collector,
        channel: Channel::Portal,
        district: Some(place),
        ..Actor::system()
    }
}
