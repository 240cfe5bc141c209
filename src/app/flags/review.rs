//! The review list: what a flag was seen in, and a person's word on it. Nobody sees a flag about themselves.

use serde_json::{Value, json};

use crate::{
    app::{App, Error, Result, cases, request},
    domain::{
        actor::Actor,
        case::facts::named,
        change::{Change, Gate},
        citizen::Text,
        flags::{Flag, FlagKind, FlagState, Subject},
        number::CaseNumber,
        page::{After, Paged},
        permissions::{self, Act, Object},
    },
    store::{
        self, accounts, citizens, flags as stored, texts,
        writer::{Counter, Lane},
    },
};

/// A flag with what its ids stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlagView {
    pub flag: Flag,
    /// In the order in which it was seen in them.
    pub cases: Vec<CaseNumber>,
    /// Of the citizen whose phone it is about; masked.
    pub phone: Option<String>,
    /// Of the account that it speaks of.
    pub login: Option<String>,
    pub note: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Decide {
    pub request_id: String,
    pub flag: i64,
    /// Confirmed or dismissed.
    pub verdict: FlagState,
    pub note: String,
}

/// The oldest first; those that wait for a word, or all.
pub async fn list(
    app: &App,
    by: &Actor,
    open: bool,
    kind: Option<FlagKind>,
    limit: u32,
    after: Option<After>,
) -> Result<Paged<FlagView>> {
    permissions::may(by, Act::Flags, Object::Nothing)?;
    let reader = by.account.ok_or(Error::Unauthenticated)?;
    let limit = i64::from(limit).clamp(1, stored::PAGE_MAX - 1);
    let after = after.unwrap_or(After::START);
    let found = stored::list(&app.store.db, reader, open, kind, after, limit + 1).await?;
    let page = Paged::of(found, limit as usize, |flag| After { at: flag.found_at, id: flag.id });
    let mut rows = Vec::with_capacity(page.rows.len());
    for flag in page.rows {
        rows.push(view(app, flag).await?);
    }
    Ok(Paged { rows, next: page.next })
}

pub async fn get(app: &App, by: &Actor, id: i64) -> Result<FlagView> {
    permissions::may(by, Act::Flags, Object::Nothing)?;
    view(app, load(app, by, id).await?).await
}

/// Kept with its words; a second word is refused, and nothing else follows from it.
pub async fn decide(app: &App, by: &Actor, ask: Decide) -> Result<FlagView> {
    permissions::may(by, Act::DecideFlag, Object::Nothing)?;
    let note = ask.note.trim();
    if note.is_empty() {
        return Err(Error::Invalid { field: "note", why: "empty" });
    }
    cases::short("note", note, cases::WORDS_CHARS_MAX)?;
    let (id, verdict) = (ask.flag.to_string(), ask.verdict.as_str());
    let request = request(by, Some(&ask.request_id), "decide_flag", &[&id, verdict, note]);
    let ask = &ask;
    app.commit(Lane::Acts, request, move |now| async move {
        let flag = load(app, by, ask.flag).await?;
        let text = Text {
            id: app.store.writer.reserve(Counter::Text).await?,
            owner: flag.stream(),
            words: note.to_owned(),
        };
        let body = json!({ "verdict": ask.verdict.as_str(), "note": named(&text) });
        let (after, fact) = flag.decide(by, ask.verdict, text.id, body.to_string(), now)?;
        let mut change = Change::new(now);
        change.result = after.id.to_string();
        change.events.push(fact);
        change.texts.push(text);
        change.flag = Some((Gate::Version(flag.version), after));
        Ok(change)
    })
    .await?;
    view(app, load(app, by, ask.flag).await?).await
}

/// One about the reader is not there.
async fn load(app: &App, by: &Actor, id: i64) -> Result<Flag> {
    let flag = stored::get(&app.store.db, id).await?;
    let own = |flag: &Flag| flag.account.is_some() && flag.account == by.account;
    flag.filter(|flag| !own(flag)).ok_or(Error::NotFound("flag"))
}

async fn view(app: &App, flag: Flag) -> Result<FlagView> {
    let db = &app.store.db;
    let evidence: Value = serde_json::from_str(&flag.evidence).map_err(Error::internal)?;
    let ids = evidence["cases"].as_array().into_iter().flatten().filter_map(Value::as_i64);
    let citizen = match flag.subject {
        Subject::Citizen(citizen) => Some(citizen),
        Subject::Case(case) => Some(store::cases::get(db, case).await?.citizen),
        Subject::Account(_) => None,
    };
    let phone = match citizen {
        Some(citizen) => Some(citizens::get(db, citizen).await?.phone.to_string()),
        None => None,
    };
    let login = match flag.account {
        Some(account) => Some(accounts::get(db, account).await?.login),
        None => None,
    };
    let note = match flag.note {
        Some(text) => Some(texts::get(db, text).await?.words),
        None => None,
    };
    Ok(FlagView { cases: ids.filter_map(CaseNumber::of_id).collect(), phone, login, note, flag })
}
