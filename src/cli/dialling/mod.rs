//! `helpline181 dialling`: stop switches, and why a citizen is rung now or not.

use helpline_proto::v1::{self, dial_reach};
use serde_json::{Value, json};

use super::{
    case::id,
    client::Options,
    error::{Error, Result},
    print,
};

#[derive(Debug, clap::Subcommand)]
pub enum Dialling {
    /// Ring nobody any more: at all, in a district, or over a trunk
    Stop {
        #[command(flatten)]
        reach: Reach,
        #[arg(long)]
        reason: String,
        #[arg(long)]
        request_id: Option<String>,
    },
    /// Ring again what was stopped
    Start {
        #[command(flatten)]
        reach: Reach,
        #[arg(long)]
        reason: String,
        #[arg(long)]
        request_id: Option<String>,
    },
    /// List what is stopped
    Stops,
    /// Say why the citizen of a case is rung now, or is not
    Why { number: String },
    /// List what was decided last
    Decisions {
        #[arg(long, default_value_t = 50)]
        limit: i32,
    },
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct Reach {
    /// All that the helpline rings by itself
    #[arg(long)]
    whole: bool,
    /// As district:396
    #[arg(long)]
    district: Option<String>,
    /// By its name in the settings
    #[arg(long)]
    trunk: Option<String>,
}

impl From<Reach> for v1::DialReach {
    fn from(reach: Reach) -> Self {
        let reach = match (reach.district, reach.trunk) {
            (Some(district), _) => dial_reach::Reach::District(district),
            (None, Some(trunk)) => dial_reach::Reach::Trunk(trunk),
            (None, None) => dial_reach::Reach::Whole(reach.whole),
        };
        Self { reach: Some(reach) }
    }
}

pub async fn run(command: Dialling, options: &Options) -> Result<()> {
    let connection = options.connect().await?;
    let mut client = connection.dialling();
    let stop = match command {
        Dialling::Stop { reach, reason, request_id } => {
            let request_id = id(request_id)?;
            let reach = Some(reach.into());
            let request = v1::StopDiallingRequest { request_id, reach, reason };
            client.stop_dialling(request).await?.into_inner().stop
        }
        Dialling::Start { reach, reason, request_id } => {
            let request_id = id(request_id)?;
            let reach = Some(reach.into());
            let request = v1::StartDiallingRequest { request_id, reach, reason };
            client.start_dialling(request).await?.into_inner().stop
        }
        Dialling::Stops => {
            let stops = client.list_stops(v1::ListStopsRequest {}).await?.into_inner().stops;
            print::out(
                options.json,
                || stops.iter().map(stop_value).collect(),
                || print::table(STOP_HEADS, stops.iter().map(stop_cells)),
            );
            return Ok(());
        }
        Dialling::Why { number } => {
            let request = v1::WhyCalledRequest { number };
            let why = client.why_called(request).await?.into_inner();
            print::out(
                options.json,
                || why_value(&why),
                || print::table(WHY_HEADS, [why_cells(&why)]),
            );
            return Ok(());
        }
        Dialling::Decisions { limit } => {
            let request = v1::ListDecisionsRequest { limit };
            let decisions = client.list_decisions(request).await?.into_inner().decisions;
            print::out(
                options.json,
                || decisions.iter().map(decision_value).collect(),
                || print::table(DECISION_HEADS, decisions.iter().map(decision_cells)),
            );
            return Ok(());
        }
    };
    let stop = stop.ok_or_else(|| Error::other("the helpline answered without a switch"))?;
    print::out(
        options.json,
        || stop_value(&stop),
        || print::table(STOP_HEADS, [stop_cells(&stop)]),
    );
    Ok(())
}

const STOP_HEADS: [&str; 5] = ["REACH", "STANDS", "SINCE", "BY", "REASON"];
const WHY_HEADS: [&str; 6] = ["NOW", "WHY", "UNTIL", "BEHIND", "BY", "ATTEMPTS"];
const DECISION_HEADS: [&str; 12] = [
    "SINCE",
    "LAST",
    "TIMES",
    "MODE",
    "WHY",
    "DIAL",
    "DUE DISTRICTS",
    "CHANNELS",
    "FREE",
    "RINGING",
    "ANSWERED",
    "DROPPED",
];

fn reach(stop: &v1::DialStop) -> String {
    match stop.reach.as_ref().and_then(|reach| reach.reach.as_ref()) {
        Some(dial_reach::Reach::District(district)) => district.clone(),
        Some(dial_reach::Reach::Trunk(trunk)) => format!("trunk {trunk}"),
        Some(dial_reach::Reach::Whole(_)) | None => "whole".to_owned(),
    }
}

fn stop_cells(stop: &v1::DialStop) -> [String; 5] {
    let stands = if stop.stopped { "stopped" } else { "started" };
    [reach(stop), stands.to_owned(), print::time(stop.at), stop.actor.clone(), stop.reason.clone()]
}

fn stop_value(stop: &v1::DialStop) -> Value {
    json!({
        "reach": reach(stop),
        "stopped": stop.stopped,
        "at": print::time_json(stop.at),
        "by": stop.actor,
        "reason": stop.reason,
    })
}

fn why_cells(why: &v1::WhyCalledResponse) -> [String; 6] {
    let now = if why.now { "yes" } else { "no" };
    let behind = match (why.behind, why.districts_before) {
        (0, 0) => String::new(),
        (calls, districts) => format!("{calls} calls, {districts} districts"),
    };
    [
        now.to_owned(),
        why.why.clone(),
        print::time(why.until),
        behind,
        why.call_kind.clone(),
        why.attempts.to_string(),
    ]
}

fn why_value(why: &v1::WhyCalledResponse) -> Value {
    json!({
        "now": why.now,
        "why": why.why,
        "until": print::time_json(why.until),
        "behind": why.behind,
        "districts_before": why.districts_before,
        "call_kind": why.call_kind,
        "attempts": why.attempts,
    })
}

fn decision_cells(decision: &v1::DialDecision) -> [String; 12] {
    [
        print::time(decision.since),
        print::time(decision.at),
        decision.times.to_string(),
        decision.mode.clone(),
        decision.why.clone(),
        decision.dial.to_string(),
        decision.due_districts.to_string(),
        decision.channels.to_string(),
        decision.free_callers.to_string(),
        decision.in_flight.to_string(),
        format!("{} of {}", decision.answered, decision.rung),
        format!("{} of {}", decision.drops_waited, decision.drops_answered),
    ]
}

fn decision_value(decision: &v1::DialDecision) -> Value {
    json!({
        "since": print::time_json(decision.since),
        "at": print::time_json(decision.at),
        "times": decision.times,
        "mode": decision.mode,
        "dial": decision.dial,
        "why": decision.why,
        "due_districts": decision.due_districts,
        "channels": decision.channels,
        "trunks_resting": decision.trunks_resting,
        "stopped": decision.stopped,
        "free_callers": decision.free_callers,
        "in_flight": decision.in_flight,
        "rung": decision.rung,
        "answered": decision.answered,
        "drops_answered": decision.drops_answered,
        "drops_waited": decision.drops_waited,
    })
}
