//! A copy of the database without the key file tells no phone and no words.

use std::sync::Arc;

use helpline181::{
    domain::{change::Change, citizen::Citizen, notice::Recipient},
    store::{Error, Store, citizens, files, lines, texts},
};
use tokio::task::JoinSet;

use crate::{
    kit::samples::{WORDS, citizen, filed, fresh_filing, phone},
    kit::{Home, NOW, commit, run},
};

on_both_engines! {
    other_keys_are_refused_at_start,
    missing_key_file_is_refused_and_none_is_made,
    same_keys_open_what_another_process_sealed,
    bytes_moved_to_another_row_do_not_open,
    many_who_look_up_at_once_find_each_their_own_citizen,
    one_who_stops_looking_up_holds_up_no_other,
    a_line_of_a_file_opens_with_the_keys_alone,
    a_files_key_opens_for_that_file_and_with_the_keys_alone,
}

/// Citizens 1 to `FILED` are there, others are not.
const FILED: i64 = 70;

async fn with_citizens(home: &Home) -> Arc<Store> {
    let store = Arc::new(home.open().await);
    for _ in 0..FILED {
        filed(&store).await;
    }
    store
}

fn looks_up(store: &Arc<Store>, id: i64) -> impl Future<Output = (i64, Option<Citizen>)> + use<> {
    let store = store.clone();
    async move { (id, citizens::by_phone(&store.db, &phone(id)).await.unwrap()) }
}

async fn many_who_look_up_at_once_find_each_their_own_citizen(home: Home) {
    let store = with_citizens(&home).await;
    let mut looking = JoinSet::new();
    for id in (1..=2 * FILED).chain(1..=10) {
        looking.spawn(looks_up(&store, id));
    }
    for (id, found) in looking.join_all().await {
        assert_eq!(found, (id <= FILED).then(|| citizen(id)));
    }
    store.close().await;
    let closed = citizens::by_phone(&store.db, &phone(1)).await;
    assert!(matches!(closed, Err(Error::Unavailable(_))), "{closed:?}");
}

async fn one_who_stops_looking_up_holds_up_no_other(home: Home) {
    let store = with_citizens(&home).await;
    for _ in 0..20 {
        let mut looking = JoinSet::new();
        let ones: Vec<_> = (1..=40).map(|id| looking.spawn(looks_up(&store, id))).collect();
        tokio::task::yield_now().await;
        for one in ones.iter().step_by(2) {
            one.abort();
        }
        let mut found = 0;
        while let Some(ended) = looking.join_next().await {
            match ended {
                Ok((id, seen)) => {
                    assert_eq!(seen, Some(citizen(id)));
                    found += 1;
                }
                Err(stopped) => assert!(stopped.is_cancelled()),
            }
        }
        assert!(found >= 20);
    }
    store.close().await;
}

async fn a_line_of_a_file_opens_with_the_keys_alone(home: Home) {
    let store = home.open().await;
    let line = lines::seal(&store.db, "she said 9000000001");
    assert!(line.bytes().all(|byte| byte.is_ascii_hexdigit()), "{line}");

    let stranger = Home::sqlite().open().await;

    assert_eq!(lines::open(&store.db, &line).unwrap(), "she said 9000000001");
    assert!(matches!(lines::open(&stranger.db, &line), Err(Error::Unsealable)));
    for torn in ["", "0", "zz", &line[..40], &line[..41]] {
        assert!(matches!(lines::open(&store.db, torn), Err(Error::Unsealable)), "{torn}");
    }
}

async fn a_files_key_opens_for_that_file_and_with_the_keys_alone(home: Home) {
    let store = home.open().await;
    let sealed = files::seal(&store.db, &[1; 32], &[9; 32]);
    let stranger = Home::sqlite().open().await;

    assert_eq!((sealed.len(), files::SEALED_BYTES), (73, 73));
    assert_eq!(files::open(&store.db, &[1; 32], &sealed).unwrap(), [9; 32]);
    assert!(matches!(files::open(&store.db, &[2; 32], &sealed), Err(Error::Unsealable)));
    assert!(matches!(files::open(&stranger.db, &[1; 32], &sealed), Err(Error::Unsealable)));
    assert!(matches!(files::open(&store.db, &[1; 32], &sealed[..72]), Err(Error::Unsealable)));
}

async fn other_keys_are_refused_at_start(home: Home) {
    home.open().await.close().await;
    let stranger = Home::sqlite();
    stranger.open().await.close().await;
    std::fs::copy(stranger.keys(), home.keys()).unwrap();

    let refused = Store::open(home.options(), NOW).await.map(drop);

    assert!(matches!(refused, Err(Error::WrongKeys(ref path)) if *path == home.keys()));
}

async fn missing_key_file_is_refused_and_none_is_made(home: Home) {
    home.open().await.close().await;
    std::fs::remove_file(home.keys()).unwrap();

    let refused = Store::open(home.options(), NOW).await.map(drop);

    assert!(matches!(refused, Err(Error::KeysMissing(ref path)) if *path == home.keys()));
    assert!(!home.keys().exists());
}

async fn same_keys_open_what_another_process_sealed(home: Home) {
    let store = home.open().await;
    let change = fresh_filing(&store).await;
    let (phone, text) = (change.citizen.clone().unwrap().phone, change.texts[0].id);
    commit(&store, "r", change).await.unwrap();
    store.close().await;

    let again = home.open().await;

    let found = citizens::by_phone(&again.db, &phone).await.unwrap().unwrap();
    assert_eq!((found.phone, found.name.as_deref()), (phone, Some("आशा देवी")));
    assert_eq!(texts::get(&again.db, text).await.unwrap().words, WORDS);
    again.close().await;
}

async fn bytes_moved_to_another_row_do_not_open(home: Home) {
    let store = home.open().await;
    let (one, other) = (fresh_filing(&store).await, fresh_filing(&store).await);
    let ids = [one.texts[0].id, other.texts[0].id];
    commit(&store, "one", one).await.unwrap();
    commit(&store, "other", other).await.unwrap();
    let [one, other] = ids;

    let sealed = format!("SELECT sealed FROM texts WHERE id = {one}");
    run(&home, &format!("UPDATE texts SET sealed = ({sealed}) WHERE id = {other}")).await;

    assert_eq!(texts::get(&store.db, one).await.unwrap().words, WORDS);
    let moved = texts::get(&store.db, other).await;
    assert!(matches!(moved, Err(Error::Unsealable)), "{moved:?}");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn database_file_holds_no_phone_and_no_words() {
    let home = Home::sqlite();
    let store = home.open().await;
    let mut change = fresh_filing(&store).await;
    change.citizen.as_mut().unwrap().phone = phone(76_543_210);
    change.notices[0].to = Recipient::Citizen(change.citizen.as_ref().unwrap().id);
    let case = change.case.clone().unwrap().1;
    commit(&store, "r", change).await.unwrap();
    let more = Change::updating(case, NOW);
    drop(more);
    store.close().await;

    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(home.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path != home.keys() {
            bytes.extend(std::fs::read(path).unwrap());
        }
    }
    let holds = |text: &str| bytes.windows(text.len()).any(|found| found == text.as_bytes());
    assert!(holds("account:7") && holds("registered"), "the file is not the database");
    for secret in ["9876543210", "76543210", "street for five days", "आशा"] {
        assert!(!holds(secret), "{secret}");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn key_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::sqlite();
    home.open().await.close().await;
    let mode = std::fs::metadata(home.keys()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
