//! What citizens do on their own call through an agent, and what the call centre does about their cases.

use std::sync::Arc;

use helpline_proto::v1::{self, citizen_service_server::CitizenService};

use super::{
    acting::{acts, on, shown},
    fields,
};
use crate::app::{App, cases};

pub struct Citizens(pub Arc<App>);

acts! { CitizenService for Citizens {
    withdraw_case(WithdrawCaseRequest) -> WithdrawCaseResponse = |app, by, ask| {
        let withdraw = cases::Withdraw {
            on: on!(ask, alone),
            from: Some(fields::phone("phone", &ask.phone)?),
            confirmed: ask.confirmed,
            pressed: ask.pressed,
        };
        v1::WithdrawCaseResponse { case: shown(cases::withdraw(app, by, withdraw).await)? }
    };
    reopen_case(ReopenCaseRequest) -> ReopenCaseResponse = |app, by, ask| {
        let reopen = cases::Reopen {
            on: on!(ask, alone),
            from: Some(fields::phone("phone", &ask.phone)?),
            confirmed: ask.confirmed,
        };
        v1::ReopenCaseResponse { case: shown(cases::reopen(app, by, reopen).await)? }
    };
    ask_reopening(AskReopeningRequest) -> AskReopeningResponse = |app, by, ask| {
        let asked = cases::AskReopen {
            on: on!(ask, alone),
            from: Some(fields::phone("phone", &ask.phone)?),
            words: fields::text("words", ask.words)?,
        };
        v1::AskReopeningResponse { case: shown(cases::ask_reopen(app, by, asked).await)? }
    };
    demand_verification(DemandVerificationRequest) -> DemandVerificationResponse = |app, by, ask| {
        let demand = cases::DemandRound {
            on: on!(ask, alone),
            from: Some(fields::phone("phone", &ask.phone)?),
        };
        v1::DemandVerificationResponse { case: shown(cases::demand_round(app, by, demand).await)? }
    };
    merge_case(MergeCaseRequest) -> MergeCaseResponse = |app, by, ask| {
        let parent = fields::named_number("parent", &ask.parent)?;
        let merge = cases::Merge { on: on!(ask, alone), parent };
        v1::MergeCaseResponse { case: shown(cases::merge(app, by, merge).await)? }
    };
    unmerge_case(UnmergeCaseRequest) -> UnmergeCaseResponse = |app, by, ask| {
        let unmerge = cases::Unmerge { on: on!(ask, alone) };
        v1::UnmergeCaseResponse { case: shown(cases::unmerge(app, by, unmerge).await)? }
    };
    link_case(LinkCaseRequest) -> LinkCaseResponse = |app, by, ask| {
        let lead = fields::named_number("lead", &ask.lead)?;
        let link = cases::Link { on: on!(ask, alone), lead };
        v1::LinkCaseResponse { case: shown(cases::link(app, by, link).await)? }
    };
    unlink_case(UnlinkCaseRequest) -> UnlinkCaseResponse = |app, by, ask| {
        let unlink = cases::Unlink { on: on!(ask, alone) };
        v1::UnlinkCaseResponse { case: shown(cases::unlink(app, by, unlink).await)? }
    };
    ask_number_change(AskNumberChangeRequest) -> AskNumberChangeResponse = |app, by, ask| {
        let phone = fields::phone("phone", &ask.phone)?;
        let change = cases::AskNumber { on: on!(ask, alone), phone };
        v1::AskNumberChangeResponse { case: shown(cases::ask_number(app, by, change).await)? }
    };
    confirm_number_change(ConfirmNumberChangeRequest) -> ConfirmNumberChangeResponse = |app, by, ask| {
        let change = cases::ConfirmNumber {
            on: on!(ask, alone),
            code: fields::text("code", ask.code)?,
        };
        v1::ConfirmNumberChangeResponse { case: shown(cases::confirm_number(app, by, change).await)? }
    };
    decide_number_change(DecideNumberChangeRequest) -> DecideNumberChangeResponse = |app, by, ask| {
        let change = cases::DecideNumber {
            on: on!(ask, alone),
            approve: ask.approve,
            reason: fields::text("reason", ask.reason)?,
        };
        v1::DecideNumberChangeResponse { case: shown(cases::decide_number(app, by, change).await)? }
    };
} }
