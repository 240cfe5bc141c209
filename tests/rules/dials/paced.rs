//! Calls that are made for people: as many as are free, for whom they fit, and what they came to.

use helpline181::{
    app::{dialling, feedback, verification},
    domain::{
        actor::{Actor, Role},
        feedback::Takes,
        language::Language,
        pacing::{Mode, Why, WhyNotYet, WhyNow},
        verification::{Milestones, Outcome},
    },
    store::rounds,
};

use crate::kit::{Helpline, Home, TEN};

on_both_engines! {
    without_a_free_person_nobody_is_rung_but_who_was_promised_a_call,
    a_free_person_is_one_call_and_a_call_that_rings_is_the_persons,
    a_citizen_whom_no_free_person_could_speak_with_waits,
    what_the_last_hour_and_the_day_brought_decides,
}

struct Floor {
    helpline: Helpline,
    caller: Actor,
    officer: Actor,
    supervisor: Actor,
}

impl Floor {
    async fn open(home: &Home) -> Self {
        let helpline = Helpline::start(home).await;
        let officer = helpline.officer("block:phanda", 1).await;
        let caller = helpline.staff(Role::FeedbackCaller).await;
        helpline.desk_phone(&caller).await;
        let supervisor = helpline.staff(Role::Supervisor).await;
        helpline.app.dials_by(Mode::Progressive);
        Self { helpline, caller, officer, supervisor }
    }

    async fn is_free(&self) {
        self.helpline.app.are_free(&[self.caller.account.unwrap()]).await.unwrap();
    }

    async fn rung(&self) -> Vec<verification::DialOrder> {
        verification::dial(&self.helpline.app, 5).await.unwrap()
    }

    fn decided(&self) -> dialling::Decided {
        dialling::decisions(&self.helpline.app, &self.supervisor, 1).unwrap()[0]
    }
}

async fn without_a_free_person_nobody_is_rung_but_who_was_promised_a_call(home: Home) {
    let floor = Floor::open(&home).await;
    let helpline = &floor.helpline;
    let case = helpline.resolved("9000000001", &floor.officer).await;
    let promised = helpline.resolved("9000000002", &floor.officer).await;
    let sql = format!("UPDATE rounds SET ring_back = 1 WHERE case_id = {}", promised.id);
    assert_eq!(home.sql(&sql).await, 1);

    let orders = floor.rung().await;

    assert_eq!(orders.iter().map(|one| one.rounds[0].case).collect::<Vec<_>>(), [promised.id]);
    let decided = floor.decided();
    assert_eq!(decided.decision.why, Why::NotYet(WhyNotYet::NoFreeCaller));
    let why = dialling::why(&helpline.app, &Actor::system(), case.number()).await.unwrap();
    assert_eq!(why.why, Why::NotYet(WhyNotYet::NoFreeCaller));
}

async fn a_free_person_is_one_call_and_a_call_that_rings_is_the_persons(home: Home) {
    let floor = Floor::open(&home).await;
    let helpline = &floor.helpline;
    for n in 1..=4 {
        helpline.resolved(&format!("900000000{n}"), &floor.officer).await;
    }
    floor.is_free().await;
    let why = || floor.decided().decision.why;

    assert_eq!(floor.rung().await.len(), 1);
    assert_eq!(why(), Why::Now(WhyNow::OneToOne));
    let ringing = helpline.app.a_call_rings();
    assert_eq!(floor.rung().await.len(), 0);
    assert_eq!(why(), Why::NotYet(WhyNotYet::ChanceTooHigh));
    drop(ringing);
    assert_eq!(floor.rung().await.len(), 1);

    // Who has a task is not free, whatever the console says.
    verification::next(&helpline.app, &floor.caller, "n1").await.unwrap().unwrap();
    floor.is_free().await;
    assert_eq!(floor.rung().await.len(), 0);
    assert_eq!(why(), Why::NotYet(WhyNotYet::NoFreeCaller));
}

async fn a_citizen_whom_no_free_person_could_speak_with_waits(home: Home) {
    let floor = Floor::open(&home).await;
    let helpline = &floor.helpline;
    let hindi = helpline.resolved("9000000001", &floor.officer).await;
    let ask = feedback::PutCaller {
        request_id: "p1".to_owned(),
        login: "feedback_caller".to_owned(),
        takes: Takes { languages: vec![Language::English], ..Takes::default() },
    };
    feedback::put_caller(&helpline.app, &floor.supervisor, ask).await.unwrap();
    floor.is_free().await;

    assert_eq!(floor.rung().await.len(), 0);
    let round = rounds::get(&helpline.look.db, hindi.id, 1).await.unwrap();
    assert_eq!((round.next_at, round.dials), (Some(TEN.plus_ms(300_000)), 0));
    let sql = format!("UPDATE rounds SET language = 'en' WHERE case_id = {}", hindi.id);
    assert_eq!(home.sql(&sql).await, 1);
    helpline.pass(300_000);
    floor.is_free().await;
    assert_eq!(floor.rung().await.len(), 1);
}

async fn what_the_last_hour_and_the_day_brought_decides(home: Home) {
    let floor = Floor::open(&home).await;
    let helpline = &floor.helpline;
    helpline.resolved("9000000001", &floor.officer).await;
    floor.is_free().await;
    let order = floor.rung().await.pop().unwrap();
    let by = Actor::caller(Some(order.citizen));
    let record = helpline.outcome(&order.rounds[0], Outcome::NoReply);
    let milestones = Milestones { answered_at: Some(TEN), ..Milestones::default() };
    let record = verification::Record { milestones, ..record };
    verification::record(&helpline.app, &by, record).await.unwrap();
    helpline.app.handed(true).await.unwrap();
    helpline.app.handed(false).await.unwrap();
    helpline.resolved("9000000002", &floor.officer).await;

    // Another process reads the same figures, as one does that has just begun.
    let other = home.process(helpline.app.clock()).await;
    other.dials_by(Mode::Progressive);
    other.are_free(&[floor.caller.account.unwrap()]).await.unwrap();
    verification::dial(&other, 5).await.unwrap();

    let inputs = dialling::decisions(&other, &floor.supervisor, 1).unwrap()[0].decision.inputs;
    assert_eq!((inputs.answers.rung, inputs.answers.answered), (1, 1));
    assert_eq!((inputs.drops.answered, inputs.drops.waited), (2, 1));
    assert_eq!((inputs.mode, inputs.free), (Mode::Progressive, 1));
}
