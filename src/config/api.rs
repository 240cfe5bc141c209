//! Where and how the API is served.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use serde::Deserialize;

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Api {
    pub address: SocketAddr,
    pub connections_max: usize,
    pub connections_per_address_max: usize,
    /// Calls of one account that may be under way at one time.
    pub in_flight_per_account_max: usize,
    /// Calls without a session (sign-in, refresh) under way at one time, over all connections.
    pub in_flight_anonymous_max: usize,
    pub unary_deadline_s: u64,
    /// PEM files; both or none.
    pub tls_certificate: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
}

impl Default for Api {
    fn default() -> Self {
        Self {
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8181),
            connections_max: 512,
            connections_per_address_max: 16,
            in_flight_per_account_max: 20,
            in_flight_anonymous_max: 64,
            unary_deadline_s: 10,
            tls_certificate: None,
            tls_key: None,
        }
    }
}
