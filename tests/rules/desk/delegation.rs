//! Somebody acts for the holder of a post: for a time, visibly, and never in what is a person's own.

use helpline181::{
    app::{
        Error,
        desk::{self, DelegatePost, OrderEscalation, Revoke, Shares},
        sessions,
    },
    domain::{
        actor::{Actor, Channel, Role},
        delegation::Per,
        place::PlaceCode,
        refused::Refused,
        time::Timestamp,
    },
    store::posts,
};

use super::{on, refused};
use crate::kit::{DAY_MS, Helpline, Home, TEN};

on_both_engines! {
    a_delegate_acts_for_the_post_and_every_act_says_for_whom,
    a_delegation_ends_with_its_time_its_revocation_and_its_givers_post,
    only_the_own_post_is_delegated_to_an_officer_for_ninety_days_at_most,
    the_share_of_delegated_acts_is_counted_by_post_officer_department_and_district,
}

/// As a session has the officer: with the posts held and those acted for.
async fn signed(helpline: &Helpline, login: &str) -> Actor {
    let ask = sessions::SignIn {
        login: login.to_owned(),
        password: "long enough".to_owned(),
        channel: Channel::App,
    };
    let signed = sessions::sign_in(&helpline.app, ask).await.unwrap();
    sessions::authenticate(&helpline.app, &signed.access).await.unwrap()
}

async fn give(helpline: &Helpline, by: &Actor, until_ms: i64) -> Result<(), Error> {
    let ask = DelegatePost {
        request_id: format!("give {until_ms}"),
        post: by.posts[0].post,
        login: "l1.block.berasia".to_owned(),
        from: None,
        until: helpline.app.now().plus_ms(until_ms),
    };
    desk::delegate_post(&helpline.app, by, ask).await.map(drop)
}

async fn contact(helpline: &Helpline, by: &Actor, phone: &str) -> Result<(), Error> {
    let case = helpline.registered(phone).await;
    let ask = desk::Contact {
        request_id: format!("contact {phone}"),
        number: case.number(),
        etag: None,
        post: None,
        kind: desk::ContactKind::Call,
        at: None,
        note: "spoke".to_owned(),
    };
    desk::record_contact(&helpline.app, by, ask).await.map(drop)
}

async fn a_delegate_acts_for_the_post_and_every_act_says_for_whom(home: Home) {
    let helpline = Helpline::start(&home).await;
    let holder = helpline.officer("block:phanda", 1).await;
    let delegate = helpline.officer("block:berasia", 1).await;
    let account = holder.account.unwrap();
    let before = contact(&helpline, &delegate, "9000000001").await;
    assert_eq!(refused(before), Refused::NotYourPost);

    give(&helpline, &holder, DAY_MS).await.unwrap();
    let acting = signed(&helpline, "l1.block.berasia").await;
    assert_eq!(acting.posts.len(), 2);
    assert_eq!(acting.posts[1].delegate_of, Some(account));
    contact(&helpline, &acting, "9000000002").await.unwrap();
    let case = helpline.registered("9000000003").await;
    helpline.resolve(&case, &acting).await;

    let history = helpline.history(&case).await;
    let resolved = history.iter().find(|event| event.kind == "resolved").unwrap();
    assert_eq!(resolved.post, Some(holder.posts[0].post.0));
    assert_eq!(resolved.actor, format!("account:{}", acting.account.unwrap()));
    let said = format!(r#""delegate_of":"account:{account}""#);
    assert!(resolved.body.contains(&said), "{}", resolved.body);
    assert!(!history[0].body.contains("delegate_of"));
    // The delegate sees the holder's inbox, and does nothing that bears the holder's own word.
    let queue = desk::queue(&helpline.app, &acting, desk::Queue::default()).await.unwrap();
    assert_eq!(queue.rows.len(), 2);
    let open = helpline.registered("9000000004").await;
    let words = "by Friday".to_owned();
    let order = desk::WriteOrder { on: on(&open, "order"), words };
    let refusal = desk::write_order(&helpline.app, &acting, order).await.map(drop);
    assert_eq!(refused(refusal), Refused::InPersonOnly);
    let order = OrderEscalation {
        on: on(&open, "up"),
        ground: desk::Ground::Neglected,
        reason: "x".to_owned(),
    };
    let refusal = desk::order_escalation(&helpline.app, &acting, order).await;
    assert_eq!(refused(refusal), Refused::InPersonOnly);
    let onward = DelegatePost {
        request_id: "onward".to_owned(),
        post: holder.posts[0].post,
        login: "l1.block.phanda".to_owned(),
        from: None,
        until: helpline.app.now().plus_ms(DAY_MS),
    };
    let refusal = desk::delegate_post(&helpline.app, &acting, onward).await;
    assert_eq!(refused(refusal), Refused::InPersonOnly);
}

async fn a_delegation_ends_with_its_time_its_revocation_and_its_givers_post(home: Home) {
    let helpline = Helpline::start(&home).await;
    let holder = helpline.officer("block:phanda", 1).await;
    helpline.officer("block:berasia", 1).await;
    let post = holder.posts[0].post;
    let acts_for = async || {
        let acting = signed(&helpline, "l1.block.berasia").await;
        acting.posts.iter().filter(|held| held.delegate_of.is_some()).count()
    };

    give(&helpline, &holder, DAY_MS).await.unwrap();
    helpline.pass(DAY_MS - 1);
    assert_eq!(acts_for().await, 1);
    helpline.pass(1);
    assert_eq!(acts_for().await, 0);

    give(&helpline, &holder, 2 * DAY_MS).await.unwrap();
    assert_eq!(acts_for().await, 1);
    let revoke =
        |id: &str| Revoke { request_id: id.to_owned(), post, login: "l1.block.berasia".to_owned() };
    let stranger = helpline.officer("block:phanda", 2).await;
    let other = desk::revoke_delegation(&helpline.app, &stranger, revoke("stranger")).await;
    assert_eq!(refused(other), Refused::NothingOpen);
    let ended = desk::revoke_delegation(&helpline.app, &holder, revoke("own")).await.unwrap();
    assert!(ended.revoked_at.is_some());
    assert_eq!(acts_for().await, 0);
    let twice = desk::revoke_delegation(&helpline.app, &holder, revoke("twice")).await;
    assert_eq!(refused(twice), Refused::NothingOpen);

    helpline.pass(1_000);
    give(&helpline, &holder, 3 * DAY_MS).await.unwrap();
    let collector = Actor {
        role: Role::Collector,
        district: Some(PlaceCode::new("district:396")),
        ..helpline.staff(Role::Directorate).await
    };
    let listed = desk::post_delegations(&helpline.app, &collector, Some(post)).await.unwrap();
    assert_eq!(listed.len(), 3);
    assert_eq!(
        (listed[0].login.as_str(), listed[0].giver.as_str()),
        ("l1.block.berasia", "l1.block.phanda")
    );
    assert!(desk::post_delegations(&helpline.app, &stranger, None).await.unwrap().is_empty());
    assert_eq!(acts_for().await, 1);
    let (writer, now) = (&helpline.look.writer, helpline.app.now());
    assert!(posts::end(writer, post, holder.account.unwrap(), now).await.unwrap());
    assert_eq!(acts_for().await, 0);
}

async fn only_the_own_post_is_delegated_to_an_officer_for_ninety_days_at_most(home: Home) {
    let helpline = Helpline::start(&home).await;
    let holder = helpline.officer("block:phanda", 1).await;
    let other = helpline.officer("block:berasia", 1).await;
    helpline.staff(Role::Agent).await;
    let ask = |login: &str, from: Option<i64>, until: i64| DelegatePost {
        request_id: format!("{login} {from:?} {until}"),
        post: holder.posts[0].post,
        login: login.to_owned(),
        from: from.map(|ms| TEN.plus_ms(ms)),
        until: TEN.plus_ms(until),
    };
    let login = "l1.block.berasia";
    let give = async |by: &Actor, ask| desk::delegate_post(&helpline.app, by, ask).await.map(drop);

    assert_eq!(refused(give(&other, ask(login, None, DAY_MS)).await), Refused::NotYourPost);
    for (from, until) in
        [(None, 0), (None, 90 * DAY_MS + 1), (Some(-1), DAY_MS), (Some(DAY_MS), DAY_MS)]
    {
        let answer = give(&holder, ask(login, from, until)).await;
        assert_eq!(refused(answer), Refused::DateNotAllowed, "{from:?} {until}");
    }
    let own = give(&holder, ask("l1.block.phanda", None, DAY_MS)).await;
    assert_eq!(refused(own), Refused::SamePerson);
    for nobody in ["agent", "nobody"] {
        let answer = give(&holder, ask(nobody, None, DAY_MS)).await.unwrap_err();
        assert!(matches!(answer, Error::Invalid { field: "login", .. }), "{answer:?}");
    }
    give(&holder, ask(login, Some(DAY_MS), 91 * DAY_MS)).await.unwrap();
}

async fn the_share_of_delegated_acts_is_counted_by_post_officer_department_and_district(
    home: Home,
) {
    let helpline = Helpline::start(&home).await;
    let holder = helpline.officer("block:phanda", 1).await;
    helpline.officer("block:berasia", 1).await;
    let directorate = helpline.staff(Role::Directorate).await;
    give(&helpline, &holder, DAY_MS).await.unwrap();
    let acting = signed(&helpline, "l1.block.berasia").await;
    for phone in ["9000000001", "9000000002"] {
        contact(&helpline, &holder, phone).await.unwrap();
    }
    contact(&helpline, &acting, "9000000003").await.unwrap();
    // To look is no act.
    let seen = helpline.registered("9000000004").await;
    let open = desk::Open { request_id: "o".to_owned(), number: seen.number(), post: None };
    desk::open(&helpline.app, &acting, open).await.unwrap();
    let shares = async |by: &Actor, per, day: Timestamp| {
        let ask = Shares {
            per,
            from: day.ist_day(),
            until: day.ist_day(),
            department: None,
            district: None,
        };
        desk::delegated_shares(&helpline.app, by, ask).await.unwrap()
    };

    for (per, key) in [
        (Per::Post, holder.posts[0].post.0.to_string()),
        (Per::Officer, "l1.block.phanda".to_owned()),
        (Per::Department, "energy".to_owned()),
        (Per::District, "district:396".to_owned()),
    ] {
        let found = shares(&directorate, per, TEN).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((&found[0].key, found[0].acts, found[0].delegated), (&key, 3, 1));
        assert_eq!(found[0].basis_points(), 3_333);
    }
    assert_eq!(shares(&holder, Per::Post, TEN).await.len(), 1);
    let stranger = helpline.officer("block:phanda", 2).await;
    assert!(shares(&stranger, Per::Post, TEN).await.is_empty());
    assert!(shares(&directorate, Per::Post, TEN.plus_ms(DAY_MS)).await.is_empty());
}
