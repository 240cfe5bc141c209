//! Seeds of the slice: made here, sealed as they are made, and opened for a draw or when their month is over.

use super::{hex, random, unhex};
use crate::{
    domain::recheck::draw::{Month, Seed, digest},
    store::{Db, Error, Result},
};

const TABLE: &str = "recheck_months";
const COLUMN: &str = "seed_sealed";

/// A new seed for a month, as (digest, sealed bytes).
pub fn fresh(db: &Db, month: i64) -> ([u8; 32], Vec<u8>) {
    let seed: Seed = random();
    (digest(&seed), db.keys().seal(TABLE, COLUMN, month, &hex(&seed)))
}

pub fn open(db: &Db, month: &Month) -> Result<Seed> {
    let words = db.keys().open(TABLE, COLUMN, month.month, &month.sealed)?;
    unhex(&words).ok_or(Error::Unsealable)
}
