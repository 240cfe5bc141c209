//! The directory as it stands, with the ids that its rows have in the store.

use std::collections::{HashMap, HashSet};

use crate::{
    app::{App, Result},
    domain::{
        directory::{Directory, Held, Leave, Names, Officer, People, Rows, Terms},
        place::{PostCode, PostId},
        policy::Policy,
        time::Timestamp,
    },
    store::{
        directory as stored, load,
        people::{self, HolderRow, LeaveRow, OfficerAccount, OfficerRow},
    },
};

pub(super) struct Live {
    /// 0 before the first import.
    pub(super) version: i64,
    /// In the order of its keys.
    pub(super) directory: Directory,
    pub(super) posts: HashMap<PostCode, PostId>,
    pub(super) officers: HashMap<String, OfficerRow>,
    pub(super) holders: Vec<HolderRow>,
    pub(super) leave: Vec<LeaveRow>,
    pub(super) accounts: Vec<OfficerAccount>,
    /// Of other roles.
    pub(super) logins: HashSet<String>,
}

impl Live {
    /// The policy is the one in force at `at`.
    pub(super) async fn load(app: &App, policy: &Policy) -> Result<Self> {
        let db = &app.store.db;
        let version = stored::live_version(db).await?.unwrap_or_default();
        let rows = if version == 0 { Rows::default() } else { load::load(db, version).await? };
        let accounts = people::accounts(db).await?;
        let officers = people::officers(db).await?;
        let (holders, leave) = (people::holders(db).await?, people::leave(db).await?);
        let logins = people::other_logins(db).await?.into_iter().collect();
        let codes: HashMap<PostId, &PostCode> =
            rows.posts.iter().map(|post| (post.id, &post.code)).collect();
        let by_account: HashMap<i64, &str> =
            accounts.iter().map(|account| (account.id, account.login.as_str())).collect();
        let held = |row: &HolderRow| {
            Some(Held {
                post: (*codes.get(&row.post)?).clone(),
                login: (*by_account.get(&row.account)?).to_owned(),
                from: row.from,
                until: row.until,
                kind: row.kind,
            })
        };
        let away = |row: &LeaveRow| {
            Some(Leave {
                login: (*by_account.get(&row.account)?).to_owned(),
                from: row.from,
                until: row.until,
            })
        };
        // One that was made by hand may have a profile made by hand.
        let profiled: HashSet<_> = officers.iter().map(|row| row.account).collect();
        let bare = |account: &&OfficerAccount| !account.imported && !profiled.contains(&account.id);
        let by_hand = accounts.iter().filter(bare).map(by_hand);
        let people = People {
            officers: officers.iter().map(|row| row.officer.clone()).chain(by_hand).collect(),
            holders: holders.iter().filter_map(held).collect(),
            leave: leave.iter().filter_map(away).collect(),
        };
        let posts = rows.posts.iter().map(|post| (post.code.clone(), post.id)).collect();
        let mut directory = Directory { rows, people, terms: Terms::of(policy) };
        directory.sort();
        let officers = officers.into_iter().map(|row| (row.officer.login.clone(), row)).collect();
        Ok(Self { version, directory, posts, officers, holders, leave, accounts, logins })
    }

    pub(super) fn account(&self) -> HashMap<&str, &OfficerAccount> {
        self.accounts.iter().map(|account| (account.login.as_str(), account)).collect()
    }
}

/// An officer whose account an administrator made.
fn by_hand(account: &OfficerAccount) -> Officer {
    Officer {
        login: account.login.clone(),
        names: Names { hi: String::new(), en: account.name.clone() },
        mobile: None,
        active_from: None,
        active_until: None,
    }
}

/// The period's end when it runs at `now` and its row is left out; None when it never begins.
pub(super) fn cut(from: Timestamp, now: Timestamp) -> Option<Timestamp> {
    (from < now).then_some(now)
}
