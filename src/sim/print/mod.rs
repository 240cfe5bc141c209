//! The figures of a run as tables and plots, for a reader who plans agents, channels and officers.

mod plots;
mod tables;

use super::{
    Options,
    centre::Centre,
    erlang,
    figures::{AGE_DAYS, DayFigures, Figures, HOURS},
    profile::Profile,
};
use crate::{
    acd,
    domain::{case::State, time::SECOND_MS},
    reports::{Plot, Table},
};

/// A channel that is not free loses a call: no more than this share of them.
const BLOCKED_MOST: f64 = 0.01;
const IN_TIME_S: f64 = 20.0;
const HOUR_S: f64 = 3_600.0;

/// Open states; the closed ones are not backlog.
const OPEN: [State; 6] = [
    State::Unrouted,
    State::WithOfficer,
    State::AwaitingVerification,
    State::PartiallyClosed,
    State::SpecialCloseProposed,
    State::Unverified,
];
const AGES: [&str; AGE_DAYS.len() + 1] =
    ["under 7 days", "7-13 days", "14-20 days", "21-27 days", "28-49 days", "50 days and more"];

/// Each with the stem of its file.
#[derive(Clone, Debug)]
pub struct Report {
    pub tables: Vec<(&'static str, Table)>,
    pub plots: Vec<(&'static str, Plot)>,
}

pub fn report(options: &Options, figures: &Figures) -> Report {
    let hours = hours(&options.profile, figures);
    Report {
        tables: vec![
            ("summary", tables::summary(figures)),
            ("answer_times", tables::answer_times(figures)),
            ("needed", tables::needed(&hours)),
            ("calls_ended", tables::endings(figures)),
            ("closures", tables::closures(figures)),
            ("attempts", tables::attempts(figures)),
            ("outcomes", tables::outcomes(figures)),
            ("backlog_by_state", tables::by_state(figures)),
            ("backlog_by_age", tables::by_age(figures)),
            ("escalations", tables::escalations(figures)),
            ("attended", tables::attended(figures)),
            ("resolutions", tables::resolutions(figures)),
            ("refused", tables::refused(figures)),
        ],
        plots: vec![
            ("answer_times", plots::answer_times(figures)),
            ("agents", plots::agents(&hours)),
            ("channels", plots::channels(&hours)),
            ("closures", plots::closures(figures)),
            ("attempts", plots::attempts(figures)),
            ("outcomes", plots::outcomes(figures)),
            ("backlog_by_state", plots::by_state(figures)),
            ("backlog_by_age", plots::by_age(figures)),
            ("escalations", plots::escalations(figures)),
        ],
    }
}

fn days(figures: &Figures) -> &[DayFigures] {
    &figures.cases.days
}

/// What one hour of the day asks for, on average over the days.
struct Hour {
    calls: f64,
    handle_s: f64,
    load: f64,
    agents: usize,
    on_duty: f64,
    dials: f64,
    dial_load: f64,
    channels: usize,
    channels_most: u64,
}

fn hours(profile: &Profile, figures: &Figures) -> Vec<Hour> {
    let centre = &figures.centre;
    let days = days(figures).len().max(1) as f64;
    let wrap_up_s = acd::Policy::default().wrap_up_ms as f64 / SECOND_MS as f64;
    let talk_s = centre.talk_ms as f64 / SECOND_MS as f64 / centre.talks_ended.max(1) as f64;
    let handle_s = talk_s + wrap_up_s;
    let on_duty = Centre::on_duty(profile);
    (0..HOURS)
        .map(|hour| {
            let calls = centre.by_hour.get(hour).map_or(0.0, |waits| waits.joined as f64 / days);
            let load = calls * handle_s / HOUR_S;
            let dial = figures.dials.hours[hour];
            let dial_load = dial.line_ms as f64 / SECOND_MS as f64 / days / HOUR_S;
            Hour {
                calls,
                handle_s,
                load,
                agents: erlang::agents(
                    load,
                    handle_s,
                    IN_TIME_S,
                    profile.agents.service_level_share,
                ),
                on_duty: on_duty[hour],
                dials: dial.dials as f64 / days,
                dial_load,
                channels: erlang::channels(dial_load, BLOCKED_MOST),
                channels_most: dial.channels_most,
            }
        })
        .collect()
}
