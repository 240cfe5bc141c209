//! What one peer may take of the server. Those that an operator may set come from the settings; the others are fixed here.

use std::time::Duration;

/// The longest message that is taken in; longer things are streamed.
pub const DECODE_MAX_BYTES: usize = 256 * 1024;
/// The longest message that is sent.
pub const ENCODE_MAX_BYTES: usize = 4 * 1024 * 1024;
pub const STREAMS_PER_CONNECTION_MAX: u32 = 100;
pub const HEADERS_MAX_BYTES: u32 = 16 * 1024;
/// Resets of a peer that wait to be handled (rapid reset, CVE-2023-44487).
pub const PENDING_RESETS_MAX: usize = 20;
/// Errors of a peer that we answer with resets before the connection ends.
pub const LOCAL_RESETS_MAX: usize = 100;
pub const PING_EVERY: Duration = Duration::from_secs(30);
pub const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection says goodbye at this age: calls under way go on, new ones take a new connection.
pub const CONNECTION_AGE: Duration = Duration::from_secs(30 * 60);
/// A peer that connects and says nothing is closed.
pub const FIRST_BYTE_TIMEOUT: Duration = Duration::from_secs(10);
/// A TLS handshake is over by then.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection on which nothing was called for so long is closed; its pings are the peer's, not a call.
pub const IDLE_MAX: Duration = Duration::from_secs(5 * 60);
/// After an error of accept, as too many open files.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// A watching client that has nothing to see hears so.
pub const HEARTBEAT_EVERY: Duration = Duration::from_secs(20);
pub const PAGE_SIZE_DEFAULT: u32 = 50;
pub const PAGE_SIZE_MAX: u32 = 200;

/// The limits that an operator may set.
#[derive(Clone, Debug)]
pub struct Limits {
    pub connections_max: usize,
    pub connections_per_address_max: usize,
    pub in_flight_per_account_max: usize,
    pub in_flight_anonymous_max: usize,
    pub unary_deadline: Duration,
    pub heartbeat_every: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 512,
            connections_per_address_max: 16,
            in_flight_per_account_max: 20,
            in_flight_anonymous_max: 64,
            unary_deadline: Duration::from_secs(10),
            heartbeat_every: HEARTBEAT_EVERY,
        }
    }
}
