//! The live call: runs a dialogue over a line, inbound, dialled, or held by an external IVR.

pub mod centre;
pub mod converse;
pub mod prompts;

mod asks;
mod disk;
mod evidence;
mod external;
mod inbound;
mod journal;
mod leases;
mod line;
mod outbound;
mod recordings;
mod run;
pub mod script;
mod spool;
mod tape;
mod trunks;
mod under_way;

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

pub use disk::Disk;
pub use external::{Error, Start};

use crate::{
    app::{App, agents, verification::line as held_line},
    calls::prompts::Catalogue,
    dialogue::{AskId, Dialogue, talk::Question},
    domain::{actor::Actor, language::Language, verification::Topic},
    telephony::Telephony,
};
use asks::{Asks, Facts, REGISTERED, Way};
use centre::{Centre, Gone, HandOver, Handed, TALKED, Waiting};
use converse::Hub;
use journal::{Entry, Kept};
pub use leases::RENEW_EVERY;
use leases::{Leases, Spans};
use line::{EndedBy, Line, Sip};
pub use outbound::{NoPlace, Place};
pub use run::VERIFICATION_MAX;
use run::{Asker, Over, QUESTIONS_MAX, Told, Until};
use tape::Tape;
use under_way::{Under, UnderWay};

#[derive(Debug, Clone)]
pub struct Config {
    /// All live calls, however they came.
    pub calls_max: usize,
    /// Those of them that the helpline dials.
    pub dialled_max: usize,
    /// The trunks that verification calls go out by, in order.
    pub trunks: Vec<String>,
    pub ring_timeout: Duration,
    /// What our own phones dial to reach the helpline.
    pub numbers: Vec<String>,
    /// Whoever dials one of these, over a trunk or from a phone of ours, is on the officers' line.
    pub officer_numbers: Vec<String>,
    /// A call to one of these is turned away before it is answered and costs nothing; its citizen is rung back.
    pub missed_call_numbers: Vec<String>,
    /// Told to callers for whom there is no room.
    pub retry_after_s: u32,
    /// Holds recordings.
    pub recordings: PathBuf,
    /// The file of what could not be kept because the database was away.
    pub journal: PathBuf,
    /// How long the database is asked again before that.
    pub keep_trying: Duration,
    /// The digest of the prompts' manifest: the wording that evidence names.
    pub prompts_sha256: String,
    /// How often a call renews the leases of its rounds, at least.
    pub renew_every: Duration,
    /// How long a verification call may last, at most.
    pub verification_max: Duration,
}

/// How long a busy or absent database is asked again for what must be kept.
pub const KEEP_TRYING: Duration = Duration::from_secs(60);
/// What calls leave behind must be kept by then, once their lines are gone.
const KEEP_WAIT: Duration = Duration::from_secs(2);
/// Of what a call tells when its dialogue is over; nobody awaits a reply.
const LAST_ASK: AskId = AskId(u32::MAX);

/// The live calls of this process; cheap to clone.
#[derive(Clone)]
pub struct Calls(Arc<Shared>);

struct Shared {
    config: Config,
    app: Arc<App>,
    catalogue: Arc<Catalogue>,
    telephony: Option<Telephony>,
    /// Persons who take calls; without it who asks for one is rung back.
    centre: Option<Centre>,
    disk: Disk,
    hub: Hub,
    room: Arc<Semaphore>,
    dial_room: Arc<Semaphore>,
    under_way: UnderWay,
}

/// What belongs to a call that we made.
struct Dialled<'a> {
    under: &'a Under,
    tape: Option<Tape>,
    /// A feedback caller is to speak with whoever answers.
    persons: bool,
}

/// What a call took of the limits until everything that it leaves behind is kept.
#[derive(Debug)]
struct Room {
    _call: OwnedSemaphorePermit,
    _dialled: Option<OwnedSemaphorePermit>,
}

impl Calls {
    /// Without telephony only external IVRs hold lines.
    pub async fn open(
        config: Config,
        app: Arc<App>,
        catalogue: Arc<Catalogue>,
        telephony: Option<Telephony>,
        centre: Option<Centre>,
    ) -> io::Result<Self> {
        let disk = match &centre {
            Some(centre) => centre.disk().clone(),
            None => Disk::open(&config, app.clone()).await?,
        };
        let calls = Self(Arc::new(Shared {
            room: Arc::new(Semaphore::new(config.calls_max)),
            dial_room: Arc::new(Semaphore::new(config.dialled_max)),
            under_way: UnderWay::default(),
            config,
            app,
            catalogue,
            telephony,
            centre,
            // Lines of external IVRs end with it.
            hub: Hub::new(disk.closed.clone()),
            disk,
        }));
        let shared = &calls.0;
        let following = shared.under_way.clone();
        let following = following.follow(shared.app.clone(), shared.disk.closed.clone());
        shared.disk.tasks.spawn(following);
        if let Some(telephony) = shared.telephony.clone() {
            let (app, dialled) = (shared.app.clone(), shared.config.trunks.clone());
            let closed = shared.disk.closed.clone();
            shared.disk.tasks.spawn(trunks::follow(app, telephony, dialled, closed));
        }
        calls.take_up().await?;
        Ok(calls)
    }

    /// Keeps what an earlier process of this helpline left on its disk.
    async fn take_up(&self) -> io::Result<()> {
        let shared = &self.0;
        let Disk { recordings, journal, .. } = &shared.disk;
        let by = Actor::caller(None);
        for new in recordings.sweep().await? {
            let entry = Entry { by: by.clone(), kept: Kept::Recording(new) };
            if let Err(error) = entry.apply(&shared.app).await {
                tracing::warn!(%error, "the row of a crash's recording waits");
                journal.keep(&entry).await?;
            }
        }
        let waiting = journal.drain().await?;
        // What waits may say what became of them.
        if waiting == 0
            && let Err(error) = spool::forsake(&shared.app, &by, recordings.id()).await
        {
            tracing::warn!(%error, "rows of recordings without a file stay as they are");
        }
        Ok(())
    }

    /// None where there are no telephones.
    pub fn centre(&self) -> Option<&Centre> {
        self.0.centre.as_ref()
    }

    /// Calls that are live, or whose records are still being written.
    pub fn live(&self) -> usize {
        self.0.config.calls_max.saturating_sub(self.0.room.available_permits())
    }

    /// How many more calls may be dialled now.
    pub fn may_dial(&self) -> usize {
        self.0.dial_room.available_permits().min(self.0.room.available_permits())
    }

    /// Takes no new call, waits for the live ones to end and to be kept, at most until `drain`; false when some were left.
    /// Telephony is shut down by its owner and ends the legs.
    pub async fn close(&self, drain: Duration) -> bool {
        self.0.dial_room.close();
        let all = u32::try_from(self.0.config.calls_max).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.0.room);
        let mut ended = tokio::time::timeout(drain, room.acquire_many(all)).await.is_ok();
        self.0.disk.closed.cancel();
        if !ended {
            ended = tokio::time::timeout(KEEP_WAIT, room.acquire_many(all)).await.is_ok();
        }
        if !self.0.disk.close(KEEP_WAIT).await {
            tracing::warn!("rows of recordings were left for the next start");
        }
        if !ended {
            tracing::warn!(live = self.live(), "calls were left at the end");
        }
        self.0.room.close();
        ended
    }

    fn admit(&self) -> Option<Room> {
        let call = Arc::clone(&self.0.room).try_acquire_owned().ok()?;
        Some(Room { _call: call, _dialled: None })
    }

    fn admit_dialled(&self, place: OwnedSemaphorePermit) -> Option<Room> {
        let call = Arc::clone(&self.0.room).try_acquire_owned().ok()?;
        Some(Room { _call: call, _dialled: Some(place) })
    }

    fn asks(&self, facts: Facts, leases: Leases) -> Asks {
        let shared = &self.0;
        Asks::new(
            Arc::clone(&shared.app),
            shared.disk.recordings.clone(),
            shared.disk.keeping(),
            shared.config.prompts_sha256.clone(),
            facts,
            leases,
        )
    }

    /// Runs one answered call to its end, and keeps what it leaves behind; gives what it achieved.
    async fn converse_on(
        &self,
        line: Line,
        dialogue: Dialogue,
        facts: Facts,
        if_lost: Option<Told>,
        dialled: Option<Dialled<'_>>,
    ) -> &'static str {
        let (leases, spans) = (Leases::of(&facts.way), Spans::of(&self.0.app, &self.0.config));
        let talk = self.talk(line, dialogue, facts, if_lost, leases.clone(), dialled);
        tokio::select! {
            disposition = talk => disposition,
            never = leases.renew(&self.0.app, spans.renew_every) => match never {},
        }
    }

    async fn talk(
        &self,
        line: Line,
        dialogue: Dialogue,
        facts: Facts,
        if_lost: Option<Told>,
        leases: Leases,
        dialled: Option<Dialled<'_>>,
    ) -> &'static str {
        let persons = dialled.as_ref().is_some_and(|dialled| dialled.persons);
        let (under, tape) = dialled.map(|dialled| (dialled.under, dialled.tape)).unzip();
        let call = facts.call.clone();
        let (phone, reached) = (facts.phone.clone(), facts.phone.clone());
        let rung = match &facts.way {
            Way::Inbound { .. } => None,
            Way::Dialled { citizen, rounds } => Some((*citizen, held_line::of_order(rounds))),
        };
        let lead = match &facts.way {
            Way::Dialled { rounds, .. } if persons => {
                rounds.iter().find(|round| round.lead && round.topic == Topic::Resolution).cloned()
            }
            Way::Inbound { .. } | Way::Dialled { .. } => None,
        };
        let until = Until {
            longest: match facts.way {
                Way::Inbound { .. } => None,
                Way::Dialled { .. } => Some(Spans::of(&self.0.app, &self.0.config).talk),
            },
            settled: under.map(Under::over).unwrap_or_default(),
            language: facts.language,
        };
        let language = facts.language;
        let (questions, told) = mpsc::channel(QUESTIONS_MAX);
        let (answers, replies) = mpsc::channel(QUESTIONS_MAX);
        let asks =
            self.asks(facts, leases).recorded(tape.flatten()).under_way(under.map(Under::own));
        let answering = tokio::spawn(asks.serve(told, answers));
        let last = questions.clone();
        let asker = Asker { questions, replies };
        let greeted = match lead {
            Some(lead) => {
                let who = HandOver {
                    token: Some(lead.token),
                    ..self.handing(&call, (lead.case, lead.round), rung.clone(), &last)
                };
                // Rare and large: no call carries it along.
                Box::pin(self.greet(line, HandOver { phone: phone.clone(), language, ..who })).await
            }
            None => Ok(line),
        };
        let (ended_by, gone) = match greeted {
            // The dialogue has nothing to ask any more.
            Err(over) => {
                drop(asker);
                over
            }
            Ok(mut line) => match run::run(&call, &mut line, dialogue, asker, until).await {
                Over::Ended(by) => {
                    drop(line);
                    (by, None)
                }
                Over::ToQueue { reason, language } => {
                    let last = last.clone();
                    let owed = Box::new(move |reason| {
                        // There is always room: the dialogue has asked its last.
                        let question = Question::CallBack(reason);
                        let _ = last.try_send(Told::Question { id: LAST_ASK, question });
                    });
                    let who = Waiting { call: call.clone(), phone, language, reason, owed };
                    self.hand_over(line, who).await
                }
                Over::ToCaller { case, round, language } => {
                    // There is always room, as above. What the dialogue recorded ends before a person speaks.
                    let _ = last.try_send(Told::TapeEnds);
                    let who = self.handing(&call, (case.id(), round), rung, &last);
                    Box::pin(self.to_caller(line, HandOver { phone, language, ..who })).await
                }
            },
        };
        if let (EndedBy::Lost, Some(told)) = (ended_by, if_lost) {
            // There is always room: the call has asked its last.
            let _ = last.try_send(told);
        }
        drop(last);
        match answering.await {
            Ok(mut asks) => {
                if let Some(under) = under {
                    asks.settled_elsewhere(&under.settled());
                }
                let achieved = asks.finish(ended_by, gone.map(|gone| gone.disposition)).await;
                if let (Some(centre), Some(phone), REGISTERED) = (&self.0.centre, reached, achieved)
                {
                    // A centre that is too busy to hear it rings a citizen who has been served.
                    let _ = centre.reached(agents::citizen_key(&self.0.app, &phone));
                }
                achieved
            }
            Err(error) => {
                tracing::error!(call, %error, "the questions of a call were not worked off");
                "NONE"
            }
        }
    }

    /// About a round of a call that we made.
    fn handing(
        &self,
        call: &str,
        (case, round): (i64, i64),
        rung: Option<(i64, Option<String>)>,
        asks: &mpsc::Sender<Told>,
    ) -> HandOver {
        let (citizen, held) = rung.unwrap_or_default();
        let asks = asks.clone();
        // There is always room: the dialogue asks nothing meanwhile.
        let taken = move || {
            let _ = asks.try_send(Told::TapeEnds);
            let _ = asks.try_send(Told::CallerHas { case, round });
        };
        HandOver {
            call: call.to_owned(),
            citizen,
            phone: None,
            language: Language::Hindi,
            case,
            round,
            token: None,
            line: held.unwrap_or_default(),
            taken: Box::new(taken),
        }
    }

    /// Whoever answered speaks with a feedback caller who is free at once. Without one the line is the dialogue's.
    async fn greet(&self, line: Line, who: HandOver) -> Result<Line, (EndedBy, Option<Gone>)> {
        let shared = &self.0;
        let (sip, centre) = match (line, &shared.centre) {
            (Line::Sip(sip), Some(centre)) => (sip, centre),
            (line, _) => return Ok(line),
        };
        let call = who.call.clone();
        let handed = centre.find_person(sip.into_leg(), who).await;
        let (app, waited) = (shared.app.clone(), !matches!(handed, Handed::Talked(_)));
        shared.disk.tasks.spawn(async move {
            if let Err(error) = app.handed(waited).await {
                tracing::warn!(%error, "a call that was made for a person is not counted");
            }
        });
        match handed {
            Handed::Talked(ended_by) => {
                Err((ended_by, Some(Gone { ended_by, disposition: TALKED })))
            }
            Handed::Left(ended_by) => Err((ended_by, None)),
            Handed::Nobody(leg) => {
                let spool = shared.disk.recordings.spool();
                Ok(Line::Sip(Sip::new(leg, shared.catalogue.clone(), spool, call)))
            }
        }
    }

    /// A citizen whom we rang speaks with a feedback caller, or hears that one will ring.
    async fn to_caller(&self, line: Line, who: HandOver) -> (EndedBy, Option<Gone>) {
        match (line, &self.0.centre) {
            (Line::Sip(sip), Some(centre)) => centre.speak_to_person(sip.into_leg(), who).await,
            (mut line, _) => {
                tracing::error!(call = who.call, "nobody is there to take a citizen over");
                line.hang_up();
                (EndedBy::Failed, None)
            }
        }
    }

    /// The rest of the call is the call centre's.
    async fn hand_over(&self, line: Line, who: Waiting) -> (EndedBy, Option<Gone>) {
        let shared = &self.0;
        match (line, &shared.centre) {
            (Line::Sip(sip), Some(centre)) => {
                let gone = centre.wait(&shared.app, &shared.catalogue, sip.into_leg(), who).await;
                (gone.ended_by, Some(gone))
            }
            (mut line, _) => {
                tracing::error!(call = who.call, "nobody is there to take a caller over");
                line.hang_up();
                (EndedBy::Failed, None)
            }
        }
    }
}

/// A call's id: unique over all nodes, and nothing that a caller chose.
fn call_id() -> String {
    let mut bytes = [0_u8; 12];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    recordings::hex(&bytes)
}
