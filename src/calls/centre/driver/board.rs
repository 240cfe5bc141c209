//! How the call centre stands: the day's figures, and who is where now.

use super::Driver;
use crate::{
    acd::figures::{Fact, Figures},
    calls::centre::Board,
};

impl Driver {
    /// The board is of one day of IST.
    pub(super) fn count(&mut self, fact: &Fact) {
        let day = fact.at.ist_day();
        if std::mem::replace(&mut self.day, day) != day {
            self.figures = Figures::default();
            self.talks.forget_counts();
        }
        self.figures.apply(fact);
    }

    pub(super) fn board(&self) -> Board {
        let figures = &self.figures;
        Board {
            waiting: self.queue.waiting().len(),
            talking: self.states.values().filter(|state| state.call.is_some()).count(),
            longest_wait_ms: self.queue.longest_wait_ms(self.now()),
            answered: figures.answered,
            abandoned: figures.abandoned,
            service_level: figures.service_level(),
            service_level_2: figures.service_level_2(),
            answer_ms: figures.answer_ms(),
            mean_talk_ms: figures.mean_talk_ms(),
            partial_recordings: self.parts.disk.partial(),
            saving: self.saving,
            trunks: self.parts.telephony.trunks(),
            dispositions: self.talks.counts(),
            agents: self.phones.keys().filter_map(|agent| self.queue.agent(*agent)).collect(),
        }
    }
}
