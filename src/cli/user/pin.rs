//! PINs of the officers' phone line, by the API: an officer sets the own one, an administrator unlocks and clears.

use helpline_proto::v1;

use crate::cli::{
    client::{Options, request_id},
    error::Result,
    print, session,
};

#[derive(Debug, clap::Subcommand)]
pub enum Pin {
    /// Set your own PIN of six digits; the password and then the PIN are read from standard input
    Set,
    /// Lift the lock that five wrong PINs left
    Unlock { login: String },
    /// Take an officer's PIN away; the officer sets a new one
    Clear { login: String },
}

pub async fn run(pin: Pin, options: &Options) -> Result<()> {
    let connection = options.connect().await?;
    let mut pins = connection.pins();
    let request_id = request_id()?;
    let found = match pin {
        Pin::Set => {
            let password = session::password("your password: ")?;
            let pin = session::password("your new PIN, six digits: ")?;
            let ask = v1::SetPinRequest { request_id, password, pin };
            pins.set_pin(ask).await?.into_inner().pin
        }
        Pin::Unlock { login } => {
            pins.unlock_pin(v1::UnlockPinRequest { request_id, login }).await?.into_inner().pin
        }
        Pin::Clear { login } => {
            pins.clear_pin(v1::ClearPinRequest { request_id, login }).await?.into_inner().pin
        }
    };
    let pin = found.unwrap_or_default();
    let state = match (pin.set, pin.locked) {
        (false, _) => "none",
        (true, false) => "set",
        (true, true) => "locked",
    };
    let value = || serde_json::json!({ "login": pin.login, "set": pin.set, "locked": pin.locked });
    print::out(options.json, value, || format!("{}: {state}", pin.login));
    Ok(())
}
