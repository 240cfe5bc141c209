//! The daily register's rows: a day that is judged again leaves the same rows, and what was done stays.

use helpline181::{
    domain::{
        account::Login,
        actor::Channel,
        attendance::{Action, ActionTaken, Default, Defaulter, Visit},
        change::Change,
        citizen::Text,
        place::{Code, Level, PlaceCode, PostId},
        time::Day,
    },
    store::{
        Store,
        attendance::{self, Judged, Wanted},
    },
};

use crate::{
    kit::samples::opened_account,
    kit::{Home, NOW, commit},
};

on_both_engines! {
    looks_and_sign_ins_are_found_by_their_day,
    a_day_judged_again_withdraws_who_is_gone_and_lists_who_came,
    defaulters_come_in_pages_the_newest_day_first,
    actions_come_back_in_their_order,
}

const DAY: Day = Day(20_261_122);

async fn people(store: &Store, accounts: &[i64]) {
    for account in accounts {
        let login = format!("officer.{account}");
        commit(store, &login, opened_account(*account, &login)).await.unwrap();
    }
}

fn row(day: Day, account: i64, district: &str) -> Defaulter {
    Defaulter {
        day,
        account,
        post: PostId(account * 10),
        level: Level(1),
        department: Code::new("energy"),
        district: PlaceCode::new(district),
        why: Default::NoLogin,
        withdrawn_at: None,
    }
}

async fn judge(store: &Store, day: Day, at_ms: i64, listed: Vec<Defaulter>) -> Judged {
    let judged = Judged { day, at: NOW.plus_ms(at_ms), bound: 9, listed: listed.len() as i64 };
    attendance::judge(&store.writer, judged, listed).await.unwrap();
    judged
}

async fn all(store: &Store, wanted: &Wanted) -> Vec<Defaulter> {
    attendance::defaulters(&store.db, wanted, None, 100).await.unwrap()
}

async fn looks_and_sign_ins_are_found_by_their_day(home: Home) {
    let store = home.open().await;
    people(&store, &[7, 8]).await;
    let day = NOW.ist_day();
    let visit = |account, channel| Visit { day, account, channel, at: NOW };
    let looks = [visit(7, Channel::Portal), visit(7, Channel::Portal), visit(8, Channel::App)];
    for (n, look) in looks.into_iter().enumerate() {
        let change = Change { visits: vec![look], ..Change::new(NOW) };
        commit(&store, &format!("look {n}"), change).await.unwrap();
    }
    let signed = Login { account: 7, post: None, channel: Channel::App, at: NOW };
    let mut change = opened_account(9, "officer.9");
    change.logins.push(signed);
    commit(&store, "login", change).await.unwrap();

    let visits = attendance::visited(&store.db, day).await.unwrap();
    let logins = attendance::signed_in(&store.db, day).await.unwrap();

    assert_eq!((&visits[&7][..], &visits[&8][..]), (&[Channel::Portal][..], &[Channel::App][..]));
    assert_eq!(logins.len(), 1);
    assert_eq!(logins[&7], [Channel::App]);
    assert!(attendance::visited(&store.db, day.next()).await.unwrap().is_empty());
    assert!(attendance::signed_in(&store.db, day.before()).await.unwrap().is_empty());
    store.close().await;
}

async fn a_day_judged_again_withdraws_who_is_gone_and_lists_who_came(home: Home) {
    let store = home.open().await;
    people(&store, &[7, 8, 9]).await;
    let at = "district:396";
    assert_eq!(attendance::last(&store.db).await.unwrap(), None);
    judge(&store, DAY, 1, vec![row(DAY, 7, at), row(DAY, 8, at)]).await;

    let judged = judge(&store, DAY, 2, vec![row(DAY, 8, at), row(DAY, 9, at)]).await;

    assert_eq!(attendance::last(&store.db).await.unwrap(), Some(DAY));
    assert_eq!(attendance::judged(&store.db, DAY).await.unwrap(), Some(judged));
    assert_eq!(attendance::judged(&store.db, DAY.next()).await.unwrap(), None);
    let gone = Defaulter { withdrawn_at: Some(NOW.plus_ms(2)), ..row(DAY, 7, at) };
    let wanted = Wanted::default();
    assert_eq!(all(&store, &wanted).await, [gone, row(DAY, 8, at), row(DAY, 9, at)]);
    judge(&store, DAY, 3, vec![row(DAY, 7, at)]).await;
    let again = attendance::defaulter(&store.db, DAY, 7).await.unwrap();
    assert_eq!(again, Some(row(DAY, 7, at)));
    store.close().await;
}

async fn defaulters_come_in_pages_the_newest_day_first(home: Home) {
    let store = home.open().await;
    people(&store, &[7, 8]).await;
    for day in [DAY, DAY.next()] {
        let listed = vec![row(day, 7, "district:396"), row(day, 8, "district:427")];
        judge(&store, day, 0, listed).await;
    }

    let mut pages = Vec::new();
    let mut after = None;
    loop {
        let page = attendance::defaulters(&store.db, &Wanted::default(), after, 1).await.unwrap();
        let Some(last) = page.first() else { break };
        after = Some((last.day, last.account));
        pages.push(after.unwrap());
    }

    let next = DAY.next();
    assert_eq!(pages, [(next, 7), (next, 8), (DAY, 7), (DAY, 8)]);
    let one = Wanted {
        from: Some(DAY),
        until: Some(DAY),
        district: Some(PlaceCode::new("district:427")),
        department: Some(Code::new("energy")),
    };
    assert_eq!(all(&store, &one).await, [row(DAY, 8, "district:427")]);
    let other = Wanted { department: Some(Code::new("water")), ..Wanted::default() };
    assert!(all(&store, &other).await.is_empty());
    store.close().await;
}

async fn actions_come_back_in_their_order(home: Home) {
    let store = home.open().await;
    people(&store, &[7, 8]).await;
    judge(&store, DAY, 0, vec![row(DAY, 7, "district:396")]).await;
    let taken = |action, text, ms| ActionTaken {
        day: DAY,
        account: 7,
        action,
        text,
        by: 8,
        at: NOW.plus_ms(ms),
    };
    let (notice, penalty) = (taken(Action::Notice, 41, 1), taken(Action::Penalty, 42, 2));
    for one in [&penalty, &notice] {
        let text = Text { id: one.text, owner: "account:7".to_owned(), words: "why?".to_owned() };
        let change =
            Change { actions_taken: vec![one.clone()], texts: vec![text], ..Change::new(NOW) };
        commit(&store, one.action.as_str(), change).await.unwrap();
    }

    assert_eq!(attendance::actions(&store.db, DAY, 7).await.unwrap(), [notice, penalty]);
    assert!(attendance::actions(&store.db, DAY, 8).await.unwrap().is_empty());
    store.close().await;
}
