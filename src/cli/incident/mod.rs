//! `helpline181 incident`: outages that callers are told of before the menu.

use helpline_proto::v1;
use serde_json::{Value, json};

use super::{
    case::id,
    client::Options,
    error::{Error, Result},
    print,
    span::Span,
};

#[derive(Debug, clap::Subcommand)]
pub enum Incident {
    /// Say that an outage is known; callers may join it by one key
    Declare {
        /// The open case that the others follow
        #[arg(long)]
        lead: String,
        /// Where it is, as district:396 or state:23; may be given several times
        #[arg(long, required = true)]
        place: Vec<String>,
        /// What callers are told is being done: repair, relief or stay-safe
        #[arg(long, default_value = "repair")]
        advice: String,
        #[arg(long)]
        reason: String,
        /// As 2d or 12h, at most 7d
        #[arg(long = "for")]
        span: Span,
        #[arg(long)]
        request_id: Option<String>,
    },
    /// End one before its time
    End {
        incident: String,
        #[arg(long)]
        reason: String,
        #[arg(long)]
        request_id: Option<String>,
    },
    /// List those that are not over
    List {
        /// Those that are over, too
        #[arg(long)]
        all: bool,
    },
}

pub async fn run(incident: Incident, options: &Options) -> Result<()> {
    let connection = options.connect().await?;
    let mut client = connection.incidents();
    let incident = match incident {
        Incident::Declare { lead, place, advice, reason, span, request_id } => {
            let advice = print::parse(
                "INCIDENT_ADVICE_",
                &advice,
                v1::IncidentAdvice::from_str_name,
                "advice",
            )?;
            let request = v1::DeclareIncidentRequest {
                request_id: id(request_id)?,
                lead,
                places: place,
                advice: advice.into(),
                reason,
                span: Some(prost_types::Duration { seconds: span.0, nanos: 0 }),
            };
            client.declare_incident(request).await?.into_inner().incident
        }
        Incident::End { incident, reason, request_id } => {
            let request = v1::EndIncidentRequest { request_id: id(request_id)?, incident, reason };
            client.end_incident(request).await?.into_inner().incident
        }
        Incident::List { all } => {
            let mut request =
                v1::ListIncidentsRequest { all, ..v1::ListIncidentsRequest::default() };
            let mut incidents = Vec::new();
            loop {
                let page = client.list_incidents(request.clone()).await?.into_inner();
                incidents.extend(page.incidents);
                if page.next_page_token.is_empty() {
                    break;
                }
                request.page_token = page.next_page_token;
            }
            print::out(
                options.json,
                || incidents.iter().map(value).collect(),
                || print::table(HEADS, incidents.iter().map(cells)),
            );
            return Ok(());
        }
    };
    let incident =
        incident.ok_or_else(|| Error::other("the helpline answered without an incident"))?;
    print::out(options.json, || value(&incident), || print::table(HEADS, [cells(&incident)]));
    Ok(())
}

const HEADS: [&str; 7] = ["INCIDENT", "LEAD", "CATEGORY", "PLACES", "UNTIL", "STANDS", "FOLLOWERS"];

fn cells(incident: &v1::Incident) -> [String; 7] {
    let stands = match (incident.in_force, incident.ended_at) {
        (true, _) => "in force",
        (false, Some(_)) => "ended",
        // Its time is over, or its lead is resolved.
        (false, None) => "not told",
    };
    [
        incident.id.clone(),
        incident.lead.clone(),
        incident.category.clone(),
        incident.places.join(" "),
        print::time(incident.until),
        stands.to_owned(),
        incident.followers.to_string(),
    ]
}

fn value(incident: &v1::Incident) -> Value {
    json!({
        "id": incident.id,
        "lead": incident.lead,
        "department": incident.department,
        "category": incident.category,
        "places": incident.places,
        "advice": print::word(incident.advice().as_str_name(), "INCIDENT_ADVICE_"),
        "by": incident.actor,
        "reason": incident.reason,
        "from": print::time_json(incident.from),
        "until": print::time_json(incident.until),
        "in_force": incident.in_force,
        "ended_at": print::time_json(incident.ended_at),
        "ended_by": incident.ended_by,
        "ended_reason": incident.ended_reason,
        "followers": incident.followers,
    })
}
