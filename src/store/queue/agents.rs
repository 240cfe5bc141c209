//! Agents of the call centre: the desk phone and the skills of an account.

use crate::{
    domain::actor::Role,
    store::{
        Db, Error, Result,
        db::{rows, rows_on, run_on},
        values::Cells,
        writer::{Lane, Writer},
    },
};

/// More are never asked for at once: the queue holds no more.
pub const AGENTS_MAX: i64 = 1_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentRow {
    pub account: i64,
    pub login: String,
    pub name: String,
    pub role: Role,
    /// The user name that the desk phone registers with.
    pub phone: String,
    /// JSON, as the queue reads it.
    pub skills: String,
}

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT agents.account, accounts.login, accounts.name, accounts.role, agents.phone, agents.skills
               FROM agents
               JOIN accounts ON accounts.id = agents.account
              WHERE accounts.active = 1",
            $tail
        )
    };
}

/// Those whose account is active, in the order of their accounts.
pub async fn all(db: &Db) -> Result<Vec<AgentRow>> {
    let sql = select!(" ORDER BY agents.account LIMIT $1");
    rows!(db, sql, AGENTS_MAX).into_iter().map(agent).collect()
}

/// None for an account that takes no calls, or is active no more.
pub async fn of_account(db: &Db, account: i64) -> Result<Option<AgentRow>> {
    let found = rows!(db, select!(" AND agents.account = $1"), account);
    found.into_iter().next().map(agent).transpose()
}

/// Gives an account its phone and skills, in place of those it had. [`Error::Conflict`] when the phone is another's.
pub async fn put(writer: &Writer, account: i64, phone: &str, skills: &str) -> Result<()> {
    let (phone, skills) = (phone.to_owned(), skills.to_owned());
    writer
        .errand(Lane::Acts, move |conn| {
            Box::pin(async move {
                let others = rows_on!(
                    conn,
                    "SELECT account FROM agents WHERE phone = $1 AND account <> $2",
                    &phone,
                    account,
                );
                if !others.is_empty() {
                    return Err(Error::Conflict);
                }
                run_on!(
                    conn,
                    "INSERT INTO agents (account, phone, skills) VALUES ($1, $2, $3)
                     ON CONFLICT (account) DO UPDATE
                        SET phone = excluded.phone, skills = excluded.skills",
                    account,
                    &phone,
                    &skills,
                );
                Ok(())
            })
        })
        .await
}

fn agent(mut row: Cells) -> Result<AgentRow> {
    Ok(AgentRow {
        account: row.next()?,
        login: row.next()?,
        name: row.next()?,
        role: row.next()?,
        phone: row.next()?,
        skills: row.next()?,
    })
}
