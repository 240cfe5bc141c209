//! What pacing reads: the dials of an hour, and the citizens who answered a call that was made for a person.

use helpline181::{
    domain::{
        change::Change,
        pacing::{Drops, chance::Answers},
        verification::{Attempt, DayPart, Milestones, Outcome},
    },
    store::rounds::paced,
};

use crate::{
    kit::samples::with_round,
    kit::{Home, NOW, commit},
};

on_both_engines! {
    an_hours_dials_are_those_that_used_an_attempt,
    citizens_who_found_no_person_are_counted_by_the_day,
}

async fn an_hours_dials_are_those_that_used_an_attempt(home: Home) {
    let store = home.open().await;
    let (case, round) = with_round(&store).await;
    let attempt = |dial, attempt, minutes: i64, answered: bool| {
        let started_at = NOW.plus_ms(-60_000 * minutes);
        Attempt {
            case: case.id,
            round: round.round,
            dial,
            attempt,
            citizen: round.citizen,
            day: NOW.ist_day(),
            part: DayPart::Morning,
            caller: None,
            started_at,
            milestones: Milestones {
                answered_at: answered.then_some(started_at),
                ..Milestones::default()
            },
            ended_at: started_at,
            outcome: if answered { Outcome::NoReply } else { Outcome::NoAnswer },
            sip_status: None,
            q850: None,
            evidence: "{}".to_owned(),
        }
    };
    let attempts = vec![
        attempt(1, Some(1), 61, true),
        attempt(2, Some(1), 60, true),
        attempt(3, Some(2), 5, false),
        // A fault of ours is none of the citizen's.
        attempt(4, None, 4, false),
    ];
    commit(&store, "attempts", Change { attempts, ..Change::new(NOW) }).await.unwrap();

    let found = paced::answers(&store.db, NOW.plus_ms(-3_600_000)).await.unwrap();

    assert_eq!(found, Answers { rung: 2, answered: 1 });
}

async fn citizens_who_found_no_person_are_counted_by_the_day(home: Home) {
    let store = home.open().await;
    let other = home.open().await;
    let today = NOW.ist_day();
    assert_eq!(paced::drops(&store.db, today).await.unwrap(), Drops::default());

    for (store, waited) in [(&store, false), (&other, true), (&store, false)] {
        paced::handed(&store.writer, today, waited).await.unwrap();
    }
    paced::handed(&store.writer, NOW.plus_ms(86_400_000).ist_day(), true).await.unwrap();

    let found = paced::drops(&store.db, today).await.unwrap();
    assert_eq!(found, Drops { answered: 3, waited: 1 });
}
