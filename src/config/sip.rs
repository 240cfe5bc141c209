//! Where and how SIP is spoken with trunks and phones.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::Deserialize;

use super::Error;

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sip {
    pub udp: SocketAddr,
    /// `off`, or an address.
    pub tcp: String,
    /// For phones: `off`, or an address, which needs the two files below.
    pub tls: String,
    /// PEM files; both or none.
    pub tls_certificate: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    pub realm: String,
    pub md5: bool,
    pub challenge_calls: bool,
    /// Addresses of our own proxies, through which phones come.
    pub proxies: Vec<IpAddr>,
    pub calls_max: usize,
    pub calls_per_second: u32,
    pub datagrams_per_second: u32,
    pub trunk_datagrams_per_second: u32,
    pub retry_after_s: u32,
    pub wrong_passwords_max: u32,
    pub lock_out_s: u64,
    pub nonce_age_s: u64,
    pub register_min_s: u32,
    pub register_max_s: u32,
    /// How often each registered phone is asked whether it is there.
    pub qualify_s: u64,
    pub drain_s: u64,
}

impl Default for Sip {
    fn default() -> Self {
        let udp = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 5060);
        Self {
            udp,
            tcp: udp.to_string(),
            tls: "off".to_owned(),
            tls_certificate: None,
            tls_key: None,
            realm: "helpline181".to_owned(),
            md5: false,
            challenge_calls: false,
            proxies: Vec::new(),
            calls_max: 500,
            calls_per_second: 100,
            datagrams_per_second: 200,
            trunk_datagrams_per_second: 5_000,
            retry_after_s: 5,
            wrong_passwords_max: 10,
            lock_out_s: 300,
            nonce_age_s: 300,
            register_min_s: 30,
            register_max_s: 300,
            qualify_s: 15,
            drain_s: 60,
        }
    }
}

impl Sip {
    /// None when it is off.
    pub fn tcp_address(&self) -> Result<Option<SocketAddr>, Error> {
        address("sip.tcp", &self.tcp)
    }

    /// None when it is off.
    pub fn tls_address(&self) -> Result<Option<SocketAddr>, Error> {
        address("sip.tls", &self.tls)
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        self.tcp_address()?;
        let wrong = |what: &str| Err(Error::Impossible(what.to_owned()));
        if self.tls_certificate.is_some() != self.tls_key.is_some() {
            return wrong("sip.tls_certificate and sip.tls_key go together");
        }
        if self.tls_address()?.is_some() && self.tls_key.is_none() {
            return wrong("sip.tls needs sip.tls_certificate and sip.tls_key");
        }
        if self.qualify_s == 0 {
            return wrong("sip.qualify_s must be above 0");
        }
        Ok(())
    }
}

fn address(name: &str, value: &str) -> Result<Option<SocketAddr>, Error> {
    match value {
        "off" => Ok(None),
        address => address.parse().map(Some).map_err(|_| {
            Error::Impossible(format!("{name} {address:?} is neither off nor an address"))
        }),
    }
}
