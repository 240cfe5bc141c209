//! Through the edge as deploy/ ships it: a browser's phone over Kamailio and rtpengine, and a trunk in front of two nodes.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use helpline_proto::v1::{self, CaseState, Intent, agent_service_client::AgentServiceClient};
use tempfile::TempDir;
use tokio::{
    net::{TcpStream, UdpSocket},
    time::{interval, timeout},
};

use crate::kit::{
    network::Network,
    output::Output,
    server::{Server, Wishes},
};

const PATIENCE: Duration = Duration::from_secs(90);
const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// What the agent's microphone and the citizen give.
const AGENT_HZ: f64 = 600.0;
const CITIZEN_HZ: f64 = 1_000.0;

/// A process that ends with the test, with all that it started: it is the first of a process namespace of its own.
struct Process {
    child: Child,
    output: Output,
}

impl Process {
    fn start(program: &str, args: &[&str], dir: &Path) -> Self {
        let mut child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "unshare", "--pid", "--fork", "--kill-child=KILL"])
            .args(["--mount-proc", program])
            .args(args)
            .current_dir(dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("unshare is part of util-linux");
        let output = Output::new();
        output.read(child.stderr.take().unwrap());
        output.read(child.stdout.take().unwrap());
        Self { child, output }
    }

    async fn says(&self, words: &str) -> String {
        let said = self.output.line(words, PATIENCE).await;
        said.unwrap_or_else(|| panic!("it never said {words:?}:\n{}", self.output.text()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("a process of the edge said:\n{}", self.output.text());
        }
    }
}

/// Kamailio and rtpengine on hosts 20 to 22 of the test's network.
struct Edge {
    _kamailio: Process,
    _rtpengine: Process,
    _dir: TempDir,
}

impl Edge {
    /// `nodes` are hosts of the network.
    async fn start(network: &Network, nodes: &[u8]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (outside, inside, trunks) = (network.host(20), network.host(21), network.host(22));
        let shipped =
            |name: &str| fs::read_to_string(Path::new(ROOT).join("deploy/edge").join(name));
        let here = dir.path().display().to_string();
        for name in ["kamailio.cfg", "edge.cfg", "tls.cfg", "rtpengine.conf"] {
            let text = shipped(name)
                .unwrap()
                .replace("203.0.113.20", &outside.to_string())
                .replace("10.0.0.20", &inside.to_string())
                .replace("10.0.0.21", &trunks.to_string())
                .replace("127.0.0.1:2223", &format!("{inside}:2223"))
                .replace("/etc/kamailio", &here);
            fs::write(dir.path().join(name), text).unwrap();
        }
        let mut places: Vec<_> =
            nodes.iter().map(|node| format!("1 sip:{} 0 0", network.at(*node, 5060))).collect();
        places.push(format!("2 sip:{} 0 10", network.callee()));
        places.push(format!("2 sip:{}:5060 0 0", network.trunk()));
        fs::write(dir.path().join("dispatcher.list"), places.join("\n") + "\n").unwrap();
        let made = rcgen::generate_simple_self_signed([outside.to_string()]).unwrap();
        fs::write(dir.path().join("edge.pem"), made.cert.pem()).unwrap();
        fs::write(dir.path().join("edge.key"), made.signing_key.serialize_pem()).unwrap();

        let options = ["--config-file=rtpengine.conf", "--foreground", "--log-stderr"];
        let rtpengine = Process::start("rtpengine", &options, dir.path());
        answers_pings(network).await;
        let options = ["-f", "kamailio.cfg", "-DD", "-E", "-m", "32", "-M", "4", "-Y", &here];
        let kamailio = Process::start("kamailio", &options, dir.path());
        takes_connections(network).await;
        Self { _kamailio: kamailio, _rtpengine: rtpengine, _dir: dir }
    }
}

async fn answers_pings(network: &Network) {
    let socket = UdpSocket::bind((network.host(21), 0)).await.unwrap();
    let mut again = interval(Duration::from_millis(100));
    let mut answer = [0; 64];
    let pong = async {
        loop {
            tokio::select! {
                _ = again.tick() => {
                    // Refused until it listens.
                    let _ = socket.send_to(b"1 d7:command4:pinge", network.at(21, 2223)).await;
                }
                Ok(_) = socket.recv(&mut answer) => return,
            }
        }
    };
    timeout(PATIENCE, pong).await.expect("rtpengine answers");
}

async fn takes_connections(network: &Network) {
    let mut again = interval(Duration::from_millis(100));
    let connected = async {
        loop {
            again.tick().await;
            if TcpStream::connect(network.at(20, 8443)).await.is_ok() {
                return;
            }
        }
    };
    timeout(PATIENCE, connected).await.expect("Kamailio listens");
}

/// The terminal's phone as a citizen.
fn citizen(network: &Network, sip: std::net::SocketAddr, dir: &Path, args: &[&str]) -> Process {
    let (local, sip) = (format!("{}:0", network.trunk()), sip.to_string());
    let mut all = vec!["phone", "call", "181", "--local", &local, "--sip", &sip];
    all.extend(args);
    Process::start(env!("CARGO_BIN_EXE_helpline181"), &all, dir)
}

/// Half a second of tone, half a second of silence, over and over: a steady tone is noise to a browser.
fn beeps(path: &Path, rate: u32, hz: f64, seconds: u32, steady: bool) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(path, spec).unwrap();
    for n in 0..rate * seconds {
        let on = steady || n % rate < rate / 2;
        let wave = (std::f64::consts::TAU * hz * f64::from(n) / f64::from(rate)).sin();
        file.write_sample(if on { (wave * 16_000.0) as i16 } else { 0 }).unwrap();
    }
    file.finalize().unwrap();
}

/// Tenths of a second in which this tone has more than half of the power.
fn tenths_of(path: &Path, hz: f64) -> usize {
    let mut file = hound::WavReader::open(path).unwrap();
    let rate = f64::from(file.spec().sample_rate);
    let samples: Vec<f64> =
        file.samples::<i16>().map(|sample| f64::from(sample.unwrap())).collect();
    let rings = |tenth: &&[f64]| {
        let turn = std::f64::consts::TAU * hz / rate;
        let (mut cos, mut sin, mut power) = (0.0, 0.0, 0.0);
        for (n, sample) in tenth.iter().enumerate() {
            cos += sample * (turn * n as f64).cos();
            sin += sample * (turn * n as f64).sin();
            power += sample * sample;
        }
        let count = tenth.len() as f64;
        power / count > 10_000.0 && 2.0 * (cos * cos + sin * sin) / count > 0.5 * power
    };
    samples.chunks_exact((rate / 10.0) as usize).filter(rings).count()
}

/// Where tests/run puts what npm gives.
fn tools() -> PathBuf {
    let tools = std::env::var_os("TEST_TOOLS").map(PathBuf::from);
    let tools = tools.unwrap_or_else(|| Path::new(ROOT).join("target/tools"));
    assert!(tools.join("browser-phone/phone.js").exists(), "tests/run makes what this test needs");
    tools
}

#[tokio::test]
async fn a_browser_phone_registers_and_talks_through_kamailio_and_rtpengine() {
    let server = Server::start_with(Wishes { quick: true, ..Wishes::default() }).await;
    let _edge = Edge::start(&server.network, &[1]).await;
    let dir = tempfile::tempdir().unwrap();
    let (tone, microphone) = (dir.path().join("tone.wav"), dir.path().join("microphone.wav"));
    beeps(&tone, 8_000, CITIZEN_HZ, 120, true);
    beeps(&microphone, 48_000, AGENT_HZ, 4, false);
    let tools = tools();
    let (page, outside) = (server.network.host(30), server.network.host(20));
    let mut browser = Process::start(
        "node",
        &[
            &format!("{ROOT}/tests/phone/edge/page.mjs"),
            tools.to_str().unwrap(),
            tools.join("browser-phone").to_str().unwrap(),
            &page.to_string(),
            &outside.to_string(),
            microphone.to_str().unwrap(),
        ],
        dir.path(),
    );
    browser.says("refused").await;
    let hindi = browser.says("hindi: ").await;
    assert_eq!(hindi, "hindi: hi कॉल के लिए तैयार true");
    browser.says("ready").await;

    let mut client = AgentServiceClient::new(server.api.signed("agent"));
    let _console = client.watch_console(v1::WatchConsoleRequest::default()).await.unwrap();
    let intent = v1::SetIntentRequest { intent: Intent::Available.into(), break_reason: 0 };
    client.set_intent(intent).await.unwrap();
    let heard = dir.path().join("heard.wav");
    let citizen = citizen(
        &server.network,
        server.sip(),
        dir.path(),
        &[
            "--from",
            "9000001701",
            "--keys",
            "wait,2,wait,9,say",
            "--say",
            tone.to_str().unwrap(),
            "--heard",
            heard.to_str().unwrap(),
        ],
    );

    assert_eq!(browser.says("ringing: ").await, "ringing: XXXXXX1701");
    browser.says("hears the citizen").await;
    browser.says("held").await;
    browser.says("hears the citizen again").await;
    browser.says("was on the line").await;
    browser.child.stdin.as_mut().unwrap().write_all(b"hang up\n").unwrap();
    browser.says("signed out").await;
    citizen.says("ended").await;

    let tenths = tenths_of(&heard, AGENT_HZ);
    assert!(tenths >= 10, "the citizen heard {tenths} tenths of a second of the browser");
    let errors: Vec<_> =
        browser.output.lines().into_iter().filter(|line| line.contains("page error")).collect();
    assert!(errors.is_empty(), "{errors:?}");
    server.assert_calm();
}

#[tokio::test]
async fn a_trunk_reaches_the_node_that_is_there_and_is_reached_by_it() {
    let wishes = Wishes { quick: true, edge: true, ..Wishes::default() };
    let server = Server::start_with(wishes).await;
    // Nobody is at host 9: of two calls one would be its turn.
    let _edge = Edge::start(&server.network, &[9, 1]).await;
    let dir = tempfile::tempdir().unwrap();
    for number in ["9000001711", "9000001712"] {
        let args = ["--from", number, "--keys", "wait,hangup"];
        let citizen = citizen(&server.network, server.network.at(22, 5060), dir.path(), &args);
        citizen.says("answered").await;
        citizen.says("ended").await;
    }

    let callee = server.network.callee().to_string();
    let sip = server.network.at(22, 5060).to_string();
    let number = "9000001713";
    let rung = Process::start(
        env!("CARGO_BIN_EXE_helpline181"),
        &[
            "phone",
            "answer",
            "--number",
            number,
            "--local",
            &callee,
            "--sip",
            &sip,
            "--keys",
            "wait,1,wait,1,wait,1,wait,2,wait",
        ],
        dir.path(),
    );
    let mut watch = server.api.watch().await;
    let case = server.api.register_and_resolve(number).await.number;
    watch.fact(&case, "answered", PATIENCE).await;
    rung.says("ended").await;

    assert_eq!(server.api.case(&case).await.0.state(), CaseState::ClosedSatisfied);
    server.assert_calm();
}
