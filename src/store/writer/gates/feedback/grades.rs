//! A month's grades are published once. Most changes have none and run no statement here.

use crate::store::{
    Result,
    db::Conn,
    writer::{
        gates::{Stand, gated, ids},
        group::Entry,
        merged::{gate, merged},
    },
};

merged!(
    PUBLISHED,
    8,
    "INSERT INTO grade_months (month, formula, judged_at, published_at, published_by, paper, digest, firsts)",
    "ON CONFLICT DO NOTHING RETURNING month"
);

pub(super) async fn published(
    conn: &mut Conn,
    asked: &[&Entry],
    stands: &mut [Stand],
) -> Result<()> {
    let rows = gated(asked, stands, |change| change.published.as_deref(), |row| row.month);
    let won = ids(gate!(conn, PUBLISHED, &rows, |query, row| {
        let (_, _, row) = row;
        query
            .bind(row.month.number())
            .bind(i64::from(row.formula))
            .bind(row.judged_at)
            .bind(row.published_at)
            .bind(row.published_by)
            .bind(&row.paper)
            .bind(&row.digest[..])
            .bind(&row.firsts)
    }))?;
    for (n, _, row) in rows {
        stands[n].judge(won.contains(&row.month.number()));
    }
    Ok(())
}
