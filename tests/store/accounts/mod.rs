//! Accounts of staff: the daily register, and PINs of the phone line.

mod attendance;
mod pins;
