//! Sessions of staff: opaque tokens, stored as digests; 15 minutes of access, 12 hours of refresh.

use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::{App, Error, Result, random};
use crate::{
    domain::{
        account::{Account, Session},
        actor::{Actor, Channel, HeldPost, Role},
        chain::Hash,
        place::PostId,
        time::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp},
    },
    store::{delegations, people, posts as held, writer::Counter},
};

mod authenticate;
mod refresh;
mod sign_in;
mod sign_out;
mod strangers;

pub(super) use authenticate::Verified;
pub use authenticate::authenticate;
pub use refresh::refresh;
pub use sign_in::{SignIn, sign_in};
pub(super) use sign_in::{open, prove};
pub use sign_out::sign_out;
pub(super) use strangers::Strangers;

const ACCESS_MS: i64 = 15 * MINUTE_MS;
const REFRESH_MS: i64 = 12 * HOUR_MS;
/// Sample sessions outlive every advance of the demonstration's clock.
const SAMPLE_MS: i64 = 3_650 * DAY_MS;
const TOKEN_BYTES: usize = 32;
/// A token is looked up again after this, so a session that was ended elsewhere ends within a minute.
const VERIFIED_FOR: Duration = Duration::from_secs(30);
/// Verified tokens that are remembered; past it all are forgotten.
const VERIFIED_MAX: usize = 10_000;

/// How long a session is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) enum Lasting {
    Usual,
    Sample,
}

impl Lasting {
    /// Milliseconds of access and of refresh.
    fn spans(self) -> (i64, i64) {
        match self {
            Self::Usual => (ACCESS_MS, REFRESH_MS),
            Self::Sample => (SAMPLE_MS, SAMPLE_MS),
        }
    }
}

/// A session with its tokens, which are never shown again.
#[derive(Clone)]
pub struct Signed {
    pub access: String,
    pub refresh: String,
    pub access_until: Timestamp,
    pub refresh_until: Timestamp,
    pub account: Account,
    pub posts: Vec<PostId>,
}

impl std::fmt::Debug for Signed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signed({:?})", self.account)
    }
}

/// Two fresh tokens, and the session that knows their digests.
async fn issue(
    app: &App,
    account: i64,
    channel: Channel,
    lasting: Lasting,
    now: Timestamp,
) -> Result<(Session, [String; 2])> {
    let tokens = [token(), token()];
    let (access_ms, refresh_ms) = lasting.spans();
    let session = Session {
        id: app.store.writer.reserve(Counter::Session).await?,
        account,
        channel,
        access_hash: digest(&tokens[0]),
        refresh_hash: digest(&tokens[1]),
        access_until: now.plus_ms(access_ms),
        refresh_until: now.plus_ms(refresh_ms),
        created_at: now,
    };
    Ok((session, tokens))
}

fn token() -> String {
    random::<TOKEN_BYTES>().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn digest(token: &str) -> Hash {
    Sha256::digest(token.as_bytes()).into()
}

/// An officer acts while the directory has him and within the dates of his profile.
pub(in crate::app) async fn may_act(app: &App, account: &Account) -> Result<bool> {
    let officer = account.role == Role::Officer;
    Ok(account.active
        && (!officer || people::may_sign_in(&app.store.db, account.id, app.now()).await?))
}

/// The account as one who acts, with the posts that it holds now.
pub(in crate::app) async fn actor(
    app: &App,
    account: &Account,
    channel: Channel,
    now: Timestamp,
) -> Result<Actor> {
    let posts = match (account.role, channel) {
        // The phone line is for who holds the post in person (R27).
        (Role::Officer, Channel::OfficerLine) => {
            held::held_by(&app.store.db, account.id, now).await?
        }
        (Role::Officer, _) => posts(app, account.id).await?,
        _ => Vec::new(),
    };
    Ok(Actor {
        account: Some(account.id),
        role: account.role,
        channel,
        posts,
        district: account.district.clone(),
        citizen: None,
    })
}

/// The posts that an officer holds now, and behind them those that are delegated to the officer.
pub(in crate::app) async fn posts(app: &App, account: i64) -> Result<Vec<HeldPost>> {
    let (db, now) = (&app.store.db, app.now());
    let mut posts = held::held_by(db, account, now).await?;
    let given = delegations::to(db, account, now).await?;
    let own: Vec<_> = posts.iter().map(|held| held.post).collect();
    posts.extend(given.into_iter().filter(|given| !own.contains(&given.post)));
    Ok(posts)
}
