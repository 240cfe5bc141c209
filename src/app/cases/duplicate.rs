//! Duplicates of one citizen are merged, cases of different citizens about one cause are linked.

use serde_json::Value;

use super::{CaseView, last_round};
use crate::{
    app::{
        App, Error, Result,
        desk::{On, act},
    },
    domain::{actor::Actor, case::State, number::CaseNumber, permissions::Act, refused::Refused},
    store,
};

#[derive(Clone, Debug)]
pub struct Merge {
    pub on: On,
    pub parent: CaseNumber,
}

#[derive(Clone, Debug)]
pub struct Unmerge {
    pub on: On,
}

#[derive(Clone, Debug)]
pub struct Link {
    pub on: On,
    pub lead: CaseNumber,
}

#[derive(Clone, Debug)]
pub struct Unlink {
    pub on: On,
}

pub async fn merge(app: &App, by: &Actor, ask: Merge) -> Result<CaseView> {
    let parent = ask.parent.to_string();
    let ask = &ask;
    act(app, by, &ask.on, (Act::Merge, "merge"), &[&parent], move |case, by, now| async move {
        let parent = store::cases::get(&app.store.db, ask.parent.id())
            .await
            .map_err(Error::missing("parent"))?;
        let open = match case.state {
            State::PartiallyClosed => last_round(app, &case).await?,
            _ => None,
        };
        let safety = super::citizen(app, &case).await?.safety;
        Ok(case.merge(&by, &parent, open.as_ref(), safety, now)?)
    })
    .await
}

/// By a supervisor, or on the citizen's own call.
pub async fn unmerge(app: &App, by: &Actor, ask: Unmerge) -> Result<CaseView> {
    act(app, by, &ask.on, (Act::Unmerge, "unmerge"), &[], move |case, by, now| async move {
        let safety = super::citizen(app, &case).await?.safety;
        Ok(case.unmerge(&by, Value::Null, safety, now)?)
    })
    .await
}

pub async fn link(app: &App, by: &Actor, ask: Link) -> Result<CaseView> {
    let lead = ask.lead.to_string();
    let ask = &ask;
    act(app, by, &ask.on, (Act::Link, "link"), &[&lead], move |case, by, now| async move {
        let lead = store::cases::get(&app.store.db, ask.lead.id())
            .await
            .map_err(Error::missing("lead"))?;
        if store::links::leads_any(&app.store.db, case.id).await? {
            // It leads others itself.
            return Err(Refused::OpenAlready.into());
        }
        Ok(case.link(&by, &lead, now)?)
    })
    .await
}

pub async fn unlink(app: &App, by: &Actor, ask: Unlink) -> Result<CaseView> {
    act(app, by, &ask.on, (Act::Link, "unlink"), &[], move |case, by, now| async move {
        Ok(case.unlink(&by, now)?)
    })
    .await
}
