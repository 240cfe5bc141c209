//! SIPp as caller and callee.

use std::{
    fs,
    net::{IpAddr, SocketAddr},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;

use crate::kit::{
    output::Output,
    script::{self, Answer, Step},
};

/// No scenario lasts longer.
const LONGEST: Duration = Duration::from_secs(290);

/// SIPp with one scenario. Killed when dropped.
pub(crate) struct Sipp {
    child: Child,
    output: Output,
    dir: TempDir,
    longest: Duration,
}

/// What SIPp does to the network.
#[derive(Clone, Copy, Default)]
pub(crate) struct Weather {
    /// Per cent of SIP messages lost, each way.
    pub(crate) lost: u32,
    pub(crate) tcp: bool,
}

impl Sipp {
    /// Calls 181 as `number` from `from`; each caller of a test has its own `slot`, which gives it its ports.
    pub(crate) fn call(
        server: SocketAddr,
        from: IpAddr,
        slot: u16,
        number: &str,
        steps: &[Step],
    ) -> Self {
        Self::call_in(server, from, slot, number, steps, Weather::default())
    }

    pub(crate) fn call_in(
        server: SocketAddr,
        from: IpAddr,
        slot: u16,
        number: &str,
        steps: &[Step],
        weather: Weather,
    ) -> Self {
        let dir = tempfile::tempdir().unwrap();
        script::save(dir.path(), &script::caller(dir.path(), number, steps));
        let mut more = vec![server.to_string(), "-s".into(), "181".into(), "-m".into(), "1".into()];
        if weather.lost > 0 {
            more.extend(["-lost".into(), weather.lost.to_string()]);
        }
        if weather.tcp {
            more.extend(["-t".into(), "t1".into()]);
        }
        Self::run(dir, SocketAddr::new(from, 5_100 + slot), 10_000 + slot * 20, &more)
    }

    /// Takes `calls` calls at `address`, each number answered in its way, and ends.
    pub(crate) fn answer(address: SocketAddr, calls: usize, numbers: &[(String, Answer)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        script::save(dir.path(), &script::callee(dir.path(), numbers));
        Self::run(dir, address, 10_000, &["-m".into(), calls.to_string()])
    }

    /// The same for a scenario that may last longer; the last digits of a number are enough.
    pub(crate) fn answer_within(
        address: SocketAddr,
        calls: usize,
        numbers: &[(String, Answer)],
        longest: Duration,
    ) -> Self {
        let dir = tempfile::tempdir().unwrap();
        script::save(dir.path(), &script::callee(dir.path(), numbers));
        let more = ["-m".into(), calls.to_string()];
        Self::run_within(dir, address, 10_000, &more, longest)
    }

    /// Takes `calls` calls at `address`, whoever they are for, and sends back what each of them hears.
    pub(crate) fn echo(address: SocketAddr, calls: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let everybody = [(".*".to_owned(), Answer::Echoes)];
        script::save(dir.path(), &script::callee(dir.path(), &everybody));
        let more = ["-m".into(), calls.to_string(), "-rtp_echo".into()];
        Self::run(dir, address, 10_000, &more)
    }

    fn run(dir: TempDir, local: SocketAddr, media: u16, more: &[String]) -> Self {
        Self::run_within(dir, local, media, more, LONGEST)
    }

    fn run_within(
        dir: TempDir,
        local: SocketAddr,
        media: u16,
        more: &[String],
        longest: Duration,
    ) -> Self {
        // A little before we give it up, so that it says what was missing.
        let timeout = format!("{}s", longest.as_secs() - 10);
        let (ip, port) = (local.ip().to_string(), local.port().to_string());
        let mut child = Command::new("setpriv")
            .args([
                "--pdeathsig",
                "KILL",
                "sipp",
                "-sf",
                "scenario.xml",
                "-nostdin",
                "-trace_err",
                "-trace_msg",
            ])
            .args([
                "-error_file",
                "errors.log",
                "-message_file",
                "messages.log",
                "-timeout",
                &timeout,
                "-timeout_error",
            ])
            .args(["-i", &ip, "-p", &port, "-mi", &ip, "-mp", &media.to_string()])
            .args(more)
            .current_dir(dir.path())
            // Its log says local time and does not name the zone.
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("sipp and setpriv are installed by tests/run");
        let output = Output::new();
        output.read(child.stdout.take().unwrap());
        Self { child, output, dir, longest }
    }

    /// Waits until the scenario has ended; panics with SIPp's own words when a call did not go as written.
    pub(crate) async fn done(self) {
        self.done_with_log().await;
    }

    /// The same; gives every message that it sent and received.
    pub(crate) async fn done_with_log(mut self) -> String {
        assert!(self.output.end(self.longest).await, "sipp goes on\n{}", self.words());
        let status = self.child.wait().unwrap();
        assert!(status.success(), "sipp: {status}");
        self.log()
    }

    /// Every message until now; each line is written at once.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("messages.log")).unwrap_or_default()
    }

    /// What went over the wire and what SIPp says about it.
    pub(crate) fn words(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.dir.path().join(name)).unwrap_or_default();
        let (errors, messages) = (read("errors.log"), read("messages.log"));
        let from = messages.len().saturating_sub(6_000);
        let from = (from..messages.len())
            .find(|at| messages.is_char_boundary(*at))
            .unwrap_or(messages.len());
        format!("{errors}\n{}", &messages[from..])
    }
}

impl Drop for Sipp {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("sipp: {}", self.words());
        }
    }
}
