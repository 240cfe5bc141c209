//! `helpline181 citizen`: whose registrations are refused for a while, and what is said against it.

use helpline_proto::v1;
use serde_json::{Value, json};

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
