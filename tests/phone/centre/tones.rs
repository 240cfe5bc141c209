//! Telephones that each say one tone and know which tones they hear, so that who hears whom is measured.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use helpline_proto::v1::{
    self, Activity, Intent, agent_service_client::AgentServiceClient,
    conversation_service_client::ConversationServiceClient, watch_console_response::Event,
};
use helpline181::{
    media::sound::Sound,
    telephony::{
        Arrival, DialEvent, Ended, Leg, LegEvent, Refusal, Transport,
        audio::{self, Audio},
        phone::{Phone, Settings},
    },
};
use tokio::{
    sync::{mpsc, watch},
    time::timeout,
};
use tonic::Streaming;

use crate::kit::{api::Signed, server::Server};

const TOLD: Duration = Duration::from_secs(40);
/// A prompt has ended when nothing came for this long.
const GAP: Duration = Duration::from_millis(240);
/// What is looked at at once: tones that are a multiple of 100 Hz are told apart in it.
const WINDOW: usize = 1_600;
/// What is heard while it is made sure that something is not.
const QUIET: usize = 8_000;
const LOUD: f64 = 8_000.0;
const PRESENT: f64 = 1_500.0;
const ABSENT: f64 = 400.0;

pub(super) const CITIZEN: u32 = 500;
pub(super) const AGENT: u32 = 800;
pub(super) const OTHER: u32 = 1_200;
pub(super) const THIRD: u32 = 1_700;
const ALL: [u32; 4] = [CITIZEN, AGENT, OTHER, THIRD];

/// A telephone on a host of its own.
pub(super) struct Telephone {
    phone: Phone,
    arrivals: mpsc::Receiver<Arrival>,
    tone: u32,
}

/// A call of it, with all that was heard in it.
pub(super) struct Line {
    leg: Leg,
    heard: Arc<Mutex<Vec<i16>>>,
    grown: watch::Receiver<usize>,
}

impl Telephone {
    pub(super) async fn open(server: &Server, local: SocketAddr, number: &str, tone: u32) -> Self {
        let sound = audio::Config { realtime: false, ..audio::Config::new(local.ip()) };
        let settings = Settings {
            local,
            server: server.sip(),
            transport: Transport::Udp,
            number: number.to_owned(),
        };
        let (phone, arrivals) = Phone::start(settings, Audio::start(sound).unwrap()).await.unwrap();
        Self { phone, arrivals, tone }
    }

    /// Calls 181 as this citizen and asks for a person, in English.
    pub(super) async fn asks_for_a_person(&self) -> Line {
        let mut line = self.call("181").await;
        for key in ["2", "9"] {
            line.prompt().await;
            line.leg.send_digits(key);
        }
        line
    }

    pub(super) async fn call(&self, number: &str) -> Line {
        let mut dialling = self.phone.call(number, TOLD);
        loop {
            match timeout(TOLD, dialling.next()).await.expect("the call goes on") {
                DialEvent::Answered(leg) => return Line::new(leg, self.tone),
                DialEvent::Failed(failure) => panic!("the call failed: {failure:?}"),
                DialEvent::Ringing | DialEvent::EarlyMedia(_) => {}
            }
        }
    }

    async fn rings(&mut self) -> Arrival {
        timeout(TOLD, self.arrivals.recv()).await.expect("the phone rings").unwrap()
    }

    pub(super) async fn picks_up(&mut self) -> Line {
        let leg = self.rings().await.answer().await.unwrap();
        Line::new(leg, self.tone)
    }

    /// And which number was called.
    pub(super) async fn picks_up_as(&mut self) -> (String, Line) {
        let arrival = self.rings().await;
        let dialled = arrival.dialled.clone();
        (dialled, Line::new(arrival.answer().await.unwrap(), self.tone))
    }

    pub(super) async fn rejects(&mut self) {
        self.rings().await.refuse(Refusal::Busy);
    }

    pub(super) async fn rings_only(&mut self) -> Arrival {
        let arrival = self.rings().await;
        arrival.ring();
        arrival
    }

    pub(super) async fn answers(&self, ringing: Arrival) -> Line {
        Line::new(ringing.answer().await.unwrap(), self.tone)
    }

    /// Hangs up whatever is open.
    pub(super) async fn close(self) {
        self.phone.close().await;
    }
}

impl Line {
    fn new(leg: Leg, tone: u32) -> Self {
        let (heard, (told, grown)) = (Arc::<Mutex<Vec<i16>>>::default(), watch::channel(0));
        let mut sound = leg.listen().expect("the call is up");
        let keep = heard.clone();
        tokio::spawn(async move {
            while let Some(pcm) = sound.recv().await {
                let mut heard = keep.lock().unwrap();
                heard.extend(pcm);
                told.send_replace(heard.len());
            }
        });
        let line = Self { leg, heard, grown };
        if tone != CITIZEN {
            line.says(tone);
        }
        line
    }

    pub(super) fn says(&self, tone: u32) {
        let sample = |n: u32| {
            let at = f64::from(n % 8_000) / 8_000.0 * f64::from(tone) * std::f64::consts::TAU;
            (at.sin() * LOUD) as i16
        };
        let pcm: Vec<i16> = (0..8_000 * 170).map(sample).collect();
        self.leg.play(1, vec![Sound::from_pcm(&pcm)]);
    }

    /// Waits until a prompt, or several without a gap, has been heard to its end.
    pub(super) async fn prompt(&mut self) {
        self.prompt_before(GAP).await;
    }

    /// As `prompt`, which has ended when nothing came for so long.
    pub(super) async fn prompt_before(&mut self, gap: Duration) {
        let start = *self.grown.borrow_and_update();
        let heard = timeout(TOLD, async {
            while *self.grown.borrow() < start + 5 * 160 {
                self.grown.changed().await.expect("the call is up");
            }
            while timeout(gap, self.grown.changed()).await.is_ok_and(|grown| grown.is_ok()) {}
        });
        heard.await.expect("a prompt");
    }

    /// Waits until these tones are heard, and no others.
    pub(super) async fn hears(&mut self, tones: &[u32]) {
        let hearing = timeout(TOLD, async {
            loop {
                self.grown.changed().await.expect("the call is up");
                let found = self.last(WINDOW).map(|window| tones_in(&window));
                if found.is_some_and(|found| found == Some(tones.to_vec())) {
                    return;
                }
            }
        });
        if hearing.await.is_err() {
            let last = self.last(WINDOW).unwrap_or_default();
            let found: Vec<_> = ALL.iter().map(|tone| (tone, level(&last, *tone) as i32)).collect();
            panic!("{tones:?} were not heard: {found:?}");
        }
    }

    /// Waits until it rings at the other end: 400 Hz that 25 Hz beat, and nothing else.
    pub(super) async fn hears_ringing(&mut self) {
        let rings = |window: &[i16]| {
            let power = |level: f64| level * level / 2.0;
            let tone: f64 = [375, 400, 425].map(|hz| power(level(window, hz))).iter().sum();
            let all = window.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>();
            tone > power(PRESENT) && tone > 0.9 * all / window.len() as f64
        };
        let hearing = timeout(TOLD, async {
            while !self.last(WINDOW).is_some_and(|window| rings(&window)) {
                self.grown.changed().await.expect("the call is up");
            }
        });
        hearing.await.expect("it rings");
    }

    /// Listens for a second from now on, in which this tone must not be.
    pub(super) async fn does_not_hear(&mut self, tone: u32) {
        let start = self.heard.lock().unwrap().len();
        let heard = timeout(TOLD, async {
            while *self.grown.borrow_and_update() < start + QUIET {
                self.grown.changed().await.expect("the call is up");
            }
        });
        heard.await.expect("something is heard all the time");
        let heard = self.heard.lock().unwrap()[start..].to_vec();
        for window in heard.chunks_exact(WINDOW) {
            let level = level(window, tone);
            assert!(level < PRESENT, "{tone} Hz was heard at {level}");
        }
    }

    fn last(&self, samples: usize) -> Option<Vec<i16>> {
        let heard = self.heard.lock().unwrap();
        Some(heard[heard.len().checked_sub(samples)?..].to_vec())
    }

    pub(super) fn press(&self, keys: &str) {
        self.leg.send_digits(keys);
    }

    /// Presses the transfer key: blind to this phone, or to the far side of the other call.
    pub(super) fn refers(&self, to: &str, other: Option<&Line>) {
        self.leg.ask_transfer(to, other.map(|other| &other.leg));
    }

    pub(super) fn hang_up(self) {
        drop(self.leg);
    }

    /// Waits until the helpline hangs up.
    pub(super) async fn ends(&mut self) {
        let ending = timeout(TOLD, async {
            loop {
                if let LegEvent::Ended(ended) = self.leg.next().await {
                    return ended;
                }
            }
        });
        assert_eq!(ending.await.expect("the call ends"), Ended::ByPeer);
    }
}

/// None when a tone is neither there nor not there: somebody begins or ends in this window.
fn tones_in(window: &[i16]) -> Option<Vec<u32>> {
    let levels = ALL.map(|tone| (tone, level(window, tone)));
    let clear = levels.iter().all(|(_, level)| !(ABSENT..PRESENT).contains(level));
    let there = levels.iter().filter(|(_, level)| *level >= PRESENT).map(|(tone, _)| *tone);
    clear.then(|| there.collect())
}

/// In how many windows of a sound this tone is.
pub(super) fn windows_of(tone: u32, sound: &[i16]) -> usize {
    sound.chunks_exact(WINDOW).filter(|window| level(window, tone) >= PRESENT).count()
}

/// The amplitude of one tone.
fn level(window: &[i16], tone: u32) -> f64 {
    let step = f64::from(tone) / 8_000.0 * std::f64::consts::TAU;
    let (mut real, mut imaginary) = (0.0, 0.0);
    for (n, sample) in window.iter().enumerate() {
        let (sin, cos) = (n as f64 * step).sin_cos();
        real += f64::from(*sample) * cos;
        imaginary += f64::from(*sample) * sin;
    }
    2.0 * real.hypot(imaginary) / window.len().max(1) as f64
}

/// An agent or a supervisor: a registered telephone, a console, and the verbs.
pub(super) struct Desk {
    pub(super) phone: Telephone,
    pub(super) agents: AgentServiceClient<Signed>,
    pub(super) calls: ConversationServiceClient<Signed>,
    console: Streaming<v1::WatchConsoleResponse>,
}

impl Desk {
    /// `host` tells the desks of one test apart.
    pub(super) async fn open(
        server: &Server,
        (login, user, password): (&str, &str, &str),
        (host, tone): (u8, u32),
    ) -> Self {
        let local = server.network.at(host, 5_060);
        let phone = Telephone::open(server, local, user, tone).await;
        phone.phone.register(password, "helpline181", 60).await.unwrap();
        if login != "agent" {
            let put = v1::PutAgentRequest {
                request_id: format!("put-{login}"),
                login: login.to_owned(),
                phone: user.to_owned(),
                skills: "language:hi=3 language:en=3".to_owned(),
            };
            let mut supervisor = AgentServiceClient::new(server.api.signed("supervisor"));
            supervisor.put_agent(put).await.unwrap();
        }
        let mut agents = AgentServiceClient::new(server.api.signed(login));
        let calls = ConversationServiceClient::new(server.api.signed(login));
        let console = agents.watch_console(v1::WatchConsoleRequest::default()).await.unwrap();
        let mut desk = Self { phone, agents, calls, console: console.into_inner() };
        desk.state(|state| state.unready != "no_phone").await;
        desk
    }

    pub(super) async fn agent(server: &Server) -> Self {
        let mut desk = Self::open(server, ("agent", "agent", "agent"), (11, AGENT)).await;
        desk.available().await;
        desk
    }

    /// The sample feedback caller, as a second agent who takes no calls of the queue's.
    pub(super) async fn other(server: &Server) -> Self {
        Self::open(server, ("caller", "desk1", "open-sesame"), (12, OTHER)).await
    }

    pub(super) async fn supervisor(server: &Server) -> Self {
        Self::open(server, ("supervisor", "desk2", "open-sesame"), (13, THIRD)).await
    }

    pub(super) async fn available(&mut self) {
        let request = v1::SetIntentRequest { intent: Intent::Available.into(), break_reason: 0 };
        self.agents.set_intent(request).await.unwrap();
        self.state(|state| state.intent() == Intent::Available && state.unready.is_empty()).await;
    }

    pub(super) async fn told<T>(&mut self, wanted: impl Fn(&Event) -> Option<T>) -> T {
        let reading = async {
            loop {
                let told = self.console.message().await.unwrap().expect("the console stays open");
                if let Some(found) = told.event.as_ref().and_then(&wanted) {
                    return found;
                }
            }
        };
        timeout(TOLD, reading).await.expect("the console is told")
    }

    pub(super) async fn state(&mut self, wanted: impl Fn(&v1::AgentState) -> bool) {
        self.told(|event| match event {
            Event::State(state) if wanted(state) => Some(()),
            _ => None,
        })
        .await;
    }

    pub(super) async fn wraps_up(&mut self) {
        self.state(|state| state.activity() == Activity::WrapUp).await;
    }

    pub(super) async fn connected(&mut self) -> v1::Caller {
        self.told(|event| match event {
            Event::Connected(caller) => Some(caller.clone()),
            _ => None,
        })
        .await
    }

    /// What the console is told of guests: the kind, and the one it is about.
    pub(super) async fn guest(&mut self, kind: &str) -> v1::GuestNews {
        self.told(|event| match event {
            Event::Guest(news) if news.kind == kind => Some(news.clone()),
            _ => None,
        })
        .await
    }
}

/// A citizen and the agent talk, and hear each other.
pub(super) async fn talk(server: &Server, desk: &mut Desk) -> (Telephone, Line, Line) {
    let local = SocketAddr::new(server.network.trunk(), 5_070);
    let citizen = Telephone::open(server, local, "9000001601", CITIZEN).await;
    let mut caller = citizen.asks_for_a_person().await;
    let mut agent = desk.phone.picks_up().await;
    desk.connected().await;
    caller.says(CITIZEN);
    caller.hears(&[AGENT]).await;
    agent.hears(&[CITIZEN]).await;
    (citizen, caller, agent)
}
