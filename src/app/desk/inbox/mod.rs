//! What an officer has to look after, the soonest due first.

use super::{App, CaseView, Page, Result, as_post, cases};

mod list;

pub use list::{Queue, queue};
