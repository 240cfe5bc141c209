//! Demands, suggestions and calls about schemes are recorded apart; how citizens heard of 181 is counted.

use helpline181::{
    app::{Error, cases, clock, desk, intake},
    domain::{
        actor::{Actor, Role},
        case::{Kind, State},
        intake::origin::{HeardOf, Origin},
        place::{Code, PlaceCode},
        refused::Refused,
    },
    store::origins,
};

use crate::kit::{DAY_MS, Helpline, Home};

on_both_engines! {
    only_a_complaint_is_an_officers_and_moves_with_time,
    how_citizens_heard_of_181_is_counted_and_blocks_without_a_case_come_first,
    lists_are_narrowed_to_a_kind,
}

async fn only_a_complaint_is_an_officers_and_moves_with_time(home: Home) {
    let helpline = Helpline::start(&home).await;
    let (agent, officer) =
        (helpline.staff(Role::Agent).await, helpline.officer("block:phanda", 1).await);
    let mut of_kind = Vec::new();
    for (n, kind) in Kind::ALL.iter().enumerate() {
        let phone = format!("987654321{n}");
        let ask = cases::Register { kind: *kind, ..helpline.complaint(kind.as_str(), &phone) };
        of_kind.push(cases::register(&helpline.app, &agent, ask).await.unwrap().case);
    }

    let inbox = desk::queue(&helpline.app, &officer, desk::Queue::default()).await.unwrap();
    assert_eq!(inbox.rows.len(), 1);
    helpline.pass(100 * DAY_MS);
    assert_eq!(clock::escalate(&helpline.app, 10).await.unwrap(), 1);

    for case in of_kind {
        let now = helpline.case(&case).await;
        let complaint = case.kind == Kind::Complaint;
        assert_eq!(now.version > case.version, complaint, "{}", case.kind);
        assert_eq!(now.state == State::Forwarded, !complaint, "{}", case.kind);
        assert_eq!((now.post.is_some(), now.due_at.is_some()), (complaint, complaint));
    }
}

async fn how_citizens_heard_of_181_is_counted_and_blocks_without_a_case_come_first(home: Home) {
    let helpline = Helpline::start(&home).await;
    let (agent, supervisor) =
        (helpline.staff(Role::Agent).await, helpline.staff(Role::Supervisor).await);
    let mut last = None;
    for (n, heard_of, kind) in [
        (0, Some(HeardOf::Radio), Kind::Complaint),
        (1, Some(HeardOf::NotSaid), Kind::Demand),
        (2, Some(HeardOf::Radio), Kind::SchemeInformation),
        (3, None, Kind::Complaint),
    ] {
        let ask = cases::Register {
            kind,
            heard_of,
            scheme: (n == 2).then(|| Code::new("pension")),
            ..helpline.complaint(&format!("r{n}"), &format!("987654321{n}"))
        };
        let case = cases::register(&helpline.app, &agent, ask).await.unwrap().case;
        if n == 2 {
            last = Some(case);
        }
    }

    let district = Some(PlaceCode::new("district:396"));
    let found = intake::figures(&helpline.app, &supervisor, district, DAY_MS).await.unwrap();

    assert_eq!(
        found.kinds,
        [(Kind::Complaint, 2), (Kind::Demand, 1), (Kind::SchemeInformation, 1)]
    );
    assert_eq!(found.heard_of, [(HeardOf::NotSaid, 1), (HeardOf::Radio, 2)]);
    assert_eq!(found.blocks.last(), Some(&(PlaceCode::new("block:phanda"), 4)));
    assert!(found.blocks.len() > 1 && found.blocks[0].1 == 0, "{:?}", found.blocks);
    let case = last.unwrap();
    let origin = origins::of_case(&helpline.look.db, case.id).await.unwrap().unwrap();
    let scheme = Some(Code::new("pension"));
    assert_eq!(origin, Origin { case: case.id, heard_of: Some(HeardOf::Radio), scheme });
    let officer = helpline.officer("block:phanda", 1).await;
    let refused = intake::figures(&helpline.app, &officer, None, DAY_MS).await;
    assert!(matches!(refused, Err(Error::Forbidden(Refused::NotYourRole))), "{refused:?}");
    let of =
        Actor { district: Some(PlaceCode::new("district:396")), role: Role::Nodal, ..supervisor };
    let elsewhere = Some(PlaceCode::new("district:427"));
    let refused = intake::figures(&helpline.app, &of, elsewhere, DAY_MS).await;
    assert!(matches!(refused, Err(Error::Forbidden(Refused::NotYourDistrict))), "{refused:?}");
}

async fn lists_are_narrowed_to_a_kind(home: Home) {
    let helpline = Helpline::start(&home).await;
    let agent = helpline.staff(Role::Agent).await;
    for (n, kind) in Kind::ALL.iter().enumerate() {
        let phone = format!("987654321{n}");
        let ask = cases::Register { kind: *kind, ..helpline.complaint(kind.as_str(), &phone) };
        cases::register(&helpline.app, &agent, ask).await.unwrap();
    }

    for kind in Kind::ALL {
        let narrow = cases::Narrow { kind: Some(*kind), ..cases::Narrow::default() };
        let filter = cases::Filter { narrow, ..cases::Filter::default() };
        let listed = cases::list(&helpline.app, &agent, filter).await.unwrap();
        let kinds: Vec<_> = listed.cases.iter().map(|view| view.case.kind).collect();
        assert_eq!(kinds, [*kind]);
    }
}
