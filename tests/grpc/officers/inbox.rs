//! The inbox over the API: rows, filters, page tokens, figures and the stream of changes.

use std::time::Duration;

use helpline_proto::v1::{self, WatchQueueResponse, watch_queue_response::Event};
use tokio::time::timeout;
use tonic::{Code, Streaming};

use crate::kit::{House, reason, wrong_field};

const SOON: Duration = Duration::from_secs(10);
const OFFICER: &str = "je.phanda";

async fn next(stream: &mut Streaming<WatchQueueResponse>) -> WatchQueueResponse {
    let message = timeout(SOON, stream.message()).await.expect("nothing was told");
    message.unwrap().expect("the stream ended")
}

fn contact(number: &str) -> v1::RecordContactRequest {
    v1::RecordContactRequest {
        request_id: format!("c{number}"),
        number: number.into(),
        kind: v1::ContactKind::Call.into(),
        note: "spoke".into(),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_row_says_days_left_age_and_whether_somebody_spoke_with_the_citizen() {
    let house = House::open().await;
    let number = house.register("r1", "9876543210").await.number;
    let mut officer = house.officers(OFFICER).await;
    let row = |list: v1::ListQueueResponse| list.cases.into_iter().next().unwrap();

    let list = officer.list_queue(v1::ListQueueRequest::default()).await.unwrap().into_inner();
    let fresh = row(list);
    assert_eq!(
        (fresh.days_left, fresh.ageing(), fresh.contacted),
        (Some(7), v1::Ageing::UpTo50, false)
    );
    officer.record_contact(contact(&number)).await.unwrap();
    house.clock.advance(6 * 86_400_000);
    let list = officer.list_queue(v1::ListQueueRequest::default()).await.unwrap().into_inner();
    let late = row(list);
    assert_eq!((late.days_left, late.contacted), (Some(1), true));
    let resolve = v1::FileResolutionRequest {
        request_id: "f".into(),
        number,
        report: "mended".into(),
        ..Default::default()
    };
    let filed = officer.file_resolution(resolve).await.unwrap().into_inner();
    // The clock stands while the citizen is asked.
    assert_eq!(filed.case.unwrap().days_left, None);
    assert_eq!(filed.warnings, Vec::<String>::new());
    house.close().await;
}

#[tokio::test]
async fn a_page_token_is_good_for_its_own_list_alone() {
    let house = House::open().await;
    for n in 0..3 {
        house.register(&format!("r{n}"), &format!("987654321{n}")).await;
    }
    let mut officer = house.officers(OFFICER).await;
    let ask = |page_token: &str, filter: Option<v1::CaseFilter>| v1::ListQueueRequest {
        page_size: 2,
        page_token: page_token.into(),
        filter,
        ..Default::default()
    };
    let first = officer.list_queue(ask("", None)).await.unwrap().into_inner();
    let token = first.next_page_token;

    let second = officer.list_queue(ask(&token, None)).await.unwrap().into_inner();
    assert_eq!((second.cases.len(), second.next_page_token.as_str()), (1, ""));
    let narrowed = Some(v1::CaseFilter { overdue: true, ..Default::default() });
    let refused = officer.list_queue(ask(&token, narrowed)).await.unwrap_err();
    assert_eq!(wrong_field(&refused), "page_token");
    let other = house.officers("ee.bhopal").await.list_queue(ask(&token, None)).await.unwrap_err();
    assert_eq!(wrong_field(&other), "page_token");
    house.close().await;
}

#[tokio::test]
async fn a_wrong_filter_is_named_and_one_said_twice_is_refused() {
    let house = House::open().await;
    let mut officer = house.officers(OFFICER).await;
    type Spoil = fn(&mut v1::CaseFilter);
    let spoilt: [(&str, Spoil); 7] = [
        ("filter.states", |filter| filter.states = vec![99]),
        ("filter.level", |filter| filter.level = -1),
        ("filter.ageing", |filter| filter.ageing = 99),
        ("filter.due_within_hours", |filter| filter.due_within_hours = -1),
        ("filter.due_within_hours", |filter| filter.due_within_hours = 1_000_000),
        ("filter.number", |filter| filter.number = "1%".into()),
        ("filter.place", |filter| filter.place = "phanda".into()),
    ];
    for (name, spoil) in spoilt {
        let mut filter = v1::CaseFilter::default();
        spoil(&mut filter);
        let ask = v1::ListQueueRequest { filter: Some(filter.clone()), ..Default::default() };
        assert_eq!(wrong_field(&officer.list_queue(ask).await.unwrap_err()), name);
        let ask = v1::GetInboxFiguresRequest { filter: Some(filter), ..Default::default() };
        assert_eq!(wrong_field(&officer.get_inbox_figures(ask).await.unwrap_err()), name);
    }
    let twice = v1::ListCasesRequest {
        department: "energy".into(),
        filter: Some(v1::CaseFilter { department: "energy".into(), ..Default::default() }),
        ..Default::default()
    };
    let refused = house.complaints(OFFICER).await.list_cases(twice).await.unwrap_err();
    assert_eq!(wrong_field(&refused), "filter.department");
    house.close().await;
}

#[tokio::test]
async fn the_figures_of_an_inbox_are_counted_for_its_officer_alone() {
    let house = House::open().await;
    house.register("r1", "9876543210").await;
    let ask = v1::GetInboxFiguresRequest::default;

    let own = house.officers(OFFICER).await.get_inbox_figures(ask()).await.unwrap().into_inner();
    assert_eq!((own.cases, own.no_contact, own.unseen, own.overdue), (1, 1, 1, 0));
    assert_eq!((own.states[0].state(), own.states[0].cases), (v1::CaseState::WithOfficer, 1));
    assert_eq!((own.ages[0].ageing(), own.ages[0].cases), (v1::Ageing::UpTo50, 1));
    let above = house.officers("ee.bhopal").await.get_inbox_figures(ask()).await.unwrap();
    assert_eq!(above.into_inner(), v1::GetInboxFiguresResponse::default());
    house.close().await;
}

#[tokio::test]
async fn an_inbox_is_watched_from_its_first_event_on_and_resumed() {
    let house = House::open().await;
    let mut officer = house.officers(OFFICER).await;
    let ask = |resume_token: &str| v1::WatchQueueRequest {
        resume_token: resume_token.into(),
        ..Default::default()
    };
    let mut stream = officer.watch_queue(ask("")).await.unwrap().into_inner();
    let started = next(&mut stream).await;
    assert!(matches!(started.event, Some(Event::Started(_))), "{started:?}");
    assert_eq!(started.sequence, 1);

    let case = house.register("r1", "9876543210").await;
    let entered = next(&mut stream).await;
    let Some(Event::Present(present)) = entered.event else { panic!("{entered:?}") };
    assert!(present.entered);
    assert_eq!(present.case.unwrap().number, case.number);
    drop(stream);
    officer.record_contact(contact(&case.number)).await.unwrap();
    let mut stream = officer.watch_queue(ask(&entered.resume_token)).await.unwrap().into_inner();
    assert!(matches!(next(&mut stream).await.event, Some(Event::Started(_))));
    let contacted = loop {
        match next(&mut stream).await.event {
            Some(Event::Present(present)) => match present.case.unwrap() {
                case if case.contacted => break case,
                _ => {}
            },
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(contacted.number, case.number);

    let refused = officer.watch_queue(ask("nonsense")).await.unwrap_err();
    assert_eq!(wrong_field(&refused), "resume_token");
    let agent = house.officers("agent").await.watch_queue(ask("")).await.unwrap_err();
    assert_eq!((agent.code(), reason(&agent).as_str()), (Code::PermissionDenied, "NOT_YOUR_ROLE"));
    house.close().await;
}
