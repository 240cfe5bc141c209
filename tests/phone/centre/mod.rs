//! Citizens who ask for a person, and agents at desk phones: real calls over loopback.

mod calling;
mod coming;
mod elsewhere;
mod handed;
mod hundred;
mod killed;
mod paced;
mod paused;
mod races;
mod recording;
mod supervisors;
mod tasks;
mod tones;
mod transfers;

use std::time::Duration;

use helpline_proto::v1::{
    self, Activity, BreakReason, Intent, agent_service_client::AgentServiceClient,
    intake_service_client::IntakeServiceClient, watch_console_response::Event,
};
use tonic::Streaming;

use crate::kit::{
    api::Signed,
    baresip::{Baresip, Mode},
    caller::Caller,
    script::{Answer, SpeakUntilHungUp},
    server::Server,
    sipp::Sipp,
};

const PROMPT: Duration = Duration::from_secs(20);
const TOLD: Duration = Duration::from_secs(30);

/// The sample agent's desk: a registered phone, and an open console.
struct Desk {
    phone: Baresip,
    client: AgentServiceClient<Signed>,
    console: Streaming<v1::WatchConsoleResponse>,
}

impl Desk {
    async fn open(server: &Server, mode: Mode) -> Self {
        let sip = server.sip();
        let account = format!("<sip:agent@{sip}>;auth_user=agent;auth_pass=agent;regint=60");
        let phone = Baresip::start(server.network.baresip(), &account, mode);
        phone.says("200 OK").await;
        let mut client = AgentServiceClient::new(server.api.signed("agent"));
        let console = client.watch_console(v1::WatchConsoleRequest::default()).await.unwrap();
        Self { phone, client, console: console.into_inner() }
    }

    async fn intend(&mut self, intent: Intent) -> v1::AgentState {
        let request = v1::SetIntentRequest { intent: intent.into(), break_reason: 0 };
        self.client.set_intent(request).await.unwrap().into_inner().state.unwrap()
    }

    /// Available, with a phone and a console.
    async fn ready(&mut self) {
        self.intend(Intent::Available).await;
        self.state(|state| state.intent() == Intent::Available && state.unready.is_empty()).await;
    }

    /// Reads the console until this is told.
    async fn told<T>(&mut self, wanted: impl Fn(&Event) -> Option<T>) -> T {
        let reading = async {
            loop {
                let told = self.console.message().await.unwrap().expect("the console stays open");
                if let Some(found) = told.event.as_ref().and_then(&wanted) {
                    return found;
                }
            }
        };
        let told = tokio::time::timeout(TOLD, reading).await;
        told.unwrap_or_else(|_| {
            panic!("the console was not told; the phone:\n{}", self.phone.output.text())
        })
    }

    async fn state(&mut self, wanted: impl Fn(&v1::AgentState) -> bool) -> v1::AgentState {
        self.told(|event| match event {
            Event::State(state) if wanted(state) => Some(state.clone()),
            _ => None,
        })
        .await
    }

    async fn offered(&mut self) -> v1::Caller {
        self.told(|event| match event {
            Event::Offered(caller) => Some(caller.clone()),
            _ => None,
        })
        .await
    }

    async fn connected(&mut self) -> v1::Caller {
        self.told(|event| match event {
            Event::Connected(caller) => Some(caller.clone()),
            _ => None,
        })
        .await
    }
}

/// Calls 181 for the first time and asks for a person, in English.
async fn asks_for_a_person(server: &Server, number: &str) -> Caller {
    let mut caller = Caller::dial(server.network.trunk(), server.sip(), number, None).await;
    caller.hear(PROMPT).await;
    caller.press("2").await;
    caller.hear(PROMPT).await;
    caller.press("9").await;
    caller
}

/// Until one caller waits.
async fn waits(server: &Server) {
    let mut client = AgentServiceClient::new(server.api.signed("supervisor"));
    let mut boards = client.watch_board(v1::WatchBoardRequest {}).await.unwrap().into_inner();
    let waiting =
        async { while boards.message().await.unwrap().unwrap().board.unwrap().waiting == 0 {} };
    tokio::time::timeout(TOLD, waiting).await.expect("the caller waits");
}

async fn board(server: &Server) -> v1::Board {
    let mut client = AgentServiceClient::new(server.api.signed("supervisor"));
    let board = client.watch_board(v1::WatchBoardRequest {}).await.unwrap();
    board.into_inner().message().await.unwrap().unwrap().board.unwrap()
}

#[tokio::test]
async fn a_citizen_speaks_with_the_agent_whose_console_shows_them_first() {
    let server = Server::quick().await;
    let mut desk = Desk::open(&server, Mode::PicksUp).await;
    desk.ready().await;

    let mut caller = asks_for_a_person(&server, "9000001501").await;
    let offered = desk.offered().await;
    let connected = desk.connected().await;
    desk.phone.says("Call established").await;
    caller.speak(2_000).await;
    assert!(caller.hears_anything(PROMPT).await, "the agent's phone was not heard");

    assert_eq!((offered.id.clone(), offered.call.clone()), (connected.id, connected.call));
    assert_eq!(offered.phone_masked, "XXXXXX1501");
    assert_eq!((offered.language(), offered.reason.as_str()), (v1::Language::English, "asked"));
    let now = board(&server).await;
    assert_eq!((now.waiting, now.talking, now.answered), (0, 1, 1));

    desk.client.end_call(v1::EndCallRequest {}).await.unwrap();
    let wrap_up = desk.state(|state| state.activity() == Activity::WrapUp).await;
    assert!(wrap_up.wrap_up_until.is_some());
    caller.hung_up(PROMPT).await;
    let said = v1::SetDispositionRequest {
        request_id: "said".into(),
        call: offered.call.clone(),
        disposition: v1::Disposition::InformationGiven.into(),
        note: "asked for the ration shop's hours".into(),
    };
    let mut intake = IntakeServiceClient::new(server.api.signed("agent"));
    assert_eq!(intake.set_disposition(said).await.unwrap().into_inner().call, offered.call);
    let counts = board(&server).await.dispositions;
    let counts: Vec<_> = counts.iter().map(|count| (count.disposition(), count.calls)).collect();
    assert_eq!(counts, [(v1::Disposition::InformationGiven, 1)]);
    let idle = desk.client.end_wrap_up(v1::EndWrapUpRequest {}).await.unwrap().into_inner();
    assert_eq!(idle.state.unwrap().activity(), Activity::Idle);

    assert!(server.api.call_backs().await.is_empty());
    let heard = desk.phone.heard();
    let loud = heard.iter().filter(|sample| sample.unsigned_abs() > 2_000).count();
    assert!(loud > 4_000, "the citizen was not heard at the desk: {loud} loud samples");
    server.assert_calm();
}

#[tokio::test]
async fn the_board_follows_the_days_registrations_by_department() {
    let server = Server::quick().await;
    server.api.register("9000001505").await;
    let mut client = AgentServiceClient::new(server.api.signed("supervisor"));
    let mut boards = client.watch_board(v1::WatchBoardRequest {}).await.unwrap().into_inner();
    let mut registered = async |wanted: i64| {
        let counted = async {
            loop {
                let board = boards.message().await.unwrap().unwrap().board.unwrap();
                let energy = |count: &&v1::DepartmentCount| count.department == "energy";
                let found = board.registrations.iter().find(energy);
                if found.is_some_and(|count| count.cases == wanted) {
                    return;
                }
            }
        };
        tokio::time::timeout(TOLD, counted).await.expect("the board counts");
    };

    registered(1).await;
    server.api.register("9000001506").await;
    registered(2).await;
    server.assert_calm();
}

#[tokio::test]
async fn the_phone_stops_ringing_when_the_citizen_hangs_up_and_a_call_back_is_owed() {
    let server = Server::quick().await;
    let mut desk = Desk::open(&server, Mode::Calls).await;
    desk.ready().await;

    let caller = asks_for_a_person(&server, "9000001502").await;
    desk.offered().await;
    desk.phone.says("Incoming call").await;
    caller.hang_up().await;
    desk.told(|event| matches!(event, Event::Withdrawn(_)).then_some(())).await;

    let idle = desk.state(|state| state.activity() == Activity::Idle).await;
    assert_eq!(idle.intent(), Intent::Available);
    let owed = server.api.call_back_of("XXXXXX1502", TOLD).await;
    assert_eq!(owed.reason, "ABANDONED");
    server.assert_calm();
}

#[tokio::test]
async fn who_waited_when_the_process_was_killed_is_called_back_once_with_an_agent_on_the_line() {
    let mut server = Server::quick().await;
    let mut desk = Desk::open(&server, Mode::PicksUp).await;
    desk.ready().await;
    let tea = v1::SetIntentRequest {
        intent: Intent::OnBreak.into(),
        break_reason: BreakReason::Tea.into(),
    };
    desk.client.set_intent(tea).await.unwrap();
    let caller = asks_for_a_person(&server, "9000001504").await;
    waits(&server).await;
    let before = server.api.agents().await;
    assert_eq!(before[0].state.as_ref().unwrap().break_reason(), BreakReason::Tea);

    desk.phone.quit();
    server.die_and_start_again().await;
    drop(caller);

    // The break is as it was.
    let after = server.api.agents().await;
    assert_eq!(after[0].state.as_ref().unwrap().break_reason(), BreakReason::Tea);
    let citizen = Sipp::answer(
        server.network.callee(),
        1,
        &[("9000001504".into(), Answer::Picks(vec![SpeakUntilHungUp(60_000)]))],
    );
    let mut desk = Desk::open(&server, Mode::PicksUp).await;
    desk.intend(Intent::Available).await;
    let offered = desk.offered().await;
    assert!(offered.call_back);
    let connected = desk.connected().await;
    assert_eq!(connected.phone_masked, "XXXXXX1504");
    desk.client.end_call(v1::EndCallRequest {}).await.unwrap();
    citizen.done().await;
    desk.state(|state| state.activity() == Activity::WrapUp).await;
    server.assert_calm();
}
