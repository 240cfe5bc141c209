//! Who acts for the holder of a post, and how much of the work is done so.

use std::sync::Arc;

use helpline_proto::v1::{self, delegation_service_server::DelegationService};
use tonic::{Request, Response, Status};

use crate::{
    app::{App, desk},
    domain::time::Day,
    grpc::{
        door,
        fail::field,
        fields::{self, print_time},
        status, words,
    },
};

pub struct Delegations(pub Arc<App>);

#[tonic::async_trait]
impl DelegationService for Delegations {
    async fn delegate_post(
        &self,
        request: Request<v1::DelegatePostRequest>,
    ) -> Result<Response<v1::DelegatePostResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let ask = desk::DelegatePost {
            request_id: fields::request_id(ask.request_id)?,
            post: fields::post(&ask.post)?.ok_or_else(|| field("post", "missing"))?,
            login: fields::text("login", ask.login)?,
            from: fields::optional_time("from", ask.from)?,
            until: fields::time("until", ask.until)?,
        };
        let view = desk::delegate_post(&self.0, &caller.actor, ask).await.map_err(status::of)?;
        Ok(Response::new(v1::DelegatePostResponse { delegation: Some(print(view)) }))
    }

    async fn revoke_delegation(
        &self,
        request: Request<v1::RevokeDelegationRequest>,
    ) -> Result<Response<v1::RevokeDelegationResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let ask = desk::Revoke {
            request_id: fields::request_id(ask.request_id)?,
            post: fields::post(&ask.post)?.ok_or_else(|| field("post", "missing"))?,
            login: fields::text("login", ask.login)?,
        };
        let view =
            desk::revoke_delegation(&self.0, &caller.actor, ask).await.map_err(status::of)?;
        Ok(Response::new(v1::RevokeDelegationResponse { delegation: Some(print(view)) }))
    }

    async fn list_delegations(
        &self,
        request: Request<v1::ListDelegationsRequest>,
    ) -> Result<Response<v1::ListDelegationsResponse>, Status> {
        let caller = door::caller(&request)?;
        let post = fields::post(&request.into_inner().post)?;
        let found =
            desk::post_delegations(&self.0, &caller.actor, post).await.map_err(status::of)?;
        let delegations = found.into_iter().map(print).collect();
        Ok(Response::new(v1::ListDelegationsResponse { delegations }))
    }

    async fn get_delegated_shares(
        &self,
        request: Request<v1::GetDelegatedSharesRequest>,
    ) -> Result<Response<v1::GetDelegatedSharesResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let ask = desk::Shares {
            per: words::parse_per(ask.per).ok_or_else(|| field("per", "missing"))?,
            from: day("from_day", &ask.from_day)?,
            until: day("until_day", &ask.until_day)?,
            department: fields::optional_code("department", ask.department)?,
            district: fields::optional_place("district", ask.district)?,
        };
        let found =
            desk::delegated_shares(&self.0, &caller.actor, ask).await.map_err(status::of)?;
        let rows = found.into_iter().map(|share| v1::get_delegated_shares_response::Row {
            share_basis_points: i32::try_from(share.basis_points()).unwrap_or(i32::MAX),
            key: share.key,
            acts: share.acts,
            by_delegates: share.delegated,
        });
        Ok(Response::new(v1::GetDelegatedSharesResponse { rows: rows.collect() }))
    }
}

fn day(name: &str, text: &str) -> Result<Day, Status> {
    Day::parse(text).ok_or_else(|| field(name, "not a day as 2026-11-22"))
}

fn print(view: desk::DelegationView) -> v1::Delegation {
    let given = view.delegation;
    v1::Delegation {
        post: given.post.map(|post| post.0.to_string()).unwrap_or_default(),
        district: given.district.0,
        login: view.login,
        given_by: view.giver,
        from: Some(print_time(given.from)),
        until: Some(print_time(given.until)),
        revoked_at: view.revoked_at.map(print_time),
    }
}
