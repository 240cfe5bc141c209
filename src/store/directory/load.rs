//! Reads a version back, each table in the order of its keys.

use super::fill::CATEGORY;
use crate::{
    domain::{
        directory::{
            Category, Department, Designation, Holiday, Matter, Names, Place, Post, Rows, Rung,
            Scope, Subcategory, Synonym,
        },
        place::Code,
    },
    store::{Db, Result, db::rows, values::Cells},
};

/// All rows of a version.
pub async fn load(db: &Db, version: i64) -> Result<Rows> {
    let places = rows!(
        db,
        "SELECT code, parent, keypad, name_hi, name_en FROM places WHERE version = $1 ORDER BY code",
        version,
    );
    let departments = rows!(
        db,
        "SELECT code, name_hi, name_en, ladder FROM departments WHERE version = $1 ORDER BY code",
        version,
    );
    let designations = rows!(
        db,
        "SELECT code, name_hi, name_en FROM designations WHERE version = $1 ORDER BY code",
        version,
    );
    let ladder = rows!(
        db,
        "SELECT department, level, designation
           FROM ladder
          WHERE version = $1
          ORDER BY department, level, designation",
        version,
    );
    let posts = rows!(
        db,
        "SELECT id, code, department, category, subcategory, level, designation, place
           FROM posts
          WHERE version = $1
          ORDER BY id",
        version,
    );
    let categories = rows!(
        db,
        "SELECT code, department, keypad, name_hi, name_en
           FROM categories
          WHERE version = $1
          ORDER BY code",
        version,
    );
    let subcategories = rows!(
        db,
        "SELECT code, category, name_hi, name_en
           FROM subcategories
          WHERE version = $1
          ORDER BY code",
        version,
    );
    let synonyms = rows!(
        db,
        "SELECT kind, code, word FROM synonyms WHERE version = $1 ORDER BY kind, code, word",
        version,
    );
    let holidays = rows!(
        db,
        "SELECT day, name_hi, name_en FROM holidays WHERE version = $1 ORDER BY day",
        version,
    );
    Ok(Rows {
        places: read(places, |row| {
            Ok(Place {
                code: row.next()?,
                parent: row.next()?,
                key: row.next()?,
                names: names(row)?,
            })
        })?,
        departments: read(departments, |row| {
            Ok(Department { code: row.next()?, names: names(row)?, ladder: row.next()? })
        })?,
        designations: read(designations, |row| {
            Ok(Designation { code: row.next()?, names: names(row)? })
        })?,
        ladder: read(ladder, |row| {
            Ok(Rung { department: row.next()?, level: row.next()?, designation: row.next()? })
        })?,
        posts: read(posts, |row| {
            Ok(Post {
                id: row.next()?,
                code: row.next()?,
                department: row.next()?,
                scope: scope(row.next()?, row.next()?),
                level: row.next()?,
                designation: row.next()?,
                place: row.next()?,
            })
        })?,
        categories: read(categories, |row| {
            Ok(Category {
                code: row.next()?,
                department: row.next()?,
                key: row.next()?,
                names: names(row)?,
            })
        })?,
        subcategories: read(subcategories, |row| {
            Ok(Subcategory { code: row.next()?, category: row.next()?, names: names(row)? })
        })?,
        synonyms: read(synonyms, |row| {
            let kind: String = row.next()?;
            let code = row.next()?;
            let of =
                if kind == CATEGORY { Matter::Category(code) } else { Matter::Subcategory(code) };
            Ok(Synonym { of, word: row.next()? })
        })?,
        holidays: read(holidays, |row| Ok(Holiday { day: row.next()?, names: names(row)? }))?,
    })
}

fn scope(category: Option<Code>, subcategory: Option<Code>) -> Scope {
    match (category, subcategory) {
        (_, Some(code)) => Scope::Subcategory(code),
        (Some(code), None) => Scope::Category(code),
        (None, None) => Scope::Department,
    }
}

fn read<T>(rows: Vec<Cells>, one: fn(&mut Cells) -> Result<T>) -> Result<Vec<T>> {
    rows.into_iter().map(|mut row| one(&mut row)).collect()
}

fn names(row: &mut Cells) -> Result<Names> {
    Ok(Names { hi: row.next()?, en: row.next()? })
}
