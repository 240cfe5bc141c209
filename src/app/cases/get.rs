//! One case with its history.

use super::{CaseView, history, load_for, view};
use crate::app::{
    desk::{WrittenOrder, orders},
    feedback::veil,
};
use crate::{
    app::{App, Result},
    domain::{actor::Actor, change::Event, number::CaseNumber, permissions::Act},
    store::case_calls,
};

#[derive(Clone, Debug)]
pub struct Detail {
    pub view: CaseView,
    /// Oldest first.
    pub history: Vec<Event>,
    /// Special orders: valid at every level (R37).
    pub orders: Vec<WrittenOrder>,
    /// That it was spoken of on.
    pub calls: Vec<String>,
}

pub async fn get(app: &App, by: &Actor, number: CaseNumber) -> Result<Detail> {
    let case = load_for(app, by, Act::Read, number).await?;
    let history = history(app, &case).await?;
    let orders = orders(app, &case).await?;
    let calls = case_calls::of_case(&app.store.db, case.id).await?;
    Ok(veil::detail(by, Detail { view: view(app, case).await?, history, orders, calls }))
}
