//! The four seats of a conversation: citizen, lead, guest and a supervisor's ear, each with what its leg hears now.

use std::future::pending;

use tokio::sync::mpsc;

use super::{super::ringback, Parties, Talked, Target, asks::Supervision};
use crate::{
    acd::{
        AgentId, CallerId, Event,
        conversation::{Conversation, Do, Ending, Happened, Hears, News, NotNow, Queued, Seat},
    },
    calls::centre::{call_back::Shared, command::Command, offer, waiting::Citizen},
    dialogue::prompts,
    telephony::{
        Bridge, DialEvent, Dialling, Ended, Error, Leg, LegEvent, Place, Transfer, audio::Side,
    },
};

/// The ids of what legs other than the citizen's play.
const RINGBACK: u64 = 1;
const TONE: u64 = 2;

/// A leg with what it hears.
pub(super) struct Seated {
    pub(super) leg: Leg,
    hears: Hears,
}

impl From<Leg> for Seated {
    fn from(leg: Leg) -> Self {
        Self { leg, hears: Hears::Nothing }
    }
}

pub(super) struct Seats<'a> {
    pub(super) caller: CallerId,
    pub(super) call: String,
    pub(super) citizen: &'a mut Citizen,
    citizen_hears: Hears,
    pub(super) citizen_ended: Option<Ended>,
    pub(super) conversation: Conversation,
    pub(super) lead: Option<Seated>,
    /// Of the lead's own phone, which holds the citizen meanwhile and speaks with the guest.
    pub(super) second: Option<Seated>,
    pub(super) guest: Option<Seated>,
    pub(super) ear: Option<Seated>,
    pub(super) guest_rings: Option<Dialling>,
    pub(super) ear_rings: Option<Dialling>,
    /// Who is asked to be the guest.
    pub(super) target: Option<Target>,
    pub(super) supervision: Option<Supervision>,
    /// The lead's phone asked for the transfer, and is told how it goes.
    pub(super) sent_by_phone: bool,
    held: bool,
    /// Both were there when they were to hear each other.
    pub(super) joined: bool,
    pub(super) over: Option<Talked>,
    bridge: Bridge,
    /// Between the second leg and the guest.
    aside: Bridge,
    pub(super) shared: &'a Shared,
    pub(super) commands: &'a mpsc::Sender<Command>,
}

impl<'a> Seats<'a> {
    pub(super) fn new(
        citizen: &'a mut Citizen,
        parties: Parties,
        shared: &'a Shared,
        commands: &'a mpsc::Sender<Command>,
    ) -> Self {
        let Parties { caller, call, lead, lead_leg } = parties;
        let bridge = Bridge::default();
        if let Some(music) = citizen.sound(prompts::HOLD_MUSIC) {
            bridge.hold_music(music);
        }
        Self {
            caller,
            call,
            citizen,
            citizen_hears: Hears::Nothing,
            citizen_ended: None,
            conversation: Conversation::new(lead),
            lead: Some(lead_leg.into()),
            second: None,
            guest: None,
            ear: None,
            guest_rings: None,
            ear_rings: None,
            target: None,
            supervision: None,
            sent_by_phone: false,
            held: false,
            joined: false,
            over: None,
            bridge,
            aside: Bridge::default(),
            shared,
            commands,
        }
    }

    pub(super) fn leads(&self, agent: AgentId) -> bool {
        self.conversation.lead.agent() == Some(agent)
    }

    pub(super) async fn tell(&self, event: Event) {
        let _ = self.commands.send(Command::Event(event)).await;
    }

    /// For what nobody asked for; what the table refuses then has no meaning here.
    pub(super) async fn happened(&mut self, what: Happened) {
        let _ = self.take(what).await;
    }

    /// Lets the table decide, does it, and seats everybody anew.
    pub(super) async fn take(&mut self, what: Happened) -> Result<(), NotNow> {
        let before = self.conversation.outside();
        let todo = self.conversation.take(what)?;
        tracing::debug!(caller = self.caller.0, ?what, ?todo, "a conversation goes on");
        for one in todo {
            self.do_one(one).await;
        }
        if let Err(error) = self.seat_all() {
            // Of a leg that has just ended: its end is on the way.
            tracing::info!(caller = self.caller.0, %error, "a leg has no seat");
        }
        let after = self.conversation.outside();
        let call = self.caller;
        for &agent in before.iter().filter(|agent| !after.contains(agent)) {
            self.tell(Event::OutsideCallEnded { agent, call }).await;
        }
        for &agent in after.iter().filter(|agent| !before.contains(agent)) {
            self.tell(Event::OutsideCall { agent, call }).await;
        }
        Ok(())
    }

    /// Says that everybody lives who does.
    pub(super) async fn renew(&self) {
        let caller = self.caller;
        self.tell(Event::CitizenAlive { caller }).await;
        if self.lead.is_some() {
            self.tell(Event::AgentAlive { caller }).await;
        }
        for agent in self.conversation.outside() {
            self.tell(Event::OutsideCall { agent, call: caller }).await;
        }
    }

    async fn do_one(&mut self, one: Do) {
        let caller = self.caller;
        match one {
            Do::Ring(Seat::Guest, _) => {
                self.guest_rings = self.target.as_ref().map(|target| target.ring(self.shared));
            }
            Do::Ring(_, _) => {
                let supervision = self.supervision.as_ref();
                self.ear_rings = supervision.map(|it| it.target.ring(self.shared));
            }
            Do::End(seat) => self.end(seat).await,
            Do::Lead(seat) => self.leads_now(seat).await,
            Do::Tell(news) => self.tell_of_guest(news).await,
            Do::Queue(queued) => {
                self.tell(match queued {
                    Queued::CitizenLeft => Event::Left { caller },
                    Queued::Ended => Event::Ended { caller },
                    Queued::Lost => Event::AgentLost { caller },
                    Queued::Away => Event::Away { caller },
                    Queued::Passed(to) => Event::Passed { caller, to },
                    // The wishes of the one who sends back follow by `asks`.
                    Queued::SentBack => return,
                })
                .await;
            }
            Do::Over(ending) => {
                let ended = self.citizen_ended.take();
                self.over = Some(match ending {
                    Ending::CitizenLeft => Talked::CitizenLeft(ended.unwrap_or(Ended::ByUs)),
                    Ending::Ended => Talked::AgentEnded,
                    Ending::WaitsAgain => Talked::WaitsAgain,
                });
            }
        }
    }

    async fn end(&mut self, seat: Seat) {
        let leg = match seat {
            Seat::Lead => {
                self.end_second();
                self.lead.take()
            }
            Seat::Guest => {
                self.guest_rings = None;
                self.end_second();
                self.guest.take()
            }
            Seat::Ear => {
                self.ear_rings = None;
                self.supervision_ended();
                self.ear.take()
            }
        };
        if let Some(seated) = leg {
            self.hang_up(seated);
        }
    }

    pub(super) fn end_second(&mut self) {
        if let Some(second) = self.second.take() {
            self.hang_up(second);
        }
    }

    fn hang_up(&self, seated: Seated) {
        // Its seat may be wanted before it has ended.
        self.bridge.part(&seated.leg);
        self.aside.part(&seated.leg);
        self.citizen.tape.leave(&seated.leg);
        tokio::spawn(offer::end(seated.leg));
    }

    async fn leads_now(&mut self, seat: Seat) {
        self.end_second();
        self.lead = match seat {
            Seat::Guest => self.guest.take(),
            Seat::Ear => {
                self.supervision_ended();
                self.ear.take()
            }
            Seat::Lead => return,
        };
        self.sent_by_phone = false;
        self.held = false;
        if let Some(ear) = &mut self.ear {
            // Who is whispered to is another one now.
            ear.hears = Hears::Nothing;
        }
    }

    /// By the lead's console.
    pub(super) async fn hold(&mut self, hold: bool) {
        let Some(lead) = &self.lead else { return };
        let caller = self.caller;
        self.held = hold;
        if hold {
            self.bridge.hold(&lead.leg);
            self.tell(Event::Held { caller }).await;
        } else {
            self.bridge.resume(&lead.leg);
            self.tell(Event::Unheld { caller }).await;
        }
    }

    /// Who sends a citizen on or asks somebody in holds nobody any more: the stage says who hears what.
    pub(super) async fn unhold(&mut self) {
        if self.held {
            self.hold(false).await;
        }
    }

    async fn tell_of_guest(&mut self, news: News) {
        let Some(who) = self.target.as_ref().map(|target| target.shown.clone()) else { return };
        let lead = self.lead.as_ref().filter(|_| self.sent_by_phone);
        if let Some(lead) = lead {
            match news {
                News::Done => lead.leg.answer_transfer(Transfer::Done),
                News::Failed | News::Parted => lead.leg.answer_transfer(Transfer::Failed(480)),
                News::Asked | News::Joined => {}
            }
        }
        if matches!(news, News::Failed | News::Parted) {
            self.sent_by_phone = false;
        }
        let to = match news {
            News::Asked => self.conversation.guest(),
            News::Done | News::Failed | News::Joined | News::Parted => Some(self.conversation.lead),
        };
        if let Some(agent) = to.and_then(|party| party.agent()) {
            let told = Command::Tell { agent, caller: self.caller, news, who };
            let _ = self.commands.send(told).await;
        }
    }

    pub(super) fn note_ringing(&self) {
        if let Some(lead) = self.lead.as_ref().filter(|_| self.sent_by_phone) {
            lead.leg.answer_transfer(Transfer::Ringing);
        }
    }

    pub(super) fn music_again(&mut self) {
        if self.citizen_hears == Hears::Music {
            self.citizen.music();
        }
    }

    pub(super) fn ringback_again(&self) {
        for seated in [&self.lead, &self.second].into_iter().flatten() {
            if seated.hears == Hears::Ringback {
                seated.leg.play(RINGBACK, vec![ringback::sound()]);
            }
        }
    }

    /// A short tone tells the agent that somebody listens, where the helpline wants that.
    pub(super) fn sound_tone(&self) {
        if let Some(lead) = self.lead.as_ref().filter(|_| self.shared.supervision_tone) {
            lead.leg.play(TONE, vec![ringback::tone()]);
        }
    }

    /// Gives each leg what the stage wants it to hear. Who leaves the bridge goes before who comes.
    pub(super) fn seat_all(&mut self) -> Result<(), Error> {
        let hearing = self.conversation.hearing();
        let bridge = &self.bridge;
        if hearing.citizen != Hears::Talk {
            bridge.part(&self.citizen.leg);
        }
        let legs = [(&self.lead, hearing.lead), (&self.guest, hearing.guest)];
        for (seated, hears) in legs {
            if let Some(seated) = seated.as_ref().filter(|_| hears != Hears::Talk) {
                bridge.part(&seated.leg);
            }
        }
        match hearing.citizen {
            Hears::Talk => {
                if self.citizen_hears == Hears::Music {
                    self.citizen.quiet();
                }
                self.bridge.add(&self.citizen.leg, Place::Talk)?;
            }
            Hears::Music if self.citizen_hears != Hears::Music => self.citizen.music(),
            _ => {}
        }
        self.citizen_hears = hearing.citizen;
        let (bridge, aside) = (&self.bridge, &self.aside);
        put(bridge, aside, &mut self.lead, hearing.lead, None)?;
        put(bridge, aside, &mut self.second, hearing.second, None)?;
        put(bridge, aside, &mut self.guest, hearing.guest, None)?;
        let lead = self.lead.as_ref().map(|lead| &lead.leg);
        put(bridge, aside, &mut self.ear, hearing.ear, lead)?;
        self.tape();
        Ok(())
    }

    /// Records the citizen and whoever the citizen hears.
    fn tape(&mut self) {
        let hearing = self.conversation.hearing();
        let citizen = &mut *self.citizen;
        let ours =
            [(&self.lead, hearing.lead), (&self.guest, hearing.guest), (&self.ear, hearing.ear)];
        citizen.tape.seat(&citizen.leg, Side::Left, hearing.citizen == Hears::Talk);
        for (seated, hears) in ours {
            if let Some(seated) = seated {
                citizen.tape.seat(&seated.leg, Side::Right, hears == Hears::Talk);
            }
        }
    }

    /// The citizen has heard what was played.
    pub(super) fn noticed(&mut self, play: u64) {
        if self.citizen.tape.waits() {
            self.citizen.tape.played(play);
            self.tape();
        }
    }

    /// Who waits again for somebody goes on in the same recording.
    pub(super) fn untape(&mut self, talked: &Talked) {
        match talked {
            Talked::WaitsAgain => self.citizen.tape.leave(&self.citizen.leg),
            Talked::CitizenLeft(_) | Talked::AgentEnded => self.citizen.tape.finish(),
        }
    }
}

fn put(
    bridge: &Bridge,
    aside: &Bridge,
    seated: &mut Option<Seated>,
    hears: Hears,
    lead: Option<&Leg>,
) -> Result<(), Error> {
    let Some(Seated { leg, hears: before }) = seated else { return Ok(()) };
    if *before == hears {
        return Ok(());
    }
    if *before == Hears::Ringback {
        leg.stop();
    }
    if *before == Hears::Aside {
        aside.part(leg);
    }
    *before = hears;
    match (hears, lead) {
        (Hears::Talk, _) => bridge.add(leg, Place::Talk),
        (Hears::Whisper, Some(lead)) => bridge.add(leg, Place::WhisperTo(lead)),
        (Hears::Listen | Hears::Whisper, _) => bridge.add(leg, Place::Listen),
        (Hears::Aside, _) => aside.add(leg, Place::Talk),
        (Hears::Ringback, _) => {
            leg.play(RINGBACK, vec![ringback::sound()]);
            Ok(())
        }
        (Hears::Nothing | Hears::Music, _) => Ok(()),
    }
}

/// The next event of a leg that is there. Safe to drop while it waits.
pub(super) async fn next_of(seated: &mut Option<Seated>) -> LegEvent {
    match seated {
        Some(seated) => seated.leg.next().await,
        None => pending().await,
    }
}

/// The next event of a phone that rings. Safe to drop while it waits.
pub(super) async fn next_ring(rings: &mut Option<Dialling>) -> DialEvent {
    match rings {
        Some(rings) => rings.next().await,
        None => pending().await,
    }
}
