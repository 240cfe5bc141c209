//! Level 3 to level 4 by order: the queue, who may, the row, and the grounds of the policy.

use helpline181::{
    app::{
        clock,
        desk::{self, Ground, MatterKind, Matters, OrderEscalation, Which},
        policies,
    },
    domain::{
        actor::{Actor, Role},
        case::{Case, State},
        directory::Rise,
        place::{Level, PlaceCode},
        policy::Policy,
        refused::Refused,
    },
};

use super::{on, refused};
use crate::kit::{Helpline, Home, WEEK_MS};

on_both_engines! {
    an_order_takes_a_case_on_from_level_three_once_its_time_is_over,
    an_overdue_case_that_level_three_resolves_waits_for_no_order,
}

async fn manual(home: &Home) -> Helpline {
    let helpline = Helpline::start(home).await;
    let policy = Policy {
        version: 77,
        effective_from: helpline.app.now(),
        l3_to_l4: Rise::Manual,
        ..Policy::standard()
    };
    policies::enact(&helpline.app, &Actor::system(), &policy).await.unwrap();
    helpline
}

async fn waiting(helpline: &Helpline, by: &Actor, which: Which) -> Vec<desk::Matter> {
    let ask = Matters { kind: MatterKind::Escalation, which, size: 0, behind: None };
    desk::matters(&helpline.app, by, ask).await.unwrap().0
}

async fn overdue_at_three(helpline: &Helpline) -> Case {
    let case = helpline.registered("9000000001").await;
    for _ in 0..3 {
        helpline.pass(WEEK_MS);
        clock::escalate(&helpline.app, 10).await.unwrap();
    }
    helpline.case(&case).await
}

fn order(case: &Case, id: &str) -> OrderEscalation {
    let reason = "the line needs the state's sanction".to_owned();
    OrderEscalation { on: on(case, id), ground: Ground::NeedsSanction, reason }
}

async fn an_order_takes_a_case_on_from_level_three_once_its_time_is_over(home: Home) {
    let helpline = manual(&home).await;
    let third = helpline.officer("block:phanda", 3).await;
    let fourth = helpline.officer("block:phanda", 4).await;
    let directorate = helpline.staff(Role::Directorate).await;
    let agent = helpline.staff(Role::Agent).await;
    let collector = Actor {
        role: Role::Collector,
        district: Some(PlaceCode::new("district:427")),
        ..directorate.clone()
    };
    let early = helpline.registered("9000000002").await;
    let app = &helpline.app;
    let soon = desk::order_escalation(app, &directorate, order(&early, "early")).await;
    assert_eq!(refused(soon), Refused::NotDue);

    let case = overdue_at_three(&helpline).await;
    assert_eq!((case.level, case.overdue_last), (Level(3), true));
    let due = case.due_at;
    for by in [&third, &fourth, &directorate] {
        let open = waiting(&helpline, by, Which::Open).await;
        assert!(open.iter().any(|matter| matter.case == case.id), "{open:?}");
    }
    for (by, reason) in [
        (&third, Refused::WrongLevel),
        (&collector, Refused::NotYourDistrict),
        (&agent, Refused::NotYourRole),
    ] {
        let answer = desk::order_escalation(app, by, order(&case, reason.reason())).await;
        assert_eq!(refused(answer), reason);
    }
    assert_eq!(helpline.case(&case).await.due_at, due);

    let ask = || order(&case, "order");
    let ordered = desk::order_escalation(app, &fourth, ask()).await.unwrap().case;
    assert_eq!((ordered.level, ordered.state), (Level(4), State::WithOfficer));
    assert_eq!(ordered.due_at, Some(app.now().plus_ms(WEEK_MS)));
    assert_eq!(ordered.post, Some(fourth.posts[0].post));
    // Sent twice it is one.
    let again = desk::order_escalation(app, &fourth, ask()).await.unwrap().case;
    assert_eq!(again.version, ordered.version);
    let history = helpline.history(&case).await;
    let row = &history.last().unwrap().facts;
    assert!(row.contains(r#""from":3,"to":4"#) && row.contains(r#""reason":"ORDERED""#), "{row}");
    let open = waiting(&helpline, &directorate, Which::Open).await;
    assert!(open.iter().all(|matter| matter.case != case.id));
    let all = waiting(&helpline, &directorate, Which::All).await;
    let settled = all.into_iter().find(|matter| matter.case == case.id).unwrap().settled.unwrap();
    assert_eq!(settled.outcome, "ORDERED");
    let twice = desk::order_escalation(app, &directorate, order(&case, "twice")).await;
    assert_eq!(refused(twice), Refused::NotDue);
}

async fn an_overdue_case_that_level_three_resolves_waits_for_no_order(home: Home) {
    let helpline = manual(&home).await;
    let third = helpline.officer("block:phanda", 3).await;
    let directorate = helpline.staff(Role::Directorate).await;
    let case = overdue_at_three(&helpline).await;
    assert_eq!(waiting(&helpline, &directorate, Which::Open).await.len(), 1);

    helpline.resolve(&case, &third).await;

    assert!(waiting(&helpline, &directorate, Which::Open).await.is_empty());
    let all = waiting(&helpline, &directorate, Which::All).await;
    assert_eq!(all[0].settled.as_ref().unwrap().outcome, "RESOLVED");
    let late = desk::order_escalation(&helpline.app, &directorate, order(&case, "late")).await;
    assert_eq!(refused(late), Refused::VerificationOpen);
}
