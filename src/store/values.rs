//! How domain values look in SQL: words and codes as TEXT, times and numbers as BIGINT, flags 0 and 1.

use sqlx::{
    Database, Decode, Encode, Postgres, Row, Sqlite, Type, encode::IsNull, error::BoxDynError,
    postgres::PgRow, sqlite::SqliteRow,
};

use super::{Error, Result};
use crate::domain::{
    actor::{Channel, Role},
    attendance,
    case::{Kind, State, evidence::FileKind, matter},
    chain::Hash,
    change::SlotKind,
    directory::Charge,
    feedback::{TaskKind, TaskState},
    flags::{FlagKind, FlagState},
    grading::{
        late::Late,
        spell::{Ended, Heard},
    },
    intake::{disposition::Disposition, origin::HeardOf},
    language::Language,
    notice,
    place::{Code, Level, PlaceCode, PostCode, PostId},
    recheck::RecheckState,
    recording,
    time::{Day, Timestamp},
    verification::{Answer, DayPart, Outcome, Purpose, RoundState, line::CallKind},
};

/// Gives a type the form of `String` or `i64` in both engines.
macro_rules! stored {
    ($($type:ty as $form:ident: |$value:ident| $write:expr, |$stored:ident| $read:expr;)+) => {$(
        stored!(@on Sqlite, $type as $form: |$value| $write, |$stored| $read);
        stored!(@on Postgres, $type as $form: |$value| $write, |$stored| $read);
    )+};
    (@on $db:ident, $type:ty as $form:ident: |$value:ident| $write:expr, |$stored:ident| $read:expr) => {
        impl Type<$db> for $type {
            fn type_info() -> <$db as Database>::TypeInfo {
                <$form as Type<$db>>::type_info()
            }

            fn compatible(info: &<$db as Database>::TypeInfo) -> bool {
                <$form as Type<$db>>::compatible(info)
            }
        }

        impl Encode<'_, $db> for $type {
            fn encode_by_ref(
                &self,
                buf: &mut <$db as Database>::ArgumentBuffer,
            ) -> Result<IsNull, BoxDynError> {
                let $value = self;
                Encode::<$db>::encode($write, buf)
            }
        }

        impl<'r> Decode<'r, $db> for $type {
            fn decode(value: <$db as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
                let $stored = <$form as Decode<'r, $db>>::decode(value)?;
                $read
            }
        }
    };
}

macro_rules! stored_words {
    ($($type:ty),+ $(,)?) => {
        stored! {$(
            $type as String: |value| value.as_str(), |stored| {
                Self::parse(&stored).ok_or_else(|| format!("unknown word {stored:?}").into())
            };
        )+}
    };
}

stored_words! {
    Charge, Kind, State, Channel, Role, Language, RoundState, Answer, Outcome, DayPart, Purpose,
    CallKind,
    FileKind, Disposition, HeardOf, TaskKind, TaskState, RecheckState, FlagKind, FlagState, Ended, Heard,
    Late, recording::Class, recording::State, matter::Kind, notice::Outcome, notice::Receipt, attendance::Default, attendance::Action,
}

stored! {
    Code as String: |value| value.0.as_str(), |stored| Ok(Self(stored));
    PostCode as String: |value| value.0.as_str(), |stored| Ok(Self(stored));
    PlaceCode as String: |value| value.0.as_str(), |stored| Ok(Self(stored));
    Timestamp as i64: |value| value.0, |stored| Ok(Self(stored));
    Day as i64: |value| value.0, |stored| Ok(Self(stored));
    PostId as i64: |value| value.0, |stored| Ok(Self(stored));
    Level as i64: |value| i64::from(value.0), |stored| Ok(Self(u8::try_from(stored)?));
    SlotKind as String: |value| slot_word(*value), |stored| match stored.as_str() {
        "ATTEMPT" => Ok(Self::Attempt),
        "DIAL" => Ok(Self::Dial),
        "COMPLAINT" => Ok(Self::Complaint),
        _ => Err(format!("unknown word {stored:?}").into()),
    };
}

fn slot_word(kind: SlotKind) -> &'static str {
    match kind {
        SlotKind::Attempt => "ATTEMPT",
        SlotKind::Dial => "DIAL",
        SlotKind::Complaint => "COMPLAINT",
    }
}

/// A row of either engine, read column after column in the order of its SELECT.
pub(super) struct Cells {
    row: Either,
    column: usize,
}

enum Either {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl From<SqliteRow> for Cells {
    fn from(row: SqliteRow) -> Self {
        Self { row: Either::Sqlite(row), column: 0 }
    }
}

impl From<PgRow> for Cells {
    fn from(row: PgRow) -> Self {
        Self { row: Either::Postgres(row), column: 0 }
    }
}

impl Cells {
    pub(super) fn next<T>(&mut self) -> sqlx::Result<T>
    where
        T: for<'r> Decode<'r, Sqlite>
            + Type<Sqlite>
            + for<'r> Decode<'r, Postgres>
            + Type<Postgres>,
    {
        let column = self.column;
        self.column += 1;
        match &self.row {
            Either::Sqlite(row) => row.try_get(column),
            Either::Postgres(row) => row.try_get(column),
        }
    }

    pub(super) fn flag(&mut self) -> sqlx::Result<bool> {
        Ok(self.next::<i64>()? != 0)
    }

    pub(super) fn hash(&mut self) -> Result<Hash> {
        self.next::<Vec<u8>>()?.try_into().map_err(|_| Error::Malformed("hash"))
    }
}
