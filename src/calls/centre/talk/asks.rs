//! What agents, supervisors and the lead's phone ask of a conversation.

use std::time::Duration;

use tokio::time::Instant;

use super::seats::Seats;
use crate::{
    acd::{
        AgentId, Event, Priority, Want,
        conversation::{Apart, EarMode, Happened, NotNow, Party},
    },
    app::agents::supervision::{self, Ended as SupervisionEnded},
    calls::centre::{call_back::Shared, command::Command, transfers},
    domain::phone::Phone,
    telephony::{Dial, Dialling, Leg, PickUp, Ring, Transfer, TransferWish},
};

/// How long a phone rings that somebody is sent to or asked in at.
const GUEST_RINGS: Duration = Duration::from_secs(20);

pub(in crate::calls::centre) type Answer = Result<(), NotNow>;

/// Somebody who may be brought in, and where the phone is. Made in `transfers` alone, behind the permission.
#[derive(Clone, Debug)]
pub(in crate::calls::centre) struct Target {
    pub(in crate::calls::centre) party: Party,
    pub(in crate::calls::centre) way: Way,
    /// What consoles say of them.
    pub(in crate::calls::centre) shown: String,
    /// What their phone shows of the call.
    pub(in crate::calls::centre) caller: String,
}

#[derive(Clone, Debug)]
pub(in crate::calls::centre) enum Way {
    /// The phones of an account.
    Desk(String),
    /// A registered mobile, by the trunk.
    Mobile(Phone),
}

impl Target {
    pub(in crate::calls::centre) fn ring(&self, shared: &Shared) -> Dialling {
        match &self.way {
            Way::Desk(account) => shared.telephony.ring(Ring {
                account: account.clone(),
                caller: self.caller.clone(),
                ring_timeout: GUEST_RINGS,
                pick_up: PickUp::ByHand,
            }),
            Way::Mobile(phone) => {
                let (trunks, number) = (shared.trunks.clone(), phone.reveal().to_owned());
                shared.telephony.dial(Dial::new(trunks, number, shared.ring_timeout))
            }
        }
    }
}

/// A supervisor's listening, with what its end is written to.
#[derive(Debug)]
pub(in crate::calls::centre) struct Supervision {
    pub(in crate::calls::centre) target: Target,
    /// The account whose audit has its beginning.
    pub(in crate::calls::centre) by: i64,
    pub(in crate::calls::centre) call: String,
    /// When the supervisor's phone was picked up.
    pub(in crate::calls::centre) heard_since: Option<Instant>,
}

#[derive(Debug)]
pub(in crate::calls::centre) enum Ask {
    Transfer {
        target: Target,
        by_phone: bool,
    },
    SendBack {
        wants: Vec<Want>,
        by_phone: bool,
    },
    Invite {
        target: Target,
        apart: bool,
    },
    /// The lead's phone has called the target by itself: this is that leg.
    Consult {
        target: Target,
        leg: Leg,
    },
    Join,
    HandOver,
    DropGuest,
    Supervise {
        supervision: Supervision,
        mode: EarMode,
    },
    EndSupervision,
    /// Where the phone wanted its caller to go, nobody goes.
    NoTransfer,
}

impl Ask {
    /// What the phone that rings for it shows of the citizen.
    pub(in crate::calls::centre) fn show(&mut self, caller: String) {
        match self {
            Self::Transfer { target, .. }
            | Self::Invite { target, .. }
            | Self::Consult { target, .. } => target.caller = caller,
            Self::Supervise { supervision, .. } => supervision.target.caller = caller,
            Self::SendBack { .. }
            | Self::Join
            | Self::HandOver
            | Self::DropGuest
            | Self::EndSupervision
            | Self::NoTransfer => {}
        }
    }

    /// Which agent's phone would ring for it.
    pub(in crate::calls::centre) fn rings(&self) -> Option<AgentId> {
        match self {
            Self::Transfer { target, .. }
            | Self::Invite { target, .. }
            | Self::Consult { target, .. } => target.party.agent(),
            Self::SendBack { .. }
            | Self::Join
            | Self::HandOver
            | Self::DropGuest
            | Self::Supervise { .. }
            | Self::EndSupervision
            | Self::NoTransfer => None,
        }
    }
}

impl Seats<'_> {
    pub(super) async fn asked(&mut self, by: AgentId, ask: Ask) -> Answer {
        let of_lead = !matches!(ask, Ask::Supervise { .. } | Ask::EndSupervision);
        if of_lead && !self.leads(by) {
            return Err(NotNow::NotYours);
        }
        match ask {
            Ask::Transfer { target, by_phone } => {
                let party = target.party;
                self.bring(target, Happened::Send(party)).await?;
                self.accepted(by_phone);
                Ok(())
            }
            Ask::SendBack { wants, by_phone } => {
                if by_phone && let Some(lead) = &self.lead {
                    lead.leg.answer_transfer(Transfer::Done);
                }
                self.take(Happened::SendBack).await?;
                let (caller, priority) = (self.caller, Priority::default());
                self.tell(Event::SentBack { caller, wants, priority }).await;
                Ok(())
            }
            Ask::Invite { target, apart } => {
                let apart = if apart { Apart::ByUs } else { Apart::No };
                let invite = Happened::Invite { who: target.party, apart };
                self.bring(target, invite).await
            }
            Ask::Consult { target, leg } => {
                let invite = Happened::Invite { who: target.party, apart: Apart::ByPhone };
                self.second = Some(leg.into());
                let done = self.bring(target, invite).await;
                if done.is_err() {
                    self.end_second();
                }
                done
            }
            Ask::Join => self.take(Happened::Join).await,
            Ask::HandOver => self.take(Happened::HandOver).await,
            Ask::DropGuest => self.take(Happened::DropGuest).await,
            Ask::Supervise { supervision, mode } => {
                let known = self.supervision.is_some();
                let supervise = Happened::Supervise { by, mode };
                // Rung by what is kept here; a change of the way to listen rings nobody.
                if !known {
                    self.supervision = Some(supervision);
                }
                let done = self.take(supervise).await;
                if done.is_err() && !known {
                    self.supervision = None;
                }
                done
            }
            Ask::EndSupervision => {
                let listens = self.conversation.ear.is_some_and(|ear| ear.by == by);
                if !listens {
                    return Err(NotNow::NotListening);
                }
                self.take(Happened::EarGone).await
            }
            Ask::NoTransfer => {
                if let Some(lead) = &self.lead {
                    lead.leg.answer_transfer(Transfer::Refused);
                }
                Ok(())
            }
        }
    }

    /// Brings somebody in, or sends the citizen there.
    async fn bring(&mut self, target: Target, what: Happened) -> Answer {
        if self.conversation.guest().is_some() {
            return Err(NotNow::Full);
        }
        self.unhold().await;
        self.target = Some(target);
        self.take(what).await
    }

    fn accepted(&mut self, by_phone: bool) {
        if by_phone && let Some(lead) = &self.lead {
            lead.leg.answer_transfer(Transfer::Accepted);
            self.sent_by_phone = true;
        }
    }

    /// The lead's phone wants its caller to go somewhere: to the one it consults, or to whom it names.
    pub(super) async fn phone_sends(&mut self, wish: TransferWish) {
        let Some(agent) = self.conversation.lead.agent() else {
            return self.refuse_transfer();
        };
        match wish.replaces {
            Some(call_id) => {
                let second = self.second.as_ref().map(|second| second.leg.call_id());
                if second != Some(call_id.as_str()) {
                    return self.refuse_transfer();
                }
                self.accepted(true);
                self.happened(Happened::HandOver).await;
            }
            None => {
                let looked_up = transfers::by_phone(
                    self.shared.clone(),
                    self.commands.clone(),
                    agent,
                    self.call.clone(),
                    wish.to,
                );
                tokio::spawn(looked_up);
            }
        }
    }

    fn refuse_transfer(&self) {
        if let Some(lead) = &self.lead {
            lead.leg.answer_transfer(Transfer::Refused);
        }
    }

    pub(super) fn supervision_began(&mut self) {
        if let Some(supervision) = &mut self.supervision {
            supervision.heard_since = Some(Instant::now());
        }
        self.sound_tone();
    }

    /// Writes that the listening is over; it is tried for as long as other things are that a call leaves behind.
    pub(super) fn supervision_ended(&mut self) {
        let Some(supervision) = self.supervision.take() else { return };
        let ended = SupervisionEnded {
            by: supervision.by,
            call: supervision.call,
            lasted: supervision.heard_since.map_or(Duration::ZERO, |since| since.elapsed()),
        };
        let app = self.shared.app.clone();
        tokio::spawn(async move { supervision::ended(&app, ended).await });
    }
}

impl Command {
    /// An ask whose answer nobody waits for.
    pub(in crate::calls::centre) fn ask(agent: AgentId, by: AgentId, ask: Ask) -> Self {
        let (answer, _) = tokio::sync::oneshot::channel();
        Self::Ask { agent, by, ask, answer }
    }
}
