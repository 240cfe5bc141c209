//! Who stands above the officer answers what the citizen said of the conduct (R20).

use super::{Act, Actor, App, CaseView, MatterKind, On, Result, act, text, words};
use crate::store::matters;

#[derive(Clone, Debug)]
pub struct AnswerConduct {
    pub on: On,
    /// What was found, and said to the officer.
    pub words: String,
}

pub async fn answer_conduct(app: &App, by: &Actor, ask: AnswerConduct) -> Result<CaseView> {
    words("words", &ask.words)?;
    let (db, case) = (&app.store.db, ask.on.number.id());
    // Who holds several posts answers by the one that the flag stands before.
    let open = matters::open(db, case, MatterKind::Conduct).await?;
    let before = open.and_then(|flag| flag.to_post);
    let held = before.filter(|post| by.posts.iter().any(|held| held.post == *post));
    let on = On { post: ask.on.post.or(held), ..ask.on.clone() };
    let (ask, payload) = (&ask, [ask.words.as_str()]);
    let power = (Act::AnswerConduct, "answer_conduct");
    act(app, by, &on, power, &payload, move |case, by, now| async move {
        let open = matters::open(db, case.id, MatterKind::Conduct).await?;
        let words = text(app, &case, &ask.words).await?;
        Ok(case.answer_conduct(&by, open.as_ref(), words, now)?)
    })
    .await
}
