//! An officer files what was done; the citizen is asked, and the answer alone closes the case (R32).

use super::{App, CaseView, Error, Result, as_post, cases, load, request};
use crate::{
    domain::{
        actor::Actor, citizen::Text, number::CaseNumber, permissions::Act, place::PostId,
        time::Timestamp,
    },
    store::writer::{Counter, Lane},
};

#[derive(Clone, Debug)]
pub struct Resolve {
    pub request_id: String,
    pub number: CaseNumber,
    pub etag: Option<i64>,
    pub post: Option<PostId>,
    pub report: String,
}

#[derive(Clone, Debug)]
pub struct Filed {
    pub view: CaseView,
    pub round: i64,
    /// `NO_CONTACT_RECORDED` (R15).
    pub warnings: Vec<&'static str>,
}

pub async fn resolve(app: &App, by: &Actor, ask: Resolve) -> Result<Filed> {
    cases::short("report", &ask.report, cases::WORDS_CHARS_MAX)?;
    if ask.report.trim().is_empty() {
        return Err(Error::Invalid { field: "report", why: "says nothing" });
    }
    let by = &as_post(by, ask.post);
    let number = ask.number.to_string();
    let payload = [number.as_str(), ask.report.as_str()];
    let request = request(by, Some(&ask.request_id), "resolve", &payload);
    let ask = &ask;
    let round = app
        .commit(Lane::Acts, request, move |now: Timestamp| async move {
            let case = load(app, by, Act::Resolve, ask.number).await?;
            cases::same(&case, ask.etag)?;
            let citizen = cases::citizen(app, &case).await?;
            let report = Text {
                id: app.store.writer.reserve(Counter::Text).await?,
                owner: case.stream(),
                words: ask.report.trim().to_owned(),
            };
            let policy = app.policy(now);
            let policy = &policy.verification;
            let mut change = case.resolve(by, report, citizen.safety, policy, now)?;
            change.result = (case.round + 1).to_string();
            Ok(change)
        })
        .await?;
    let case = cases::load(app, ask.number).await?;
    let contacted = cases::history(app, &case).await?.iter().any(|event| event.kind == "contact");
    let warnings = if contacted { vec![] } else { vec!["NO_CONTACT_RECORDED"] };
    Ok(Filed {
        view: cases::view(app, case).await?,
        round: round.parse().map_err(Error::internal)?,
        warnings,
    })
}
