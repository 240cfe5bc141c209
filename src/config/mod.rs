//! Settings from a file and the environment. Every limit that an operator may set has its name, unit and default here, and
//! its explanation in `deploy/helpline181.toml`.

use std::{
    collections::HashMap,
    env,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use serde::Deserialize;

mod api;
mod centre;
mod desk;
mod evidence;
mod intake;
mod officer_line;
mod queue;
mod recordings;
mod sip;
mod sms;
mod trunk;

pub use api::Api;
pub use centre::Centre;
pub use desk::Desk;
pub use evidence::Evidence;
pub use intake::Intake;
pub use officer_line::OfficerLine;
pub use queue::{Otherwise, Overflow, Queue};
pub use recordings::Recordings;
pub use sip::Sip;
pub use sms::{Sms, SmsFields, SmsForm, SmsReceipts};
pub use trunk::{Dialler, Digest, Transport, Trunk};

/// Read when it lies in the working directory and no other file is named.
pub const DEFAULT_FILE: &str = "helpline181.toml";
/// `HELPLINE181_API__ADDRESS` sets `address` in section `api`.
const ENVIRONMENT_PREFIX: &str = "HELPLINE181";
const PHONES_MAX: usize = 2_000;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("settings file {} cannot be read", .0.display())]
    Missing(PathBuf),
    #[error("settings are wrong")]
    Wrong(#[from] config::ConfigError),
    #[error("settings: {0}")]
    Impossible(String),
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub api: Api,
    pub store: Store,
    pub sip: Sip,
    pub rtp: Rtp,
    pub dialler: Dialler,
    pub queue: Queue,
    pub converse: Converse,
    pub prompts: Prompts,
    pub sms: Sms,
    pub desk: Desk,
    pub evidence: Evidence,
    pub intake: Intake,
    pub officer_line: OfficerLine,
    pub centre: Centre,
    pub recordings: Recordings,
    pub logs: Logs,
    pub trunk: Vec<Trunk>,
    pub phone: Vec<Phone>,
}

#[derive(Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    /// Holds the database's file, the keys and the recordings.
    pub data: PathBuf,
    /// `postgres://...`; empty for the file under `data`.
    pub database: String,
    /// Changes in one commit at most. For measurements alone: 1 is one commit each.
    pub group_max: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rtp {
    pub address: IpAddr,
    pub port_first: u16,
    pub port_last: u16,
    pub realtime: bool,
    pub silence_timeout_s: u64,
    pub held_timeout_s: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Converse {
    /// Logins of external IVRs that are believed.
    pub trusted: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Prompts {
    pub dir: PathBuf,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Logs {
    pub format: LogFormat,
    /// Directives of tracing's `EnvFilter`, as `info` or `info,helpline181::workers=debug`.
    pub filter: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phone {
    pub user: String,
    pub password: String,
}

impl Default for Store {
    fn default() -> Self {
        Self { data: PathBuf::from("helpline-data"), database: String::new(), group_max: None }
    }
}

impl Default for Rtp {
    fn default() -> Self {
        Self {
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port_first: 20_000,
            port_last: 29_999,
            realtime: true,
            silence_timeout_s: 30,
            held_timeout_s: 300,
        }
    }
}

impl Default for Prompts {
    fn default() -> Self {
        Self { dir: PathBuf::from("audio") }
    }
}

impl Default for Logs {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info".to_owned() }
    }
}

impl Settings {
    /// Reads `file`, or the default file if it is there, and lets the environment override it.
    pub fn load(file: Option<&Path>) -> Result<Self, Error> {
        let file = match file {
            Some(file) if !file.is_file() => return Err(Error::Missing(file.to_owned())),
            Some(file) => Some(file),
            None => Some(Path::new(DEFAULT_FILE)).filter(|file| file.is_file()),
        };
        Self::read(
            file,
            env::vars_os().filter_map(|(k, v)| k.into_string().ok().zip(v.into_string().ok())),
        )
    }

    fn read(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, Error> {
        // Names without a section, as HELPLINE181_TOKEN, belong to the command line.
        let environment: HashMap<_, _> = environment
            .filter(|(name, _)| {
                name.strip_prefix(ENVIRONMENT_PREFIX).is_some_and(|rest| rest.contains("__"))
            })
            .collect();
        let mut builder = config::Config::builder();
        if let Some(file) = file {
            builder = builder.add_source(config::File::from(file).format(config::FileFormat::Toml));
        }
        let environment = config::Environment::with_prefix(ENVIRONMENT_PREFIX)
            .prefix_separator("_")
            .separator("__")
            .source(Some(environment));
        let settings: Self = builder.add_source(environment).build()?.try_deserialize()?;
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), Error> {
        let wrong = |what: String| Err(Error::Impossible(what));
        if self.api.tls_certificate.is_some() != self.api.tls_key.is_some() {
            return wrong("api.tls_certificate and api.tls_key go together".to_owned());
        }
        if self.phone.len() > PHONES_MAX {
            return wrong(format!("more than {PHONES_MAX} phones"));
        }
        if self.sms.messages_per_minute == 0 || self.sms.timeout_s == 0 {
            return wrong("sms.messages_per_minute and sms.timeout_s must be above 0".to_owned());
        }
        if let Err(why) = self.evidence.check() {
            return wrong(why.to_owned());
        }
        if let Err(why) = self.recordings.check() {
            return wrong(why.to_owned());
        }
        if self.rtp.port_first >= self.rtp.port_last {
            return wrong("rtp.port_first must be below rtp.port_last".to_owned());
        }
        self.check_trunks()?;
        self.queue.check()?;
        self.sip.check()
    }

    /// What `serve --demo` adds: a trunk that gives calls from 127.0.0.2 and takes them at 127.0.0.1:5080, a phone, and MD5.
    pub fn demonstrate(&mut self) {
        self.sip.md5 = true;
        if self.trunk.iter().all(|trunk| trunk.name != "demo") {
            let (peer, at) = (Ipv4Addr::new(127, 0, 0, 2), Ipv4Addr::LOCALHOST);
            let outbound = SocketAddr::new(IpAddr::V4(at), 5080);
            self.trunk.push(Trunk::new("demo", IpAddr::V4(peer), outbound));
        }
        if self.converse.trusted.is_empty() {
            self.converse.trusted.push("ivr".to_owned());
        }
        if self.phone.is_empty() {
            for user in ["demo", "agent"] {
                self.phone.push(Phone { user: user.to_owned(), password: user.to_owned() });
            }
        }
    }
}

// A database's address may hold a password.
impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({})", self.data.display())
    }
}

impl std::fmt::Debug for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Phone({})", self.user)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const SAMPLE: &str = include_str!("../../deploy/helpline181.toml");

    fn read(text: &str, environment: &[(&str, &str)]) -> Result<Settings, Error> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("settings.toml");
        fs::write(&file, text).unwrap();
        let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Settings::read(Some(&file), environment)
    }

    #[test]
    fn the_sample_says_every_setting_with_its_default() {
        let said: toml::Table = SAMPLE.parse().unwrap();
        assert_eq!(read(SAMPLE, &[]).unwrap(), Settings::default());

        for (section, settings) in [
            ("api", 6),
            ("store", 2),
            ("sip", 19),
            ("rtp", 6),
            ("dialler", 5),
            ("queue", 17),
            ("converse", 1),
            ("officer_line", 1),
            ("prompts", 1),
            ("evidence", 7),
            ("recordings", 4),
            ("logs", 2),
        ] {
            assert_eq!(said[section].as_table().unwrap().len(), settings, "{section}");
        }
    }

    #[test]
    fn the_samples_examples_are_settings_too() {
        let examples = SAMPLE.replace("\n#: ", "\n");

        let settings = read(&examples, &[]).unwrap();

        assert_eq!(settings.trunk.len(), 2);
        assert_eq!(settings.phone.len(), 1);
        assert_eq!(settings.queue.overflow.len(), 2);
        assert_eq!(settings.dialling_trunk().unwrap().name, "bsnl");
    }

    #[test]
    fn verification_calls_go_out_by_the_trunks_in_the_order_of_the_setting() {
        let trunks = "[[trunk]]\nname = \"a\"\noutbound = \"127.0.0.1:1\"\n[[trunk]]\nname = \"b\"\noutbound = \"127.0.0.1:2\"\n\
                      [trunk.caller_ids]\n\"district:396\" = \"1600180396\"\n";
        let names = |dialler: &str| {
            let settings = read(&format!("{dialler}\n{trunks}"), &[]).unwrap();
            let trunks = settings.dialling_trunks();
            trunks.into_iter().map(|trunk| trunk.name.clone()).collect::<Vec<_>>()
        };

        assert_eq!(names(""), ["a"]);
        assert_eq!(names("[dialler]\ntrunk = \"b\""), ["b"]);
        assert_eq!(names("[dialler]\ntrunks = [\"b\", \"a\"]"), ["b", "a"]);
        let settings = read(trunks, &[]).unwrap();
        assert_eq!(settings.trunk[1].caller_ids["district:396"], "1600180396");
    }

    #[test]
    fn the_sample_trunks_are_settings() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/trunks"));
        let mut read_files = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "toml") {
                let examples = fs::read_to_string(&path).unwrap().replace("\n#: ", "\n");
                let settings = read(&examples, &[]).unwrap();
                assert!(settings.dialling_trunk().is_some(), "{}", path.display());
                read_files += 1;
            }
        }
        assert_eq!(read_files, 3);
    }

    #[test]
    fn environment_overrides_the_file() {
        let environment = [
            ("HELPLINE181_API__ADDRESS", "127.0.0.1:9"),
            ("HELPLINE181_SIP__MD5", "true"),
            ("HELPLINE181_RTP__PORT_LAST", "20099"),
            ("HELPLINE181_TOKEN", "belongs to the command line"),
            ("HELPLINE181_SERVER", "http://127.0.0.1:1"),
        ];

        let settings =
            read("[api]\naddress = \"127.0.0.1:1\"\nconnections_max = 7", &environment).unwrap();

        assert_eq!(settings.api.address.port(), 9);
        assert_eq!(settings.api.connections_max, 7);
        assert!(settings.sip.md5);
        assert_eq!(settings.rtp.port_last, 20_099);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for wrong in [
            "[api]\nadress = \"127.0.0.1:1\"",
            "[sip]\ntcp = \"on\"",
            "[sip]\ntls = \"on\"",
            "[sip]\ntls = \"127.0.0.1:5061\"",
            "[sip]\ntls_key = \"phones.key\"",
            "[sip]\nqualify_s = 0",
            "[rtp]\nport_first = 3000\nport_last = 2000",
            "[dialler]\ntrunk = \"none\"",
            "[dialler]\ntrunks = [\"none\"]",
            "[dialler]\ntrunk = \"a\"\ntrunks = [\"a\"]\n[[trunk]]\nname = \"a\"\noutbound = \"127.0.0.1:1\"",
            "[[trunk]]\nname = \"a\"\npeers = [\"127.0.0.1\"]\ncalls_per_second = 0",
            "[[trunk]]\nname = \"a\"\npeers = [\"127.0.0.1\"]\ncaller_ids = { \"district:1\" = \"1600;x\" }",
            "[evidence]\nendpoint = \"https://s3.example.in\"\nbucket = \"evidence\"",
            "[evidence]\nendpoint = \"s3.example.in\"",
            "[[trunk]]\nname = \"a\"",
            "[[trunk]]\nname = \"a\"\npeers = [\"127.0.0.1\"]\n[[trunk]]\nname = \"a\"\npeers = [\"127.0.0.1\"]",
        ] {
            assert!(read(wrong, &[]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_named_file_that_is_missing_is_an_error() {
        assert!(matches!(Settings::load(Some(Path::new("no/such.toml"))), Err(Error::Missing(_))));
    }

    #[test]
    fn debug_shows_no_password() {
        let settings = read(
            "[evidence]\naccess_key = \"canary\"\nsecret_key = \"canary\"\n[store]\ndatabase = \"postgres://u:canary@h/d\"\n[[phone]]\nuser = \"u\"\npassword = \"canary\"\n[[trunk]]\nname = \"t\"\npeers = [\"127.0.0.1\"]\n\
             digest = { user = \"u\", password = \"canary\", realm = \"r\" }",
            &[],
        )
        .unwrap();

        assert!(!format!("{settings:?}").contains("canary"));
    }
}
