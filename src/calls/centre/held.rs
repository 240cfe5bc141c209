//! The line of a citizen whom the call centre rings, held as long as the call lasts.

use std::{convert::Infallible, pin::pin};

use crate::{
    app::{App, verification::line},
    calls::leases::renew_every,
};

/// Renews the line while the call goes on, which does not wait for it.
pub(super) async fn during<T>(
    app: &App,
    citizen: i64,
    call: &str,
    work: impl Future<Output = T>,
) -> T {
    let mut work = pin!(work);
    tokio::select! {
        biased;
        done = &mut work => done,
        never = renew(app, citizen, call) => match never {},
    }
}

/// The call is over; without the database its lease runs out.
pub(super) async fn end(app: &App, citizen: i64, call: &str) {
    if let Err(error) = line::free(app, citizen, call).await {
        tracing::warn!(call, %error, "a citizen's line is free later");
    }
}

async fn renew(app: &App, citizen: i64, call: &str) -> Infallible {
    loop {
        tokio::time::sleep(renew_every(app)).await;
        match line::renew(app, citizen, call).await {
            Ok(true) => {}
            // The database was away past the lease: the call that is on goes on.
            Ok(false) => tracing::warn!(call, "a citizen's line is not ours any more"),
            Err(error) => tracing::warn!(call, %error, "a citizen's line is not renewed"),
        }
    }
}
