//! Leases of rounds from a live call's side: kept alive while it talks, and given back when its line is free.

use super::{
    App, CallKind, Change, Error, Gate, Lane, Line, Request, Result, RoundState, attempts,
    dial_lease_ms, line, rounds,
};
use crate::store;

/// A round that one call holds: nobody rings its citizen meanwhile. Its token is all the power it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    pub case: i64,
    pub round: i64,
    pub token: i64,
}

/// Makes the lease last its full time from now; false when it is lost or no longer needed.
pub async fn renew(app: &App, lease: Lease) -> Result<bool> {
    let Lease { case, round, token } = lease;
    let (writer, now) = (&app.store.writer, app.now());
    Ok(rounds::renew(writer, case, round, token, now, dial_lease_ms(app)).await?)
}

/// Holds a round whose citizen is on the line now; None when another call holds it or it is over.
pub async fn hold(app: &App, case: i64, round: i64) -> Result<Option<Lease>> {
    let writer = &app.store.writer;
    let now = app.now();
    let claimed = rounds::claim_one(writer, case, round, now, dial_lease_ms(app)).await?;
    let Some(claimed) = claimed else { return Ok(None) };
    let until = now.plus_ms(dial_lease_ms(app));
    let mut change = Change::new(now);
    change.line = Some(Line {
        kind: CallKind::Own,
        ..line::of_round(&claimed.round, claimed.token, (now, until))
    });
    match writer.commit(Lane::Acts, Request::system(), change).await {
        // A call of ours rings at this moment, and is about to hear that the line is busy.
        Ok(_) | Err(store::Error::Conflict) => {}
        Err(error) => return Err(Error::from(error)),
    }
    Ok(Some(Lease { case, round, token: claimed.token }))
}

/// The citizen's line is free again: a promised call is made as soon after this as the policy says.
pub async fn line_free(app: &App, lease: Lease) -> Result<()> {
    let Lease { case, round, token } = lease;
    let writer = &app.store.writer;
    let now = app.now();
    let held = rounds::get(&app.store.db, case, round).await?;
    if held.state == RoundState::Open && held.ring_back {
        let policy = app.policy(now);
        let policy = &*policy.verification.of(&held.district);
        let at = attempts::next_in_hours(policy, now.plus_ms(policy.ring_back_after_ms));
        let mut change = Change::new(now);
        change.round = Some((Gate::Version(held.version), attempts::put_off(&held, Some(at))));
        change.fence = Some(token);
        match writer.commit(Lane::Acts, Request::system(), change).await {
            // Somebody settled it meanwhile.
            Ok(_) | Err(store::Error::Conflict) => {}
            Err(error) => return Err(Error::from(error)),
        }
    }
    rounds::release(writer, case, round, token).await?;
    line::free(app, held.citizen, &line::name(case, round, token)).await
}
