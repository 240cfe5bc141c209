//! The naive way: a tokio task per call that sleeps until its next frame. Its schedule is absolute and its beginnings are
//! spread over the 20 ms, as real calls are, so it is as good as this way gets.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use helpline181::media::pacing::FRAME_SAMPLES;
use helpline181::media::playlist::{Playlist, Times};
use helpline181::media::rtp::Sender;
use helpline181::media::sound::Sound;
use tokio::net::UdpSocket;
use tokio::runtime::{Builder, Runtime};
use tokio::time::{Instant, sleep_until};

pub(crate) const THREAD: &str = "naive-worker";
const FRAME: Duration = Duration::from_millis(20);

pub(crate) struct Tasks(Runtime);

pub(crate) fn start(
    address: IpAddr,
    calls: usize,
    to: impl Fn(usize) -> SocketAddr,
    prompt: &Sound,
) -> Tasks {
    // One worker against the pacer's one thread: both have one core.
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name(THREAD)
        .enable_all()
        .build()
        .expect("a runtime");
    let begun = Instant::now() + Duration::from_millis(200);
    for call in 0..calls {
        let (remote, prompt) = (to(call), prompt.clone());
        let first = begun + FRAME.mul_f64(call as f64 / calls as f64);
        runtime.spawn(async move {
            let socket = UdpSocket::bind((address, 0)).await.expect("a free port");
            play(&socket, remote, prompt, first).await;
        });
    }
    Tasks(runtime)
}

async fn play(socket: &UdpSocket, remote: SocketAddr, prompt: Sound, first: Instant) {
    let mut sender = Sender::new(remote.port().into(), 0, 0);
    let mut playlist = Playlist::new(vec![prompt], Times::Looped);
    let (mut frame, mut packet) = ([0; FRAME_SAMPLES], Vec::new());
    let mut next = first;
    for sample in (0u64..).step_by(FRAME_SAMPLES) {
        sleep_until(next).await;
        playlist.cut(&mut frame);
        sender.write(8, sample == 0, sender.timestamp(sample), &frame, &mut packet);
        let _ = socket.try_send_to(&packet, remote);
        next += FRAME;
    }
}

impl Tasks {
    pub(crate) fn stop(self) {
        self.0.shutdown_timeout(Duration::from_secs(5));
    }
}
