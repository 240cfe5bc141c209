//! Citizens: found by the keyed hash of their phone, opened with the seal key.

use super::phones::{Row, row};
use crate::{
    domain::{citizen::Citizen, phone::Phone},
    store::{
        Db, Error, Result,
        db::rows,
        writer::merged::{merged, read_many},
    },
};

merged!(
    wide OF_IDS,
    1,
    "SELECT id, phone_sealed, name_sealed, language, do_not_call, no_sms, created_at,
            safe_from, safe_until, no_message
       FROM citizens
      WHERE id IN (",
    ")"
);

pub async fn get(db: &Db, id: i64) -> Result<Citizen> {
    let found = rows!(
        db,
        "SELECT id, phone_sealed, name_sealed, language, do_not_call, no_sms, created_at,
                safe_from, safe_until, no_message
           FROM citizens
          WHERE id = $1",
        id,
    );
    citizen(db, row(found.into_iter().next().ok_or(Error::NotFound)?)?)
}

/// Those that there are of `ids`, in no order.
pub async fn many(db: &Db, ids: &[i64]) -> Result<Vec<Citizen>> {
    let found = read_many!(db, OF_IDS, ids, |query, id| query.bind(*id));
    found.into_iter().map(|found| citizen(db, row(found)?)).collect()
}

pub async fn by_phone(db: &Db, phone: &Phone) -> Result<Option<Citizen>> {
    by_key(db, &key(db, phone)).await
}

/// The key under which a phone is found: a digest that says nothing to who lacks the key file.
pub fn key(db: &Db, phone: &Phone) -> [u8; 32] {
    db.keys().phone_key(phone)
}

pub async fn by_key(db: &Db, key: &[u8; 32]) -> Result<Option<Citizen>> {
    db.phones().find(db, *key).await?.map(|row| citizen(db, row)).transpose()
}

/// The six digits that a new number hears: made of the event that asked, so that they are kept nowhere.
pub fn code(db: &Db, case: i64, version: i64) -> String {
    db.keys().code(&format!("number|{case}|{version}"))
}

fn citizen(db: &Db, row: Row) -> Result<Citizen> {
    let open = |column, sealed: &[u8]| db.keys().open("citizens", column, row.id, sealed);
    let phone = Phone::parse(&open("phone_sealed", &row.phone)?);
    Ok(Citizen {
        id: row.id,
        phone: phone.map_err(|_| Error::Malformed("phone"))?,
        name: row.name.map(|sealed| open("name_sealed", &sealed)).transpose()?,
        language: row.language,
        safety: row.safety,
        created_at: row.created_at,
    })
}
