//! Every node's events to every subscriber, each once and in its node's order.

use std::{sync::Arc, time::Duration};

use super::{Result, events::Recorded};

/// How far one has read: the last seq of each node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Token(std::collections::BTreeMap<i64, i64>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    Event(Arc<Recorded>),
    /// Too far behind: load a snapshot and subscribe anew. Nothing follows.
    Resync,
}

#[derive(Clone, Debug)]
pub struct Feed {}

#[derive(Debug)]
pub struct Subscription {}

impl Token {
    /// `1:20,2:7`
    pub fn encode(&self) -> String {
        todo!()
    }

    pub fn parse(text: &str) -> Option<Self> {
        let _ = text;
        todo!()
    }
}

impl Feed {
    /// Follows from `token` on, or from now.
    pub async fn subscribe(&self, token: Option<Token>) -> Result<Subscription> {
        let _ = token;
        todo!()
    }

    /// How far the newest complete look at the table lies back; health calls 5 s stale.
    pub fn lag(&self) -> Duration {
        todo!()
    }
}

impl Subscription {
    /// The place after the last item, to subscribe from again.
    pub fn token(&self) -> &Token {
        todo!()
    }

    /// The next item; `None` when the feed ended or a resync was said.
    pub async fn next(&mut self) -> Option<Item> {
        todo!()
    }
}
