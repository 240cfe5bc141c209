//! The migrations: one portable sequence, and a few steps that only PostgreSQL needs.

use std::sync::Arc;

use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::{Error, Result, db::Conn};

const PORTABLE: &[(i64, &str, &str)] = &[
    (1, "house", include_str!("../../migrations/0001_house.sql")),
    (4, "directory", include_str!("../../migrations/0004_directory.sql")),
    (5, "desk", include_str!("../../migrations/0005_desk.sql")),
    (6, "officer_line", include_str!("../../migrations/0006_officer_line.sql")),
    (7, "notices", include_str!("../../migrations/0007_notices.sql")),
    (8, "attendance", include_str!("../../migrations/0008_attendance.sql")),
    (9, "inbox", include_str!("../../migrations/0009_inbox.sql")),
    (10, "old_cases", include_str!("../../migrations/0010_old_cases.sql")),
    (11, "purposes", include_str!("../../migrations/0011_purposes.sql")),
    (12, "follow_ups", include_str!("../../migrations/0012_follow_ups.sql")),
    (13, "agents", include_str!("../../migrations/0013_agents.sql")),
    (14, "recordings", include_str!("../../migrations/0014_recordings.sql")),
    (16, "intake", include_str!("../../migrations/0016_intake.sql")),
    (17, "origins", include_str!("../../migrations/0017_origins.sql")),
    (18, "incidents", include_str!("../../migrations/0018_incidents.sql")),
    (20, "matters", include_str!("../../migrations/0020_matters.sql")),
    (21, "lines", include_str!("../../migrations/0021_lines.sql")),
    (22, "dialling", include_str!("../../migrations/0022_dialling.sql")),
    (23, "feedback", include_str!("../../migrations/0023_feedback.sql")),
    (24, "rechecks", include_str!("../../migrations/0024_rechecks.sql")),
    (25, "registered", include_str!("../../migrations/0025_registered.sql")),
    (26, "flags", include_str!("../../migrations/0026_flags.sql")),
    (27, "pacing", include_str!("../../migrations/0027_pacing.sql")),
    (28, "spells", include_str!("../../migrations/0028_spells.sql")),
    (30, "grades", include_str!("../../migrations/0030_grades.sql")),
    (31, "drives", include_str!("../../migrations/0031_drives.sql")),
];
const POSTGRES: &[(i64, &str, &str)] =
    &[(2, "readable", include_str!("../../migrations/postgres/0002_readable.sql"))];

pub(super) async fn migrate(conn: &mut Conn) -> Result<()> {
    let ran = match conn {
        Conn::Sqlite(conn) => migrator(&[PORTABLE]).run(conn).await,
        Conn::Postgres(conn) => migrator(&[PORTABLE, POSTGRES]).run(conn).await,
    };
    ran.map_err(|error| Error::Migration(Arc::new(error)))
}

fn migrator(steps: &[&[(i64, &'static str, &'static str)]]) -> Migrator {
    let step = |&(number, name, sql): &(i64, &'static str, &'static str)| {
        let sql = sqlx::SqlSafeStr::into_sql_str(sql);
        Migration::new(number, name.into(), MigrationType::Simple, sql, false)
    };
    Migrator::with_migrations(steps.iter().copied().flatten().map(step).collect())
}
