//! `helpline181 citizen`: whose registrations are refused for a while, and what is said against it.

use helpline_proto::v1;
use serde_json::{Value, json};

use super::safety;
use crate::cli::{
    case::id,
    client::Options,
    error::{Error, Result},
    print,
    span::Span,
};

#[derive(Debug, clap::Subcommand)]
pub enum Citizen {
    /// Refuse a citizen's registrations for a while; the way to an operator stays open
    Block {
        #[command(flatten)]
        of: Of,
        #[arg(long)]
        reason: String,
        /// As 7d or 12h, at most 30d
        #[arg(long = "for")]
        span: Span,
        #[arg(long)]
        request_id: Option<String>,
    },
    /// End a block before its time
    Unblock {
        block: String,
        #[arg(long)]
        request_id: Option<String>,
    },
    /// Write down what a citizen says against a block
    Appeal {
        #[command(flatten)]
        of: Of,
        #[arg(long)]
        words: String,
        #[arg(long)]
        request_id: Option<String>,
    },
    /// Answer an appeal; not by whoever blocked
    Answer {
        block: String,
        /// End the block; without it the block stands
        #[arg(long)]
        lift: bool,
        #[arg(long)]
        words: String,
        #[arg(long)]
        request_id: Option<String>,
    },
    /// Say when a citizen may be rung, and whether anything may be left, in place of what was said before
    Safe {
        #[command(flatten)]
        of: Of,
        /// With --case: for that case alone, beside what holds for its citizen
        #[arg(long, requires = "case")]
        this_case: bool,
        /// As 10:00-16:00; at any hour when left out
        #[arg(long)]
        hours: Option<String>,
        #[arg(long)]
        do_not_call: bool,
        #[arg(long)]
        no_sms: bool,
        /// Leave no message of any kind
        #[arg(long)]
        no_message: bool,
        #[arg(long)]
        request_id: Option<String>,
    },
    /// What was registered: by kind, by how citizens heard of 181, and block by block, those without a case first
    Heard {
        /// As district:396; all that you see when left out
        #[arg(long, default_value = "")]
        district: String,
        /// As 30d, until now
        #[arg(long, default_value = "30d")]
        last: Span,
    },
    /// List the blocks that are in force
    Blocks {
        /// Those with an appeal that nobody has answered
        #[arg(long, conflicts_with = "all")]
        appealed: bool,
        #[arg(long)]
        all: bool,
    },
}

/// Which citizen is meant.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct Of {
    #[arg(long, default_value = "")]
    phone: String,
    /// Whoever registered this case
    #[arg(long, default_value = "")]
    case: String,
    /// Whoever is on this call of yours
    #[arg(long, default_value = "")]
    call: String,
}

impl Of {
    pub fn citizen(self) -> Option<v1::CitizenOf> {
        Some(v1::CitizenOf { phone: self.phone, number: self.case, call: self.call })
    }
}

pub async fn run(citizen: Citizen, options: &Options) -> Result<()> {
    let connection = options.connect().await?;
    let mut client = connection.intake();
    let block = match citizen {
        Citizen::Block { of, reason, span, request_id } => {
            let request = v1::BlockCitizenRequest {
                request_id: id(request_id)?,
                citizen: of.citizen(),
                reason,
                span: Some(prost_types::Duration { seconds: span.0, nanos: 0 }),
            };
            client.block_citizen(request).await?.into_inner().block
        }
        Citizen::Unblock { block, request_id } => {
            let request = v1::LiftBlockRequest { request_id: id(request_id)?, block };
            client.lift_block(request).await?.into_inner().block
        }
        Citizen::Appeal { of, words, request_id } => {
            let request = v1::AppealBlockRequest {
                request_id: id(request_id)?,
                citizen: of.citizen(),
                words,
            };
            client.appeal_block(request).await?.into_inner().block
        }
        Citizen::Answer { block, lift, words, request_id } => {
            let request =
                v1::AnswerAppealRequest { request_id: id(request_id)?, block, lift, words };
            client.answer_appeal(request).await?.into_inner().block
        }
        Citizen::Safe { of, this_case, hours, do_not_call, no_sms, no_message, request_id } => {
            let hours = hours.as_deref().map(safe_hours).transpose()?;
            let (citizen, number) = match this_case {
                true => (None, of.case),
                false => (of.citizen(), String::new()),
            };
            let request = v1::SetSafetyRequest {
                request_id: id(request_id)?,
                citizen,
                number,
                safety: Some(v1::Safety { do_not_call, no_sms, no_message, hours }),
            };
            let said = client.set_safety(request).await?.into_inner();
            let safety = said.safety.unwrap_or_default();
            let value = || {
                let mut value = safety::value(&safety);
                value["phone_masked"] = json!(said.phone_masked);
                value
            };
            let text = || format!("{}: {}", said.phone_masked, safety::text(&safety));
            print::out(options.json, value, text);
            return Ok(());
        }
        Citizen::Heard { district, last } => {
            let span = Some(prost_types::Duration { seconds: last.0, nanos: 0 });
            let request = v1::GetIntakeFiguresRequest { district, span };
            let found = client.get_intake_figures(request).await?.into_inner();
            let rows = heard(&found);
            let value = || {
                rows.iter()
                    .map(|row| json!({"of": row[0], "what": row[1], "cases": row[2]}))
                    .collect()
            };
            print::out(options.json, value, || print::table(["OF", "WHAT", "CASES"], rows.clone()));
            return Ok(());
        }
        Citizen::Blocks { appealed, all } => {
            let filter = match (appealed, all) {
                (true, _) => v1::BlockFilter::Appealed,
                (false, true) => v1::BlockFilter::All,
                (false, false) => v1::BlockFilter::Unspecified,
            };
            let mut request =
                v1::ListBlocksRequest { filter: filter.into(), ..v1::ListBlocksRequest::default() };
            let mut blocks = Vec::new();
            loop {
                let page = client.list_blocks(request.clone()).await?.into_inner();
                blocks.extend(page.blocks);
                if page.next_page_token.is_empty() {
                    break;
                }
                request.page_token = page.next_page_token;
            }
            print::out(
                options.json,
                || blocks.iter().map(value).collect(),
                || print::table(HEADS, blocks.iter().map(cells)),
            );
            return Ok(());
        }
    };
    let block = block.ok_or_else(|| Error::other("the helpline answered without a block"))?;
    print::out(options.json, || value(&block), || print::table(HEADS, [cells(&block)]));
    Ok(())
}

const HEADS: [&str; 6] = ["BLOCK", "PHONE", "BY", "UNTIL", "STANDS", "REASON"];

fn cells(block: &v1::Block) -> [String; 6] {
    let stands = match (&block.appeal, block.in_force) {
        (Some(appeal), _) if appeal.answered_at.is_none() => "appealed",
        (_, true) => "in force",
        (_, false) if block.lifted_at.is_some() => "lifted",
        (_, false) => "over",
    };
    [
        block.id.clone(),
        block.phone_masked.clone(),
        block.actor.clone(),
        print::time(block.until),
        stands.to_owned(),
        block.reason.clone(),
    ]
}

fn value(block: &v1::Block) -> Value {
    let appeal = block.appeal.as_ref().map(|appeal| {
        json!({
            "at": print::time_json(appeal.at),
            "words": appeal.words,
            "due_at": print::time_json(appeal.due_at),
            "answered_at": print::time_json(appeal.answered_at),
            "answered_by": appeal.answered_by,
            "answer": appeal.answer,
            "lifted": appeal.lifted,
        })
    });
    json!({
        "id": block.id,
        "phone_masked": block.phone_masked,
        "by": block.actor,
        "reason": block.reason,
        "from": print::time_json(block.from),
        "until": print::time_json(block.until),
        "in_force": block.in_force,
        "lifted_at": print::time_json(block.lifted_at),
        "lifted_by": block.lifted_by,
        "appeal": appeal,
    })
}

fn heard(found: &v1::GetIntakeFiguresResponse) -> Vec<[String; 3]> {
    let row =
        |of: &str, what: &str, cases: i64| [of.to_owned(), what.to_owned(), cases.to_string()];
    let kinds = found
        .kinds
        .iter()
        .map(|one| row("kind", print::word(one.kind().as_str_name(), "CASE_KIND_"), one.cases));
    let heard = found.heard_of.iter().map(|one| {
        row("heard of 181", print::word(one.heard_of().as_str_name(), "HEARD_OF_"), one.cases)
    });
    let blocks = found.blocks.iter().map(|one| row("place", &one.place, one.cases));
    kinds.chain(heard).chain(blocks).collect()
}

/// `10:00-16:00`
fn safe_hours(text: &str) -> Result<v1::SafeHours> {
    let wrong = || Error::usage(format!("{text:?} are no hours, as 10:00-16:00"));
    let minute = |clock: &str| {
        let (hour, minute) = clock.split_once(':')?;
        let (hour, minute) = (hour.parse::<i32>().ok()?, minute.parse::<i32>().ok()?);
        ((0..=24).contains(&hour) && (0..60).contains(&minute)).then_some(hour * 60 + minute)
    };
    let (from, until) = text.split_once('-').ok_or_else(wrong)?;
    let (from, until) = minute(from).zip(minute(until)).ok_or_else(wrong)?;
    Ok(v1::SafeHours { from_minute: from, until_minute: until })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn safe_hours_are_minutes_of_a_day() {
        let hours = safe_hours("10:30-16:00").unwrap();

        assert_eq!((hours.from_minute, hours.until_minute), (630, 960));
        for text in ["", "10", "10-16", "10:00", "25:00-26:00", "10:60-11:00"] {
            assert!(safe_hours(text).is_err(), "{text}");
        }
    }
}
