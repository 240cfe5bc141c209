//! The queue's words as the API writes them.

use helpline_proto::v1;

use crate::{
    acd::{
        Activity, AgentState, BackOff, BreakReason, CallerId, Intent, Notice, Skipped, Unready,
        WhyWaiting, conversation::News,
    },
    app::agents::{Agent, CallerKnown},
    calls::centre::{Board, TrunkNow, TrunkState},
    domain::{intake::disposition::Disposition, place::Code},
    grpc::{fields::print_time, intake::print::safety as print_safety, words},
};

pub fn agent(agent: &Agent, now: Option<&AgentState>) -> v1::Agent {
    v1::Agent {
        login: agent.login.clone(),
        name: agent.name.clone(),
        phone: agent.phone.clone(),
        skills: agent.skills.clone(),
        state: now.map(state),
    }
}

pub fn state(state: &AgentState) -> v1::AgentState {
    let reason = match state.intent {
        Intent::OnBreak(reason) => print_break(reason),
        _ => v1::BreakReason::Unspecified,
    };
    v1::AgentState {
        intent: intent(state.intent).into(),
        break_reason: reason.into(),
        intent_since: Some(print_time(state.intent_since)),
        pending: state.pending.map_or(v1::Intent::Unspecified, intent).into(),
        activity: activity(state.activity).into(),
        activity_since: Some(print_time(state.activity_since)),
        wrap_up_until: state.wrap_up_until.map(print_time),
        wrap_up_extended: state.wrap_up_extended,
        unready: state.unready.map_or("", unready).to_owned(),
    }
}

pub fn intent(intent: Intent) -> v1::Intent {
    match intent {
        Intent::SignedOut => v1::Intent::SignedOut,
        Intent::Available => v1::Intent::Available,
        Intent::OnDemand => v1::Intent::OnDemand,
        Intent::OnBreak(_) => v1::Intent::OnBreak,
    }
}

pub fn activity(activity: Activity) -> v1::Activity {
    match activity {
        Activity::Idle => v1::Activity::Idle,
        Activity::Offered => v1::Activity::Offered,
        Activity::Talking => v1::Activity::Talking,
        Activity::OnHold => v1::Activity::OnHold,
        Activity::WrapUp => v1::Activity::WrapUp,
    }
}

fn print_break(reason: BreakReason) -> v1::BreakReason {
    match reason {
        BreakReason::Tea => v1::BreakReason::Tea,
        BreakReason::Meal => v1::BreakReason::Meal,
        BreakReason::Prayer => v1::BreakReason::Prayer,
        BreakReason::Training => v1::BreakReason::Training,
        BreakReason::Meeting => v1::BreakReason::Meeting,
        BreakReason::Personal => v1::BreakReason::Personal,
        BreakReason::NoAnswer => v1::BreakReason::NoAnswer,
        BreakReason::OneCallTaken => v1::BreakReason::OneCallTaken,
    }
}

/// None for what no person says.
pub fn parse_break(value: i32) -> Option<BreakReason> {
    match v1::BreakReason::try_from(value).ok()? {
        v1::BreakReason::Tea => Some(BreakReason::Tea),
        v1::BreakReason::Meal => Some(BreakReason::Meal),
        v1::BreakReason::Prayer => Some(BreakReason::Prayer),
        v1::BreakReason::Training => Some(BreakReason::Training),
        v1::BreakReason::Meeting => Some(BreakReason::Meeting),
        v1::BreakReason::Personal => Some(BreakReason::Personal),
        v1::BreakReason::Unspecified
        | v1::BreakReason::NoAnswer
        | v1::BreakReason::OneCallTaken => None,
    }
}

fn unready(unready: Unready) -> &'static str {
    match unready {
        Unready::NoPhone => "no_phone",
        Unready::NoConsole => "no_console",
        Unready::BackOff { cause, .. } => back_off(cause),
    }
}

fn back_off(cause: BackOff) -> &'static str {
    match cause {
        BackOff::Rejected => "rejected",
        BackOff::Busy => "busy",
        BackOff::Unreachable => "unreachable",
        BackOff::NoAnswer => "no_answer",
    }
}

pub fn notice(notice: Notice) -> v1::AgentNotice {
    let kind = match notice {
        Notice::AwayNoAnswer => "away_no_answer",
        Notice::SignedOutSilent => "signed_out_silent",
        Notice::PhoneLeaseEnded => "phone_lease_ended",
        Notice::ConsoleLeaseEnded => "console_lease_ended",
        Notice::CallLost(_) => "call_lost",
        Notice::CutOff(_) => "cut_off",
    };
    v1::AgentNotice { kind: kind.to_owned() }
}

pub fn guest(news: News, who: String, known: Option<&CallerKnown>) -> v1::GuestNews {
    let kind = match news {
        News::Asked => "asked",
        News::Done => "done",
        News::Failed => "failed",
        News::Joined => "joined",
        News::Parted => "parted",
    };
    v1::GuestNews { kind: kind.to_owned(), who, caller: known.map(caller) }
}

pub fn caller(known: &CallerKnown) -> v1::Caller {
    let case = |case: &crate::app::agents::EarlierCase| v1::EarlierCase {
        number: case.number.to_string(),
        state: words::state(case.state),
        level: i32::from(case.level.0),
        category: case.category.to_string(),
    };
    v1::Caller {
        id: known.caller.to_string(),
        call: known.call.clone(),
        phone_masked: known.phone.as_ref().map_or(String::new(), ToString::to_string),
        language: known.language.map_or(0, words::language),
        reason: known.reason.to_lowercase(),
        cases: known.cases.iter().map(case).collect(),
        open_round: known.open_round,
        safety: Some(print_safety(known.safety)),
        messages: known.messages.clone(),
        call_back: known.call_back,
        task: known.task.clone().unwrap_or_default(),
    }
}

pub fn board(board: &Board, registrations: &[(Code, u64)]) -> v1::Board {
    let registered = |(department, cases): &(Code, u64)| v1::DepartmentCount {
        department: department.to_string(),
        cases: i64::try_from(*cases).unwrap_or(i64::MAX),
    };
    let mut counts: Vec<v1::AgentCount> = Vec::new();
    for state in &board.agents {
        let (intent, activity) = (intent(state.intent).into(), activity(state.activity).into());
        match counts.iter_mut().find(|one| (one.intent, one.activity) == (intent, activity)) {
            Some(count) => count.agents += 1,
            None => counts.push(v1::AgentCount { intent, activity, agents: 1 }),
        }
    }
    counts.sort_by_key(|one| (one.intent, one.activity));
    v1::Board {
        waiting: count(board.waiting),
        talking: count(board.talking),
        longest_wait_ms: board.longest_wait_ms,
        answered: i64::try_from(board.answered).unwrap_or(i64::MAX),
        abandoned: i64::try_from(board.abandoned).unwrap_or(i64::MAX),
        service_level: board.service_level.and_then(|share| i32::try_from(share).ok()),
        service_level_2: board.service_level_2.and_then(|share| i32::try_from(share).ok()),
        answer_ms: board.answer_ms,
        mean_talk_ms: board.mean_talk_ms,
        agents: counts,
        saving: board.saving,
        partial_recordings: i64::try_from(board.partial_recordings).unwrap_or(i64::MAX),
        dispositions: board.dispositions.iter().map(said).collect(),
        registrations: registrations.iter().map(registered).collect(),
        trunks: board.trunks.iter().map(trunk).collect(),
    }
}

fn trunk(now: &TrunkNow) -> v1::Trunk {
    let (state, resting_s) = match now.state {
        TrunkState::Up => (v1::TrunkState::Up, 0),
        TrunkState::Resting(left) => {
            (v1::TrunkState::Resting, i32::try_from(left.as_secs() + 1).unwrap_or(i32::MAX))
        }
        TrunkState::OnTrial => (v1::TrunkState::OnTrial, 0),
        TrunkState::TakesNone => (v1::TrunkState::TakesNone, 0),
        TrunkState::Stopped => (v1::TrunkState::Stopped, 0),
    };
    let small = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
    let large = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    v1::Trunk {
        name: now.name.clone(),
        state: state.into(),
        resting_s,
        channels: small(now.channels),
        channels_used: small(now.channels_used),
        starts: large(now.starts),
        faults: large(now.faults),
    }
}

fn said((disposition, calls): &(Disposition, u64)) -> v1::DispositionCount {
    v1::DispositionCount {
        disposition: words::disposition(*disposition),
        calls: i64::try_from(*calls).unwrap_or(i64::MAX),
    }
}

pub fn why(caller: CallerId, why: &WhyWaiting, agents: &[Agent]) -> v1::WhyWaitingResponse {
    let login = |id: i64| {
        let agent = agents.iter().find(|agent| agent.account == id);
        agent.map_or_else(|| id.to_string(), |agent| agent.login.clone())
    };
    let skipped = why.skipped.iter().map(|(agent, why)| v1::SkippedAgent {
        login: login(agent.0),
        reason: skip(why).to_owned(),
    });
    v1::WhyWaitingResponse {
        caller: caller.0.to_string(),
        position: count(why.position),
        waited_ms: why.waited_ms,
        ring: i32::from(why.ring.0),
        targets: why.targets.clone(),
        skipped: skipped.collect(),
    }
}

fn skip(why: &Skipped) -> &'static str {
    match why {
        Skipped::SignedOut => "signed_out",
        Skipped::OnBreak(_) => "on_break",
        Skipped::Leaving => "leaving",
        Skipped::NoPhone => "no_phone",
        Skipped::NoConsole => "no_console",
        Skipped::BackOff { cause, .. } => back_off(*cause),
        Skipped::Offered => "offered",
        Skipped::Talking => "talking",
        Skipped::OnHold => "on_hold",
        Skipped::WrapUp { .. } => "wrap_up",
        Skipped::Lacks { .. } => "lacks",
        Skipped::NoTarget => "no_target",
        Skipped::RefusedThis => "refused_this",
        Skipped::LaterTarget => "later_target",
        Skipped::IdleLess { .. } => "idle_less",
    }
}

fn count(value: usize) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}
