//! How long it will take, as a band that can be kept, never as a number.

/// What a caller is told of the time left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Band {
    UnderOneMinute,
    OneToThreeMinutes,
    ThreeToFiveMinutes,
    FiveToTenMinutes,
    OverTenMinutes,
}
