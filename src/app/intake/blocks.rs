//! A supervisor blocks a citizen's registrations for a while, and an appeal against it is answered by somebody else.

use serde_json::json;

use super::Who;
use crate::{
    app::{App, Error, Result, request},
    domain::{
        actor::Actor,
        change::Change,
        citizen::{Citizen, Text},
        intake::block::Block,
        permissions::{self, Act, Object},
        phone::Phone,
        time::Timestamp,
    },
    store::{
        blocks::{self, Which},
        citizens, texts,
        writer::{Counter, Lane},
    },
};

const PAGE_MAX: u32 = 200;

#[derive(Clone, Debug)]
pub struct BlockCitizen {
    pub request_id: String,
    pub who: Who,
    pub reason: String,
    pub span_ms: i64,
}

#[derive(Clone, Debug)]
pub struct LiftBlock {
    pub request_id: String,
    pub block: i64,
}

#[derive(Clone, Debug)]
pub struct AppealBlock {
    pub request_id: String,
    pub who: Who,
    /// What the citizen says against it.
    pub words: String,
}

#[derive(Clone, Debug)]
pub struct AnswerAppeal {
    pub request_id: String,
    pub block: i64,
    pub lifts: bool,
    pub words: String,
}

/// A block with what its readers see beside it.
#[derive(Clone, Debug)]
pub struct BlockView {
    pub block: Block,
    /// Prints masked.
    pub phone: Phone,
    pub reason: String,
    pub appeal: Option<String>,
    pub answer: Option<String>,
    /// When it was looked at.
    pub at: Timestamp,
}

pub async fn block_citizen(app: &App, by: &Actor, ask: BlockCitizen) -> Result<BlockView> {
    permissions::may(by, Act::BlockCitizen, Object::Nothing)?;
    let account = by.account.ok_or(Error::Unauthenticated)?;
    let citizen = ask.who.citizen(app).await?;
    let id = app.store.writer.reserve(Counter::Block).await?;
    let (who, span) = (ask.who.key(), ask.span_ms.to_string());
    let payload = [who.as_str(), &ask.reason, &span];
    let (citizen, ask) = (&citizen, &ask);
    decide(app, by, (&ask.request_id, "block_citizen"), &payload, move |now| async move {
        let text = text(app, id, &ask.reason).await?;
        let block = Block::new((id, citizen.id), account, text.id, now.plus_ms(ask.span_ms), now)?;
        Ok((block, Some(text)))
    })
    .await
}

pub async fn lift_block(app: &App, by: &Actor, ask: LiftBlock) -> Result<BlockView> {
    permissions::may(by, Act::BlockCitizen, Object::Nothing)?;
    let account = by.account.ok_or(Error::Unauthenticated)?;
    let (id, payload) = (ask.block, ask.block.to_string());
    decide(app, by, (&ask.request_id, "lift_block"), &[&payload], move |now| async move {
        Ok((load(app, id).await?.lift(account, now)?, None))
    })
    .await
}

/// The citizen speaks to an agent or a supervisor, who writes it down.
pub async fn appeal_block(app: &App, by: &Actor, ask: AppealBlock) -> Result<BlockView> {
    permissions::may(by, Act::AppealBlock, Object::Nothing)?;
    let account = by.account.ok_or(Error::Unauthenticated)?;
    let citizen = ask.who.citizen(app).await?;
    let who = ask.who.key();
    let payload = [who.as_str(), &ask.words];
    let (citizen, ask) = (&citizen, &ask);
    decide(app, by, (&ask.request_id, "appeal_block"), &payload, move |now| async move {
        let block = blocks::in_force(&app.store.db, citizen.id, now).await?;
        let block = block.ok_or(Error::NotFound("block"))?;
        let text = text(app, block.id, &ask.words).await?;
        Ok((block.appeal(account, text.id, now)?, Some(text)))
    })
    .await
}

pub async fn answer_appeal(app: &App, by: &Actor, ask: AnswerAppeal) -> Result<BlockView> {
    permissions::may(by, Act::AnswerAppeal, Object::Nothing)?;
    let id = ask.block;
    let lifts = if ask.lifts { "lifts" } else { "upholds" };
    let (number, ask) = (id.to_string(), &ask);
    let payload = [number.as_str(), lifts, &ask.words];
    decide(app, by, (&ask.request_id, "answer_appeal"), &payload, move |now| async move {
        let block = load(app, id).await?;
        let text = text(app, id, &ask.words).await?;
        Ok((block.answer(by, ask.lifts, text.id, now)?, Some(text)))
    })
    .await
}

/// Newest first, behind the block `before`.
pub async fn blocks(
    app: &App,
    by: &Actor,
    which: Listed,
    before: Option<i64>,
    limit: u32,
) -> Result<(Vec<BlockView>, Option<i64>)> {
    permissions::may(by, Act::Blocks, Object::Nothing)?;
    let which = match which {
        Listed::InForce => Which::InForce(app.now()),
        Listed::Appealed => Which::Appealed,
        Listed::All => Which::All,
    };
    let limit = limit.clamp(1, PAGE_MAX);
    let mut found = blocks::list(&app.store.db, which, before, i64::from(limit) + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().map(|block| block.id).filter(|_| more);
    let mut views = Vec::with_capacity(found.len());
    for block in found {
        views.push(view(app, block).await?);
    }
    Ok((views, next))
}

/// Which blocks a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    InForce,
    Appealed,
    All,
}

async fn decide<F>(
    app: &App,
    by: &Actor,
    (id, act): (&str, &str),
    payload: &[&str],
    rule: impl Fn(Timestamp) -> F,
) -> Result<BlockView>
where
    F: Future<Output = Result<(Block, Option<Text>)>>,
{
    let rule = &rule;
    let decided = app
        .commit(Lane::Acts, request(by, Some(id), act, payload), move |now| async move {
            let (block, text) = rule(now).await?;
            let facts = json!({
                "block": block.id,
                "citizen": block.citizen,
                "until": block.until.ms(),
                "text": text.as_ref().map(|text| text.id),
            });
            let mut change = Change::new(now).noted(by, act, facts.to_string());
            change.result = block.id.to_string();
            change.texts.extend(text);
            change.intake.block = Some(block);
            Ok(change)
        })
        .await?;
    let id = decided.parse().map_err(Error::internal)?;
    view(app, load(app, id).await?).await
}

async fn load(app: &App, id: i64) -> Result<Block> {
    blocks::get(&app.store.db, id).await.map_err(Error::missing("block"))
}

async fn text(app: &App, block: i64, words: &str) -> Result<Text> {
    Ok(Text {
        id: app.store.writer.reserve(Counter::Text).await?,
        owner: format!("block:{block}"),
        words: words.to_owned(),
    })
}

async fn view(app: &App, block: Block) -> Result<BlockView> {
    let db = &app.store.db;
    let Citizen { phone, .. } = citizens::get(db, block.citizen).await?;
    let words = |id| async move { Ok::<_, Error>(texts::get(db, id).await?.words) };
    let reason = words(block.reason).await?;
    let (mut appeal, mut answer) = (None, None);
    if let Some(said) = &block.appeal {
        appeal = Some(words(said.text).await?);
        if let Some(said) = &said.answer {
            answer = Some(words(said.text).await?);
        }
    }
    Ok(BlockView { phone, reason, appeal, answer, at: app.now(), block })
}
