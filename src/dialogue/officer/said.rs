//! How a case and its due day are said to the officer who answers for it.

use super::talk::{DayOfMonth, DueCase, DueDay, OfficerCase};
use crate::{
    dialogue::{
        Clip, prompts,
        prompts::MONTHS,
        spoken::{amount, case_number},
        talk::Due,
    },
    domain::{case::State, number::CaseNumber},
};

/// Number, subject, state, level, due day.
pub(super) fn summary(case: &OfficerCase) -> Vec<Clip> {
    let mut clips = numbered(case.number);
    clips.extend([Clip::fixed(prompts::VERIFY_SUBJECT), case.subject.clone()]);
    clips.extend([Clip::fixed(prompts::PAUSE), Clip::fixed(state(case.state))]);
    clips.push(Clip::fixed(prompts::AT_LEVEL));
    clips.extend(amount(u64::from(case.level.0)));
    if let Some(due) = case.due {
        clips.push(Clip::fixed(prompts::OFFICER_DUE_ON));
        clips.extend(date(due.day));
        clips.extend(left(due.left));
    }
    clips
}

/// One line of the list: number and due day.
pub(super) fn listed(case: &DueCase) -> Vec<Clip> {
    let mut clips = numbered(case.number);
    match case.due {
        Some(DueDay { left: Due::Over, .. }) => clips.push(Clip::fixed(prompts::OVERDUE)),
        Some(due) => {
            clips.push(Clip::fixed(prompts::OFFICER_DUE_ON));
            clips.extend(date(due.day));
        }
        None => {}
    }
    clips.push(Clip::fixed(prompts::PAUSE));
    clips
}

pub(super) fn date(day: DayOfMonth) -> Vec<Clip> {
    let month = usize::try_from(day.month).ok().and_then(|month| MONTHS.get(month.checked_sub(1)?));
    let mut clips = amount(u64::from(day.day));
    clips.extend(month.map(|month| Clip::fixed(month)));
    clips
}

/// What an officer can still do something about.
pub(super) fn is_workable(state: State) -> bool {
    match state {
        State::WithOfficer | State::PartiallyClosed => true,
        State::Unrouted
        | State::AwaitingVerification
        | State::SpecialCloseProposed
        | State::Unverified
        | State::ClosedSatisfied
        | State::ClosedSpecial
        | State::ClosedForced
        | State::Withdrawn
        | State::Merged
        | State::Forwarded => false,
    }
}

fn numbered(number: CaseNumber) -> Vec<Clip> {
    let mut clips = vec![Clip::fixed(prompts::COMPLAINT_NUMBER)];
    clips.extend(case_number(number));
    clips.push(Clip::fixed(prompts::PAUSE));
    clips
}

fn state(state: State) -> &'static str {
    match state {
        State::WithOfficer => prompts::OFFICER_STATE_PENDING,
        State::AwaitingVerification => prompts::OFFICER_STATE_AWAITING,
        State::PartiallyClosed => prompts::OFFICER_STATE_PARTIAL,
        State::SpecialCloseProposed => prompts::OFFICER_STATE_PROPOSED,
        State::Unverified => prompts::OFFICER_STATE_UNVERIFIED,
        State::Unrouted
        | State::ClosedSatisfied
        | State::ClosedSpecial
        | State::ClosedForced
        | State::Withdrawn
        | State::Merged
        | State::Forwarded => prompts::OFFICER_STATE_OVER,
    }
}

fn left(due: Due) -> Vec<Clip> {
    match due {
        Due::Over => vec![Clip::fixed(prompts::OVERDUE)],
        Due::Today | Due::InDays(0) => vec![Clip::fixed(prompts::DUE_TODAY)],
        Due::InDays(1) => vec![Clip::fixed(prompts::DAY_LEFT)],
        Due::InDays(days) => {
            let mut clips = amount(u64::from(days));
            clips.push(Clip::fixed(prompts::DAYS_LEFT));
            clips
        }
    }
}
