//! The desk of an officer: the cases of the posts held now, and what is done to them.

use super::{
    App, Error, Result, cases,
    cases::{CaseView, Detail, Page},
    evidence, request,
};
use crate::{
    domain::{
        actor::{Actor, HeldPost},
        case::Case,
        change::Change,
        citizen::Text,
        number::CaseNumber,
        permissions::{self, Act},
        place::PostId,
        time::Timestamp,
    },
    store::writer::{Counter, Lane},
};

mod category;
mod closing;
mod delegation;
mod difficulty;
pub mod follow;
mod inbox;
mod matters;
mod open;
mod order;
mod oversight;
mod record_contact;
mod resolve;
mod transfer;
mod work;

pub use category::{ChangeCategory, change_category};
pub use closing::{
    DecideSpecial, ForceClose, NextStep, OrderEscalation, OrderRound, Partial, ProposeSpecial,
    RecordCourtesy, ReopenByOrder, decide_special, extend_partial, force_close, order_escalation,
    order_next_step, order_round, partial_close, propose_special, record_courtesy, reopen_by_order,
    withdraw_special,
};
pub use delegation::{
    DelegatePost, DelegationView, Revoke, Shares, delegate_post, delegated_shares,
    post_delegations, revoke_delegation,
};
pub use difficulty::{
    AnswerDifficulty, RaiseDifficulty, Raised, answer_difficulty, raise_difficulty,
};
pub use inbox::{Changed, Figures, Pending, Queue, Resync, Watch, figures, pending, queue, watch};
pub use matters::{Asked as Which, Hops, Matters, hops, matters};
pub use open::{Open, open};
pub use order::{WriteOrder, WrittenOrder, orders, write_order};
pub use oversight::{
    Agenda, AnswerConduct, Item, Pick, Picked, Remark, Review, agenda, answer_conduct,
    drop_from_agenda, pick, review,
};
pub use record_contact::{Contact, record_contact, record_contact_with};
pub use resolve::{Filed, Resolve, resolve};
pub use transfer::{
    DecideTransfer, Delegate, ProposeTransfer, SendBack, Word, decide_transfer, delegate,
    propose_transfer, send_back,
};
pub use work::{Blocked, Note, SeekHelp, Target, Visit, blocked, note, seek_help, target, visit};

pub use crate::domain::case::{
    desk::{difficulty::Asked, force::ForceReason, reopen::Courtesy, work::Blocker},
    escalate::order::Ground,
    matter::{Behind, Kind as MatterKind, Matter},
    officer::{Beside, ContactKind, Said},
    oversight::agenda::Meeting,
};

/// What every act says: which case, at which version, by which post.
#[derive(Clone, Debug)]
pub struct On {
    pub request_id: String,
    pub number: CaseNumber,
    /// The version that the officer saw; an act on another one is refused.
    pub etag: Option<i64>,
    pub post: Option<PostId>,
}

/// The officer as the post that acts: all held posts when none is named.
fn as_post(by: &Actor, post: Option<PostId>) -> Actor {
    let mut by = by.clone();
    if let Some(post) = post {
        by.posts.retain(|held| held.post == post);
    }
    by
}

async fn load(app: &App, by: &Actor, act: Act, number: CaseNumber) -> Result<Case> {
    cases::load_for(app, by, act, number).await
}

/// The officer as the one post of the case's ladder that acts: the one that holds the case, else the next above it.
fn acting(app: &App, by: &Actor, power: Act, case: &Case) -> Actor {
    let line = app.index().line(&case.place);
    let mut by = by.clone();
    by.posts.retain(|held| {
        let able = held.delegate_of.is_none() || !permissions::in_person(power);
        able && held.department == case.department && line.contains(&held.place)
    });
    by.posts.sort_by_key(|held| {
        (Some(held.post) != case.post, held.level <= case.level, held.level, held.post)
    });
    by.posts.truncate(1);
    by
}

/// The post that acts; an officer without one does not come this far.
fn post_of(by: &Actor) -> Result<&HeldPost> {
    by.posts.first().ok_or(Error::Forbidden(crate::domain::refused::Refused::NotYourPost))
}

/// Loads, checks the power, decides and commits: the way of every act on one case.
pub(super) async fn act<D, F>(
    app: &App,
    by: &Actor,
    on: &On,
    (power, name): (Act, &str),
    payload: &[&str],
    decide: D,
) -> Result<CaseView>
where
    D: Fn(Case, Actor, Timestamp) -> F,
    F: Future<Output = Result<Change>>,
{
    let number = on.number.to_string();
    let said: Vec<&str> = std::iter::once(number.as_str()).chain(payload.iter().copied()).collect();
    let request = request(by, Some(&on.request_id), name, &said);
    let (by, decide) = (&as_post(by, on.post), &decide);
    app.commit(Lane::Acts, request, move |now| async move {
        let case = load(app, by, power, on.number).await?;
        cases::same(&case, on.etag)?;
        let by = if by.posts.is_empty() { by.clone() } else { acting(app, by, power, &case) };
        decide(case, by, now).await
    })
    .await?;
    let view = cases::view(app, cases::load(app, on.number).await?).await?;
    Ok(crate::app::feedback::veil::read(by, view))
}

/// Free text that an act cannot do without.
pub(super) fn words(field: &'static str, text: &str) -> Result<()> {
    if text.trim().is_empty() {
        return Err(Error::Invalid { field, why: "says nothing" });
    }
    cases::short(field, text, cases::WORDS_CHARS_MAX)
}

pub(super) async fn text(app: &App, case: &Case, words: &str) -> Result<Text> {
    Ok(Text {
        id: app.store.writer.reserve(Counter::Text).await?,
        owner: case.stream(),
        words: words.trim().to_owned(),
    })
}

/// Ids as they stand in a request's fingerprint.
fn listed(ids: &[i64]) -> String {
    ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
}
