//! An officer's whole day: the portal in the morning, the phone line in the field, the citizens' answers, and every message
//! that came of it.

use std::time::Duration;

use helpline_proto::v1::{
    self, Case, CaseState,
    Channel::{self, OfficerLine, Portal},
    act_service_client::ActServiceClient,
    closure_service_client::ClosureServiceClient,
    evidence_service_client::EvidenceServiceClient,
    officer_service_client::OfficerServiceClient,
    session_service_client::SessionServiceClient,
};
use serde_json::Value;
use tokio::time::timeout;

use crate::kit::{
    api::{Signed, request_id},
    caller::Caller,
    script::Answer,
    server::Server,
    sipp::Sipp,
};

const AE: &str = "ae.bhopal";
const PHONES: [&str; 5] = ["9000002001", "9000002002", "9000002003", "9000002004", "9000002005"];
const LINE: &str = "18002330183";
/// The mobile that the directory knows of the assistant engineer.
const MOBILE: &str = "5550000002";
const PROMPT: Duration = Duration::from_secs(20);
const A_CALL: Duration = Duration::from_secs(120);
const HOUR_S: i64 = 3_600;
const DAY_S: i64 = 86_400;
/// Energy's first and second level at Bhopal, as messages name them.
const L1: &str = "post:19";
const L1_POST: &str = "19";
const L2: &str = "post:28";
/// The beginning of a picture, which is what makes it one.
const PHOTO: &[u8] = b"\x89PNG\r\n\x1a\n a new transformer on its pole";

/// What the officer does to one case over the portal.
struct Desk<'a> {
    server: &'a Server,
}

impl Desk<'_> {
    fn signed(&self) -> Signed {
        self.server.api.signed(AE)
    }

    fn officer(&self) -> OfficerServiceClient<Signed> {
        OfficerServiceClient::new(self.signed())
    }

    fn acts(&self) -> ActServiceClient<Signed> {
        ActServiceClient::new(self.signed())
    }

    /// The day's first thing: the password, not a token of yesterday.
    async fn sign_in(&self) {
        let request = v1::SignInRequest {
            login: AE.into(),
            password: "helpline181".into(),
            channel: v1::Channel::Portal.into(),
        };
        let mut sessions = SessionServiceClient::new(self.signed());
        sessions.sign_in(request).await.unwrap();
    }

    /// Numbers of the inbox, soonest due first.
    async fn inbox(&self) -> Vec<String> {
        let request = v1::ListQueueRequest::default();
        let queue = self.officer().list_queue(request).await.unwrap().into_inner();
        queue.cases.into_iter().map(|case| case.number).collect()
    }

    async fn open(&self, number: &str) -> Case {
        let request = v1::OpenCaseRequest {
            request_id: request_id(),
            number: number.into(),
            ..Default::default()
        };
        self.officer().open_case(request).await.unwrap().into_inner().case.unwrap()
    }

    async fn calls_the_citizen(&self, number: &str) {
        let request = v1::RecordContactRequest {
            request_id: request_id(),
            number: number.into(),
            kind: v1::ContactKind::Call.into(),
            note: "the lineman comes at noon".into(),
            ..Default::default()
        };
        self.officer().record_contact(request).await.unwrap();
    }

    async fn resolves_with_a_photo(&self, number: &str) {
        let named =
            |data: &[u8]| v1::UploadEvidenceRequest { data: data.to_vec(), ..Default::default() };
        let first = v1::UploadEvidenceRequest {
            request_id: request_id(),
            number: number.into(),
            ..Default::default()
        };
        let pieces = tokio_stream::iter([first, named(PHOTO)]);
        let mut evidence = EvidenceServiceClient::new(self.signed());
        let file = evidence.upload_evidence(pieces).await.unwrap().into_inner().file.unwrap();
        let request = v1::FileResolutionRequest {
            request_id: request_id(),
            number: number.into(),
            report: "the transformer was replaced and the supply tested".into(),
            evidence: vec![file.id],
            ..Default::default()
        };
        let filed = self.officer().file_resolution(request).await.unwrap().into_inner();
        assert_eq!(filed.warnings, Vec::<String>::new());
    }

    async fn visits_and_promises(&self, case: &Case) {
        let request = v1::RecordVisitRequest {
            request_id: request_id(),
            number: case.number.clone(),
            place: "ward 52, behind the school".into(),
            finding: "the pole leans; a crane is needed".into(),
            ..Default::default()
        };
        self.acts().record_visit(request).await.unwrap();
        let request = v1::SetTargetRequest {
            request_id: request_id(),
            number: case.number.clone(),
            target_at: Some(earlier(case.due_at.as_ref(), 4 * DAY_S)),
            ..Default::default()
        };
        self.acts().set_target(request).await.unwrap();
    }

    async fn asks_for_help(&self, number: &str) {
        let request = v1::RaiseDifficultyRequest {
            request_id: request_id(),
            number: number.into(),
            office: v1::DifficultyOffice::Nodal.into(),
            words: "the forest department gives no leave to cut the tree".into(),
            ..Default::default()
        };
        self.acts().raise_difficulty(request).await.unwrap();
        let request = v1::AnswerDifficultyRequest {
            request_id: request_id(),
            number: number.into(),
            words: "the leave is given from today".into(),
            ..Default::default()
        };
        let mut nodal = ActServiceClient::new(self.server.api.signed("nodal.bhopal"));
        nodal.answer_difficulty(request).await.unwrap();
    }

    async fn closes_in_part(&self, case: &Case) {
        let request = v1::ClosePartiallyRequest {
            request_id: request_id(),
            number: case.number.clone(),
            reason: "the new line waits for poles of the next supply".into(),
            until: Some(earlier(case.due_at.as_ref(), -10 * DAY_S)),
            ..Default::default()
        };
        ClosureServiceClient::new(self.signed()).close_partially(request).await.unwrap();
    }
}

fn earlier(than: Option<&prost_types::Timestamp>, seconds: i64) -> prost_types::Timestamp {
    let than = than.expect("a clock runs");
    prost_types::Timestamp { seconds: than.seconds - seconds, nanos: 0 }
}

/// `22.11.2026`, in India.
fn day(at: &prost_types::Timestamp) -> String {
    let india = chrono::FixedOffset::east_opt(19_800).unwrap();
    let at = chrono::DateTime::from_timestamp(at.seconds, 0).unwrap();
    at.with_timezone(&india).format("%d.%m.%Y").to_string()
}

/// One message as it left: its kind, whom it went to, its registered template, its words.
type Message = [String; 4];

/// The messages about one case, sorted: those of one instant leave side by side.
fn journal(server: &Server, case: &str) -> Vec<Message> {
    let lines = std::fs::read_to_string(server.data().join("notices.jsonl")).unwrap();
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of = |line: &Value, name: &str| line[name].as_str().unwrap().to_owned();
    let mut messages: Vec<_> = lines
        .filter(|line| line["case"] == case)
        .map(|line| ["kind", "to", "template", "text"].map(|name| of(&line, name)))
        .collect();
    messages.sort();
    messages
}

/// What is owed about a case, from what happened to it.
struct Owed<'a> {
    case: &'a Case,
    citizen: String,
    messages: Vec<Message>,
}

impl<'a> Owed<'a> {
    /// The citizen hears the number, the first level hears of the case.
    fn registered(case: &'a Case, phone: &str) -> Self {
        let mut owed = Self { case, citizen: format!("XXXXXX{}", &phone[6..]), messages: vec![] };
        let (number, due) = (&case.number, owed.due(0));
        let on = day(case.registered_at.as_ref().unwrap());
        let words = format!(
            "Your complaint was registered on {on}. Its number is {number}. Call 181 for its status."
        );
        owed.citizen("registered", "sample-02", words);
        let words = format!("शिकायत {number} आपके पास दर्ज हुई है (एल-1)। {due} तक निराकरण करें।");
        owed.post("registered", L1, "sample-03", words);
        owed
    }

    fn due(&self, days_later: i64) -> String {
        day(&earlier(self.case.due_at.as_ref(), -days_later * DAY_S))
    }

    fn citizen(&mut self, kind: &str, template: &str, words: String) {
        self.messages.push([kind.into(), self.citizen.clone(), template.into(), words]);
    }

    fn post(&mut self, kind: &str, post: &str, template: &str, words: String) {
        self.messages.push([kind.into(), post.into(), template.into(), words]);
    }

    fn resolved(mut self) -> Self {
        let number = &self.case.number;
        let words = format!(
            "The department filed a resolution of complaint {number}. 181 will call to ask whether you are satisfied."
        );
        self.citizen("resolved", "sample-10", words);
        let words = format!("शिकायत {number} का निराकरण दर्ज हुआ। शिकायतकर्ता से 181 द्वारा पूछा जाएगा।");
        self.post("resolved", L1, "sample-11", words);
        self
    }

    fn closed(mut self) -> Self {
        let number = &self.case.number;
        let words = format!("Complaint {number} was closed on your answer that you are satisfied.");
        self.citizen("closed", "sample-14", words);
        let words = format!("शिकायतकर्ता के संतुष्ट होने के उत्तर पर शिकायत {number} बंद हुई।");
        self.post("closed", L1, "sample-15", words);
        self
    }

    fn not_satisfied(mut self, due: &str) -> Self {
        let number = &self.case.number;
        self.citizen(
            "not_satisfied",
            "sample-18",
            format!("On your answer complaint {number} went to the next level."),
        );
        self.arrives(due)
    }

    fn escalated(mut self, due: &str) -> Self {
        let number = &self.case.number;
        let words = format!("Complaint {number} went to the next level: L2, Executive Engineer.");
        self.citizen("escalated", "sample-06", words);
        self.arrives(due)
    }

    /// The second level hears of it.
    fn arrives(mut self, due: &str) -> Self {
        let number = &self.case.number;
        let words = format!("शिकायत {number} आपके स्तर (एल-2) पर आई है। {due} तक निराकरण करें।");
        self.post("escalated", L2, "sample-07", words);
        self
    }

    fn sorted(mut self) -> Vec<Message> {
        self.messages.sort();
        self.messages
    }
}

/// What was delivered about a case, once there is as much as is owed.
async fn delivered(server: &Server, owed: &Owed<'_>) -> Vec<Message> {
    let mut looks = tokio::time::interval(Duration::from_millis(100));
    let all = timeout(A_CALL, async {
        while journal(server, &owed.case.number).len() < owed.messages.len() {
            looks.tick().await;
        }
    });
    all.await.expect("as many messages as are owed");
    journal(server, &owed.case.number)
}

impl Desk<'_> {
    /// Each of these acts is in the case's history once, by this officer over this channel.
    async fn did(&self, number: &str, acts: &[(&str, Channel)]) {
        let (_, history) = self.server.api.case(number).await;
        for (kind, channel) in acts {
            let found: Vec<_> = history.iter().filter(|event| event.kind == *kind).collect();
            assert_eq!(found.len(), 1, "{kind} of {number}");
            assert_eq!((found[0].channel(), found[0].post.as_str()), (*channel, L1_POST));
        }
    }

    /// In the field: one call, in which the due cases are heard and three of them are reported on.
    async fn by_phone(&self, resolved: &str, contacted: &str, needs_time: &str) {
        let (trunk, sip) = (self.server.network.trunk(), self.server.sip());
        let mut line = Caller::dial_to(LINE, trunk, sip, MOBILE, None).await;
        line.hear(PROMPT).await;
        let report = [format!("{resolved}#"), "1".into()];
        // English, the PIN, the due cases, another case.
        for keys in ["2", "181181", "#", "9"].map(str::to_owned).iter().chain(&report) {
            line.press(keys).await;
            line.hear(PROMPT).await;
        }
        line.speak(3_000).await;
        let contact = [format!("{contacted}#"), "2".into(), "1".into()];
        let days = [format!("{needs_time}#"), "3".into(), "3#".into(), "1".into()];
        let ends = ["#", "1", "9"].map(str::to_owned);
        let another = ["9".to_owned()];
        for keys in ends.iter().chain(&contact).chain(&another).chain(&days) {
            line.press(keys).await;
            line.hear(PROMPT).await;
        }
        line.hang_up().await;
    }
}

#[tokio::test]
async fn a_day_by_portal_and_phone_line_and_every_message_of_it() {
    let server = Server::quick().await;
    let desk = Desk { server: &server };
    let end = |keys| Answer::Picks(server.sounds.verification_to_the_end(keys));
    let answers = [(PHONES[0].to_owned(), end("1112")), (PHONES[1].to_owned(), end("1212"))];
    let citizens = Sipp::answer(server.network.callee(), 2, &answers);
    let mut watch = server.api.watch().await;
    let mut cases = Vec::new();
    for phone in PHONES {
        cases.push(server.api.register(phone).await);
    }
    let [light, pole, tree, line, meter] = &cases[..] else { panic!("five cases") };

    desk.sign_in().await;
    let numbers: Vec<_> = cases.iter().map(|case| case.number.clone()).collect();
    assert_eq!(desk.inbox().await, numbers);
    assert!(desk.open(&light.number).await.seen);
    desk.calls_the_citizen(&light.number).await;
    desk.resolves_with_a_photo(&light.number).await;
    watch.fact(&light.number, "answered", A_CALL).await;
    desk.visits_and_promises(pole).await;
    desk.asks_for_help(&tree.number).await;
    desk.closes_in_part(line).await;
    server.api.advance(4 * HOUR_S).await;
    desk.by_phone(&pole.number, &meter.number, &tree.number).await;
    watch.fact(&pole.number, "answered", A_CALL).await;
    citizens.done().await;
    // Past the due time of the morning's cases, and not of what came to the second level in the afternoon.
    server.api.advance(7 * DAY_S - 2 * HOUR_S).await;

    let mut stands = Vec::new();
    for number in &numbers {
        let (case, _) = server.api.case(number).await;
        stands.push((case.state(), case.level, case.due_at.as_ref().map(day)));
    }
    let over = day(meter.due_at.as_ref().unwrap());
    let week_on = day(&earlier(meter.due_at.as_ref(), -7 * DAY_S));
    assert_eq!(
        stands,
        [
            (CaseState::ClosedSatisfied, 1, None),
            (CaseState::WithOfficer, 2, Some(over.clone())),
            (CaseState::WithOfficer, 2, Some(week_on.clone())),
            (CaseState::PartiallyClosed, 1, Some(day(&earlier(line.due_at.as_ref(), -10 * DAY_S)))),
            (CaseState::WithOfficer, 2, Some(week_on.clone())),
        ]
    );
    desk.did(&tree.number, &[("difficulty", Portal), ("target_set", OfficerLine)]).await;
    desk.did(&meter.number, &[("contact", OfficerLine)]).await;
    let mut helped = Owed::registered(tree, PHONES[2]).escalated(&week_on);
    let words = format!("शिकायत {} पर बताई गई कठिनाई का उत्तर मिला है।", tree.number);
    helped.post("difficulty_answered", L1, "sample-45", words);
    let mut partial = Owed::registered(line, PHONES[3]);
    let words = format!(
        "Complaint {} is done in part. The rest is expected by {}.",
        line.number,
        partial.due(10)
    );
    partial.citizen("partially_closed", "sample-28", words);
    let owed = [
        Owed::registered(light, PHONES[0]).resolved().closed(),
        Owed::registered(pole, PHONES[1]).resolved().not_satisfied(&over),
        helped,
        partial,
        Owed::registered(meter, PHONES[4]).escalated(&week_on),
    ];
    for owed in owed {
        assert_eq!(delivered(&server, &owed).await, owed.sorted());
    }
    server.assert_calm();
}
