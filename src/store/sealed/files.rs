//! Keys of files outside the database: each file has its own, which only the database's keys open, and only for that file.

use crate::{
    domain::chain::Hash,
    store::{Db, Error, Result},
};

/// Bytes of a sealed key.
pub const SEALED_BYTES: usize = 1 + super::NONCE_BYTES + 32 + 16;

/// `file` is the digest of the plain bytes.
pub fn seal(db: &Db, file: &Hash, key: &[u8; 32]) -> Vec<u8> {
    db.keys().close(&place(file), key)
}

pub fn open(db: &Db, file: &Hash, sealed: &[u8]) -> Result<[u8; 32]> {
    let key = db.keys().unclose(&place(file), sealed)?;
    key.try_into().map_err(|_| Error::Unsealable)
}

fn place(file: &Hash) -> Vec<u8> {
    format!("files|key|{}|{}", super::hex(file), super::KEY_VERSION).into_bytes()
}
