//! Personal data at rest: keys outside the database, sealed values inside.
//!
//! A sealed value is one version byte (1), a nonce of 24 bytes and XChaCha20-Poly1305 over the
//! words, bound to `table|column|id|key version`: bytes moved to another row do not open.

use std::{
    io::{self, Read, Write},
    path::Path,
    sync::Arc,
};

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::{
    Error, Result,
    db::{Conn, only, rows_on, run_on},
};
use crate::domain::phone::Phone;

pub mod citizens;
pub mod files;
pub mod lines;
pub(super) mod phones;
pub mod seeds;
pub mod texts;

const SEALED: u8 = 1;
const KEY_VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;
const FILE_TITLE: &str = "helpline181 keys 1";
/// A key file is two lines of hex under a title.
const FILE_BYTES_MAX: u64 = 4_096;
/// What of the keys the database knows, to tell other keys at once.
const CHECK_NAME: &str = "keys_check";

/// The index key makes phones findable, the seal key opens what is sealed.
pub struct Keys {
    index: [u8; 32],
    seal: [u8; 32],
    cipher: XChaCha20Poly1305,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys")
    }
}

impl Keys {
    /// Reads the key file, or makes one for a database that was never sealed.
    pub(super) async fn unlock(conn: &mut Conn, path: &Path) -> Result<Self> {
        let known = "SELECT value FROM settings WHERE name = $1";
        let sealed = !rows_on!(conn, known, CHECK_NAME).is_empty();
        let keys = match Self::read(path)? {
            Some(keys) => keys,
            None if sealed => return Err(Error::KeysMissing(path.to_owned())),
            None => {
                let keys = Self::random();
                keys.write(path)?;
                keys
            }
        };
        if !sealed {
            run_on!(
                conn,
                "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                CHECK_NAME,
                keys.check(),
            );
        }
        // Read again: of two processes that start together, one wrote it.
        let check: String = only(rows_on!(conn, known, CHECK_NAME))?.next()?;
        if check != keys.check() {
            return Err(Error::WrongKeys(path.to_owned()));
        }
        Ok(keys)
    }

    /// The same phone gives the same 32 bytes; nobody without the key can tell which phone.
    pub(super) fn phone_key(&self, phone: &Phone) -> [u8; 32] {
        keyed(&self.index, phone.reveal().as_bytes())
    }

    /// Six digits that nobody without the key can tell.
    pub(super) fn code(&self, of: &str) -> String {
        let bytes = keyed(&self.index, format!("code|{of}").as_bytes());
        let number = u64::from_be_bytes(bytes[..8].try_into().expect("a digest has 32 bytes"));
        format!("{:06}", number % 1_000_000)
    }

    pub(super) fn seal(&self, table: &str, column: &str, id: i64, words: &str) -> Vec<u8> {
        self.close(&place(table, column, id), words.as_bytes())
    }

    pub(super) fn open(&self, table: &str, column: &str, id: i64, sealed: &[u8]) -> Result<String> {
        let words = self.unclose(&place(table, column, id), sealed)?;
        String::from_utf8(words).map_err(|_| Error::Unsealable)
    }

    fn close(&self, place: &[u8], bytes: &[u8]) -> Vec<u8> {
        let mut sealed = vec![SEALED];
        sealed.extend(random::<NONCE_BYTES>());
        let nonce = XNonce::try_from(&sealed[1..]).expect("the nonce has its length");
        let closed = self.cipher.encrypt(&nonce, Payload { msg: bytes, aad: place });
        sealed.extend(closed.expect("memory takes any text of a request"));
        sealed
    }

    fn unclose(&self, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>> {
        let Some((&SEALED, rest)) = sealed.split_first() else { return Err(Error::Unsealable) };
        let (nonce, closed) = rest.split_at_checked(NONCE_BYTES).ok_or(Error::Unsealable)?;
        let nonce = XNonce::try_from(nonce).map_err(|_| Error::Unsealable)?;
        let payload = Payload { msg: closed, aad: place };
        self.cipher.decrypt(&nonce, payload).map_err(|_| Error::Unsealable)
    }

    fn new(index: [u8; 32], seal: [u8; 32]) -> Self {
        Self { index, seal, cipher: XChaCha20Poly1305::new(&seal.into()) }
    }

    fn random() -> Self {
        Self::new(random(), random())
    }

    /// Says nothing of either key, but changes with both.
    fn check(&self) -> String {
        let index = keyed(&self.index, b"helpline181 check");
        hex(&keyed(&self.seal, &index))
    }

    fn read(path: &Path) -> Result<Option<Self>> {
        let file = match std::fs::File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unusable(path, error)),
        };
        let mut text = String::new();
        file.take(FILE_BYTES_MAX)
            .read_to_string(&mut text)
            .map_err(|error| unusable(path, error))?;
        let malformed = || Error::MalformedKeys(path.to_owned());
        let mut lines = text.lines();
        if lines.next() != Some(FILE_TITLE) {
            return Err(malformed());
        }
        let mut key = |name: &str| lines.next()?.strip_prefix(name).and_then(unhex);
        let index = key("index ").ok_or_else(malformed)?;
        let seal = key("seal ").ok_or_else(malformed)?;
        Ok(Some(Self::new(index, seal)))
    }

    /// On the disk before anything is sealed with them: a lost key file is lost data.
    fn write(&self, path: &Path) -> Result<()> {
        let text = format!("{FILE_TITLE}\nindex {}\nseal {}\n", hex(&self.index), hex(&self.seal));
        let written = || -> io::Result<()> {
            let mut options = std::fs::OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(path)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                std::fs::File::open(folder)?.sync_all()?;
            }
            Ok(())
        };
        written().map_err(|error| unusable(path, error))
    }
}

fn unusable(path: &Path, error: io::Error) -> Error {
    Error::KeyFile { path: path.to_owned(), source: Arc::new(error) }
}

fn place(table: &str, column: &str, id: i64) -> Vec<u8> {
    format!("{table}|{column}|{id}|{KEY_VERSION}").into_bytes()
}

fn keyed(key: &[u8; 32], bytes: &[u8]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key)
        .expect("HMAC takes a key of any length");
    mac.update(bytes);
    mac.finalize().into_bytes().into()
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (n, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * n..2 * n + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::new([1; 32], [2; 32])
    }

    #[test]
    fn sealed_words_open_in_their_place_only() {
        let sealed = keys().seal("texts", "sealed", 7, "पानी नहीं आया");

        assert_eq!(keys().open("texts", "sealed", 7, &sealed).unwrap(), "पानी नहीं आया");
        for (table, column, id) in
            [("texts", "sealed", 8), ("citizens", "sealed", 7), ("texts", "owner", 7)]
        {
            let elsewhere = keys().open(table, column, id, &sealed);
            assert!(matches!(elsewhere, Err(Error::Unsealable)), "{table} {column} {id}");
        }
    }

    #[test]
    fn cut_and_edited_bytes_do_not_open() {
        let sealed = keys().seal("texts", "sealed", 7, "words");
        for end in 0..sealed.len() {
            assert!(keys().open("texts", "sealed", 7, &sealed[..end]).is_err(), "{end}");
        }
        for place in 0..sealed.len() {
            let mut edited = sealed.clone();
            edited[place] ^= 1;
            assert!(keys().open("texts", "sealed", 7, &edited).is_err(), "{place}");
        }
    }

    #[test]
    fn the_same_words_are_sealed_differently_each_time() {
        let seal = || keys().seal("texts", "sealed", 7, "words");
        assert_ne!(seal(), seal());
    }

    #[test]
    fn a_phone_key_depends_on_the_index_key_alone() {
        let phone = Phone::parse("9876543210").unwrap();
        let same_index = Keys::new([1; 32], [9; 32]);
        let other_index = Keys::new([9; 32], [2; 32]);

        assert_eq!(keys().phone_key(&phone), same_index.phone_key(&phone));
        assert_ne!(keys().phone_key(&phone), other_index.phone_key(&phone));
    }

    #[test]
    fn a_key_file_that_is_no_key_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        std::fs::write(&path, "helpline181 keys 1\nindex zz\n").unwrap();
        let error = Keys::read(&path).unwrap_err();
        assert!(matches!(error, Error::MalformedKeys(ref named) if named == &path), "{error}");
    }
}
