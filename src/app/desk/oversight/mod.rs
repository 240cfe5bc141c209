//! What who stands above does: answers what was said of an officer's conduct, and holds review meetings.

use super::{
    Act, Actor, App, Case, CaseView, Change, Error, Lane, MatterKind, On, Result, Said, Timestamp,
    act, cases, listed, request, text, words,
};

mod agenda;
mod conduct;

pub use agenda::{
    Agenda, Item, Pick, Picked, Remark, Review, agenda, drop_from_agenda, pick, review,
};
pub use conduct::{AnswerConduct, answer_conduct};
