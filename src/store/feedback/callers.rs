//! Which tasks each feedback caller takes.

use crate::{
    domain::{actor::Role, feedback::Takes},
    store::{
        Db, Error, Result,
        db::{rows, run_on},
        values::Cells,
        writer::{Lane, Writer},
    },
};

/// Accounts of one page, whatever was asked for.
pub const PAGE_MAX: i64 = 200;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerRow {
    pub account: i64,
    pub login: String,
    pub name: String,
    pub takes: Takes,
}

/// None of one who takes all.
pub async fn takes(db: &Db, account: i64) -> Result<Option<Takes>> {
    let found = rows!(db, "SELECT body FROM feedback_callers WHERE account = $1", account);
    found.into_iter().next().map(|mut row| read(&row.next::<String>()?)).transpose()
}

/// Active feedback callers behind an account, in their order.
pub async fn after(db: &Db, account: i64, limit: i64) -> Result<Vec<CallerRow>> {
    let found = rows!(
        db,
        "SELECT accounts.id, accounts.login, accounts.name, feedback_callers.body
           FROM accounts LEFT JOIN feedback_callers ON feedback_callers.account = accounts.id
          WHERE accounts.role = $1 AND accounts.active = 1 AND accounts.id > $2
          ORDER BY accounts.id
          LIMIT $3",
        Role::FeedbackCaller,
        account,
        limit.clamp(0, PAGE_MAX),
    );
    found.into_iter().map(caller).collect()
}

/// In place of what was there.
pub async fn put(writer: &Writer, account: i64, takes: &Takes) -> Result<()> {
    let body = serde_json::to_string(takes).expect("lists of words have no map");
    writer
        .errand(Lane::Acts, move |conn| {
            Box::pin(async move {
                run_on!(
                    conn,
                    "INSERT INTO feedback_callers (account, body) VALUES ($1, $2)
                     ON CONFLICT (account) DO UPDATE SET body = excluded.body",
                    account,
                    &body,
                );
                Ok(())
            })
        })
        .await
}

fn caller(mut row: Cells) -> Result<CallerRow> {
    let (account, login, name) = (row.next()?, row.next()?, row.next()?);
    let body: Option<String> = row.next()?;
    let takes = body.as_deref().map(read).transpose()?.unwrap_or_default();
    Ok(CallerRow { account, login, name, takes })
}

fn read(body: &str) -> Result<Takes> {
    serde_json::from_str(body).map_err(|_| Error::Malformed("body of a feedback caller"))
}
