//! What the call centre does about a case from the command line; each is one call of the API.

use helpline_proto::v1;
use tonic::Response;

use super::id;
use crate::cli::{client::Connection, error::Result};

#[derive(Debug, clap::Args)]
pub struct Asked {
    /// Refuse if the case has changed since this version
    #[arg(long, default_value = "")]
    etag: String,
    /// Repeated with the same content, it answers the same result
    #[arg(long)]
    request_id: Option<String>,
}

#[derive(Debug, clap::Subcommand)]
pub enum Act {
    /// Withdraw a complaint on the citizen's own call
    Withdraw {
        number: String,
        /// The number that the citizen calls from
        #[arg(long)]
        phone: String,
        /// The citizen said yes
        #[arg(long)]
        confirmed: bool,
        /// Somebody pressed the citizen
        #[arg(long)]
        pressed: bool,
        #[command(flatten)]
        asked: Asked,
    },
    /// Open a satisfied case again on the citizen's own call
    Reopen {
        number: String,
        /// The number that the citizen calls from
        #[arg(long)]
        phone: String,
        #[arg(long)]
        confirmed: bool,
        #[command(flatten)]
        asked: Asked,
    },
    /// Ask that a special or forced close be opened again
    AskReopening {
        number: String,
        /// The number that the citizen calls from
        #[arg(long)]
        phone: String,
        #[arg(long)]
        words: String,
        #[command(flatten)]
        asked: Asked,
    },
    /// Ask to be called about a case
    DemandVerification {
        number: String,
        /// The number that the citizen calls from
        #[arg(long)]
        phone: String,
        #[command(flatten)]
        asked: Asked,
    },
    /// Merge a duplicate into another case of the same citizen
    Merge {
        number: String,
        #[arg(long)]
        parent: String,
        #[command(flatten)]
        asked: Asked,
    },
    /// Take it out again
    Unmerge {
        number: String,
        #[command(flatten)]
        asked: Asked,
    },
    /// Let a case follow one of another citizen
    Link {
        number: String,
        #[arg(long)]
        lead: String,
        #[command(flatten)]
        asked: Asked,
    },
    /// End that
    Unlink {
        number: String,
        #[command(flatten)]
        asked: Asked,
    },
    /// Send a code to the citizen's new number
    NumberChange {
        number: String,
        #[arg(long)]
        phone: String,
        #[command(flatten)]
        asked: Asked,
    },
    /// Take the code that the new number heard
    NumberCode {
        number: String,
        #[arg(long)]
        code: String,
        #[command(flatten)]
        asked: Asked,
    },
    /// Approve or reject a number change, as the second person
    DecideNumber {
        number: String,
        #[arg(long)]
        approve: bool,
        #[arg(long, default_value = "")]
        reason: String,
        #[command(flatten)]
        asked: Asked,
    },
}

macro_rules! request {
    ($request:ident, $number:ident, $asked:ident, { $($own:tt)* }) => {
        v1::$request {
            request_id: id($asked.request_id)?,
            number: $number,
            etag: $asked.etag,
            $($own)*
        }
    };
}

macro_rules! done {
    ($call:expr) => {
        $call.await.map(Response::into_inner)?.case
    };
}

/// The case as it stands then.
pub async fn run(connection: &Connection, act: Act) -> Result<Option<v1::Case>> {
    let mut citizens = connection.citizens();
    Ok(match act {
        Act::Withdraw { number, phone, confirmed, pressed, asked } => {
            let request =
                request!(WithdrawCaseRequest, number, asked, { phone, confirmed, pressed });
            done!(citizens.withdraw_case(request))
        }
        Act::Reopen { number, phone, confirmed, asked } => {
            let request = request!(ReopenCaseRequest, number, asked, { phone, confirmed });
            done!(citizens.reopen_case(request))
        }
        Act::AskReopening { number, phone, words, asked } => {
            let request = request!(AskReopeningRequest, number, asked, { phone, words });
            done!(citizens.ask_reopening(request))
        }
        Act::DemandVerification { number, phone, asked } => {
            let request = request!(DemandVerificationRequest, number, asked, { phone });
            done!(citizens.demand_verification(request))
        }
        Act::Merge { number, parent, asked } => {
            let request = request!(MergeCaseRequest, number, asked, { parent });
            done!(citizens.merge_case(request))
        }
        Act::Unmerge { number, asked } => {
            let request = request!(UnmergeCaseRequest, number, asked, {});
            done!(citizens.unmerge_case(request))
        }
        Act::Link { number, lead, asked } => {
            let request = request!(LinkCaseRequest, number, asked, { lead });
            done!(citizens.link_case(request))
        }
        Act::Unlink { number, asked } => {
            let request = request!(UnlinkCaseRequest, number, asked, {});
            done!(citizens.unlink_case(request))
        }
        Act::NumberChange { number, phone, asked } => {
            let request = request!(AskNumberChangeRequest, number, asked, { phone });
            done!(citizens.ask_number_change(request))
        }
        Act::NumberCode { number, code, asked } => {
            let request = request!(ConfirmNumberChangeRequest, number, asked, { code });
            done!(citizens.confirm_number_change(request))
        }
        Act::DecideNumber { number, approve, reason, asked } => {
            let request = request!(DecideNumberChangeRequest, number, asked, { approve, reason });
            done!(citizens.decide_number_change(request))
        }
    })
}
