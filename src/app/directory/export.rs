//! The live directory as files: what is exported reads back equal.

use super::live::Live;
use crate::{
    app::{App, Error, Result},
    domain::{
        actor::Actor,
        directory::{Directory, Terms, print::print, sheet::Table},
        permissions::{self, Act, Object},
    },
    sheets::{self, File},
    store::directory::{live_version, sizes},
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
    let version = live_version(&app.store.db).await?.unwrap_or_default();
    let sizes = sizes::of_version(&app.store.db, version).await?;
    let terms = Directory { terms: Terms::of(&policy), ..Directory::default() };
    let rows = |table: Table| match table {
        Table::Places => sizes.places,
        Table::Departments => sizes.departments,
        Table::Designations => sizes.designations,
        Table::Ladder => sizes.ladder,
        Table::Categories => sizes.categories,
        Table::Subcategories => sizes.subcategories,
        Table::Synonyms => sizes.synonyms,
        Table::Posts => sizes.posts,
        Table::Officers => sizes.officers,
        Table::Holders => sizes.holders,
        Table::Leave => sizes.leave,
        Table::Holidays => sizes.holidays,
        Table::Limits | Table::Switches => terms.count(table) as i64,
    };
    let tables = Table::ALL.iter().map(|table| (*table, rows(*table) as usize)).collect();
    Ok(Figures { version, policy: policy.version, tables })
}
