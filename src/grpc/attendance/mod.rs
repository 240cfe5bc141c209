//! The daily register of officers.

use std::sync::Arc;

use helpline_proto::v1::{self, attendance_service_server::AttendanceService};
use tonic::{Request, Response, Status};

use crate::{
    app::{App, attendance},
    domain::{
        attendance::{Action, Default},
        place::Code,
        time::Day,
    },
    grpc::{
        door,
        fail::field,
        fields::{self, print_time},
        status,
    },
};

pub struct Attendance(pub Arc<App>);

#[tonic::async_trait]
impl AttendanceService for Attendance {
    async fn get_day(
        &self,
        request: Request<v1::GetDayRequest>,
    ) -> Result<Response<v1::GetDayResponse>, Status> {
        let caller = door::caller(&request)?;
        let day = day("day", &request.into_inner().day)?;
        let judged = attendance::day(&self.0, &caller.actor, day).await.map_err(status::of)?;
        Ok(Response::new(v1::GetDayResponse {
            day: day.to_string(),
            judged_at: judged.map(|judged| print_time(judged.at)),
            bound: judged.map_or(0, |judged| judged.bound),
            listed: judged.map_or(0, |judged| judged.listed),
        }))
    }

    async fn list_defaulters(
        &self,
        request: Request<v1::ListDefaultersRequest>,
    ) -> Result<Response<v1::ListDefaultersResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let (size, _) = fields::page(ask.page_size, "")?;
        let filter = attendance::Filter {
            from: optional_day("from_day", &ask.from_day)?,
            until: optional_day("until_day", &ask.until_day)?,
            district: fields::optional_place("district", ask.district)?,
            department: fields::optional_code("department", ask.department)?,
            after: token(&ask.page_token)?,
            size,
        };
        let listed =
            attendance::defaulters(&self.0, &caller.actor, filter).await.map_err(status::of)?;
        Ok(Response::new(v1::ListDefaultersResponse {
            defaulters: listed.defaulters.into_iter().map(print).collect(),
            next_page_token: listed
                .next
                .map_or(String::new(), |(day, account)| format!("{}.{account}", day.0)),
        }))
    }

    async fn record_action(
        &self,
        request: Request<v1::RecordActionRequest>,
    ) -> Result<Response<v1::RecordActionResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let action = match ask.kind() {
            v1::DefaulterActionKind::Unspecified => return Err(field("kind", "missing")),
            v1::DefaulterActionKind::Notice => Action::Notice,
            v1::DefaulterActionKind::Explanation => Action::Explanation,
            v1::DefaulterActionKind::Penalty => Action::Penalty,
        };
        let discipline = attendance::Discipline {
            request_id: fields::request_id(ask.request_id)?,
            day: day("day", &ask.day)?,
            login: fields::text("login", ask.login)?,
            action,
            note: fields::text("note", ask.note)?,
        };
        let view = attendance::act(&self.0, &caller.actor, discipline).await.map_err(status::of)?;
        Ok(Response::new(v1::RecordActionResponse { defaulter: Some(print(view)) }))
    }
}

fn day(name: &str, text: &str) -> Result<Day, Status> {
    Day::parse(text).ok_or_else(|| field(name, "not a day as 2026-11-22"))
}

fn optional_day(name: &str, text: &str) -> Result<Option<Day>, Status> {
    if text.is_empty() { Ok(None) } else { day(name, text).map(Some) }
}

/// The day and account of the last row of the page before.
fn token(text: &str) -> Result<Option<(Day, i64)>, Status> {
    if text.is_empty() {
        return Ok(None);
    }
    let parsed = text
        .split_once('.')
        .and_then(|(day, account)| Some((Day(day.parse().ok()?), account.parse().ok()?)));
    parsed.map(Some).ok_or_else(|| field("page_token", "not one that this helpline gave"))
}

fn print(view: attendance::DefaulterView) -> v1::Defaulter {
    let row = view.defaulter;
    let reason = match row.why {
        Default::NoLogin => v1::DefaultReason::NoLogin,
        Default::NotViewed => v1::DefaultReason::NotViewed,
    };
    let action = |one: attendance::ActionView| {
        let kind = match one.taken.action {
            Action::Notice => v1::DefaulterActionKind::Notice,
            Action::Explanation => v1::DefaulterActionKind::Explanation,
            Action::Penalty => v1::DefaulterActionKind::Penalty,
        };
        v1::DefaulterAction {
            kind: kind.into(),
            note: one.note,
            login: one.by,
            at: Some(print_time(one.taken.at)),
        }
    };
    v1::Defaulter {
        day: row.day.to_string(),
        login: view.login,
        name_hi: view.names.hi,
        name_en: view.names.en,
        post: row.post.0.to_string(),
        designation: view
            .designation
            .as_ref()
            .map_or(String::new(), |code: &Code| code.to_string()),
        level: i32::from(row.level.0),
        department: row.department.to_string(),
        district: row.district.as_str().to_owned(),
        reason: reason.into(),
        withdrawn_at: row.withdrawn_at.map(print_time),
        actions: view.actions.into_iter().map(action).collect(),
    }
}
