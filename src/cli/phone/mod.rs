//! The terminal softphone: calls the helpline as a citizen would, and is a phone that rings.

mod script;
mod talk;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc;

use super::error::{Error, Result};
use crate::telephony::audio::{self, Audio};
use crate::telephony::phone::{self, Settings};
use crate::telephony::{Arrival, DialEvent, Leg, Refusal, Transport};
use script::Script;

const RING: Duration = Duration::from_secs(60);
const REGISTERED_S: u32 = 300;

#[derive(Debug, clap::Args)]
pub struct Phone {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Call a number, as `phone call 181 --from 9000000001`
    Call(Call),
    /// Be a phone that rings: wait for one call, answer it and talk
    Answer(Answer),
}

#[derive(Debug, clap::Args)]
struct Call {
    number: String,
    /// The number that is shown; with --password, the user that registers
    #[arg(long)]
    from: String,
    /// Register as a phone of the helpline first
    #[arg(long, env = "HELPLINE_PHONE_PASSWORD", hide_env_values = true)]
    password: Option<String>,
    #[arg(long, default_value = "helpline181", requires = "password")]
    realm: String,
    /// Where the phone is; the demonstration takes everything from 127.0.0.2 for its trunk
    #[arg(long, default_value = "127.0.0.2:0")]
    local: SocketAddr,
    #[command(flatten)]
    line: Line,
}

#[derive(Debug, clap::Args)]
struct Answer {
    /// The number of this phone, calls to others are refused; with --password, the user that registers
    #[arg(long)]
    number: String,
    /// Register as a desk phone of the helpline, as an agent's, and stay registered until the call
    #[arg(long, env = "HELPLINE_PHONE_PASSWORD", hide_env_values = true)]
    password: Option<String>,
    #[arg(long, default_value = "helpline181", requires = "password")]
    realm: String,
    /// Where the phone is; the demonstration's trunk delivers to 127.0.0.1:5080
    #[arg(long, default_value = "127.0.0.1:5080")]
    local: SocketAddr,
    /// How long to wait for a call
    #[arg(long, default_value_t = 3_600)]
    patience_s: u64,
    #[command(flatten)]
    line: Line,
}

#[derive(Debug, clap::Args)]
struct Line {
    /// The helpline
    #[arg(long, default_value = "127.0.0.1:5060")]
    sip: SocketAddr,
    #[arg(long)]
    tcp: bool,
    /// What to press, as `1,wait,2`: keys, `wait` until it has stopped speaking, `wait2s`, `say`, `hangup`. Without it, keys are
    /// typed
    #[arg(long)]
    keys: Option<Script>,
    /// A WAV file (8 kHz, 16 bit, mono) to say at `say`, or when the keys are done
    #[arg(long)]
    say: Option<PathBuf>,
    /// Save what is heard to this WAV file
    #[arg(long)]
    heard: Option<PathBuf>,
    /// Play what is heard
    #[arg(long)]
    speaker: bool,
}

pub async fn run(phone: Phone) -> Result<()> {
    match phone.command {
        Command::Call(call) => make(call).await,
        Command::Answer(answer) => wait(answer).await,
    }
}

async fn make(call: Call) -> Result<()> {
    let sound = talk::Wishes::read(&call.line)?;
    let (phone, _arrivals) = open(&call.line, call.local, call.from.clone()).await?;
    if let Some(password) = &call.password {
        phone.register(password, &call.realm, REGISTERED_S).await.map_err(Error::other)?;
        println!("registered");
    }
    let mut dialling = phone.call(&call.number, RING);
    println!("calling");
    let leg = loop {
        match dialling.next().await {
            DialEvent::Ringing => println!("ringing"),
            DialEvent::EarlyMedia(_) => {}
            DialEvent::Answered(leg) => break Some(leg),
            DialEvent::Failed(failure) => {
                let status =
                    failure.sip_status.map(|status| format!(" ({status})")).unwrap_or_default();
                println!("no answer: {:?}{status}", failure.cause);
                break None;
            }
        }
    };
    let done = match leg {
        Some(leg) => speak(leg, sound).await,
        None => Err(Error::usage("the call was not answered")),
    };
    phone.close().await;
    done
}

async fn wait(answer: Answer) -> Result<()> {
    let sound = talk::Wishes::read(&answer.line)?;
    let (phone, mut arrivals) = open(&answer.line, answer.local, answer.number.clone()).await?;
    if let Some(password) = &answer.password {
        phone.register(password, &answer.realm, REGISTERED_S).await.map_err(Error::other)?;
        println!("registered");
    }
    println!("waiting for a call");
    let patience = tokio::time::sleep(Duration::from_secs(answer.patience_s));
    let arrival = tokio::select! {
        arrival = ours(&mut arrivals, &answer.number) => arrival,
        () = stay_registered(&phone, &answer) => None,
        () = patience => None,
    };
    let done = match arrival {
        Some(arrival) => {
            println!("ringing");
            arrival.ring();
            match arrival.answer().await {
                Ok(leg) => speak(leg, sound).await,
                Err(error) => Err(Error::other(error)),
            }
        }
        None => Err(Error::usage("nobody called")),
    };
    phone.close().await;
    done
}

/// Ends when the helpline refuses to renew.
async fn stay_registered(phone: &phone::Phone, answer: &Answer) {
    let Some(password) = &answer.password else { return std::future::pending().await };
    loop {
        tokio::time::sleep(Duration::from_secs(u64::from(REGISTERED_S / 2))).await;
        if let Err(error) = phone.register(password, &answer.realm, REGISTERED_S).await {
            println!("no longer registered: {error}");
            return;
        }
    }
}

async fn ours(arrivals: &mut mpsc::Receiver<Arrival>, number: &str) -> Option<Arrival> {
    while let Some(arrival) = arrivals.recv().await {
        if arrival.dialled == number {
            return Some(arrival);
        }
        arrival.refuse(Refusal::NotFound);
    }
    None
}

async fn speak(leg: Leg, wishes: talk::Wishes) -> Result<()> {
    println!("answered");
    let ended = talk::talk(leg, wishes).await?;
    println!("ended: {ended:?}");
    Ok(())
}

async fn open(
    line: &Line,
    local: SocketAddr,
    number: String,
) -> Result<(phone::Phone, mpsc::Receiver<Arrival>)> {
    // Apart from the helpline's own range, which may be on the same address.
    let sound =
        audio::Config { ports: 30_000..=30_999, realtime: false, ..audio::Config::new(local.ip()) };
    let audio = Audio::start(sound).map_err(Error::other)?;
    let transport = if line.tcp { Transport::Tcp } else { Transport::Udp };
    let settings = Settings { local, server: line.sip, transport, number };
    phone::Phone::start(settings, audio).await.map_err(Error::other)
}
