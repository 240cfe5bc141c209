//! Known outages: declared and ended once, listed while they last, with one case of each citizen.

use helpline181::{
    domain::{
        case::State,
        change::Change,
        incident::{Advice, Ended, Incident, Member},
        place::{Code, PlaceCode},
        time::Timestamp,
    },
    store::{Error, incidents, writer::Counter},
};

use crate::kit::{
    Home, NOW, commit,
    samples::{filed, next},
};

on_both_engines! {
    an_incident_reads_back_and_is_changed_in_its_own_version_alone,
    those_that_are_not_over_are_listed_the_newest_first,
    a_citizen_has_one_case_of_an_incident,
    nobody_joins_a_lead_that_was_resolved_meanwhile,
    the_leads_own_citizen_and_those_who_follow_it_have_a_case_of_it,
}

fn incident(id: i64, lead: i64, until: Timestamp) -> Incident {
    Incident {
        id,
        lead,
        department: Code::new("energy"),
        category: Code::new("electricity"),
        subcategory: Some(Code::new("power_cut")),
        places: vec![PlaceCode::new("block:phanda"), PlaceCode::new("district:410")],
        advice: Advice::StaySafe,
        account: 3,
        reason: 50,
        from: NOW,
        until,
        ended: None,
        version: 1,
    }
}

fn writes(incident: &Incident) -> Change {
    let mut change = Change::new(NOW);
    change.incidents.incident = Some(incident.clone());
    change
}

fn joins(known: &Incident, citizen: i64, case: i64) -> Change {
    let mut change = Change::new(NOW);
    let (incident, lead) = (known.id, known.lead);
    change.incidents.joined = Some(Member { incident, lead, citizen, case });
    change
}

async fn an_incident_reads_back_and_is_changed_in_its_own_version_alone(home: Home) {
    let store = home.open().await;
    let lead = filed(&store).await;
    let id = store.writer.reserve(Counter::Incident).await.unwrap();
    let declared = incident(id, lead.id, NOW.plus_ms(1_000));

    commit(&store, "a", writes(&declared)).await.unwrap();
    let read = incidents::get(&store.db, id).await.unwrap();
    assert_eq!((&read.incident, read.lead), (&declared, State::WithOfficer));
    let ended = Some(Ended { at: NOW, account: 4, reason: 51 });
    let over = Incident { ended, version: 2, ..declared.clone() };
    commit(&store, "b", writes(&over)).await.unwrap();
    assert_eq!(incidents::get(&store.db, id).await.unwrap().incident, over);

    assert!(matches!(commit(&store, "c", writes(&over)).await, Err(Error::Conflict)));
    assert!(matches!(commit(&store, "d", writes(&declared)).await, Err(Error::Conflict)));
    assert!(matches!(incidents::get(&store.db, id + 1).await, Err(Error::NotFound)));
}

async fn those_that_are_not_over_are_listed_the_newest_first(home: Home) {
    let store = home.open().await;
    let [one, other] = [filed(&store).await, filed(&store).await];
    for (id, lead, ms) in [(1, one.id, 1_000), (2, other.id, 3_000), (3, one.id, 2_000)] {
        let change = writes(&incident(id, lead, NOW.plus_ms(ms)));
        commit(&store, &id.to_string(), change).await.unwrap();
    }
    let listed = async |at: i64, before, limit| {
        let found = incidents::list(&store.db, NOW.plus_ms(at), before, limit).await.unwrap();
        found.iter().map(|standing| standing.incident.id).collect::<Vec<_>>()
    };
    let of_lead = async |at: i64| {
        let found = incidents::of_lead(&store.db, one.id, NOW.plus_ms(at)).await.unwrap();
        found.map(|standing| standing.incident.id)
    };

    assert_eq!(listed(999, None, 10).await, [3, 2, 1]);
    assert_eq!(listed(1_000, None, 10).await, [3, 2]);
    assert_eq!(listed(0, Some(3), 1).await, [2]);
    assert_eq!(
        [of_lead(0).await, of_lead(1_999).await, of_lead(2_000).await],
        [Some(3), Some(3), None]
    );
}

async fn a_citizen_has_one_case_of_an_incident(home: Home) {
    let store = home.open().await;
    let [lead, first, second] = [filed(&store).await, filed(&store).await, filed(&store).await];
    let known = incident(1, lead.id, NOW.plus_ms(1_000));
    commit(&store, "a", writes(&known)).await.unwrap();

    assert_eq!(incidents::case_of(&store.db, &known, first.citizen).await.unwrap(), None);
    commit(&store, "b", joins(&known, first.citizen, first.id)).await.unwrap();
    let again = commit(&store, "c", joins(&known, first.citizen, second.id)).await;
    assert!(matches!(again, Err(Error::Conflict)));

    let own = incidents::case_of(&store.db, &known, first.citizen).await.unwrap();
    assert_eq!(own, Some(first.id));
}

async fn nobody_joins_a_lead_that_was_resolved_meanwhile(home: Home) {
    let store = home.open().await;
    let [lead, follower] = [filed(&store).await, filed(&store).await];
    let known = incident(1, lead.id, NOW.plus_ms(1_000));
    commit(&store, "a", writes(&known)).await.unwrap();
    let mut resolved = next(&lead, "resolved");
    let (_, after) = resolved.case.as_mut().unwrap();
    after.state = State::AwaitingVerification;
    commit(&store, "b", resolved).await.unwrap();

    let late = commit(&store, "c", joins(&known, follower.citizen, follower.id)).await;

    assert!(matches!(late, Err(Error::Conflict)));
}

async fn the_leads_own_citizen_and_those_who_follow_it_have_a_case_of_it(home: Home) {
    let store = home.open().await;
    let [lead, follower, stranger] =
        [filed(&store).await, filed(&store).await, filed(&store).await];
    let known = incident(1, lead.id, NOW.plus_ms(1_000));
    commit(&store, "a", writes(&known)).await.unwrap();
    let links = vec![(follower.id, Some(lead.id))];
    commit(&store, "b", Change { links, ..next(&follower, "linked") }).await.unwrap();
    let case_of = async |citizen| incidents::case_of(&store.db, &known, citizen).await.unwrap();

    assert_eq!(case_of(lead.citizen).await, Some(lead.id));
    assert_eq!(case_of(follower.citizen).await, Some(follower.id));
    assert_eq!(case_of(stranger.citizen).await, None);
    assert_eq!(incidents::followers(&store.db, &known).await.unwrap(), 1);
}
