//! What somebody has to look after: an officer the cases of the own posts, soonest due first (R68, R70); supervisors and,
//! after a day, the district's nodal officer those that no post was found for (R02).

use super::{App, CaseView, Error, Page, Result, as_post, cases};
use crate::{
    domain::{
        actor::{Actor, Role},
        case::State,
        place::{PlaceCode, PostId},
    },
    store::lists,
};

mod figures;
mod list;
mod pending;
mod watch;

pub use figures::{Figures, figures};
pub use list::{Queue, queue};
pub use pending::{Pending, pending};
pub use watch::{Changed, Resync, Watch, watch};

/// The states in which a case waits for its post.
const WAITING: [State; 3] =
    [State::WithOfficer, State::PartiallyClosed, State::SpecialCloseProposed];

/// Whose inbox it is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Inbox {
    Posts(Vec<PostId>),
    /// Cases without a post: of one district or all, and only those whose day is over or all.
    Unrouted {
        district: Option<PlaceCode>,
        late: bool,
    },
}

impl Inbox {
    fn of(by: &Actor, post: Option<PostId>) -> Self {
        match (by.role, &by.district) {
            (Role::Supervisor, _) => Self::Unrouted { district: None, late: false },
            (Role::Nodal, Some(district)) => {
                Self::Unrouted { district: Some(district.clone()), late: true }
            }
            _ => Self::Posts(as_post(by, post).posts.iter().map(|held| held.post).collect()),
        }
    }

    /// The filter with the states of this inbox, if none were asked for.
    fn narrowed(&self, filter: lists::Filter) -> lists::Filter {
        match self {
            Self::Posts(_) if filter.states.is_empty() => {
                lists::Filter { states: WAITING.to_vec(), ..filter }
            }
            Self::Posts(_) => filter,
            Self::Unrouted { .. } => lists::Filter { states: vec![State::Unrouted], ..filter },
        }
    }
}
