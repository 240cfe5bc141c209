//! Small named values, as the demonstration's clock offset.

use super::{
    Db, Result,
    db::{rows, run_on},
    writer::{Lane, Writer},
};

pub async fn get(db: &Db, name: &str) -> Result<Option<String>> {
    let found = rows!(db, "SELECT value FROM settings WHERE name = $1", name);
    found.into_iter().next().map(|mut row| Ok(row.next()?)).transpose()
}

pub async fn set(writer: &Writer, name: &str, value: &str) -> Result<()> {
    let (name, value) = (name.to_owned(), value.to_owned());
    writer
        .errand(Lane::Acts, move |conn| {
            Box::pin(async move {
                run_on!(
                    conn,
                    "INSERT INTO settings (name, value) VALUES ($1, $2)
                     ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                    &name,
                    &value,
                );
                Ok(())
            })
        })
        .await
}
