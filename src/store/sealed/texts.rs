//! Free texts of persons.

use crate::{
    domain::citizen::Text,
    store::{Db, Error, Result, db::rows},
};

pub async fn get(db: &Db, id: i64) -> Result<Text> {
    let found = rows!(db, "SELECT owner, sealed FROM texts WHERE id = $1", id);
    let mut row = found.into_iter().next().ok_or(Error::NotFound)?;
    let owner = row.next()?;
    let words = db.keys().open("texts", "sealed", id, &row.next::<Vec<u8>>()?)?;
    Ok(Text { id, owner, words })
}
