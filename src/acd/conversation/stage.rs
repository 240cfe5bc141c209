//! The table of a conversation: every stage with everything that can happen to its lead and its guest.

use super::{Apart, Conversation, Do, Ending, Happened, News, NotNow, Party, Queued, Seat, Stage};

use Seat::{Ear, Guest, Lead};

impl Conversation {
    pub(super) fn moves(&mut self, what: Happened) -> Result<Vec<Do>, NotNow> {
        let (stage, todo) = match (self.stage, what) {
            (Stage::Over, _) => return Err(NotNow::Over),
            (_, Happened::CitizenLeft) => return Ok(self.over(Ending::CitizenLeft)),

            (Stage::Talk, Happened::LeadLeft) => return Ok(self.over(Ending::Ended)),
            (Stage::Talk, Happened::LeadLost) => return Ok(self.over(Ending::WaitsAgain)),
            (Stage::Talk, Happened::Send(to)) => {
                self.may_ask(to)?;
                (Stage::Sending { to }, vec![Do::Tell(News::Asked), Do::Ring(Guest, to)])
            }
            (Stage::Talk, Happened::Invite { who, apart }) => {
                self.may_ask(who)?;
                let rings = vec![Do::Tell(News::Asked), Do::Ring(Guest, who)];
                (Stage::Inviting { who, apart }, rings)
            }
            (Stage::Talk, Happened::SendBack) => {
                self.stage = Stage::Over;
                self.ear = None;
                return Ok(vec![
                    Do::End(Ear),
                    Do::End(Lead),
                    Do::Queue(Queued::SentBack),
                    Do::Over(Ending::WaitsAgain),
                ]);
            }
            (Stage::Talk, Happened::Join | Happened::HandOver | Happened::DropGuest) => {
                return Err(NotNow::Nobody);
            }
            // Of a guest who has been let go.
            (
                Stage::Talk,
                Happened::GuestAnswered | Happened::GuestFailed | Happened::GuestLeft,
            ) => (Stage::Talk, vec![Do::End(Guest)]),

            (Stage::Sending { to }, Happened::LeadLeft | Happened::LeadLost) => {
                (Stage::Sent { to }, [vec![Do::End(Lead)], self.lead_goes()].concat())
            }
            (Stage::Sending { to } | Stage::Sent { to }, Happened::GuestAnswered) => {
                return Ok(self.led_by(to));
            }
            (Stage::Sending { .. }, Happened::GuestFailed | Happened::GuestLeft) => {
                (Stage::Talk, vec![Do::End(Guest), Do::Tell(News::Failed)])
            }
            (Stage::Sending { .. }, Happened::DropGuest) => {
                (Stage::Talk, vec![Do::End(Guest), Do::Tell(News::Failed)])
            }
            (Stage::Sending { to }, Happened::Join) => {
                (Stage::Inviting { who: to, apart: Apart::No }, vec![])
            }
            (Stage::Sending { to }, Happened::HandOver) => (Stage::Sending { to }, vec![]),

            (Stage::Sent { .. }, Happened::GuestFailed | Happened::GuestLeft) => {
                return Ok(self.over(Ending::WaitsAgain));
            }
            (Stage::Sent { to }, Happened::LeadLeft | Happened::LeadLost) => {
                (Stage::Sent { to }, vec![])
            }
            (Stage::Sent { .. }, Happened::Join | Happened::HandOver | Happened::DropGuest) => {
                return Err(NotNow::Nobody);
            }

            (Stage::Inviting { .. }, Happened::LeadLeft) => return Ok(self.over(Ending::Ended)),
            (Stage::Inviting { .. }, Happened::LeadLost) => {
                return Ok(self.over(Ending::WaitsAgain));
            }
            (Stage::Inviting { who, apart: Apart::No }, Happened::GuestAnswered) => {
                (Stage::Three { who }, vec![Do::Tell(News::Joined)])
            }
            (
                Stage::Inviting { who, apart: apart @ (Apart::ByUs | Apart::ByPhone) },
                Happened::GuestAnswered,
            ) => (Stage::Consulting { who, apart }, vec![Do::Tell(News::Joined)]),
            (Stage::Inviting { .. }, Happened::GuestFailed | Happened::GuestLeft) => {
                (Stage::Talk, vec![Do::End(Guest), Do::Tell(News::Failed)])
            }
            (Stage::Inviting { .. }, Happened::DropGuest) => {
                (Stage::Talk, vec![Do::End(Guest), Do::Tell(News::Parted)])
            }
            (Stage::Inviting { who, .. }, Happened::Join) => {
                (Stage::Inviting { who, apart: Apart::No }, vec![])
            }
            (Stage::Inviting { who, .. }, Happened::HandOver) => {
                (Stage::Sending { to: who }, vec![])
            }

            // Nobody is left alone with a dead line while somebody is there to speak with.
            (
                Stage::Consulting { who, .. } | Stage::Three { who },
                Happened::LeadLeft | Happened::LeadLost | Happened::HandOver,
            ) => return Ok(self.led_by(who)),
            (
                Stage::Consulting { .. } | Stage::Three { .. },
                Happened::GuestLeft | Happened::GuestFailed | Happened::DropGuest,
            ) => (Stage::Talk, vec![Do::End(Guest), Do::Tell(News::Parted)]),
            (Stage::Consulting { who, .. } | Stage::Three { who }, Happened::Join) => {
                (Stage::Three { who }, vec![])
            }
            (stage @ (Stage::Consulting { .. } | Stage::Three { .. }), Happened::GuestAnswered) => {
                (stage, vec![])
            }

            (
                Stage::Sending { .. }
                | Stage::Sent { .. }
                | Stage::Inviting { .. }
                | Stage::Consulting { .. }
                | Stage::Three { .. },
                Happened::Send(_) | Happened::SendBack | Happened::Invite { .. },
            ) => return Err(NotNow::Full),

            (
                stage,
                Happened::Supervise { .. }
                | Happened::EarAnswered
                | Happened::EarGone
                | Happened::TakeOver,
            ) => (stage, vec![]),
        };
        self.stage = stage;
        Ok(todo)
    }

    /// Nobody is asked who is here already.
    fn may_ask(&self, who: Party) -> Result<(), NotNow> {
        let listens = self.ear.map(|ear| Party::Agent(ear.by));
        if who == self.lead || Some(who) == listens { Err(NotNow::Same) } else { Ok(()) }
    }

    /// The guest takes the call; whoever had it goes.
    fn led_by(&mut self, to: Party) -> Vec<Do> {
        let passed = match to {
            Party::Agent(agent) => vec![Do::Queue(Queued::Passed(agent))],
            Party::Officer(_) => self.lead_goes(),
        };
        self.lead = to;
        self.stage = Stage::Talk;
        [vec![Do::Tell(News::Done), Do::End(Lead), Do::Lead(Guest)], passed].concat()
    }

    /// Of an officer the queue knows nothing.
    fn lead_goes(&self) -> Vec<Do> {
        let sent = matches!(self.stage, Stage::Sent { .. });
        match self.lead {
            Party::Agent(_) if !sent => vec![Do::Queue(Queued::Away)],
            Party::Agent(_) | Party::Officer(_) => vec![],
        }
    }

    fn over(&mut self, ending: Ending) -> Vec<Do> {
        self.stage = Stage::Over;
        self.ear = None;
        let queued = match ending {
            Ending::CitizenLeft => Queued::CitizenLeft,
            Ending::Ended => Queued::Ended,
            Ending::WaitsAgain => Queued::Lost,
        };
        vec![Do::End(Guest), Do::End(Ear), Do::End(Lead), Do::Queue(queued), Do::Over(ending)]
    }
}
