//! A supervisor gives a case that no post was found for to one (R02).

use super::{CaseView, is_vacant, load, may, same, short, view};
use crate::{
    app::{App, Error, Result, request},
    domain::{
        actor::Actor, case::centre::route::Chosen, citizen::Text, number::CaseNumber,
        permissions::Act, place::PostId,
    },
    store::writer::{Counter, Lane},
};

#[derive(Clone, Debug)]
pub struct Route {
    pub request_id: String,
    pub number: CaseNumber,
    /// The version that the supervisor saw.
    pub etag: Option<i64>,
    /// Of the case's department, at any place and level.
    pub post: PostId,
    /// Why this one.
    pub reason: String,
}

pub async fn route(app: &App, by: &Actor, ask: Route) -> Result<CaseView> {
    short("reason", &ask.reason, super::WORDS_CHARS_MAX)?;
    if ask.reason.trim().is_empty() {
        return Err(Error::Invalid { field: "reason", why: "missing" });
    }
    let (number, post) = (ask.number.to_string(), ask.post.0.to_string());
    let request = request(by, Some(&ask.request_id), "route", &[&number, &post, &ask.reason]);
    let ask = &ask;
    app.commit(Lane::Acts, request, move |now| async move {
        let case = load(app, ask.number).await?;
        may(app, by, Act::RouteCase, &case)?;
        same(&case, ask.etag)?;
        let index = app.index();
        let post = index
            .post(ask.post)
            .filter(|post| post.department == case.department)
            .ok_or(Error::Invalid { field: "post", why: "not one of the case's department" })?;
        let to = Chosen {
            post: post.id,
            level: post.level,
            vacant: is_vacant(app, post.id, now).await?,
            directory: index.version(),
        };
        let reason = Text {
            id: app.store.writer.reserve(Counter::Text).await?,
            owner: case.stream(),
            words: ask.reason.trim().to_owned(),
        };
        Ok(case.route(by, to, reason, &app.policy(now), now)?)
    })
    .await?;
    view(app, load(app, ask.number).await?).await
}
