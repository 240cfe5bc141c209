//! What closes a case without the citizen's own answer, and what opens it again.

use std::sync::Arc;

use helpline_proto::v1::{self, closure_service_server::ClosureService};

use super::{
    acting::{acts, on, shown},
    fail::field,
    fields, words,
};
use crate::app::{App, desk};

pub struct Closures(pub Arc<App>);

acts! { ClosureService for Closures {
    close_partially(ClosePartiallyRequest) -> ClosePartiallyResponse = |app, by, ask| {
        let partial = desk::Partial {
            on: on!(ask),
            reason: fields::text("reason", ask.reason)?,
            until: fields::time("until", ask.until)?,
        };
        v1::ClosePartiallyResponse { case: shown(desk::partial_close(app, by, partial).await)? }
    };
    extend_partial(ExtendPartialRequest) -> ExtendPartialResponse = |app, by, ask| {
        let partial = desk::Partial {
            on: on!(ask),
            reason: fields::text("reason", ask.reason)?,
            until: fields::time("until", ask.until)?,
        };
        v1::ExtendPartialResponse { case: shown(desk::extend_partial(app, by, partial).await)? }
    };
    propose_special_close(ProposeSpecialCloseRequest) -> ProposeSpecialCloseResponse = |app, by, ask| {
        let proposal =
            desk::ProposeSpecial { on: on!(ask), grounds: fields::text("grounds", ask.grounds)? };
        let case = shown(desk::propose_special(app, by, proposal).await)?;
        v1::ProposeSpecialCloseResponse { case }
    };
    withdraw_special_close(WithdrawSpecialCloseRequest) -> WithdrawSpecialCloseResponse = |app, by, ask| {
        let case = shown(desk::withdraw_special(app, by, on!(ask)).await)?;
        v1::WithdrawSpecialCloseResponse { case }
    };
    decide_special_close(DecideSpecialCloseRequest) -> DecideSpecialCloseResponse = |app, by, ask| {
        let decided = desk::DecideSpecial {
            on: on!(ask),
            accept: ask.accept,
            reason: fields::text("reason", ask.reason)?,
        };
        v1::DecideSpecialCloseResponse { case: shown(desk::decide_special(app, by, decided).await)? }
    };
    force_close(ForceCloseRequest) -> ForceCloseResponse = |app, by, ask| {
        let reason = words::parse_force_reason(ask.reason)
            .ok_or_else(|| field("reason", "missing"))?;
        let close = desk::ForceClose {
            on: on!(ask),
            reason,
            report: fields::text("report", ask.report)?,
            evidence: fields::ids("evidence", &ask.evidence)?,
        };
        v1::ForceCloseResponse { case: shown(desk::force_close(app, by, close).await)? }
    };
    record_courtesy(RecordCourtesyRequest) -> RecordCourtesyResponse = |app, by, ask| {
        let said = words::parse_courtesy(ask.answer).ok_or_else(|| field("answer", "missing"))?;
        let courtesy =
            desk::RecordCourtesy { on: on!(ask), said, note: fields::text("note", ask.note)? };
        v1::RecordCourtesyResponse { case: shown(desk::record_courtesy(app, by, courtesy).await)? }
    };
    reopen_by_order(ReopenByOrderRequest) -> ReopenByOrderResponse = |app, by, ask| {
        let order =
            desk::ReopenByOrder { on: on!(ask), reason: fields::text("reason", ask.reason)? };
        v1::ReopenByOrderResponse { case: shown(desk::reopen_by_order(app, by, order).await)? }
    };
    order_next_step(OrderNextStepRequest) -> OrderNextStepResponse = |app, by, ask| {
        let step = desk::NextStep { on: on!(ask), words: fields::text("words", ask.words)? };
        v1::OrderNextStepResponse { case: shown(desk::order_next_step(app, by, step).await)? }
    };
    order_escalation(OrderEscalationRequest) -> OrderEscalationResponse = |app, by, ask| {
        let ground = words::parse_ground(ask.ground).ok_or_else(|| field("ground", "missing"))?;
        let order = desk::OrderEscalation {
            on: on!(ask),
            ground,
            reason: fields::text("reason", ask.reason)?,
        };
        v1::OrderEscalationResponse { case: shown(desk::order_escalation(app, by, order).await)? }
    };
    order_verification(OrderVerificationRequest) -> OrderVerificationResponse = |app, by, ask| {
        let order = desk::OrderRound { on: on!(ask) };
        v1::OrderVerificationResponse { case: shown(desk::order_round(app, by, order).await)? }
    };
} }
