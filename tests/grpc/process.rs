//! The command itself, as a child process: what it logs, how it ends, and its clients.

use std::{
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, Command, Output, Stdio},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_helpline181");
const CANARY: &str = "9345678012";

/// `serve --demo` on free ports, in a directory of its own.
struct Process {
    child: Child,
    dir: TempDir,
    server: String,
    said: String,
    log: Option<JoinHandle<String>>,
}

impl Process {
    fn start(log_format: &str, filter: &str) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), log_format, filter, &[])
    }

    fn start_in(dir: TempDir, log_format: &str, filter: &str, more: &[(&str, &str)]) -> Self {
        let mut child = Command::new(BINARY)
            .args(["serve", "--demo"])
            .current_dir(dir.path())
            .env("HELPLINE181_API__ADDRESS", "127.0.0.1:0")
            .env("HELPLINE181_SIP__UDP", "127.0.0.1:0")
            .env("HELPLINE181_SIP__TCP", "off")
            .env("HELPLINE181_LOGS__FORMAT", log_format)
            .env("RUST_LOG", filter)
            .envs(more.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let log = Some(std::thread::spawn(move || {
            let mut log = Vec::new();
            stderr.read_to_end(&mut log).unwrap();
            String::from_utf8_lossy(&log).into_owned()
        }));
        let mut said = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        while !said.ends_with("ready\n") {
            assert!(stdout.read_line(&mut said).unwrap() > 0, "ended early: {said}");
        }
        let server =
            said.split_once("api ").unwrap().1.split_whitespace().next().unwrap().to_owned();
        Self { child, dir, server, said, log }
    }

    fn client(&self, args: &[&str], input: &str) -> Output {
        let mut child = Command::new(BINARY)
            .args(args)
            .current_dir(self.dir.path())
            .env("HELPLINE181_SERVER", &self.server)
            .env("XDG_CONFIG_HOME", self.dir.path().join("config"))
            .env_remove("HELPLINE181_TOKEN")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// What a client prints when it goes well.
    fn done(&self, args: &[&str]) -> String {
        let output = self.client(args, "");
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.done(&[args, &["--json"]].concat())).unwrap()
    }

    fn refused(&self, args: &[&str]) -> String {
        let output = self.client(args, "");
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// SIGTERM, and what it logged from first to last.
    fn end(mut self) -> String {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        self.log.take().unwrap().join().unwrap()
    }
}

/// No test leaves a helpline behind, however it ended.
impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn register(process: &Process, phone: &str) -> Value {
    process.json(&[
        "--as",
        "agent",
        "case",
        "register",
        "--phone",
        phone,
        "--category",
        "electricity",
        "--place",
        "block:phanda",
        "--words",
        "no light",
    ])
}

#[test]
fn no_number_token_or_password_is_in_a_log_of_every_detail() {
    let process = Process::start("json", "trace");
    register(&process, CANARY);
    process.refused(&["--as", "agent", "case", "show", CANARY]);
    process.refused(&["--as", "agent", "case", "list", "--phone", &format!("{CANARY}99")]);
    process.done(&["--as", "agent", "case", "list", "--phone", CANARY]);
    let wrong = process.client(&["login", "agent"], "canary-password\n");
    assert_eq!(wrong.status.code(), Some(1));
    let tokens = std::fs::read_to_string(process.dir.path().join("helpline-data/demo-tokens.json"));
    let tokens: std::collections::BTreeMap<String, String> =
        serde_json::from_str(&tokens.unwrap()).unwrap();

    let log = process.end();

    assert!(log.lines().count() > 5, "{log}");
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        assert!(line["level"].is_string());
    }
    assert!(!log.contains(CANARY) && !log.contains(&CANARY[2..]), "a number in the log");
    assert!(!log.contains("canary-password"), "a password in the log");
    assert!(!log.contains(&tokens["agent"]), "a token in the log");
    assert!(log.contains("\"ended\"") && log.contains("\"panics\":0"), "no orderly end");
}

#[test]
fn the_demonstration_prints_its_clock_accounts_and_what_to_try() {
    let process = Process::start("text", "info");

    for said in ["10:00 IST", "je.phanda", "FEEDBACK_CALLER", "case resolve NUMBER", "ready"] {
        assert!(process.said.contains(said), "{said}: {}", process.said);
    }
    let log = process.end();
    assert!(!log.contains('{') && log.contains("shutting down"), "{log}");
}

#[test]
fn the_commands_take_a_case_through_its_officers_hands() {
    let process = Process::start("text", "info");
    let number = register(&process, CANARY)["number"].as_str().unwrap().to_owned();

    let queue = process.json(&["--as", "je.phanda", "case", "list", "--queue"]);
    assert_eq!(queue[0]["number"], number.as_str());
    process.done(&["--as", "je.phanda", "case", "open", &number]);
    process.done(&["--as", "je.phanda", "case", "contact", &number, "--note", "spoke to her"]);
    let resolved = process.json(&[
        "--as",
        "je.phanda",
        "case",
        "resolve",
        &number,
        "--report",
        "the transformer was replaced",
    ]);
    assert_eq!(resolved["state"], "AWAITING_VERIFICATION");
    let shown = process.done(&["--as", "agent", "case", "show", &number]);
    assert!(shown.contains("XXXXXX8012") && !shown.contains(CANARY), "{shown}");
    assert_eq!(process.json(&["--as", "caller", "verify", "figures"])["open_rounds"], 1);
    let refused = process.refused(&["--as", "agent", "case", "resolve", &number, "--report", "x"]);
    assert!(refused.contains("NOT_YOUR_ROLE"), "{refused}");
    let wrong = process.refused(&["--as", "agent", "case", "show", "12345"]);
    assert!(wrong.contains("number: not a case number"), "{wrong}");
    process.end();
}

#[test]
fn an_account_added_beside_the_running_helpline_signs_in_and_out() {
    let process = Process::start("text", "info");
    let add = ["user", "add", "sita", "--role", "agent", "--name", "Sita"];
    let added = process.client(&add, "a long password\n");
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    assert!(process.done(&["user", "list"]).contains("sita"));

    let login = process.client(&["login", "sita"], "a long password\n");
    assert!(login.status.success(), "{}", String::from_utf8_lossy(&login.stderr));
    assert_eq!(process.done(&["case", "list"]), "no cases\n");
    assert!(is_private(&process.dir.path().join("config/helpline181/session.json")));
    process.done(&["logout"]);
    assert!(process.refused(&["case", "list"]).contains("UNAUTHENTICATED"));
    let again = process.client(&add, "a long password\n");
    assert!(String::from_utf8_lossy(&again.stderr).contains("LOGIN_TAKEN"));
    process.end();
}

#[test]
fn a_client_without_a_helpline_says_so() {
    let output = Command::new(BINARY)
        .args(["--server", "http://127.0.0.1:9", "--token", "x", "case", "list"])
        .output()
        .unwrap();

    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said, "helpline181: no helpline answers at http://127.0.0.1:9\n");
}

fn is_private(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o077 == 0
}

#[test]
fn the_data_of_a_demonstration_never_serves_citizens() {
    let mut demonstration = Process::start("text", "info");
    let dir = demonstration.dir.path().to_owned();
    let child = &mut demonstration.child;
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    child.wait().unwrap();

    let served = Command::new(BINARY)
        .args(["serve"])
        .current_dir(&dir)
        .env("HELPLINE181_API__ADDRESS", "127.0.0.1:0")
        .env("HELPLINE181_SIP__UDP", "127.0.0.1:0")
        .env("HELPLINE181_SIP__TCP", "off")
        .stdin(Stdio::null())
        .output()
        .unwrap();

    assert!(!served.status.success());
    let said = String::from_utf8_lossy(&served.stderr);
    assert!(said.contains("belongs to a demonstration"), "{said}");
}

#[test]
fn a_helpline_with_accounts_of_its_own_is_never_made_a_demonstration() {
    let dir = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let mut child = Command::new(BINARY)
            .args(args)
            .current_dir(dir.path())
            .env("HELPLINE181_API__ADDRESS", "127.0.0.1:0")
            .env("HELPLINE181_SIP__UDP", "192.0.2.1:5060")
            .env("HELPLINE181_SIP__TCP", "off")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(b"a long password\n").unwrap();
        child.wait_with_output().unwrap()
    };
    let added = run(&["user", "add", "sita", "--role", "admin", "--name", "Sita"]);
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));

    let served = run(&["serve", "--demo"]);

    assert!(!served.status.success());
    let said = String::from_utf8_lossy(&served.stderr);
    assert!(said.contains("belongs to a helpline"), "{said}");
    let listed = run(&["user", "list"]);
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(listed.contains("sita") && !listed.contains("je.phanda"), "{listed}");
}

/// A certificate for 127.0.0.1 that signed itself, and its key, as files of `dir`.
fn certificate(dir: &Path) -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (certificate, key) = (dir.join("api.pem"), dir.join("api.key"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    (certificate.display().to_string(), key.display().to_string())
}

#[test]
fn over_tls_a_client_that_knows_the_authority_is_served_and_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let (certificate, key) = certificate(dir.path());
    let settings =
        [("HELPLINE181_API__TLS_CERTIFICATE", &*certificate), ("HELPLINE181_API__TLS_KEY", &*key)];
    let process = Process::start_in(dir, "text", "info", &settings);
    assert!(process.server.starts_with("https://"), "{}", process.said);

    let listed = process.done(&["--tls-ca", &certificate, "--as", "agent", "case", "list"]);
    assert_eq!(listed, "no cases\n");

    let stranger = process.refused(&["--as", "agent", "case", "list"]);
    assert!(stranger.contains("no helpline answers at https://"), "{stranger}");
    let clear = process.server.replace("https://", "http://");
    process.refused(&["--server", &clear, "--as", "agent", "case", "list"]);
    let log = process.end();
    assert!(!log.contains("without TLS"), "{log}");
}

#[test]
fn the_api_in_the_clear_beyond_this_machine_is_warned_of() {
    let open = [("HELPLINE181_API__ADDRESS", "0.0.0.0:0")];
    let process = Process::start_in(tempfile::tempdir().unwrap(), "text", "info", &open);
    assert!(process.end().contains("without TLS"));

    let process = Process::start("text", "info");
    assert!(!process.end().contains("without TLS"));
}

#[test]
fn a_key_without_its_certificate_is_refused_at_start() {
    let output = Command::new(BINARY)
        .args(["serve", "--demo"])
        .current_dir(tempfile::tempdir().unwrap().path())
        .env("HELPLINE181_API__TLS_KEY", "api.key")
        .output()
        .unwrap();

    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("api.tls_certificate and api.tls_key go together"), "{said}");
}

#[test]
fn a_password_typed_at_a_terminal_is_not_shown() {
    let process = Process::start("text", "info");
    // The terminal that `script` makes; its name comes first.
    let command = format!("tty; exec {BINARY} login agent");
    let mut child = Command::new("script")
        .args(["-qefc", &command, "/dev/null"])
        .current_dir(process.dir.path())
        .env("HELPLINE181_SERVER", &process.server)
        .env("XDG_CONFIG_HOME", process.dir.path().join("config"))
        .env("SHELL", "/bin/sh")
        .env_remove("HELPLINE181_TOKEN")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script is part of util-linux");
    let mut shown = BufReader::new(child.stdout.take().unwrap());
    let mut terminal = String::new();
    shown.read_line(&mut terminal).unwrap();
    let mut prompt = Vec::new();
    shown.read_until(b':', &mut prompt).unwrap();
    assert!(String::from_utf8_lossy(&prompt).ends_with("password of agent:"), "{prompt:?}");
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        let state = Command::new("stty").args(["-a", "-F", terminal.trim()]).output().unwrap();
        if String::from_utf8_lossy(&state.stdout).contains("-echo ") {
            break;
        }
        assert!(Instant::now() < until, "the terminal goes on showing what is typed");
    }

    child.stdin.take().unwrap().write_all(b"helpline181\n").unwrap();
    let mut rest = String::new();
    shown.read_to_string(&mut rest).unwrap();

    assert!(child.wait().unwrap().success(), "{rest}");
    assert!(rest.contains("signed in as") && !rest.contains("helpline181"), "{rest}");
}

#[test]
fn a_directory_goes_out_to_a_folder_and_comes_back_changed_or_refused_by_line() {
    let process = Process::start("text", "warn");
    let admin = |args: &[&str]| process.done(&[&["--as", "admin", "directory"], args].concat());
    let refused =
        |args: &[&str]| process.refused(&[&["--as", "admin", "directory"], args].concat());
    admin(&["export", "out"]);
    assert!(refused(&["export", "out"]).contains("--force"));
    assert!(admin(&["import", "out"]).contains("nothing changes"));
    let posts = process.dir.path().join("out/posts.csv");
    let good = std::fs::read_to_string(&posts).unwrap();
    let lines = good.lines().count();

    std::fs::write(&posts, format!("{good}x,energy,,,block:nowhere,1,junior_engineer\r\n"))
        .unwrap();
    let said = refused(&["import", "out"]);
    let line = format!("posts.csv:{}: column place: there is no place block:nowhere", lines + 1);
    assert!(said.contains(&line) && said.contains("1 faults: nothing is written"), "{said}");
    assert!(refused(&["validate", "out"]).contains(&line));

    std::fs::write(&posts, format!("{good}x,energy,,,block:phanda,1,junior_engineer\r\n")).unwrap();
    assert_eq!(admin(&["diff", "out"]), "+ posts x\n");
    assert!(admin(&["import", "out"]).contains("version 2 is live"));
    admin(&["export", "book.xlsx"]);
    assert!(admin(&["import", "book.xlsx"]).contains("nothing changes"));
    let shown: Value = serde_json::from_str(&admin(&["show", "--json"])).unwrap();
    assert_eq!((&shown["version"], &shown["tables"]["posts"]), (&2.into(), &lines.into()));
    assert!(process.refused(&["--as", "agent", "directory", "show"]).contains("not in your power"));
    process.end();
}
