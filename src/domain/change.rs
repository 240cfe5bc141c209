//! What one decision wants written: plain data that holds no transaction and knows no database.

use super::{
    account::{Account, Holding, LinePin, Login, Session},
    actor::{Actor, Channel, HeldPost, Role},
    attendance::{ActionTaken, Visit},
    case::{
        Case,
        evidence::Evidence,
        matter::{Matter, Settled},
    },
    chain::{self, Hash},
    citizen::{Citizen, Safety, Text},
    delegation::{Delegation, Done, Revoked},
    feedback,
    flags::Flag,
    grading::paper::Published,
    incident, intake,
    language::Language,
    notice::{self, Notice, Recipient},
    pacing::stop::Stop,
    place::PostId,
    recording::RecordingRow,
    time::{Day, Timestamp},
    verification::{
        Attempt, Purpose, Round,
        line::{Evening, Line},
    },
};

/// Everything one act writes, finished but for the events' places, (node, seq), which only the
/// writer gives. Either all of it is written, or nothing: every gate must hold, else `Conflict`.
#[derive(Clone, Debug)]
pub struct Change {
    pub at: Timestamp,
    /// Kept with the request id and answered again when the request is repeated.
    pub result: String,

    // Gates.
    pub case: Option<(Gate, Case)>,
    /// The case moves, and its citizen, matter, place, words, review, rounds and end are as they were read.
    pub keeps_matter: bool,
    pub round: Option<(Gate, Round)>,
    /// The token of the round's lease that the act was done under: a later claim makes it void.
    pub fence: Option<i64>,
    /// The lease goes on until then under the same token. None: what is decided under `fence` gives it back.
    pub held_until: Option<Timestamp>,
    pub account: Option<(Gate, Account)>,
    /// A citizen whose phone nobody had before.
    pub citizen: Option<Citizen>,
    /// Each may be taken once: how often one phone is rung in a day.
    pub slots: Vec<Slot>,
    /// The line of a citizen who is about to be rung, which no other call holds.
    pub line: Option<Line>,
    /// The evening of a citizen who is about to be rung, which no other kind of call keeps.
    pub evening: Option<Evening>,
    /// A stop switch of the dialler as it shall stand, its version as it was read.
    pub stop: Option<Stop>,
    /// A pattern that somebody should look at, as it shall stand.
    pub flag: Option<(Gate, Flag)>,
    /// A month's grades, which nobody published before.
    pub published: Option<Box<Published>>,
    /// The number of a case in the system before, which no case here has yet: it comes over once.
    pub old_number: Option<String>,
    /// A special order, whose number nobody took before.
    pub order: Option<Order>,
    /// A recording as it shall stand, its version as it was read.
    pub recording: Option<RecordingRow>,
    /// Given back: the phone was not rung after all. Only the last of its kind and day, so that they stay counted.
    pub freed: Vec<Slot>,
    /// A line that is free again: (citizen, call); one that another call holds stays as it is.
    pub hung_up: Option<(i64, String)>,

    // What follows them.
    pub events: Vec<Event>,
    pub texts: Vec<Text>,
    pub attempts: Vec<Attempt>,
    pub notices: Vec<Notice>,
    pub matters: Vec<Matter>,
    pub settled: Vec<Settled>,
    /// Rounds of a case that end without their call, by what they ask: (case, purpose). Those that are over stay as they are.
    pub dropped: Vec<(i64, Purpose)>,
    /// A case begins (Some) or ends (None) to follow another: (follower, lead).
    pub links: Vec<(i64, Option<i64>)>,
    /// How far the followers of a resolved lead are named.
    pub run: Option<Run>,
    /// Resolutions that are owed to followers that were named, and the one that was owed and is dealt with.
    pub owed: Vec<FollowUp>,
    pub followed: Option<FollowUp>,
    pub evidence: Vec<Evidence>,
    pub delegations: Vec<Delegation>,
    pub revoked_delegations: Vec<Revoked>,
    /// What an officer did to the change's case.
    pub done: Option<Done>,
    pub call_backs: Vec<CallBack>,
    pub calls: Vec<CallRecord>,
    /// Those that begin; one whose call and number have a row already is left out.
    pub recordings: Vec<RecordingRow>,
    pub sessions: Vec<Session>,
    pub logins: Vec<Login>,
    /// Looks into an inbox; the first of a day and channel is kept.
    pub visits: Vec<Visit>,
    /// PINs of the phone line as they shall stand; the account's gate guards them.
    pub pins: Vec<LinePin>,
    /// Actions on defaulters.
    pub actions_taken: Vec<ActionTaken>,
    /// Posts that an account begins to hold.
    pub holdings: Vec<Holding>,
    /// The language that a citizen chose last.
    pub languages: Vec<(i64, Language)>,
    /// Sessions that end: by id.
    pub revoked: Vec<i64>,
    /// The version of the directory that goes live.
    pub live: Option<i64>,
    /// What the desks of the call centre say beside the cases.
    pub intake: intake::Rows,
    /// Known outages, and the citizens' cases of them.
    pub incidents: incident::Rows,
    /// What feedback callers do.
    pub feedback: feedback::Rows,
}

/// What must hold of a row for the change to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// No row has this key.
    New,
    /// The row is still at the version that was read.
    Version(i64),
}

/// The n-th attempt or dial to one citizen on one day (caps of rule book 1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    pub citizen: i64,
    pub day: Day,
    pub kind: SlotKind,
    pub n: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SlotKind {
    Attempt,
    Dial,
    /// A complaint that the citizen registered.
    Complaint,
}

/// The stream of the writer's own node: reads, logins, the directory. The writer gives such an
/// event its `node:N`, its version and its hashes.
pub const NODE: &str = "node";

/// A fact of one stream, linked to the fact before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// `case:ID`, `account:ID`; the writer itself makes the links of `NODE`.
    pub stream: String,
    pub version: i64,
    pub at: Timestamp,
    pub kind: String,
    /// `account:7`, `citizen:12`, `system`.
    pub actor: String,
    pub post: Option<i64>,
    pub channel: String,
    /// JSON: state and level from and to, department, district, category, due, registered, attended, in time.
    pub facts: String,
    /// JSON: ids and digests of texts, never a text or a phone.
    pub body: String,
    pub prev_hash: Hash,
    pub hash: Hash,
}

/// A speaking order (R37): numbered per post and IST year, never changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub post: PostId,
    pub year: i64,
    pub n: i64,
    pub case: i64,
    pub version: i64,
    pub account: Option<i64>,
    pub text: i64,
    pub at: Timestamp,
}

/// A lead's resolution while its followers are named, batch by batch: there may be tens of thousands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowRun {
    pub lead: i64,
    /// Of the lead, with its resolution.
    pub version: i64,
    /// The lead's report.
    pub text: i64,
    pub account: Option<i64>,
    pub post: Option<PostId>,
    /// Whose post it is, when another acted for its holder.
    pub delegate_of: Option<i64>,
    pub channel: Channel,
    pub at: Timestamp,
    /// The follower that was named last.
    pub behind: i64,
}

impl FollowRun {
    /// What is owed to one of the followers.
    pub fn owed(&self, follower: i64) -> FollowUp {
        FollowUp {
            lead: self.lead,
            version: self.version,
            follower,
            text: self.text,
            account: self.account,
            post: self.post,
            delegate_of: self.delegate_of,
            channel: self.channel,
            at: self.at,
        }
    }
}

/// The beginning, a step or the end of naming a lead's followers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Run {
    Begins(FollowRun),
    /// On, behind this follower.
    GoesOn(FollowRun),
    /// All are named.
    Ends(FollowRun),
}

/// A lead's resolution that is to be filed on a case that follows it, by whom the lead's was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowUp {
    pub lead: i64,
    /// Of the lead, with its resolution.
    pub version: i64,
    pub follower: i64,
    /// The lead's report.
    pub text: i64,
    pub account: Option<i64>,
    pub post: Option<PostId>,
    /// Whose post it is, when another acted for its holder.
    pub delegate_of: Option<i64>,
    pub channel: Channel,
    pub at: Timestamp,
}

/// A citizen waits to be called by a person: the visible list of the operator queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallBack {
    pub id: i64,
    pub citizen: Option<i64>,
    /// Unique: one call makes at most one.
    pub call: String,
    pub reason: String,
    pub language: Language,
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// Unique over all nodes.
    pub call: String,
    /// `IN`, `OUT` or `CONVERSE`.
    pub direction: String,
    pub trunk: Option<String>,
    pub citizen: Option<i64>,
    pub started_at: Timestamp,
    pub answered_at: Option<Timestamp>,
    pub ended_at: Timestamp,
    /// How it ended.
    pub ended_by: String,
    /// What it achieved.
    pub disposition: String,
}

/// The kind of the fact that an officer looked at a case.
pub const LOOKED: &str = "seen";

/// The post by which somebody acts on a case: the one that holds it, else the only one.
pub fn acting<'a>(by: &'a Actor, case: &Case) -> Option<&'a HeldPost> {
    by.posts
        .iter()
        .find(|held| Some(held.post) == case.post)
        .or_else(|| by.posts.first().filter(|_| by.posts.len() == 1))
}

impl Change {
    pub fn new(at: Timestamp) -> Self {
        Self {
            at,
            result: String::new(),
            case: None,
            keeps_matter: false,
            round: None,
            fence: None,
            held_until: None,
            account: None,
            citizen: None,
            slots: Vec::new(),
            line: None,
            evening: None,
            stop: None,
            flag: None,
            published: None,
            old_number: None,
            order: None,
            recording: None,
            freed: Vec::new(),
            hung_up: None,
            events: Vec::new(),
            texts: Vec::new(),
            attempts: Vec::new(),
            notices: Vec::new(),
            matters: Vec::new(),
            settled: Vec::new(),
            dropped: Vec::new(),
            links: Vec::new(),
            run: None,
            owed: Vec::new(),
            followed: None,
            evidence: Vec::new(),
            delegations: Vec::new(),
            revoked_delegations: Vec::new(),
            done: None,
            call_backs: Vec::new(),
            calls: Vec::new(),
            recordings: Vec::new(),
            sessions: Vec::new(),
            logins: Vec::new(),
            visits: Vec::new(),
            pins: Vec::new(),
            actions_taken: Vec::new(),
            holdings: Vec::new(),
            languages: Vec::new(),
            revoked: Vec::new(),
            live: None,
            intake: intake::Rows::default(),
            incidents: incident::Rows::default(),
            feedback: feedback::Rows::default(),
        }
    }

    /// A new case.
    pub fn opening(case: Case, at: Timestamp) -> Self {
        Self { case: Some((Gate::New, case)), ..Self::new(at) }
    }

    /// A case as it shall stand; its version and head are those that were read.
    pub fn updating(case: Case, at: Timestamp) -> Self {
        Self { case: Some((Gate::Version(case.version), case)), ..Self::new(at) }
    }

    /// Adds a fact that belongs to no case and no account.
    #[must_use]
    pub fn noted(mut self, by: &Actor, kind: &str, facts: String) -> Self {
        self.events.push(Event {
            stream: NODE.to_owned(),
            version: 0,
            at: self.at,
            kind: kind.to_owned(),
            actor: by.name(),
            post: by.posts.first().map(|held| held.post.0),
            channel: by.channel.as_str().to_owned(),
            facts,
            body: "{}".to_owned(),
            prev_hash: chain::START,
            hash: chain::START,
        });
        self
    }

    /// Adds the next fact of the case. Panics without a case: only rules that hold one call it.
    #[must_use]
    pub fn fact(mut self, by: &Actor, kind: &str, facts: String, body: String) -> Self {
        let (_, case) = self.case.as_mut().expect("a fact of a case needs the case");
        let held = acting(by, case);
        let mut event = Event {
            stream: case.stream(),
            version: case.version + 1,
            at: self.at,
            kind: kind.to_owned(),
            actor: by.name(),
            post: held.map(|held| held.post.0),
            channel: by.channel.as_str().to_owned(),
            facts,
            body,
            prev_hash: case.head,
            hash: chain::START,
        };
        event.hash = chain::hash(&event);
        (case.version, case.head) = (event.version, event.hash);
        // One act may tell several facts; to look at a case is none.
        if let (Role::Officer, Some(account), Some(held)) = (by.role, by.account, held)
            && self.done.is_none()
            && event.kind != LOOKED
        {
            self.done = Some(Done {
                case: case.id,
                version: event.version,
                at: self.at,
                account,
                post: held.post,
                delegate_of: held.delegate_of,
                department: case.department.clone(),
                district: case.district.clone(),
            });
        }
        self.events.push(event);
        self
    }

    /// Owes the citizen a message about the case's last fact, unless the citizen wants none.
    #[must_use]
    pub fn notify_citizen(mut self, kind: &str, safety: Safety) -> Self {
        let (_, case) = self.case.as_ref().expect("a notice of a case needs the case");
        if safety.takes_messages() {
            let notice = Notice {
                case: case.id,
                version: case.version,
                kind: kind.to_owned(),
                to: Recipient::Citizen(case.citizen),
                language: case.language,
                due_at: self.at,
            };
            self.notices.push(notice);
        }
        self
    }

    /// Owes the post a message about the case's last fact; none while no post answers for it.
    #[must_use]
    pub fn notify_post(mut self, kind: &str, post: impl Into<Option<PostId>>) -> Self {
        let (_, case) = self.case.as_ref().expect("a notice of a case needs the case");
        if let Some(post) = post.into() {
            let notice = Notice {
                case: case.id,
                version: case.version,
                kind: kind.to_owned(),
                to: Recipient::Post(post.0),
                language: notice::OFFICERS,
                due_at: self.at,
            };
            self.notices.push(notice);
        }
        self
    }
}
