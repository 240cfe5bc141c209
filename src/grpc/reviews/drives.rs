//! Drives for cases that have grown old.

use std::sync::Arc;

use helpline_proto::v1::{self, drive_service_server::DriveService};
use tonic::{Request, Response, Status};

use crate::{
    app::{
        App,
        reviews::drives::{self, Counted, DriveTask, Narrow, Per, Which},
    },
    domain::{case::matter::Behind, place::PostId, time::Timestamp},
    grpc::{
        cases as print, door,
        fail::field,
        fields::{self, print_time},
        page::{self, Bound},
        status, words,
    },
};

pub struct Drives(pub Arc<App>);

#[tonic::async_trait]
impl DriveService for Drives {
    async fn list_drives(
        &self,
        request: Request<v1::ListDrivesRequest>,
    ) -> Result<Response<v1::ListDrivesResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let list = v1::ListDrivesRequest { page_size: 0, page_token: String::new(), ..ask.clone() };
        let bound = Bound::to(&caller.actor, &list);
        let (size, key) = page::parse_key(ask.page_size, bound.open(&ask.page_token)?)?;
        let behind =
            key.map(|[at, case, version]| Behind { opened_at: Timestamp(at), case, version });
        let narrow = narrow(ask.narrow)?;
        let found = drives::list(&self.0, &caller.actor, narrow, size, behind).await;
        let (found, next) = found.map_err(status::of)?;
        let next = next.map(|next| [next.opened_at.ms(), next.case, next.version]);
        Ok(Response::new(v1::ListDrivesResponse {
            drives: found.into_iter().map(drive).collect(),
            next_page_token: bound.seal(page::key(next)),
        }))
    }

    async fn count_drives(
        &self,
        request: Request<v1::CountDrivesRequest>,
    ) -> Result<Response<v1::CountDrivesResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let per = match ask.per() {
            v1::DrivePer::Unspecified => return Err(field("per", "missing")),
            v1::DrivePer::District => Per::District,
            v1::DrivePer::Department => Per::Department,
            v1::DrivePer::Post => Per::Post,
        };
        let narrow = narrow(ask.narrow)?;
        let found = drives::count(&self.0, &caller.actor, narrow, per).await;
        let groups = found.map_err(status::of)?.into_iter().map(group).collect();
        Ok(Response::new(v1::CountDrivesResponse { groups }))
    }
}

fn narrow(ask: Option<v1::DriveNarrow>) -> Result<Narrow, Status> {
    let ask = ask.unwrap_or_default();
    let which = match ask.filter() {
        v1::DriveFilter::Unspecified => Which::Open,
        v1::DriveFilter::Overdue => Which::Overdue,
        v1::DriveFilter::All => Which::All,
    };
    Ok(Narrow {
        which,
        days: (ask.days != 0).then_some(i64::from(ask.days)),
        district: fields::optional_place("district", ask.district)?,
        department: fields::optional_code("department", ask.department)?,
        post: fields::post(&ask.post)?,
    })
}

fn drive(drive: DriveTask) -> v1::Drive {
    let (outcome, settled_at) = match drive.settled {
        Some(end) => (end.outcome, Some(print_time(end.at))),
        None => (String::new(), None),
    };
    v1::Drive {
        number: print::number(drive.case),
        days: print::count(drive.days),
        opened_at: Some(print_time(drive.opened_at)),
        due_at: Some(print_time(drive.due_at)),
        contacted: drive.contacted,
        outcome,
        settled_at,
        registered_at: Some(print_time(drive.registered_at)),
        state: words::state(drive.state),
        level: i32::from(drive.level.0),
        department: drive.department.0,
        district: drive.district.0,
        post: drive.post.map_or(String::new(), |PostId(post)| post.to_string()),
    }
}

fn group(counted: Counted) -> v1::count_drives_response::Group {
    v1::count_drives_response::Group {
        code: counted.group.code,
        name: counted.name,
        holders: counted.holders,
        open: counted.group.open,
        overdue: counted.group.overdue,
        first_due_at: Some(print_time(counted.group.first_due)),
    }
}
