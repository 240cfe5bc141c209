//! Whole dials: as the dialler begins them, and as a call that nobody answered is recorded.

use std::sync::Arc;

use helpline181::{
    app::{
        App,
        verification::{self, DialOrder, Record, Source},
    },
    domain::{
        actor::Actor,
        verification::{Milestones, Outcome},
    },
};
use tokio::task::JoinSet;

use super::{
    Drained, cpu,
    house::{House, TEN, postmaster},
    jobs,
};

const CLAIMED: i64 = 256;
/// Calls that end together, as those of a full trunk group.
const TOGETHER: usize = 128;
/// Looks that find nothing while another one still works.
const EMPTY_MAX: u32 = 3;

pub(crate) async fn drain(house: &House, count: usize) -> Drained {
    jobs::bring(house, count).await;
    let postmaster = postmaster().await;
    let app = &house.app;
    let drained = cpu::timed(postmaster, count, async {
        let (mut ringing, mut recorded, mut empty) = (JoinSet::new(), 0, 0);
        while empty < EMPTY_MAX {
            let orders = verification::dial(app, CLAIMED).await.expect("a claim");
            empty = if orders.is_empty() { empty + 1 } else { 0 };
            for order in orders {
                if ringing.len() >= TOGETHER {
                    recorded += ringing.join_next().await.map_or(0, Result::unwrap);
                }
                ringing.spawn(unanswered(app.clone(), order));
            }
        }
        recorded += ringing.join_all().await.into_iter().sum::<usize>();
        assert_eq!(recorded, count);
    });
    drained.await
}

async fn unanswered(app: Arc<App>, order: DialOrder) -> usize {
    let rounds = order.rounds.len();
    for round in order.rounds {
        let record = Record {
            request_id: None,
            case: round.case,
            round: round.round,
            outcome: Outcome::NoAnswer,
            source: Source::Dialled { token: round.token, lead: round.lead },
            started_at: TEN,
            milestones: Milestones { ringing_at: Some(TEN), ..Milestones::default() },
            ended_at: TEN.plus_ms(35_000),
            number_spoken: false,
            refused: false,
            sip_status: Some(487),
            q850: None,
            evidence: r#"{"trunks":[{"trunk":"one","said":180}]}"#.to_owned(),
            note: None,
            polite: None,
            later: None,
        };
        let settled = verification::record(&app, &Actor::system(), record).await;
        settled.expect("an outcome in time");
    }
    rounds
}
