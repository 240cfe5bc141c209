//! What a dialogue asks of the helpline, and what it is told.

use super::{
    Clip,
    officer::talk::{OfficerQuestion, OfficerReply},
    outcome::{Evidence, RoundOutcome},
};
use crate::domain::{
    case::{State, desk::wish::Wish},
    language::Language,
    number::CaseNumber,
    phone::Phone,
    place::{Code, Level, PlaceCode},
    verification::Topic,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// What is known about the caller's number; answered by `Reply::Caller`.
    Caller,
    /// The language chosen on this number (a statement).
    RememberLanguage(Language),
    /// Answered by `Reply::Choices`.
    Categories,
    /// Answered by `Reply::Choices`.
    Divisions,
    /// The districts of one division; answered by `Reply::Choices`.
    Districts(PlaceCode),
    /// Answered by `Reply::Registered`.
    Register(Registration),
    /// The caller's trouble is a known outage; answered by `Reply::Joined`. Must be carried out, also after a hang-up or its
    /// deadline: the last key was pressed.
    Join(Joining),
    /// Answered by `Reply::Status`.
    Status(CaseNumber),
    /// The open rounds that this caller may answer; answered by `Reply::Rounds`.
    Rounds { keyed: Option<CaseNumber> },
    /// How one round of a verification went; answered by `Reply::Settled`. Must be carried out, also after a hang-up or its deadline.
    RecordRound(RoundOutcome),
    /// The officer's conduct, said after the round was recorded (a statement; never affects the outcome).
    RecordConduct { case: CaseNumber, round: i64, good: bool },
    /// What is recorded next is what the citizen has to say beside the answer about this case (a statement, R53).
    TakeWords { case: CaseNumber },
    /// What only the officers' line asks; answered by `Reply::Officer`.
    Officer(OfficerQuestion),
    /// What the citizen wants of the case whose status was told; answered by `Reply::Granted`. Must be carried out, also after a
    /// hang-up or its deadline: the last key was pressed.
    Wish(Wanted),
    /// A task to ring this caller back (a statement).
    CallBack(Reason),
}

/// Why a person has to ring the caller back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// 9 in the main menu.
    Asked,
    /// No key three times.
    NoInput,
    /// A wrong key or number three times.
    WrongInput,
    /// The helpline's own answer did not come.
    NoReply,
    /// The problem was recorded, but the caller hung up before it was registered.
    Unfinished,
    /// The external IVR that held the line never came back.
    LineLost,
    /// Hung up while waiting for a person.
    Abandoned,
    /// Gave up waiting, and keeps the place.
    KeptPlace,
    /// The queue had no place.
    NoPlace,
    /// The line to the person was lost.
    CutOff,
    /// No more is registered by keys today: a person decides.
    Limit,
}

impl Reason {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "ASKED",
            Self::NoInput => "NO_INPUT",
            Self::WrongInput => "WRONG_INPUT",
            Self::NoReply => "NO_REPLY",
            Self::Unfinished => "UNFINISHED",
            Self::LineLost => "LINE_LOST",
            Self::Abandoned => "ABANDONED",
            Self::KeptPlace => "KEPT_PLACE",
            Self::NoPlace => "NO_PLACE",
            Self::CutOff => "CUT_OFF",
            Self::Limit => "LIMIT",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    pub category: Code,
    pub district: PlaceCode,
    pub language: Language,
    /// Keyed by the caller because the line showed no number; else the line's number is taken.
    pub keyed_phone: Option<Phone>,
    pub recording: String,
    pub recording_ms: u32,
}

/// A case of a known outage, linked to the outage's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joining {
    pub incident: i64,
    pub place: PlaceCode,
    pub language: Language,
    /// As in `Registration`.
    pub keyed_phone: Option<Phone>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    Caller(Caller),
    Choices(Vec<Choice>),
    Registered {
        number: CaseNumber,
        message_sent: bool,
    },
    Joined(Joined),
    /// The day's limit is reached, or a supervisor blocked registrations: a person decides.
    Barred,
    /// None when there is no such case.
    Status(Option<CaseStatus>),
    Rounds(Rounds),
    Settled(Settled),
    Officer(OfficerReply),
    Granted(Granted),
    /// The helpline could not do it: handled as an answer that did not come.
    Failed,
}

/// What is known about the number that calls.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caller {
    pub language: Option<Language>,
    /// The districts of the caller's earlier cases, the latest first.
    pub districts: Vec<Choice>,
    /// A resolved case of this number waits for its answer.
    pub open_round: bool,
    /// Outages that every caller is told of before the menu; each has a key of its own.
    pub incidents: Vec<KnownIncident>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownIncident {
    pub id: i64,
    /// What it is, where, and what is being done.
    pub said: Vec<Clip>,
    pub place: JoinPlace,
}

/// Where the caller's case of it would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JoinPlace {
    Settled(PlaceCode),
    /// In one of these districts: asked.
    OneOf(Vec<Choice>),
    /// Asked as for any complaint.
    Anywhere,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    Registered {
        number: CaseNumber,
        message_sent: bool,
    },
    /// The caller's case of it, from before.
    Before(CaseNumber),
    /// It is over, or not at that place.
    NotThere,
}

/// One thing to choose from a spoken list. `code` is a category's code or a place's `KIND:CODE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub code: String,
    pub clip: Clip,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseStatus {
    pub state: State,
    /// None where no ladder applies (demands, suggestions, closed cases).
    pub level: Option<Level>,
    /// The designations that hold the level (two may share one).
    pub officers: Vec<Clip>,
    pub due: Option<Due>,
    /// What its citizen may want of it; nothing for another caller.
    pub offers: Vec<Wish>,
    /// The call came over a trunk whose caller ids are trusted.
    pub proven: bool,
}

/// Confirmed by the citizen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub case: CaseNumber,
    pub wish: Wish,
    /// What was said about pressure; None when it was not asked.
    pub pressed: Option<bool>,
    pub evidence: Evidence,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granted {
    Done,
    /// Pressure was reported: not withdrawn, next level with a flag.
    Flagged,
    /// The registered number is rung at once, and that call settles it.
    RingBack,
    /// The case does not allow it any more, or the citizen is not to be rung.
    NotPossible,
}

/// How long the level has yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Whole days, at least 1.
    InDays(u32),
    Today,
    Over,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rounds {
    /// The oldest first, at most `ROUNDS_MAX`. `proven`: the call came over a trunk whose caller ids are trusted.
    Open { rounds: Vec<OpenRound>, proven: bool },
    /// The case is this caller's, or there is none, and nothing waits for an answer.
    NoneOpen,
    /// The keyed number is a case of another phone.
    OtherPhone,
    /// The keyed number is no case.
    NoSuchCase,
}

/// One round that is to be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRound {
    pub case: CaseNumber,
    pub round: i64,
    /// What the call asks about it.
    pub topic: Topic,
    /// What the complaint is about: its category's clip.
    pub subject: Clip,
    /// The designation of who reported it as resolved.
    pub officer: Option<Clip>,
    /// An earlier call confirmed "satisfied" without the pressure answer: this one resumes at the confirmation.
    pub partial: bool,
}

/// What an answer did to the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    Closed,
    /// Not satisfied: it goes to the next level.
    Raised,
    /// Pressure was reported: next level with a flag.
    Flagged,
    /// What the citizen wanted is done.
    Done,
    /// Recorded; the case stays where it is.
    Kept,
    /// The registered number is rung at once, and that call settles it.
    RingBack,
    /// Somebody else settled the round meanwhile.
    AlreadySettled,
}
