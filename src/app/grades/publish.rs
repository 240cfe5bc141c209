//! The directorate publishes a month once it is judged; anybody who may look may have it computed again.

use std::collections::HashMap;

use serde_json::json;

use super::{catch_up, count, paper};
use crate::{
    app::{App, Error, Result, request},
    domain::{
        actor::Actor,
        chain::Hash,
        change::Change,
        grading::{
            Month,
            leaders::Officer,
            paper::{Published, digest},
        },
        permissions::{self, Act, Object},
        refused::Refused,
    },
    store::{
        grades::{count::Within, gather, months},
        writer::Lane,
    },
};

#[derive(Clone, Debug)]
pub struct Publish {
    pub request_id: String,
    pub month: Month,
}

/// What a second computation found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    pub digest: Hash,
    /// The stored bytes have the stored digest.
    pub is_whole: bool,
    /// The stored facts give the same bytes again.
    pub is_same: bool,
}

/// Everything that happened before the month was judged is gathered first, then the figures are frozen: what is stored later counts
/// in the running month. Gives the digest.
pub async fn publish(app: &App, by: &Actor, ask: Publish) -> Result<Published> {
    permissions::may(by, Act::PublishGrades, Object::Nothing)?;
    let account = by.account.ok_or(Error::Unauthenticated)?;
    let month = ask.month;
    let request = request(by, Some(&ask.request_id), "publish_grades", &[&month.to_string()]);
    app.commit(Lane::Acts, request, move |now| async move {
        let span = count::span(app, month, now);
        if span.is_provisional {
            return Err(Refused::MonthNotJudged.into());
        }
        if months::get(&app.store.db, month).await?.is_some() {
            return Err(Refused::MonthPublished.into());
        }
        catch_up(app).await?;
        gather::freeze(&app.store.writer, span.judged).await?;
        let paper = paper::counted(app, month, now).await?;
        let bytes = paper.to_bytes();
        let published = Published {
            month,
            formula: paper.formula.version,
            judged_at: paper.judged_at,
            published_at: now,
            published_by: account,
            digest: digest(&bytes),
            firsts: json!(paper.firsts()).to_string(),
            paper: bytes,
        };
        let facts = json!({
            "month": month.to_string(),
            "formula": published.formula,
            "judged": published.judged_at.ms(),
            "sha256": hex(&published.digest),
        });
        let mut change = Change::new(now).noted(by, "grades_published", facts.to_string());
        change.result = month.to_string();
        change.published = Some(Box::new(published));
        Ok(change)
    })
    .await?;
    tracing::info!(month = %month, "grades are published");
    months::get(&app.store.db, month).await?.ok_or(Error::NotFound("month"))
}

/// Names are those that it was published with: they are no figures, and the directory's may have changed.
pub async fn verify(app: &App, by: &Actor, month: Month) -> Result<Verified> {
    permissions::may(by, Act::Grades, Object::Nothing)?;
    let published = months::get(&app.store.db, month).await?.ok_or(Error::NotFound("month"))?;
    let stored = paper::read(&published)?;
    let names = stored.names();
    let persons: HashMap<i64, &Officer> =
        stored.leaders.iter().map(|leader| (leader.officer.account, &leader.officer)).collect();
    let mut counted = count::count(app, month, Within::default(), app.now()).await?;
    for officer in &mut counted.officers {
        if let Some(then) = persons.get(&officer.account) {
            officer.login.clone_from(&then.login);
            officer.name.clone_from(&then.name);
        }
    }
    let again = paper::made(counted, |code| {
        names.get(code).map_or_else(|| code.to_owned(), |name| (*name).to_owned())
    });
    Ok(Verified {
        digest: published.digest,
        is_whole: digest(&published.paper) == published.digest,
        is_same: again.to_bytes() == published.paper,
    })
}

pub(super) fn hex(digest: &Hash) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
