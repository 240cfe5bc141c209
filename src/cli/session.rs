//! Signing in from the command line. The session is kept in the user's configuration directory, readable to the user alone.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, BufRead, IsTerminal, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use helpline_proto::v1;
use serde::{Deserialize, Serialize};

use super::{
    client::{Connection, Options},
    error::{Error, Result},
};

/// `serve --demo` leaves the sample accounts' tokens here, in its data directory.
pub const SAMPLE_FILE: &str = "demo-tokens.json";
/// An access token lives 15 minutes; it is exchanged a little earlier.
const ACCESS_S: u64 = 14 * 60;

#[derive(Debug, clap::Args)]
pub struct Login {
    /// The account's login; the password is read from standard input
    login: String,
    /// How you work: agent, portal, app, jan-sunwai
    #[arg(long, default_value = "portal")]
    channel: String,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    server: String,
    access_token: String,
    refresh_token: String,
    /// Seconds since 1970 by this machine's clock.
    got_at: u64,
}

pub async fn login(ask: Login, options: &Options) -> Result<()> {
    let channel = super::print::channel(&ask.channel)?;
    let connection = options.anonymous().await?;
    let password = password(&format!("password of {}: ", ask.login))?;
    let request = v1::SignInRequest { login: ask.login, password, channel: channel.into() };
    let session = connection
        .sessions()
        .sign_in(request)
        .await?
        .into_inner()
        .session
        .ok_or_else(|| Error::other("the helpline answered without a session"))?;
    let role = super::print::word(session.role().as_str_name(), "ROLE_");
    println!("signed in as {} ({role})", session.name);
    keep(&options.server, &session)
}

pub async fn logout(options: &Options) -> Result<()> {
    let connection = options.connect().await?;
    connection.sessions().sign_out(v1::SignOutRequest {}).await?;
    match fs::remove_file(file()?) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::other(error)),
        _ => Ok(()),
    }
}

/// The access token kept for this server, exchanged for a new one when it is about to end.
pub async fn kept(connection: &Connection, server: &str) -> Result<Option<String>> {
    let Ok(text) = fs::read_to_string(file()?) else { return Ok(None) };
    let kept: Kept = serde_json::from_str(&text).map_err(Error::other)?;
    if kept.server != server {
        return Ok(None);
    }
    if now_s() < kept.got_at.saturating_add(ACCESS_S) {
        return Ok(Some(kept.access_token));
    }
    let request = v1::RefreshRequest { refresh_token: kept.refresh_token };
    let session = connection
        .sessions()
        .refresh(request)
        .await?
        .into_inner()
        .session
        .ok_or_else(|| Error::other("the helpline answered without a session"))?;
    keep(server, &session)?;
    Ok(Some(session.access_token))
}

/// The token of a sample account of the demonstration.
pub fn sample(data: &Path, login: &str) -> Result<String> {
    let path = data.join(SAMPLE_FILE);
    let text = fs::read_to_string(&path).map_err(|_| {
        Error::usage(format!("no {}: is `serve --demo` running in this directory?", path.display()))
    })?;
    let mut tokens: BTreeMap<String, String> = serde_json::from_str(&text).map_err(Error::other)?;
    tokens.remove(login).ok_or_else(|| {
        let logins: Vec<_> = tokens.keys().map(String::as_str).collect();
        Error::usage(format!("no sample account {login:?}; there are {}", logins.join(", ")))
    })
}

/// Leaves the sample accounts' tokens for `--as`.
pub fn keep_samples(data: &Path, tokens: &BTreeMap<String, String>) -> io::Result<()> {
    let text = serde_json::to_string_pretty(tokens).map_err(io::Error::other)?;
    write_private(&data.join(SAMPLE_FILE), &text)
}

/// Reads a password: from the terminal, which does not show it, or the first line of a pipe.
pub fn password(prompt: &str) -> Result<String> {
    let line = if io::stdin().is_terminal() {
        rpassword::prompt_password(prompt).map_err(Error::other)?
    } else {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map_err(Error::other)?;
        line
    };
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    if password.is_empty() { Err(Error::usage("the password is empty")) } else { Ok(password) }
}

fn keep(server: &str, session: &v1::Session) -> Result<()> {
    let kept = Kept {
        server: server.to_owned(),
        access_token: session.access_token.clone(),
        refresh_token: session.refresh_token.clone(),
        got_at: now_s(),
    };
    let text = serde_json::to_string(&kept).map_err(Error::other)?;
    write_private(&file()?, &text).map_err(Error::other)
}

/// Writes beside the file and renames, so that a reader finds the old text or the new one.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    if let Some(dir) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    }
    let new = path.with_extension(format!("new-{}", std::process::id()));
    let mut file =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(text.as_bytes())?;
    fs::rename(new, path)
}

fn file() -> Result<PathBuf> {
    let config = env::var_os("XDG_CONFIG_HOME")
        .filter(|dir| !dir.is_empty())
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".config")))
        .ok_or_else(|| Error::usage("neither XDG_CONFIG_HOME nor HOME is set"))?;
    Ok(config.join("helpline181").join("session.json"))
}

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn sample_tokens_are_found_again_and_readable_to_the_user_alone() {
        let dir = tempfile::tempdir().unwrap();
        let tokens = BTreeMap::from([("agent".to_owned(), "secret".to_owned())]);

        keep_samples(dir.path(), &tokens).unwrap();

        assert_eq!(sample(dir.path(), "agent").unwrap(), "secret");
        let mode = fs::metadata(dir.path().join(SAMPLE_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn an_unknown_sample_account_is_answered_with_those_there_are() {
        let dir = tempfile::tempdir().unwrap();
        keep_samples(dir.path(), &BTreeMap::from([("agent".to_owned(), "secret".to_owned())]))
            .unwrap();

        let error = sample(dir.path(), "boss").unwrap_err();

        assert_eq!(error.explain(), "no sample account \"boss\"; there are agent");
    }
}
