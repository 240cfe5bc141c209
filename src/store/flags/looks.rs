//! How far each look for patterns has come.

use crate::{
    domain::{page::After, time::Timestamp},
    store::{
        Db, Result,
        db::{rows, run_on},
        writer::{Lane, Writer},
    },
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    pub name: String,
    pub looked_at: Timestamp,
    /// The last row that was read.
    pub behind: After,
}

pub async fn all(db: &Db) -> Result<Vec<Look>> {
    let found =
        rows!(db, "SELECT name, looked_at, behind_at, behind_id FROM flag_looks ORDER BY name");
    found
        .into_iter()
        .map(|mut row| {
            Ok(Look {
                name: row.next()?,
                looked_at: row.next()?,
                behind: After { at: row.next()?, id: row.next()? },
            })
        })
        .collect()
}

/// Looking again from an older place finds the same flags, so the place needs no gate.
pub async fn put(writer: &Writer, look: Look) -> Result<()> {
    writer
        .errand(Lane::Bulk, move |conn| {
            Box::pin(async move {
                run_on!(
                    conn,
                    "INSERT INTO flag_looks (name, looked_at, behind_at, behind_id)
                     VALUES ($1, $2, $3, $4)
                     ON CONFLICT (name) DO UPDATE
                        SET looked_at = excluded.looked_at, behind_at = excluded.behind_at,
                            behind_id = excluded.behind_id",
                    &look.name,
                    look.looked_at,
                    look.behind.at,
                    look.behind.id,
                );
                Ok(())
            })
        })
        .await
}
