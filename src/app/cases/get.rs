//! One case with its history.

use super::{CaseView, history, load, may, view};
use crate::{
    app::{App, Result},
    domain::{actor::Actor, change::Event, number::CaseNumber, permissions::Act},
};

#[derive(Clone, Debug)]
pub struct Detail {
    pub view: CaseView,
    /// Oldest first.
    pub history: Vec<Event>,
}

pub async fn get(app: &App, by: &Actor, number: CaseNumber) -> Result<Detail> {
    let case = load(app, number).await?;
    may(app, by, Act::Read, &case)?;
    let history = history(app, &case).await?;
    Ok(Detail { view: view(app, case).await?, history })
}
