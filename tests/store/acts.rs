//! What acts leave beside the cases: matters, orders, links, files, delegations.

use helpline181::{
    domain::{
        actor::Channel,
        case::{
            aside::Target,
            evidence::{Evidence, FileKind},
            matter::{Behind, Kind, Matter, Settled, Settlement},
        },
        change::{Change, FollowRun, FollowUp, Gate, Order, Run},
        delegation::{Delegation, Done, Per, Revoked},
        place::{Code, PlaceCode, PostId},
        scope::Scope,
    },
    store::{
        Error, cases,
        delegations::{self, Period},
        evidence,
        links::{self, FOLLOWERS_MAX},
        matters::{self, Filter, Which},
        orders, rounds,
        writer::Counter,
    },
};

use crate::kit::{
    Home, NOW, commit,
    samples::{filed, fresh_filing, next, opened_account, with_round},
};

on_both_engines! {
    what_stands_beside_a_case_reads_back_and_goes_away,
    a_case_and_its_round_go_over_to_another_citizen,
    an_orders_number_is_taken_once_and_the_change_of_the_second_is_not_written,
    matters_are_listed_by_kind_scope_and_state_until_they_are_settled,
    matters_are_paged_behind_the_last_row_whatever_comes_and_goes,
    approved_transfers_are_counted_by_case,
    a_case_follows_another_until_it_is_unlinked,
    a_leads_followers_are_named_in_batches_until_its_run_ends,
    files_of_a_case_are_kept_with_their_digest,
    a_delegation_holds_for_its_district_account_and_time,
    delegations_of_posts_are_listed_and_revoked,
    acts_are_counted_with_those_of_delegates,
}

async fn what_stands_beside_a_case_reads_back_and_goes_away(home: Home) {
    let store = home.open().await;
    let case = filed(&store).await;
    assert_eq!(case.aside, None);

    let with = case.clone().with_aside(|aside| {
        aside.target = Some(Target { stay: 1, at: NOW });
        aside.hops = 2;
    });
    commit(&store, "a", next(&with, "target_set")).await.unwrap();
    let read = cases::get(&store.db, case.id).await.unwrap();
    assert_eq!(read.aside, with.aside);
    let without = read.with_aside(|aside| *aside = Default::default());
    commit(&store, "b", next(&without, "target_gone")).await.unwrap();
    assert_eq!(cases::get(&store.db, case.id).await.unwrap().aside, None);
}

async fn a_case_and_its_round_go_over_to_another_citizen(home: Home) {
    let store = home.open().await;
    let (mut case, mut round) = with_round(&store).await;
    let other = filed(&store).await.citizen;
    (case.citizen, round.citizen) = (other, other);
    let gate = Gate::Version(round.version);
    round.version += 1;
    round.opened_at = NOW.plus_ms(7);

    let change = Change { round: Some((gate, round.clone())), ..next(&case, "number_changed") };
    commit(&store, "over", change).await.unwrap();

    assert_eq!(cases::get(&store.db, case.id).await.unwrap().citizen, other);
    assert_eq!(rounds::get(&store.db, case.id, round.round).await.unwrap(), round);
}

async fn an_orders_number_is_taken_once_and_the_change_of_the_second_is_not_written(home: Home) {
    let store = home.open().await;
    let [one, two] = [filed(&store).await, filed(&store).await];
    let order = |case: i64, n| Order {
        post: PostId(11),
        year: 2026,
        n,
        case,
        version: 2,
        account: Some(7),
        text: case + 1,
        at: NOW,
    };
    assert_eq!(orders::next(&store.db, PostId(11), 2026).await.unwrap(), 1);

    let first = Change { order: Some(order(one.id, 1)), ..next(&one, "special_order") };
    commit(&store, "one", first).await.unwrap();
    let second = Change { order: Some(order(two.id, 1)), ..next(&two, "special_order") };
    let lost = commit(&store, "two", second).await;

    assert!(matches!(lost, Err(Error::Conflict)), "{lost:?}");
    assert_eq!(orders::of_case(&store.db, one.id).await.unwrap(), [order(one.id, 1)]);
    assert_eq!(orders::of_case(&store.db, two.id).await.unwrap(), []);
    assert_eq!(cases::get(&store.db, two.id).await.unwrap().version, 1);
    assert_eq!(orders::next(&store.db, PostId(11), 2026).await.unwrap(), 2);
    assert_eq!(orders::next(&store.db, PostId(11), 2027).await.unwrap(), 1);
}

fn matter(case: i64, version: i64, kind: Kind, district: &str) -> Matter {
    Matter {
        case,
        version,
        kind,
        department: Code::new("energy"),
        district: PlaceCode::new(district),
        post: Some(PostId(11)),
        to_post: Some(PostId(12)),
        account: Some(7),
        code: "FUNDS".to_owned(),
        opened_at: NOW,
        due_at: Some(NOW.plus_ms(100)),
        settled: None,
    }
}

fn settled(case: i64, version: i64, kind: Option<Kind>, outcome: &str) -> Settled {
    let settlement = Settlement { outcome: outcome.to_owned(), at: NOW, version };
    Settled { case, kind, settlement }
}

async fn matters_are_listed_by_kind_scope_and_state_until_they_are_settled(home: Home) {
    let store = home.open().await;
    let case = filed(&store).await;
    let target = matter(case.id, 2, Kind::Target, "district:396");
    let blocker = matter(case.id, 2, Kind::Blocker, "district:396");
    let change =
        Change { matters: vec![target.clone(), blocker.clone()], ..next(&case, "target_set") };
    commit(&store, "open", change).await.unwrap();
    let list = async |scope: Scope, which| {
        let filter = Filter { kind: Kind::Target, which, code: None };
        matters::list(&store.db, &scope, &filter, Behind::START, 10).await.unwrap()
    };

    assert_eq!(list(Scope::All, Which::Open).await, std::slice::from_ref(&target));
    let here = Scope::District(PlaceCode::new("district:396"));
    assert_eq!(list(here, Which::Open).await, std::slice::from_ref(&target));
    let elsewhere = Scope::District(PlaceCode::new("district:427"));
    assert_eq!(list(elsewhere, Which::Open).await, []);
    for post in [11, 12] {
        assert_eq!(list(Scope::Posts(vec![PostId(post)]), Which::Open).await.len(), 1);
    }
    assert_eq!(list(Scope::Posts(vec![PostId(13)]), Which::Open).await, []);
    assert_eq!(list(Scope::Nothing, Which::Open).await, []);
    assert_eq!(list(Scope::All, Which::Overdue(NOW.plus_ms(100))).await, []);
    assert_eq!(list(Scope::All, Which::Overdue(NOW.plus_ms(101))).await.len(), 1);

    let case = cases::get(&store.db, case.id).await.unwrap();
    let again = Change {
        matters: vec![matter(case.id, 3, Kind::Target, "district:396")],
        settled: vec![settled(case.id, 3, Some(Kind::Target), "MISSED")],
        ..next(&case, "target_set")
    };
    commit(&store, "again", again).await.unwrap();
    let open = matters::open(&store.db, case.id, Kind::Target).await.unwrap().unwrap();
    assert_eq!(open.version, 3);
    assert_eq!(list(Scope::All, Which::All).await.len(), 2);
    let missed = list(Scope::All, Which::Overdue(NOW)).await;
    assert_eq!(missed[0].settled.as_ref().unwrap().outcome, "MISSED");

    let case = cases::get(&store.db, case.id).await.unwrap();
    let end = Change { settled: vec![settled(case.id, 4, None, "CLOSED")], ..next(&case, "end") };
    commit(&store, "end", end).await.unwrap();
    assert_eq!(matters::open(&store.db, case.id, Kind::Target).await.unwrap(), None);
    assert_eq!(matters::open(&store.db, case.id, Kind::Blocker).await.unwrap(), None);
}

async fn matters_are_paged_behind_the_last_row_whatever_comes_and_goes(home: Home) {
    let store = home.open().await;
    let [one, two] = [filed(&store).await, filed(&store).await];
    for (n, case) in [(0, &one), (1, &two), (2, &one), (3, &one)] {
        let case = cases::get(&store.db, case.id).await.unwrap();
        let blocker = matter(case.id, case.version + 1, Kind::Blocker, "district:396");
        // The second and the third are of one instant.
        let opened_at = NOW.plus_ms([0, 5, 5, 9][n]);
        let change =
            Change { matters: vec![Matter { opened_at, ..blocker }], ..next(&case, "blocked") };
        commit(&store, &format!("b{n}"), change).await.unwrap();
    }
    let page = async |behind, which, code: Option<&str>| {
        let code = code.map(str::to_owned);
        let filter = Filter { kind: Kind::Blocker, which, code };
        matters::list(&store.db, &Scope::All, &filter, behind, 2).await.unwrap()
    };
    let keys = |rows: &[Matter]| -> Vec<_> {
        rows.iter().map(|row| (row.opened_at.ms() - NOW.ms(), row.case)).collect()
    };

    let first = page(Behind::START, Which::Open, None).await;
    assert_eq!(keys(&first), [(0, one.id), (5, one.id)]);
    let case = cases::get(&store.db, one.id).await.unwrap();
    let end = Change {
        settled: vec![settled(one.id, case.version + 1, None, "CLOSED")],
        ..next(&case, "end")
    };
    commit(&store, "end", end).await.unwrap();
    let second = page(Behind::row(&first[1]), Which::Open, None).await;
    assert_eq!(keys(&second), [(5, two.id)]);
    let all = page(Behind::row(&first[1]), Which::All, Some("FUNDS")).await;
    assert_eq!(keys(&all), [(5, two.id), (9, one.id)]);
    assert_eq!(page(Behind::START, Which::All, Some("COURT")).await, []);
    assert_eq!(page(Behind::row(&all[1]), Which::All, None).await, []);
}

async fn approved_transfers_are_counted_by_case(home: Home) {
    let store = home.open().await;
    let case = filed(&store).await;
    for (version, outcome) in [(2, "APPROVED"), (4, "REJECTED"), (6, "APPROVED")] {
        let case = cases::get(&store.db, case.id).await.unwrap();
        let change = Change {
            matters: vec![matter(case.id, version, Kind::Transfer, "district:396")],
            ..next(&case, "transfer_proposed")
        };
        commit(&store, &format!("p{version}"), change).await.unwrap();
        let case = cases::get(&store.db, case.id).await.unwrap();
        let change = Change {
            settled: vec![settled(case.id, version + 1, Some(Kind::Transfer), outcome)],
            ..next(&case, "decided")
        };
        commit(&store, &format!("d{version}"), change).await.unwrap();
    }

    assert_eq!(matters::hops(&store.db, &Scope::All, 2, 10).await.unwrap(), [(case.id, 2)]);
    assert_eq!(matters::hops(&store.db, &Scope::All, 3, 10).await.unwrap(), []);
    let elsewhere = Scope::District(PlaceCode::new("district:427"));
    assert_eq!(matters::hops(&store.db, &elsewhere, 1, 10).await.unwrap(), []);
}

async fn a_case_follows_another_until_it_is_unlinked(home: Home) {
    let store = home.open().await;
    let [lead, follower] = [filed(&store).await, filed(&store).await];

    let link = Change { links: vec![(follower.id, Some(lead.id))], ..next(&follower, "linked") };
    commit(&store, "link", link).await.unwrap();
    assert!(links::leads_any(&store.db, lead.id).await.unwrap());
    let owed = FollowUp {
        lead: lead.id,
        version: 2,
        follower: follower.id,
        text: 5,
        account: Some(7),
        post: Some(PostId(11)),
        delegate_of: Some(9),
        channel: Channel::App,
        at: NOW,
    };
    let resolved = Change { owed: vec![owed.clone()], ..next(&lead, "resolved") };
    commit(&store, "resolved", resolved).await.unwrap();
    assert_eq!(links::owed(&store.db, 10).await.unwrap(), std::slice::from_ref(&owed));
    let done = Change { followed: Some(owed), ..Change::new(NOW) };
    commit(&store, "followed", done).await.unwrap();
    assert_eq!(links::owed(&store.db, 10).await.unwrap(), []);
    let follower = cases::get(&store.db, follower.id).await.unwrap();
    let unlink = Change { links: vec![(follower.id, None)], ..next(&follower, "unlinked") };
    commit(&store, "unlink", unlink).await.unwrap();
    assert!(!links::leads_any(&store.db, lead.id).await.unwrap());
}

async fn a_leads_followers_are_named_in_batches_until_its_run_ends(home: Home) {
    let store = home.open().await;
    let lead = filed(&store).await;
    let mut followers = Vec::new();
    for n in 0..=FOLLOWERS_MAX as i64 {
        let follower = filed(&store).await;
        // The last one begins to follow when the lead is long resolved.
        let at = NOW.plus_ms(60_001 * i64::from(n == FOLLOWERS_MAX as i64));
        let links = vec![(follower.id, Some(lead.id))];
        commit(&store, &format!("link{n}"), Change { links, ..Change::new(at) }).await.unwrap();
        followers.push(follower.id);
    }
    let run = FollowRun {
        lead: lead.id,
        version: 2,
        text: 5,
        account: Some(7),
        post: Some(PostId(11)),
        delegate_of: None,
        channel: Channel::Portal,
        at: NOW,
        behind: 0,
    };
    let change = |run: Run| Change { run: Some(run), ..Change::new(NOW) };
    commit(&store, "begins", change(Run::Begins(run.clone()))).await.unwrap();

    assert_eq!(links::runs(&store.db, 10).await.unwrap(), std::slice::from_ref(&run));
    let first = links::followers(&store.db, &run).await.unwrap();
    assert_eq!(first, followers[..FOLLOWERS_MAX]);
    let on = FollowRun { behind: followers[2], ..run.clone() };
    commit(&store, "goes on", change(Run::GoesOn(on.clone()))).await.unwrap();
    assert_eq!(links::runs(&store.db, 10).await.unwrap(), std::slice::from_ref(&on));
    let next = links::followers(&store.db, &on).await.unwrap();
    assert_eq!(next, followers[3..FOLLOWERS_MAX]);
    commit(&store, "ends", change(Run::Ends(on))).await.unwrap();
    assert_eq!(links::runs(&store.db, 10).await.unwrap(), []);
}

async fn files_of_a_case_are_kept_with_their_digest(home: Home) {
    let store = home.open().await;
    let case = filed(&store).await;
    let file = Evidence {
        id: store.writer.reserve(Counter::Evidence).await.unwrap(),
        case: case.id,
        sha256: [9; 32],
        kind: FileKind::Jpeg,
        bytes: 12_345,
        account: Some(7),
        post: Some(PostId(11)),
        at: NOW,
    };

    let change = Change { evidence: vec![file.clone()], ..next(&case, "evidence") };
    commit(&store, "file", change).await.unwrap();

    assert_eq!(evidence::get(&store.db, file.id).await.unwrap(), file);
    assert_eq!(evidence::of_case(&store.db, case.id).await.unwrap(), std::slice::from_ref(&file));
    let missing = evidence::get(&store.db, file.id + 1).await;
    assert!(matches!(missing, Err(Error::NotFound)));
    let other = fresh_filing(&store).await.case.unwrap().1.id;
    assert_eq!(evidence::of_case(&store.db, other).await.unwrap(), []);
}

async fn a_delegation_holds_for_its_district_account_and_time(home: Home) {
    let store = home.open().await;
    let account = store.writer.reserve(Counter::Account).await.unwrap();
    commit(&store, "account", opened_account(account, "nodal")).await.unwrap();
    let given = Delegation {
        district: PlaceCode::new("district:396"),
        post: None,
        account,
        from: NOW,
        until: NOW.plus_ms(10),
        given_by: account,
    };
    let change = Change { delegations: vec![given], ..Change::new(NOW) };
    commit(&store, "given", change).await.unwrap();
    let holds = async |district: &str, account, ms| {
        let district = PlaceCode::new(district);
        delegations::holds(&store.db, &district, account, NOW.plus_ms(ms)).await.unwrap()
    };

    assert!(holds("district:396", account, 0).await);
    assert!(holds("district:396", account, 9).await);
    assert!(!holds("district:396", account, 10).await);
    assert!(!holds("district:396", account, -1).await);
    assert!(!holds("district:427", account, 0).await);
    assert!(!holds("district:396", account + 1, 0).await);
}

async fn delegations_of_posts_are_listed_and_revoked(home: Home) {
    let store = home.open().await;
    let account = store.writer.reserve(Counter::Account).await.unwrap();
    commit(&store, "account", opened_account(account, "delegate")).await.unwrap();
    let district = PlaceCode::new("district:396");
    let given = |post: Option<i64>| Delegation {
        district: district.clone(),
        post: post.map(PostId),
        account,
        from: NOW,
        until: NOW.plus_ms(10),
        given_by: account,
    };
    let delegations = vec![given(Some(11)), given(Some(12)), given(None)];
    commit(&store, "given", Change { delegations, ..Change::new(NOW) }).await.unwrap();
    let listed = async |scope: Scope, own, post: Option<i64>| {
        let post = post.map(PostId);
        let found = delegations::list(&store.db, &scope, own, post, 10).await.unwrap();
        let post = |given: &delegations::Given| given.delegation.post.unwrap().0;
        found.iter().map(|given| (post(given), given.revoked_at)).collect::<Vec<_>>()
    };
    let posts = |posts: &[i64]| Scope::Posts(posts.iter().copied().map(PostId).collect());

    assert_eq!(listed(Scope::All, 0, None).await, [(11, None), (12, None)]);
    assert_eq!(listed(Scope::All, 0, Some(12)).await, [(12, None)]);
    assert_eq!(listed(Scope::District(district.clone()), 0, None).await.len(), 2);
    assert_eq!(listed(Scope::District(PlaceCode::new("district:1")), 0, None).await, []);
    assert_eq!(listed(posts(&[11]), 0, None).await, [(11, None)]);
    assert_eq!(listed(posts(&[]), account, None).await.len(), 2);
    assert_eq!(listed(Scope::Nothing, account, None).await, []);
    let at = NOW.plus_ms(5);
    let revoked = vec![Revoked { post: PostId(11), account, at, by: account }];
    let change = Change { revoked_delegations: revoked, ..Change::new(at) };
    commit(&store, "revoked", change).await.unwrap();
    assert_eq!(listed(Scope::All, 0, None).await, [(11, Some(at)), (12, None)]);
    // What is of the district stays.
    assert!(delegations::holds(&store.db, &district, account, at).await.unwrap());
}

async fn acts_are_counted_with_those_of_delegates(home: Home) {
    let store = home.open().await;
    let account = store.writer.reserve(Counter::Account).await.unwrap();
    commit(&store, "account", opened_account(account, "holder")).await.unwrap();
    for (n, delegate_of) in [(0, None), (1, Some(account)), (2, None)] {
        let case = filed(&store).await;
        let done = Done {
            case: case.id,
            version: n + 1,
            at: NOW.plus_ms(n),
            account,
            post: PostId(11),
            delegate_of,
            department: case.department.clone(),
            district: case.district.clone(),
        };
        let change = Change { done: Some(done), ..Change::new(NOW) };
        commit(&store, &format!("done {n}"), change).await.unwrap();
    }
    let shares = async |scope: Scope, per, until: i64| {
        let period =
            Period { from: NOW, until: NOW.plus_ms(until), department: None, district: None };
        let found = delegations::shares(&store.db, &scope, per, &period, 10).await.unwrap();
        found.into_iter().map(|row| (row.key, row.acts, row.delegated)).collect::<Vec<_>>()
    };

    assert_eq!(shares(Scope::All, Per::Post, 10).await, [("11".to_owned(), 3, 1)]);
    assert_eq!(shares(Scope::All, Per::Post, 1).await, [("11".to_owned(), 1, 0)]);
    assert_eq!(shares(Scope::All, Per::Officer, 10).await, [("holder".to_owned(), 3, 1)]);
    assert_eq!(shares(Scope::All, Per::Department, 10).await[0].1, 3);
    assert_eq!(shares(Scope::All, Per::District, 10).await[0].2, 1);
    assert_eq!(shares(Scope::Posts(vec![PostId(12)]), Per::Post, 10).await, []);
    assert_eq!(shares(Scope::Nothing, Per::Post, 10).await, []);
}
