//! Files at rest: pieces of 64 KiB, each closed by XChaCha20-Poly1305 under the file's own key with its number and whether it
//! is the last, behind a head that holds the key as only the store opens it. Cut, swapped and edited pieces do not open.

use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce, aead::Aead};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::{Error, PIECE_BYTES};

/// No kind of file that is taken begins like this; what does not begin like this is not sealed.
pub(super) const MARK: &[u8; 8] = b"h181file";
const TAG_BYTES: usize = 16;
const CLOSED_BYTES: usize = PIECE_BYTES + TAG_BYTES;

/// The key of one file, of no other.
pub type Key = [u8; 32];

struct Cipher {
    cipher: XChaCha20Poly1305,
    number: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    Between,
    Last,
}

impl Cipher {
    fn new(key: &Key) -> Self {
        Self { cipher: XChaCha20Poly1305::new(key.into()), number: 0 }
    }

    /// No number comes twice under one key.
    fn nonce(&mut self, stands: Stands) -> XNonce {
        let mut nonce = [0; 24];
        nonce[..8].copy_from_slice(&self.number.to_be_bytes());
        nonce[8] = u8::from(stands == Stands::Last);
        self.number += 1;
        nonce.into()
    }

    fn close(&mut self, piece: &[u8], stands: Stands) -> Vec<u8> {
        let nonce = self.nonce(stands);
        self.cipher.encrypt(&nonce, piece).expect("a piece is shorter than the cipher's limit")
    }

    fn open(&mut self, piece: &[u8], stands: Stands) -> Option<Vec<u8>> {
        let nonce = self.nonce(stands);
        self.cipher.decrypt(&nonce, piece).ok()
    }
}

/// Closes what is written piece by piece; the last one waits for the end.
pub(super) struct Closing {
    cipher: Cipher,
    waiting: Vec<u8>,
}

impl Closing {
    pub(super) fn new(key: &Key) -> Self {
        Self { cipher: Cipher::new(key), waiting: Vec::new() }
    }

    /// What of it is closed now.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.waiting.extend_from_slice(bytes);
        let mut closed = Vec::new();
        while self.waiting.len() > PIECE_BYTES {
            let rest = self.waiting.split_off(PIECE_BYTES);
            closed.extend(self.cipher.close(&self.waiting, Stands::Between));
            self.waiting = rest;
        }
        closed
    }

    pub(super) fn finish(&mut self) -> Vec<u8> {
        self.cipher.close(&std::mem::take(&mut self.waiting), Stands::Last)
    }
}

/// Opens pieces as they come; holds two at most.
pub(super) struct Opening {
    cipher: Cipher,
    /// The piece behind the next one tells whether that is the last.
    ahead: Vec<u8>,
    ended: bool,
}

impl Opening {
    /// `bytes` stand behind the head.
    pub(super) async fn begin(
        bytes: &mut (impl AsyncRead + Unpin),
        key: &Key,
    ) -> Result<Self, Error> {
        let ahead = piece(bytes, CLOSED_BYTES).await?;
        Ok(Self { cipher: Cipher::new(key), ahead, ended: false })
    }

    /// None when it does not open; empty behind the last.
    pub(super) async fn next(
        &mut self,
        bytes: &mut (impl AsyncRead + Unpin),
    ) -> Result<Option<Vec<u8>>, Error> {
        if self.ended {
            return Ok(Some(Vec::new()));
        }
        let ahead = piece(bytes, CLOSED_BYTES).await?;
        let now = std::mem::replace(&mut self.ahead, ahead);
        self.ended = self.ahead.is_empty();
        let stands = if self.ended { Stands::Last } else { Stands::Between };
        Ok(self.cipher.open(&now, stands))
    }
}

/// So many bytes, fewer at the end.
pub(super) async fn piece(
    bytes: &mut (impl AsyncRead + Unpin),
    length: usize,
) -> Result<Vec<u8>, Error> {
    let mut piece = Vec::with_capacity(length);
    bytes.take(length as u64).read_to_end(&mut piece).await.map_err(Error::Cut)?;
    Ok(piece)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = [7; 32];

    fn closed(bytes: &[u8]) -> Vec<u8> {
        let mut closing = Closing::new(&KEY);
        let mut closed = Vec::new();
        for part in bytes.chunks(50_000) {
            closed.extend(closing.write(part));
        }
        closed.extend(closing.finish());
        closed
    }

    async fn opened(mut closed: &[u8], key: &Key) -> Option<Vec<u8>> {
        let mut opening = Opening::begin(&mut closed, key).await.unwrap();
        let mut bytes = Vec::new();
        loop {
            let piece = opening.next(&mut closed).await.unwrap()?;
            if piece.is_empty() {
                return Some(bytes);
            }
            bytes.extend(piece);
        }
    }

    fn noise(length: usize) -> Vec<u8> {
        (0..length).map(|n| (n * 31 + n / 251) as u8).collect()
    }

    #[tokio::test]
    async fn what_was_closed_opens_again_at_every_length_around_a_piece() {
        for length in [1, 65_535, 65_536, 65_537, 131_072, 200_000] {
            let plain = noise(length);
            assert_eq!(opened(&closed(&plain), &KEY).await, Some(plain), "{length}");
        }
    }

    #[tokio::test]
    async fn cut_swapped_and_edited_pieces_and_other_keys_do_not_open() {
        let whole = closed(&noise(200_000));
        let piece = 65_552;

        for end in [0, 1, piece, 2 * piece, whole.len() - 1] {
            assert_eq!(opened(&whole[..end], &KEY).await, None, "{end}");
        }
        let swapped = [&whole[piece..2 * piece], &whole[..piece], &whole[2 * piece..]].concat();
        assert_eq!(opened(&swapped, &KEY).await, None);
        let doubled = [&whole[..], &whole[3 * piece..]].concat();
        assert_eq!(opened(&doubled, &KEY).await, None);
        let mut edited = whole.clone();
        edited[piece + 9] ^= 1;
        assert_eq!(opened(&edited, &KEY).await, None);
        assert_eq!(opened(&whole, &[8; 32]).await, None);
    }
}
