//! Persons of the directory over dated periods: officers' profiles, who holds what, leave.
//!
//! A row counts from the version `since` (0: made by hand) until the version `gone`; versions that never went
//! live count for nothing.

use std::collections::HashSet;

use crate::{
    domain::{
        directory::{Charge, Names, Officer},
        phone::Phone,
        place::PostId,
        time::Timestamp,
    },
    store::{
        Db, Error, Result,
        db::rows,
        values::Cells,
        writer::merged::{merged, read_many},
    },
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficerRow {
    pub account: i64,
    pub since: i64,
    pub officer: Officer,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolderRow {
    pub post: PostId,
    pub account: i64,
    pub from: Timestamp,
    pub until: Option<Timestamp>,
    pub kind: Charge,
    pub since: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaveRow {
    pub account: i64,
    pub from: Timestamp,
    pub until: Timestamp,
    pub since: i64,
}

/// One who holds a post at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seated {
    pub account: i64,
    pub kind: Charge,
    pub on_leave: bool,
}

/// Does this row count in the live version?
macro_rules! counts {
    ($table:literal) => {
        concat!(
            "(",
            $table,
            ".since = 0 OR ",
            $table,
            ".since IN (SELECT version FROM directory_versions WHERE live_at IS NOT NULL)) AND (",
            $table,
            ".gone IS NULL OR ",
            $table,
            ".gone NOT IN (SELECT version FROM directory_versions WHERE live_at IS NOT NULL))"
        )
    };
}
pub(in crate::store) use counts;

/// Is the holder of this row within the dates of the own profile, if there is one?
macro_rules! active {
    ($table:literal, $at:literal) => {
        concat!(
            "NOT EXISTS (SELECT 1
                           FROM officers
                          WHERE officers.account = ",
            $table,
            ".account
                            AND (officers.active_from > ",
            $at,
            " OR officers.active_until <= ",
            $at,
            ")
                            AND ",
            counts!("officers"),
            ")"
        )
    };
}
pub(in crate::store) use active;

macro_rules! select_officers {
    ($tail:literal) => {
        concat!(
            "SELECT officers.account, officers.since, accounts.login, officers.name_hi,
                    officers.name_en, officers.mobile_sealed, officers.active_from,
                    officers.active_until
               FROM officers
               JOIN accounts ON accounts.id = officers.account
              WHERE ",
            counts!("officers"),
            $tail
        )
    };
}

/// All profiles, in the order of their accounts.
pub async fn officers(db: &Db) -> Result<Vec<OfficerRow>> {
    let found = rows!(db, select_officers!(" ORDER BY officers.account"));
    found.into_iter().map(|row| officer(db, row)).collect()
}

/// The profile of one account; None for one that was made by hand.
pub async fn profile(db: &Db, account: i64) -> Result<Option<OfficerRow>> {
    let found = rows!(db, select_officers!(" AND officers.account = $1"), account);
    found.into_iter().next().map(|row| officer(db, row)).transpose()
}

/// The officer with this mobile (R27).
pub async fn by_mobile(db: &Db, mobile: &Phone) -> Result<Option<OfficerRow>> {
    let key = db.keys().phone_key(mobile);
    let sql = select_officers!(" AND officers.mobile_key = $1 ORDER BY officers.account LIMIT 1");
    rows!(db, sql, &key[..]).into_iter().next().map(|row| officer(db, row)).transpose()
}

/// The officer whose mobile in the directory is this citizen's phone.
pub async fn of_citizen(db: &Db, citizen: i64) -> Result<Option<i64>> {
    let sql = concat!(
        "SELECT officers.account
           FROM officers
          WHERE officers.mobile_key = (SELECT phone_key FROM citizens WHERE id = $1) AND ",
        counts!("officers"),
        " ORDER BY officers.account LIMIT 1"
    );
    rows!(db, sql, citizen).into_iter().next().map(|mut row| Ok(row.next()?)).transpose()
}

/// False for an officer whom the directory no longer has, or who is not active at the time.
pub async fn may_sign_in(db: &Db, account: i64, now: Timestamp) -> Result<bool> {
    let sql = concat!(
        "SELECT ",
        "(SELECT COUNT(*)
            FROM officers
           WHERE account = $1
             AND since IN (SELECT version FROM directory_versions WHERE live_at IS NOT NULL)), ",
        "(SELECT COUNT(*)
            FROM officers
           WHERE account = $1
             AND (active_from IS NULL OR active_from <= $2)
             AND (active_until IS NULL OR active_until > $2)
             AND ",
        counts!("officers"),
        ")"
    );
    let mut found = rows!(db, sql, account, now);
    let mut row = found.pop().ok_or(Error::NotFound)?;
    let (known, active): (i64, i64) = (row.next()?, row.next()?);
    Ok(known == 0 || active > 0)
}

/// An account of role `OFFICER`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficerAccount {
    pub id: i64,
    pub login: String,
    pub name: String,
    /// It has, or once had, a profile of the directory.
    pub imported: bool,
}

/// All accounts of officers, also those that were made by hand and those whom the directory no longer has.
pub async fn accounts(db: &Db) -> Result<Vec<OfficerAccount>> {
    let sql = "SELECT id, login, name,
                      (SELECT COUNT(*)
                         FROM officers
                        WHERE officers.account = accounts.id
                          AND since IN (SELECT version
                                          FROM directory_versions
                                         WHERE live_at IS NOT NULL))
                 FROM accounts
                WHERE role = 'OFFICER'
                ORDER BY id";
    let account = |mut row: Cells| {
        Ok(OfficerAccount {
            id: row.next()?,
            login: row.next()?,
            name: row.next()?,
            imported: row.next::<i64>()? > 0,
        })
    };
    rows!(db, sql).into_iter().map(account).collect()
}

/// Logins of other roles, which no officer can have.
pub async fn other_logins(db: &Db) -> Result<Vec<String>> {
    let found = rows!(db, "SELECT login FROM accounts WHERE role <> 'OFFICER' ORDER BY login");
    found.into_iter().map(|mut row| Ok(row.next()?)).collect()
}

/// Every holding that counts, whenever it is.
pub async fn holders(db: &Db) -> Result<Vec<HolderRow>> {
    let sql = concat!(
        "SELECT post, account, from_at, until_at, kind, since
           FROM post_holders
          WHERE ",
        counts!("post_holders"),
        " ORDER BY post, account, from_at"
    );
    let holder = |mut row: Cells| {
        Ok(HolderRow {
            post: row.next()?,
            account: row.next()?,
            from: row.next()?,
            until: row.next()?,
            kind: row.next()?,
            since: row.next()?,
        })
    };
    rows!(db, sql).into_iter().map(holder).collect()
}

/// Every period of leave that counts.
pub async fn leave(db: &Db) -> Result<Vec<LeaveRow>> {
    let sql = concat!(
        "SELECT account, from_at, until_at, since
           FROM officer_leave
          WHERE ",
        counts!("officer_leave"),
        " ORDER BY account, from_at"
    );
    let leave = |mut row: Cells| {
        Ok(LeaveRow {
            account: row.next()?,
            from: row.next()?,
            until: row.next()?,
            since: row.next()?,
        })
    };
    rows!(db, sql).into_iter().map(leave).collect()
}

/// Who holds a post at an instant: the regular holder first, then who has held it longest.
pub async fn seated(db: &Db, post: PostId, now: Timestamp) -> Result<Vec<Seated>> {
    let sql = concat!(
        "SELECT post_holders.account, post_holders.kind,
                (SELECT COUNT(*)
                   FROM officer_leave
                  WHERE officer_leave.account = post_holders.account
                    AND officer_leave.from_at <= $2
                    AND officer_leave.until_at > $2
                    AND ",
        counts!("officer_leave"),
        ")
           FROM post_holders
          WHERE post_holders.post = $1
            AND post_holders.from_at <= $2
            AND (post_holders.until_at IS NULL OR post_holders.until_at > $2)
            AND ",
        counts!("post_holders"),
        " AND ",
        active!("post_holders", "$2"),
        " ORDER BY post_holders.kind DESC, post_holders.from_at, post_holders.account"
    );
    let seated = |mut row: Cells| {
        Ok(Seated { account: row.next()?, kind: row.next()?, on_leave: row.next::<i64>()? > 0 })
    };
    rows!(db, sql, post, now).into_iter().map(seated).collect()
}

merged!(
    wide HELD,
    2,
    "SELECT v.column1 FROM (",
    concat!(
        ") AS v
          WHERE EXISTS (SELECT 1
                          FROM post_holders
                         WHERE post_holders.post = v.column1
                           AND post_holders.from_at <= v.column2
                           AND (post_holders.until_at IS NULL
                                OR post_holders.until_at > v.column2)
                           AND ",
        counts!("post_holders"),
        " AND ",
        active!("post_holders", "v.column2"),
        ")"
    )
);

/// Those of the posts that somebody holds at an instant, on leave or not.
pub async fn held(db: &Db, posts: &[PostId], now: Timestamp) -> Result<HashSet<PostId>> {
    let found = read_many!(db, HELD, posts, |query, post| query.bind(*post).bind(now));
    found.into_iter().map(|mut row| Ok(row.next()?)).collect()
}

fn officer(db: &Db, mut row: Cells) -> Result<OfficerRow> {
    let account = row.next()?;
    let since = row.next()?;
    let login = row.next()?;
    let names = Names { hi: row.next()?, en: row.next()? };
    let mobile = row.next::<Option<Vec<u8>>>()?;
    let open = |sealed: Vec<u8>| {
        let opened = db.keys().open("officers", "mobile_sealed", account, &sealed)?;
        Phone::parse(&opened).map_err(|_| Error::Malformed("mobile"))
    };
    Ok(OfficerRow {
        account,
        since,
        officer: Officer {
            login,
            names,
            mobile: mobile.map(open).transpose()?,
            active_from: row.next()?,
            active_until: row.next()?,
        },
    })
}
