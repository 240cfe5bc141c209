//! Where the prompts lie while the helpline runs: an unnamed file, from which a sound is read when it is played. What
//! replaces the folder of prompts meanwhile cannot silence a call.

use std::{
    fs::File,
    io::{self, Write},
    os::unix::fs::FileExt,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use crate::media::sound::Sound;

/// The file; it goes with the last handle.
#[derive(Debug)]
pub(super) struct Bank {
    file: File,
    bytes: usize,
}

/// One sound of the bank.
#[derive(Debug)]
pub(super) struct Stored {
    at: u64,
    bytes: usize,
    /// All calls that play it at one time share it.
    playing: Mutex<Weak<[u8]>>,
}

impl Bank {
    pub(super) fn open() -> io::Result<Self> {
        Ok(Self { file: tempfile::tempfile()?, bytes: 0 })
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn store(&mut self, sound: &Sound) -> io::Result<Arc<Stored>> {
        let bytes = sound.alaw();
        self.file.write_all(bytes)?;
        let stored = Stored {
            at: self.bytes as u64,
            bytes: bytes.len(),
            playing: Mutex::new(Weak::<[u8; 0]>::new()),
        };
        self.bytes += bytes.len();
        Ok(Arc::new(stored))
    }

    /// A few tens of kilobytes from the system's cache of the file.
    pub(super) fn sound(&self, stored: &Stored) -> io::Result<Sound> {
        let mut playing = stored.playing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = playing.upgrade() {
            return Ok(Sound::from_alaw(bytes));
        }
        let mut bytes = vec![0; stored.bytes];
        self.file.read_exact_at(&mut bytes, stored.at)?;
        let bytes: Arc<[u8]> = bytes.into();
        *playing = Arc::downgrade(&bytes);
        Ok(Sound::from_alaw(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sounds_come_back_as_they_were_stored() {
        let mut bank = Bank::open().unwrap();
        let (one, two) = (Sound::from_pcm(&[100; 800]), Sound::from_pcm(&[-300; 1_600]));
        let stored = (bank.store(&one).unwrap(), bank.store(&two).unwrap());

        assert_eq!(bank.sound(&stored.1).unwrap(), two);
        assert_eq!(bank.sound(&stored.0).unwrap(), one);
        assert_eq!(bank.bytes(), 2_400);
    }

    #[test]
    fn calls_that_play_one_sound_share_it_and_leave_nothing() {
        let mut bank = Bank::open().unwrap();
        let stored = bank.store(&Sound::from_pcm(&[7; 800])).unwrap();
        let (one, two) = (bank.sound(&stored).unwrap(), bank.sound(&stored).unwrap());
        assert_eq!(one.alaw().as_ptr(), two.alaw().as_ptr());

        drop((one, two));
        assert!(stored.playing.lock().unwrap().upgrade().is_none());
    }
}
