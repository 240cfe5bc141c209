//! Another category within three days of registration; its limit counts from the arrival.

use super::{Act, Actor, App, CaseView, Error, On, Result, act, cases};
use crate::domain::{
    case::desk::category,
    place::{Code, Level},
    refused::Refused,
    routing,
};

#[derive(Clone, Debug)]
pub struct ChangeCategory {
    pub on: On,
    pub category: Code,
    pub subcategory: Option<Code>,
}

pub async fn change_category(app: &App, by: &Actor, ask: ChangeCategory) -> Result<CaseView> {
    let ask = &ask;
    let payload = [ask.category.as_str(), ask.subcategory.as_ref().map_or("", Code::as_str)];
    let power = (Act::ChangeCategory, "change_category");
    act(app, by, &ask.on, power, &payload, move |case, by, now| async move {
        let index = app.index();
        let row = index
            .category(&ask.category)
            .ok_or(Error::Invalid { field: "category", why: "not in the directory" })?;
        if let Some(code) = &ask.subcategory {
            index
                .subcategory(code)
                .filter(|found| found.category == row.code)
                .ok_or(Error::Invalid { field: "subcategory", why: "not of this category" })?;
        }
        let subject = routing::Matter {
            department: &row.department,
            category: Some(&row.code),
            subcategory: ask.subcategory.as_ref(),
        };
        let to = cases::destination(app, subject, &case.place, Level::FIRST, now)
            .await?
            .ok_or(Refused::NoPostThere)?;
        let what = category::Category {
            department: row.department.clone(),
            category: row.code.clone(),
            subcategory: ask.subcategory.clone(),
            ladder: index.ladder(&row.department),
            to,
        };
        // The running clock keeps the version that it started under.
        let clock = app.policy(case.arrived_at);
        Ok(case.change_category(&by, what, &clock, &app.policy(now).desk, now)?)
    })
    .await
}
