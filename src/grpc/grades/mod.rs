//! Scores, grades and ranks of months.

mod print;

use std::sync::Arc;

use helpline_proto::v1::{self, grade_service_server::GradeService};
use tonic::{Request, Response, Status};

use crate::{
    app::{
        App,
        grades::{self, Board, Explain, Publish},
    },
    domain::{
        grading::{Month, measure::Behind},
        place::{Code, PlaceCode},
    },
    grpc::{
        door,
        fail::field,
        fields,
        page::{self, Bound},
        status, words,
    },
};

const LEADERS_DEFAULT: usize = 50;

pub struct Grades(pub Arc<App>);

#[tonic::async_trait]
impl GradeService for Grades {
    async fn list_grades(
        &self,
        request: Request<v1::ListGradesRequest>,
    ) -> Result<Response<v1::ListGradesResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let board = match ask.board() {
            v1::GradeBoard::Districts => Board::Districts,
            v1::GradeBoard::Departments => Board::Departments,
            v1::GradeBoard::DepartmentsOf => {
                let district = place("district", ask.district)?;
                Board::DepartmentsOf(district.ok_or_else(|| field("district", "empty"))?)
            }
            v1::GradeBoard::Unspecified => return Err(field("board", "not a board")),
        };
        let month = self.month(&ask.month)?;
        let shown = grades::show(&self.0, &caller.actor, month, &board).await;
        let shown = shown.map_err(status::of)?;
        Ok(Response::new(v1::ListGradesResponse {
            month: Some(print::head(&shown.head)),
            lines: shown.lines.iter().map(print::line).collect(),
            late: shown.late.iter().map(print::late).collect(),
        }))
    }

    async fn get_grade(
        &self,
        request: Request<v1::GetGradeRequest>,
    ) -> Result<Response<v1::GetGradeResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let (department, district) =
            (code("department", ask.department)?, place("district", ask.district)?);
        let month = self.month(&ask.month)?;
        let unit = grades::unit(&self.0, &caller.actor, month, department, district).await;
        let unit = unit.map_err(status::of)?;
        Ok(Response::new(v1::GetGradeResponse {
            month: Some(print::head(&unit.head)),
            line: Some(print::line(&unit.line)),
            advice: unit.advice.iter().map(print::advice).collect(),
        }))
    }

    async fn list_leaders(
        &self,
        request: Request<v1::ListLeadersRequest>,
    ) -> Result<Response<v1::ListLeadersResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let limit = match usize::try_from(ask.limit) {
            Ok(0) => LEADERS_DEFAULT,
            Ok(limit) => limit,
            Err(_) => return Err(field("limit", "negative")),
        };
        let district = place("district", ask.district)?;
        let month = self.month(&ask.month)?;
        let found = grades::leaders(&self.0, &caller.actor, month, district, limit).await;
        let found = found.map_err(status::of)?;
        Ok(Response::new(v1::ListLeadersResponse {
            month: Some(print::head(&found.head)),
            leaders: found.leaders.iter().map(print::leader).collect(),
        }))
    }

    async fn explain_grades(
        &self,
        request: Request<v1::ExplainGradesRequest>,
    ) -> Result<Response<v1::ExplainGradesResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let list =
            v1::ExplainGradesRequest { page_size: 0, page_token: String::new(), ..ask.clone() };
        let bound = Bound::to(&caller.actor, &list);
        let (size, key) = page::parse_key(ask.page_size, bound.open(&ask.page_token)?)?;
        let measure = words::parse_grade_measure(ask.measure);
        let explain = Explain {
            month: self.month(&ask.month)?,
            measure: measure.ok_or_else(|| field("measure", "not a measure"))?,
            department: code("department", ask.department)?,
            district: place("district", ask.district)?,
            limit: size,
            behind: key.map(|[case, version]| Behind { case, version }),
        };
        let found = grades::explain(&self.0, &caller.actor, explain).await.map_err(status::of)?;
        let next = found.next.map(|next| [next.case, next.version]);
        Ok(Response::new(v1::ExplainGradesResponse {
            cases: found.rows.iter().map(print::case).collect(),
            next_page_token: bound.seal(page::key(next)),
        }))
    }

    async fn publish_grades(
        &self,
        request: Request<v1::PublishGradesRequest>,
    ) -> Result<Response<v1::PublishGradesResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let ask =
            Publish { request_id: fields::request_id(ask.request_id)?, month: month(&ask.month)? };
        let published = grades::publish(&self.0, &caller.actor, ask).await.map_err(status::of)?;
        Ok(Response::new(v1::PublishGradesResponse { month: Some(print::published(&published)) }))
    }

    async fn verify_grades(
        &self,
        request: Request<v1::VerifyGradesRequest>,
    ) -> Result<Response<v1::VerifyGradesResponse>, Status> {
        let caller = door::caller(&request)?;
        let month = month(&request.into_inner().month)?;
        let found = grades::verify(&self.0, &caller.actor, month).await.map_err(status::of)?;
        Ok(Response::new(v1::VerifyGradesResponse {
            digest: print::hex(&found.digest),
            whole: found.is_whole,
            same: found.is_same,
        }))
    }
}

impl Grades {
    /// The running month when none is named.
    fn month(&self, text: &str) -> Result<Month, Status> {
        if text.is_empty() { Ok(Month::of(self.0.now())) } else { month(text) }
    }
}

fn month(text: &str) -> Result<Month, Status> {
    Month::parse(text).ok_or_else(|| field("month", "a month, as 2026-11"))
}

fn code(name: &str, text: String) -> Result<Option<Code>, Status> {
    if text.is_empty() { Ok(None) } else { fields::code(name, text).map(Some) }
}

fn place(name: &str, text: String) -> Result<Option<PlaceCode>, Status> {
    if text.is_empty() { Ok(None) } else { fields::place(name, text).map(Some) }
}
