//! A UDP relay that loses, doubles and swaps packets, each by its own share and the same way for the same seed.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{net::UdpSocket, task::JoinHandle};

/// Shares in per cent.
#[derive(Clone, Copy)]
pub(crate) struct Trouble {
    pub(crate) lost: u64,
    pub(crate) doubled: u64,
    pub(crate) swapped: u64,
}

/// What the relay did.
#[derive(Default)]
pub(crate) struct Count {
    pub(crate) passed: AtomicUsize,
    pub(crate) lost: AtomicUsize,
    pub(crate) doubled: AtomicUsize,
    pub(crate) swapped: AtomicUsize,
}

pub(crate) struct Relay {
    /// Faces the helpline.
    outer: Arc<UdpSocket>,
    /// Faces the phone.
    inner: Arc<UdpSocket>,
    trouble: Trouble,
    seed: u64,
    pub(crate) count: Arc<Count>,
    tasks: std::sync::Mutex<Vec<JoinHandle<()>>>,
}

impl Relay {
    pub(crate) async fn open(host: IpAddr, trouble: Trouble, seed: u64) -> Self {
        let bind = || async { Arc::new(UdpSocket::bind((host, 0)).await.unwrap()) };
        let (outer, inner) = (bind().await, bind().await);
        Self {
            outer,
            inner,
            trouble,
            seed,
            count: Arc::default(),
            tasks: std::sync::Mutex::default(),
        }
    }

    /// The address that the helpline is told.
    pub(crate) fn shown(&self) -> SocketAddr {
        self.outer.local_addr().unwrap()
    }

    /// Begins to relay between the helpline and the phone; gives the address that the phone sends to.
    pub(crate) async fn lead(&self, helpline: SocketAddr, phone: SocketAddr) -> SocketAddr {
        let way = |from: &Arc<UdpSocket>, by: &Arc<UdpSocket>, to, seed| {
            tokio::spawn(carry(
                from.clone(),
                by.clone(),
                to,
                self.trouble,
                seed,
                self.count.clone(),
            ))
        };
        let out = way(&self.inner, &self.outer, helpline, self.seed);
        let back = way(&self.outer, &self.inner, phone, self.seed ^ 0x5eed);
        self.tasks.lock().unwrap().extend([out, back]);
        self.inner.local_addr().unwrap()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.tasks.lock().unwrap().iter().for_each(JoinHandle::abort);
    }
}

async fn carry(
    from: Arc<UdpSocket>,
    by: Arc<UdpSocket>,
    to: SocketAddr,
    trouble: Trouble,
    seed: u64,
    count: Arc<Count>,
) {
    let mut dice = Dice(seed | 1);
    let mut buffer = [0; 2_048];
    let mut late: Option<Vec<u8>> = None;
    while let Ok(length) = from.recv(&mut buffer).await {
        let packet = &buffer[..length];
        if dice.falls(trouble.lost) {
            count.lost.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        if late.is_none() && dice.falls(trouble.swapped) {
            count.swapped.fetch_add(1, Ordering::Relaxed);
            late = Some(packet.to_vec());
            continue;
        }
        count.passed.fetch_add(1, Ordering::Relaxed);
        let _ = by.send_to(packet, to).await;
        if dice.falls(trouble.doubled) {
            count.doubled.fetch_add(1, Ordering::Relaxed);
            let _ = by.send_to(packet, to).await;
        }
        if let Some(packet) = late.take() {
            let _ = by.send_to(&packet, to).await;
        }
    }
}

/// xorshift64: the same seed throws the same dice.
struct Dice(u64);

impl Dice {
    fn falls(&mut self, per_cent: u64) -> bool {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % 100 < per_cent
    }
}
