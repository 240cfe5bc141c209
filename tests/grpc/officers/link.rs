//! A lossy link over loopback: a TCP relay that drops connections, loses requests or answers, and delivers late.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};

/// Nothing more comes for so long: the request, or the answer, is whole.
const QUIET: Duration = Duration::from_millis(150);

/// Chances from a seed, so that a run can be repeated.
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

/// What becomes of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Whole,
    /// Dropped as soon as it stands.
    Dropped,
    /// The request never arrives.
    RequestLost,
    /// The request arrives, its answer does not.
    AnswerLost,
    /// The client has given up when its request arrives.
    Late,
}

#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) address: SocketAddr,
    down: Arc<AtomicBool>,
    /// Answers that were lost, and requests that came late: acts that the client did not know of.
    pub(crate) unknown: Arc<AtomicU32>,
    /// Requests that came late are still being done.
    late: Arc<Mutex<Vec<JoinHandle<()>>>>,
    relay: JoinHandle<()>,
}

impl Link {
    pub(crate) async fn to(server: SocketAddr, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let down = Arc::new(AtomicBool::new(false));
        let unknown = Arc::new(AtomicU32::new(0));
        let late = Arc::new(Mutex::new(Vec::new()));
        let (cut, counted, owed) = (down.clone(), unknown.clone(), late.clone());
        let relay = tokio::spawn(async move {
            let mut dice = Dice::new(seed);
            while let Ok((client, _)) = listener.accept().await {
                let fate = match (cut.load(Relaxed), dice.below(100)) {
                    (true, _) | (_, 0..10) => Fate::Dropped,
                    (_, 10..25) => Fate::RequestLost,
                    (_, 25..45) => Fate::AnswerLost,
                    (_, 45..60) => Fate::Late,
                    _ => Fate::Whole,
                };
                if matches!(fate, Fate::AnswerLost | Fate::Late) {
                    counted.fetch_add(1, Relaxed);
                }
                let carried = tokio::spawn(carry(client, server, fate));
                owed.lock().unwrap().push(carried);
            }
        });
        Self { address, down, unknown, late, relay }
    }

    pub(crate) fn set_down(&self, down: bool) {
        self.down.store(down, Relaxed);
    }

    /// Waits until everything that is under way has arrived or is lost.
    pub(crate) async fn settle(&self) {
        let carried = std::mem::take(&mut *self.late.lock().unwrap());
        for one in carried {
            one.await.unwrap();
        }
    }

    pub(crate) fn close(self) {
        self.relay.abort();
    }
}

async fn carry(mut client: TcpStream, server: SocketAddr, fate: Fate) {
    if fate == Fate::Dropped {
        return;
    }
    let Ok(mut server) = TcpStream::connect(server).await else { return };
    match fate {
        Fate::Dropped => {}
        Fate::Whole => {
            let _ = copy_bidirectional(&mut client, &mut server).await;
        }
        Fate::RequestLost => {
            read(&mut client).await;
        }
        Fate::Late => {
            let request = read(&mut client).await;
            drop(client);
            if server.write_all(&request).await.is_ok() {
                read(&mut server).await;
            }
        }
        Fate::AnswerLost => {
            let request = read(&mut client).await;
            if server.write_all(&request).await.is_ok() {
                read(&mut server).await;
            }
        }
    }
}

/// All that comes until nothing does.
async fn read(stream: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    let mut piece = [0; 16 * 1024];
    while let Ok(Ok(n @ 1..)) = timeout(QUIET, stream.read(&mut piece)).await {
        all.extend_from_slice(&piece[..n]);
    }
    all
}
