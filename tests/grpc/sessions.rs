//! Signing in, going on, signing out, and being locked out.

use helpline_proto::v1;
use tonic::Code;
use tonic_types::StatusExt;

use crate::kit::{House, reason};

const PASSWORD: &str = "helpline181";
const MINUTE_MS: i64 = 60_000;

fn sign_in(login: &str, password: &str) -> v1::SignInRequest {
    v1::SignInRequest { login: login.into(), password: password.into(), channel: 0 }
}

async fn session(house: &House, login: &str) -> v1::Session {
    let request = sign_in(login, PASSWORD);
    house.sessions().await.sign_in(request).await.unwrap().into_inner().session.unwrap()
}

async fn works(house: &House, token: &str) -> Result<(), Code> {
    let client = house.with_token(token).await;
    let mut complaints = v1::complaint_service_client::ComplaintServiceClient::new(client);
    match complaints.list_cases(v1::ListCasesRequest::default()).await {
        Ok(_) => Ok(()),
        Err(status) => Err(status.code()),
    }
}

#[tokio::test]
async fn a_right_password_gives_a_session_that_names_role_and_posts() {
    let house = House::open().await;

    let officer = session(&house, "je.phanda").await;

    assert_eq!(officer.role(), v1::Role::Officer);
    assert_eq!(officer.posts.len(), 1);
    assert_eq!(works(&house, &officer.access_token).await, Ok(()));
    house.close().await;
}

#[tokio::test]
async fn an_unknown_login_and_a_wrong_password_answer_alike() {
    let house = House::open().await;
    let mut sessions = house.sessions().await;

    let unknown = sessions.sign_in(sign_in("nobody", PASSWORD)).await.unwrap_err();
    let wrong = sessions.sign_in(sign_in("agent", "not the password")).await.unwrap_err();

    assert_eq!(reason(&unknown), "WRONG_LOGIN");
    assert_eq!((unknown.code(), unknown.message()), (wrong.code(), wrong.message()));
    assert_eq!(unknown.details(), wrong.details());
    house.close().await;
}

#[tokio::test]
async fn wrong_passwords_lock_the_account_and_time_opens_it() {
    let house = House::open().await;
    let mut sessions = house.sessions().await;

    let mut locked = None;
    for _ in 0..20 {
        let refused = sessions.sign_in(sign_in("agent", "not the password")).await.unwrap_err();
        if reason(&refused) == "ACCOUNT_LOCKED" {
            locked = Some(refused);
            break;
        }
    }

    let locked = locked.expect("twenty wrong passwords lock an account");
    assert!(locked.get_error_details().error_info().unwrap().metadata.contains_key("until"));
    let right = sessions.sign_in(sign_in("agent", PASSWORD)).await.unwrap_err();
    assert_eq!(reason(&right), "ACCOUNT_LOCKED");
    house.clock.advance(24 * 60 * MINUTE_MS);
    sessions.sign_in(sign_in("agent", PASSWORD)).await.unwrap();
    house.close().await;
}

#[tokio::test]
async fn an_access_token_ends_after_fifteen_minutes() {
    let house = House::open().await;
    let session = session(&house, "agent").await;

    house.clock.advance(15 * MINUTE_MS - 1);
    assert_eq!(works(&house, &session.access_token).await, Ok(()));
    house.clock.advance(1);

    assert_eq!(works(&house, &session.access_token).await, Err(Code::Unauthenticated));
    house.close().await;
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_for_twelve_hours() {
    let house = House::open().await;
    let mut sessions = house.sessions().await;
    let first = session(&house, "agent").await;
    house.clock.advance(20 * MINUTE_MS);

    let request = v1::RefreshRequest { refresh_token: first.refresh_token };
    let second = sessions.refresh(request.clone()).await.unwrap().into_inner().session.unwrap();

    assert_eq!(works(&house, &second.access_token).await, Ok(()));
    assert_eq!(sessions.refresh(request).await.unwrap_err().code(), Code::Unauthenticated);
    house.clock.advance(12 * 60 * MINUTE_MS);
    let request = v1::RefreshRequest { refresh_token: second.refresh_token };
    assert_eq!(sessions.refresh(request).await.unwrap_err().code(), Code::Unauthenticated);
    house.close().await;
}

#[tokio::test]
async fn signing_out_ends_the_session_at_once() {
    let house = House::open().await;
    let session = session(&house, "agent").await;
    assert_eq!(works(&house, &session.access_token).await, Ok(()));

    let client = house.with_token(&session.access_token).await;
    v1::session_service_client::SessionServiceClient::new(client)
        .sign_out(v1::SignOutRequest {})
        .await
        .unwrap();

    assert_eq!(works(&house, &session.access_token).await, Err(Code::Unauthenticated));
    house.close().await;
}

#[tokio::test]
async fn a_channel_that_nobody_works_by_is_refused() {
    let house = House::open().await;
    let mut request = sign_in("agent", PASSWORD);
    request.channel = v1::Channel::System.into();

    let refused = house.sessions().await.sign_in(request).await.unwrap_err();

    assert_eq!(crate::kit::wrong_field(&refused), "channel");
    house.close().await;
}

#[tokio::test]
async fn the_roles_are_called_as_in_the_state_whose_directory_is_live() {
    let house = House::open().await;
    let session = session(&house, "agent").await;
    let client = house.with_token(&session.access_token).await;
    let mut sessions = v1::session_service_client::SessionServiceClient::new(client);

    let titles = sessions.list_titles(v1::ListTitlesRequest {}).await.unwrap().into_inner().titles;

    assert_eq!(titles.len(), 15);
    let manager = titles.iter().find(|title| title.word == "DISTRICT_MANAGER").unwrap();
    assert_eq!((manager.role(), manager.level), (v1::Role::Nodal, 0));
    assert_eq!(manager.name_hi, "जिला प्रबंधक, लोक सेवा");
    house.close().await;
}
