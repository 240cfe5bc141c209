//! PINs of the officers' phone line.

use std::sync::Arc;

use helpline_proto::v1::{self, pin_service_server::PinService};
use tonic::{Code, Request, Response, Status};

use crate::{
    app::{
        App, Error,
        officer_line::{self, PinState},
    },
    grpc::{
        door,
        fail::{fail, field, reason},
        fields, status,
    },
};

const LOGIN_MAX_BYTES: usize = 128;
const PASSWORD_MAX_BYTES: usize = 256;
const PIN_MAX_BYTES: usize = 16;

pub struct Pins(pub Arc<App>);

#[tonic::async_trait]
impl PinService for Pins {
    async fn set_pin(
        &self,
        request: Request<v1::SetPinRequest>,
    ) -> Result<Response<v1::SetPinResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let request_id = fields::request_id(ask.request_id)?;
        if ask.password.is_empty() || ask.password.len() > PASSWORD_MAX_BYTES {
            return Err(field("password", "1 to 256 bytes"));
        }
        if ask.pin.len() > PIN_MAX_BYTES {
            return Err(field("pin", "six digits"));
        }
        let set = officer_line::SetPin { request_id, password: ask.password, pin: ask.pin };
        let pin = officer_line::set_pin(&self.0, &caller.actor, set).await.map_err(refused)?;
        Ok(Response::new(v1::SetPinResponse { pin: Some(print(pin)) }))
    }

    async fn unlock_pin(
        &self,
        request: Request<v1::UnlockPinRequest>,
    ) -> Result<Response<v1::UnlockPinResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let (id, login) = (fields::request_id(ask.request_id)?, login(ask.login)?);
        let unlocked = officer_line::unlock_pin(&self.0, &caller.actor, &id, &login).await;
        let pin = Some(print(unlocked.map_err(status::of)?));
        Ok(Response::new(v1::UnlockPinResponse { pin }))
    }

    async fn clear_pin(
        &self,
        request: Request<v1::ClearPinRequest>,
    ) -> Result<Response<v1::ClearPinResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let (id, login) = (fields::request_id(ask.request_id)?, login(ask.login)?);
        let cleared = officer_line::clear_pin(&self.0, &caller.actor, &id, &login).await;
        let pin = Some(print(cleared.map_err(status::of)?));
        Ok(Response::new(v1::ClearPinResponse { pin }))
    }
}

fn login(login: String) -> Result<String, Status> {
    if login.is_empty() || login.len() > LOGIN_MAX_BYTES {
        return Err(field("login", "1 to 128 bytes"));
    }
    Ok(login)
}

/// The session is good: it is the password that was asked once more.
fn refused(error: Error) -> Status {
    match error {
        Error::Unauthenticated => {
            fail(Code::Unauthenticated, reason::WRONG_LOGIN, "wrong password")
        }
        other => status::of(other),
    }
}

fn print(pin: PinState) -> v1::Pin {
    v1::Pin { login: pin.login, set: pin.set, locked: pin.locked }
}
