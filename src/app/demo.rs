//! The demonstration: sample accounts, and a clock that can be moved.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{App, Error, Result, accounts, clock, directory, officer_line, sessions};
use crate::{
    clock::Clock,
    domain::{
        account::Account,
        actor::{Actor, Channel, Role},
        directory::{Names, Officer},
        permissions::{self, Act, Object},
        phone::Phone,
        place::{Code, Level, PlaceCode, PostId},
        time::{DAY_MS, Timestamp},
    },
    store::{
        self, Store,
        directory::{
            people::{self, OfficerRow},
            stage::{BY_HAND, Moves, stage},
        },
        settings,
    },
};

/// Farthest advance in one step.
pub const ADVANCE_MS_MAX: i64 = 400 * DAY_MS;
/// Due instants that one advance steps through; the rest falls due at its end.
const INSTANTS_MAX: usize = 20_000;
const SWEEP_MAX: i64 = 500;
/// How long an advance lets the dialler look at one instant, and at all of them.
const DIALLER_WAITS: Duration = Duration::from_secs(2);
const DIALLER_WAITS_ALL: Duration = Duration::from_secs(60);
/// The sample agent, and the user name that its desk phone registers with.
const AGENT: &str = "agent";
const AGENT_SKILLS: &str = "language:hi=3 language:en=3";
const OFFSET: &str = "demo_clock_offset_ms";
const PASSWORD: &str = "helpline181";
/// Of all sample officers on the officers' line.
const PIN: &str = "181181";
/// The mobiles of the sample officers, which reach nobody.
const MOBILES: [(&str, &str); 3] =
    [("je.phanda", "5550000001"), ("ae.bhopal", "5550000002"), ("ee.bhopal", "5550000003")];

#[derive(Clone)]
pub struct SampleAccount {
    pub login: String,
    pub password: &'static str,
    pub name: String,
    pub role: Role,
    /// With the PIN of the officers' line.
    pub mobile: Option<(Phone, &'static str)>,
    /// An access token, good for as long as the demonstration.
    pub token: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advanced {
    pub now: Timestamp,
    /// Cases that moved by themselves meanwhile.
    pub escalated: u64,
}

/// Was this database made by a demonstration? Its sample accounts have a password that is printed,
/// and its clock may be ahead of the world's: it must never serve citizens.
pub async fn marked(store: &Store) -> Result<bool, store::Error> {
    Ok(settings::get(&store.db, OFFSET).await?.is_some())
}

/// Does this database hold a helpline's own accounts or directory? A demonstration would add accounts whose password is
/// printed.
pub async fn is_in_use(store: &Store) -> Result<bool, store::Error> {
    let accounts = store::accounts::list(&store.db, 0, 1).await?;
    Ok(!accounts.is_empty() || store::directory::live_version(&store.db).await?.is_some())
}

/// The demonstration's clock: goes on from where it was left, else starts at ten o'clock IST.
pub async fn clock_of(store: &Store) -> Result<Clock, store::Error> {
    let kept = settings::get(&store.db, OFFSET).await?;
    Ok(Clock::demonstration(kept.and_then(|offset| offset.parse().ok())))
}

/// The clock that this database was last used with: the demonstration's, or the system's.
pub async fn clock_kept(store: &Store) -> Result<Clock, store::Error> {
    let kept = settings::get(&store.db, OFFSET).await?;
    let offset = kept.and_then(|offset| offset.parse().ok());
    Ok(offset.map_or_else(Clock::system, |offset| Clock::demonstration(Some(offset))))
}

/// Keeps the clock's offset, so that a restart goes on from it.
pub async fn keep_clock(app: &App) -> Result<()> {
    if let Some(offset) = app.clock().offset_ms() {
        settings::set(&app.store.writer, OFFSET, &offset.to_string()).await?;
    }
    Ok(())
}

/// Loads the sample directory once, makes the sample accounts once, and signs each in.
pub async fn prepare(app: &App, directory: &str) -> Result<Vec<SampleAccount>> {
    app.demonstration_only()?;
    let by = Actor::system();
    // The mark comes before anything that only a demonstration may hold.
    keep_clock(app).await?;
    if app.index().is_empty() {
        directory::import_sample(app, &by, directory).await?;
    }
    crate::store::rounds::free(&app.store.writer).await?;
    crate::store::rechecks::free(&app.store.writer).await?;
    crate::store::rounds::lines::free_all(&app.store.writer).await?;
    let mut made = Vec::new();
    for (login, name, role, posts, district) in samples(app) {
        let known = store::accounts::by_login(&app.store.db, login).await?;
        let account = match known {
            Some(account) => account,
            None => {
                let add = accounts::Add {
                    login: login.to_owned(),
                    name: name.to_owned(),
                    password: PASSWORD.to_owned(),
                    role,
                    district,
                    posts,
                };
                accounts::add(app, &by, add).await?
            }
        };
        if account.login == AGENT {
            let has = store::agents::of_account(&app.store.db, account.id).await?.is_some();
            if !has {
                let writer = &app.store.writer;
                store::agents::put(writer, account.id, AGENT, AGENT_SKILLS).await?;
            }
        }
        let mobile = reachable(app, &account).await?;
        let channel = if role == Role::Agent { Channel::Agent } else { Channel::Portal };
        let signed = sessions::open(app, &account, channel, sessions::Lasting::Sample).await?;
        made.push(SampleAccount {
            login: account.login,
            password: PASSWORD,
            name: account.name,
            role,
            mobile,
            token: signed.access,
        });
    }
    Ok(made)
}

/// Gives a sample officer the mobile and the PIN of the officers' line, once.
async fn reachable(app: &App, account: &Account) -> Result<Option<(Phone, &'static str)>> {
    let mobile = MOBILES.iter().find(|(login, _)| *login == account.login);
    let Some((_, mobile)) = mobile else { return Ok(None) };
    let mobile = Phone::parse(mobile).map_err(Error::internal)?;
    if people::profile(&app.store.db, account.id).await?.is_none() {
        let officer = Officer {
            login: account.login.clone(),
            names: Names { hi: account.name.clone(), en: account.name.clone() },
            mobile: Some(mobile.clone()),
            active_from: None,
            active_until: None,
        };
        let officers = vec![OfficerRow { account: account.id, since: 0, officer }];
        let moves = Arc::new(Moves { officers, ..Moves::default() });
        stage(&app.store.writer, BY_HAND, &moves, &|_| {}).await?;
        officer_line::give_pin(app, &account.login, PIN).await?;
    }
    Ok(Some((mobile, PIN)))
}

type Sample = (&'static str, &'static str, Role, Vec<PostId>, Option<PlaceCode>);

/// One of each role, and Energy's ladder over Bhopal's district and its block Phanda.
fn samples(app: &App) -> Vec<Sample> {
    let index = app.index();
    let post = |place: &str, level| {
        let routed = index.route(&Code::new("energy"), &PlaceCode::new(place), Level(level));
        routed.map(|routed| routed.post).into_iter().collect()
    };
    let bhopal = Some(PlaceCode::new("district:396"));
    let mut samples = vec![
        ("agent", "Agent", Role::Agent, vec![], None),
        ("caller", "Feedback caller", Role::FeedbackCaller, vec![], None),
        ("supervisor", "Supervisor", Role::Supervisor, vec![], None),
        ("je.phanda", "Junior Engineer, Phanda", Role::Officer, post("block:phanda", 1), None),
        ("ae.bhopal", "Assistant Engineer, Bhopal", Role::Officer, post("district:396", 1), None),
        ("ee.bhopal", "Executive Engineer, Bhopal", Role::Officer, post("district:396", 2), None),
        (
            "se.bhopal",
            "Superintending Engineer, Bhopal",
            Role::Officer,
            post("district:396", 3),
            None,
        ),
        ("ce.energy", "Chief Engineer", Role::Officer, post("district:396", 4), None),
        ("nodal.bhopal", "Nodal officer, Bhopal", Role::Nodal, vec![], bhopal.clone()),
        ("collector.bhopal", "Collector, Bhopal", Role::Collector, vec![], bhopal.clone()),
        ("incharge.bhopal", "In charge of Bhopal", Role::DistrictInCharge, vec![], bhopal),
        ("directorate", "Directorate", Role::Directorate, vec![], None),
        ("cm.office", "Chief Minister's office", Role::CmOffice, vec![], None),
        ("auditor", "Auditor", Role::Auditor, vec![], None),
        ("admin", "Administrator", Role::Admin, vec![], None),
        ("ivr", "External IVR", Role::Ivr, vec![], None),
    ];
    samples.retain(|(_, _, role, posts, _)| *role != Role::Officer || !posts.is_empty());
    samples
}

/// Moves the clock forward and stops at every instant at which something falls due on the way.
pub async fn advance(app: &Arc<App>, by: &Actor, by_ms: i64) -> Result<Advanced> {
    permissions::may(by, Act::AdvanceClock, Object::Nothing)?;
    app.demonstration_only()?;
    if !(1..=ADVANCE_MS_MAX).contains(&by_ms) {
        return Err(super::Error::Invalid {
            field: "by",
            why: "more than nothing, at most 400 days",
        });
    }
    let target = app.now().plus_ms(by_ms);
    let mut escalated = 0;
    let mut patience = DIALLER_WAITS_ALL;
    for _ in 0..INSTANTS_MAX {
        let now = app.now();
        let Some(next) = clock::next_instant(app, now).await?.filter(|next| *next < target) else {
            break;
        };
        app.clock().advance(next.since(now).max(0));
        // The caller may give up half way: what is written now must not lie ahead of a restart's clock.
        keep_clock(app).await?;
        escalated += sweep(app, &mut patience).await?;
    }
    app.clock().advance(target.since(app.now()).max(0));
    keep_clock(app).await?;
    escalated += sweep(app, &mut patience).await?;
    Ok(Advanced { now: app.now(), escalated })
}

async fn sweep(app: &Arc<App>, patience: &mut Duration) -> Result<u64> {
    let mut escalated = 0;
    loop {
        let moved = clock::escalate(app, SWEEP_MAX).await?;
        escalated += moved as u64;
        if moved == 0 {
            break;
        }
    }
    while clock::rounds_end(app, SWEEP_MAX).await? > 0 {}
    while clock::reviews(app, SWEEP_MAX).await? > 0 {}
    let mut beat = 0;
    app.pulse.send_modify(|pulse| {
        *pulse += 1;
        beat = *pulse;
    });
    let mut dialled = app.dialled.subscribe();
    let looked = dialled.wait_for(|dialled| dialled.is_none_or(|dialled| dialled >= beat));
    // A dialler that is busy with its calls does not hold up the clock for ever.
    let begun = Instant::now();
    let _ = tokio::time::timeout(DIALLER_WAITS.min(*patience), looked).await;
    *patience = patience.saturating_sub(begun.elapsed());
    Ok(escalated)
}
