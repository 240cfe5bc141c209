//! The live directory as files: what is exported reads back equal.

use super::live::Live;
use crate::{
    app::{App, Error, Result},
    domain::{
        actor::Actor,
        directory::{print::print, sheet::Table},
        permissions::{self, Act, Object},
    },
    sheets::{self, File},
};

const WORKBOOK: &str = "directory.xlsx";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    #[default]
    Csv,
    Xlsx,
}

/// How large the live directory is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// 0 before the first import.
    pub version: i64,
    pub policy: i64,
    pub tables: Vec<(Table, usize)>,
}

/// All tables. It holds the officers' mobiles, so each export is a fact of this node.
pub async fn export(app: &App, by: &Actor, form: Form) -> Result<Vec<File>> {
    permissions::may(by, Act::Directory, Object::Nothing)?;
    let live = Live::load(app, &app.policy(app.now())).await?;
    super::note_export(app, by, live.version).await?;
    let work = move || {
        let sheets = print(&live.directory);
        match form {
            Form::Csv => Ok(sheets.iter().map(sheets::csv::write).collect()),
            Form::Xlsx => sheets::xlsx::write(WORKBOOK, &sheets).map(|book| vec![book]),
        }
    };
    let files = tokio::task::spawn_blocking(work).await.map_err(Error::internal)?;
    files.map_err(Error::internal)
}

pub async fn figures(app: &App, by: &Actor) -> Result<Figures> {
    permissions::may(by, Act::Directory, Object::Nothing)?;
    let policy = app.policy(app.now());
    let live = Live::load(app, &policy).await?;
    let tables = Table::ALL.iter().map(|table| (*table, live.directory.count(*table))).collect();
    Ok(Figures { version: live.version, policy: policy.version, tables })
}
