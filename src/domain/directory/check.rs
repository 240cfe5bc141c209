//! Does a draft hold together? Keys are unique, and every name that a row uses is there.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
};

use super::{
    Directory, Held, Matter, People, Place, Rows, Scope, Terms,
    read::{Draft, Lines, Switch},
    sheet::Faults,
};
use crate::domain::{
    place::{Code, Level, PlaceCode},
    routing::DEPTH_MAX,
    time::Timestamp,
};

/// Posts that one person may hold at a time.
pub const POSTS_HELD_MAX: usize = 8;

/// Checks all tables; gives the directory in the order of its keys when nothing is wrong.
pub fn check(draft: Draft, faults: &mut Faults) -> Option<Directory> {
    let before = faults.count;
    places(&draft.places, faults);
    ladders(&draft, faults);
    matters(&draft, faults);
    posts(&draft, faults);
    people(&draft, faults);
    terms(&draft, faults);
    (faults.count == before && draft.is_whole()).then(|| draft.finish())
}

/// The rows by their key; two with one key are a fault.
fn keyed<'d, T, K: Eq + Hash>(
    lines: &'d Lines<T>,
    column: &str,
    key: impl Fn(&'d T) -> K,
    show: impl Fn(&K) -> String,
    faults: &mut Faults,
) -> HashMap<K, &'d T> {
    let mut found: HashMap<K, (&'d T, u32)> = HashMap::with_capacity(lines.rows.len());
    for (line, row) in &lines.rows {
        let key = key(row);
        if let Some((_, first)) = found.get(&key) {
            let reason = format!("{} is there already, on line {first}", show(&key));
            faults.add(&lines.file, *line, column, reason);
            continue;
        }
        found.insert(key, (row, *line));
    }
    found.into_iter().map(|(key, (row, _))| (key, row)).collect()
}

/// A name that a row uses. A table with lines that could not be read may lack it for that reason alone.
struct Used<'d, T> {
    file: &'d str,
    line: u32,
    column: &'static str,
    whole: bool,
    found: Option<T>,
}

impl<T> Used<'_, T> {
    fn or_fault(self, what: &str, name: &str, faults: &mut Faults) -> Option<T> {
        if self.found.is_none() && self.whole {
            faults.add(self.file, self.line, self.column, format!("there is no {what} {name}"));
        }
        self.found
    }
}

fn places(lines: &Lines<Place>, faults: &mut Faults) {
    let known = keyed(lines, "code", |place| &place.code, |code| code.to_string(), faults);
    let mut roots = 0;
    let mut keys = HashSet::new();
    for (line, place) in &lines.rows {
        let mut fault = |column: &str, reason: String| {
            faults.add(&lines.file, *line, column, reason);
        };
        match &place.parent {
            None => {
                roots += 1;
                if roots > 1 || place.code.kind() != "state" {
                    fault("parent", "is empty: one place, the state, has none above it".to_owned());
                }
            }
            Some(parent) if !known.contains_key(parent) => {
                if lines.whole {
                    fault("parent", format!("there is no place {parent}"));
                }
            }
            Some(_) => {
                if hangs(&known, place) {
                    fault(
                        "parent",
                        "leads round in a circle, or up more than 16 places".to_owned(),
                    );
                }
            }
        }
        if let (Some(key), Some(parent)) = (&place.key, &place.parent)
            && !keys.insert((parent, place.code.kind(), key))
        {
            fault("key", format!("{key} is taken by another {} there", place.code.kind()));
        }
    }
    if roots == 0 && lines.whole && !lines.rows.is_empty() {
        faults.add(&lines.file, 0, "parent", "there is no state: every place has one above it");
    }
}

fn hangs(known: &HashMap<&PlaceCode, &Place>, place: &Place) -> bool {
    let mut at = place;
    for _ in 0..DEPTH_MAX - 1 {
        match at.parent.as_ref().and_then(|parent| known.get(parent)) {
            Some(above) => at = above,
            None => return false,
        }
    }
    true
}

fn ladders(draft: &Draft, faults: &mut Faults) {
    let departments =
        keyed(&draft.departments, "code", |row| &row.code, |code| code.to_string(), faults);
    let designations =
        keyed(&draft.designations, "code", |row| &row.code, |code| code.to_string(), faults);
    keyed(
        &draft.ladder,
        "designation",
        |rung| (&rung.department, rung.level, &rung.designation),
        |(department, level, designation)| format!("{designation} at {department} {level}"),
        faults,
    );
    for (line, rung) in &draft.ladder.rows {
        let used = |column, found: bool, whole| Used {
            file: &draft.ladder.file,
            line: *line,
            column,
            whole,
            found: found.then_some(()),
        };
        let department = departments.get(&rung.department);
        used("department", department.is_some(), draft.departments.whole).or_fault(
            "department",
            rung.department.as_str(),
            faults,
        );
        used("designation", designations.contains_key(&rung.designation), draft.designations.whole)
            .or_fault("designation", rung.designation.as_str(), faults);
        if department.is_some_and(|department| rung.level > department.ladder) {
            let reason = format!("the ladder of {} is shorter", rung.department);
            faults.add(&draft.ladder.file, *line, "level", reason);
        }
    }
}

fn matters(draft: &Draft, faults: &mut Faults) {
    let known: HashSet<_> = draft.departments.rows.iter().map(|(_, row)| &row.code).collect();
    let categories =
        keyed(&draft.categories, "code", |row| &row.code, |code| code.to_string(), faults);
    let subcategories =
        keyed(&draft.subcategories, "code", |row| &row.code, |code| code.to_string(), faults);
    let mut keys = HashSet::new();
    for (line, category) in &draft.categories.rows {
        if !known.contains(&category.department) && draft.departments.whole {
            let reason = format!("there is no department {}", category.department);
            faults.add(&draft.categories.file, *line, "department", reason);
        }
        if let Some(key) = &category.key
            && !keys.insert(key)
        {
            let reason = format!("{key} is taken by another category");
            faults.add(&draft.categories.file, *line, "key", reason);
        }
    }
    for (line, subcategory) in &draft.subcategories.rows {
        if !categories.contains_key(&subcategory.category) && draft.categories.whole {
            let reason = format!("there is no category {}", subcategory.category);
            faults.add(&draft.subcategories.file, *line, "category", reason);
        }
    }
    keyed(
        &draft.synonyms,
        "word",
        |synonym| (&synonym.of, synonym.word.to_lowercase()),
        |(_, word)| word.clone(),
        faults,
    );
    for (line, synonym) in &draft.synonyms.rows {
        let (column, code, there) = match &synonym.of {
            Matter::Category(code) => {
                ("category", code, categories.contains_key(code) || !draft.categories.whole)
            }
            Matter::Subcategory(code) => (
                "subcategory",
                code,
                subcategories.contains_key(code) || !draft.subcategories.whole,
            ),
        };
        if !there {
            let reason = format!("there is no {column} {code}");
            faults.add(&draft.synonyms.file, *line, column, reason);
        }
    }
}

fn posts(draft: &Draft, faults: &mut Faults) {
    let places: HashSet<_> = draft.places.rows.iter().map(|(_, row)| &row.code).collect();
    let departments: HashMap<_, _> =
        draft.departments.rows.iter().map(|(_, row)| (&row.code, row.ladder)).collect();
    let designations: HashSet<_> =
        draft.designations.rows.iter().map(|(_, row)| &row.code).collect();
    let categories: HashMap<_, _> =
        draft.categories.rows.iter().map(|(_, row)| (&row.code, &row.department)).collect();
    let subcategories: HashMap<_, _> = draft
        .subcategories
        .rows
        .iter()
        .map(|(_, row)| (&row.code, categories.get(&row.category).copied()))
        .collect();
    let laddered: HashSet<_> = draft.ladder.rows.iter().map(|(_, rung)| &rung.department).collect();
    let rungs: HashSet<(&Code, Level, &Code)> = draft
        .ladder
        .rows
        .iter()
        .map(|(_, rung)| (&rung.department, rung.level, &rung.designation))
        .collect();
    let lines = &draft.posts;
    keyed(lines, "code", |post| &post.code, |code| code.to_string(), faults);
    for (line, post) in &lines.rows {
        let used = |column, whole, found: bool| Used {
            file: &lines.file,
            line: *line,
            column,
            whole,
            found: found.then_some(()),
        };
        let department = post.department.as_str();
        used("place", draft.places.whole, places.contains(&post.place)).or_fault(
            "place",
            post.place.as_str(),
            faults,
        );
        let ladder = departments.get(&post.department);
        used("department", draft.departments.whole, ladder.is_some()).or_fault(
            "department",
            department,
            faults,
        );
        let designation = post.designation.as_str();
        let there = designations.contains(&post.designation);
        used("designation", draft.designations.whole, there).or_fault(
            "designation",
            designation,
            faults,
        );
        if ladder.is_some_and(|last| post.level > *last) {
            let reason = format!("the ladder of {department} is shorter");
            faults.add(&lines.file, *line, "level", reason);
        } else if there
            && draft.ladder.whole
            && laddered.contains(&post.department)
            && !rungs.contains(&(&post.department, post.level, &post.designation))
        {
            let reason = format!(
                "{designation} is not on the ladder of {department} at level {}",
                post.level.0
            );
            faults.add(&lines.file, *line, "designation", reason);
        }
        let (column, code, whole, of) = match &post.scope {
            Scope::Department => continue,
            Scope::Category(code) => (
                "category",
                code,
                draft.categories.whole,
                categories.get(code).map(|department| Some(*department)),
            ),
            Scope::Subcategory(code) => (
                "subcategory",
                code,
                draft.subcategories.whole && draft.categories.whole,
                subcategories.get(code).copied(),
            ),
        };
        used(column, whole, of.is_some()).or_fault(column, code.as_str(), faults);
        if let Some(Some(other)) = of
            && *other != post.department
        {
            let reason = format!("{code} belongs to {other}, not to {department}");
            faults.add(&lines.file, *line, column, reason);
        }
    }
}

fn people(draft: &Draft, faults: &mut Faults) {
    let officers =
        keyed(&draft.officers, "login", |row| &row.login, |login| (*login).clone(), faults);
    let mut mobiles: HashMap<_, u32> = HashMap::new();
    for (line, officer) in &draft.officers.rows {
        let Some(mobile) = &officer.mobile else { continue };
        if let Some(first) = mobiles.get(mobile) {
            let reason = format!("is the mobile of another officer too, on line {first}");
            faults.add(&draft.officers.file, *line, "mobile", reason);
        } else {
            mobiles.insert(mobile, *line);
        }
    }
    let codes: HashSet<_> = draft.posts.rows.iter().map(|(_, post)| &post.code).collect();
    let lines = &draft.holders;
    keyed(
        lines,
        "from",
        |held| (&held.post, &held.login, held.from),
        |(post, login, _)| format!("{login} at {post} from this time"),
        faults,
    );
    for (line, held) in &lines.rows {
        if !codes.contains(&held.post) && draft.posts.whole {
            faults.add(&lines.file, *line, "post", format!("there is no post {}", held.post));
        }
        if !officers.contains_key(&held.login) && draft.officers.whole {
            faults.add(&lines.file, *line, "login", format!("there is no officer {}", held.login));
        }
    }
    crowded(lines, faults);
    let lines = &draft.leave;
    keyed(
        lines,
        "from",
        |leave| (&leave.login, leave.from),
        |(login, _)| format!("a leave of {login} from this time"),
        faults,
    );
    for (line, leave) in &lines.rows {
        if !officers.contains_key(&leave.login) && draft.officers.whole {
            faults.add(&lines.file, *line, "login", format!("there is no officer {}", leave.login));
        }
    }
}

/// Nobody holds more posts at a time than the inbox shows.
fn crowded(lines: &Lines<Held>, faults: &mut Faults) {
    let mut held: HashMap<&str, Vec<(u32, &Held)>> = HashMap::new();
    for (line, row) in &lines.rows {
        held.entry(&row.login).or_default().push((*line, row));
    }
    let mut crowds: Vec<_> =
        held.into_values().filter(|rows| rows.len() > POSTS_HELD_MAX).collect();
    crowds.sort_by_key(|rows| rows[0].0);
    for mut rows in crowds {
        rows.sort_by_key(|(_, row)| row.from);
        let mut ends: Vec<Timestamp> = Vec::new();
        for (line, row) in rows {
            ends.retain(|end| *end > row.from);
            ends.push(row.until.unwrap_or(Timestamp(i64::MAX)));
            if ends.len() > POSTS_HELD_MAX {
                let reason = format!("{} holds more than {POSTS_HELD_MAX} posts then", row.login);
                faults.add(&lines.file, line, "login", reason);
                break;
            }
        }
    }
}

fn terms(draft: &Draft, faults: &mut Faults) {
    let departments: HashSet<_> = draft.departments.rows.iter().map(|(_, row)| &row.code).collect();
    let categories: HashMap<_, _> =
        draft.categories.rows.iter().map(|(_, row)| (&row.code, &row.department)).collect();
    let subcategories: HashMap<_, _> =
        draft.subcategories.rows.iter().map(|(_, row)| (&row.code, &row.category)).collect();
    let lines = &draft.limits;
    keyed(
        lines,
        "days",
        |limit| (&limit.department, &limit.subcategory, limit.level),
        |_| "a limit for the same".to_owned(),
        faults,
    );
    for (line, limit) in &lines.rows {
        if let Some(code) = &limit.department
            && !departments.contains(code)
            && draft.departments.whole
        {
            faults.add(&lines.file, *line, "department", format!("there is no department {code}"));
        }
        let Some(code) = &limit.subcategory else { continue };
        match subcategories.get(code).map(|category| categories.get(*category)) {
            None if draft.subcategories.whole => {
                let reason = format!("there is no subcategory {code}");
                faults.add(&lines.file, *line, "subcategory", reason);
            }
            Some(Some(of)) if limit.department.as_ref().is_some_and(|named| named != *of) => {
                let reason = format!("{code} belongs to {of}");
                faults.add(&lines.file, *line, "subcategory", reason);
            }
            None | Some(_) => {}
        }
    }
    keyed(&draft.switches, "name", std::mem::discriminant, |_| "this switch".to_owned(), faults);
    keyed(&draft.holidays, "date", |row| row.day, |_| "this day".to_owned(), faults);
}

impl Draft {
    fn is_whole(&self) -> bool {
        self.places.whole
            && self.departments.whole
            && self.designations.whole
            && self.ladder.whole
            && self.categories.whole
            && self.subcategories.whole
            && self.synonyms.whole
            && self.posts.whole
            && self.officers.whole
            && self.holders.whole
            && self.leave.whole
            && self.limits.whole
            && self.switches.whole
            && self.holidays.whole
    }

    fn finish(self) -> Directory {
        let mut terms = Terms { limits: self.limits.into_rows(), ..Terms::default() };
        for switch in self.switches.into_rows() {
            match switch {
                Switch::Holidays(counting) => terms.holidays = counting,
                Switch::L3ToL4(rise) => terms.l3_to_l4 = rise,
            }
        }
        let mut directory = Directory {
            rows: Rows {
                places: self.places.into_rows(),
                departments: self.departments.into_rows(),
                designations: self.designations.into_rows(),
                ladder: self.ladder.into_rows(),
                categories: self.categories.into_rows(),
                subcategories: self.subcategories.into_rows(),
                synonyms: self.synonyms.into_rows(),
                posts: self.posts.into_rows(),
                holidays: self.holidays.into_rows(),
            },
            people: People {
                officers: self.officers.into_rows(),
                holders: self.holders.into_rows(),
                leave: self.leave.into_rows(),
            },
            terms: terms.with_general(),
        };
        directory.sort();
        directory
    }
}
