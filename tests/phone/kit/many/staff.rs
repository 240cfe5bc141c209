//! Many agents: accounts with desk phones, signed in, each with an open console.

use std::time::Duration;

use helpline_proto::v1::{
    self, Intent, agent_service_client::AgentServiceClient, watch_console_response::Event,
};
use helpline181::{
    app::{
        self, App, accounts, demo,
        passwords::Cost,
        sessions::{self, SignIn},
    },
    domain::{
        actor::{Actor, Channel, Role},
        time::Timestamp,
    },
    store::Store,
};
use tokio::time::timeout;
use tonic::Streaming;

use crate::kit::{
    api::{self, Signed},
    server::{DESK_PASSWORD, Server},
};

const TOLD: Duration = Duration::from_secs(60);
/// The helpline gives one connection 100 streams.
const AGENTS_PER_CONNECTION: usize = 40;

/// One agent at a console.
pub(crate) struct Agent {
    pub(crate) account: i64,
    token: String,
    pub(crate) client: AgentServiceClient<Signed>,
    console: Streaming<v1::WatchConsoleResponse>,
    /// Where the console is to go on after it was closed.
    pub(crate) resume: String,
}

/// The user names of the desk phones that the settings know.
pub(crate) fn desks(count: usize) -> Vec<String> {
    (1..=count).map(|n| format!("d{n:03}")).collect()
}

/// As many agents as there are desk phones, with open consoles, who do not take calls yet.
pub(crate) async fn hire(server: &Server, count: usize) -> Vec<Agent> {
    let store = Store::open(server.store_options(), Timestamp::from_ms(0)).await.unwrap();
    let clock = demo::clock_kept(&store).await.unwrap();
    let options = app::Options { clock, passwords: Cost::Least, ..app::Options::default() };
    let app = App::open(store, options).await.unwrap();
    let mut hired = Vec::new();
    for user in desks(count) {
        let add = accounts::Add {
            login: user.clone(),
            name: user.clone(),
            password: DESK_PASSWORD.to_owned(),
            role: Role::Agent,
            district: None,
            posts: Vec::new(),
        };
        let account = accounts::add(&app, &Actor::system(), add).await.unwrap();
        let password = DESK_PASSWORD.to_owned();
        let sign_in = SignIn { login: user.clone(), password, channel: Channel::Agent };
        let token = sessions::sign_in(&app, sign_in).await.unwrap().access;
        let put = v1::PutAgentRequest {
            request_id: format!("put-{user}"),
            login: user.clone(),
            phone: user,
            skills: "language:hi=3 language:en=3".to_owned(),
        };
        AgentServiceClient::new(server.api.signed("supervisor")).put_agent(put).await.unwrap();
        hired.push((account.id, token, String::new()));
    }
    app.close().await;
    sit_down(server, hired).await
}

/// At the consoles again after the helpline ended: each goes on where it was.
pub(crate) async fn come_back(server: &Server, agents: Vec<Agent>) -> Vec<Agent> {
    let back = agents.into_iter().map(|agent| (agent.account, agent.token, agent.resume));
    sit_down(server, back.collect()).await
}

/// Account, token, and where the console goes on.
async fn sit_down(server: &Server, who: Vec<(i64, String, String)>) -> Vec<Agent> {
    let mut agents = Vec::new();
    for share in who.chunks(AGENTS_PER_CONNECTION) {
        let channel = api::connect(server.network.api()).await;
        for (account, token, resume) in share.iter().cloned() {
            let mut client = AgentServiceClient::new(api::bearing(&channel, &token));
            let watch = v1::WatchConsoleRequest { resume_token: resume.clone() };
            let console = client.watch_console(watch).await.unwrap().into_inner();
            agents.push(Agent { account, token, client, console, resume });
        }
    }
    agents
}

impl Agent {
    pub(crate) async fn available(&mut self) {
        let request = v1::SetIntentRequest { intent: Intent::Available.into(), break_reason: 0 };
        self.client.set_intent(request).await.unwrap();
    }

    /// Reads the console until this is told.
    pub(crate) async fn told<T>(&mut self, wanted: impl Fn(&Event) -> Option<T>) -> T {
        let reading = async {
            loop {
                let told = self.console.message().await.unwrap().expect("the console stays open");
                self.resume = told.resume_token;
                if let Some(found) = told.event.as_ref().and_then(&wanted) {
                    return found;
                }
            }
        };
        timeout(TOLD, reading).await.expect("the console is told")
    }

    /// Until a citizen and this agent hear each other. An agent who hangs up before leaves the citizen to the next one.
    pub(crate) async fn connected(&mut self) -> v1::Caller {
        self.told(|event| match event {
            Event::Connected(caller) => Some(caller.clone()),
            _ => None,
        })
        .await
    }

    /// Until the console says that what is registered is not kept yet, or is again.
    pub(crate) async fn saving(&mut self, on: bool) {
        self.told(|event| match event {
            Event::Saving(saving) if saving.on == on => Some(()),
            _ => None,
        })
        .await;
    }
}
