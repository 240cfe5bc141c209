//! The slice: contradictions, the months' seeds, and what they drew.

use std::sync::Arc;

use helpline_proto::v1::{self, recheck_service_server::RecheckService};
use tonic::{Request, Response, Status};

use crate::{
    app::{
        App,
        rechecks::{self, Contradiction, Drawn, Months},
    },
    grpc::{
        door,
        fields::print_time,
        page::{self, Bound},
        status, words,
    },
};

pub struct Rechecks(pub Arc<App>);

#[tonic::async_trait]
impl RecheckService for Rechecks {
    async fn list_contradictions(
        &self,
        request: Request<v1::ListContradictionsRequest>,
    ) -> Result<Response<v1::ListContradictionsResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let (size, after) = page::parse_after(ask.page_size, &ask.page_token)?;
        let found = rechecks::contradictions(&self.0, &caller.actor, size, after).await;
        let found = found.map_err(status::of)?;
        Ok(Response::new(v1::ListContradictionsResponse {
            contradictions: found.rows.into_iter().map(contradiction).collect(),
            next_page_token: page::after(found.next),
        }))
    }

    async fn list_recheck_months(
        &self,
        request: Request<v1::ListRecheckMonthsRequest>,
    ) -> Result<Response<v1::ListRecheckMonthsResponse>, Status> {
        let caller = door::caller(&request)?;
        let found = rechecks::months(&self.0, &caller.actor).await.map_err(status::of)?;
        let months = found.into_iter().map(month).collect();
        Ok(Response::new(v1::ListRecheckMonthsResponse { months }))
    }

    async fn list_recheck_answers(
        &self,
        request: Request<v1::ListRecheckAnswersRequest>,
    ) -> Result<Response<v1::ListRecheckAnswersResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let bound = Bound::to(
            &caller.actor,
            &v1::ListRecheckAnswersRequest { month: ask.month, ..Default::default() },
        );
        let (size, after) = page::parse_after(ask.page_size, bound.open(&ask.page_token)?)?;
        let month = i64::from(ask.month);
        let found = rechecks::answers(&self.0, &caller.actor, month, size, after).await;
        let found = found.map_err(status::of)?;
        Ok(Response::new(v1::ListRecheckAnswersResponse {
            answers: found.rows.into_iter().map(answer).collect(),
            next_page_token: bound.seal(page::after(found.next)),
        }))
    }
}

fn contradiction(row: Contradiction) -> v1::Contradiction {
    v1::Contradiction {
        number: row.number.to_string(),
        round: number(row.round),
        answered_at: Some(print_time(row.answered_at)),
        contradicted_at: Some(print_time(row.at)),
        outcome: words::outcome(row.outcome),
        department: row.department.0,
        category: row.category.0,
        district: row.district.0,
    }
}

fn month(found: Months) -> v1::RecheckMonth {
    let Months { month, seed, counts } = found;
    let count = |(state, count)| v1::RecheckCount { state: words::recheck_state(state), count };
    v1::RecheckMonth {
        month: number(month.month),
        digest: month.digest.to_vec(),
        share_bp: number(month.share_bp),
        draws_from: Some(print_time(month.from)),
        committed_at: Some(print_time(month.committed_at)),
        told_at: month.revealed_at.map(print_time),
        seed: seed.map(|seed| seed.to_vec()).unwrap_or_default(),
        counts: counts.unwrap_or_default().into_iter().map(count).collect(),
    }
}

fn answer(row: Drawn) -> v1::RecheckAnswer {
    v1::RecheckAnswer {
        number: row.number.to_string(),
        round: number(row.round),
        answered_at: Some(print_time(row.at)),
        drawn: row.state.is_some(),
        state: row.state.map(words::recheck_state).unwrap_or_default(),
    }
}

fn number(n: i64) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}
