//! Citizens: found by the keyed hash of their phone, opened with the seal key.

use crate::{
    domain::{
        citizen::{Citizen, Safety},
        phone::Phone,
    },
    store::{Db, Error, Result, db::rows, values::Cells},
};

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT id, phone_sealed, name_sealed, language, do_not_call, no_sms, created_at
               FROM citizens ",
            $tail
        )
    };
}

pub async fn get(db: &Db, id: i64) -> Result<Citizen> {
    let found = rows!(db, select!("WHERE id = $1"), id);
    found.into_iter().next().map_or(Err(Error::NotFound), |row| citizen(db, row))
}

pub async fn by_phone(db: &Db, phone: &Phone) -> Result<Option<Citizen>> {
    let key = db.keys().phone_key(phone);
    let found = rows!(db, select!("WHERE phone_key = $1"), &key[..]);
    found.into_iter().next().map(|row| citizen(db, row)).transpose()
}

fn citizen(db: &Db, mut row: Cells) -> Result<Citizen> {
    let id = row.next()?;
    let open = |column, sealed: Vec<u8>| db.keys().open("citizens", column, id, &sealed);
    Ok(Citizen {
        id,
        phone: Phone::parse(&open("phone_sealed", row.next()?)?)
            .map_err(|_| Error::Malformed("phone"))?,
        name: row
            .next::<Option<Vec<u8>>>()?
            .map(|sealed| open("name_sealed", sealed))
            .transpose()?,
        language: row.next()?,
        safety: Safety { do_not_call: row.flag()?, no_sms: row.flag()? },
        created_at: row.next()?,
    })
}
