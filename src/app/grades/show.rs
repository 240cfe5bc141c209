//! Boards of a month within what one sees: districts and departments of the state for everybody who may look, the departments and
//! the officers of a district for those whose district it is.

use std::collections::BTreeMap;

use super::paper::{Graded, graded, read};
use crate::{
    app::{App, Error, Result},
    domain::{
        actor::Actor,
        grading::{
            Formula, Month, Paper,
            advice::{Advice, advice},
            leaders::Leader,
            paper::{LateLine, Published},
            rank::{Ranked, drop_alert, streak},
        },
        permissions::{self, Act, Object},
        place::{Code, PlaceCode},
        refused::Refused,
        scope::Scope,
        time::Timestamp,
    },
    store::grades::months,
};

/// Officers of one answer.
pub const LEADERS_MAX: usize = 500;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Board {
    Districts,
    Departments,
    DepartmentsOf(PlaceCode),
}

/// One unit's grade, with what it was before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub ranked: Ranked,
    /// Published months in a row at rank 1.
    pub streak: u32,
    /// Of the month before, if that is published.
    pub before_bp: Option<i64>,
    /// By how much it fell, when that is an alert.
    pub drop_bp: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub month: Month,
    pub formula: Formula,
    pub judged_at: Timestamp,
    /// None while it is provisional.
    pub published: Option<Published>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub head: Head,
    pub lines: Vec<Line>,
    pub late: Vec<LateLine>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaders {
    pub head: Head,
    pub leaders: Vec<Leader>,
}

/// One unit with what would change its grade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    pub head: Head,
    pub line: Line,
    pub advice: Vec<Advice>,
}

pub async fn show(app: &App, by: &Actor, month: Month, board: &Board) -> Result<Shown> {
    permissions::may(by, Act::Grades, Object::Nothing)?;
    if let Board::DepartmentsOf(district) = board {
        sees(app, by, district)?;
    }
    let graded = graded(app, month).await?;
    let lines = lines(app, &graded, month, board).await?;
    let late = graded.paper.late.iter().filter(|line| sees(app, by, &line.district).is_ok());
    let late = late.cloned().collect();
    Ok(Shown { head: head(graded), lines, late })
}

/// Of the state, or of one district; who sees one district alone is shown that.
pub async fn leaders(
    app: &App,
    by: &Actor,
    month: Month,
    district: Option<PlaceCode>,
    limit: usize,
) -> Result<Leaders> {
    permissions::may(by, Act::Grades, Object::Nothing)?;
    if let Some(district) = &district {
        sees(app, by, district)?;
    }
    let graded = graded(app, month).await?;
    let shown = |leader: &&Leader| {
        let of = &leader.officer.district;
        district.as_ref().is_none_or(|asked| asked == of) && sees(app, by, of).is_ok()
    };
    let limit = limit.clamp(1, LEADERS_MAX);
    let leaders = graded.paper.leaders.iter().filter(shown).take(limit).cloned().collect();
    Ok(Leaders { head: head(graded), leaders })
}

/// A district, a department, or a department of a district.
pub async fn unit(
    app: &App,
    by: &Actor,
    month: Month,
    department: Option<Code>,
    district: Option<PlaceCode>,
) -> Result<Unit> {
    let (board, code) = match (department, district) {
        (Some(department), Some(district)) => (Board::DepartmentsOf(district), department.0),
        (Some(department), None) => (Board::Departments, department.0),
        (None, Some(district)) => (Board::Districts, district.0),
        (None, None) => return Err(Error::Invalid { field: "unit", why: "names nothing" }),
    };
    let shown = show(app, by, month, &board).await?;
    let line = shown.lines.into_iter().find(|line| line.ranked.code == code);
    let line = line.ok_or(Error::NotFound("grade"))?;
    let advice = advice(&shown.head.formula, &line.ranked.figures);
    Ok(Unit { head: shown.head, line, advice })
}

fn board_of<'p>(paper: &'p Paper, board: &Board) -> &'p [Ranked] {
    match board {
        Board::Districts => &paper.districts,
        Board::Departments => &paper.departments,
        Board::DepartmentsOf(district) => {
            paper.departments_of.get(district.as_str()).map_or(&[], Vec::as_slice)
        }
    }
}

fn name_of(board: &Board) -> String {
    match board {
        Board::Districts => "DISTRICT".to_owned(),
        Board::Departments => "DEPARTMENT".to_owned(),
        Board::DepartmentsOf(district) => format!("DEPARTMENT {}", district.as_str()),
    }
}

async fn lines(app: &App, graded: &Graded, month: Month, board: &Board) -> Result<Vec<Line>> {
    let db = &app.store.db;
    let before = match months::get(db, month.before()).await? {
        Some(published) => Some(read(&published)?),
        None => None,
    };
    let before: BTreeMap<&str, i64> = before
        .iter()
        .flat_map(|paper| board_of(paper, board))
        .filter(|unit| unit.rank.is_some())
        .map(|unit| (unit.code.as_str(), unit.score.basis_points))
        .collect();
    let (name, mut firsts) = (name_of(board), Vec::new());
    for row in months::firsts(db, month, months::PAGE_MAX).await? {
        let of: BTreeMap<String, String> =
            serde_json::from_str(&row.firsts).map_err(Error::internal)?;
        firsts.extend(of.get(&name).map(|first| (row.month, first.clone())));
    }
    // A month that is not published ends no streak yet.
    let last = if graded.published.is_some() { month } else { month.before() };
    let line = |ranked: &Ranked| {
        let before_bp = before.get(ranked.code.as_str()).copied();
        let now_bp = ranked.rank.map(|_| ranked.score.basis_points);
        let drop_bp = before_bp.zip(now_bp);
        Line {
            ranked: ranked.clone(),
            streak: streak(&firsts, &ranked.code, last),
            before_bp,
            drop_bp: drop_bp
                .and_then(|(before, now)| drop_alert(&graded.paper.formula, before, now)),
        }
    };
    Ok(board_of(&graded.paper, board).iter().map(line).collect())
}

fn head(graded: Graded) -> Head {
    Head {
        month: graded.paper.month,
        formula: graded.paper.formula.clone(),
        judged_at: graded.paper.judged_at,
        published: graded.published,
    }
}

/// What lies within a district: an officer's are those of the own posts.
pub(super) fn sees(app: &App, by: &Actor, district: &PlaceCode) -> Result<()> {
    let sees = match permissions::scope(by) {
        Scope::All => true,
        Scope::District(own) => own == *district,
        Scope::Posts(_) => {
            let index = app.index();
            by.posts.iter().any(|held| index.district(&held.place).as_ref() == Some(district))
        }
        Scope::Citizen(_) | Scope::Nothing => false,
    };
    if sees { Ok(()) } else { Err(Error::Forbidden(Refused::NotYourDistrict)) }
}
