//! Sessions, powers and lists of those who work with cases.

use crate::kit::{Helpline, Home};
use helpline181::{
    app::{
        Error, accounts, calls, cases, demo, desk, notices,
        sessions::{self, SignIn},
    },
    domain::{
        actor::{Actor, Channel, Role},
        language::Language,
        page::After,
        phone::Phone,
        place::PostId,
        refused::Refused,
    },
    store::{call_backs, logins},
};

on_both_engines! {
    an_officer_signs_in_by_a_channel_and_acts_with_the_posts_held_now,
    a_session_lasts_a_quarter_of_an_hour_and_is_refreshed_once,
    a_session_that_was_signed_out_is_over_at_once,
    five_wrong_passwords_lock_the_account_for_a_quarter_of_an_hour,
    accounts_are_made_by_administrators_alone_and_a_login_once,
    an_officers_queue_holds_the_cases_of_the_own_posts_soonest_due_first,
    a_list_is_paged_and_narrowed_by_phone_and_state,
    a_case_shows_its_words_and_history_to_who_may_read_it,
    a_watch_tells_new_facts_and_resumes_after_its_token,
    a_call_leaves_a_language_and_one_task_for_the_operator,
    notices_are_written_once_with_the_phone_masked,
    the_demonstration_prepares_its_directory_and_accounts_once,
}

fn sign_in(login: &str, password: &str) -> SignIn {
    SignIn { login: login.to_owned(), password: password.to_owned(), channel: Channel::Portal }
}

async fn an_officer_signs_in_by_a_channel_and_acts_with_the_posts_held_now(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let login = "l1.block.phanda";

    let signed =
        sessions::sign_in(&helpline.app, sign_in("L1.Block.Phanda", "long enough")).await.unwrap();
    let actor = sessions::authenticate(&helpline.app, &signed.access).await.unwrap();

    let console = SignIn { channel: Channel::Agent, ..sign_in(login, "long enough") };
    let refused = sessions::sign_in(&helpline.app, console).await.unwrap_err();
    assert!(matches!(refused, Error::Invalid { field: "channel", .. }));
    assert_eq!(signed.account.login, login);
    assert_eq!(actor.posts, officer.posts);
    assert_eq!((actor.role, actor.channel), (Role::Officer, Channel::Portal));
    let account = officer.account.unwrap();
    let rows = logins::of_account(&helpline.look.db, account, crate::kit::TEN, 10).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].channel, rows[0].post), (Channel::Portal, Some(officer.posts[0].post.0)));
}

async fn a_session_lasts_a_quarter_of_an_hour_and_is_refreshed_once(home: Home) {
    let helpline = Helpline::start(&home).await;
    helpline.staff(Role::Agent).await;
    let signed = sessions::sign_in(&helpline.app, sign_in("agent", "long enough")).await.unwrap();

    helpline.pass(15 * 60_000);
    let over = sessions::authenticate(&helpline.app, &signed.access).await.unwrap_err();
    assert!(matches!(over, Error::Unauthenticated));
    let fresh = sessions::refresh(&helpline.app, &signed.refresh).await.unwrap();
    sessions::authenticate(&helpline.app, &fresh.access).await.unwrap();
    let again = sessions::refresh(&helpline.app, &signed.refresh).await.unwrap_err();
    assert!(matches!(again, Error::Unauthenticated));

    helpline.pass(12 * 3_600_000);
    let over = sessions::refresh(&helpline.app, &fresh.refresh).await.unwrap_err();
    assert!(matches!(over, Error::Unauthenticated));
}

async fn a_session_that_was_signed_out_is_over_at_once(home: Home) {
    let helpline = Helpline::start(&home).await;
    helpline.staff(Role::Agent).await;
    let signed = sessions::sign_in(&helpline.app, sign_in("agent", "long enough")).await.unwrap();
    sessions::authenticate(&helpline.app, &signed.access).await.unwrap();

    sessions::sign_out(&helpline.app, &signed.access).await.unwrap();

    let over = sessions::authenticate(&helpline.app, &signed.access).await.unwrap_err();
    assert!(matches!(over, Error::Unauthenticated));
    let over = sessions::refresh(&helpline.app, &signed.refresh).await.unwrap_err();
    assert!(matches!(over, Error::Unauthenticated));
}

async fn five_wrong_passwords_lock_the_account_for_a_quarter_of_an_hour(home: Home) {
    let helpline = Helpline::start(&home).await;
    helpline.staff(Role::Agent).await;
    for _ in 0..5 {
        let wrong = sessions::sign_in(&helpline.app, sign_in("agent", "a guess")).await;
        assert!(matches!(wrong.unwrap_err(), Error::Unauthenticated));
    }

    let locked = sessions::sign_in(&helpline.app, sign_in("agent", "long enough")).await;
    let Error::LockedOut { until } = locked.unwrap_err() else { panic!("it is locked") };
    assert_eq!(until, crate::kit::TEN.plus_ms(900_000));
    helpline.pass(900_000);
    assert!(sessions::sign_in(&helpline.app, sign_in("agent", "long enough")).await.is_ok());

    // A login that nobody has behaves alike, so that a lock-out tells nothing.
    for _ in 0..5 {
        let nobody = sessions::sign_in(&helpline.app, sign_in("Nobody", "long enough")).await;
        assert!(matches!(nobody.unwrap_err(), Error::Unauthenticated));
    }
    let nobody = sessions::sign_in(&helpline.app, sign_in("nobody", "long enough")).await;
    let Error::LockedOut { until } = nobody.unwrap_err() else { panic!("it is locked") };
    assert_eq!(until, helpline.app.now().plus_ms(900_000));
    helpline.pass(900_000);
    let nobody = sessions::sign_in(&helpline.app, sign_in("nobody", "long enough")).await;
    assert!(matches!(nobody.unwrap_err(), Error::Unauthenticated));
}

async fn accounts_are_made_by_administrators_alone_and_a_login_once(home: Home) {
    let helpline = Helpline::start(&home).await;
    let admin = helpline.staff(Role::Admin).await;
    let agent = helpline.staff(Role::Agent).await;
    let add = |login: &str, role, posts| accounts::Add {
        login: login.to_owned(),
        name: "Somebody".to_owned(),
        password: "long enough".to_owned(),
        role,
        district: None,
        posts,
    };

    let forbidden = accounts::add(&helpline.app, &agent, add("x", Role::Agent, vec![])).await;
    assert!(matches!(forbidden.unwrap_err(), Error::Forbidden(Refused::NotYourRole)));
    let taken = accounts::add(&helpline.app, &admin, add("Agent", Role::Agent, vec![])).await;
    assert!(matches!(taken.unwrap_err(), Error::Refused(Refused::LoginTaken)));
    for wrong in [
        add("an officer", Role::Officer, vec![PostId(1)]),
        add("officer", Role::Officer, vec![]),
        add("officer", Role::Officer, vec![PostId(999_999)]),
        add("agent2", Role::Agent, vec![PostId(1)]),
        add("nodal", Role::Nodal, vec![]),
        add("robot", Role::System, vec![]),
    ] {
        let invalid = accounts::add(&helpline.app, &admin, wrong).await.unwrap_err();
        assert!(matches!(invalid, Error::Invalid { .. }), "{invalid:?}");
    }
}

async fn an_officers_queue_holds_the_cases_of_the_own_posts_soonest_due_first(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let above = helpline.officer("block:phanda", 2).await;
    let first = helpline.registered("9000000001").await;
    helpline.pass(1_000);
    let second = helpline.registered("9000000002").await;

    let queue = desk::queue(&helpline.app, &officer, desk::Queue::default()).await.unwrap();
    let ids: Vec<_> = queue.rows.iter().map(|view| view.case.id).collect();
    assert_eq!(ids, [first.id, second.id]);
    assert_eq!(
        desk::queue(&helpline.app, &above, desk::Queue::default()).await.unwrap().rows.len(),
        0
    );

    let page = async |size, after| {
        let ask = desk::Queue { size, after, ..desk::Queue::default() };
        desk::queue(&helpline.app, &officer, ask).await.unwrap()
    };
    let before = page(1, None).await;
    assert_eq!((before.rows.len(), before.next.map(|next| next.id)), (1, Some(first.id)));
    // The first one moves away meanwhile: no case is passed over for it.
    helpline.resolve(&first, &officer).await;
    let behind = page(1, before.next).await;
    assert_eq!((behind.rows[0].case.id, behind.next), (second.id, None));

    let ask = desk::Resolve {
        request_id: "r".to_owned(),
        number: first.number(),
        etag: None,
        post: None,
        report: "mended".to_owned(),
        evidence: vec![],
    };
    let forbidden = desk::resolve(&helpline.app, &above, ask).await.unwrap_err();
    assert!(matches!(forbidden, Error::Forbidden(Refused::NotYourPost)));
}

async fn a_list_is_paged_and_narrowed_by_phone_and_state(home: Home) {
    let helpline = Helpline::start(&home).await;
    let agent = helpline.staff(Role::Agent).await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(helpline.registered(&format!("900000000{n}")).await.id);
    }
    ids.reverse();
    let page =
        |token| cases::Filter { page: cases::Page { size: 2, token }, ..cases::Filter::default() };
    let mut seen = Vec::new();
    let mut token = None;
    loop {
        let listed = cases::list(&helpline.app, &agent, page(token)).await.unwrap();
        seen.extend(listed.cases.iter().map(|view| view.case.id));
        token = listed.next;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(seen, ids);

    let phone = Some(Phone::parse("9000000003").unwrap());
    let filter = cases::Filter { phone, ..cases::Filter::default() };
    let listed = cases::list(&helpline.app, &agent, filter).await.unwrap();
    assert_eq!(listed.cases.len(), 1);
    assert_eq!(listed.cases[0].phone.to_string(), "XXXXXX0003");
}

async fn a_case_shows_its_words_and_history_to_who_may_read_it(home: Home) {
    let helpline = Helpline::start(&home).await;
    let agent = helpline.staff(Role::Agent).await;
    let admin = helpline.staff(Role::Admin).await;
    let case = helpline.registered("9000000001").await;

    let detail = cases::get(&helpline.app, &agent, case.number()).await.unwrap();
    assert_eq!(detail.view.words.as_deref(), Some("no light for three days"));
    assert_eq!(detail.view.designation.unwrap().as_str(), "junior_engineer");
    assert_eq!(detail.history.len(), 2);
    let forbidden = cases::get(&helpline.app, &admin, case.number()).await.unwrap_err();
    assert!(matches!(forbidden, Error::Forbidden(Refused::NotYourRole)));
}

async fn a_watch_tells_new_facts_and_resumes_after_its_token(home: Home) {
    let helpline = Helpline::start(&home).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let other = helpline.officer("district:396", 1).await;
    let soon = |ms| tokio::time::Instant::now() + std::time::Duration::from_millis(ms);
    let mut watch = cases::watch(&helpline.app, &officer, None).await.unwrap();
    let mut elsewhere = cases::watch(&helpline.app, &other, None).await.unwrap();
    let case = helpline.registered("9000000001").await;

    let mut kinds = Vec::new();
    for _ in 0..2 {
        let Some(cases::Watched::Fact { number, event }) = watch.next(soon(5_000)).await.unwrap()
        else {
            panic!("two facts were written");
        };
        assert_eq!(number, case.number());
        kinds.push(event.kind);
    }
    assert_eq!(kinds, ["registered", "routed"]);
    let token = watch.token();
    assert!(matches!(elsewhere.next(soon(300)).await.unwrap(), Some(cases::Watched::Quiet)));
    // Who takes over the post sees what happens from then on.
    elsewhere.by(&officer).unwrap();

    helpline.resolve(&case, &officer).await;
    let mut watch = cases::watch(&helpline.app, &officer, Some(&token)).await.unwrap();
    let Some(cases::Watched::Fact { event, .. }) = watch.next(soon(5_000)).await.unwrap() else {
        panic!("the resolution was written");
    };
    assert_eq!(event.kind, "resolved");
    let shown = elsewhere.next(soon(5_000)).await.unwrap();
    assert!(matches!(shown, Some(cases::Watched::Fact { event, .. }) if event.kind == "resolved"));
    assert!(cases::watch(&helpline.app, &officer, Some("rubbish")).await.is_err());
}

async fn a_call_leaves_a_language_and_one_task_for_the_operator(home: Home) {
    let helpline = Helpline::start(&home).await;
    let agent = helpline.staff(Role::Agent).await;
    let by = Actor::caller(None);
    let phone = Phone::parse("9000000001").unwrap();
    assert_eq!(
        calls::caller(&helpline.app, &by, &phone).await.unwrap(),
        calls::CallerKnown::default()
    );

    calls::language(&helpline.app, &by, &phone, Language::English).await.unwrap();
    for _ in 0..2 {
        let ask = calls::Operator {
            call: "call-1".to_owned(),
            phone: Some(phone.clone()),
            reason: "no_input".to_owned(),
            language: Language::English,
        };
        calls::operator(&helpline.app, &by, ask).await.unwrap();
    }

    let known = calls::caller(&helpline.app, &by, &phone).await.unwrap();
    assert_eq!(known.language, Some(Language::English));
    let waiting = calls::call_backs(&helpline.app, &agent, 10, None).await.unwrap().rows;
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].phone, Some(phone));
    assert_eq!(call_backs::open(&helpline.look.db, After::START, 10).await.unwrap().len(), 1);
}

async fn notices_are_written_once_with_the_phone_masked(home: Home) {
    let helpline = Helpline::start(&home).await;
    let case = helpline.registered("9000000001").await;
    let path = home.folder.path().join("notices.jsonl");
    let post = std::sync::Arc::new(crate::kit::journal(&home).await);

    assert_eq!(notices::deliver(&helpline.app, &post, 10).await.unwrap(), 2);
    assert_eq!(notices::deliver(&helpline.app, &post, 10).await.unwrap(), 0);

    let written = std::fs::read_to_string(path).unwrap();
    assert!(written.contains(r#""to":"XXXXXX0001""#));
    assert!(written.contains(&case.number().to_string()));
    assert!(!written.contains("9000000001"));
}

async fn the_demonstration_prepares_its_directory_and_accounts_once(home: Home) {
    let helpline = Helpline::start(&home).await;

    let first = demo::prepare(&helpline.app, crate::kit::SAMPLE).await.unwrap();
    let again = demo::prepare(&helpline.app, crate::kit::SAMPLE).await.unwrap();

    assert_eq!(first.len(), 16);
    assert_eq!(again.len(), 16);
    let engineer = again.iter().find(|made| made.login == "je.phanda").unwrap();
    let actor = sessions::authenticate(&helpline.app, &engineer.token).await.unwrap();
    assert_eq!(actor.posts.len(), 1);
    let case = helpline.registered("9000000001").await;
    assert_eq!(case.post, Some(actor.posts[0].post));
}
