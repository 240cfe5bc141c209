//! Looks up phones for many callers in one query: whoever asks while one runs waits for the next.

use std::sync::{Mutex as Lock, MutexGuard, PoisonError};

use tokio::sync::{Mutex, oneshot};

use crate::{
    domain::{
        chain::Hash,
        citizen::{Hours, Safety},
        language::Language,
        time::Timestamp,
    },
    store::{
        Db, Error, Result,
        db::{Conn, is_away},
        values::Cells,
        writer::merged::{gate, merged},
    },
};

/// Phones of one query. Fewer are filled up to the next of these with the last one, so that a
/// query is one statement.
const SIZES: [usize; 3] = [1, 8, 64];
const TOGETHER_MAX: usize = 64;

merged!(
    BY_PHONE,
    1,
    "SELECT phone_key, id, phone_sealed, name_sealed, language, do_not_call, no_sms, created_at,
            safe_from, safe_until, no_message
       FROM citizens
      WHERE phone_key IN (",
    ")"
);

/// A citizen's row as it is stored.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) phone: Vec<u8>,
    pub(super) name: Option<Vec<u8>>,
    pub(super) language: Option<Language>,
    pub(super) safety: Safety,
    pub(super) created_at: Timestamp,
}

#[derive(Debug, Default)]
pub(in crate::store) struct Phones {
    waiting: Lock<Vec<Ask>>,
    /// Held by the one who asks for all, on this connection.
    turn: Mutex<Option<Conn>>,
}

#[derive(Debug)]
struct Ask {
    key: Hash,
    answer: oneshot::Sender<Result<Option<Row>>>,
}

impl Phones {
    pub(super) async fn find(&self, db: &Db, key: Hash) -> Result<Option<Row>> {
        loop {
            let (answer, mut answered) = oneshot::channel();
            self.waiting().push(Ask { key, answer });
            loop {
                tokio::select! {
                    biased;
                    found = &mut answered => match found {
                        Ok(found) => return found,
                        // The one who asked for us was dropped in the middle.
                        Err(_) => break,
                    },
                    mut conn = self.turn.lock() => self.answer(db, &mut conn).await,
                }
            }
        }
    }

    pub(in crate::store) async fn close(&self) {
        if let Some(conn) = self.turn.lock().await.take() {
            conn.close().await;
        }
    }

    /// Asks for all who wait.
    async fn answer(&self, db: &Db, conn: &mut Option<Conn>) {
        let asks: Vec<_> = {
            let mut waiting = self.waiting();
            let together = waiting.len().min(TOGETHER_MAX);
            waiting.drain(..together).collect()
        };
        let keys: Vec<_> = asks.iter().map(|ask| ask.key).collect();
        let found = read(db, conn, keys).await;
        for ask in asks {
            let row = |found: &Vec<(Hash, Row)>| {
                found.iter().find(|(key, _)| *key == ask.key).map(|(_, row)| row.clone())
            };
            // One that does not wait any more needs no answer.
            let _ = ask.answer.send(found.as_ref().map(row).map_err(Clone::clone));
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Ask>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn read(db: &Db, kept: &mut Option<Conn>, mut keys: Vec<Hash>) -> Result<Vec<(Hash, Row)>> {
    let Some(last) = keys.last().copied() else { return Ok(Vec::new()) };
    let size = SIZES.iter().find(|size| keys.len() <= **size).copied().unwrap_or(TOGETHER_MAX);
    keys.resize(size, last);
    loop {
        let idle = kept.take();
        let idled = idle.is_some();
        let mut conn = match idle {
            Some(conn) => conn,
            None => db.connect_for_phones().await?,
        };
        match rows(&mut conn, &keys).await {
            Ok(rows) => {
                *kept = Some(conn);
                return rows
                    .into_iter()
                    .map(|mut cells| Ok((cells.hash()?, row(cells)?)))
                    .collect();
            }
            // It had died while it lay idle; what was read may be read again.
            Err(error) if idled && is_away(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

async fn rows(conn: &mut Conn, keys: &[Hash]) -> sqlx::Result<Vec<Cells>> {
    Ok(gate!(conn, BY_PHONE, keys, |query, key| query.bind(&key[..])))
}

/// Columns from `id` on, as both queries for citizens name them.
pub(super) fn row(mut cells: Cells) -> Result<Row> {
    let (id, phone, name, language) = (cells.next()?, cells.next()?, cells.next()?, cells.next()?);
    let (do_not_call, no_sms, created_at) = (cells.flag()?, cells.flag()?, cells.next()?);
    let hours: (Option<i64>, Option<i64>) = (cells.next()?, cells.next()?);
    let minute = |minute: i64| u32::try_from(minute).ok();
    let hours = match hours {
        (Some(from), Some(until)) => {
            let hours = minute(from).zip(minute(until));
            let hours = hours.and_then(|(from, until)| Hours::new(from, until));
            Some(hours.ok_or(Error::Malformed("safe hours"))?)
        }
        _ => None,
    };
    let no_message = cells.flag()?;
    let safety = Safety { do_not_call, no_sms, no_message, hours, and_hours: None };
    Ok(Row { id, phone, name, language, safety, created_at })
}
