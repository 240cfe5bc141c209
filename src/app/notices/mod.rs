//! Delivers the messages that are owed: claimed under a lease, marked before the gateway is asked, settled after.
//!
//! Nothing is sent twice for one event. Where the gateway's answer was lost, it is asked by the message's reference;
//! where it cannot say, the message stays `UNCERTAIN` and is not sent again.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::{
    App, Error, Result, clock,
    directory::{self, Holder},
};
use crate::{
    domain::{
        notice::{Notice, Outcome, Receipt, Recipient, segments, template::Values},
        number::CaseNumber,
        phone::Phone,
        place::PostId,
        time::{MINUTE_MS, Timestamp},
    },
    gateways::{Addressee, Answer, Known, Message},
    store::{cases, citizens, directory::people, events, notices},
};

mod templates;

pub use templates::{Fault as TemplateFault, Templates};

pub use crate::gateways::{Gateway, log_file, sms};

const LEASE_MS: i64 = 2 * MINUTE_MS;
/// Waits between tries: doubled each time up to the longest.
const RETRY_MS: i64 = MINUTE_MS;
const RETRY_DOUBLINGS_MAX: i64 = 6;
/// Tries of one message, over about nine hours; then it is `FAILED`, or `UNCERTAIN`.
pub const TRIES_MAX: i64 = 14;
/// Messages on their way to the gateway at one time.
const UNDER_WAY_MAX: usize = 8;
/// Which process sends when the gateway's limit holds for all of them.
const SENDER: &str = "notices";

/// How messages leave, and in which words.
#[derive(Debug)]
pub struct Dispatch {
    pub gateway: Gateway,
    pub templates: Templates,
}

/// Delivers what is due, at most `limit`; gives how many were settled.
pub async fn deliver(app: &Arc<App>, dispatch: &Arc<Dispatch>, limit: i64) -> Result<usize> {
    let limit = limit.min(room(app, &dispatch.gateway).await?);
    if limit <= 0 {
        return Ok(0);
    }
    let claimed = notices::claim(&app.store.writer, app.now(), limit, LEASE_MS).await?;
    let mut waiting = claimed.into_iter();
    let (mut under_way, mut settled) = (JoinSet::new(), 0);
    loop {
        while under_way.len() < UNDER_WAY_MAX {
            let Some(claimed) = waiting.next() else { break };
            let (app, dispatch) = (app.clone(), dispatch.clone());
            under_way.spawn(async move {
                let case = claimed.notice.case;
                let done = one(&app, &dispatch, &claimed).await;
                // One that fails holds up no other: its lease runs out and it comes again.
                done.unwrap_or_else(|error| {
                    tracing::warn!(case, %error, "a notice was not delivered");
                    false
                })
            });
        }
        let Some(done) = under_way.join_next().await else { return Ok(settled) };
        settled += usize::from(done.map_err(Error::internal)?);
    }
}

/// How many messages the gateway takes now: what was sent in the last minute counts, whoever sent it.
async fn room(app: &App, gateway: &Gateway) -> Result<i64> {
    let Some(per_minute) = gateway.per_minute() else { return Ok(i64::MAX) };
    if !clock::may_sweep(app, SENDER, LEASE_MS).await? {
        return Ok(0);
    }
    let since = app.now().plus_ms(-MINUTE_MS);
    Ok(per_minute - notices::sent_since(&app.store.db, since).await?)
}

/// Whether it was settled.
async fn one(app: &App, dispatch: &Dispatch, claimed: &notices::Claimed) -> Result<bool> {
    let writer = &app.store.writer;
    let message = match message(app, dispatch, &claimed.notice).await? {
        Ok(message) => message,
        Err((outcome, why)) => {
            tracing::info!(
                case = claimed.notice.case,
                outcome = outcome.as_str(),
                why,
                "a notice is not sent"
            );
            let settled = settled(outcome, app.now(), None, Some(why));
            return Ok(notices::settle(writer, claimed, settled).await?);
        }
    };
    if claimed.sending_at.is_some() {
        match dispatch.gateway.ask(&message.reference).await {
            Known::Taken { id } => return took(app, claimed, &message, id).await,
            Known::NotTaken => {}
            Known::CannotSay(why) => {
                let over = claimed.tries + 1 >= TRIES_MAX || !dispatch.gateway.can_be_asked();
                return unsent(app, claimed, over.then_some(Outcome::Uncertain), false, None, why)
                    .await;
            }
        }
    }
    if !notices::sending(writer, claimed, app.now()).await? {
        return Ok(false);
    }
    match dispatch.gateway.send(&message).await {
        Answer::Taken { id } => took(app, claimed, &message, id).await,
        Answer::Refused(why) => unsent(app, claimed, Some(Outcome::Failed), true, None, why).await,
        Answer::Later { wait_ms, why } => {
            let over = (claimed.tries + 1 >= TRIES_MAX).then_some(Outcome::Failed);
            unsent(app, claimed, over, true, wait_ms, why).await
        }
        Answer::Unknown(why) => unsent(app, claimed, None, false, None, why).await,
    }
}

async fn took(
    app: &App,
    claimed: &notices::Claimed,
    message: &Message,
    id: Option<String>,
) -> Result<bool> {
    let settled = notices::Settled {
        gateway_id: id,
        segments: i64::try_from(message.segments.parts).ok(),
        ..settled(Outcome::Sent, app.now(), None, None)
    };
    Ok(notices::settle(&app.store.writer, claimed, settled).await?)
}

/// It was not sent, or nobody knows: an end, or another try.
async fn unsent(
    app: &App,
    claimed: &notices::Claimed,
    over: Option<Outcome>,
    surely: bool,
    wait_ms: Option<i64>,
    why: String,
) -> Result<bool> {
    let (case, kind) = (claimed.notice.case, claimed.notice.kind.as_str());
    tracing::warn!(case, kind, tries = claimed.tries + 1, why, "a notice was not delivered");
    let (writer, now) = (&app.store.writer, app.now());
    if let Some(outcome) = over {
        let settled = settled(outcome, now, None, Some(why));
        return Ok(notices::settle(writer, claimed, settled).await?);
    }
    let wait_ms = wait_ms.unwrap_or(RETRY_MS << claimed.tries.clamp(0, RETRY_DOUBLINGS_MAX));
    notices::failed(writer, claimed, now.plus_ms(wait_ms), surely).await?;
    Ok(false)
}

fn settled(
    outcome: Outcome,
    at: Timestamp,
    segments: Option<i64>,
    failure: Option<String>,
) -> notices::Settled {
    notices::Settled { outcome, at, gateway_id: None, segments, failure }
}

/// The message, or why there is none.
async fn message(
    app: &App,
    dispatch: &Dispatch,
    notice: &Notice,
) -> Result<std::result::Result<Message, (Outcome, String)>> {
    let to = match notice.to {
        Recipient::Citizen(citizen) => {
            let citizen = citizens::get(&app.store.db, citizen).await?;
            let case = cases::get(&app.store.db, notice.case).await?;
            let safety = citizen.safety.and(case.aside().safety.unwrap_or_default());
            if !safety.takes_messages() {
                let why = "the citizen wants no messages".to_owned();
                return Ok(Err((Outcome::Withheld, why)));
            }
            Addressee::Citizen(citizen.phone)
        }
        Recipient::Post(id) => Addressee::Officer { post: id, phone: mobile(app, id).await? },
    };
    if to.phone().is_none() && dispatch.gateway.needs_phone() {
        return Ok(Err((Outcome::NoAddressee, "no mobile is known".to_owned())));
    }
    let Some(template) = dispatch.templates.of(&notice.kind, notice.to, notice.language) else {
        let why = format!("no template {} {}", notice.kind, notice.language.as_str());
        return Ok(Err((Outcome::NoTemplate, why)));
    };
    let text = template.render(&values(app, notice).await?);
    if !template.admits(&text) {
        let why = format!("the words do not match template {}", template.id);
        return Ok(Err((Outcome::NoTemplate, why)));
    }
    Ok(Ok(Message {
        reference: reference(notice),
        at: app.now(),
        kind: notice.kind.clone(),
        case: number(notice),
        to,
        language: notice.language,
        template: template.id.clone(),
        segments: segments::segments(&text),
        text,
    }))
}

/// The mobile of the person who answers for a post now; of one who is away it rings all the same.
async fn mobile(app: &App, post: i64) -> Result<Option<Phone>> {
    let account = match directory::holder_at(app, PostId(post), app.now()).await? {
        Holder::Person { account, .. } | Holder::Away { account } => account,
        Holder::Vacant => return Ok(None),
    };
    let profile = people::profile(&app.store.db, account).await?;
    Ok(profile.and_then(|profile| profile.officer.mobile))
}

/// The case as the event left it that the notice is about: one that waited tells nothing of what came later.
#[derive(serde::Deserialize)]
struct Then {
    level_to: u8,
    post: Option<i64>,
    due: Option<i64>,
}

async fn values(app: &App, notice: &Notice) -> Result<Values> {
    let day = |at: Timestamp| at.ist().format("%d.%m.%Y").to_string();
    let db = &app.store.db;
    let case = cases::get(db, notice.case).await?;
    let events = events::of_stream(db, &case.stream(), notice.version - 1).await?;
    let event = events
        .into_iter()
        .map(|recorded| recorded.event)
        .find(|event| event.version == notice.version)
        .ok_or(Error::NotFound("event"))?;
    let then: Then = serde_json::from_str(&event.facts).map_err(Error::internal)?;
    let index = app.index();
    let designation = then
        .post
        .and_then(|post| index.post(PostId(post)))
        .and_then(|post| index.designation(&post.designation))
        .map_or(String::new(), |row| row.names.of(notice.language).to_owned());
    Ok([
        number(notice),
        day(event.at),
        then.due.map_or(String::new(), |due| day(Timestamp(due))),
        then.level_to.to_string(),
        designation,
        match notice.kind.as_str() {
            "number_code" => citizens::code(db, notice.case, notice.version),
            _ => String::new(),
        },
        case.aside()
            .merged
            .as_ref()
            .and_then(|merged| CaseNumber::of_id(merged.parent))
            .map_or(String::new(), |parent| parent.to_string()),
    ])
}

fn number(notice: &Notice) -> String {
    CaseNumber::of_id(notice.case).map_or(String::new(), |number| number.to_string())
}

/// The message's name towards the gateway; the same for every try.
fn reference(notice: &Notice) -> String {
    let to = match notice.to {
        Recipient::Citizen(_) => "c",
        Recipient::Post(_) => "p",
    };
    format!("{}-{}-{}-{to}", notice.case, notice.version, notice.kind)
}

/// Keeps a receipt of the gateway; false when it names no message of ours.
pub async fn receipt(app: &App, gateway_id: &str, receipt: Receipt) -> Result<bool> {
    Ok(notices::receipt(&app.store.writer, gateway_id, receipt, app.now()).await?)
}
