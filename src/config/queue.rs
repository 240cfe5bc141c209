//! The settings of the call centre's queue; `docs/queue.md` explains each.

use serde::Deserialize;

use super::Error;

const OVERFLOWS_MAX: usize = 16;

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Queue {
    /// When persons take calls, in IST: `08:00-22:00`. Past midnight when the end is the earlier one.
    pub hours: String,
    pub closed: Otherwise,
    pub closing: Otherwise,
    pub nobody: Otherwise,
    /// Other places that `overflow:NAME` names.
    pub overflow: Vec<Overflow>,
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
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Otherwise {
    CallBack,
    Message,
    /// To the place of this name.
    Overflow(String),
    Stay,
}

/// Another place that takes callers: agents with these skills, or an office with this number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Overflow {
    pub name: String,
    /// As agents' skills are written: `department:phe=1 womens_desk=1`.
    pub skills: String,
    /// Ten digits in the national form: a mobile, or a landline with its area.
    pub number: String,
}

impl TryFrom<String> for Otherwise {
    type Error = String;

    fn try_from(said: String) -> Result<Self, String> {
        match said.split_once(':') {
            None if said == "call_back" => Ok(Self::CallBack),
            None if said == "message" => Ok(Self::Message),
            None if said == "stay" => Ok(Self::Stay),
            Some(("overflow", name)) if !name.is_empty() => Ok(Self::Overflow(name.to_owned())),
            _ => Err(format!("{said:?} is not call_back, message, overflow:NAME or stay")),
        }
    }
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            hours: "00:00-24:00".to_owned(),
            closed: Otherwise::CallBack,
            closing: Otherwise::Stay,
            nobody: Otherwise::CallBack,
            overflow: Vec::new(),
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
        if self.closed == Otherwise::Stay && self.nobody == Otherwise::Stay {
            return wrong("queue.closed and queue.nobody: nobody can wait through the night");
        }
        if self.overflow.len() > OVERFLOWS_MAX {
            return wrong(&format!("more than {OVERFLOWS_MAX} of queue.overflow"));
        }
        for (n, place) in self.overflow.iter().enumerate() {
            let name = &place.name;
            if name.is_empty() || self.overflow[..n].iter().any(|other| other.name == *name) {
                return wrong(&format!("queue.overflow: the name {name:?} is empty or used twice"));
            }
            if place.skills.trim().is_empty() == place.number.is_empty() {
                return wrong(&format!("queue.overflow {name:?}: skills, or a number"));
            }
            let number = place.number.as_bytes();
            let national = number.len() == 10 && number.iter().all(u8::is_ascii_digit);
            if !(number.is_empty() || national && number[0] >= b'2') {
                return wrong(&format!("queue.overflow {name:?}: ten digits, from 2 on"));
            }
        }
        for to in [&self.closed, &self.closing, &self.nobody] {
            if let Otherwise::Overflow(name) = to
                && !self.overflow.iter().any(|place| place.name == *name)
            {
                return wrong(&format!("no queue.overflow is named {name:?}"));
            }
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

    fn place(name: &str, skills: &str, number: &str) -> Overflow {
        Overflow { name: name.to_owned(), skills: skills.to_owned(), number: number.to_owned() }
    }

    #[test]
    fn each_choice_is_one_of_four_words() {
        let read = |said: &str| Otherwise::try_from(said.to_owned());

        assert_eq!(read("call_back"), Ok(Otherwise::CallBack));
        assert_eq!(read("message"), Ok(Otherwise::Message));
        assert_eq!(read("overflow:night desk"), Ok(Otherwise::Overflow("night desk".to_owned())));
        assert_eq!(read("stay"), Ok(Otherwise::Stay));
        for wrong in ["", "overflow", "overflow:", "stay:here", "hang_up"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let night = Otherwise::Overflow("night".to_owned());
        let queue = Queue {
            closed: night.clone(),
            closing: night.clone(),
            nobody: night,
            overflow: vec![place("night", "womens_desk=1", "")],
            ..Queue::default()
        };
        assert!(queue.check().is_ok());
        let stays = Queue { closed: Otherwise::Stay, ..Queue::default() };
        assert!(stays.check().is_ok());
    }

    #[test]
    fn what_no_queue_can_do_is_refused() {
        let queue = Queue::default;
        let many = (0..17).map(|n| place(&n.to_string(), "", "7552700000")).collect();
        assert!(queue().check().is_ok());
        for wrong in [
            Queue { rings_s: [0, 20, 20, 90], ..queue() },
            Queue { rings_s: [5, 20, 45, 90], ..queue() },
            Queue { wrap_up_s: 130, ..queue() },
            Queue { offer_s: 0, ..queue() },
            Queue { closed: Otherwise::Stay, nobody: Otherwise::Stay, ..queue() },
            Queue { nobody: Otherwise::Overflow("night".to_owned()), ..queue() },
            Queue { overflow: vec![place("", "", "7552700000")], ..queue() },
            Queue { overflow: vec![place("a", "womens_desk=1", "7552700000")], ..queue() },
            Queue { overflow: vec![place("a", " ", "")], ..queue() },
            Queue { overflow: vec![place("a", "", "181")], ..queue() },
            Queue { overflow: vec![place("a", "", "07552700000")], ..queue() },
            Queue { overflow: vec![place("a", "", "755270000x")], ..queue() },
            Queue { overflow: vec![place("a", "", "1552700000")], ..queue() },
            Queue {
                overflow: vec![place("a", "", "7552700000"), place("a", "", "7552700001")],
                ..queue()
            },
            Queue { overflow: many, ..queue() },
            Queue { call_back_hours: "20:00-09:00".to_owned(), ..queue() },
        ] {
            assert!(wrong.check().is_err(), "{wrong:?}");
        }
    }
}
