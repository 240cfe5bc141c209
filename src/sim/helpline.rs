//! The helpline that is simulated: the product over a database of its own in a temporary folder, with a directory and
//! officers that are made up, on a clock that stands until it is moved.

use std::{collections::HashMap, path::Path, sync::Arc};

use tempfile::TempDir;
use tokio::task::JoinSet;

use super::{Error, Result, draw::Seed, profile::Profile};
use crate::{
    app::{
        self, App, Desk, Mode, accounts, agents, directory, evidence::Files, passwords::Cost,
        policies, recordings,
    },
    clock::Clock,
    domain::{
        actor::{Actor, Channel, HeldPost, Role},
        directory::Post,
        place::{Code, PlaceCode, PostId},
        policy::Policy,
        recheck,
    },
    store::{self, Store},
};

/// Posts of one officer.
const POSTS_MAX: usize = 8;
/// Accounts that are made together.
const TOGETHER_MAX: usize = 32;
const PASSWORD: &str = "simulated only";
const LEVELS: [(u8, &str, &str); 4] = [
    (1, "junior", "block"),
    (2, "executive", "district"),
    (3, "superintending", "division"),
    (4, "chief", "state"),
];
/// A database in memory is written as fast as the processor can.
const MEMORY: &str = "/dev/shm";

#[derive(Debug)]
pub struct Helpline {
    pub app: Arc<App>,
    pub clock: Clock,
    pub agent: Actor,
    pub supervisor: Actor,
    pub callers: Vec<Actor>,
    /// Who acts for a post; a vacant one has nobody.
    pub officers: Arc<HashMap<PostId, Actor>>,
    /// Where citizens complain from, and about what.
    pub blocks: Vec<PlaceCode>,
    pub categories: Vec<Code>,
    folder: TempDir,
}

impl Helpline {
    pub async fn open(seed: Seed, profile: &Profile) -> Result<Self> {
        let made = match Path::new(MEMORY).is_dir() {
            true => tempfile::Builder::new().prefix("helpline181-").tempdir_in(MEMORY),
            false => tempfile::Builder::new().prefix("helpline181-").tempdir(),
        };
        let folder = made.map_err(|error| Error::Folder(Arc::new(error)))?;
        let clock = Clock::fixed(profile.begins());
        let app = start(folder.path(), &clock).await?;
        directory::import_sample(&app, &Actor::system(), &sample(profile)).await?;
        policies::enact(&app, &Actor::system(), &policy(&clock)).await?;
        let agent = staff(&app, Role::Agent, Channel::Agent).await?;
        let supervisor = staff(&app, Role::Supervisor, Channel::Portal).await?;
        let callers = callers(&app, &agent, profile.feedback.callers as usize).await?;
        let officers = Arc::new(officers(&app, seed, profile).await?);
        let index = app.index();
        let blocks = index.places_of_kind("block").iter().map(|place| place.code.clone()).collect();
        let categories = index.categories().iter().map(|row| row.code.clone()).collect();
        Ok(Self { app, clock, agent, supervisor, callers, officers, blocks, categories, folder })
    }

    /// The process ends without a word and begins again on what it had written.
    pub async fn begin_again(&mut self) -> Result<()> {
        self.app = start(self.folder.path(), &self.clock).await?;
        Ok(())
    }
}

/// The standard one, in which no answer is asked about again: which are is drawn by a seed that the product makes itself, and
/// differs from run to run.
fn policy(clock: &Clock) -> Policy {
    let standard = Policy::standard();
    let recheck = recheck::Numbers { share_bp: 0, ..standard.recheck };
    Policy { version: 2, effective_from: clock.now(), recheck, ..standard }
}

async fn start(folder: &Path, clock: &Clock) -> Result<Arc<App>> {
    let options = store::Options {
        url: format!("sqlite:{}", folder.join("helpline181.db").display()),
        keys: folder.join("keys"),
        group_max: None,
    };
    let store = Store::open_scratch(options, clock.now()).await.map_err(app::Error::from)?;
    let recordings = recordings::Folder::open(folder.join("recordings")).await;
    let options = app::Options {
        clock: clock.clone(),
        mode: Mode::Service,
        passwords: Cost::Least,
        desk: Desk {
            evidence: Files::disk(folder.join("evidence")),
            recordings: recordings.map_err(|error| Error::Folder(Arc::new(error)))?,
            ..Desk::default()
        },
        ..app::Options::default()
    };
    Ok(App::open(store, options).await?)
}

async fn staff(app: &App, role: Role, channel: Channel) -> Result<Actor> {
    let add = accounts::Add {
        login: role.as_str().to_lowercase(),
        name: "Simulated".to_owned(),
        password: PASSWORD.to_owned(),
        role,
        district: None,
        posts: Vec::new(),
    };
    let account = accounts::add(app, &Actor::system(), add).await?;
    Ok(Actor { account: Some(account.id), role, channel, ..Actor::system() })
}

/// Feedback callers with a desk phone each. The first one also registers complaints.
async fn callers(app: &App, agent: &Actor, count: usize) -> Result<Vec<Actor>> {
    let mut callers = Vec::with_capacity(count);
    for n in 0..count {
        let mut login = Role::Agent.as_str().to_lowercase();
        let mut account = agent.account;
        if n > 0 {
            login = format!("caller.{n}");
            let add = accounts::Add {
                login: login.clone(),
                name: format!("Simulated caller {n}"),
                password: PASSWORD.to_owned(),
                role: Role::FeedbackCaller,
                district: None,
                posts: Vec::new(),
            };
            account = Some(accounts::add(app, &Actor::system(), add).await?.id);
        }
        let desk = agents::PutAgent {
            request_id: format!("desk {n}"),
            login,
            phone: format!("desk{n}"),
            skills: String::new(),
        };
        agents::put(app, &Actor::system(), desk).await?;
        let role = Role::FeedbackCaller;
        callers.push(Actor { account, role, channel: Channel::Portal, ..Actor::system() });
    }
    Ok(callers)
}

/// One officer for up to eight posts of one department and level; some posts stay vacant.
async fn officers(app: &Arc<App>, seed: Seed, profile: &Profile) -> Result<HashMap<PostId, Actor>> {
    let index = app.index();
    let mut posts: Vec<&Post> = index.posts().collect();
    posts.sort_by(|a, b| (&a.department, a.level, &a.code).cmp(&(&b.department, b.level, &b.code)));
    let mut held = Vec::new();
    for (n, post) in posts.into_iter().enumerate() {
        if !seed.draw("vacant", n as u64, 0).chance(profile.directory.vacant_share) {
            held.push(post.clone());
        }
    }
    let mut making = JoinSet::new();
    let mut officers = HashMap::new();
    let same = |a: &Post, b: &Post| (&a.department, a.level) == (&b.department, b.level);
    for (n, posts) in held.chunk_by(same).flat_map(|rung| rung.chunks(POSTS_MAX)).enumerate() {
        if making.len() >= TOGETHER_MAX {
            take(&mut making, &mut officers).await?;
        }
        making.spawn(officer(app.clone(), n, posts.to_vec()));
    }
    while !making.is_empty() {
        take(&mut making, &mut officers).await?;
    }
    Ok(officers)
}

async fn take(
    making: &mut JoinSet<Result<Vec<(PostId, Actor)>>>,
    officers: &mut HashMap<PostId, Actor>,
) -> Result<()> {
    if let Some(made) = making.join_next().await {
        officers.extend(made.map_err(app::Error::internal)??);
    }
    Ok(())
}

async fn officer(app: Arc<App>, n: usize, posts: Vec<Post>) -> Result<Vec<(PostId, Actor)>> {
    let add = accounts::Add {
        login: format!("officer.{n}"),
        name: format!("Simulated {n}"),
        password: PASSWORD.to_owned(),
        role: Role::Officer,
        district: None,
        posts: posts.iter().map(|post| post.id).collect(),
    };
    let account = accounts::add(&app, &Actor::system(), add).await?;
    let acts_for = |post: Post| {
        let id = post.id;
        let held = HeldPost {
            post: id,
            department: post.department,
            place: post.place,
            level: post.level,
            delegate_of: None,
        };
        let actor = Actor {
            account: Some(account.id),
            role: Role::Officer,
            channel: Channel::Portal,
            posts: vec![held],
            ..Actor::system()
        };
        (id, actor)
    };
    Ok(posts.into_iter().map(acts_for).collect())
}

/// A directory as the demonstration's sample is written: every department has one post a place of its level's kind.
fn sample(profile: &Profile) -> String {
    use std::fmt::Write;

    let size = &profile.directory;
    let mut text = String::new();
    let mut place = |kind: &str, code: &str, parent: Option<&str>| {
        let parent = parent.map(|parent| format!("parent = \"{parent}\"\n")).unwrap_or_default();
        let _ = write!(
            text,
            "[[place]]\nkind = \"{kind}\"\ncode = \"{code}\"\n{parent}name_hi = \"{code}\"\nname_en = \"{code}\"\n"
        );
    };
    place("state", "s", None);
    for n in 1..=size.divisions {
        place("division", &format!("v{n:02}"), Some("s"));
    }
    for n in 1..=size.districts {
        let division = format!("v{:02}", (n - 1) % size.divisions + 1);
        place("district", &format!("d{n:03}"), Some(&division));
        for block in 1..=size.blocks_a_district {
            place("block", &format!("b{n:03}{block:02}"), Some(&format!("d{n:03}")));
        }
    }
    let mut named = |kind: &str, code: &str, more: &str| {
        let _ = write!(
            text,
            "[[{kind}]]\ncode = \"{code}\"\n{more}name_hi = \"{code}\"\nname_en = \"{code}\"\n"
        );
    };
    for (_, designation, _) in LEVELS {
        named("designation", designation, "");
    }
    for n in 1..=size.departments {
        let department = format!("dep{n:02}");
        named("department", &department, "");
        for category in 1..=size.categories_a_department {
            let of = format!("department = \"{department}\"\n");
            named("category", &format!("{department}_{category}"), &of);
            let of = format!("category = \"{department}_{category}\"\n");
            named("subcategory", &format!("{department}_{category}_a"), &of);
        }
    }
    for n in 1..=size.departments {
        for (level, designation, sits_at) in LEVELS {
            let _ = write!(
                text,
                "[[post]]\ndepartment = \"dep{n:02}\"\nlevel = {level}\ndesignation = \"{designation}\"\nsits_at = \"{sits_at}\"\n"
            );
        }
    }
    text
}
