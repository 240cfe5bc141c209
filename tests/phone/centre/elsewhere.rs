//! Callers whom nobody can take: they leave a message that an agent hears, or another office takes them.

use std::{net::SocketAddr, path::PathBuf};

use helpline_proto::v1::recording_service_client::RecordingServiceClient;
use tokio::time::{interval, timeout};

use super::{
    tones::{CITIZEN, Desk as OurDesk, Line, OTHER, Telephone, windows_of},
    *,
};
use crate::kit::{api::Books, server::Wishes};

const OFFICE: &str = "7552700000";
const SENT_ON: &str = "[queue]\nnobody = \"overflow:capital\"\n\
                       [[queue.overflow]]\nname = \"capital\"\nnumber = \"7552700000\"";

/// With nobody on duty.
async fn asks(server: &Server, number: &str) -> (Telephone, Line) {
    let local = SocketAddr::new(server.network.trunk(), 5_070);
    let citizen = Telephone::open(server, local, number, CITIZEN).await;
    let line = citizen.asks_for_a_person().await;
    (citizen, line)
}

/// Until so much of a message has been recorded; gives how much it is.
async fn recorded(server: &Server, ms: u64) -> u64 {
    let mut clock = interval(Duration::from_millis(50));
    let message = || -> Option<PathBuf> {
        let spool = std::fs::read_dir(server.data().join("recordings/spool")).unwrap();
        let mut paths = spool.map(|entry| entry.unwrap().path());
        paths.find(|path| path.to_string_lossy().contains("-999.wav"))
    };
    let length = || message().and_then(|file| std::fs::metadata(file).ok()).map(|file| file.len());
    let growing = timeout(TOLD, async {
        loop {
            clock.tick().await;
            if let Some(bytes) = length().filter(|bytes| *bytes >= 44 + ms * 16) {
                return (bytes - 44) / 16;
            }
        }
    });
    growing.await.expect("a message is recorded")
}

/// The recordings of a call that this one may hear, once there are any.
async fn kept(server: &Server, login: &str, call: &str) -> Vec<v1::Recording> {
    let mut client = RecordingServiceClient::new(server.api.signed(login));
    let mut clock = interval(Duration::from_millis(50));
    let listed = timeout(TOLD, async {
        loop {
            clock.tick().await;
            let ask = v1::ListRecordingsRequest { call: call.to_owned(), ..Default::default() };
            if let Ok(listed) = client.list_recordings(ask).await {
                return listed.into_inner().recordings;
            }
        }
    });
    listed.await.expect("a recording is kept")
}

/// Until the records of the calls that came in say this.
async fn came_to(server: &Server, dispositions: &[&str]) {
    let mut books = Books::open(&server.data()).await;
    let mut clock = interval(Duration::from_millis(50));
    let said = timeout(TOLD, async {
        while books.dispositions("IN").await != dispositions {
            clock.tick().await;
        }
    });
    said.await.unwrap_or_else(|_| panic!("no record says {dispositions:?}"));
}

#[tokio::test]
async fn who_leaves_a_message_is_rung_back_by_an_agent_who_can_hear_it() {
    let more = "[queue]\nnobody = \"message\"";
    let server = Server::start_with(Wishes { quick: true, more, ..Wishes::default() }).await;
    let (_phone, mut caller) = asks(&server, "9000001551").await;
    caller.says(CITIZEN);
    let silent_ms = recorded(&server, 20).await;
    recorded(&server, silent_ms + 2_000).await;
    caller.press("#");
    caller.ends().await;
    let owed = server.api.call_back_of("XXXXXX1551", TOLD).await;
    assert_eq!(owed.reason, "ASKED");
    came_to(&server, &["MESSAGE"]).await;

    let citizen = Sipp::answer(
        server.network.callee(),
        1,
        &[("9000001551".into(), Answer::Picks(vec![SpeakUntilHungUp(60_000)]))],
    );
    let mut desk = Desk::open(&server, Mode::PicksUp).await;
    desk.intend(Intent::Available).await;
    let offered = desk.offered().await;
    let connected = desk.connected().await;
    desk.client.end_call(v1::EndCallRequest {}).await.unwrap();
    citizen.done().await;

    assert!(offered.call_back);
    assert_eq!(offered.messages.len(), 1);
    assert_eq!(connected.phone_masked, "XXXXXX1551");
    assert_eq!(connected.messages, offered.messages);
    let rows = kept(&server, "agent", &offered.messages[0]).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0].class(), rows[0].state()),
        (v1::RecordingClass::Message, v1::RecordingState::Kept)
    );
    let file = server.data().join(format!("recordings/{}.wav", rows[0].sha256));
    let mut wav = hound::WavReader::open(&file).unwrap();
    let said: Vec<i16> = wav.samples::<i16>().map(Result::unwrap).collect();
    let heard = windows_of(CITIZEN, &said);
    assert!(heard >= 7, "{heard} windows of the message are what was said");
    server.assert_calm();
}

#[tokio::test]
async fn who_is_sent_on_speaks_with_the_other_office() {
    let wishes = Wishes { quick: true, more: SENT_ON, ..Wishes::default() };
    let server = Server::start_with(wishes).await;
    let mut office = Telephone::open(&server, server.network.callee(), OFFICE, OTHER).await;

    let (_phone, mut caller) = asks(&server, "9000001552").await;
    let (dialled, mut officer) = office.picks_up_as().await;
    caller.says(CITIZEN);
    caller.hears(&[OTHER]).await;
    officer.hears(&[CITIZEN]).await;
    caller.hang_up();
    officer.ends().await;

    assert_eq!(dialled, OFFICE);
    came_to(&server, &["OVERFLOW"]).await;
    assert!(server.api.call_backs().await.is_empty());
    server.assert_calm();
}

#[tokio::test]
async fn whom_the_other_office_does_not_take_is_rung_back() {
    let wishes = Wishes { quick: true, more: SENT_ON, ..Wishes::default() };
    let server = Server::start_with(wishes).await;
    let mut office = Telephone::open(&server, server.network.callee(), OFFICE, OTHER).await;

    let (_phone, mut caller) = asks(&server, "9000001553").await;
    office.rejects().await;
    caller.ends().await;

    let owed = server.api.call_back_of("XXXXXX1553", TOLD).await;
    assert_eq!(owed.reason, "ASKED");
    came_to(&server, &["CALL_BACK"]).await;
    let mut desk = OurDesk::agent(&server).await;
    let _agent = desk.phone.picks_up().await;
    let (dialled, mut citizen) = office.picks_up_as().await;
    assert_eq!(dialled, "9000001553");
    assert!(desk.connected().await.call_back);
    citizen.hears(&[tones::AGENT]).await;
    server.assert_calm();
}
