//! The directory in versions: N + 1 is written beside N, unseen until one row makes it live.

use std::sync::Arc;

use super::{
    Db, Result,
    db::{Conn, only, rows, rows_on},
    values::Cells,
    writer::{
        Lane, Request, Working, Writer,
        merged::{merged, put},
    },
};
use crate::domain::{
    actor::Actor,
    change::Change,
    directory::{Category, Department, Designation, Names, Place, Post, Rows, Subcategory},
    time::Timestamp,
};

pub mod policies;
pub mod posts;

/// Rows written in one transaction, so that acts wait little for an import.
const CHUNK: usize = 500;

merged!(PLACES, 6, "INSERT INTO places (version, code, parent, keypad, name_hi, name_en)", "");
merged!(DEPARTMENTS, 5, "INSERT INTO departments (version, code, name_hi, name_en, ladder)", "");
merged!(DESIGNATIONS, 4, "INSERT INTO designations (version, code, name_hi, name_en)", "");
merged!(POSTS, 6, "INSERT INTO posts (version, id, department, level, designation, place)", "");
merged!(
    CATEGORIES,
    6,
    "INSERT INTO categories (version, code, department, keypad, name_hi, name_en)",
    ""
);
merged!(
    SUBCATEGORIES,
    5,
    "INSERT INTO subcategories (version, code, category, name_hi, name_en)",
    ""
);

/// Writes a whole new version in chunks of the bulk lane and makes it live; gives its number.
/// An import that stops half way leaves rows that nobody sees.
pub async fn replace(writer: &Writer, by: &Actor, rows: &Rows, now: Timestamp) -> Result<i64> {
    let version: i64 = writer
        .errand(Lane::Bulk, move |conn| {
            Box::pin(async move {
                let begun = rows_on!(
                    conn,
                    "INSERT INTO directory_versions (version, created_at)
                     SELECT COALESCE(MAX(version), 0) + 1, $1 FROM directory_versions
                     RETURNING version",
                    now,
                );
                Ok(only(begun)?.next()?)
            })
        })
        .await?;
    let rows = Arc::new(rows.clone());
    chunks(writer, version, &rows, |rows| rows.places.len(), places).await?;
    chunks(writer, version, &rows, |rows| rows.departments.len(), departments).await?;
    chunks(writer, version, &rows, |rows| rows.designations.len(), designations).await?;
    chunks(writer, version, &rows, |rows| rows.posts.len(), posts_of).await?;
    chunks(writer, version, &rows, |rows| rows.categories.len(), categories).await?;
    chunks(writer, version, &rows, |rows| rows.subcategories.len(), subcategories).await?;
    let facts = format!(r#"{{"version":{version}}}"#);
    let live =
        Change { live: Some(version), ..Change::new(now) }.noted(by, "directory_live", facts);
    writer.commit(Lane::Bulk, Request::system(), live).await?;
    Ok(version)
}

/// The newest version that went live; None before the first.
pub async fn live_version(db: &Db) -> Result<Option<i64>> {
    let found = rows!(db, "SELECT MAX(version) FROM directory_versions WHERE live_at IS NOT NULL");
    Ok(only(found)?.next()?)
}

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
    let posts = rows!(
        db,
        "SELECT id, department, level, designation, place
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
        posts: read(posts, |row| {
            Ok(Post {
                id: row.next()?,
                department: row.next()?,
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
    })
}

/// One table's rows from one index to another, in the transaction of an errand.
type Chunk = for<'c> fn(&'c mut Conn, i64, Arc<Rows>, std::ops::Range<usize>) -> Working<'c, ()>;

async fn chunks(
    writer: &Writer,
    version: i64,
    rows: &Arc<Rows>,
    count: fn(&Rows) -> usize,
    write: Chunk,
) -> Result<()> {
    let count = count(rows);
    for start in (0..count).step_by(CHUNK) {
        let rows = rows.clone();
        let range = start..count.min(start + CHUNK);
        writer.errand(Lane::Bulk, move |conn| write(conn, version, rows, range)).await?;
    }
    Ok(())
}

macro_rules! chunk {
    ($name:ident, $field:ident, $merged:ident, |$query:ident, $row:ident| $bound:expr) => {
        fn $name(
            conn: &mut Conn,
            version: i64,
            rows: Arc<Rows>,
            range: std::ops::Range<usize>,
        ) -> Working<'_, ()> {
            Box::pin(async move {
                put!(conn, $merged, &rows.$field[range], |$query, $row| {
                    let $query = $query.bind(version);
                    $bound
                });
                Ok(())
            })
        }
    };
}

chunk!(places, places, PLACES, |query, place| query
    .bind(&place.code)
    .bind(&place.parent)
    .bind(&place.key)
    .bind(&place.names.hi)
    .bind(&place.names.en));
chunk!(departments, departments, DEPARTMENTS, |query, department| query
    .bind(&department.code)
    .bind(&department.names.hi)
    .bind(&department.names.en)
    .bind(department.ladder));
chunk!(designations, designations, DESIGNATIONS, |query, designation| query
    .bind(&designation.code)
    .bind(&designation.names.hi)
    .bind(&designation.names.en));
chunk!(posts_of, posts, POSTS, |query, post| query
    .bind(post.id)
    .bind(&post.department)
    .bind(post.level)
    .bind(&post.designation)
    .bind(&post.place));
chunk!(categories, categories, CATEGORIES, |query, category| query
    .bind(&category.code)
    .bind(&category.department)
    .bind(&category.key)
    .bind(&category.names.hi)
    .bind(&category.names.en));
chunk!(subcategories, subcategories, SUBCATEGORIES, |query, subcategory| query
    .bind(&subcategory.code)
    .bind(&subcategory.category)
    .bind(&subcategory.names.hi)
    .bind(&subcategory.names.en));

fn read<T>(rows: Vec<Cells>, one: fn(&mut Cells) -> Result<T>) -> Result<Vec<T>> {
    rows.into_iter().map(|mut row| one(&mut row)).collect()
}

fn names(row: &mut Cells) -> Result<Names> {
    Ok(Names { hi: row.next()?, en: row.next()? })
}
