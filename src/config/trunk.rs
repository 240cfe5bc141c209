//! The trunks, and how verification calls go out by them.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
};

use serde::Deserialize;

use super::{Error, Settings};
use crate::domain::pacing::Mode;

const TRUNKS_MAX: usize = 64;
/// Digits of a number that is shown to citizens.
const SHOWN_DIGITS_MAX: usize = 15;

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dialler {
    pub mode: DialMode,
    /// The trunk for verification calls; empty for the first one that takes calls.
    pub trunk: String,
    /// Several of them, asked in this order; then `trunk` stays empty.
    pub trunks: Vec<String>,
    pub calls_max: usize,
    pub ring_timeout_s: u64,
}

/// Who speaks with the citizens that the dialler rings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DialMode {
    /// The dialogue.
    #[default]
    Agentless,
    /// Feedback callers who are free, and the dialogue when none is.
    Progressive,
}

impl From<DialMode> for Mode {
    fn from(mode: DialMode) -> Self {
        match mode {
            DialMode::Agentless => Self::Agentless,
            DialMode::Progressive => Self::Progressive,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trunk {
    pub name: String,
    #[serde(default)]
    pub peers: Vec<IpAddr>,
    pub digest: Option<Digest>,
    #[serde(default)]
    pub transport: Transport,
    #[serde(default)]
    pub trusted_cli: bool,
    #[serde(default = "the_helpline")]
    pub caller_id: String,
    /// By the district's code, as `district:396`.
    #[serde(default)]
    pub caller_ids: HashMap<String, String>,
    #[serde(default = "calls_per_second")]
    pub calls_per_second: u32,
    #[serde(default = "channels")]
    pub channels: u32,
    pub outbound: Option<SocketAddr>,
}

#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Digest {
    pub user: String,
    pub password: String,
    pub realm: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    #[default]
    Udp,
    Tcp,
}

impl Default for Dialler {
    fn default() -> Self {
        Self {
            mode: DialMode::default(),
            trunk: String::new(),
            trunks: Vec::new(),
            calls_max: 30,
            ring_timeout_s: 35,
        }
    }
}

impl Trunk {
    /// A trunk that is believed, with the defaults.
    pub(super) fn new(name: &str, peer: IpAddr, outbound: SocketAddr) -> Self {
        Self {
            name: name.to_owned(),
            peers: vec![peer],
            digest: None,
            transport: Transport::Udp,
            trusted_cli: true,
            caller_id: the_helpline(),
            caller_ids: HashMap::new(),
            calls_per_second: calls_per_second(),
            channels: channels(),
            outbound: Some(outbound),
        }
    }

    fn check(&self) -> Result<(), String> {
        let Self { name, calls_per_second, channels, .. } = self;
        if self.peers.is_empty() && self.outbound.is_none() {
            return Err(format!("trunk {name} has neither peers nor outbound"));
        }
        if *calls_per_second == 0 || *channels == 0 {
            return Err(format!("trunk {name}: calls_per_second and channels must be above 0"));
        }
        let shown = |number: &String| {
            (1..=SHOWN_DIGITS_MAX).contains(&number.len())
                && number.bytes().all(|byte| byte.is_ascii_digit())
        };
        match self.caller_ids.iter().find(|(_, number)| !shown(number)) {
            Some((district, _)) => {
                Err(format!("trunk {name}: the caller id of {district} is no number"))
            }
            None => Ok(()),
        }
    }
}

impl Settings {
    pub(super) fn check_trunks(&self) -> Result<(), Error> {
        let wrong = |what: String| Err(Error::Impossible(what));
        if self.trunk.len() > TRUNKS_MAX {
            return wrong(format!("more than {TRUNKS_MAX} trunks"));
        }
        for (n, trunk) in self.trunk.iter().enumerate() {
            if trunk.name.is_empty() || self.trunk[..n].iter().any(|other| other.name == trunk.name)
            {
                return wrong(format!("trunk name {:?} is empty or used twice", trunk.name));
            }
            trunk.check().map_err(Error::Impossible)?;
        }
        let Dialler { trunk, trunks, .. } = &self.dialler;
        if !trunk.is_empty() && !trunks.is_empty() {
            return wrong("dialler.trunk and dialler.trunks exclude each other".to_owned());
        }
        let named: Vec<&String> =
            trunks.iter().chain([trunk].into_iter().filter(|name| !name.is_empty())).collect();
        for (n, name) in named.iter().enumerate() {
            if self.taking_calls(name).is_none() || named[..n].contains(name) {
                return wrong(format!("dialler: trunk {name:?} takes no calls or is named twice"));
            }
        }
        Ok(())
    }

    /// The trunks that verification calls go out by, in the order in which they are asked.
    pub fn dialling_trunks(&self) -> Vec<&Trunk> {
        let Dialler { trunk, trunks, .. } = &self.dialler;
        if !trunks.is_empty() {
            return trunks.iter().filter_map(|name| self.taking_calls(name)).collect();
        }
        let wanted = |candidate: &&Trunk| trunk.is_empty() || candidate.name == *trunk;
        let mut taking = self.trunk.iter().filter(|trunk| trunk.outbound.is_some());
        taking.find(wanted).into_iter().collect()
    }

    /// The first of them.
    pub fn dialling_trunk(&self) -> Option<&Trunk> {
        self.dialling_trunks().into_iter().next()
    }

    fn taking_calls(&self, name: &str) -> Option<&Trunk> {
        self.trunk.iter().find(|trunk| trunk.name == name && trunk.outbound.is_some())
    }
}

fn the_helpline() -> String {
    "181".to_owned()
}

fn calls_per_second() -> u32 {
    10
}

fn channels() -> u32 {
    30
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Digest({} at {})", self.user, self.realm)
    }
}
