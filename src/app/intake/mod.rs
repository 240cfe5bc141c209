//! What the desks of the call centre say beside the cases.

mod dispose;

pub use dispose::{Dispose, Disposed, dispose, dispositions, end_talks};
