//! Who may do what (rule book 1.3): one table for every use case, and the part of the cases a list may show.

mod powers;
mod within;

use crate::domain::{
    actor::{Actor, HeldPost, Role},
    case::Case,
    place::PlaceCode,
    refused::Refused,
    scope::Scope,
    words,
};
use powers::has_power;
use within::within;

words! {
    /// What use cases do. The case's state has its own table (`case::table`).
    pub enum Act {
        Register = "REGISTER",
        CompleteReview = "COMPLETE_REVIEW",
        /// Gives a case that no post was found for to one.
        RouteCase = "ROUTE_CASE",
        Read = "READ",
        List = "LIST",
        Watch = "WATCH",
        /// State, level and days left of a case whose number is known.
        Status = "STATUS",
        Queue = "QUEUE",
        Open = "OPEN",
        Contact = "CONTACT",
        Resolve = "RESOLVE",
        Visit = "VISIT",
        Target = "TARGET",
        SeekHelp = "SEEK_HELP",
        Block = "BLOCK",
        Note = "NOTE",
        /// A special order.
        Order = "ORDER",
        PartialClose = "PARTIAL_CLOSE",
        ProposeSpecial = "PROPOSE_SPECIAL",
        WithdrawSpecial = "WITHDRAW_SPECIAL",
        DecideSpecial = "DECIDE_SPECIAL",
        ForceClose = "FORCE_CLOSE",
        ChangeCategory = "CHANGE_CATEGORY",
        ProposeTransfer = "PROPOSE_TRANSFER",
        /// The collector's, or that of somebody in the district by delegation.
        DecideTransfer = "DECIDE_TRANSFER",
        Delegate = "DELEGATE",
        /// Lets somebody act for one of the own posts (R26).
        DelegatePost = "DELEGATE_POST",
        EndDelegation = "END_DELEGATION",
        /// What was delegated, and the share of what delegates did.
        Delegations = "DELEGATIONS",
        SendBack = "SEND_BACK",
        RaiseDifficulty = "RAISE_DIFFICULTY",
        AnswerDifficulty = "ANSWER_DIFFICULTY",
        /// What a citizen said of an officer's conduct is answered by who stands above (R20).
        AnswerConduct = "ANSWER_CONDUCT",
        /// Picks cases for a review meeting, and writes down what came of them (R18).
        Review = "REVIEW",
        /// What a review meeting is about, within one's scope.
        Agenda = "AGENDA",
        /// Drives for cases that have grown old, within one's scope.
        Drives = "DRIVES",
        /// What waits for somebody, within one's scope.
        Matters = "MATTERS",
        AddEvidence = "ADD_EVIDENCE",
        OpenEvidence = "OPEN_EVIDENCE",
        /// Lists and plays what was recorded.
        HearRecording = "HEAR_RECORDING",
        /// Keeps a recording beyond its time, by a legal hold.
        PlaceHold = "PLACE_HOLD",
        LiftHold = "LIFT_HOLD",
        Courtesy = "COURTESY",
        ReopenByOrder = "REOPEN_BY_ORDER",
        OrderNextStep = "ORDER_NEXT_STEP",
        /// Up from level 3 on a listed ground.
        OrderEscalation = "ORDER_ESCALATION",
        OrderRound = "ORDER_ROUND",
        /// What citizens do on their own call: through an agent, or with a dialogue.
        Withdraw = "WITHDRAW",
        Reopen = "REOPEN",
        AskReopen = "ASK_REOPEN",
        DemandRound = "DEMAND_ROUND",
        Unmerge = "UNMERGE",
        Merge = "MERGE",
        Link = "LINK",
        ChangeNumber = "CHANGE_NUMBER",
        /// The second person of a number change.
        ApproveNumber = "APPROVE_NUMBER",
        VerificationFigures = "VERIFICATION_FIGURES",
        TakeVerification = "TAKE_VERIFICATION",
        RecordHuman = "RECORD_HUMAN",
        /// Which tasks feedback callers take, and what they did.
        FeedbackCallers = "FEEDBACK_CALLERS",
        RecordDialled = "RECORD_DIALLED",
        RecordInbound = "RECORD_INBOUND",
        /// What a call about its own caller asks and keeps.
        Call = "CALL",
        CallBacks = "CALL_BACKS",
        /// At a desk phone: the own state, and the console.
        TakeCalls = "TAKE_CALLS",
        /// Sends the own caller on, or asks somebody into the call.
        PassCall = "PASS_CALL",
        /// Listens to an agent's call, speaks in it, takes it over.
        Supervise = "SUPERVISE",
        /// Who listened to whom, for how long and why.
        Supervisions = "SUPERVISIONS",
        /// Rings the citizen of a case; an officer must hold it, a reviewer must have it on the agenda.
        CallCitizen = "CALL_CITIZEN",
        /// Agents' phones and skills, their states, and why a caller waits.
        Agents = "AGENTS",
        /// Refuses a citizen's registrations for a while, and ends that.
        BlockCitizen = "BLOCK_CITIZEN",
        /// Writes down what a citizen says against a block.
        AppealBlock = "APPEAL_BLOCK",
        /// Another person's word on it than the one who blocked.
        AnswerAppeal = "ANSWER_APPEAL",
        Blocks = "BLOCKS",
        /// Says that an outage is known, and that it is over.
        DeclareIncident = "DECLARE_INCIDENT",
        /// What callers are told of known outages.
        Incidents = "INCIDENTS",
        /// When a citizen may be rung, and whether anything may be left.
        SetSafety = "SET_SAFETY",
        /// What was registered, and how citizens heard of 181.
        IntakeFigures = "INTAKE_FIGURES",
        /// Throws the dialler's stop switches.
        StopDialling = "STOP_DIALLING",
        /// The switches, and what was decided last.
        SeeDialling = "SEE_DIALLING",
        /// Satisfied answers that were none when a person asked again.
        Contradictions = "CONTRADICTIONS",
        /// The seeds of the slice, and what they drew.
        Rechecks = "RECHECKS",
        /// Patterns that somebody should look at.
        Flags = "FLAGS",
        DecideFlag = "DECIDE_FLAG",
        /// Scores, grades and ranks of months.
        Grades = "GRADES",
        /// The cases behind a figure of a month.
        ExplainGrades = "EXPLAIN_GRADES",
        /// Publishes a month, which nothing changes afterwards.
        PublishGrades = "PUBLISH_GRADES",
        Converse = "CONVERSE",
        Accounts = "ACCOUNTS",
        /// The own PIN of the officers' phone line.
        SetPin = "SET_PIN",
        Directory = "DIRECTORY",
        /// Open cases of the system before come over (R73).
        ImportCases = "IMPORT_CASES",
        /// The daily register of officers and its defaulters.
        Attendance = "ATTENDANCE",
        /// Notice, explanation, penalty.
        Discipline = "DISCIPLINE",
        /// What only workers do.
        Clock = "CLOCK",
        AdvanceClock = "ADVANCE_CLOCK",
    }
}

/// What an act is done to, as far as the powers need to know it.
#[derive(Clone, Copy, Debug)]
pub enum Object<'a> {
    Nothing,
    /// With the places from the case's own up to the state.
    Case {
        case: &'a Case,
        line: &'a [PlaceCode],
    },
    /// A citizen's own matter.
    Citizen(i64),
    /// A place, and those that it lies in, up to the state.
    Place {
        line: &'a [PlaceCode],
    },
    /// A case's round, with the accounts that acted on the case.
    Round {
        case: &'a Case,
        acted: &'a [i64],
    },
}

pub fn may(actor: &Actor, act: Act, object: Object<'_>) -> Result<(), Refused> {
    if !has_power(actor.role, act) {
        return Err(Refused::NotYourRole);
    }
    match object {
        Object::Nothing => Ok(()),
        Object::Citizen(citizen) => own(actor, citizen),
        Object::Place { line } => within(actor, line),
        Object::Case { case, line } => match act {
            Act::Open
            | Act::Contact
            | Act::Resolve
            | Act::Target
            | Act::SeekHelp
            | Act::Block
            | Act::PartialClose
            | Act::ProposeSpecial
            | Act::ForceClose
            | Act::ChangeCategory
            | Act::ProposeTransfer
            | Act::SendBack
            | Act::RaiseDifficulty => holds(actor, act, case),
            Act::Status => Ok(()),
            Act::Register
            | Act::CompleteReview
            | Act::RouteCase
            | Act::Read
            | Act::List
            | Act::Watch
            | Act::Queue
            | Act::Visit
            | Act::Note
            | Act::Order
            | Act::WithdrawSpecial
            | Act::DecideSpecial
            | Act::DecideTransfer
            | Act::Delegate
            | Act::DelegatePost
            | Act::EndDelegation
            | Act::Delegations
            | Act::AnswerDifficulty
            | Act::AnswerConduct
            | Act::Review
            | Act::Agenda
            | Act::Drives
            | Act::Matters
            | Act::AddEvidence
            | Act::OpenEvidence
            | Act::HearRecording
            | Act::PlaceHold
            | Act::LiftHold
            | Act::Courtesy
            | Act::ReopenByOrder
            | Act::OrderNextStep
            | Act::OrderEscalation
            | Act::OrderRound
            | Act::Withdraw
            | Act::Reopen
            | Act::AskReopen
            | Act::DemandRound
            | Act::Unmerge
            | Act::Merge
            | Act::Link
            | Act::ChangeNumber
            | Act::ApproveNumber
            | Act::VerificationFigures
            | Act::TakeVerification
            | Act::RecordHuman
            | Act::FeedbackCallers
            | Act::RecordDialled
            | Act::RecordInbound
            | Act::Call
            | Act::CallBacks
            | Act::TakeCalls
            | Act::PassCall
            | Act::Supervise
            | Act::Supervisions
            | Act::CallCitizen
            | Act::Agents
            | Act::BlockCitizen
            | Act::AppealBlock
            | Act::AnswerAppeal
            | Act::Blocks
            | Act::DeclareIncident
            | Act::Incidents
            | Act::SetSafety
            | Act::IntakeFigures
            | Act::StopDialling
            | Act::SeeDialling
            | Act::Contradictions
            | Act::Rechecks
            | Act::Flags
            | Act::DecideFlag
            | Act::Grades
            | Act::ExplainGrades
            | Act::PublishGrades
            | Act::Converse
            | Act::Accounts
            | Act::SetPin
            | Act::Directory
            | Act::ImportCases
            | Act::Attendance
            | Act::Discipline
            | Act::Clock
            | Act::AdvanceClock => sees(actor, act, case, line),
        },
        Object::Round { case, acted } => {
            if actor.account.is_some_and(|account| acted.contains(&account)) {
                return Err(Refused::ActedOnCase);
            }
            own(actor, case.citizen)
        }
    }
}

/// What somebody hears of a case that is not there: whoever sees a part of the cases alone hears what they hear of
/// another's, so that nobody counts cases by asking. None for those who see all.
pub fn absent(actor: &Actor, act: Act) -> Option<Refused> {
    if !has_power(actor.role, act) {
        return Some(Refused::NotYourRole);
    }
    match actor.role {
        Role::Officer => Some(Refused::NotYourPost),
        Role::Nodal | Role::Collector | Role::DistrictInCharge => Some(Refused::NotYourDistrict),
        Role::Ivr => actor.citizen.map(|_| Refused::NotYourCase),
        Role::Agent
        | Role::FeedbackCaller
        | Role::Supervisor
        | Role::Directorate
        | Role::CmOffice
        | Role::Auditor
        | Role::Admin
        | Role::System => None,
    }
}

pub fn scope(actor: &Actor) -> Scope {
    match actor.role {
        Role::Agent
        | Role::FeedbackCaller
        | Role::Supervisor
        | Role::Directorate
        | Role::CmOffice
        | Role::Auditor
        | Role::System => Scope::All,
        Role::Officer => Scope::Posts(actor.posts.iter().map(|held| held.post).collect()),
        Role::Nodal | Role::Collector | Role::DistrictInCharge => {
            actor.district.clone().map_or(Scope::Nothing, Scope::District)
        }
        Role::Ivr => actor.citizen.map_or(Scope::Nothing, Scope::Citizen),
        Role::Admin => Scope::Nothing,
    }
}

fn own(actor: &Actor, citizen: i64) -> Result<(), Refused> {
    match actor.citizen {
        Some(own) if own != citizen => Err(Refused::NotYourCase),
        Some(_) | None => Ok(()),
    }
}

/// Work belongs to the post that holds the case now.
fn holds(actor: &Actor, act: Act, case: &Case) -> Result<(), Refused> {
    by_post(actor, act, |held| Some(held.post) == case.post)
}

/// By one of the actor's posts, and by one that is held, not delegated, where the act is a person's own.
fn by_post(actor: &Actor, act: Act, fits: impl Fn(&HeldPost) -> bool) -> Result<(), Refused> {
    let mut fitting = actor.posts.iter().filter(|held| fits(held)).peekable();
    if fitting.peek().is_none() {
        return Err(Refused::NotYourPost);
    }
    let able = |held: &HeldPost| held.delegate_of.is_none() || !in_person(act);
    if fitting.any(able) { Ok(()) } else { Err(Refused::InPersonOnly) }
}

/// What a delegate never does for the holder: the acts that bear a person's own word, or that take a second person, who
/// would be the first one's choice (rule book 1.3).
pub fn in_person(act: Act) -> bool {
    matches!(act, Act::Order | Act::ProposeSpecial | Act::WithdrawSpecial | Act::DecideSpecial)
        || matches!(act, Act::ForceClose | Act::ReopenByOrder | Act::OrderEscalation)
        || matches!(act, Act::DelegatePost | Act::AnswerConduct)
}

fn sees(actor: &Actor, act: Act, case: &Case, line: &[PlaceCode]) -> Result<(), Refused> {
    match actor.role {
        // Any officer of the case's ladder: the same department, at a place above the case.
        Role::Officer => by_post(actor, act, |held| {
            held.department == case.department && line.contains(&held.place)
        }),
        Role::Nodal | Role::Collector | Role::DistrictInCharge => {
            if actor.district.as_ref() == Some(&case.district) {
                Ok(())
            } else {
                Err(Refused::NotYourDistrict)
            }
        }
        Role::Agent
        | Role::FeedbackCaller
        | Role::Supervisor
        | Role::Directorate
        | Role::CmOffice
        | Role::Auditor
        | Role::Admin
        | Role::Ivr
        | Role::System => own(actor, case.citizen),
    }
}

#[cfg(test)]
mod tests;
