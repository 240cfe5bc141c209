//! Port pairs for RTP (even) and RTCP (odd, above it) in a bounded range. Each search begins at a random pair, so that the
//! next port cannot be guessed from the last.

use std::collections::HashSet;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex};

use mio::net::UdpSocket;
use socket2::{Domain, Socket, Type};

use super::{Error, locked};

/// Expedited forwarding (RFC 3246), as the type-of-service byte.
const EXPEDITED: u32 = 0xB8;

#[derive(Debug)]
pub(super) struct Ports {
    address: IpAddr,
    range: RangeInclusive<u16>,
    leased: Mutex<HashSet<u16>>,
}

/// A port pair with its sockets; both are free again when it is dropped.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) rtp: UdpSocket,
    pub(super) rtcp: UdpSocket,
    pub(super) local: SocketAddr,
    ports: Arc<Ports>,
}

impl Ports {
    pub(super) fn new(address: IpAddr, range: RangeInclusive<u16>) -> Self {
        Self { address, range, leased: Mutex::default() }
    }

    pub(super) fn lease(self: &Arc<Self>) -> Result<Pair, Error> {
        // In u32: the last even port has no room above it for its pair.
        let first = u32::from(*self.range.start()).next_multiple_of(2);
        let pairs = (u32::from(*self.range.end()) + 1).saturating_sub(first) / 2;
        let begin = getrandom::u32().map_err(Error::Random)?;

        for step in 0..pairs {
            let pair = (u64::from(begin) + u64::from(step)) % u64::from(pairs);
            let port = first as u16 + 2 * pair as u16;
            if !locked(&self.leased).insert(port) {
                continue;
            }
            match self.bind(port) {
                Ok((rtp, rtcp)) => {
                    let local = SocketAddr::new(self.address, port);
                    return Ok(Pair { rtp, rtcp, local, ports: Arc::clone(self) });
                }
                Err(error) => {
                    locked(&self.leased).remove(&port);
                    if error.kind() != io::ErrorKind::AddrInUse {
                        return Err(Error::Socket(error));
                    }
                }
            }
        }
        Err(Error::NoPort { first: *self.range.start(), last: *self.range.end() })
    }

    pub(super) fn leased_count(&self) -> usize {
        locked(&self.leased).len()
    }

    fn bind(&self, port: u16) -> io::Result<(UdpSocket, UdpSocket)> {
        let socket = |port| -> io::Result<UdpSocket> {
            let address = SocketAddr::new(self.address, port);
            let socket = Socket::new(Domain::for_address(address), Type::DGRAM, None)?;
            socket.set_nonblocking(true)?;
            if address.is_ipv4() {
                // A network without the right to mark is no reason to refuse the call.
                let _ = socket.set_tos_v4(EXPEDITED);
            }
            socket.bind(&address.into())?;
            Ok(UdpSocket::from_std(socket.into()))
        };
        Ok((socket(port)?, socket(port + 1)?))
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        // The sockets close a moment later; a search that is as quick as that finds the port in use and goes on.
        locked(&self.ports.leased).remove(&self.local.port());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A loopback address of this process alone, so that the exact ports are nobody else's.
    fn address() -> IpAddr {
        let [_, b, c, d] = std::process::id().to_be_bytes();
        [127, b | 64, c, d.max(1)].into()
    }

    fn ports(range: RangeInclusive<u16>) -> Arc<Ports> {
        Arc::new(Ports::new(address(), range))
    }

    #[test]
    fn ports_are_even_pairs_within_the_range() {
        let ports = ports(15_001..=15_010);
        let pairs: Vec<Pair> = (0..4).map(|_| ports.lease().unwrap()).collect();

        let mut numbers: Vec<u16> = pairs.iter().map(|pair| pair.local.port()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, [15_002, 15_004, 15_006, 15_008]);
        assert_eq!(pairs[0].rtcp.local_addr().unwrap().port(), pairs[0].local.port() + 1);
    }

    #[test]
    fn an_empty_range_is_an_error_and_a_dropped_pair_is_free_again() {
        let ports = ports(15_020..=15_021);
        let pair = ports.lease().unwrap();

        assert!(matches!(ports.lease(), Err(Error::NoPort { first: 15_020, last: 15_021 })));
        drop(pair);
        assert_eq!(ports.lease().unwrap().local.port(), 15_020);
    }

    #[test]
    fn a_range_without_a_whole_pair_is_an_error() {
        assert!(matches!(ports(15_031..=15_032).lease(), Err(Error::NoPort { .. })));
        assert!(matches!(ports(65_535..=65_535).lease(), Err(Error::NoPort { .. })));
    }

    #[test]
    fn a_port_that_someone_else_holds_is_passed_over() {
        let _other = std::net::UdpSocket::bind((address(), 15_041)).unwrap();
        let ports = ports(15_040..=15_043);

        assert_eq!(ports.lease().unwrap().local.port(), 15_042);
        assert_eq!(ports.leased_count(), 0);
    }

    #[test]
    fn an_address_of_another_machine_is_an_error() {
        let ports = Arc::new(Ports::new([192, 0, 2, 1].into(), 15_050..=15_059));

        assert!(matches!(ports.lease(), Err(Error::Socket(_))));
        assert_eq!(ports.leased_count(), 0);
    }
}
