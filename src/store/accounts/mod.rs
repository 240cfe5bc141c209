//! Accounts of staff.

use super::{Db, Error, Result, db::rows, values::Cells};
use crate::domain::account::Account;

pub mod attendance;
pub mod logins;
pub mod pins;
pub mod sessions;

pub const PAGE_MAX: i64 = 500;

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT id, login, name, password_hash, role, district, active, failed, locked_until,
                    version, head
               FROM accounts ",
            $tail
        )
    };
}

pub async fn get(db: &Db, id: i64) -> Result<Account> {
    one(rows!(db, select!("WHERE id = $1"), id))?.ok_or(Error::NotFound)
}

/// `login` in lower case.
pub async fn by_login(db: &Db, login: &str) -> Result<Option<Account>> {
    one(rows!(db, select!("WHERE login = $1"), login))
}

/// Accounts with an id past `after`.
pub async fn list(db: &Db, after: i64, limit: i64) -> Result<Vec<Account>> {
    let found =
        rows!(db, select!("WHERE id > $1 ORDER BY id LIMIT $2"), after, limit.clamp(0, PAGE_MAX),);
    found.into_iter().map(account).collect()
}

fn one(rows: Vec<Cells>) -> Result<Option<Account>> {
    rows.into_iter().next().map(account).transpose()
}

fn account(mut row: Cells) -> Result<Account> {
    Ok(Account {
        id: row.next()?,
        login: row.next()?,
        name: row.next()?,
        password_hash: row.next()?,
        role: row.next()?,
        district: row.next()?,
        active: row.flag()?,
        failed: row.next()?,
        locked_until: row.next()?,
        version: row.next()?,
        head: row.hash()?,
    })
}
