//! What acts leave beside the cases: matters, orders, links, evidence, delegations.

pub mod delegations;
pub mod drives;
pub mod evidence;
pub mod links;
pub mod matters;
pub mod orders;

use super::cases::{POSTS_MAX, eight};
use crate::domain::{place::PlaceCode, scope::Scope};

/// What somebody may see of acts, as a query takes it.
struct Seen<'a> {
    district: Option<&'a PlaceCode>,
    /// 1 narrows to `posts`.
    by_post: i64,
    posts: [i64; POSTS_MAX],
}

impl<'a> Seen<'a> {
    /// None sees nothing: acts are no citizen's to list.
    fn of(scope: &'a Scope) -> Option<Self> {
        let (district, posts) = match scope {
            Scope::All => (None, None),
            Scope::District(district) => (Some(district), None),
            Scope::Posts(posts) => (None, Some(posts)),
            Scope::Citizen(_) | Scope::Nothing => return None,
        };
        let by_post = i64::from(posts.is_some());
        Some(Self { district, by_post, posts: eight(posts.map_or(&[], Vec::as_slice)) })
    }
}

/// Runs a query whose first binds say what is seen: $1 the district, $2 whether by post, $3 to $10 the posts.
macro_rules! rows_seen {
    ($db:expr, $seen:expr, $sql:expr, $($bind:expr),+ $(,)?) => {{
        let Seen { district, by_post, posts: [p1, p2, p3, p4, p5, p6, p7, p8] } = $seen;
        rows!(
            $db, $sql, district, by_post, p1, p2, p3, p4, p5, p6, p7, p8, $($bind),+
        )
    }};
}
use rows_seen;
