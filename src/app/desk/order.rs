//! Special orders (R37): written by any officer of the ladder, numbered per post and year, read by everybody who
//! sees the case.

use super::{
    Act, Actor, App, Case, CaseView, On, PostId, Result, Timestamp, act, post_of, text, words,
};
use crate::{
    domain::case::desk::order::year,
    store::{orders as stored, texts},
};

#[derive(Clone, Debug)]
pub struct WriteOrder {
    pub on: On,
    pub words: String,
}

/// An order as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenOrder {
    /// None for a reader who must not know who is judged.
    pub post: Option<PostId>,
    pub year: i64,
    pub n: i64,
    pub at: Timestamp,
    pub words: String,
}

pub async fn write_order(app: &App, by: &Actor, ask: WriteOrder) -> Result<CaseView> {
    words("words", &ask.words)?;
    let ask = &ask;
    let (power, payload) = ((Act::Order, "order"), [ask.words.as_str()]);
    act(app, by, &ask.on, power, &payload, move |case, by, now| async move {
        let post = post_of(&by)?.post;
        let n = stored::next(&app.store.db, post, year(now)).await?;
        let words = text(app, &case, &ask.words).await?;
        Ok(case.special_order(&by, post, n, words, now)?)
    })
    .await
}

/// The oldest first.
pub async fn orders(app: &App, case: &Case) -> Result<Vec<WrittenOrder>> {
    let mut written = Vec::new();
    for order in stored::of_case(&app.store.db, case.id).await? {
        written.push(WrittenOrder {
            post: Some(order.post),
            year: order.year,
            n: order.n,
            at: order.at,
            words: texts::get(&app.store.db, order.text).await?.words,
        });
    }
    Ok(written)
}
