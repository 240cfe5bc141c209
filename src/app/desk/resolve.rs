//! An officer files what was done; the citizen is asked, and the answer alone closes the case (R32).

use super::{
    App, Case, CaseView, Error, Result, as_post, cases, evidence, follow, listed, load, request,
};
use crate::{
    domain::{
        actor::Actor,
        case::{State, resolve},
        change::Run,
        citizen::Text,
        number::CaseNumber,
        permissions::Act,
        place::PostId,
        time::Timestamp,
        verification::Round,
    },
    store::{
        incidents, links,
        writer::{Counter, Lane},
    },
};

#[derive(Clone, Debug)]
pub struct Resolve {
    pub request_id: String,
    pub number: CaseNumber,
    pub etag: Option<i64>,
    pub post: Option<PostId>,
    pub report: String,
    /// Files of the case that show it (R25).
    pub evidence: Vec<i64>,
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
    let files = listed(&ask.evidence);
    let payload = [number.as_str(), ask.report.as_str(), &files];
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
            let evidence = evidence::named(app, &case, &ask.evidence).await?;
            let text = report.id;
            let filed = resolve::Filed { report, evidence, open: asked(app, &case).await? };
            let mut change = case.file(by, filed, citizen.safety, policy, now)?;
            let round = change.round.as_ref().map_or(case.round, |(_, round)| round.round);
            change.result = round.to_string();
            // Somebody may join an incident at this moment.
            let leads = links::leads_any(&app.store.db, case.id).await?
                || incidents::of_lead(&app.store.db, case.id, now).await?.is_some();
            if leads {
                change.run = Some(Run::Begins(follow::run(by, &case, &change, text)));
            }
            Ok(change)
        })
        .await?;
    let case = cases::load(app, ask.number).await?;
    let warnings = if case.contacted { vec![] } else { vec!["NO_CONTACT_RECORDED"] };
    Ok(Filed {
        view: cases::view(app, case).await?,
        round: round.parse().map_err(Error::internal)?,
        warnings,
    })
}

/// The round in which the citizen of a PC is being asked.
pub(super) async fn asked(app: &App, case: &Case) -> Result<Option<Round>> {
    match case.state {
        State::PartiallyClosed => cases::last_round(app, case).await,
        _ => Ok(None),
    }
}
