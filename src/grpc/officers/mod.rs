//! The officer's desk.

mod watch;

use std::sync::Arc;

use helpline_proto::v1::{self, officer_service_server::OfficerService};
use tonic::{Request, Response, Status};

use crate::{
    app::{self, App, desk},
    domain::{place::PostId, time::Timestamp},
    grpc::{
        acting, cases as print,
        door::{self, Caller},
        fail::field,
        fields, narrow,
        page::{self, Bound},
        status,
        watching::{self, Pace},
        words,
    },
};

pub struct Officers {
    pub app: Arc<App>,
    pub pace: Pace,
}

impl Officers {
    async fn explained<T>(
        &self,
        caller: &Caller,
        number: &str,
        done: app::Result<T>,
    ) -> Result<T, Status> {
        match done {
            Ok(done) => Ok(done),
            Err(error) => {
                Err(acting::explained(&self.app, &caller.actor, number, status::of(error)).await)
            }
        }
    }
}

#[tonic::async_trait]
impl OfficerService for Officers {
    async fn list_queue(
        &self,
        request: Request<v1::ListQueueRequest>,
    ) -> Result<Response<v1::ListQueueResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let bound = Bound::to(
            &caller.actor,
            &v1::ListQueueRequest { page_size: 0, page_token: String::new(), ..ask.clone() },
        );
        let (size, after) = page::parse_after(ask.page_size, bound.open(&ask.page_token)?)?;
        let narrow = narrow::parse(ask.filter)?;
        let queue = desk::Queue { post: fields::post(&ask.post)?, narrow, size, after };
        let page = desk::queue(&self.app, &caller.actor, queue).await.map_err(status::of)?;
        let next_page_token = bound.seal(page::after(page.next));
        let cases = page.rows.into_iter().map(print::case).collect();
        Ok(Response::new(v1::ListQueueResponse { cases, next_page_token }))
    }

    async fn get_inbox_figures(
        &self,
        request: Request<v1::GetInboxFiguresRequest>,
    ) -> Result<Response<v1::GetInboxFiguresResponse>, Status> {
        use v1::get_inbox_figures_response::{OfAge, OfState};

        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let queue = desk::Queue {
            post: fields::post(&ask.post)?,
            narrow: narrow::parse(ask.filter)?,
            ..desk::Queue::default()
        };
        let found = desk::figures(&self.app, &caller.actor, queue).await.map_err(status::of)?;
        let states = found.states.into_iter();
        let ages = found.ages.into_iter();
        Ok(Response::new(v1::GetInboxFiguresResponse {
            cases: found.cases,
            overdue: found.overdue,
            due_soon: found.due_soon,
            no_contact: found.no_contact,
            unseen: found.unseen,
            states: states
                .map(|(state, cases)| OfState { state: words::state(state), cases })
                .collect(),
            ages: ages.map(|(age, cases)| OfAge { ageing: words::ageing(age), cases }).collect(),
        }))
    }

    type WatchQueueStream = watching::Stream<v1::WatchQueueResponse>;

    async fn watch_queue(
        &self,
        request: Request<v1::WatchQueueRequest>,
    ) -> Result<Response<Self::WatchQueueStream>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let (post, resume) = (fields::post(&ask.post)?, watching::resume(ask.resume_token)?);
        let changes = desk::watch(&self.app, &caller.actor, post, resume.as_deref());
        let changes = watch::Changes(changes.await.map_err(status::of)?);
        Ok(Response::new(watching::stream(self.app.clone(), changes, caller, self.pace.clone())))
    }

    async fn open_case(
        &self,
        request: Request<v1::OpenCaseRequest>,
    ) -> Result<Response<v1::OpenCaseResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let open = desk::Open {
            request_id: fields::request_id(ask.request_id)?,
            number: fields::number(&ask.number)?,
            post: fields::post(&ask.post)?,
        };
        let detail = desk::open(&self.app, &caller.actor, open).await;
        let detail = self.explained(&caller, &ask.number, detail).await?;
        Ok(Response::new(v1::OpenCaseResponse {
            case: Some(print::case(detail.view)),
            history: print::history(detail.history),
            orders: print::orders(detail.orders),
        }))
    }

    async fn record_contact(
        &self,
        request: Request<v1::RecordContactRequest>,
    ) -> Result<Response<v1::RecordContactResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let kind = match ask.kind() {
            v1::ContactKind::Unspecified => return Err(field("kind", "missing")),
            v1::ContactKind::Call => desk::ContactKind::Call,
            v1::ContactKind::Visit => desk::ContactKind::Visit,
            v1::ContactKind::Note => desk::ContactKind::Note,
        };
        let beside = desk::Beside {
            said: words::parse_said(ask.citizen_said),
            meeting: fields::optional_code("meeting", ask.meeting.clone())?,
        };
        let contact = desk::Contact {
            request_id: fields::request_id(ask.request_id)?,
            number: fields::number(&ask.number)?,
            etag: fields::etag(&ask.etag)?,
            post: fields::post(&ask.post)?,
            kind,
            at: fields::optional_time("took_place_at", ask.took_place_at)?,
            note: fields::text("note", ask.note)?,
        };
        let view = desk::record_contact_with(&self.app, &caller.actor, contact, beside).await;
        let view = self.explained(&caller, &ask.number, view).await?;
        Ok(Response::new(v1::RecordContactResponse { case: Some(print::case(view)) }))
    }

    async fn file_resolution(
        &self,
        request: Request<v1::FileResolutionRequest>,
    ) -> Result<Response<v1::FileResolutionResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        if ask.report.trim().is_empty() {
            return Err(field("report", "missing"));
        }
        let resolve = desk::Resolve {
            request_id: fields::request_id(ask.request_id)?,
            number: fields::number(&ask.number)?,
            etag: fields::etag(&ask.etag)?,
            post: fields::post(&ask.post)?,
            report: fields::text("report", ask.report)?,
            evidence: fields::ids("evidence", &ask.evidence)?,
        };
        let filed = desk::resolve(&self.app, &caller.actor, resolve).await;
        let filed = self.explained(&caller, &ask.number, filed).await?;
        Ok(Response::new(v1::FileResolutionResponse {
            case: Some(print::case(filed.view)),
            round: print::count(filed.round),
            warnings: filed.warnings.into_iter().map(str::to_owned).collect(),
        }))
    }

    async fn list_matters(
        &self,
        request: Request<v1::ListMattersRequest>,
    ) -> Result<Response<v1::ListMattersResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let which = match ask.filter() {
            v1::MatterFilter::Unspecified => desk::Which::Open,
            v1::MatterFilter::Overdue => desk::Which::Overdue,
            v1::MatterFilter::All => desk::Which::All,
        };
        let (size, behind) = page::parse_key(ask.page_size, &ask.page_token)?;
        let list = desk::Matters {
            kind: words::parse_matter_kind(ask.kind).ok_or_else(|| field("kind", "missing"))?,
            which,
            size,
            behind: behind.map(|[at, case, version]| desk::Behind {
                opened_at: Timestamp(at),
                case,
                version,
            }),
        };
        let (matters, next) =
            desk::matters(&self.app, &caller.actor, list).await.map_err(status::of)?;
        Ok(Response::new(v1::ListMattersResponse {
            matters: matters.into_iter().map(matter).collect(),
            next_page_token: page::key(
                next.map(|next| [next.opened_at.ms(), next.case, next.version]),
            ),
        }))
    }

    async fn list_hops(
        &self,
        request: Request<v1::ListHopsRequest>,
    ) -> Result<Response<v1::ListHopsResponse>, Status> {
        let caller = door::caller(&request)?;
        let at_least = i64::from(request.into_inner().at_least);
        let found = desk::hops(&self.app, &caller.actor, at_least).await.map_err(status::of)?;
        let hops = found.into_iter().map(|row| v1::list_hops_response::Hops {
            number: row.number.to_string(),
            hops: print::count(row.hops),
        });
        Ok(Response::new(v1::ListHopsResponse { hops: hops.collect() }))
    }

    async fn list_pending(
        &self,
        request: Request<v1::ListPendingRequest>,
    ) -> Result<Response<v1::ListPendingResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let pending = desk::Pending {
            district: fields::optional_place("district", ask.district)?,
            split_by: fields::optional_code("split_by", ask.split_by)?.map(|kind| kind.0),
        };
        let rows = desk::pending(&self.app, &caller.actor, pending).await.map_err(status::of)?;
        let rows = rows.into_iter().map(|row| v1::list_pending_response::Pending {
            department: row.department.0,
            place: row.part.map_or(String::new(), |place| place.0),
            received: print::count(row.tally.received),
            pending: print::count(row.tally.pending),
            satisfied: print::count(row.tally.satisfied),
            satisfied_basis_points: print::count(row.tally.satisfied_basis_points()),
        });
        Ok(Response::new(v1::ListPendingResponse { rows: rows.collect() }))
    }

    async fn delegate_transfers(
        &self,
        request: Request<v1::DelegateTransfersRequest>,
    ) -> Result<Response<v1::DelegateTransfersResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let delegate = desk::Delegate {
            request_id: fields::request_id(ask.request_id)?,
            login: fields::text("login", ask.login)?,
            until: fields::time("until", ask.until)?,
        };
        desk::delegate(&self.app, &caller.actor, delegate).await.map_err(status::of)?;
        Ok(Response::new(v1::DelegateTransfersResponse {}))
    }
}

fn matter(matter: desk::Matter) -> v1::Matter {
    let post = |post: Option<PostId>| post.map_or(String::new(), |post| post.0.to_string());
    let (outcome, settled_at) = match matter.settled {
        Some(settled) => (settled.outcome, Some(fields::print_time(settled.at))),
        None => (String::new(), None),
    };
    v1::Matter {
        number: print::number(matter.case),
        kind: words::matter_kind(matter.kind),
        department: matter.department.0,
        district: matter.district.0,
        post: post(matter.post),
        to_post: post(matter.to_post),
        code: matter.code,
        opened_at: Some(fields::print_time(matter.opened_at)),
        due_at: matter.due_at.map(fields::print_time),
        outcome,
        settled_at,
    }
}
