//! An officer looks at a case: `seen`, which is not attended (R66).

use super::{App, Detail, Error, Result, as_post, cases, load, orders, request};
use crate::{
    domain::{actor::Actor, number::CaseNumber, permissions::Act, place::PostId},
    store::{case_calls, writer::Lane},
};

#[derive(Clone, Debug)]
pub struct Open {
    pub request_id: String,
    pub number: CaseNumber,
    pub post: Option<PostId>,
}

/// Writes a fact the first time in a stay; after that, and in states that are not open, it only reads.
pub async fn open(app: &App, by: &Actor, ask: Open) -> Result<Detail> {
    let by = &as_post(by, ask.post);
    let request = request(by, Some(&ask.request_id), "open", &[&ask.number.to_string()]);
    let may_open = load(app, by, Act::Open, ask.number).await;
    let case = match may_open {
        Ok(case) => case,
        // The case may have left the post since.
        Err(refusal) => match app.done_before(&request).await? {
            Some(_) => cases::load(app, ask.number).await?,
            None => return Err(refusal),
        },
    };
    if !case.seen {
        let opened = app
            .commit(Lane::Acts, request, move |now| async move {
                let case = load(app, by, Act::Open, ask.number).await?;
                Ok(case.open(by, now)?)
            })
            .await;
        match opened {
            Ok(_) | Err(Error::Refused(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let case = cases::load(app, ask.number).await?;
    let history = cases::history(app, &case).await?;
    let orders = orders(app, &case).await?;
    let calls = case_calls::of_case(&app.store.db, case.id).await?;
    Ok(Detail { view: cases::view(app, case).await?, history, orders, calls })
}
