//! Recordings from the command line: heard, held, and checked against the folder.

mod verify;

use std::{fs, io::Write, path::PathBuf};

use helpline_proto::v1;
use serde_json::{Value, json};

use super::{
    client::{Connection, Options, request_id},
    error::{Error, Result},
    place::Place,
    print,
};

#[derive(Debug, clap::Subcommand)]
pub enum Recordings {
    /// List those of a case or of a call
    List {
        /// The case's number
        number: Option<String>,
        /// The call's id, as the console shows it
        #[arg(long, conflicts_with = "number")]
        call: Option<String>,
    },
    /// Hear one, or write it to a file; that it was opened is written down
    Play {
        id: String,
        /// What it is opened for
        #[arg(long)]
        reason: String,
        /// The WAV file to write, instead of the speaker
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Keep one until the hold is lifted
    Hold {
        id: String,
        #[arg(long)]
        reason: String,
        /// Lift the hold
        #[arg(long)]
        lift: bool,
    },
    /// The facts of one, each linked to the one before
    Prove { id: String },
    /// Check each row against its file and each file against its row; on the helpline's machine, without the API
    Verify(Place),
}

pub async fn run(recordings: Recordings, options: &Options) -> Result<()> {
    let json = options.json;
    match recordings {
        Recordings::List { number, call } => {
            let rows = list(&options.connect().await?, number, call).await?;
            let value = || rows.iter().map(shown).collect();
            print::out(json, value, || table(&rows));
        }
        Recordings::Play { id, reason, out } => {
            let connection = options.connect().await?;
            let request = v1::PlayRecordingRequest {
                request_id: request_id()?,
                id,
                reason,
                ..Default::default()
            };
            let mut pieces = connection.recordings().play_recording(request).await?.into_inner();
            let mut sound = Vec::new();
            while let Some(piece) = pieces.message().await? {
                sound.extend(piece.data);
            }
            match out {
                Some(path) => {
                    let mut file = fs::File::create(&path).map_err(Error::other)?;
                    file.write_all(&sound).map_err(Error::other)?;
                    let (bytes, path) = (sound.len(), path.display().to_string());
                    let value = || json!({ "file": path, "bytes": bytes });
                    print::out(json, value, || format!("{bytes} bytes to {path}"));
                }
                None => aloud(&sound)?,
            }
        }
        Recordings::Hold { id, reason, lift } => {
            let connection = options.connect().await?;
            let mut service = connection.recordings();
            let request_id = request_id()?;
            let row = if lift {
                let request = v1::LiftHoldRequest { request_id, id, reason };
                service.lift_hold(request).await?.into_inner().recording
            } else {
                let request = v1::PlaceHoldRequest { request_id, id, reason };
                service.place_hold(request).await?.into_inner().recording
            };
            let row = row.unwrap_or_default();
            print::out(json, || shown(&row), || table(std::slice::from_ref(&row)));
        }
        Recordings::Prove { id } => {
            let connection = options.connect().await?;
            let request = v1::ProveRecordingRequest { id };
            let proof = connection.recordings().prove_recording(request).await?.into_inner();
            let row = proof.recording.unwrap_or_default();
            let value = || json!({ "recording": shown(&row), "facts": facts(&proof.facts) });
            let text = || {
                let told = proof.facts.iter().map(|fact| {
                    let at = print::time(fact.at);
                    format!(
                        "{} {at} {} {}\n  {}\n  {}",
                        fact.version, fact.kind, fact.actor, fact.facts, fact.hash
                    )
                });
                let told: Vec<_> = told.collect();
                format!("{}\n{}", table(std::slice::from_ref(&row)), told.join("\n"))
            };
            print::out(json, value, text);
        }
        Recordings::Verify(place) => return verify::run(&place, json).await,
    }
    Ok(())
}

async fn list(
    connection: &Connection,
    number: Option<String>,
    call: Option<String>,
) -> Result<Vec<v1::Recording>> {
    let mut rows = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = v1::ListRecordingsRequest {
            number: number.clone().unwrap_or_default(),
            call: call.clone().unwrap_or_default(),
            page_size: 0,
            page_token,
        };
        let page = connection.recordings().list_recordings(request).await?.into_inner();
        rows.extend(page.recordings);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(rows);
        }
    }
}

fn shown(row: &v1::Recording) -> Value {
    json!({
        "id": row.id,
        "call": row.call,
        "class": class(row),
        "state": state(row),
        "duration_ms": row.duration_ms,
        "sha256": row.sha256,
        "partial": row.partial,
        "started_at": print::time_json(row.started_at),
        "delete_after": row.delete_after.map(|at| print::time_json(Some(at))),
        "held_at": row.held_at.map(|at| print::time_json(Some(at))),
        "deleted_at": row.deleted_at.map(|at| print::time_json(Some(at))),
        "trouble": row.trouble,
    })
}

fn facts(facts: &[v1::RecordingFact]) -> Value {
    let fact = |fact: &v1::RecordingFact| {
        json!({
            "version": fact.version,
            "kind": fact.kind,
            "at": print::time_json(fact.at),
            "actor": fact.actor,
            "facts": fact.facts,
            "prev_hash": fact.prev_hash,
            "hash": fact.hash,
        })
    };
    facts.iter().map(fact).collect()
}

fn table(rows: &[v1::Recording]) -> String {
    if rows.is_empty() {
        return "no recordings".to_owned();
    }
    print::table(
        ["ID", "SINCE (IST)", "CLASS", "STATE", "SECONDS", "CALL", "REMARK"],
        rows.iter().map(|row| {
            let remark = match (row.held_at, row.partial.as_str()) {
                (Some(_), _) => "under legal hold".to_owned(),
                (None, partial) => partial.to_owned(),
            };
            [
                row.id.clone(),
                print::time(row.started_at),
                class(row).to_owned(),
                state(row).to_owned(),
                (row.duration_ms / 1_000).to_string(),
                row.call.clone(),
                remark,
            ]
        }),
    )
}

fn class(row: &v1::Recording) -> &'static str {
    print::word(row.class().as_str_name(), "RECORDING_CLASS_")
}

fn state(row: &v1::Recording) -> &'static str {
    print::word(row.state().as_str_name(), "RECORDING_STATE_")
}

#[cfg(feature = "playback")]
fn aloud(sound: &[u8]) -> Result<()> {
    use std::num::NonZero;

    let mut wav = hound::WavReader::new(sound).map_err(Error::other)?;
    let spec = wav.spec();
    let samples = wav.samples::<i16>().map(|sample| Ok(f32::from(sample?) / 32_768.0));
    let samples = samples.collect::<hound::Result<Vec<f32>>>().map_err(Error::other)?;
    let sides = NonZero::new(spec.channels).ok_or_else(|| Error::usage("no sound in it"))?;
    let rate = NonZero::new(spec.sample_rate).ok_or_else(|| Error::usage("no sound in it"))?;
    let card = rodio::DeviceSinkBuilder::open_default_sink().map_err(Error::other)?;
    let player = rodio::Player::connect_new(card.mixer());
    player.append(rodio::buffer::SamplesBuffer::new(sides, rate, samples));
    player.sleep_until_end();
    Ok(())
}

#[cfg(not(feature = "playback"))]
fn aloud(_: &[u8]) -> Result<()> {
    Err(Error::usage("this build has no speaker: name a file with --out"))
}
