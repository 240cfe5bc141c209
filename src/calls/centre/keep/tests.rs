//! What waits is written once and in an order that a crash cannot hurt; offers go on without a database.

use std::collections::HashMap;

use tokio::time::{interval, timeout};

use super::*;
use crate::{
    acd::{
        Action, AgentId, Event, Intent, Join, OfferId, Outcome, Policy, Profile, Queue, Safe, Who,
        policy::Priority,
    },
    app,
    calls::centre::skills,
    domain::language::Language,
    store::{self, Store, held::Held},
};

const AGENTS: i64 = 40;
const PATIENCE: Duration = Duration::from_secs(60);
const BEGINS: Timestamp = Timestamp::from_ms(1_795_500_000_000);

/// The driver without its telephones: 20 calls a second, each answered 20 ms after the offer, and 1.5 s long.
struct Centre {
    queue: Queue,
    keeper: Arc<Keeper>,
    now_ms: i64,
    due: BTreeMap<(i64, usize), Event>,
    /// Of each offer, how long after the caller joined it was made.
    offered_after_ms: Vec<i64>,
    joined_ms: HashMap<CallerId, i64>,
    facts: Vec<String>,
    agents: BTreeMap<i64, String>,
    given: usize,
}

impl Centre {
    fn open(keeper: Arc<Keeper>) -> Self {
        let policy = Policy { wrap_up_ms: 0, ..Policy::default() };
        let mut this = Self {
            queue: Queue::new(policy),
            keeper,
            now_ms: 0,
            due: BTreeMap::new(),
            offered_after_ms: Vec::new(),
            joined_ms: HashMap::new(),
            facts: Vec::new(),
            agents: BTreeMap::new(),
            given: 0,
        };
        for agent in (1..=AGENTS).map(AgentId) {
            let skills = skills::parse("language:hi=3").unwrap();
            this.handle(Event::Profile(Profile { agent, skills }));
            this.handle(Event::Console { agent });
            this.handle(Event::Registered { agent, until: BEGINS.plus_ms(3_600_000) });
            this.handle(Event::Intends { agent, intent: Intent::Available });
        }
        this
    }

    fn runs_for(&mut self, ms: i64) {
        for at in (self.now_ms..self.now_ms + ms).step_by(50) {
            let caller = CallerId(1_000 + at);
            self.plan(at, Event::Joined(join(caller)));
            while let Some(next) = self.due.first_entry().filter(|next| next.key().0 <= at) {
                self.now_ms = next.key().0;
                let event = next.remove();
                self.handle(event);
            }
        }
        self.now_ms += 50;
    }

    fn plan(&mut self, at: i64, event: Event) {
        self.given += 1;
        self.due.insert((at, self.given), event);
    }

    fn handle(&mut self, event: Event) {
        if let Event::Joined(join) = &event {
            self.joined_ms.insert(join.caller, self.now_ms);
        }
        for action in self.queue.handle(event, BEGINS.plus_ms(self.now_ms)) {
            self.act(action);
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Offer(offer) => {
                let Who::Caller(caller) = offer.who else { panic!("{offer:?}") };
                self.offered_after_ms.push(self.now_ms - self.joined_ms[&caller]);
                self.answer(offer.offer);
            }
            Action::Connect { caller, .. } => {
                self.plan(self.now_ms + 1_500, Event::Ended { caller });
            }
            Action::Caller(row) => self.keeper.caller(&row),
            Action::CallerEnded { caller, .. } => self.keeper.caller_ended(caller),
            Action::CallBack(row) => self.keeper.call_back(&row, BEGINS),
            Action::Agent(state) => {
                self.agents.insert(state.agent.0, serde_json::to_string(&state).unwrap());
                self.keeper.agent(&state);
            }
            Action::Fact(fact) => {
                self.facts.push(serde_json::to_string(&fact).unwrap());
                self.keeper.fact(&fact);
            }
            _ => {}
        }
    }

    fn answer(&mut self, offer: OfferId) {
        let outcome = Outcome::Answered;
        self.plan(self.now_ms + 20, Event::Offer { offer, outcome });
    }
}

fn join(caller: CallerId) -> Join {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&caller.0.to_be_bytes());
    Join {
        caller,
        citizen: Some(CitizenKey(key)),
        language: Language::Hindi,
        menu: "asked".to_owned(),
        wants: Vec::new(),
        priority: Priority::default(),
        last_agent: None,
        safe: Safe::Anytime,
    }
}

#[test]
fn what_comes_is_written_before_what_goes() {
    let keeper = Keeper::new([]);
    let callers = 0..150;
    callers.clone().for_each(|n| keeper.put(RowKind::Caller, n, Some(&"waits")));
    keeper.written(&keeper.batch());
    callers.clone().for_each(|n| keeper.put::<()>(RowKind::Caller, n, None));
    callers.for_each(|n| keeper.put(RowKind::CallBack, n, Some(&"owed")));

    let first = keeper.batch();
    keeper.written(&first);
    let second = keeper.batch();

    let come = |kept: &Kept| kept.rows.iter().filter(|row| row.body.is_some()).count();
    assert_eq!((first.rows.len(), come(&first)), (200, 150));
    assert_eq!((second.rows.len(), come(&second)), (100, 0));
}

#[test]
fn a_caller_who_never_had_a_row_leaves_nothing_to_write() {
    let keeper = Keeper::new([CallerId(7)]);
    keeper.caller_ended(CallerId(7));
    (100..200).map(CallerId).for_each(|turned_away| keeper.caller_ended(turned_away));

    let kept = keeper.batch();

    assert_eq!(kept.rows.iter().map(|row| row.id).collect::<Vec<_>>(), [7]);
}

/// Until nothing waits any more.
async fn drained(keeper: &Keeper) {
    let mut clock = interval(Duration::from_millis(10));
    let draining = async {
        loop {
            clock.tick().await;
            let waiting = keeper.waiting();
            if waiting.rows.is_empty() && waiting.facts.is_empty() {
                return;
            }
        }
    };
    timeout(PATIENCE, draining).await.expect("what waits is written");
}

#[tokio::test(flavor = "multi_thread")]
async fn for_30_seconds_without_a_database_offers_go_on_and_what_waits_is_written_once() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("helpline.db").display());
    let (keys, group_max) = (dir.path().join("keys"), None);
    let options = store::Options { url: url.clone(), keys, group_max };
    let store = Store::open(options, BEGINS).await.unwrap();
    let app = App::open(store, app::Options::default()).await.unwrap();
    let keeper = Keeper::new([]);
    let over = CancellationToken::new();
    let keeping = tokio::spawn(keeper.clone().run(app.clone(), over.clone()));
    let mut behind = keeper.watch();
    let mut centre = Centre::open(keeper.clone());
    centre.runs_for(2_000);
    drained(&keeper).await;

    let held = Held::hold(&url).await;
    centre.runs_for(30_000);

    assert_eq!(centre.offered_after_ms, vec![0; 640]);
    timeout(PATIENCE, behind.wait_for(|behind| *behind)).await.unwrap().unwrap();
    {
        let waiting = keeper.waiting();
        let on_the_line = centre.queue.on_the_line().len();
        let callers = waiting.rows.keys().filter(|(kind, _)| *kind == RowKind::Caller).count();
        // Those of now, and those of before whose rows must go.
        assert!(callers <= on_the_line + 2 * 40, "{callers} rows wait");
        assert_eq!(waiting.lost, 0);
    }
    held.release().await;
    drained(&keeper).await;
    timeout(PATIENCE, behind.wait_for(|behind| !*behind)).await.unwrap().unwrap();

    let system = Actor::system();
    assert_eq!(queue::facts(&app, &system, BEGINS).await.unwrap(), centre.facts);
    let agents = queue::kept(&app, &system, RowKind::Agent).await.unwrap();
    assert_eq!(agents, centre.agents.into_iter().collect::<Vec<_>>());
    let callers = queue::kept(&app, &system, RowKind::Caller).await.unwrap();
    let kept: Vec<_> = callers.iter().map(|(id, _)| CallerId(*id)).collect();
    let mut there: Vec<_> = centre.queue.snapshot().callers;
    there.sort_by_key(|row| row.caller);
    assert_eq!(kept, there.iter().map(|row| row.caller).collect::<Vec<_>>());
    over.cancel();
    keeping.await.unwrap();
    app.close().await;
}
