//! The settings of the call centre's queue; `docs/queue.md` explains each.

use serde::Deserialize;

use super::Error;

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Queue {
    /// When persons take calls, in IST: `08:00-22:00`. Past midnight when the end is the earlier one.
    pub hours: String,
    pub closed: Otherwise,
    pub closing: Otherwise,
    pub nobody: Otherwise,
    /// A call to one of these is turned away before it is answered, and its citizen rung back.
    pub missed_call_numbers: Vec<String>,
    pub offer_s: u32,
    pub no_answers_max: u32,
    pub wrap_up_s: u32,
    pub wrap_up_extra_s: u32,
    pub wrap_up_max_s: u32,
    pub rings_s: [u32; 4],
    pub call_back_offer_s: u32,
    pub escalate_s: u32,
    pub resume_s: u32,
    /// When citizens who are owed a call are rung, in IST.
    pub call_back_hours: String,
    pub call_back_dials_max: u32,
    pub callers_max: usize,
}

/// What becomes of a caller whom the queue does not keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Otherwise {
    CallBack,
    Stay,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            hours: "00:00-24:00".to_owned(),
            closed: Otherwise::CallBack,
            closing: Otherwise::Stay,
            nobody: Otherwise::CallBack,
            missed_call_numbers: Vec::new(),
            offer_s: 18,
            no_answers_max: 2,
            wrap_up_s: 30,
            wrap_up_extra_s: 30,
            wrap_up_max_s: 120,
            rings_s: [0, 20, 45, 90],
            call_back_offer_s: 120,
            escalate_s: 300,
            resume_s: 300,
            call_back_hours: "09:00-20:00".to_owned(),
            call_back_dials_max: 3,
            callers_max: 2_000,
        }
    }
}

impl Queue {
    /// Minutes of the day: from, and until before.
    pub fn open_minutes(&self) -> Result<(u32, u32), Error> {
        minutes("queue.hours", &self.hours)
    }

    pub fn call_back_minutes(&self) -> Result<(u32, u32), Error> {
        minutes("queue.call_back_hours", &self.call_back_hours)
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        let wrong = |what: &str| Err(Error::Impossible(what.to_owned()));
        self.open_minutes()?;
        let (from, until) = self.call_back_minutes()?;
        if from >= until {
            return wrong("queue.call_back_hours must begin before they end");
        }
        if self.rings_s[0] != 0 || !self.rings_s.is_sorted_by(|one, next| one < next) {
            return wrong("queue.rings_s must rise from 0");
        }
        if self.offer_s == 0 || self.no_answers_max == 0 || self.callers_max == 0 {
            return wrong("queue.offer_s, no_answers_max and callers_max must be above 0");
        }
        if self.wrap_up_max_s < self.wrap_up_s {
            return wrong("queue.wrap_up_max_s must not be below queue.wrap_up_s");
        }
        if self.closed == Otherwise::Stay {
            return wrong("queue.closed: nobody can wait through the night");
        }
        Ok(())
    }
}

fn minutes(name: &str, hours: &str) -> Result<(u32, u32), Error> {
    let minute = |time: &str| {
        let (hour, minute) = time.trim().split_once(':')?;
        let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
        let total = hour.checked_mul(60)?.checked_add(minute)?;
        (minute < 60 && total <= 24 * 60).then_some(total)
    };
    let both =
        hours.split_once('-').and_then(|(from, until)| Some((minute(from)?, minute(until)?)));
    both.filter(|(from, until)| from != until)
        .ok_or_else(|| Error::Impossible(format!("{name} {hours:?} is not as \"08:00-22:00\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_minutes_of_the_day() {
        assert_eq!(minutes("h", "00:00-24:00").unwrap(), (0, 1_440));
        assert_eq!(minutes("h", "20:30-06:00").unwrap(), (1_230, 360));
        for wrong in ["", "8-22", "08:00", "08:00-08:00", "08:60-09:00", "08:00-24:01", "a:b-c:d"] {
            assert!(minutes("h", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_no_queue_can_do_is_refused() {
        let queue = Queue::default;
        assert!(queue().check().is_ok());
        for wrong in [
            Queue { rings_s: [0, 20, 20, 90], ..queue() },
            Queue { rings_s: [5, 20, 45, 90], ..queue() },
            Queue { wrap_up_s: 130, ..queue() },
            Queue { offer_s: 0, ..queue() },
            Queue { closed: Otherwise::Stay, ..queue() },
            Queue { call_back_hours: "20:00-09:00".to_owned(), ..queue() },
        ] {
            assert!(wrong.check().is_err(), "{wrong:?}");
        }
    }
}
