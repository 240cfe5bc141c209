//! Boards as tables and as JSON.

use helpline_proto::v1;
use serde_json::{Value, json};

use crate::{
    cli::print,
    reports::{Cell, Table},
};

pub const CASE_HEADS: [&str; 8] =
    ["CASE", "STATE", "LEVEL", "DEPARTMENT", "DISTRICT", "SINCE", "ENDED", "CHARGED"];

pub fn month(month: &v1::GradeMonth) -> String {
    let published = match month.published_at {
        Some(_) => print::time(month.published_at),
        None => "provisional".to_owned(),
    };
    print::facts(&[
        ("month", month.month.clone()),
        ("formula", month.formula_version.to_string()),
        ("judged", print::time(month.judged_at)),
        ("published", published),
        ("by", month.published_by.clone()),
        ("digest", month.digest.clone()),
    ])
}

fn title(month: Option<&v1::GradeMonth>) -> String {
    let Some(month) = month else { return "Grades".to_owned() };
    let formula = month.formula_version;
    match month.published_at {
        Some(_) => format!(
            "Grades of {}, published {}, formula {formula}",
            month.month,
            print::time(month.published_at)
        ),
        None => format!("Grades of {}, provisional, formula {formula}", month.month),
    }
}

pub fn board(shown: &v1::ListGradesResponse) -> Table {
    Table {
        title: title(shown.month.as_ref()),
        columns: vec![
            "rank",
            "code",
            "name",
            "score",
            "grade",
            "size",
            "rank in size",
            "received",
            "satisfied of received (%)",
            "satisfied of verified (%)",
            "at level 1 (%)",
            "resolved at level 1 (%)",
            "forced (%)",
            "not attended",
            "streak (months)",
            "month before",
            "drop",
        ],
        rows: shown.lines.iter().map(line).collect(),
    }
}

fn line(line: &v1::GradeLine) -> Vec<Cell> {
    vec![
        count(line.rank.into()),
        Cell::Text(line.code.clone()),
        Cell::Text(line.name.clone()),
        Cell::BasisPoints(line.score_basis_points.into()),
        grade(line.grade()),
        Cell::from(print::word(line.size().as_str_name(), "GRADE_SIZE_")),
        count(line.rank_in_size.into()),
        figure(line, v1::GradeMeasure::Received),
        share(line.satisfied_of_received_basis_points),
        share(line.satisfied_of_verified_basis_points),
        share(line.satisfied_of_verified_l1_basis_points),
        share(line.resolved_at_l1_basis_points),
        share(line.forced_basis_points),
        figure(line, v1::GradeMeasure::NotAttended),
        count(line.streak_months.into()),
        share(line.before_basis_points),
        share(line.drop_basis_points),
    ]
}

fn grade(grade: v1::Grade) -> Cell {
    Cell::from(print::word(grade.as_str_name(), "GRADE_"))
}

/// Nothing where there is no such place.
fn count(count: i64) -> Cell {
    u64::try_from(count).ok().filter(|count| *count > 0).map_or(Cell::None, Cell::Count)
}

fn share(basis_points: Option<i32>) -> Cell {
    basis_points.map_or(Cell::None, |share| Cell::BasisPoints(share.into()))
}

fn figure(line: &v1::GradeLine, measure: v1::GradeMeasure) -> Cell {
    let found = line.figures.iter().find(|figure| figure.measure() == measure);
    Cell::Count(found.and_then(|figure| u64::try_from(figure.cases).ok()).unwrap_or_default())
}

pub fn leaders(found: &v1::ListLeadersResponse) -> Table {
    let row = |leader: &v1::Leader| {
        let number = |number: i64| Cell::Count(u64::try_from(number).unwrap_or_default());
        vec![
            number(leader.rank.into()),
            Cell::Text(leader.login.clone()),
            Cell::Text(leader.name.clone()),
            Cell::Text(leader.department.clone()),
            Cell::Text(leader.district.clone()),
            Cell::BasisPoints(leader.score_basis_points.into()),
            number(leader.answers),
            number(leader.satisfied),
            number(leader.in_time),
            number(leader.contradicted),
        ]
    };
    Table {
        title: title(found.month.as_ref()),
        columns: vec![
            "rank",
            "login",
            "name",
            "department",
            "district",
            "satisfied in time (%)",
            "answers",
            "satisfied",
            "in time",
            "contradicted",
        ],
        rows: found.leaders.iter().map(row).collect(),
    }
}

pub fn unit(unit: &v1::GetGradeResponse) -> String {
    let line = unit.line.clone().unwrap_or_default();
    let points = |number: i32| Cell::BasisPoints(number.into()).print();
    let facts = print::facts(&[
        ("month", unit.month.clone().unwrap_or_default().month),
        ("unit", format!("{} ({})", line.name, line.code)),
        ("score", points(line.score_basis_points)),
        ("grade", print::word(line.grade().as_str_name(), "GRADE_").to_owned()),
        ("rank", line.rank.to_string()),
        ("satisfied in time", points(line.timely_basis_points)),
        ("not aged", points(line.fresh_basis_points)),
        ("quality", points(line.quality_basis_points)),
        ("attended", points(line.attended_basis_points)),
    ]);
    let row = |advice: &v1::GradeAdvice| {
        [
            print::word(advice.measure().as_str_name(), "GRADE_MEASURE_").to_owned(),
            advice.cases.to_string(),
            points(advice.all_basis_points),
            advice.to_next.map(|n| n.to_string()).unwrap_or_default(),
        ]
    };
    let heads = ["WHAT COSTS", "CASES", "MARKS", "FEWER FOR THE NEXT GRADE"];
    format!("{facts}\n\n{}", print::table(heads, unit.advice.iter().map(row)))
}

pub fn case(case: &v1::GradeCase) -> [String; 8] {
    let charged = match (case.charged_post.as_str(), case.vacant) {
        ("", true) => "vacant".to_owned(),
        (post, _) => post.to_owned(),
    };
    [
        case.number.clone(),
        case.state.clone(),
        format!("L{}", case.level),
        case.department.clone(),
        case.district.clone(),
        print::time(case.from),
        case.ended.clone(),
        charged,
    ]
}

pub fn month_json(month: &v1::GradeMonth) -> Value {
    json!({
        "month": month.month,
        "formula_version": month.formula_version,
        "judged_at": print::time_json(month.judged_at),
        "published_at": print::time_json(month.published_at),
        "published_by": month.published_by,
        "digest": month.digest,
    })
}

fn line_json(line: &v1::GradeLine) -> Value {
    let figures: serde_json::Map<String, Value> = line
        .figures
        .iter()
        .map(|figure| {
            let name = print::word(figure.measure().as_str_name(), "GRADE_MEASURE_");
            (name.to_ascii_lowercase(), figure.cases.into())
        })
        .collect();
    json!({
        "code": line.code,
        "name": line.name,
        "rank": line.rank,
        "score_basis_points": line.score_basis_points,
        "grade": print::word(line.grade().as_str_name(), "GRADE_"),
        "size": print::word(line.size().as_str_name(), "GRADE_SIZE_"),
        "rank_in_size": line.rank_in_size,
        "satisfied_of_received_basis_points": line.satisfied_of_received_basis_points,
        "satisfied_of_verified_basis_points": line.satisfied_of_verified_basis_points,
        "satisfied_of_verified_l1_basis_points": line.satisfied_of_verified_l1_basis_points,
        "resolved_at_l1_basis_points": line.resolved_at_l1_basis_points,
        "forced_basis_points": line.forced_basis_points,
        "not_attended_basis_points": line.not_attended_basis_points,
        "figures": figures,
        "streak_months": line.streak_months,
        "before_basis_points": line.before_basis_points,
        "drop_basis_points": line.drop_basis_points,
    })
}

pub fn board_json(shown: &v1::ListGradesResponse) -> Value {
    let late = |late: &v1::LateCount| {
        json!({
            "department": late.department,
            "district": late.district,
            "reason": print::word(late.reason().as_str_name(), "LATE_REASON_"),
            "cases": late.cases,
        })
    };
    json!({
        "month": shown.month.as_ref().map(month_json),
        "lines": shown.lines.iter().map(line_json).collect::<Vec<_>>(),
        "late": shown.late.iter().map(late).collect::<Vec<_>>(),
    })
}

pub fn unit_json(unit: &v1::GetGradeResponse) -> Value {
    let advice = |advice: &v1::GradeAdvice| {
        json!({
            "measure": print::word(advice.measure().as_str_name(), "GRADE_MEASURE_"),
            "cases": advice.cases,
            "all_basis_points": advice.all_basis_points,
            "each_milli_basis_points": advice.each_milli_basis_points,
            "to_next": advice.to_next,
        })
    };
    json!({
        "month": unit.month.as_ref().map(month_json),
        "line": unit.line.as_ref().map(line_json),
        "advice": unit.advice.iter().map(advice).collect::<Vec<_>>(),
    })
}

pub fn leaders_json(found: &v1::ListLeadersResponse) -> Value {
    let leader = |leader: &v1::Leader| {
        json!({
            "rank": leader.rank,
            "login": leader.login,
            "name": leader.name,
            "department": leader.department,
            "district": leader.district,
            "score_basis_points": leader.score_basis_points,
            "answers": leader.answers,
            "satisfied": leader.satisfied,
            "in_time": leader.in_time,
            "contradicted": leader.contradicted,
        })
    };
    json!({
        "month": found.month.as_ref().map(month_json),
        "leaders": found.leaders.iter().map(leader).collect::<Vec<_>>(),
    })
}

pub fn case_json(case: &v1::GradeCase) -> Value {
    json!({
        "number": case.number,
        "state": case.state,
        "level": case.level,
        "department": case.department,
        "district": case.district,
        "registered_at": print::time_json(case.registered_at),
        "from": print::time_json(case.from),
        "until": print::time_json(case.until),
        "fact": case.fact,
        "version": case.version,
        "ended": case.ended,
        "charged_post": case.charged_post,
        "vacant": case.vacant,
        "heard": case.heard,
        "late": case.late,
    })
}
