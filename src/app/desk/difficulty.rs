//! Difficulty tickets (R29, R30), with the contacts that the settings name.

use super::{Act, Actor, App, Asked, CaseView, MatterKind, On, Result, act, text, words};
use crate::{
    domain::{actor::Role, refused::Refused},
    store::matters,
};

#[derive(Clone, Debug)]
pub struct RaiseDifficulty {
    pub on: On,
    pub asked: Asked,
    pub words: String,
}

#[derive(Clone, Debug)]
pub struct Raised {
    pub view: CaseView,
    /// Where else the officer may turn; never in the code, empty when the settings name none.
    pub contact: String,
}

#[derive(Clone, Debug)]
pub struct AnswerDifficulty {
    pub on: On,
    pub words: String,
}

pub async fn raise_difficulty(app: &App, by: &Actor, ask: RaiseDifficulty) -> Result<Raised> {
    words("words", &ask.words)?;
    let (ask, payload) = (&ask, [ask.asked.as_str(), &ask.words]);
    let power = (Act::RaiseDifficulty, "raise_difficulty");
    let view = act(app, by, &ask.on, power, &payload, move |case, by, now| async move {
        let open = matters::open(&app.store.db, case.id, MatterKind::Difficulty).await?;
        let words = text(app, &case, &ask.words).await?;
        Ok(case.raise_difficulty(&by, ask.asked, open.as_ref(), words, now)?)
    })
    .await?;
    let contacts = &app.desk().contacts;
    let contact = match ask.asked {
        Asked::Nodal => contacts.nodal.get(view.case.district.as_str()),
        Asked::Directorate => Some(&contacts.directorate),
    };
    Ok(Raised { contact: contact.cloned().unwrap_or_default(), view })
}

/// By the office that was asked: the district's nodal officer, or the directorate.
pub async fn answer_difficulty(app: &App, by: &Actor, ask: AnswerDifficulty) -> Result<CaseView> {
    words("words", &ask.words)?;
    let ask = &ask;
    let (power, payload) = ((Act::AnswerDifficulty, "answer_difficulty"), [ask.words.as_str()]);
    act(app, by, &ask.on, power, &payload, move |case, by, now| async move {
        let open = matters::open(&app.store.db, case.id, MatterKind::Difficulty).await?;
        let directorates =
            open.as_ref().is_some_and(|ticket| ticket.code == Asked::Directorate.as_str());
        if directorates && by.role != Role::Directorate {
            return Err(Refused::NotYourRole.into());
        }
        let words = text(app, &case, &ask.words).await?;
        Ok(case.answer_difficulty(&by, open.as_ref(), words, now)?)
    })
    .await
}
