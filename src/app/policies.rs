//! The policy's versions as they are enacted: rows with a date from which clocks start under them.

use super::{App, Error, Result};
use crate::{
    domain::{
        actor::Actor,
        permissions::{self, Act, Object},
        policy::{Policies, Policy},
    },
    store::{
        Store,
        policies::{self, PolicyRow},
    },
};

/// Reads all versions; the first start writes the standard one.
pub(super) async fn load(store: &Store) -> Result<Policies> {
    let mut rows = policies::all(&store.db).await?;
    if rows.is_empty() {
        let standard = row(&Policy::standard())?;
        policies::add(&store.writer, &standard).await?;
        rows.push(standard);
    }
    let parsed: Result<Vec<Policy>> = rows.iter().map(parse).collect();
    Ok(Policies::new(parsed?))
}

/// Takes in versions that were enacted since, here or by another node.
pub async fn refresh(app: &App) -> Result<()> {
    let fresh = load(&app.store).await?;
    if *app.policies() != fresh {
        tracing::info!(version = fresh.last(), "the policy is loaded");
        app.swap_policies(fresh);
    }
    Ok(())
}

/// Adds a version; this process goes by it at once, others within seconds. Clocks that run keep theirs.
pub async fn enact(app: &App, by: &Actor, policy: &Policy) -> Result<()> {
    permissions::may(by, Act::Directory, Object::Nothing)?;
    if policy.effective_from < app.now() {
        return Err(Error::Invalid { field: "effective_from", why: "lies in the past" });
    }
    policy.verification.check().map_err(|why| Error::Invalid { field: "verification", why })?;
    policy.recheck.check().map_err(|why| Error::Invalid { field: "recheck", why })?;
    policy.flags.check().map_err(|why| Error::Invalid { field: "flags", why })?;
    policy.grading.check().map_err(|why| Error::Invalid { field: "grading", why })?;
    policy.drives.check().map_err(|why| Error::Invalid { field: "drives", why })?;
    if !policies::add(&app.store.writer, &row(policy)?).await? {
        return Err(Error::Invalid { field: "version", why: "is enacted already" });
    }
    refresh(app).await?;
    tracing::info!(version = policy.version, from = %policy.effective_from, "a policy is enacted");
    Ok(())
}

fn row(policy: &Policy) -> Result<PolicyRow> {
    Ok(PolicyRow {
        version: policy.version,
        effective_at: policy.effective_from,
        body: body(policy)?,
    })
}

/// As its row keeps it: version and date are columns.
pub(super) fn body(policy: &Policy) -> Result<String> {
    serde_json::to_string(policy).map_err(Error::internal)
}

fn parse(row: &PolicyRow) -> Result<Policy> {
    let body: Policy = serde_json::from_str(&row.body).map_err(Error::internal)?;
    Ok(Policy { version: row.version, effective_from: row.effective_at, ..body })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        place::{Code, Level},
        policy::{Holidays, Limit},
        time::{DAY_MS, Day, Timestamp},
    };

    #[test]
    fn a_policy_reads_back_from_its_row_as_it_was() {
        let policy = Policy {
            version: 7,
            effective_from: Timestamp(1_795_321_800_000),
            limits: vec![Limit {
                department: Some(Code::new("energy")),
                subcategory: None,
                level: Some(Level(1)),
                limit_ms: DAY_MS,
            }],
            holidays: Holidays::Skip(vec![Day(20_261_122)]),
            ..Policy::standard()
        };

        assert_eq!(parse(&row(&policy).unwrap()).unwrap(), policy);
    }

    #[test]
    fn a_policy_with_a_word_that_is_not_known_is_refused() {
        let mut row = row(&Policy::standard()).unwrap();
        row.body = row.body.replacen("limit_ms", "limit", 1);

        assert!(parse(&row).is_err());
    }
}
