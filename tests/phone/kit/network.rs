//! A loopback network of its own for each test: 127.x.y.0/24, so that tests run side by side on the usual ports.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    process,
    sync::atomic::{AtomicU32, Ordering},
};

/// Held for as long as the network is in use; another process that binds it takes the next network.
const LOCK_PORT: u16 = 20_181;
const TRIES_MAX: u32 = 500;

pub(crate) struct Network {
    x: u8,
    y: u8,
    _lock: TcpListener,
}

impl Network {
    pub(crate) fn claim() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        for _ in 0..TRIES_MAX {
            let n =
                process::id().wrapping_mul(7).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
            let (x, y) = (64 + (n / 256 % 190) as u8, (n % 256) as u8);
            if let Ok(lock) = TcpListener::bind((Ipv4Addr::new(127, x, y, 254), LOCK_PORT)) {
                return Self { x, y, _lock: lock };
            }
        }
        panic!("no loopback network is free");
    }

    pub(crate) fn host(&self, last: u8) -> IpAddr {
        Ipv4Addr::new(127, self.x, self.y, last).into()
    }

    pub(crate) fn at(&self, last: u8, port: u16) -> SocketAddr {
        SocketAddr::new(self.host(last), port)
    }

    pub(crate) fn api(&self) -> SocketAddr {
        self.at(1, 8181)
    }

    /// Where the server takes SIP.
    pub(crate) fn sip(&self) -> SocketAddr {
        self.at(1, 5060)
    }

    /// From here calls come over the trunk.
    pub(crate) fn trunk(&self) -> IpAddr {
        self.host(2)
    }

    /// Here the helpline's own calls arrive.
    pub(crate) fn callee(&self) -> SocketAddr {
        self.at(3, 5080)
    }

    /// A registered phone that can send its sound from 127.0.0.1 only: its media must come from where it registered. It listens
    /// for TLS one port higher, and all below the ports that the system gives to outgoing connections.
    pub(crate) fn baresip(&self) -> SocketAddr {
        let port = 10_000 + (u16::from(self.x) * 256 + u16::from(self.y)) % 5_000 * 4;
        SocketAddr::from((Ipv4Addr::LOCALHOST, port))
    }

    /// A second one of the same test.
    pub(crate) fn second_baresip(&self) -> SocketAddr {
        let first = self.baresip();
        SocketAddr::new(first.ip(), first.port() + 2)
    }

    /// Here nobody is known.
    pub(crate) fn strangers(&self) -> IpAddr {
        self.host(4)
    }
}
