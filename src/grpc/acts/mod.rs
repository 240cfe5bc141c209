//! What an officer does to a case on the way to a resolution.

use std::sync::Arc;

use helpline_proto::v1::{self, act_service_server::ActService};

use super::{
    acting::{acts, on, shown},
    cases as print,
    fail::field,
    fields, status, words,
};
use crate::app::{App, desk};

pub struct Acts(pub Arc<App>);

acts! { ActService for Acts {
    record_visit(RecordVisitRequest) -> RecordVisitResponse = |app, by, ask| {
        let visit = desk::Visit {
            on: on!(ask),
            at: fields::optional_time("took_place_at", ask.took_place_at)?,
            place: fields::text("place", ask.place)?,
            finding: fields::text("finding", ask.finding)?,
            evidence: fields::ids("evidence", &ask.evidence)?,
        };
        v1::RecordVisitResponse { case: shown(desk::visit(app, by, visit).await)? }
    };
    set_target(SetTargetRequest) -> SetTargetResponse = |app, by, ask| {
        let target = desk::Target { on: on!(ask), at: fields::time("target_at", ask.target_at)? };
        v1::SetTargetResponse { case: shown(desk::target(app, by, target).await)? }
    };
    seek_help(SeekHelpRequest) -> SeekHelpResponse = |app, by, ask| {
        let help = desk::SeekHelp {
            on: on!(ask),
            of: fields::named_post("of_post", &ask.of_post)?,
            note: fields::text("note", ask.note)?,
        };
        v1::SeekHelpResponse { case: shown(desk::seek_help(app, by, help).await)? }
    };
    set_blocker(SetBlockerRequest) -> SetBlockerResponse = |app, by, ask| {
        let blocker = match ask.blocker {
            0 => None,
            word => Some(
                words::parse_blocker(word).ok_or_else(|| field("blocker", "no blocker"))?,
            ),
        };
        let blocked =
            desk::Blocked { on: on!(ask), blocker, note: fields::text("note", ask.note)? };
        v1::SetBlockerResponse { case: shown(desk::blocked(app, by, blocked).await)? }
    };
    add_note(AddNoteRequest) -> AddNoteResponse = |app, by, ask| {
        let note = desk::Note { on: on!(ask), note: fields::text("note", ask.note)? };
        v1::AddNoteResponse { case: shown(desk::note(app, by, note).await)? }
    };
    write_order(WriteOrderRequest) -> WriteOrderResponse = |app, by, ask| {
        let order = desk::WriteOrder { on: on!(ask), words: fields::text("words", ask.words)? };
        v1::WriteOrderResponse { case: shown(desk::write_order(app, by, order).await)? }
    };
    change_category(ChangeCategoryRequest) -> ChangeCategoryResponse = |app, by, ask| {
        let category = desk::ChangeCategory {
            on: on!(ask),
            category: fields::code("category", ask.category)?,
            subcategory: fields::optional_code("subcategory", ask.subcategory)?,
        };
        v1::ChangeCategoryResponse { case: shown(desk::change_category(app, by, category).await)? }
    };
    propose_transfer(ProposeTransferRequest) -> ProposeTransferResponse = |app, by, ask| {
        let transfer = desk::ProposeTransfer {
            on: on!(ask),
            place: fields::place("place", ask.place)?,
            reason: fields::text("reason", ask.reason)?,
        };
        v1::ProposeTransferResponse { case: shown(desk::propose_transfer(app, by, transfer).await)? }
    };
    decide_transfer(DecideTransferRequest) -> DecideTransferResponse = |app, by, ask| {
        let word = if ask.approve { desk::Word::Approved } else { desk::Word::Rejected };
        let decided =
            desk::DecideTransfer { on: on!(ask), word, note: fields::text("note", ask.note)? };
        v1::DecideTransferResponse { case: shown(desk::decide_transfer(app, by, decided).await)? }
    };
    send_back(SendBackRequest) -> SendBackResponse = |app, by, ask| {
        let back = desk::SendBack { on: on!(ask), reason: fields::text("reason", ask.reason)? };
        v1::SendBackResponse { case: shown(desk::send_back(app, by, back).await)? }
    };
    raise_difficulty(RaiseDifficultyRequest) -> RaiseDifficultyResponse = |app, by, ask| {
        let asked = match ask.office() {
            v1::DifficultyOffice::Unspecified => return Err(field("office", "missing")),
            v1::DifficultyOffice::Nodal => desk::Asked::Nodal,
            v1::DifficultyOffice::Directorate => desk::Asked::Directorate,
        };
        let ticket =
            desk::RaiseDifficulty { on: on!(ask), asked, words: fields::text("words", ask.words)? };
        let raised = desk::raise_difficulty(app, by, ticket).await.map_err(status::of)?;
        v1::RaiseDifficultyResponse {
            case: Some(print::case(raised.view)),
            contact: raised.contact,
        }
    };
    answer_difficulty(AnswerDifficultyRequest) -> AnswerDifficultyResponse = |app, by, ask| {
        let answer =
            desk::AnswerDifficulty { on: on!(ask), words: fields::text("words", ask.words)? };
        v1::AnswerDifficultyResponse { case: shown(desk::answer_difficulty(app, by, answer).await)? }
    };
} }
