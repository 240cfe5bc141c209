//! An external IVR that dials itself: the order for the call of one case, under the same hours and caps as the dialler's.

use super::{
    Act, Actor, App, Caller, CaseNumber, DialOrder, Dialling, Error, Object, Refused, Result,
    attempts, cases, dial::orders, dial_lease_ms, permissions, rounds, used_today,
};
use crate::store::accounts;

/// Is what this client says about its lines believed? Only the operator's settings can say so.
pub async fn is_trusted(app: &App, client: &Actor) -> Result<bool> {
    let Some(account) = client.account else { return Ok(false) };
    let account = accounts::get(&app.store.db, account).await?;
    Ok(app.trusted_clients.contains(&account.login))
}

/// The client must dial at once: the phone's slots are taken. Nothing shows that it does, so only a trusted one may.
pub async fn placed(app: &App, by: &Actor, number: CaseNumber) -> Result<DialOrder> {
    let case = cases::load(app, number).await?;
    permissions::may(by, Act::RecordDialled, Object::Round { case: &case, acted: &[] })?;
    if !is_trusted(app, by).await? {
        return Err(Refused::ClientNotTrusted.into());
    }
    if case.round == 0 {
        return Err(Refused::NoRoundOpen.into());
    }
    let now = app.now();
    let round = rounds::get(&app.store.db, case.id, case.round).await?;
    let citizen = cases::citizen(app, &case).await?;
    let policy = app.policy(now);
    let policy = &policy.verification;
    let used = used_today(app, &round, now).await?;
    match attempts::at_dialling(policy, &round, Caller::Dialler, used, citizen.safety, now) {
        Dialling::Ring { .. } => {}
        Dialling::Wait { why, .. } | Dialling::Never(why) => return Err(why.into()),
        Dialling::Exhausted => return Err(Refused::RoundOver.into()),
    }
    let writer = &app.store.writer;
    let claimed = rounds::claim_one(writer, case.id, case.round, now, dial_lease_ms(app)).await?;
    // Somebody else is calling about it at this moment.
    let claimed = claimed.ok_or(Error::Conflict)?;
    orders(app, vec![claimed], now).await?.pop().ok_or(Error::Conflict)
}
