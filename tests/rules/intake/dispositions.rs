//! After a call, its agent says what it was.

use helpline181::{
    app::{Error, intake},
    domain::{
        actor::{Actor, Role},
        intake::disposition::{Disposition, Talk},
        refused::Refused,
    },
    store::{queue, texts},
};

use crate::kit::{Helpline, Home, TEN};

on_both_engines! {
    an_agent_says_what_the_latest_call_was_and_changes_it_once,
    a_repeated_word_is_one_word,
    another_call_than_the_latest_is_refused,
}

const MINUTE_MS: i64 = 60_000;

/// The call centre has kept that the agent talked, from ten o'clock for a minute.
async fn talked(helpline: &Helpline, agent: &Actor, call: &str) {
    let talk = Talk {
        call: call.to_owned(),
        account: agent.account.unwrap(),
        began_at: TEN,
        ended_at: Some(TEN.plus_ms(MINUTE_MS)),
        said: None,
    };
    let kept = queue::Kept { talks: vec![talk], ..queue::Kept::default() };
    queue::keep(&helpline.look.writer, kept).await.unwrap();
}

fn says(request: &str, disposition: Disposition) -> intake::Dispose {
    let note = Some("the caller wept".to_owned());
    intake::Dispose { request_id: request.to_owned(), call: None, disposition, note }
}

async fn an_agent_says_what_the_latest_call_was_and_changes_it_once(home: Home) {
    let helpline = Helpline::start(&home).await;
    let agent = helpline.staff(Role::Agent).await;
    let app = &helpline.app;
    let nothing = intake::dispose(app, &agent, says("0", Disposition::Silent), None).await;
    assert!(matches!(nothing, Err(Error::NotFound("call"))), "{nothing:?}");
    talked(&helpline, &agent, "c1").await;
    helpline.pass(2 * MINUTE_MS);

    let first = intake::dispose(app, &agent, says("1", Disposition::Silent), None).await.unwrap();
    let second = intake::dispose(app, &agent, says("2", Disposition::Abusive), None).await.unwrap();
    let third = intake::dispose(app, &agent, says("3", Disposition::Silent), None).await;

    assert_eq!((first.before, first.fresh), (None, true));
    assert_eq!((second.before, second.fresh), (Some(Disposition::Silent), true));
    assert!(matches!(third, Err(Error::Refused(Refused::SaidTwice))), "{third:?}");
    let counts = intake::dispositions(app, &Actor::system(), TEN).await.unwrap();
    assert_eq!(counts, [(Disposition::Abusive, 1)]);
    let note = texts::get(&helpline.look.db, second.talk.said.unwrap().text.unwrap()).await;
    assert_eq!(note.unwrap().words, "the caller wept");
    // Of a call long past nothing is said any more.
    helpline.pass(60 * MINUTE_MS);
    talked(&helpline, &agent, "c0").await;
    let late = intake::dispose(app, &agent, says("4", Disposition::Silent), None).await;
    assert!(matches!(late, Err(Error::Refused(Refused::TooLate))), "{late:?}");
}

async fn a_repeated_word_is_one_word(home: Home) {
    let helpline = Helpline::start(&home).await;
    let agent = helpline.staff(Role::Agent).await;
    let app = &helpline.app;
    talked(&helpline, &agent, "c1").await;

    let mut fresh = Vec::new();
    for _ in 0..3 {
        let said = intake::dispose(app, &agent, says("1", Disposition::Registered), None).await;
        let said = said.unwrap();
        assert_eq!(said.talk.said.unwrap().changed, 0);
        fresh.push(said.fresh);
    }

    assert_eq!(fresh, [true, false, false]);
}

async fn another_call_than_the_latest_is_refused(home: Home) {
    let helpline = Helpline::start(&home).await;
    let (agent, caller) =
        (helpline.staff(Role::Agent).await, helpline.staff(Role::FeedbackCaller).await);
    talked(&helpline, &agent, "c1").await;
    talked(&helpline, &caller, "c2").await;

    let of = |call: &str| intake::Dispose {
        call: Some(call.to_owned()),
        ..says("1", Disposition::Silent)
    };
    let others = intake::dispose(&helpline.app, &agent, of("c2"), None).await;
    let own = intake::dispose(&helpline.app, &agent, of("c1"), None).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let nobodys = intake::dispose(&helpline.app, &officer, of("c1"), None).await;

    assert!(matches!(others, Err(Error::Forbidden(Refused::NotYourCall))), "{others:?}");
    assert_eq!(own.unwrap().talk.call, "c1");
    assert!(matches!(nobodys, Err(Error::Forbidden(Refused::NotYourRole))), "{nobodys:?}");
}
