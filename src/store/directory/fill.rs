//! Writes the rows of a version that nobody sees yet, in chunks of the bulk lane.

use std::{ops::Range, sync::Arc};

use super::CHUNK;
use crate::{
    domain::directory::{Matter, Rows, Scope},
    store::{
        Result,
        db::Conn,
        writer::{
            Lane, Working, Writer,
            merged::{merged, put},
        },
    },
};

merged!(PLACES, 6, "INSERT INTO places (version, code, parent, keypad, name_hi, name_en)", "");
merged!(DEPARTMENTS, 5, "INSERT INTO departments (version, code, name_hi, name_en, ladder)", "");
merged!(DESIGNATIONS, 4, "INSERT INTO designations (version, code, name_hi, name_en)", "");
merged!(LADDER, 4, "INSERT INTO ladder (version, department, level, designation)", "");
merged!(
    POSTS,
    9,
    "INSERT INTO posts
        (version, id, code, department, category, subcategory, level, designation, place)",
    ""
);
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
merged!(SYNONYMS, 4, "INSERT INTO synonyms (version, kind, code, word)", "");
merged!(HOLIDAYS, 4, "INSERT INTO holidays (version, day, name_hi, name_en)", "");

/// Writes all rows; tells after each chunk how many it wrote.
pub async fn fill(
    writer: &Writer,
    version: i64,
    rows: &Arc<Rows>,
    told: &(dyn Fn(usize) + Sync),
) -> Result<()> {
    let tables: [(usize, Chunk); 9] = [
        (rows.places.len(), places),
        (rows.departments.len(), departments),
        (rows.designations.len(), designations),
        (rows.ladder.len(), ladder),
        (rows.categories.len(), categories),
        (rows.subcategories.len(), subcategories),
        (rows.synonyms.len(), synonyms),
        (rows.posts.len(), posts),
        (rows.holidays.len(), holidays),
    ];
    for (count, write) in tables {
        for start in (0..count).step_by(CHUNK) {
            let rows = rows.clone();
            let range = start..count.min(start + CHUNK);
            let written = range.len();
            writer.errand(Lane::Bulk, move |conn| write(conn, version, rows, range)).await?;
            told(written);
        }
    }
    Ok(())
}

/// One table's rows from one index to another, in the transaction of an errand.
type Chunk = for<'c> fn(&'c mut Conn, i64, Arc<Rows>, Range<usize>) -> Working<'c, ()>;

macro_rules! chunk {
    ($name:ident, $merged:ident, |$query:ident, $row:ident| $bound:expr) => {
        fn $name(
            conn: &mut Conn,
            version: i64,
            rows: Arc<Rows>,
            range: Range<usize>,
        ) -> Working<'_, ()> {
            Box::pin(async move {
                put!(conn, $merged, &rows.$name[range], |$query, $row| {
                    let $query = $query.bind(version);
                    $bound
                });
                Ok(())
            })
        }
    };
}

chunk!(places, PLACES, |query, place| query
    .bind(&place.code)
    .bind(&place.parent)
    .bind(&place.key)
    .bind(&place.names.hi)
    .bind(&place.names.en));
chunk!(departments, DEPARTMENTS, |query, department| query
    .bind(&department.code)
    .bind(&department.names.hi)
    .bind(&department.names.en)
    .bind(department.ladder));
chunk!(designations, DESIGNATIONS, |query, designation| query
    .bind(&designation.code)
    .bind(&designation.names.hi)
    .bind(&designation.names.en));
chunk!(ladder, LADDER, |query, rung| query
    .bind(&rung.department)
    .bind(rung.level)
    .bind(&rung.designation));
chunk!(posts, POSTS, |query, post| {
    let (category, subcategory) = match &post.scope {
        Scope::Department => (None, None),
        Scope::Category(code) => (Some(code), None),
        Scope::Subcategory(code) => (None, Some(code)),
    };
    query
        .bind(post.id)
        .bind(&post.code)
        .bind(&post.department)
        .bind(category)
        .bind(subcategory)
        .bind(post.level)
        .bind(&post.designation)
        .bind(&post.place)
});
chunk!(categories, CATEGORIES, |query, category| query
    .bind(&category.code)
    .bind(&category.department)
    .bind(&category.key)
    .bind(&category.names.hi)
    .bind(&category.names.en));
chunk!(subcategories, SUBCATEGORIES, |query, subcategory| query
    .bind(&subcategory.code)
    .bind(&subcategory.category)
    .bind(&subcategory.names.hi)
    .bind(&subcategory.names.en));
chunk!(synonyms, SYNONYMS, |query, synonym| {
    let (kind, code) = match &synonym.of {
        Matter::Category(code) => (CATEGORY, code),
        Matter::Subcategory(code) => (SUBCATEGORY, code),
    };
    query.bind(kind).bind(code).bind(&synonym.word)
});
chunk!(holidays, HOLIDAYS, |query, holiday| query
    .bind(holiday.day)
    .bind(&holiday.names.hi)
    .bind(&holiday.names.en));

pub(super) const CATEGORY: &str = "CATEGORY";
const SUBCATEGORY: &str = "SUBCATEGORY";
