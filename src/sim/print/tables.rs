//! The tables.

use super::{AGES, DayFigures, Figures, Hour, days};
use crate::{
    acd::Ending,
    domain::case::State,
    reports::{Cell, Table},
    sim::figures::Waits,
};

fn table(title: &str, columns: &[&'static str], rows: Vec<Vec<Cell>>) -> Table {
    Table { title: title.to_owned(), columns: columns.to_vec(), rows }
}

fn share(part: u64, whole: u64) -> Cell {
    if whole == 0 { Cell::None } else { Cell::Share(part as f64 / whole as f64) }
}

fn number(value: Option<f64>) -> Cell {
    value.map_or(Cell::None, |value| Cell::Number(value, 1))
}

fn sum(figures: &Figures, of: impl Fn(&DayFigures) -> u64) -> u64 {
    days(figures).iter().map(of).sum()
}

pub(super) fn summary(figures: &Figures) -> Table {
    let (cases, centre, faults) = (&figures.cases, &figures.centre, &figures.faults);
    let people = &figures.people;
    let open = days(figures).last().map_or(0, |day| day.ages.iter().sum());
    let line = |what: &str, cell: Cell| vec![what.into(), cell];
    let rows = vec![
        line("days", (days(figures).len() as u64).into()),
        line("calls to 181", centre.calls.into()),
        line("cases registered", cases.registered.into()),
        line("resolutions filed", sum(figures, |day| day.resolved).into()),
        line("closed as satisfied", sum(figures, |day| day.satisfied).into()),
        line("closed by special close", sum(figures, |day| day.special).into()),
        line("closed by force", sum(figures, |day| day.forced).into()),
        line("open at the end", open.into()),
        line(
            "satisfied of registered (%)",
            share(sum(figures, |day| day.satisfied), cases.registered),
        ),
        line("dials", figures.dials.dials.into()),
        line("own calls about a resolution", people.own_calls.into()),
        line("own calls that were rung back", people.rung_back.into()),
        line("tasks of feedback callers", people.tasks.into()),
        line("outcomes recorded by hand", people.recorded.into()),
        line("answers without a call, refused", people.invented.into()),
        line("callers who hung up waiting (%)", share(centre.waits.abandoned, centre.waits.joined)),
        line("answered within 20 s (%)", centre.waits.level().map_or(Cell::None, Cell::Share)),
        line("facts checked", figures.events_checked.into()),
        line("rows compared", figures.rows_checked.into()),
        line("faults: ends of the process", faults.process_ends.into()),
        line("faults: outages", faults.outages.into()),
        line("faults: calls never recorded", faults.never_recorded.into()),
        line("faults: calls recorded late", faults.recorded_late.into()),
        line("faults: outcomes that were refused", faults.late_refused.into()),
        line("faults: requests sent twice", faults.repeated.into()),
    ];
    table("Summary", &["figure", "value"], rows)
}

pub(super) fn answer_times(figures: &Figures) -> Table {
    let row = |name: String, waits: &Waits| {
        let within = |share| waits.within_s(share).map_or(Cell::None, Cell::Count);
        vec![
            Cell::Text(name),
            waits.joined.into(),
            waits.answered.into(),
            waits.abandoned.into(),
            number(waits.mean_s()),
            within(0.5),
            within(0.95),
            waits.level().map_or(Cell::None, Cell::Share),
        ]
    };
    let mut rows: Vec<_> = figures
        .centre
        .by_hour
        .iter()
        .enumerate()
        .map(|(hour, waits)| row(format!("{hour:02}-{:02}", hour + 1), waits))
        .collect();
    rows.push(row("day".to_owned(), &figures.centre.waits));
    let columns = [
        "hour (IST)",
        "callers",
        "answered",
        "hung up",
        "mean wait (s)",
        "p50 (s)",
        "p95 (s)",
        "within 20 s (%)",
    ];
    table("Waiting for a person, by hour of the day", &columns, rows)
}

pub(super) fn needed(hours: &[Hour]) -> Table {
    let rows = hours.iter().enumerate().map(|(hour, of)| {
        vec![
            Cell::Text(format!("{hour:02}-{:02}", hour + 1)),
            Cell::Number(of.calls, 1),
            Cell::Number(of.handle_s, 1),
            Cell::Number(of.load, 2),
            (of.agents as u64).into(),
            Cell::Number(of.on_duty, 0),
            Cell::Number(of.dials, 1),
            Cell::Number(of.dial_load, 2),
            (of.channels as u64).into(),
            of.channels_most.into(),
        ]
    });
    let columns = [
        "hour (IST)",
        "callers",
        "handling (s)",
        "load (erlang)",
        "agents needed",
        "agents on duty",
        "dials",
        "dial load (erlang)",
        "channels needed",
        "channels at most",
    ];
    table(
        "Needed agents (Erlang C) and channels (Erlang B, 1 % lost), an average day",
        &columns,
        rows.collect(),
    )
}

pub(super) fn endings(figures: &Figures) -> Table {
    let name = |ending: &Ending| match ending {
        Ending::Talked => "spoke with an agent",
        Ending::Abandoned => "hung up waiting",
        Ending::CalledBack => "is called back",
        Ending::Message => "left a message",
        Ending::Overflowed => "went elsewhere",
        Ending::Silent => "fell silent",
        Ending::Lost => "lost with a node",
    };
    let whole = figures.centre.endings.values().sum();
    let row = |(ending, count): (&Ending, &u64)| {
        vec![name(ending).into(), (*count).into(), share(*count, whole)]
    };
    let mut rows: Vec<_> = figures.centre.endings.iter().map(row).collect();
    rows.push(vec![
        "call-backs that reached the citizen".into(),
        figures.centre.called_back.into(),
        Cell::None,
    ]);
    table("How calls for a person ended", &["ending", "calls", "share (%)"], rows)
}

pub(super) fn closures(figures: &Figures) -> Table {
    let row = |(n, day): (usize, &DayFigures)| {
        let counts = [
            day.registered,
            day.resolved,
            day.satisfied,
            day.special,
            day.forced,
            day.escalated,
            day.dials,
        ];
        std::iter::once(n as u64 + 1).chain(counts).map(Cell::from).collect()
    };
    let columns =
        ["day", "registered", "resolved", "satisfied", "special", "forced", "escalated", "dials"];
    table("Each day", &columns, days(figures).iter().enumerate().map(row).collect())
}

pub(super) fn attempts(figures: &Figures) -> Table {
    let whole = figures.cases.attempts.values().sum();
    let row = |(dials, cases): (&i64, &u64)| {
        vec![dials.unsigned_abs().into(), (*cases).into(), share(*cases, whole)]
    };
    let rows = figures.cases.attempts.iter().map(row).collect();
    table("Dials that a closure as satisfied took", &["dials", "cases", "share (%)"], rows)
}

pub(super) fn outcomes(figures: &Figures) -> Table {
    let whole = figures.dials.outcomes.values().sum();
    let rows = figures.dials.outcomes.iter().map(|(outcome, count)| {
        vec![outcome.as_str().into(), (*count).into(), share(*count, whole)]
    });
    table("What dials brought, by round", &["outcome", "rounds", "share (%)"], rows.collect())
}

pub(super) fn by_state(figures: &Figures) -> Table {
    let row = |(n, day): (usize, &DayFigures)| {
        let states =
            State::ALL.iter().map(|state| day.states.get(state).copied().unwrap_or_default());
        std::iter::once(n as u64 + 1).chain(states).map(Cell::from).collect()
    };
    let mut columns = vec!["day"];
    columns.extend(State::ALL.iter().map(|state| state.as_str()));
    table(
        "Cases by state at the end of each day",
        &columns,
        days(figures).iter().enumerate().map(row).collect(),
    )
}

pub(super) fn by_age(figures: &Figures) -> Table {
    let row = |(n, day): (usize, &DayFigures)| {
        std::iter::once(n as u64 + 1).chain(day.ages).map(Cell::from).collect()
    };
    let mut columns = vec!["day"];
    columns.extend(AGES);
    table(
        "Open cases by age from registration",
        &columns,
        days(figures).iter().enumerate().map(row).collect(),
    )
}

pub(super) fn escalations(figures: &Figures) -> Table {
    let rows = figures.cases.escalations.iter().map(|((level, reason), count)| {
        vec![u64::from(*level).into(), Cell::Text(reason.clone()), (*count).into()]
    });
    table(
        "Escalations by the level that was left, and the reason",
        &["level", "reason", "cases"],
        rows.collect(),
    )
}

pub(super) fn attended(figures: &Figures) -> Table {
    let mut rows: Vec<Vec<Cell>> = figures
        .cases
        .stays
        .iter()
        .map(|(level, (stays, left))| {
            vec![
                Cell::Text(level.to_string()),
                (*stays).into(),
                (*left).into(),
                share(*left, *stays),
            ]
        })
        .collect();
    rows.push(vec![
        "of them: no holder".into(),
        Cell::None,
        figures.cases.vacant.into(),
        Cell::None,
    ]);
    table(
        "Stays that ended upwards, and those that nobody attended to",
        &["level", "stays", "not attended", "share (%)"],
        rows,
    )
}

pub(super) fn resolutions(figures: &Figures) -> Table {
    let rows = figures.cases.resolutions.iter().map(|(level, (all, falsely))| {
        vec![u64::from(*level).into(), (*all).into(), (*falsely).into(), share(*falsely, *all)]
    });
    table(
        "Resolutions by level, and those with nothing done",
        &["level", "resolutions", "nothing done", "share (%)"],
        rows.collect(),
    )
}

pub(super) fn refused(figures: &Figures) -> Table {
    let registered = figures.cases.not_registered.iter();
    let registered = registered.map(|(reason, count)| ("register", reason, count));
    let acts = figures.cases.refused.iter().map(|((act, reason), count)| (*act, reason, count));
    let rows = registered.chain(acts);
    let rows = rows
        .map(|(act, reason, count)| vec![act.into(), Cell::Text(reason.clone()), (*count).into()]);
    table("What the product refused", &["act", "reason", "times"], rows.collect())
}
