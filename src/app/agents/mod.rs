//! Agents at desk phones: who has which, what each can do, and what an agent is shown of who calls.

pub mod calling;
pub mod queue;
pub mod supervision;
pub mod transfers;

use super::{App, Error, Result, accounts::normal, calls, request};
use crate::{
    domain::{
        actor::{Actor, Role},
        case::State,
        change::{Change, Gate},
        citizen::Safety,
        language::Language,
        number::CaseNumber,
        permissions::{self, Act, Object},
        phone::Phone,
        place::{Code, Level},
    },
    store::{self, accounts, agents as stored, cases, citizens, writer::Lane},
};

/// Earlier cases that an agent is shown before the phone rings.
pub const CASES_MAX: i64 = 10;
const PHONE_MAX_BYTES: usize = 64;

/// An account that takes calls at a desk phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    pub account: i64,
    pub login: String,
    pub name: String,
    /// The user name that the desk phone registers with.
    pub phone: String,
    /// As the call centre writes them.
    pub skills: String,
}

#[derive(Clone, Debug)]
pub struct PutAgent {
    pub request_id: String,
    pub login: String,
    pub phone: String,
    /// The call centre has read them.
    pub skills: String,
}

/// What is known of a caller.
#[derive(Clone, Debug, Default)]
pub struct CallerKnown {
    /// Names the caller in the queue.
    pub caller: i64,
    /// The id of the call, which cases that are registered on it name.
    pub call: String,
    /// None when the number is withheld; prints masked.
    pub phone: Option<Phone>,
    pub language: Option<Language>,
    /// Why the caller asked for a person.
    pub reason: String,
    /// The latest first.
    pub cases: Vec<EarlierCase>,
    /// A resolved case of this number waits for its answer.
    pub open_round: bool,
    /// When the number may be rung, and whether anything may be left.
    pub safety: Safety,
    /// Whom the call is made for, when it is a call-back.
    pub call_back: bool,
    /// Calls of this citizen that left a message, the latest last.
    pub messages: Vec<String>,
    /// The feedback caller's own task that it is about.
    pub task: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlierCase {
    pub number: CaseNumber,
    pub state: State,
    pub level: Level,
    pub category: Code,
}

/// The own desk phone of whoever takes calls.
pub async fn own(app: &App, by: &Actor) -> Result<Agent> {
    permissions::may(by, Act::TakeCalls, Object::Nothing)?;
    let account = by.account.ok_or(Error::Unauthenticated)?;
    let found = stored::of_account(&app.store.db, account).await?;
    found.map(agent).ok_or(Error::NotFound("desk phone"))
}

pub async fn list(app: &App, by: &Actor) -> Result<Vec<Agent>> {
    permissions::may(by, Act::Agents, Object::Nothing)?;
    Ok(stored::all(&app.store.db).await?.into_iter().map(agent).collect())
}

/// Gives an account a desk phone and skills. A phone is one account's alone.
pub async fn put(app: &App, by: &Actor, ask: PutAgent) -> Result<Agent> {
    permissions::may(by, Act::Agents, Object::Nothing)?;
    if ask.phone.is_empty() || ask.phone.len() > PHONE_MAX_BYTES {
        return Err(Error::Invalid { field: "phone", why: "1 to 64 bytes" });
    }
    let login = normal(&ask.login);
    let account = accounts::by_login(&app.store.db, &login).await?;
    let account = account.ok_or(Error::NotFound("account"))?;
    let calls = matches!(account.role, Role::Agent | Role::FeedbackCaller | Role::Supervisor);
    // These ring citizens in review meetings (R18), and take no calls.
    let reviews = matches!(
        account.role,
        Role::Nodal | Role::Collector | Role::DistrictInCharge | Role::Directorate
    );
    if !calls && !reviews {
        return Err(Error::Invalid { field: "login", why: "a role that calls no citizen" });
    }
    let put = stored::put(&app.store.writer, account.id, &ask.phone, &ask.skills).await;
    put.map_err(|error| match error {
        store::Error::Conflict => {
            Error::Invalid { field: "phone", why: "it is another agent's desk phone" }
        }
        error => error.into(),
    })?;
    let parts: [&str; 3] = [&login, &ask.phone, &ask.skills];
    let request = request(by, Some(&ask.request_id), "put_agent", &parts);
    let login = &login;
    app.commit(Lane::Acts, request, move |now| async move {
        let account = accounts::by_login(&app.store.db, login).await?;
        let account = account.ok_or(Error::NotFound("account"))?;
        let gate = Gate::Version(account.version);
        let change: Change = account.fact(gate, by, by.channel, "agent_put", "{}", now);
        Ok(change)
    })
    .await?;
    let found = stored::of_account(&app.store.db, account.id).await?;
    found.map(agent).ok_or(Error::NotFound("desk phone"))
}

/// What the console shows before the phone rings.
pub async fn known(app: &App, by: &Actor, phone: &Phone) -> Result<CallerKnown> {
    permissions::may(by, Act::Call, Object::Nothing)?;
    let caller = calls::caller(app, by, phone).await?;
    let mut earlier = Vec::new();
    if let Some(citizen) = caller.citizen {
        for case in cases::of_citizen(&app.store.db, citizen, CASES_MAX).await? {
            earlier.push(EarlierCase {
                number: case.number(),
                state: case.state,
                level: case.level,
                category: case.category.clone(),
            });
        }
    }
    Ok(CallerKnown {
        phone: Some(phone.clone()),
        language: caller.language,
        cases: earlier,
        open_round: caller.open_round,
        safety: caller.safety,
        ..CallerKnown::default()
    })
}

/// What the queue knows a citizen by.
pub fn citizen_key(app: &App, phone: &Phone) -> [u8; 32] {
    citizens::key(&app.store.db, phone)
}

/// Whom to ring who is owed a call.
#[derive(Clone, Debug)]
pub struct Owed {
    pub citizen: i64,
    pub phone: Phone,
    pub safety: Safety,
}

/// None for a citizen whom nobody knows any more.
pub async fn owed(app: &App, by: &Actor, key: &[u8; 32]) -> Result<Option<Owed>> {
    permissions::may(by, Act::Agents, Object::Nothing)?;
    let found = citizens::by_key(&app.store.db, key).await?;
    Ok(found.map(|citizen| Owed {
        citizen: citizen.id,
        phone: citizen.phone,
        safety: citizen.safety,
    }))
}

pub(in crate::app) fn agent(row: stored::AgentRow) -> Agent {
    Agent {
        account: row.account,
        login: row.login,
        name: row.name,
        phone: row.phone,
        skills: row.skills,
    }
}
