//! One conversation of the terminal phone: the script or typed keys out, what is heard to a file and to the loudspeaker.

use std::collections::VecDeque;
use std::io::BufRead;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::Line;
use super::script::{Script, Step, keys};
use crate::cli::error::{Error, Result};
use crate::media::sound::Sound;
use crate::telephony::{Cause, Ended, Leg, LegEvent, Transfer};

/// The far side has stopped speaking after so long without sound.
const QUIET: Duration = Duration::from_secs(1);
/// It may take so long to begin.
const BEGIN: Duration = Duration::from_secs(3);
/// Mean of the samples' size above which a packet is sound.
const LOUD: i32 = 100;
/// A key is sent for 200 ms; the next waits for it and for a gap.
const KEY: Duration = Duration::from_millis(300);
const HEARD_MAX: Duration = Duration::from_secs(600);
const LINES_MAX: usize = 16;
const SAID: u64 = 1;

/// What the command line wishes of the conversation, with its files read.
pub(super) struct Wishes {
    script: Option<Script>,
    say: Option<Sound>,
    heard: Option<PathBuf>,
    speaker: Speaker,
}

impl Wishes {
    pub(super) fn read(line: &Line) -> Result<Self> {
        if line.speaker && !cfg!(feature = "playback") {
            return Err(Error::usage("--speaker needs a build with the feature `playback`"));
        }
        let say = line.say.as_ref().map(read_sound).transpose()?;
        let script = line.keys.clone().map(|script| with_say(script, say.is_some()));
        // Before anybody is rung: a call that cannot be heard is of no use.
        let speaker = Speaker::open(line.speaker)?;
        Ok(Self { script, say, heard: line.heard.clone(), speaker })
    }
}

/// What is to be said is said at the end when the script does not place it.
fn with_say(mut script: Script, say: bool) -> Script {
    if say && !script.0.contains(&Step::Say) {
        script.0.push(Step::WaitQuiet);
        script.0.push(Step::Say);
    }
    script
}

fn read_sound(path: &PathBuf) -> Result<Sound> {
    let mut wav = hound::WavReader::open(path).map_err(Error::other)?;
    let spec = wav.spec();
    if (spec.sample_rate, spec.channels, spec.bits_per_sample) != (8_000, 1, 16) {
        return Err(Error::usage(format!("{} is not 8 kHz, 16 bit, mono", path.display())));
    }
    let pcm: std::result::Result<Vec<i16>, _> = wav.samples::<i16>().collect();
    Ok(Sound::from_pcm(&pcm.map_err(Error::other)?))
}

/// What the script waits for.
enum Waiting {
    For(Instant),
    /// Since when, and the last sound since.
    Quiet(Instant, Option<Instant>),
    Said,
    /// The script is done; the far side ends the call.
    End,
}

pub(super) async fn talk(mut leg: Leg, wishes: Wishes) -> Result<Ended> {
    if let Some(path) = &wishes.heard {
        leg.record(path.clone(), HEARD_MAX);
    }
    let mut heard = leg.listen();
    let mut speaker = wishes.speaker;
    let mut typed = if wishes.script.is_none() { Some(typed_lines()) } else { None };
    let mut steps: VecDeque<Step> = wishes.script.unwrap_or_default().0.into();
    let mut waiting = Waiting::For(Instant::now());
    loop {
        tokio::select! {
            event = leg.next() => match event {
                LegEvent::Ended(ended) => return Ok(ended),
                LegEvent::Played(SAID) if matches!(waiting, Waiting::Said) => waiting = Waiting::For(Instant::now()),
                LegEvent::Digit(key) => println!("heard key {key}"),
                LegEvent::Held => println!("on hold"),
                LegEvent::Resumed => println!("resumed"),
                LegEvent::TransferAsked(_) => leg.answer_transfer(Transfer::Refused),
                LegEvent::Played(_)
                | LegEvent::Recorded(_)
                | LegEvent::Unpressed(_)
                | LegEvent::HoldAnswered { .. } => {}
            },
            pcm = next(&mut heard) => {
                speaker.hear(&pcm);
                if let Waiting::Quiet(_, last) = &mut waiting && is_loud(&pcm) {
                    *last = Some(Instant::now());
                }
            }
            line = next(&mut typed) => match line.trim() {
                "q" | "hangup" => leg.hangup(Cause::Normal),
                "" => {}
                text => match keys(text) {
                    Some(keys) => leg.send_digits(&keys),
                    None => println!("type keys (0-9 * #), or q to hang up"),
                },
            },
            () = until(due(&waiting)) => waiting = step(&leg, &mut steps, wishes.say.as_ref()),
            _ = tokio::signal::ctrl_c() => leg.hangup(Cause::Normal),
        }
    }
}

/// Takes the next step, and says what to wait for after it.
fn step(leg: &Leg, steps: &mut VecDeque<Step>, say: Option<&Sound>) -> Waiting {
    let now = Instant::now();
    match steps.pop_front() {
        None => Waiting::End,
        Some(Step::Press(keys)) => {
            println!("pressing {}", if keys.len() > 6 { "keys" } else { &keys });
            leg.send_digits(&keys);
            let count = u32::try_from(keys.len()).unwrap_or(u32::MAX);
            Waiting::For(now + KEY.saturating_mul(count))
        }
        Some(Step::WaitQuiet) => Waiting::Quiet(now, None),
        Some(Step::Wait(time)) => Waiting::For(now + time),
        Some(Step::Say) => match say {
            Some(sound) => {
                leg.play(SAID, vec![sound.clone()]);
                Waiting::Said
            }
            None => Waiting::For(now),
        },
        Some(Step::HangUp) => {
            leg.hangup(Cause::Normal);
            Waiting::End
        }
    }
}

fn due(waiting: &Waiting) -> Option<Instant> {
    match waiting {
        Waiting::For(at) => Some(*at),
        Waiting::Quiet(since, None) => Some(*since + BEGIN),
        Waiting::Quiet(_, Some(last)) => Some(*last + QUIET),
        Waiting::Said | Waiting::End => None,
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

async fn next<T>(queue: &mut Option<mpsc::Receiver<T>>) -> T {
    loop {
        let Some(open) = queue else { return std::future::pending().await };
        match open.recv().await {
            Some(item) => return item,
            None => *queue = None,
        }
    }
}

fn is_loud(pcm: &[i16]) -> bool {
    let total: i64 = pcm.iter().map(|sample| i64::from(sample.unsigned_abs())).sum();
    let count = i64::try_from(pcm.len().max(1)).unwrap_or(i64::MAX);
    total / count > i64::from(LOUD)
}

/// A thread of its own reads the terminal, because such a read cannot be broken off; it ends with the process.
fn typed_lines() -> mpsc::Receiver<String> {
    println!("type keys (0-9 * #), or q to hang up");
    let (tell, lines) = mpsc::channel(LINES_MAX);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            if tell.blocking_send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// The loudspeaker, when it is wanted and built in.
struct Speaker {
    #[cfg(feature = "playback")]
    card: Option<(rodio::MixerDeviceSink, rodio::Player)>,
}

#[cfg(feature = "playback")]
impl Speaker {
    fn open(wanted: bool) -> Result<Self> {
        if !wanted {
            return Ok(Self { card: None });
        }
        let card = rodio::DeviceSinkBuilder::open_default_sink()
            .map_err(|error| Error::usage(no_device(&error.to_string())))?;
        let player = rodio::Player::connect_new(card.mixer());
        Ok(Self { card: Some((card, player)) })
    }

    fn hear(&mut self, pcm: &[i16]) {
        let Some((_, player)) = &self.card else { return };
        let samples: Vec<f32> = pcm.iter().map(|sample| f32::from(*sample) / 32_768.0).collect();
        let (Some(mono), Some(rate)) = (std::num::NonZero::new(1), std::num::NonZero::new(8_000))
        else {
            return;
        };
        player.append(rodio::buffer::SamplesBuffer::new(mono, rate, samples));
    }
}

#[cfg(feature = "playback")]
fn no_device(why: &str) -> String {
    format!(
        "--speaker finds no sound device ({why}): leave it out, and keep what is heard with --heard FILE"
    )
}

#[cfg(not(feature = "playback"))]
impl Speaker {
    fn open(_: bool) -> Result<Self> {
        Ok(Self {})
    }

    fn hear(&mut self, _: &[i16]) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sound_is_loud() {
        assert!(is_loud(&[1_000, -1_000, 900, -900]));
        assert!(!is_loud(&[8, -8, 8, -8]));
        assert!(!is_loud(&[]));
        assert!(is_loud(&[i16::MIN; 160]));
    }

    #[cfg(feature = "playback")]
    #[test]
    fn a_machine_without_a_sound_device_is_told_what_to_do() {
        let said = no_device("no default device");

        assert!(said.contains("(no default device)") && said.contains("--heard FILE"), "{said}");
    }

    #[test]
    fn what_is_to_be_said_is_said_at_the_end_unless_placed() {
        let script = |text: &str| with_say(text.parse().unwrap(), true).0;

        assert_eq!(script("1"), [Step::Press("1".to_owned()), Step::WaitQuiet, Step::Say]);
        assert_eq!(script("say,1"), [Step::Say, Step::Press("1".to_owned())]);
    }

    #[test]
    fn the_end_of_speech_is_a_second_after_the_last_sound() {
        let now = Instant::now();

        assert_eq!(due(&Waiting::Quiet(now, None)), Some(now + Duration::from_secs(3)));
        assert_eq!(due(&Waiting::Quiet(now, Some(now))), Some(now + Duration::from_secs(1)));
        assert_eq!(due(&Waiting::End), None);
    }
}
