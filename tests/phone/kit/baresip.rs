//! baresip on a terminal of its own: a registered phone, and a phone that the trunk rings.

use std::{
    fs,
    io::Write,
    net::SocketAddr,
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;
use tokio::time::interval;

use crate::kit::output::Output;

/// baresip takes a key to be held until a quarter of a second has passed without another.
const BETWEEN_KEYS: Duration = Duration::from_millis(500);

pub(crate) struct Baresip {
    child: Child,
    keyboard: ChildStdin,
    pub(crate) output: Output,
    dir: TempDir,
}

/// baresip hangs up when its microphone's file ends.
const TONE_S: u32 = 170;

/// Whether it picks up by itself.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Mode {
    Calls,
    PicksUp,
}

impl Baresip {
    /// `account` as in `sip:desk1@host;auth_user=...`.
    pub(crate) fn start(local: SocketAddr, account: &str, mode: Mode) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let answer = if mode == Mode::PicksUp { "auto" } else { "manual" };
        let codecs = "audio_codecs=PCMA/8000/1,PCMU/8000/1";
        fs::write(dir.path().join("accounts"), format!("{account};answermode={answer};{codecs}\n"))
            .unwrap();
        fs::write(dir.path().join("config"), config(local)).unwrap();
        fs::write(dir.path().join("contacts"), "").unwrap();
        write_tone(dir.path().join("tone.wav"));
        // `script` gives baresip the terminal that it takes keys from.
        let mut child = Command::new("setpriv")
            .args([
                "--pdeathsig",
                "KILL",
                "script",
                "-qefc",
                "exec setpriv --pdeathsig KILL baresip -f . -t 170",
                "/dev/null",
            ])
            .current_dir(dir.path())
            .env("TERM", "dumb")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("script is part of bsdutils");
        let output = Output::new();
        output.read(child.stdout.take().unwrap());
        let keyboard = child.stdin.take().unwrap();
        Self { child, keyboard, output, dir }
    }

    /// Waits for words on its screen.
    pub(crate) async fn says(&self, words: &str) {
        let line = self.output.line(words, Duration::from_secs(30)).await;
        assert!(line.is_some(), "baresip never said {words:?}:\n{}", self.output.text());
    }

    pub(crate) fn type_line(&mut self, line: &str) {
        self.keyboard.write_all(format!("{line}\n").as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Presses keys in the call, with time to listen before each.
    pub(crate) async fn press(&mut self, keys: &str, listen: Duration) {
        listen_for(listen).await;
        for key in keys.chars() {
            self.keyboard.write_all(&[key as u8]).unwrap();
            self.keyboard.flush().unwrap();
            listen_for(BETWEEN_KEYS).await;
        }
    }

    /// Ends it, and with it the ports that it holds.
    pub(crate) fn quit(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.keyboard.write_all(b"q").unwrap();
        self.keyboard.flush().unwrap();
        self.child.wait().unwrap();
    }

    /// What was heard in the call, as baresip wrote it down: it ends first, since its files are whole only then.
    pub(crate) fn heard(mut self) -> Vec<i16> {
        self.end();
        let files = fs::read_dir(self.dir.path()).unwrap().map(|entry| entry.unwrap().path());
        let dump = files.into_iter().find(|path| path.to_string_lossy().ends_with("-dec.wav"));
        let mut wav = hound::WavReader::open(dump.expect("a dump of what was heard")).unwrap();
        wav.samples::<i16>().map(|sample| sample.unwrap_or(0)).collect()
    }
}

/// The time that a person listens; baresip tells nobody what it hears.
async fn listen_for(time: Duration) {
    let mut clock = interval(time);
    clock.tick().await;
    clock.tick().await;
}

impl Drop for Baresip {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("baresip:\n{}", self.output.text());
        }
    }
}

/// The sound comes from 127.0.0.1 whatever the account says, so the description of the call must say so too.
fn config(local: SocketAddr) -> String {
    format!(
        "poll_method epoll\nnet_interface 127.0.0.1\nsip_listen {local}\naudio_path /usr/share/baresip\naudio_player aufile,heard.wav\n\
         audio_source aufile,tone.wav\naudio_alert aufile,alert.wav\nausrc_srate 8000\nauplay_srate 8000\naudio_level no\n\
         rtp_ports 41000-41999\nmodule_path /usr/lib/baresip/modules\nmodule stdio.so\nmodule g711.so\nmodule aufile.so\n\
         module sndfile.so\nsnd_path .\nmodule_tmp uuid.so\nmodule_tmp account.so\nmodule_app menu.so\n"
    )
}

fn write_tone(path: PathBuf) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(path, spec).unwrap();
    for n in 0..8_000 * TONE_S {
        let sample = (f64::from(n) / 8_000.0 * 440.0 * std::f64::consts::TAU).sin() * 8_000.0;
        wav.write_sample(sample as i16).unwrap();
    }
    wav.finalize().unwrap();
}
