//! Grades as the API says them.

use helpline_proto::v1;

use crate::{
    app::grades::{Head, Line, Row},
    domain::{
        chain::Hash,
        grading::{
            advice::{Advice, Cost},
            figures::{FIGURES, Figures},
            leaders,
            measure::Measure,
            paper::{LateLine, Published},
            rank::Size,
            spell::OPEN,
        },
    },
    grpc::{fields::print_time, words},
};

/// In the order of `Figures::all`; the ages beyond the formula's are figures without a list of their own.
const MEASURES: [Option<Measure>; FIGURES] = [
    Some(Measure::Received),
    Some(Measure::Satisfied),
    Some(Measure::InTime),
    Some(Measure::Resolved),
    Some(Measure::ResolvedL1),
    Some(Measure::Answers),
    Some(Measure::AnswersSatisfied),
    Some(Measure::AnswersL1),
    Some(Measure::AnswersSatisfiedL1),
    Some(Measure::Pending),
    Some(Measure::PartiallyClosed),
    Some(Measure::Aged),
    None,
    None,
    None,
    Some(Measure::Closed),
    Some(Measure::Special),
    Some(Measure::Forced),
    Some(Measure::Contradicted),
    Some(Measure::Ended),
    Some(Measure::NotAttended),
    Some(Measure::Vacant),
];

pub fn head(head: &Head) -> v1::GradeMonth {
    match &head.published {
        Some(published) => self::published(published),
        None => v1::GradeMonth {
            month: head.month.to_string(),
            formula_version: number(head.formula.version.into()),
            judged_at: Some(print_time(head.judged_at)),
            ..Default::default()
        },
    }
}

pub fn published(published: &Published) -> v1::GradeMonth {
    v1::GradeMonth {
        month: published.month.to_string(),
        formula_version: number(published.formula.into()),
        judged_at: Some(print_time(published.judged_at)),
        published_at: Some(print_time(published.published_at)),
        published_by: format!("account:{}", published.published_by),
        digest: hex(&published.digest),
    }
}

pub fn line(line: &Line) -> v1::GradeLine {
    let unit = &line.ranked;
    let [timely, fresh, quality, attended] = unit.score.parts_bp.map(number);
    let shares = &unit.figures;
    v1::GradeLine {
        code: unit.code.clone(),
        name: unit.name.clone(),
        rank: rank(unit.rank),
        score_basis_points: number(unit.score.basis_points),
        grade: words::grade(unit.score.grade),
        size: match unit.size {
            Size::Large => v1::GradeSize::Large,
            Size::Small => v1::GradeSize::Small,
        }
        .into(),
        rank_in_size: rank(unit.rank_in_size),
        timely_basis_points: timely,
        fresh_basis_points: fresh,
        quality_basis_points: quality,
        attended_basis_points: attended,
        satisfied_of_received_basis_points: shares.satisfied_of_received_bp().map(number),
        satisfied_of_verified_basis_points: shares.satisfied_of_verified_bp().map(number),
        satisfied_of_verified_l1_basis_points: shares.satisfied_of_verified_l1_bp().map(number),
        resolved_at_l1_basis_points: shares.resolved_at_l1_bp().map(number),
        forced_basis_points: shares.forced_bp().map(number),
        not_attended_basis_points: shares.not_attended_bp().map(number),
        figures: figures(&unit.figures),
        streak_months: number(line.streak.into()),
        before_basis_points: line.before_bp.map(number),
        drop_basis_points: line.drop_bp.map(number),
    }
}

fn figures(figures: &Figures) -> Vec<v1::GradeFigure> {
    let figure = |(measure, cases): (Option<Measure>, i64)| {
        measure.map(|measure| v1::GradeFigure { measure: words::grade_measure(measure), cases })
    };
    MEASURES.into_iter().zip(figures.all()).filter_map(figure).collect()
}

pub fn late(line: &LateLine) -> v1::LateCount {
    v1::LateCount {
        department: line.department.0.clone(),
        district: line.district.0.clone(),
        reason: words::late_reason(line.why),
        cases: line.cases,
    }
}

pub fn advice(advice: &Advice) -> v1::GradeAdvice {
    let measure = match advice.cost {
        Cost::NotInTime => Measure::NotInTime,
        Cost::Aged => Measure::Aged,
        Cost::Special => Measure::Special,
        Cost::Forced => Measure::Forced,
        Cost::Contradicted => Measure::Contradicted,
        Cost::NotAttended => Measure::NotAttended,
    };
    v1::GradeAdvice {
        measure: words::grade_measure(measure),
        cases: advice.cases,
        all_basis_points: number(advice.all_bp),
        each_milli_basis_points: advice.each_milli_bp,
        to_next: advice.to_next,
    }
}

pub fn leader(leader: &leaders::Leader) -> v1::Leader {
    let officer = &leader.officer;
    v1::Leader {
        rank: number(leader.rank.into()),
        login: officer.login.clone(),
        name: officer.name.clone(),
        department: officer.department.0.clone(),
        district: officer.district.0.clone(),
        score_basis_points: number(leader.score_bp),
        answers: officer.work.answers,
        satisfied: officer.work.satisfied,
        in_time: officer.work.in_time,
        contradicted: officer.work.contradicted,
    }
}

pub fn case(row: &Row) -> v1::GradeCase {
    let spell = &row.spell;
    v1::GradeCase {
        number: row.number.to_string(),
        state: spell.state.as_str().to_owned(),
        level: spell.level.0.into(),
        department: spell.department.0.clone(),
        district: spell.district.0.clone(),
        registered_at: Some(print_time(spell.registered_at)),
        from: Some(print_time(spell.from)),
        until: (spell.until != OPEN).then(|| print_time(spell.until)),
        fact: spell.fact.clone(),
        version: spell.version,
        ended: spell.ended.map(|ended| ended.as_str().to_owned()).unwrap_or_default(),
        charged_post: spell.charged.map(|post| post.0.to_string()).unwrap_or_default(),
        vacant: spell.vacant,
        heard: spell.heard.map(|heard| heard.as_str().to_owned()).unwrap_or_default(),
        late: spell.is_late(),
    }
}

pub fn hex(digest: &Hash) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn rank(rank: Option<u32>) -> i32 {
    rank.map_or(0, |rank| number(rank.into()))
}

/// Basis points, months and ranks are small.
fn number(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
