//! Tasks and figures of feedback callers as the API shows them.

use helpline_proto::v1;

use crate::{
    app::{feedback::CallerRow, verification},
    domain::feedback::{Task, statistics::Statistics},
    grpc::{cases, fields::print_time, verification as rounds, words},
};

/// A task with all that is said in its call.
pub fn shown(task: verification::Task) -> v1::NextTaskResponse {
    v1::NextTaskResponse {
        task: Some(rounds::task(&task.round, &task.view)),
        held_until: Some(print_time(task.held.held_until)),
        orders: cases::orders(task.orders),
        report: task.report.unwrap_or_default(),
        progress: Some(progress(&task.held)),
        case: Some(cases::case(task.view)),
    }
}

pub fn progress(task: &Task) -> v1::TaskProgress {
    v1::TaskProgress {
        id: task.id(),
        state: words::task_state(task.state),
        held_until: Some(print_time(task.held_until)),
        call: task.call.clone().unwrap_or_default(),
        answered_at: task.answered_at.map(print_time),
        ended_at: task.ended_at.map(print_time),
        reason: task.reason.clone().unwrap_or_default(),
        extended: task.extended,
        kind: words::task_kind(task.kind),
    }
}

pub fn statistics(found: Statistics) -> v1::CallerStatistics {
    let outcomes = found.outcomes.into_iter();
    v1::CallerStatistics {
        previews: found.previews,
        lapsed: found.lapsed,
        skipped: found.skipped,
        dials: found.dials,
        answered: found.answered,
        right_party: found.right_party,
        outcomes: outcomes
            .map(|(outcome, count)| v1::OutcomeCount { outcome: words::outcome(outcome), count })
            .collect(),
        median_talk: found.median_talk_ms.map(duration),
    }
}

pub fn caller(row: CallerRow) -> v1::FeedbackCaller {
    v1::FeedbackCaller {
        login: row.login,
        name: row.name,
        languages: row.takes.languages.into_iter().map(words::language).collect(),
        districts: row.takes.districts.into_iter().map(|place| place.0).collect(),
        departments: row.takes.departments.into_iter().map(|code| code.0).collect(),
        today: None,
        month: None,
    }
}

fn duration(ms: i64) -> prost_types::Duration {
    let nanos = i32::try_from(ms % 1_000).unwrap_or_default() * 1_000_000;
    prost_types::Duration { seconds: ms / 1_000, nanos }
}
