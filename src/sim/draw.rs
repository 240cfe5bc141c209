//! Chance by key: what is drawn depends on the seed, the matter and its numbers alone, never on what was drawn before or
//! beside it. So the order in which a machine gets its work done changes nothing.

/// Of one simulated helpline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

/// The dice of one matter; thrown in a row they are independent.
#[derive(Clone, Debug)]
pub struct Draw(u64);

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
/// FNV-1a.
const FNV_START: u64 = 0xCBF2_9CE4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01B3;

impl Seed {
    /// Of the `n`th of its kind, and its `m`th time.
    pub fn draw(self, what: &str, n: u64, m: u64) -> Draw {
        let named = what
            .bytes()
            .fold(FNV_START, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME));
        let mut state = mixed(self.0 ^ named);
        state = mixed(state.wrapping_add(n.wrapping_mul(GOLDEN)));
        Draw(mixed(state.wrapping_add(m.wrapping_mul(GOLDEN).rotate_left(17))))
    }
}

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mixed(self.0)
    }

    /// From 0 up to, and never, 1.
    pub fn unit(&mut self) -> f64 {
        // 53 bits are what a double holds exactly.
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// From 0 up to, and never, `n`; 0 for none.
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    /// Both ends are possible.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        let wide = most.saturating_sub(least).max(0).unsigned_abs() + 1;
        least.saturating_add_unsigned(self.below(wide))
    }

    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// Half of what is drawn is less than the median; `sigma` is of the logarithm.
    pub fn lognormal(&mut self, median: f64, sigma: f64) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        let angle = std::f64::consts::TAU * self.unit();
        median * (sigma * radius * angle.cos()).exp()
    }

    /// The place of one of the weights; the last when none weighs anything.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.unit() * weights.iter().sum::<f64>();
        for (place, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return place;
            }
        }
        weights.len().saturating_sub(1)
    }
}

/// The end of splitmix64.
fn mixed(mut state: u64) -> u64 {
    state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_depends_on_its_key_alone() {
        let drawn = |seed, what, n, m| Seed(seed).draw(what, n, m).below(1_000_000_000);

        assert_eq!(drawn(1, "dial", 7, 2), drawn(1, "dial", 7, 2));
        let others = [
            drawn(2, "dial", 7, 2),
            drawn(1, "talk", 7, 2),
            drawn(1, "dial", 2, 7),
            drawn(1, "dial", 8, 2),
        ];
        assert!(others.iter().all(|other| *other != drawn(1, "dial", 7, 2)), "{others:?}");
    }

    #[test]
    fn shares_and_means_are_what_was_asked_for() {
        let draws = 20_000;
        let mut hit = 0;
        let (mut sum, mut below_median) = (0.0, 0);
        let mut places = [0; 3];
        for n in 0..draws {
            let mut draw = Seed(9).draw("test", n, 0);
            hit += u64::from(draw.chance(0.3));
            sum += draw.exponential(40.0);
            below_median += u64::from(draw.lognormal(120.0, 0.7) < 120.0);
            places[draw.weighted(&[1.0, 0.0, 3.0])] += 1;
        }

        assert!((5_700..6_300).contains(&hit), "{hit}");
        assert!((780_000.0..820_000.0).contains(&sum), "{sum}");
        assert!((9_700..10_300).contains(&below_median), "{below_median}");
        assert!(places[1] == 0 && (14_600..15_400).contains(&places[2]), "{places:?}");
    }

    #[test]
    fn both_ends_of_a_range_are_drawn_and_nothing_beside_it() {
        let mut seen = [false; 3];
        for n in 0..200 {
            let drawn = Seed(1).draw("range", n, 0).between(-1, 1);
            seen[usize::try_from(drawn + 1).unwrap()] = true;
        }
        assert_eq!(seen, [true; 3]);
    }
}
