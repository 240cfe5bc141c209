//! One statement for many rows: the same words on both engines, in seven sizes; sweeps have one more.
//!
//! Only the places differ: `$7` on PostgreSQL and `?` on SQLite, which goes through the names of
//! all places before it to find one that has a name: 2,304 of them for 64 cases.

use crate::store::db::Conn;

/// 70 rows go as 64 + 4 + 2, so an engine prepares seven texts a statement and no more.
const SIZES: [usize; 7] = [64, 32, 16, 8, 4, 2, 1];

/// What a sweep writes and reads comes by the hundreds.
const WIDE: [usize; 8] = [256, 64, 32, 16, 8, 4, 2, 1];

/// `head VALUES ($1,$2),($3,$4) tail`, written out once for each size.
#[derive(Debug)]
pub(in crate::store) struct Merged {
    sizes: &'static [usize],
    sqlite: Vec<String>,
    postgres: Vec<String>,
}

impl Merged {
    pub(in crate::store) fn new(head: &str, columns: usize, tail: &str) -> Self {
        Self::of_sizes(&SIZES, head, columns, tail)
    }

    pub(in crate::store) fn wide(head: &str, columns: usize, tail: &str) -> Self {
        Self::of_sizes(&WIDE, head, columns, tail)
    }

    fn of_sizes(sizes: &'static [usize], head: &str, columns: usize, tail: &str) -> Self {
        let texts = |place: fn(usize) -> String| {
            let text =
                |size: &usize| format!("{head} VALUES {} {tail}", places(*size, columns, place));
            sizes.iter().map(text).collect()
        };
        let (sqlite, postgres) = (texts(|_| "?".to_owned()), texts(|n| format!("${n}")));
        Self { sizes, sqlite, postgres }
    }

    /// Cuts rows into statements, in their order.
    pub(in crate::store) fn split<'r, R>(
        &'static self,
        conn: &Conn,
        rows: &'r [R],
    ) -> impl Iterator<Item = (&'static str, &'r [R])> + use<'r, R> {
        let texts = match conn {
            Conn::Sqlite(_) => &self.sqlite,
            Conn::Postgres(_) => &self.postgres,
        };
        cut(self.sizes, texts, rows)
    }
}

fn cut<'r, R>(
    sizes: &'static [usize],
    texts: &'static [String],
    mut rows: &'r [R],
) -> impl Iterator<Item = (&'static str, &'r [R])> {
    std::iter::from_fn(move || {
        let size = sizes.iter().position(|&size| size <= rows.len())?;
        let (now, later) = rows.split_at(sizes[size]);
        rows = later;
        Some((texts[size].as_str(), now))
    })
}

fn places(rows: usize, columns: usize, place: fn(usize) -> String) -> String {
    let row = |row: usize| {
        let places: Vec<_> = (1..=columns).map(|n| place(row * columns + n)).collect();
        format!("({})", places.join(","))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(",")
}

/// A statement in a static: `merged!(NAME, columns, head, tail)`.
///
/// `merged!(wide NAME, ...)` has a size for sweeps.
macro_rules! merged {
    (wide $name:ident, $columns:literal, $head:expr, $tail:expr) => {
        static $name: std::sync::LazyLock<$crate::store::writer::merged::Merged> =
            std::sync::LazyLock::new(|| {
                $crate::store::writer::merged::Merged::wide($head, $columns, $tail)
            });
    };
    ($name:ident, $columns:literal, $head:expr, $tail:expr) => {
        static $name: std::sync::LazyLock<$crate::store::writer::merged::Merged> =
            std::sync::LazyLock::new(|| {
                $crate::store::writer::merged::Merged::new($head, $columns, $tail)
            });
    };
}
pub(in crate::store) use merged;

/// Runs a [`Merged`] gate over rows; gives what it RETURNS as cells.
macro_rules! gate {
    ($conn:expr, $merged:expr, $rows:expr, |$query:ident, $row:ident| $bound:expr) => {{
        let mut returned: Vec<$crate::store::values::Cells> = Vec::new();
        for (sql, rows) in $merged.split($conn, $rows) {
            $crate::store::db::on_db!(Conn, &mut *$conn, |conn| {
                let mut $query = sqlx::query(sql);
                for $row in rows {
                    $query = $bound;
                }
                returned.extend($query.fetch_all(&mut *conn).await?.into_iter().map(Into::into));
            });
        }
        returned
    }};
}
pub(in crate::store) use gate;

/// As [`gate`], for reading. On PostgreSQL on the connection for claims, which takes the index whatever the planner thinks
/// of a statement for many rows.
macro_rules! read_many {
    ($db:expr, $merged:expr, $rows:expr, |$query:ident, $row:ident| $bound:expr) => {
        loop {
            if !$db.is_sqlite() {
                let mut kept = $db.lease_connection().await;
                let idle = kept.take();
                let idled = idle.is_some();
                let mut conn = match idle {
                    Some(conn) => conn,
                    None => $db.connect().await?,
                };
                let found: sqlx::Result<Vec<$crate::store::values::Cells>> = async {
                    Ok($crate::store::writer::merged::gate!(
                        &mut conn,
                        $merged,
                        $rows,
                        |$query, $row| $bound
                    ))
                }
                .await;
                match found {
                    Ok(rows) => {
                        *kept = Some(conn);
                        break rows;
                    }
                    // It had died while it lay idle; what was read may be read again.
                    Err(error) if idled && $crate::store::db::is_away(&error) => continue,
                    Err(error) => return Err(error.into()),
                }
            }
            let mut reader = $db.reader().await?;
            let conn = reader.conn();
            let found: sqlx::Result<Vec<$crate::store::values::Cells>> = async {
                Ok($crate::store::writer::merged::gate!(conn, $merged, $rows, |$query, $row| {
                    $bound
                }))
            }
            .await;
            if let Some(rows) = reader.settle(found)? {
                break rows;
            }
        }
    };
}
pub(in crate::store) use read_many;

/// Runs a [`Merged`] statement over rows; gives how many rows it touched.
macro_rules! put {
    ($conn:expr, $merged:expr, $rows:expr, |$query:ident, $row:ident| $bound:expr) => {{
        let mut touched = 0_u64;
        for (sql, rows) in $merged.split($conn, $rows) {
            touched += $crate::store::db::on_db!(Conn, &mut *$conn, |conn| {
                let mut $query = sqlx::query(sql);
                for $row in rows {
                    $query = $bound;
                }
                $query.execute(&mut *conn).await?.rows_affected()
            });
        }
        touched
    }};
}
pub(in crate::store) use put;

#[cfg(test)]
mod tests {
    merged!(PAIRS, 2, "INSERT INTO t", "RETURNING a");

    #[test]
    fn rows_go_in_the_fewest_statements_and_in_order() {
        let rows: Vec<_> = (0..70).collect();
        let cut: Vec<_> =
            super::cut(PAIRS.sizes, &PAIRS.postgres, &rows).map(|(_, rows)| rows).collect();
        let sizes: Vec<_> = cut.iter().map(|rows| rows.len()).collect();
        assert_eq!(sizes, [64, 4, 2]);
        assert_eq!(cut[1], [64, 65, 66, 67]);
    }

    #[test]
    fn places_count_on_through_the_rows() {
        assert_eq!(
            PAIRS.postgres[4],
            "INSERT INTO t VALUES ($1,$2),($3,$4),($5,$6),($7,$8) RETURNING a"
        );
    }

    #[test]
    fn places_have_no_name_on_sqlite() {
        assert_eq!(PAIRS.sqlite[4], "INSERT INTO t VALUES (?,?),(?,?),(?,?),(?,?) RETURNING a");
    }
}
