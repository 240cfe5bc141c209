//! Signing in, going on, signing out.

use std::sync::Arc;

use helpline_proto::v1::{self, session_service_server::SessionService};
use tonic::{Code, Request, Response, Status};

use crate::{
    app::{App, Error, accounts, sessions},
    domain::actor::{Channel, titles::Title},
    grpc::{
        door,
        fail::{fail, field, reason},
        fields::print_time,
        status, words,
    },
};

const LOGIN_MAX_BYTES: usize = 128;
const PASSWORD_MAX_BYTES: usize = 256;
const TOKEN_MAX_BYTES: usize = 256;

pub struct Sessions(pub Arc<App>);

#[tonic::async_trait]
impl SessionService for Sessions {
    async fn sign_in(
        &self,
        request: Request<v1::SignInRequest>,
    ) -> Result<Response<v1::SignInResponse>, Status> {
        let ask = parse_sign_in(request.into_inner())?;
        let signed = sessions::sign_in(&self.0, ask).await.map_err(refused)?;
        Ok(Response::new(v1::SignInResponse { session: Some(print(signed)) }))
    }

    async fn refresh(
        &self,
        request: Request<v1::RefreshRequest>,
    ) -> Result<Response<v1::RefreshResponse>, Status> {
        let token = request.into_inner().refresh_token;
        if token.is_empty() || token.len() > TOKEN_MAX_BYTES {
            return Err(field("refresh_token", "not one that this helpline gave"));
        }
        let signed = sessions::refresh(&self.0, &token).await.map_err(status::of)?;
        Ok(Response::new(v1::RefreshResponse { session: Some(print(signed)) }))
    }

    async fn sign_out(
        &self,
        request: Request<v1::SignOutRequest>,
    ) -> Result<Response<v1::SignOutResponse>, Status> {
        let caller = door::caller(&request)?;
        sessions::sign_out(&self.0, &caller.token).await.map_err(status::of)?;
        Ok(Response::new(v1::SignOutResponse {}))
    }

    async fn list_titles(
        &self,
        request: Request<v1::ListTitlesRequest>,
    ) -> Result<Response<v1::ListTitlesResponse>, Status> {
        let caller = door::caller(&request)?;
        let titles = accounts::titles(&self.0, &caller.actor).into_iter().map(title).collect();
        Ok(Response::new(v1::ListTitlesResponse { titles }))
    }
}

fn title(title: Title) -> v1::Title {
    v1::Title {
        word: title.word.to_owned(),
        role: words::role(title.role),
        level: title.level.map_or(0, |level| level.0.into()),
        name_hi: title.names.hi,
        name_en: title.names.en,
    }
}

fn parse_sign_in(request: v1::SignInRequest) -> Result<sessions::SignIn, Status> {
    if request.login.is_empty() || request.login.len() > LOGIN_MAX_BYTES {
        return Err(field("login", "1 to 128 bytes"));
    }
    if request.password.is_empty() || request.password.len() > PASSWORD_MAX_BYTES {
        return Err(field("password", "1 to 256 bytes"));
    }
    let channel = match request.channel {
        0 => Channel::Portal,
        value => words::parse_channel(value)
            .filter(|channel| *channel != Channel::System)
            .ok_or_else(|| field("channel", "not a channel that people work by"))?,
    };
    Ok(sessions::SignIn { login: request.login, password: request.password, channel })
}

/// Whether the login exists is not told.
fn refused(error: Error) -> Status {
    match error {
        Error::Unauthenticated => {
            fail(Code::Unauthenticated, reason::WRONG_LOGIN, "wrong login or password")
        }
        other => status::of(other),
    }
}

fn print(signed: sessions::Signed) -> v1::Session {
    v1::Session {
        access_token: signed.access,
        access_expires_at: Some(print_time(signed.access_until)),
        refresh_token: signed.refresh,
        refresh_expires_at: Some(print_time(signed.refresh_until)),
        account: signed.account.id.to_string(),
        name: signed.account.name,
        role: words::role(signed.account.role),
        posts: signed.posts.iter().map(|post| post.0.to_string()).collect(),
    }
}
