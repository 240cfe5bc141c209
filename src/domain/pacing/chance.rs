//! How likely it is that somebody who answers waits. Sums and products alone, so that every machine gets the same bits.

/// What an hour's dials brought so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    pub rung: u32,
    pub answered: u32,
}

/// Before anything was seen of an hour: as if two of five dials had been answered.
const PRIOR_ANSWERED: f64 = 2.0;
const PRIOR_RUNG: f64 = 5.0;

impl Answers {
    /// The mean of the Beta posterior of an answer.
    pub fn chance(self) -> f64 {
        let answered = f64::from(self.answered.min(self.rung));
        (PRIOR_ANSWERED + answered) / (PRIOR_RUNG + f64::from(self.rung))
    }
}

/// The chance, in millionths and rounded up, that of `ringing` calls more than `free` are answered.
pub fn waits_ppm(ringing: u32, answered: f64, free: u32) -> u32 {
    if ringing <= free {
        return 0;
    }
    let unanswered = 1.0 - answered;
    // Of none; so small that it is nothing, the answer is that all wait.
    let mut exactly = (0..ringing).fold(1.0, |chance, _| chance * unanswered);
    let mut at_most = exactly;
    for n in 0..free {
        let odds = f64::from(ringing - n) / f64::from(n + 1) * (answered / unanswered);
        exactly *= odds;
        at_most += exactly;
    }
    ((1.0 - at_most).clamp(0.0, 1.0) * 1_000_000.0).ceil() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chance_is_the_binomial_tail() {
        assert_eq!(waits_ppm(3, 0.5, 3), 0);
        assert_eq!(waits_ppm(3, 0.5, 2), 125_000);
        assert_eq!(waits_ppm(3, 0.5, 1), 500_000);
        assert_eq!(waits_ppm(2, 0.4, 0), 640_000);
        assert_eq!(waits_ppm(1_000, 0.99, 5), 1_000_000);
    }

    #[test]
    fn an_hour_begins_with_two_of_five_and_learns() {
        let chance = |rung, answered| Answers { rung, answered }.chance();

        assert!((chance(0, 0) - 0.4).abs() < 1e-12);
        assert!((chance(95, 78) - 0.8).abs() < 1e-12);
    }
}
