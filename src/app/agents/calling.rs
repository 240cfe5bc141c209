//! Click to call: an agent, a feedback caller, the officer who holds the case or a reviewer with it on the agenda rings its
//! citizen. The own phone rings first, the number is shown to nobody, and who must not be called is not.

use serde_json::json;

use super::{Agent, agent, transfers};
use crate::{
    app::{
        App, Error, Result, cases,
        desk::{self, Beside, Contact, ContactKind, MatterKind},
        request,
        verification::line,
    },
    domain::{
        actor::{Actor, Role},
        case::Case,
        change::Change,
        language::Language,
        number::CaseNumber,
        permissions::{self, Act, Object},
        phone::Phone,
        place::Code,
        refused::Refused,
        verification::line::CallKind,
    },
    store::{agents as stored, matters, rounds, writer::Lane},
};

#[derive(Clone, Debug)]
pub struct Ask {
    pub request_id: String,
    pub number: CaseNumber,
    /// The review meeting that the case is on the agenda of (R18).
    pub meeting: Option<Code>,
    /// The id of the call, should it be made.
    pub call: String,
}

/// The phone of who calls.
#[derive(Clone, Debug)]
pub enum Own {
    Desk(Agent),
    Mobile { account: i64, mobile: Phone },
}

/// A call that may be made.
#[derive(Clone, Debug)]
pub struct Calling {
    pub by: Actor,
    pub number: CaseNumber,
    pub meeting: Option<Code>,
    pub call: String,
    pub own: Own,
    pub citizen: i64,
    pub phone: Phone,
    pub language: Language,
    /// What the call takes of the citizen's line when it is made.
    pub ask: line::Ask,
    /// The task of a feedback caller that the call is made for.
    pub task: Option<i64>,
}

/// Decides whether the citizen may be rung by this person, and writes down that it was asked. A request that was made before
/// names the call that it led to.
pub async fn begin(app: &App, by: &Actor, ask: Ask) -> Result<Calling> {
    permissions::may(by, Act::CallCitizen, Object::Nothing)?;
    let case = may(app, by, &ask).await?;
    let own = own(app, by).await?;
    let citizen = cases::citizen(app, &case).await?;
    let round = (case.round > 0).then_some(case.round);
    let asked_at = match round {
        Some(round) => rounds::get(&app.store.db, case.id, round).await?.asked_at,
        None => None,
    };
    let mut line = line::Ask {
        citizen: citizen.id,
        kind: kind(by.role, ask.meeting.as_ref()),
        call: ask.call.clone(),
        asked_at,
        safety: case.aside().safety.unwrap_or_default(),
    };
    let meeting = ask.meeting.as_ref().map(Code::as_str);
    let number = ask.number.to_string();
    let parts = [number.as_str(), meeting.unwrap_or_default()];
    let request = request(by, Some(&ask.request_id), "call_citizen", &parts);
    let facts = &json!({ "case": case.id, "call": ask.call, "meeting": meeting }).to_string();
    let (asked, wanted) = (&ask.call, &line);
    let call = app
        .commit(Lane::Acts, request, move |now| async move {
            // Who asks hears at once why not; the line is taken when the call is made.
            line::look(app, wanted).await?.map_err(|not| not.why)?;
            let change = Change::new(now).noted(by, "call_asked", facts.clone());
            Ok(Change { result: asked.clone(), ..change })
        })
        .await?;
    line.call.clone_from(&call);
    Ok(Calling {
        ask: line,
        by: by.clone(),
        number: ask.number,
        meeting: ask.meeting,
        call,
        own,
        citizen: citizen.id,
        phone: citizen.phone,
        language: citizen.language.unwrap_or(Language::Hindi),
        task: None,
    })
}

fn kind(role: Role, meeting: Option<&Code>) -> CallKind {
    match (role, meeting) {
        (_, Some(_)) => CallKind::Meeting,
        (Role::Officer, None) => CallKind::Officer,
        (Role::FeedbackCaller, None) => CallKind::Feedback,
        (_, None) => CallKind::Agent,
    }
}

/// An officer calls for the own cases, a reviewer for those of the agenda, the call centre for all that it reads.
async fn may(app: &App, by: &Actor, ask: &Ask) -> Result<Case> {
    let act = match (by.role, &ask.meeting) {
        (Role::Agent | Role::FeedbackCaller | Role::Supervisor, _) => Act::CallCitizen,
        (Role::Officer, _) => Act::Contact,
        _ => Act::Review,
    };
    let case = cases::load_for(app, by, act, ask.number).await?;
    match &ask.meeting {
        Some(meeting) => {
            let open = matters::open(&app.store.db, case.id, MatterKind::Meeting).await?;
            let its = open.filter(|matter| matter.code.as_str() == meeting.as_str());
            its.ok_or(Error::Refused(Refused::NothingOpen))?;
        }
        None if act == Act::Review => {
            return Err(Error::Invalid { field: "meeting", why: "a reviewer calls in a meeting" });
        }
        None => {}
    }
    Ok(case)
}

/// The desk phone, or else the mobile of the directory.
pub(in crate::app) async fn own(app: &App, by: &Actor) -> Result<Own> {
    let account = by.account.ok_or(Error::Unauthenticated)?;
    if let Some(row) = stored::of_account(&app.store.db, account).await? {
        return Ok(Own::Desk(agent(row)));
    }
    match transfers::officer(app, account).await? {
        Some(transfers::Reached::Officer { account, mobile, .. }) => {
            Ok(Own::Mobile { account, mobile })
        }
        _ => Err(Error::NotFound("phone of yours")),
    }
}

/// The citizen has answered: the case's history says so, and for the officer who holds it, it is a contact (R15).
pub async fn answered(app: &App, calling: &Calling) -> Result<()> {
    let by = &calling.by;
    let mut meeting = calling.meeting.as_ref();
    if by.role == Role::Officer {
        let contact = Contact {
            request_id: format!("call:{}", calling.call),
            number: calling.number,
            etag: None,
            post: None,
            kind: ContactKind::Call,
            at: None,
            note: String::new(),
        };
        let beside = Beside { said: None, meeting: meeting.cloned() };
        match desk::record_contact_with(app, by, contact, beside).await {
            // The contact names the meeting.
            Ok(_) => meeting = None,
            // What has moved on meanwhile has the call in its history all the same.
            Err(Error::Refused(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let request = request(by, Some(&format!("spoke:{}", calling.call)), "spoke", &[]);
    app.commit(Lane::Acts, request, move |now| async move {
        let case = cases::load(app, calling.number).await?;
        Ok(case.spoke(by, &calling.call, meeting, now))
    })
    .await?;
    Ok(())
}
