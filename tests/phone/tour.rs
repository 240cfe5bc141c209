//! The README's tour with the commands that it shows: call, list, resolve, answer 1, 1, 1, 2, show.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use crate::kit::{output::Output, server::Server};

const CITIZEN: &str = "9000001201";
const A_CALL: Duration = Duration::from_secs(150);

struct Terminal {
    command: String,
    child: std::process::Child,
    output: Output,
}

impl Terminal {
    /// A command as the tour types it, in the server's folder, with this test's addresses.
    fn open(server: &Server, command: &[&str]) -> Self {
        let mut child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", env!("CARGO_BIN_EXE_helpline181")])
            .args(command)
            .env("HELPLINE181_SERVER", format!("http://{}", server.network.api()))
            .env("HELPLINE181_STORE__DATA", server.data())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = Output::new();
        output.read(child.stderr.take().unwrap());
        output.read(child.stdout.take().unwrap());
        Self { command: command.join(" "), child, output }
    }

    async fn done(mut self) -> String {
        assert!(self.output.end(A_CALL).await, "{} goes on: {}", self.command, self.output.text());
        let status = self.child.wait().unwrap();
        let text = self.output.text();
        assert!(status.success(), "{}: {status}\n{text}", self.command);
        text
    }
}

pub(crate) async fn type_in(server: &Server, command: &[&str]) -> String {
    Terminal::open(server, command).done().await
}

#[tokio::test]
async fn the_tour_goes_as_the_readme_says() {
    let server = Server::quick().await;
    let dir = tempfile::tempdir().unwrap();
    let (voice, heard) = (dir.path().join("voice.wav"), dir.path().join("heard.wav"));
    speak(&voice);
    let (sip, trunk) = (server.sip().to_string(), format!("{}:0", server.network.trunk()));
    let (voice, heard_file) = (voice.to_str().unwrap(), heard.to_str().unwrap());

    let keys = "wait,2,wait,1,wait,1,wait,1,wait,1,wait,say,#,wait,1,wait,hangup";
    let at =
        ["--sip", &sip, "--local", &trunk, "--keys", keys, "--say", voice, "--heard", heard_file];
    type_in(&server, &[&["phone", "call", "181", "--from", CITIZEN][..], &at[..]].concat()).await;
    let list: serde_json::Value =
        serde_json::from_str(&type_in(&server, &["--as", "agent", "--json", "case", "list"]).await)
            .unwrap();
    let number = find(&list, "number").expect("a case in the list").to_owned();
    assert!(hound::WavReader::open(&heard).unwrap().duration() > 8_000 * 5);

    let local = server.network.callee().to_string();
    let at =
        ["--sip", &sip, "--local", &local, "--keys", "wait,1,wait,1,wait,1,wait,2,wait,hangup"];
    let phone =
        Terminal::open(&server, &[&["phone", "answer", "--number", CITIZEN][..], &at[..]].concat());
    let mut watch = server.api.watch().await;
    let report = "the transformer was replaced";
    type_in(&server, &["--as", "ae.bhopal", "case", "resolve", &number, "--report", report]).await;
    watch.fact(&number, "answered", A_CALL).await;
    phone.done().await;

    let shown = type_in(&server, &["--as", "agent", "--json", "case", "show", &number]).await;
    assert!(
        shown.to_lowercase().contains("closed_satisfied") || shown.contains("closed-satisfied"),
        "{shown}"
    );
    type_in(&server, &["--as", "admin", "demo", "advance", "7d"]).await;
    server.assert_calm();
}

/// The first text under this name, at any depth.
fn find<'a>(value: &'a serde_json::Value, name: &str) -> Option<&'a str> {
    match value {
        serde_json::Value::Object(map) => map
            .get(name)
            .and_then(|found| found.as_str())
            .or_else(|| map.values().find_map(|inner| find(inner, name))),
        serde_json::Value::Array(list) => list.iter().find_map(|inner| find(inner, name)),
        _ => None,
    }
}

fn speak(path: &Path) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(path, spec).unwrap();
    for n in 0..8_000 * 4 {
        let sample = (f64::from(n) / 8_000.0 * 300.0 * std::f64::consts::TAU).sin() * 9_000.0;
        wav.write_sample(sample as i16).unwrap();
    }
    wav.finalize().unwrap();
}
