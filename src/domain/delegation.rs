//! Who acts for whom, and how much of the work delegates do (R26).

use super::{
    place::{Code, PlaceCode, PostId},
    time::{DAY_MS, Timestamp},
    words,
};

/// Longest delegation.
pub const DELEGATED_MS_MAX: i64 = 90 * DAY_MS;
const WHOLE_BP: i64 = 10_000;

/// Lets an account act for somebody for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    pub district: PlaceCode,
    /// The post that is acted for; None for the district's transfers, which its collector decides.
    pub post: Option<PostId>,
    pub account: i64,
    pub from: Timestamp,
    pub until: Timestamp,
    pub given_by: i64,
}

/// Ends what an account was let do for a post and has not ended by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revoked {
    pub post: PostId,
    pub account: i64,
    pub at: Timestamp,
    pub by: i64,
}

/// One act of an officer, by the event that tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    pub case: i64,
    pub version: i64,
    pub at: Timestamp,
    pub account: i64,
    pub post: PostId,
    /// The holder of the post for whom the account acted.
    pub delegate_of: Option<i64>,
    pub department: Code,
    pub district: PlaceCode,
}

words! {
    /// What the shares of delegated acts are counted by.
    pub enum Per {
        Post = "POST",
        /// The officer who holds the post, by login.
        Officer = "OFFICER",
        Department = "DEPARTMENT",
        District = "DISTRICT",
    }
}

/// Acts of one post, officer, department or district.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    pub key: String,
    pub acts: i64,
    pub delegated: i64,
}

impl Share {
    /// Of all acts those of delegates, in basis points, rounded half up.
    pub fn basis_points(&self) -> i64 {
        if self.acts <= 0 {
            return 0;
        }
        (self.delegated * WHOLE_BP * 2 + self.acts) / (self.acts * 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_in_basis_points_rounded_half_up() {
        let share = |delegated, acts| Share { key: "1".to_owned(), acts, delegated }.basis_points();

        assert_eq!(share(0, 0), 0);
        assert_eq!(share(0, 7), 0);
        assert_eq!(share(1, 3), 3_333);
        assert_eq!(share(2, 3), 6_667);
        assert_eq!(share(1, 20_000), 1);
        assert_eq!(share(1, 20_001), 0);
        assert_eq!(share(5, 5), 10_000);
    }
}
