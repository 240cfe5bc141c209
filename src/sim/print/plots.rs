//! The plots.

use super::{AGES, DayFigures, Figures, HOURS, Hour, OPEN, days};
use crate::{
    reports::{Plot, Series, Shape},
    sim::figures::Waits,
};

fn plot(
    title: &str,
    (x, y): (&str, &str),
    shape: Shape,
    places: Vec<String>,
    series: Vec<(String, Vec<Option<f64>>)>,
) -> Plot {
    let series = series.into_iter().map(|(name, values)| Series { name, values }).collect();
    Plot { title: title.to_owned(), x: x.to_owned(), y: y.to_owned(), places, shape, series }
}

fn hour_names() -> Vec<String> {
    (0..HOURS).map(|hour| format!("{hour:02}")).collect()
}

fn day_names(figures: &Figures) -> Vec<String> {
    (1..=days(figures).len()).map(|day| day.to_string()).collect()
}

fn daily(figures: &Figures, of: impl Fn(&DayFigures) -> u64) -> Vec<Option<f64>> {
    days(figures).iter().map(|day| Some(of(day) as f64)).collect()
}

pub(super) fn answer_times(figures: &Figures) -> Plot {
    let by_hour = |of: &dyn Fn(&Waits) -> Option<f64>| -> Vec<Option<f64>> {
        figures.centre.by_hour.iter().map(of).collect()
    };
    let within = |share| move |waits: &Waits| waits.within_s(share).map(|seconds| seconds as f64);
    let series = vec![
        ("mean".to_owned(), by_hour(&Waits::mean_s)),
        ("half within (p50)".to_owned(), by_hour(&within(0.5))),
        ("95 % within (p95)".to_owned(), by_hour(&within(0.95))),
    ];
    plot(
        "Waiting for a person",
        ("hour of the day (IST)", "seconds"),
        Shape::Lines,
        hour_names(),
        series,
    )
}

pub(super) fn agents(hours: &[Hour]) -> Plot {
    let series = vec![
        ("load (erlang)".to_owned(), hours.iter().map(|hour| Some(hour.load)).collect()),
        ("agents needed".to_owned(), hours.iter().map(|hour| Some(hour.agents as f64)).collect()),
        ("agents on duty".to_owned(), hours.iter().map(|hour| Some(hour.on_duty)).collect()),
    ];
    plot(
        "Agents: offered load, needed, on duty",
        ("hour of the day (IST)", "agents"),
        Shape::Lines,
        hour_names(),
        series,
    )
}

pub(super) fn channels(hours: &[Hour]) -> Plot {
    let series = vec![
        ("load (erlang)".to_owned(), hours.iter().map(|hour| Some(hour.dial_load)).collect()),
        (
            "channels needed".to_owned(),
            hours.iter().map(|hour| Some(hour.channels as f64)).collect(),
        ),
        (
            "channels at most".to_owned(),
            hours.iter().map(|hour| Some(hour.channels_most as f64)).collect(),
        ),
    ];
    plot(
        "Channels of the dialler",
        ("hour of the day (IST)", "channels"),
        Shape::Lines,
        hour_names(),
        series,
    )
}

pub(super) fn closures(figures: &Figures) -> Plot {
    let series = vec![
        ("satisfied".to_owned(), daily(figures, |day| day.satisfied)),
        ("special close".to_owned(), daily(figures, |day| day.special)),
        ("force close".to_owned(), daily(figures, |day| day.forced)),
    ];
    plot("Closures by kind", ("day", "cases"), Shape::Stacked, day_names(figures), series)
}

pub(super) fn attempts(figures: &Figures) -> Plot {
    let attempts = &figures.cases.attempts;
    let values = attempts.values().map(|cases| Some(*cases as f64)).collect();
    let places = attempts.keys().map(i64::to_string).collect();
    plot(
        "Dials that a closure as satisfied took",
        ("dials", "cases"),
        Shape::Bars,
        places,
        vec![("cases".to_owned(), values)],
    )
}

pub(super) fn outcomes(figures: &Figures) -> Plot {
    let outcomes = &figures.dials.outcomes;
    let places = outcomes.keys().map(|outcome| short(outcome.as_str())).collect();
    let values = outcomes.values().map(|count| Some(*count as f64)).collect();
    plot(
        "What dials brought",
        ("outcome", "rounds"),
        Shape::Bars,
        places,
        vec![("rounds".to_owned(), values)],
    )
}

/// `NO_ANSWER` -> `no ans.`: what has room below a bar.
fn short(outcome: &str) -> String {
    let short = match outcome {
        "NOT_SATISFIED" => "not sat.",
        "CONGESTION" => "congest.",
        "NO_ANSWER" => "no ans.",
        "BAD_NUMBER" => "bad no.",
        "WRONG_NUMBER" => "wrong no.",
        "SPEAK_TO_PERSON" => "person",
        "CALL_LATER" => "later",
        other => return other.to_lowercase().replace('_', " "),
    };
    short.to_owned()
}

pub(super) fn by_state(figures: &Figures) -> Plot {
    let series = OPEN.iter().map(|state| {
        let name = state.as_str().to_lowercase().replace('_', " ");
        (name, daily(figures, |day| day.states.get(state).copied().unwrap_or_default()))
    });
    plot(
        "Open cases by state",
        ("day", "cases"),
        Shape::Stacked,
        day_names(figures),
        series.collect(),
    )
}

pub(super) fn by_age(figures: &Figures) -> Plot {
    let series = AGES
        .iter()
        .enumerate()
        .map(|(n, name)| ((*name).to_owned(), daily(figures, |day| day.ages[n])));
    plot(
        "Open cases by age",
        ("day", "cases"),
        Shape::Stacked,
        day_names(figures),
        series.collect(),
    )
}

pub(super) fn escalations(figures: &Figures) -> Plot {
    let escalations = &figures.cases.escalations;
    let mut reasons: Vec<&str> = escalations.keys().map(|(_, reason)| reason.as_str()).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let levels = 1..=4_u8;
    let series = reasons.into_iter().map(|reason| {
        let at = |level| escalations.get(&(level, reason.to_owned())).map(|count| *count as f64);
        (reason.to_lowercase().replace('_', " "), levels.clone().map(at).collect())
    });
    let places = levels.clone().map(|level| format!("L{level}")).collect();
    plot(
        "Escalations by the level that was left",
        ("level", "cases"),
        Shape::Bars,
        places,
        series.collect(),
    )
}
