//! The desk of an officer: the cases of the posts held now, and what is done to them.

use super::{
    App, Error, Result, cases,
    cases::{CaseView, Detail, Listed, Page},
    request,
};
use crate::domain::{
    actor::Actor, case::Case, number::CaseNumber, permissions::Act, place::PostId,
};

mod open;
mod queue;
mod record_contact;
mod resolve;

pub use open::{Open, open};
pub use queue::{Queue, queue};
pub use record_contact::{Contact, record_contact};
pub use resolve::{Filed, Resolve, resolve};

pub use crate::domain::case::officer::ContactKind;

/// The officer as the post that acts: all held posts when none is named.
fn as_post(by: &Actor, post: Option<PostId>) -> Actor {
    let mut by = by.clone();
    if let Some(post) = post {
        by.posts.retain(|held| held.post == post);
    }
    by
}

async fn load(app: &App, by: &Actor, act: Act, number: CaseNumber) -> Result<Case> {
    let case = cases::load(app, number).await?;
    cases::may(app, by, act, &case)?;
    Ok(case)
}
