//! A citizen is blocked by a person, for a reason and a while, and appeals.

use helpline181::{
    app::{
        Error, calls, cases,
        intake::{self, BlockCitizen, Listed, Who},
    },
    domain::{
        actor::{Actor, Channel, Role},
        language::Language,
        page::After,
        phone::Phone,
        refused::Refused,
    },
    store::call_backs,
};

use crate::kit::{DAY_MS, Helpline, Home};

on_both_engines! {
    a_blocked_citizen_registers_nothing_and_reaches_the_operator,
    an_appeal_is_answered_by_another_person_and_ends_the_block,
    who_may_block_appeal_and_answer,
}

const PHONE: &str = "9876543210";

fn phone() -> Phone {
    Phone::parse(PHONE).unwrap()
}

fn block(request: &str) -> BlockCitizen {
    BlockCitizen {
        request_id: request.to_owned(),
        who: Who::Phone(phone()),
        reason: "false alarms".to_owned(),
        span_ms: 7 * DAY_MS,
    }
}

async fn refused(helpline: &Helpline, request: &str) -> bool {
    let caller = Actor { channel: Channel::Ivr, role: Role::Ivr, ..Actor::caller(None) };
    let ask = helpline.complaint(request, PHONE);
    match cases::register(&helpline.app, &caller, ask).await {
        Ok(_) => false,
        Err(Error::Refused(Refused::CitizenBlocked)) => true,
        Err(other) => panic!("{other:?}"),
    }
}

async fn a_blocked_citizen_registers_nothing_and_reaches_the_operator(home: Home) {
    let helpline = Helpline::start(&home).await;
    let (app, supervisor) = (&helpline.app, helpline.staff(Role::Supervisor).await);
    helpline.registered(PHONE).await;
    let before = helpline.app.now();

    let view = intake::block_citizen(app, &supervisor, block("b1")).await.unwrap();
    let again = intake::block_citizen(app, &supervisor, block("b1")).await.unwrap();

    assert_eq!(view.block, again.block);
    assert_eq!(
        (view.phone.to_string().as_str(), view.reason.as_str()),
        ("XXXXXX3210", "false alarms")
    );
    assert!(refused(&helpline, "r1").await);
    let operator = calls::Operator {
        call: "c1".to_owned(),
        phone: Some(phone()),
        reason: "LIMIT".to_owned(),
        language: Language::Hindi,
    };
    calls::operator(app, &Actor::caller(None), operator).await.unwrap();
    let waiting = call_backs::open(&helpline.look.db, After::START, 10).await.unwrap();
    assert_eq!(waiting.len(), 1);
    helpline.pass(7 * DAY_MS - helpline.app.now().since(before) - 1);
    assert!(refused(&helpline, "r2").await);
    helpline.pass(1);
    assert!(!refused(&helpline, "r3").await);
    let (listed, _) = intake::blocks(app, &supervisor, Listed::InForce, None, 50).await.unwrap();
    assert!(listed.is_empty());
}

async fn an_appeal_is_answered_by_another_person_and_ends_the_block(home: Home) {
    let helpline = Helpline::start(&home).await;
    let (app, agent) = (&helpline.app, helpline.staff(Role::Agent).await);
    let supervisor = helpline.staff(Role::Supervisor).await;
    let directorate = helpline.staff(Role::Directorate).await;
    let case = helpline.registered(PHONE).await;
    let blocked = intake::block_citizen(app, &supervisor, block("b1")).await.unwrap().block;
    let appeal = |request: &str| intake::AppealBlock {
        request_id: request.to_owned(),
        who: Who::OfCase(case.number()),
        words: "my neighbour used my phone".to_owned(),
    };
    let answer = |request: &str| intake::AnswerAppeal {
        request_id: request.to_owned(),
        block: blocked.id,
        lifts: true,
        words: "believed".to_owned(),
    };

    let early = intake::answer_appeal(app, &directorate, answer("a0")).await;
    assert!(matches!(early, Err(Error::Refused(Refused::NothingOpen))), "{early:?}");
    let appealed = intake::appeal_block(app, &agent, appeal("p1")).await.unwrap();
    assert_eq!(appealed.appeal.as_deref(), Some("my neighbour used my phone"));
    let (open, _) = intake::blocks(app, &supervisor, Listed::Appealed, None, 50).await.unwrap();
    assert_eq!(open.len(), 1);
    let own = intake::answer_appeal(app, &supervisor, answer("a1")).await;
    assert!(matches!(own, Err(Error::Refused(Refused::SamePerson))), "{own:?}");
    assert!(refused(&helpline, "r1").await);
    let lifted = intake::answer_appeal(app, &directorate, answer("a2")).await.unwrap();

    assert_eq!(lifted.answer.as_deref(), Some("believed"));
    assert!(!refused(&helpline, "r2").await);
    let (open, _) = intake::blocks(app, &supervisor, Listed::Appealed, None, 50).await.unwrap();
    assert!(open.is_empty());
    let (all, next) = intake::blocks(app, &supervisor, Listed::All, None, 50).await.unwrap();
    assert_eq!((all.len(), next), (1, None));
}

async fn who_may_block_appeal_and_answer(home: Home) {
    let helpline = Helpline::start(&home).await;
    let app = &helpline.app;
    helpline.registered(PHONE).await;
    for role in [Role::Agent, Role::FeedbackCaller, Role::Directorate, Role::Auditor, Role::Admin] {
        let by = helpline.staff(role).await;
        let refused = intake::block_citizen(app, &by, block("b")).await;
        assert!(matches!(refused, Err(Error::Forbidden(Refused::NotYourRole))), "{role}");
    }
    let supervisor = helpline.staff(Role::Supervisor).await;
    let longer = BlockCitizen { span_ms: 31 * DAY_MS, ..block("b") };
    let refused = intake::block_citizen(app, &supervisor, longer).await;
    assert!(matches!(refused, Err(Error::Refused(Refused::DateNotAllowed))), "{refused:?}");
    let stranger =
        BlockCitizen { who: Who::Phone(Phone::parse("9999999999").unwrap()), ..block("s") };
    let unknown = intake::block_citizen(app, &supervisor, stranger).await;
    assert!(matches!(unknown, Err(Error::NotFound("citizen"))), "{unknown:?}");
}
