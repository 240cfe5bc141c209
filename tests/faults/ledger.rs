//! Holds the database to the journal.

use std::collections::BTreeSet;

use helpline_proto::v1;
use helpline181::{
    domain::number::CaseNumber,
    store::{Store, events},
};

use crate::{
    journal::{Ask, Asked, Fate},
    load::Api,
    server::{Home, Server},
};

/// Each counts rows that must not be; each is one statement and so sees one snapshot.
const BROKEN: [(&str, &str); 8] = [
    (
        "cases whose head is not their last fact",
        "SELECT COUNT(*) FROM (SELECT 'case:' || id, version, head FROM cases
                               EXCEPT SELECT stream, version, hash FROM events) AS lone",
    ),
    (
        "nodes with a gap",
        "SELECT COUNT(*) FROM (SELECT node FROM events GROUP BY node
                               HAVING COUNT(*) <> MAX(seq)) AS gap",
    ),
    (
        "cases without the fact of their registration, or the other way round",
        "SELECT (SELECT COUNT(*) FROM cases)
                - (SELECT COUNT(*) FROM events WHERE kind = 'registered')",
    ),
    (
        "cases without their words",
        "SELECT COUNT(*) FROM (SELECT text_id FROM cases WHERE text_id IS NOT NULL
                               EXCEPT SELECT id FROM texts) AS lone",
    ),
    (
        "rounds without the fact of their resolution, or the other way round",
        "SELECT (SELECT COUNT(*) FROM rounds)
                - (SELECT COUNT(*) FROM events WHERE kind = 'resolved')",
    ),
    (
        "answered rounds without the fact of the answer, or the other way round",
        "SELECT (SELECT COUNT(*) FROM rounds WHERE state = 'ANSWERED')
                - (SELECT COUNT(*) FROM events WHERE kind = 'answered')",
    ),
    (
        "attempts without their fact, or the other way round",
        "SELECT (SELECT COUNT(*) FROM attempts)
                - (SELECT COUNT(*) FROM events WHERE kind IN ('answered', 'attempted'))",
    ),
    (
        "notices without their fact",
        "SELECT COUNT(*) FROM (SELECT 'case:' || case_id, version FROM notices
                               EXCEPT SELECT stream, version FROM events) AS lone",
    ),
];

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) acknowledged: u64,
    pub(crate) uncertain: u64,
    /// Of the uncertain: had been written.
    landed: u64,
    refused: u64,
    pub(crate) answers: u64,
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { acknowledged, uncertain, landed, refused, answers } = self;
        write!(
            f,
            "{acknowledged} acknowledged ({answers} answers), none lost; {uncertain} uncertain, \
             {landed} of them written; {refused} refused"
        )
    }
}

/// Checks one cycle's journal against the server that came after the kill.
pub(crate) async fn check(
    home: &Home,
    server: &Server,
    asked: &[Asked],
    cycle: u64,
    tally: &mut Tally,
) {
    let mut api = Api::new(server);
    let mut touched = BTreeSet::new();
    for one in asked {
        match &one.fate {
            Fate::Refused => tally.refused += 1,
            Fate::Acknowledged { number } => {
                tally.acknowledged += 1;
                tally.answers += u64::from(matches!(one.ask, Ask::Withdraw { .. }));
                let found = times(&mut api, &one.ask, number).await;
                assert_eq!(found, 1, "cycle {cycle}: acknowledged, then not there once: {one:?}");
                touched.insert(number.clone());
            }
            Fate::Uncertain => {
                tally.uncertain += 1;
                let number = uncertain(&mut api, one, cycle, tally).await;
                touched.extend(number);
            }
        }
    }
    let store = home.store().await;
    broken(home, cycle).await;
    touched.retain(|number| !number.is_empty());
    for number in touched {
        verify(&store, CaseNumber::parse(&number).unwrap().id()).await;
    }
    store.close().await;
}

/// There once or not at all; after asking again, exactly once.
async fn uncertain(api: &mut Api, one: &Asked, cycle: u64, tally: &mut Tally) -> Option<String> {
    let known = match &one.ask {
        Ask::Resolve { number } | Ask::Withdraw { number, .. } => number.clone(),
        Ask::Register { .. } | Ask::NextTask => String::new(),
    };
    let before = times(api, &one.ask, &known).await;
    assert!(before <= 1, "cycle {cycle}: uncertain and there {before} times: {one:?}");
    let number = match api.send(&one.request, &one.ask).await {
        Ok((number, _)) => number,
        Err(status) if one.ask == Ask::NextTask => {
            assert!(crate::load::is_refusal(&status), "{status:?}");
            return None;
        }
        Err(status) => panic!("cycle {cycle}: asking again fails: {one:?} {status:?}"),
    };
    if one.ask == Ask::NextTask {
        return None;
    }
    tally.landed += before;
    let after = times(api, &one.ask, &number).await;
    assert_eq!(after, 1, "cycle {cycle}: asked again and not there once: {one:?}");
    Some(number)
}

/// How often the act of an ask is written.
async fn times(api: &mut Api, ask: &Ask, number: &str) -> u64 {
    match ask {
        Ask::Register { phone, words } => {
            let ask = v1::ListCasesRequest { phone: phone.clone(), ..Default::default() };
            let cases = api.agent.list_cases(ask).await.unwrap().into_inner().cases;
            for case in &cases {
                let ask = v1::GetCaseRequest { number: case.number.clone() };
                let stored = api.agent.get_case(ask).await.unwrap().into_inner().case.unwrap();
                assert_eq!(&stored.words, words);
                assert!(number.is_empty() || stored.number == number, "{stored:?}");
                assert_eq!(stored.phone_masked[6..], phone[6..]);
            }
            cases.len() as u64
        }
        Ask::Resolve { .. } => facts(api, number, "resolved").await,
        Ask::Withdraw { .. } => {
            let answered = facts(api, number, "withdrawn").await;
            if answered == 1 {
                let ask = v1::GetCaseRequest { number: number.to_owned() };
                let case = api.agent.get_case(ask).await.unwrap().into_inner().case.unwrap();
                assert_eq!(case.state(), v1::CaseState::Withdrawn, "{case:?}");
            }
            answered
        }
        // It leaves a lease and a mark, and may be given out again.
        Ask::NextTask => 1,
    }
}

async fn facts(api: &mut Api, number: &str, kind: &str) -> u64 {
    let ask = v1::GetCaseRequest { number: number.to_owned() };
    let history = api.agent.get_case(ask).await.unwrap().into_inner().history;
    history.iter().filter(|fact| fact.kind == kind).count() as u64
}

/// The whole database at the end: every case's chain, and the chains of the nodes.
pub(crate) async fn check_all(home: &Home) {
    let store = home.store().await;
    broken(home, u64::MAX).await;
    let beside = home.beside().await;
    for id in beside.numbers("SELECT id FROM cases ORDER BY id").await {
        verify(&store, id).await;
    }
    for node in beside.numbers("SELECT id FROM nodes ORDER BY id").await {
        assert!(events::verify_node(&store.db, node).await.unwrap().is_ok(), "node {node}");
    }
    beside.close().await;
    store.close().await;
}

async fn verify(store: &Store, case: i64) {
    let verified = events::verify_case(&store.db, case).await.unwrap();
    assert!(verified.is_ok(), "case {case}: {verified:?}");
}

async fn broken(home: &Home, cycle: u64) {
    let beside = home.beside().await;
    for (what, sql) in BROKEN {
        assert_eq!(beside.numbers(sql).await, [0], "cycle {cycle}: {what}");
    }
    beside.close().await;
}
