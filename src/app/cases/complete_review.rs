//! An agent completes a case that was registered by keys.

use super::{CaseView, destination, load, may, same, view};
use crate::{
    app::{App, Error, Result, request},
    domain::{
        actor::Actor,
        number::CaseNumber,
        permissions::Act,
        place::{Code, Level, PlaceCode},
        routing::Matter,
    },
    store::writer::Lane,
};

#[derive(Clone, Debug)]
pub struct CompleteReview {
    pub request_id: String,
    pub number: CaseNumber,
    /// The version that the agent saw.
    pub etag: Option<i64>,
    pub subcategory: Code,
    /// A place in the case's district; None leaves it at what is known.
    pub place: Option<PlaceCode>,
}

pub async fn complete_review(app: &App, by: &Actor, ask: CompleteReview) -> Result<CaseView> {
    let number = ask.number.to_string();
    let payload = [
        number.as_str(),
        ask.subcategory.as_str(),
        ask.place.as_ref().map_or("", PlaceCode::as_str),
    ];
    let request = request(by, Some(&ask.request_id), "complete_review", &payload);
    let ask = &ask;
    app.commit(Lane::Acts, request, move |now| async move {
        let case = load(app, ask.number).await?;
        may(app, by, Act::CompleteReview, &case)?;
        same(&case, ask.etag)?;
        let index = app.index();
        index
            .subcategory(&ask.subcategory)
            .filter(|row| row.category == case.category)
            .ok_or(Error::Invalid { field: "subcategory", why: "not of the case's category" })?;
        let place = ask.place.clone().unwrap_or_else(|| case.place.clone());
        if index.district(&place).as_ref() != Some(&case.district) {
            return Err(Error::Invalid { field: "place", why: "not in the case's district" });
        }
        let matter = Matter { subcategory: Some(&ask.subcategory), ..case.matter() };
        let to = destination(app, matter, &place, Level::FIRST, now).await?;
        Ok(case.completed(
            by,
            ask.subcategory.clone(),
            place,
            to.as_ref(),
            &app.policy(now),
            now,
        )?)
    })
    .await?;
    view(app, load(app, ask.number).await?).await
}
