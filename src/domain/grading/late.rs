//! What came too late for the month of its complaint: that month is judged, so it is listed in the month in which it came, each with
//! its reason, and changes nothing that is published.

use crate::domain::words;

words! {
    #[derive(serde::Serialize, serde::Deserialize)]
    pub enum Late {
        /// It happened before the publication, and was stored after it.
        Behind = "BEHIND",
        /// The citizen was satisfied after all.
        Satisfied = "SATISFIED",
        /// Closed specially or by force.
        Closed = "CLOSED",
        /// Opened again, also by a contradiction.
        Reopened = "REOPENED",
        Withdrawn = "WITHDRAWN",
        Merged = "MERGED",
    }
}
