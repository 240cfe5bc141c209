//! `prompts import`: decodes a studio recording, brings it to 8 kHz mono at the loudness of the others, writes it and
//! the manifest.

use std::{
    fs,
    io::{BufReader, Cursor, Write},
    path::Path,
};

use rodio::Source;
use rubato::{Fft, FixedSync, Resampler, audioadapter_buffers::owned::InterleavedOwned};

use super::{Error, Import, level};
use crate::{
    calls::prompts::{self, Entry, MANIFEST, Manifest, digest},
    media::codec::RATE_HZ,
};

/// A studio's file of one prompt; a longer one is not cut into prompts here.
const RECORDING_MS_MAX: u32 = 55_000;
const RATE_HZ_MAX: u32 = 192_000;
/// Frames that the resampler works on at a time.
const CHUNK: usize = 1_024;

/// Takes a recording into the folder and names it in the manifest; what was there for the key is replaced.
pub(super) fn import(dir: &Path, ask: &Import, out: &mut impl Write) -> Result<(), Error> {
    if !prompts::is_key(&ask.key) {
        return Err(prompts::Error::Key { key: ask.key.clone() }.into());
    }
    let header = header(dir)?;
    let mut manifest = Manifest::read(dir)?;
    let language = ask.language.as_str();
    let at = manifest.prompts.iter().position(|e| e.key == ask.key && e.language == language);
    let old_text = at.map(|at| manifest.prompts[at].text.clone());
    let text = ask.text.clone().or(old_text);
    let text = text.ok_or_else(|| Error::NoText { key: ask.key.clone() })?;

    let (samples, rate) = decode(&ask.file)?;
    let samples = to_telephone_rate(&ask.file, samples, rate)?;
    let pcm = level::settle(&ask.key, &samples)
        .ok_or_else(|| Error::Silent { path: ask.file.clone() })?;
    let wav = wav(&pcm);

    let file = format!("{language}/{}.wav", ask.key);
    let entry = Entry {
        key: ask.key.clone(),
        language: language.to_owned(),
        file: file.clone(),
        text,
        say: None,
        voice: ask.voice.clone(),
        licence: ask.licence.clone(),
        source: None,
        doubt: None,
        sha256: digest(&wav),
    };
    match at {
        Some(at) => manifest.prompts[at] = entry,
        None => manifest.prompts.push(entry),
    }
    let path = dir.join(&file);
    replace(&path, &wav)?;
    replace(&dir.join(MANIFEST), print(&header, &manifest)?.as_bytes())?;
    writeln!(out, "{} ms in {}", pcm.len() / 8, path.display())?;
    Ok(())
}

/// All channels mixed to one, and the rate.
fn decode(path: &Path) -> Result<(Vec<f32>, u32), Error> {
    let read = |source| Error::Read { path: path.to_owned(), source };
    let file = fs::File::open(path).map_err(read)?;
    let bytes = file.metadata().map_err(read)?.len();
    let decoder = rodio::Decoder::builder()
        .with_data(BufReader::new(file))
        .with_byte_len(bytes)
        .build()
        .map_err(|source| Error::Undecodable { path: path.to_owned(), source })?;
    let (channels, rate) = (usize::from(decoder.channels().get()), decoder.sample_rate().get());
    let frames_max = u64::from(rate) * u64::from(RECORDING_MS_MAX) / 1_000;
    let mut samples = Vec::new();
    let mut frame = Vec::with_capacity(channels);
    for sample in decoder {
        frame.push(sample);
        if frame.len() == channels {
            samples.push(frame.iter().sum::<f32>() / channels as f32);
            frame.clear();
        }
        if samples.len() as u64 > frames_max {
            return Err(Error::TooLong { path: path.to_owned(), max_ms: RECORDING_MS_MAX });
        }
    }
    Ok((samples, rate))
}

/// The resampler filters what 8 kHz cannot carry before it would fold into the speech.
fn to_telephone_rate(path: &Path, samples: Vec<f32>, rate: u32) -> Result<Vec<f32>, Error> {
    if rate == RATE_HZ || samples.is_empty() {
        return Ok(samples);
    }
    let refused = |reason: String| Error::Rate { path: path.to_owned(), reason };
    if !(RATE_HZ..=RATE_HZ_MAX).contains(&rate) {
        return Err(refused(format!("it has {rate} Hz")));
    }
    let frames = samples.len();
    let recording =
        InterleavedOwned::new_from(samples, 1, frames).map_err(|e| refused(e.to_string()))?;
    let mut resampler =
        Fft::<f32>::new(rate as usize, RATE_HZ as usize, CHUNK, 1, FixedSync::Input)
            .map_err(|e| refused(e.to_string()))?;
    let telephone =
        resampler.process_all(&recording, frames, None).map_err(|e| refused(e.to_string()))?;
    Ok(telephone.take_data())
}

fn wav(pcm: &[i16]) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE_HZ,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = Cursor::new(Vec::new());
    let written = hound::WavWriter::new(&mut bytes, spec).and_then(|mut writer| {
        pcm.iter().try_for_each(|sample| writer.write_sample(*sample))?;
        writer.finalize()
    });
    written.expect("a WAV of a minute fits into memory");
    bytes.into_inner()
}

/// The comments at the top of the manifest, which are kept.
fn header(dir: &Path) -> Result<String, Error> {
    let path = dir.join(MANIFEST);
    let text = fs::read_to_string(&path).map_err(|source| Error::Read { path, source })?;
    Ok(text.split("[[prompt]]").next().unwrap_or_default().to_owned())
}

fn print(header: &str, manifest: &Manifest) -> Result<String, Error> {
    let prompts = toml::to_string(manifest).map_err(Error::Manifest)?;
    Ok(format!("{header}{prompts}"))
}

/// Another process sees the old file or the new one, never half of one.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let new = path.with_extension("new");
    let written = path
        .parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(&new, bytes))
        .and_then(|()| fs::rename(&new, path));
    written.map_err(|source| Error::Write { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests;
