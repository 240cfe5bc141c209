//! Who hears whom around one call: citizen, agent, an officer, a supervisor who listens, whispers or joins in.

/// Legs of one call: two that talk, a third, and a supervisor.
pub const SEATS_MAX: usize = 4;

/// What the leg of one seat is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Hears everybody who talks and is heard by them.
    Talks,
    /// Hears everybody who talks; nobody hears it.
    Listens,
    /// Hears everybody who talks; only this seat hears it.
    Whispers(usize),
}

/// Bit s of row l: the seat l hears the seat s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hearing([u8; SEATS_MAX]);

impl Hearing {
    pub fn of(parts: &[Option<Part>; SEATS_MAX]) -> Self {
        let mut hearing = Self::default();
        for (speaker, part) in parts.iter().enumerate() {
            match part {
                Some(Part::Talks) => {
                    for (listener, part) in parts.iter().enumerate() {
                        if part.is_some() {
                            hearing.open(listener, speaker);
                        }
                    }
                }
                Some(Part::Whispers(to)) if parts.get(*to).is_some_and(Option::is_some) => {
                    hearing.open(*to, speaker);
                }
                Some(Part::Whispers(_) | Part::Listens) | None => {}
            }
        }
        hearing
    }

    /// One-way: this listener hears this speaker, as far as they are seats and not the same.
    pub fn open(&mut self, listener: usize, speaker: usize) {
        if listener != speaker && speaker < SEATS_MAX && listener < SEATS_MAX {
            self.0[listener] |= 1 << speaker;
        }
    }

    /// A seat that holds neither hears nor is heard.
    pub fn hold(&mut self, seat: usize) {
        for (listener, row) in self.0.iter_mut().enumerate() {
            *row = if listener == seat {
                0
            } else {
                *row & !(1u8.checked_shl(seat as u32).unwrap_or(0))
            };
        }
    }

    pub fn hears(self, listener: usize, speaker: usize) -> bool {
        self.speakers(listener).any(|heard| heard == speaker)
    }

    /// The seats that this one hears.
    pub fn speakers(self, listener: usize) -> Speakers {
        Speakers(self.0.get(listener).copied().unwrap_or(0))
    }
}

/// A set of seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Speakers(u8);

impl Speakers {
    pub fn contains(self, seat: usize) -> bool {
        seat < SEATS_MAX && self.0 & 1 << seat != 0
    }

    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl Iterator for Speakers {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let seat = (0..SEATS_MAX).find(|seat| self.contains(*seat))?;
        self.0 &= !(1 << seat);
        Some(seat)
    }
}

#[cfg(test)]
mod tests {
    use super::Part::{Listens, Talks, Whispers};
    use super::*;

    /// For each seat, whom it hears.
    fn table(parts: [Option<Part>; SEATS_MAX]) -> [Vec<usize>; SEATS_MAX] {
        let hearing = Hearing::of(&parts);
        std::array::from_fn(|listener| hearing.speakers(listener).collect())
    }

    #[test]
    fn two_who_talk_hear_each_other() {
        assert_eq!(
            table([Some(Talks), Some(Talks), None, None]),
            [vec![1], vec![0], vec![], vec![]]
        );
    }

    #[test]
    fn three_who_talk_hear_all_but_themselves() {
        assert_eq!(
            table([Some(Talks), Some(Talks), Some(Talks), None]),
            [vec![1, 2], vec![0, 2], vec![0, 1], vec![]]
        );
    }

    #[test]
    fn a_listener_hears_both_and_is_heard_by_nobody() {
        assert_eq!(
            table([Some(Talks), Some(Talks), Some(Listens), None]),
            [vec![1], vec![0], vec![0, 1], vec![]]
        );
    }

    #[test]
    fn a_whisperer_is_heard_by_the_agent_alone() {
        assert_eq!(
            table([Some(Talks), Some(Talks), None, Some(Whispers(1))]),
            [vec![1], vec![0, 3], vec![], vec![0, 1]]
        );
    }

    #[test]
    fn a_whisper_to_nobody_is_only_listening() {
        assert_eq!(
            table([Some(Talks), None, None, Some(Whispers(1))]),
            [vec![], vec![], vec![], vec![0]]
        );
        assert_eq!(table([None, None, None, Some(Whispers(3))])[3], [0; 0]);
        assert_eq!(table([None, None, None, Some(Whispers(9))])[3], [0; 0]);
    }

    #[test]
    fn a_seat_that_holds_neither_hears_nor_is_heard() {
        let mut hearing = Hearing::of(&[Some(Talks), Some(Talks), Some(Talks), None]);

        hearing.hold(1);

        assert!(hearing.hears(0, 2) && hearing.hears(2, 0));
        assert!(!hearing.hears(0, 1) && !hearing.hears(1, 0) && !hearing.hears(2, 1));
        assert!(hearing.speakers(1).is_empty());
    }

    #[test]
    fn one_way_hearing_is_one_way() {
        let mut hearing = Hearing::default();

        hearing.open(0, 1);
        hearing.open(0, 0);
        hearing.open(7, 1);
        hearing.open(1, 9);

        assert_eq!(hearing, Hearing([0b10, 0, 0, 0]));
        assert_eq!(hearing.speakers(0).len(), 1);
    }
}
