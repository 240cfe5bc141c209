//! The officer's acts from the command line; each is one call of the API.

use helpline_proto::v1;
use tonic::Response;

use super::{Act, id};
use crate::cli::{
    client::Connection,
    error::{Error, Result},
    print,
};

#[derive(Debug, clap::Subcommand)]
pub enum Acts {
    /// Record a visit
    Visit {
        number: String,
        /// Where
        #[arg(long)]
        place: String,
        /// What was found
        #[arg(long)]
        finding: String,
        /// Id of a file of the case
        #[arg(long)]
        evidence: Vec<String>,
        #[command(flatten)]
        act: Act,
    },
    /// Set your own date, before the due time
    Target {
        number: String,
        /// As 2026-12-01T10:00:00+05:30
        #[arg(long)]
        at: String,
        #[command(flatten)]
        act: Act,
    },
    /// Refer the case to a senior office
    SeekHelp {
        number: String,
        /// The senior post
        #[arg(long, default_value = "")]
        of: String,
        #[arg(long)]
        note: String,
        #[command(flatten)]
        act: Act,
    },
    /// Say what is in the way, or none
    Blocker {
        number: String,
        /// funds, other-department, court, policy, other or none
        what: String,
        #[arg(long, default_value = "")]
        note: String,
        #[command(flatten)]
        act: Act,
    },
    /// Add a note
    Note {
        number: String,
        #[arg(long)]
        note: String,
        #[command(flatten)]
        act: Act,
    },
    /// Write a special order, which is never changed
    Order {
        number: String,
        #[arg(long)]
        words: String,
        #[command(flatten)]
        act: Act,
    },
    /// Change the category, within three days of registration
    Category {
        number: String,
        #[arg(long)]
        category: String,
        #[arg(long, default_value = "")]
        subcategory: String,
        #[command(flatten)]
        act: Act,
    },
    /// Propose that the case belongs to another place
    Transfer {
        number: String,
        /// KIND:CODE, as block:berasia
        #[arg(long)]
        place: String,
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        act: Act,
    },
    /// Decide on such a proposal, after a contact with the citizen
    DecideTransfer {
        number: String,
        #[arg(long)]
        approve: bool,
        /// What the citizen said, or why not
        #[arg(long)]
        note: String,
        #[command(flatten)]
        act: Act,
    },
    /// Send a case from the last level one level back
    SendBack {
        number: String,
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        act: Act,
    },
    /// Ask the nodal officer or the directorate for help
    Difficulty {
        number: String,
        /// nodal or directorate
        #[arg(long, default_value = "nodal")]
        office: String,
        #[arg(long)]
        words: String,
        #[command(flatten)]
        act: Act,
    },
    /// Answer the ticket of a case
    AnswerDifficulty {
        number: String,
        #[arg(long)]
        words: String,
        #[command(flatten)]
        act: Act,
    },
    /// Close in part (PC): reason and date
    Pc {
        number: String,
        #[arg(long)]
        reason: String,
        /// As 2026-12-01T10:00:00+05:30
        #[arg(long)]
        until: String,
        #[command(flatten)]
        act: Act,
    },
    /// Extend a PC once (WIT)
    Wit {
        number: String,
        #[arg(long)]
        reason: String,
        /// As 2026-12-01T10:00:00+05:30
        #[arg(long)]
        until: String,
        #[command(flatten)]
        act: Act,
    },
    /// Propose a special close to the level above
    ProposeClose {
        number: String,
        /// With the rule cited
        #[arg(long)]
        grounds: String,
        #[command(flatten)]
        act: Act,
    },
    /// Take the proposal back
    WithdrawClose {
        number: String,
        #[command(flatten)]
        act: Act,
    },
    /// Accept or reject a proposed special close
    DecideClose {
        number: String,
        #[arg(long)]
        accept: bool,
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        act: Act,
    },
    /// Close with a reason, a clear report and evidence
    ForceClose {
        number: String,
        /// action-taken, not-eligible, false, before-court, policy-matter or other
        #[arg(long)]
        reason: String,
        /// At least 100 characters
        #[arg(long)]
        report: String,
        /// Id of a file of the case
        #[arg(long)]
        evidence: Vec<String>,
        #[command(flatten)]
        act: Act,
    },
    /// Record what the citizen said when told of a special or forced close
    Courtesy {
        number: String,
        /// accepted, not-satisfied or not-reached
        #[arg(long)]
        answer: String,
        #[arg(long, default_value = "")]
        note: String,
        #[command(flatten)]
        act: Act,
    },
    /// Open a special or forced close again by order
    ReopenOrder {
        number: String,
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        act: Act,
    },
    /// Order the next step after two dissatisfied rounds at the last level
    NextStep {
        number: String,
        #[arg(long)]
        words: String,
        #[command(flatten)]
        act: Act,
    },
    /// Order a case up from level 3 whose time there is over
    OrderEscalation {
        number: String,
        /// needs-sanction, beyond-powers, other-department, policy-matter or neglected
        #[arg(long)]
        ground: String,
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        act: Act,
    },
    /// Order another round for a case that nobody could be asked about
    OrderVerification {
        number: String,
        #[command(flatten)]
        act: Act,
    },
}

/// A request's common fields, and its own.
macro_rules! request {
    ($request:ident, $number:ident, $act:ident, { $($own:tt)* }) => {
        v1::$request {
            request_id: id($act.request_id)?,
            number: $number,
            etag: $act.etag,
            post: $act.post,
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
pub async fn run(connection: &Connection, act: Acts) -> Result<Option<v1::Case>> {
    let (mut acts, mut closures) = (connection.acts(), connection.closures());
    Ok(match act {
        Acts::Visit { number, place, finding, evidence, act } => {
            let request = request!(RecordVisitRequest, number, act, { took_place_at: None, place, finding, evidence });
            done!(acts.record_visit(request))
        }
        Acts::Target { number, at, act } => {
            let request =
                request!(SetTargetRequest, number, act, { target_at: Some(instant(&at)?) });
            done!(acts.set_target(request))
        }
        Acts::SeekHelp { number, of, note, act } => {
            let request = request!(SeekHelpRequest, number, act, { of_post: of, note });
            done!(acts.seek_help(request))
        }
        Acts::Blocker { number, what, note, act } => {
            let request =
                request!(SetBlockerRequest, number, act, { blocker: blocker(&what)?, note });
            done!(acts.set_blocker(request))
        }
        Acts::Note { number, note, act } => {
            let request = request!(AddNoteRequest, number, act, { note });
            done!(acts.add_note(request))
        }
        Acts::Order { number, words, act } => {
            let request = request!(WriteOrderRequest, number, act, { words });
            done!(acts.write_order(request))
        }
        Acts::Category { number, category, subcategory, act } => {
            let request = request!(ChangeCategoryRequest, number, act, { category, subcategory });
            done!(acts.change_category(request))
        }
        Acts::Transfer { number, place, reason, act } => {
            let request = request!(ProposeTransferRequest, number, act, { place, reason });
            done!(acts.propose_transfer(request))
        }
        Acts::DecideTransfer { number, approve, note, act } => {
            let request = request!(DecideTransferRequest, number, act, { approve, note });
            done!(acts.decide_transfer(request))
        }
        Acts::SendBack { number, reason, act } => {
            let request = request!(SendBackRequest, number, act, { reason });
            done!(acts.send_back(request))
        }
        Acts::Difficulty { number, office, words, act } => {
            let request = request!(RaiseDifficultyRequest, number, act, { office: office_of(&office)?, words });
            let raised = acts.raise_difficulty(request).await?.into_inner();
            if !raised.contact.is_empty() {
                eprintln!("note: {}", raised.contact);
            }
            raised.case
        }
        Acts::AnswerDifficulty { number, words, act } => {
            let request = request!(AnswerDifficultyRequest, number, act, { words });
            done!(acts.answer_difficulty(request))
        }
        Acts::Pc { number, reason, until, act } => {
            let request = request!(ClosePartiallyRequest, number, act, { reason, until: Some(instant(&until)?) });
            done!(closures.close_partially(request))
        }
        Acts::Wit { number, reason, until, act } => {
            let request = request!(ExtendPartialRequest, number, act, { reason, until: Some(instant(&until)?) });
            done!(closures.extend_partial(request))
        }
        Acts::ProposeClose { number, grounds, act } => {
            let request = request!(ProposeSpecialCloseRequest, number, act, { grounds });
            done!(closures.propose_special_close(request))
        }
        Acts::WithdrawClose { number, act } => {
            let request = request!(WithdrawSpecialCloseRequest, number, act, {});
            done!(closures.withdraw_special_close(request))
        }
        Acts::DecideClose { number, accept, reason, act } => {
            let request = request!(DecideSpecialCloseRequest, number, act, { accept, reason });
            done!(closures.decide_special_close(request))
        }
        Acts::ForceClose { number, reason, report, evidence, act } => {
            let request = request!(ForceCloseRequest, number, act, { reason: force_reason(&reason)?, report, evidence });
            done!(closures.force_close(request))
        }
        Acts::Courtesy { number, answer, note, act } => {
            let request =
                request!(RecordCourtesyRequest, number, act, { answer: courtesy(&answer)?, note });
            done!(closures.record_courtesy(request))
        }
        Acts::ReopenOrder { number, reason, act } => {
            let request = request!(ReopenByOrderRequest, number, act, { reason });
            done!(closures.reopen_by_order(request))
        }
        Acts::NextStep { number, words, act } => {
            let request = request!(OrderNextStepRequest, number, act, { words });
            done!(closures.order_next_step(request))
        }
        Acts::OrderEscalation { number, ground, reason, act } => {
            let ground = ground_of(&ground)?;
            let request = request!(OrderEscalationRequest, number, act, { ground, reason });
            done!(closures.order_escalation(request))
        }
        Acts::OrderVerification { number, act } => {
            let request = request!(OrderVerificationRequest, number, act, {});
            done!(closures.order_verification(request))
        }
    })
}

/// `2026-12-01T10:00:00+05:30`
pub fn instant(text: &str) -> Result<prost_types::Timestamp> {
    let at = chrono::DateTime::parse_from_rfc3339(text)
        .map_err(|_| Error::usage(format!("{text:?} is no time as 2026-12-01T10:00:00+05:30")))?;
    let nanos = i32::try_from(at.timestamp_subsec_nanos()).unwrap_or_default();
    Ok(prost_types::Timestamp { seconds: at.timestamp(), nanos })
}

fn blocker(word: &str) -> Result<i32> {
    if word == "none" {
        return Ok(v1::Blocker::Unspecified.into());
    }
    print::parse("BLOCKER_", word, v1::Blocker::from_str_name, "blocker").map(i32::from)
}

fn office_of(word: &str) -> Result<i32> {
    let name = v1::DifficultyOffice::from_str_name;
    print::parse("DIFFICULTY_OFFICE_", word, name, "office").map(i32::from)
}

fn force_reason(word: &str) -> Result<i32> {
    print::parse("FORCE_REASON_", word, v1::ForceReason::from_str_name, "reason").map(i32::from)
}

fn ground_of(word: &str) -> Result<i32> {
    let name = v1::EscalationGround::from_str_name;
    print::parse("ESCALATION_GROUND_", word, name, "ground").map(i32::from)
}

fn courtesy(word: &str) -> Result<i32> {
    let name = v1::CourtesyAnswer::from_str_name;
    print::parse("COURTESY_ANSWER_", word, name, "answer").map(i32::from)
}
