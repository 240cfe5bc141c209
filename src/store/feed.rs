//! Every node's events to every subscriber, each once and in its node's order.
//!
//! Own events come by channel right after the commit, all others by asking the table. Both ways
//! may repeat or skip: an event is let through only when it is the next of its node.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::{
    sync::{broadcast, mpsc},
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};

use super::{
    Db, Result,
    events::{self, Recorded},
};

const POLL: Duration = Duration::from_millis(200);
/// Events a subscriber may be behind before it is told to start over.
pub const BEHIND_MAX: usize = 4_096;
/// Events that another node's feed may have passed on before this one's.
const AHEAD_MAX: i64 = 65_536;

/// How far one has read: the last seq of each node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Token(BTreeMap<i64, i64>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    Event(Arc<Recorded>),
    /// Too far behind: load a snapshot and subscribe anew. Nothing follows.
    Resync,
}

/// Cheap to clone; its one task ends with the writer.
#[derive(Clone, Debug)]
pub struct Feed {
    db: Db,
    live: Arc<Mutex<Live>>,
}

#[derive(Debug)]
struct Live {
    /// How far the feed came; moves under the same lock as the sending.
    token: Token,
    subscribers: broadcast::Sender<Arc<Recorded>>,
    /// When the last complete look at the table began.
    looked: Instant,
}

enum Place {
    Old,
    Next,
    Ahead,
}

impl Token {
    fn place(&self, node: i64, seq: i64) -> Place {
        let next = self.seq(node).saturating_add(1);
        match seq.cmp(&next) {
            std::cmp::Ordering::Less => Place::Old,
            std::cmp::Ordering::Equal => Place::Next,
            std::cmp::Ordering::Greater => Place::Ahead,
        }
    }

    fn seq(&self, node: i64) -> i64 {
        self.0.get(&node).copied().unwrap_or(0)
    }

    /// `1:20,2:7`
    pub fn encode(&self) -> String {
        let places: Vec<_> = self.0.iter().map(|(node, seq)| format!("{node}:{seq}")).collect();
        places.join(",")
    }

    /// Nodes count from 1 and seqs from 0; a token comes back from clients and may say anything.
    pub fn parse(text: &str) -> Option<Self> {
        let place = |place: &str| {
            let (node, seq) = place.split_once(':')?;
            let place: (i64, i64) = (node.parse().ok()?, seq.parse().ok()?);
            (place.0 >= 1 && place.1 >= 0).then_some(place)
        };
        text.split(',').filter(|text| !text.is_empty()).map(place).collect::<Option<_>>().map(Self)
    }
}

impl Feed {
    /// Starts at the table's end. The task ends when the writer's end of `own` is dropped.
    pub(super) async fn start(
        db: Db,
        own: mpsc::Receiver<Vec<Recorded>>,
    ) -> Result<(Self, JoinHandle<()>)> {
        let token = Token(events::heads(&db, 0).await?);
        let subscribers = broadcast::Sender::new(BEHIND_MAX);
        let feed = Self {
            db,
            live: Arc::new(Mutex::new(Live { token, subscribers, looked: Instant::now() })),
        };
        Ok((feed.clone(), tokio::spawn(feed.run(own))))
    }

    /// Follows from `token` on, or from now.
    pub async fn subscribe(&self, token: Option<Token>) -> Result<Subscription> {
        let (now, live) = {
            let live = self.live();
            (live.token.clone(), live.subscribers.subscribe())
        };
        let Some(token) = token else {
            let source = Source::Live(live);
            return Ok(Subscription { token: now, missed: VecDeque::new(), source });
        };
        let mut missed = VecDeque::new();
        let behind =
            |token| Subscription { token, missed: VecDeque::new(), source: Source::Behind };
        // Nothing was ever said past the table's end: such a token is not one of ours.
        if token.0.iter().any(|(&node, &seq)| seq > now.seq(node).saturating_add(AHEAD_MAX)) {
            return Ok(behind(token));
        }
        for (&node, &seq) in &now.0 {
            let mut last = token.seq(node);
            let room = i64::try_from(BEHIND_MAX.saturating_sub(missed.len())).unwrap_or(0);
            if seq.saturating_sub(last) > room {
                return Ok(behind(token));
            }
            while last < seq {
                let page = events::after(&self.db, node, last).await?;
                let Some(end) = page.last() else { break };
                last = end.seq;
                missed.extend(page.into_iter().map(Arc::new));
            }
        }
        Ok(Subscription { token, missed, source: Source::Live(live) })
    }

    /// How long ago the newest complete look at the table began; health calls 5 s stale.
    pub fn lag(&self) -> Duration {
        self.live().looked.elapsed()
    }

    async fn run(self, mut own: mpsc::Receiver<Vec<Recorded>>) {
        let mut tick = interval(POLL);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut writing = Vec::new();
        loop {
            tokio::select! {
                events = own.recv() => match events {
                    Some(events) => self.publish(events),
                    None => return,
                },
                _ = tick.tick() => match self.poll(&writing).await {
                    Ok(now) => writing = now,
                    // The subscribers wait, `lag` grows, and the next tick asks again.
                    Err(error) => tracing::debug!(%error, "the feed cannot read"),
                },
            }
        }
    }

    /// Publishes what is new of every node that writes, and of those that wrote at the last look;
    /// gives the nodes that write now.
    async fn poll(&self, before: &[i64]) -> Result<Vec<i64>> {
        let began = Instant::now();
        let newest = self.live().token.0.last_key_value().map_or(0, |(node, _)| *node);
        let heads = events::heads(&self.db, newest).await?;
        for &node in before.iter().filter(|node| !heads.contains_key(node)) {
            self.follow(node, i64::MAX).await?;
        }
        for (&node, &seq) in &heads {
            self.follow(node, seq).await?;
        }
        self.live().looked = began;
        Ok(heads.into_keys().collect())
    }

    async fn follow(&self, node: i64, seq: i64) -> Result<()> {
        loop {
            let last = self.live().token.seq(node);
            if last >= seq {
                return Ok(());
            }
            let page = events::after(&self.db, node, last).await?;
            if page.is_empty() {
                return Ok(());
            }
            self.publish(page);
        }
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, events: Vec<Recorded>) {
        let mut live = self.live();
        for event in events {
            if let Place::Next = live.token.place(event.node, event.seq) {
                live.token.0.insert(event.node, event.seq);
                // Nobody listens: the next subscriber starts behind this event.
                let _ = live.subscribers.send(Arc::new(event));
            }
        }
    }
}

#[derive(Debug)]
pub struct Subscription {
    token: Token,
    missed: VecDeque<Arc<Recorded>>,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Live(broadcast::Receiver<Arc<Recorded>>),
    /// Too much was missed; the subscriber has not been told yet.
    Behind,
    Ended,
}

impl Subscription {
    /// The place after the last item, to subscribe from again.
    pub fn token(&self) -> &Token {
        &self.token
    }

    /// The next item; `None` when the feed ended or a resync was said.
    pub async fn next(&mut self) -> Option<Item> {
        loop {
            let event = match (self.missed.pop_front(), &mut self.source) {
                (Some(event), _) => event,
                (None, Source::Live(live)) => match live.recv().await {
                    Ok(event) => event,
                    Err(broadcast::error::RecvError::Lagged(_)) => return self.resync(),
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
                (None, Source::Behind) => return self.resync(),
                (None, Source::Ended) => return None,
            };
            match self.token.place(event.node, event.seq) {
                Place::Old => {}
                Place::Ahead => return self.resync(),
                Place::Next => {
                    self.token.0.insert(event.node, event.seq);
                    return Some(Item::Event(event));
                }
            }
        }
    }

    fn resync(&mut self) -> Option<Item> {
        self.source = Source::Ended;
        Some(Item::Resync)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_as_it_was_written() {
        assert_eq!(Token::parse("1:20,2:7").unwrap().encode(), "1:20,2:7");
        assert_eq!(Token::parse("").unwrap(), Token::default());
    }

    #[test]
    fn a_token_that_no_feed_wrote_is_refused() {
        for text in [
            "1",
            "1:",
            ":1",
            "0:1",
            "-1:1",
            "1:-1",
            "1:-9223372036854775808",
            "1:9223372036854775808",
            "x:y",
        ] {
            assert_eq!(Token::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_last_seq_of_all_has_no_next() {
        let token = Token::parse("1:9223372036854775807").unwrap();
        assert!(matches!(token.place(1, 5), Place::Old));
    }
}
