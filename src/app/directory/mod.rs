//! Holds the live directory as an index, and imports new versions of it.

use super::{App, Error, Result};
use crate::{
    domain::{
        actor::Actor, change::Change, directory::Charge, place::PostId, routing::Index,
        time::Timestamp,
    },
    store::{
        directory as stored, people,
        writer::{Lane, Request},
    },
};

mod export;
mod import;
mod live;
mod past;
mod plan;
mod sample;

pub(in crate::app) use past::{Past, as_it_was, purge};

pub use export::{Figures, Form, export, figures};
pub use import::{Progress, Report, Step, import, validate};
pub use plan::{BYTES_MAX, FILES_MAX, Format, Upload};
pub use sample::import as import_sample;

pub use crate::sheets::File;

/// Who answers for a post at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    Person {
        account: i64,
        kind: Charge,
    },
    /// It is held, and all who hold it are on leave; this is the first of them.
    Away {
        account: i64,
    },
    /// Nobody holds it.
    Vacant,
}

impl Holder {
    pub fn is_vacant(self) -> bool {
        self == Self::Vacant
    }
}

/// Loads the live version if this node does not have it yet; true when it changed.
pub async fn refresh(app: &App) -> Result<bool> {
    let Some(version) = stored::live_version(&app.store.db).await? else { return Ok(false) };
    if app.index().version() == version {
        return Ok(false);
    }
    let rows = stored::load::load(&app.store.db, version).await?;
    let index = tokio::task::spawn_blocking(move || Index::build(version, rows));
    let index = index.await.map_err(Error::internal)?.map_err(Error::internal)?;
    super::policies::refresh(app).await?;
    app.swap(index);
    tracing::info!(version, "the directory is loaded");
    Ok(true)
}

/// Of those who are active and not on leave the regular holder, else the one with additional charge.
pub async fn holder_at(app: &App, post: PostId, at: Timestamp) -> Result<Holder> {
    let seated = people::seated(&app.store.db, post, at).await?;
    let here = seated.iter().find(|seated| !seated.on_leave);
    Ok(match (here, seated.first()) {
        (Some(here), _) => Holder::Person { account: here.account, kind: here.kind },
        (None, Some(away)) => Holder::Away { account: away.account },
        (None, None) => Holder::Vacant,
    })
}

/// Mobiles leave the house with an export: who took it is kept.
async fn note_export(app: &App, by: &Actor, version: i64) -> Result<()> {
    let facts = format!(r#"{{"version":{version}}}"#);
    let noted = Change::new(app.now()).noted(by, "directory_exported", facts);
    app.store.writer.commit(Lane::Acts, Request::system(), noted).await?;
    Ok(())
}
