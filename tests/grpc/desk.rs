//! Every act of the desk in every state by every role, through the API: what is allowed happens, and what is not is
//! refused with the same error for a case that is another's and for one that is not there.

use helpline_proto::v1;
use helpline181::{
    domain::{
        actor::Actor,
        case::{
            Case, State,
            aside::{Closed, Merged, Partial, Proposal, Transfer},
            evidence::{Evidence, FileKind},
            table::{Act, Verdict, verdict},
        },
        change::Change,
        number::CaseNumber,
        place::{Level, PlaceCode},
        time::DAY_MS,
    },
    store::{
        self, Store, cases,
        writer::{Counter, Lane, Request as StoreRequest},
    },
};
use prost::{
    Message,
    bytes::{Buf, BufMut},
};
use tonic::{
    Code as Grpc, Request, Status,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::http::uri::PathAndQuery,
};

use crate::{
    kit::{House, START, Signed, reason},
    powers::{LOGINS, MAY},
};

const PHONE: &str = "9876543210";
const JE: &str = "je.phanda";
const EE: &str = "ee.bhopal";
const SE: &str = "se.bhopal";
const CE: &str = "ce.energy";

/// What a request is made of.
struct On {
    id: String,
    number: String,
    /// Another open case of the same citizen, and one of another citizen.
    parent: String,
    lead: String,
    file: String,
}

struct Row {
    method: &'static str,
    /// Who may, and the level at which the case stands for it.
    login: &'static str,
    level: u8,
    act: Act,
    ask: fn(&On) -> Vec<u8>,
    /// What the case lacks for it, where the state would allow it.
    lacks: fn(State) -> Option<&'static str>,
}

fn nothing(_: State) -> Option<&'static str> {
    None
}

fn nothing_open(_: State) -> Option<&'static str> {
    Some("NOTHING_OPEN")
}

fn number(state: State) -> Option<&'static str> {
    match state {
        State::Withdrawn => Some("CASE_WITHDRAWN"),
        State::Merged => Some("CASE_MERGED"),
        _ => None,
    }
}

fn at(ms: i64) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds: (START.ms() + ms) / 1_000, nanos: 0 })
}

macro_rules! rows {
    ($($method:literal, $login:ident, $level:literal, $act:ident, $lacks:expr,
       $request:ident { $($field:ident: $value:expr),* $(,)? };)+) => {
        vec![$(Row {
            method: $method,
            login: $login,
            level: $level,
            act: Act::$act,
            ask: |on| {
                let _ = on;
                #[allow(clippy::needless_update)]
                let request = v1::$request {
                    request_id: on.id.clone(),
                    number: on.number.clone(),
                    $($field: { let of: fn(&On) -> _ = $value; of(on) },)*
                    ..Default::default()
                };
                request.encode_to_vec()
            },
            lacks: $lacks,
        }),+]
    };
}

const AGENT: &str = "agent";
const SUPERVISOR: &str = "supervisor";
const CALLER: &str = "caller";
const COLLECTOR: &str = "collector.bhopal";
const NODAL: &str = "nodal.bhopal";
const DIRECTORATE: &str = "directorate";

fn rows() -> Vec<Row> {
    let no_clock: fn(State) -> Option<&'static str> =
        |state| (state == State::Unverified).then_some("NO_CLOCK");
    rows! {
        "OfficerService/RecordContact", JE, 1, Contact, nothing,
            RecordContactRequest { kind: |_| 1, note: |_| "spoke".into() };
        "OfficerService/FileResolution", JE, 1, Resolve, nothing,
            FileResolutionRequest { report: |_| "mended".into() };
        "ActService/RecordVisit", JE, 1, Contact, nothing,
            RecordVisitRequest { place: |_| "ward 12".into(), finding: |_| "dry".into() };
        "ActService/SetTarget", JE, 1, Contact, no_clock,
            SetTargetRequest { target_at: |_| at(DAY_MS) };
        "ActService/SeekHelp", JE, 1, Contact, nothing, SeekHelpRequest { note: |_| "help".into() };
        "ActService/SetBlocker", JE, 1, Contact, nothing, SetBlockerRequest { blocker: |_| 1 };
        "ActService/AddNote", JE, 1, Note, nothing, AddNoteRequest { note: |_| "seen".into() };
        "ActService/WriteOrder", CE, 1, SpecialOrder, nothing,
            WriteOrderRequest { words: |_| "by Friday".into() };
        "ActService/ChangeCategory", JE, 1, ChangeCategory, nothing,
            ChangeCategoryRequest { category: |_| "electricity".into() };
        "ActService/ProposeTransfer", JE, 1, Transfer, nothing,
            ProposeTransferRequest { place: |_| "block:berasia".into(), reason: |_| "far".into() };
        "ActService/DecideTransfer", COLLECTOR, 1, Transfer, nothing,
            DecideTransferRequest { approve: |_| true, note: |_| "lives there".into() };
        "ActService/SendBack", CE, 4, SendBack, nothing,
            SendBackRequest { reason: |_| "yours".into() };
        "ActService/RaiseDifficulty", JE, 1, Contact, nothing,
            RaiseDifficultyRequest { office: |_| 1, words: |_| "no stock".into() };
        "ActService/AnswerDifficulty", NODAL, 1, Note, nothing_open,
            AnswerDifficultyRequest { words: |_| "ask".into() };
        "OversightService/AnswerConduct", COLLECTOR, 1, Note, nothing_open,
            AnswerConductRequest { words: |_| "told".into() };
        "OversightService/RecordReview", NODAL, 1, Note, nothing_open,
            RecordReviewRequest { words: |_| "by Friday".into() };
        "OversightService/DropCase", COLLECTOR, 1, Note, nothing_open, DropCaseRequest {};
        "ClosureService/ClosePartially", JE, 1, PartialClose, nothing,
            ClosePartiallyRequest { reason: |_| "long".into(), until: |_| at(20 * DAY_MS) };
        "ClosureService/ExtendPartial", JE, 1, ExtendPartial, nothing,
            ExtendPartialRequest { reason: |_| "long".into(), until: |_| at(20 * DAY_MS) };
        "ClosureService/ProposeSpecialClose", EE, 2, ProposeSpecial, nothing,
            ProposeSpecialCloseRequest { grounds: |_| "section 110".into() };
        "ClosureService/WithdrawSpecialClose", EE, 2, WithdrawSpecial, nothing,
            WithdrawSpecialCloseRequest {};
        "ClosureService/DecideSpecialClose", SE, 2, AcceptSpecial, nothing,
            DecideSpecialCloseRequest { accept: |_| true, reason: |_| "so".into() };
        "ClosureService/DecideSpecialClose", SE, 2, RejectSpecial, nothing,
            DecideSpecialCloseRequest { accept: |_| false, reason: |_| "no".into() };
        "ClosureService/ForceClose", SE, 3, ForceClose, nothing,
            ForceCloseRequest {
                reason: |_| 1,
                report: |_| "x".repeat(100),
                evidence: |on| vec![on.file.clone()],
            };
        "ClosureService/RecordCourtesy", CALLER, 3, AskReopen, nothing,
            RecordCourtesyRequest { answer: |_| 1 };
        "ClosureService/ReopenByOrder", DIRECTORATE, 3, ReopenByOrder, nothing,
            ReopenByOrderRequest { reason: |_| "untrue".into() };
        "ClosureService/OrderNextStep", DIRECTORATE, 4, OrderNextStep, nothing,
            OrderNextStepRequest { words: |_| "visit".into() };
        "ClosureService/OrderEscalation", DIRECTORATE, 3, OrderEscalation, nothing,
            OrderEscalationRequest { ground: |_| 1, reason: |_| "funds of the state".into() };
        "ClosureService/OrderVerification", SUPERVISOR, 1, OrderRound, nothing,
            OrderVerificationRequest {};
        "CitizenService/WithdrawCase", AGENT, 1, Withdraw, nothing,
            WithdrawCaseRequest { phone: |_| PHONE.into(), confirmed: |_| true };
        "CitizenService/WithdrawCase", AGENT, 1, WithdrawPressured, nothing,
            WithdrawCaseRequest { phone: |_| PHONE.into(), confirmed: |_| true, pressed: |_| true };
        "CitizenService/ReopenCase", AGENT, 1, Reopen, nothing,
            ReopenCaseRequest { phone: |_| PHONE.into(), confirmed: |_| true };
        "CitizenService/AskReopening", AGENT, 3, AskReopen, nothing,
            AskReopeningRequest { phone: |_| PHONE.into(), words: |_| "not so".into() };
        "CitizenService/DemandVerification", AGENT, 1, DemandRound, nothing,
            DemandVerificationRequest { phone: |_| PHONE.into() };
        "CitizenService/MergeCase", AGENT, 1, Merge, nothing,
            MergeCaseRequest { parent: |on| on.parent.clone() };
        "CitizenService/UnmergeCase", AGENT, 1, Unmerge, nothing, UnmergeCaseRequest {};
        "CitizenService/LinkCase", SUPERVISOR, 1, Link, nothing,
            LinkCaseRequest { lead: |on| on.lead.clone() };
        "CitizenService/UnlinkCase", SUPERVISOR, 1, Link, nothing_open, UnlinkCaseRequest {};
        "CitizenService/AskNumberChange", AGENT, 1, Note, number,
            AskNumberChangeRequest { phone: |_| "9876500011".into() };
        "CitizenService/ConfirmNumberChange", AGENT, 1, Note,
            |state| number(state).or(Some("NOTHING_OPEN")),
            ConfirmNumberChangeRequest { code: |_| "000000".into() };
        "CitizenService/DecideNumberChange", SUPERVISOR, 1, Note,
            |state| number(state).or(Some("NOTHING_OPEN")),
            DecideNumberChangeRequest { approve: |_| true };
    }
}

/// The acts that belong to the post that holds the case.
const HELD: [&str; 13] = [
    "OfficerService/RecordContact",
    "OfficerService/FileResolution",
    "ActService/SetTarget",
    "ActService/SeekHelp",
    "ActService/SetBlocker",
    "ActService/ChangeCategory",
    "ActService/ProposeTransfer",
    "ActService/SendBack",
    "ActService/RaiseDifficulty",
    "ClosureService/ClosePartially",
    "ClosureService/ExtendPartial",
    "ClosureService/ProposeSpecialClose",
    "ClosureService/ForceClose",
];

struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let mut item = vec![0; from.remaining()];
        from.copy_to_slice(&mut item);
        Ok(Some(item))
    }
}

async fn send(client: &Signed, method: &str, message: Vec<u8>) -> Result<(), Status> {
    let mut grpc = tonic::client::Grpc::new(client.clone());
    grpc.ready().await.map_err(|error| Status::unknown(error.to_string()))?;
    let path = PathAndQuery::try_from(format!("/helpline.v1.{method}")).unwrap();
    grpc.unary(Request::new(message), path, Raw).await.map(|_| ())
}

/// Puts cases into states as no act alone could.
struct Hand {
    store: Store,
    asked: u32,
}

impl Hand {
    async fn on(house: &House) -> Self {
        let url = format!("sqlite:{}", house.dir.path().join("helpline.db").display());
        let keys = house.dir.path().join("keys");
        let store =
            Store::open(store::Options { url, keys, group_max: None }, START).await.unwrap();
        Self { store, asked: 0 }
    }

    fn fresh(&mut self) -> String {
        self.asked += 1;
        format!("r{}", self.asked)
    }

    /// The case in this state and level, with all that belongs to the state; and a file of it.
    async fn shape(&mut self, house: &House, number: &str, state: State, level: u8) -> String {
        let id = CaseNumber::parse(number).unwrap().id();
        let case = cases::get(&self.store.db, id).await.unwrap();
        let index = house.app.index();
        let level = Level(level);
        let routed = index.route(case.matter(), &case.place, level).unwrap();
        let open = matches!(
            state,
            State::WithOfficer | State::PartiallyClosed | State::SpecialCloseProposed
        );
        let (stay, post) = (case.stay, routed.post);
        let shaped = Case {
            state,
            level,
            post: (state != State::Unrouted).then_some(post),
            due_at: open.then(|| START.plus_ms(7 * DAY_MS)),
            closed_at: Some(START),
            dissatisfied_last: 2,
            // As the policy's switch leaves it at its due time.
            overdue_last: level == Level(3),
            ..case
        }
        .with_aside(|aside| match state {
            State::PartiallyClosed => aside.partial = Some(Partial { stay, extended: false }),
            State::SpecialCloseProposed => {
                aside.proposal = Some(Proposal { stay, level, post, account: Some(-1) });
            }
            State::ClosedSpecial | State::ClosedForced => {
                aside.closed = Some(Closed { level, post: Some(post), reason: None });
            }
            State::Merged => {
                let merged = Merged { parent: 1, at: START, partial: false, left_ms: Some(5) };
                aside.merged = Some(merged);
            }
            _ => {}
        });
        let file = Evidence {
            id: self.store.writer.reserve(Counter::Evidence).await.unwrap(),
            case: id,
            sha256: [1; 32],
            kind: FileKind::Pdf,
            bytes: 10,
            account: None,
            post: None,
            at: START,
        };
        let mut change = Change::updating(shaped, START).fact(
            &Actor::system(),
            "shaped",
            "{}".into(),
            "{}".into(),
        );
        change.evidence.push(file.clone());
        self.store.writer.commit(Lane::Acts, StoreRequest::system(), change).await.unwrap();
        file.id.to_string()
    }

    /// A proposal of this stay that the case belongs elsewhere.
    async fn propose_transfer(&mut self, number: &str) {
        let id = CaseNumber::parse(number).unwrap().id();
        let case = cases::get(&self.store.db, id).await.unwrap();
        let (stay, place) = (case.stay, PlaceCode::new("block:berasia"));
        let case = case.with_aside(|aside| {
            aside.transfer = Some(Transfer { stay, place, account: None });
        });
        let change = Change::updating(case, START).fact(
            &Actor::system(),
            "shaped",
            "{}".into(),
            "{}".into(),
        );
        self.store.writer.commit(Lane::Acts, StoreRequest::system(), change).await.unwrap();
    }
}

/// What this row must be answered in this state: None when it is done.
fn expected(row: &Row, state: State) -> Option<String> {
    if state == State::Unrouted && HELD.contains(&row.method) {
        return Some("NOT_YOUR_POST".to_owned());
    }
    match verdict(state, row.act) {
        Verdict::Refused(refused) => Some(refused.reason().to_owned()),
        Verdict::Allowed => (row.lacks)(state).map(str::to_owned),
    }
}

fn said(answer: &Result<(), Status>) -> Option<(Grpc, String, String)> {
    answer.as_ref().err().map(|status| (status.code(), reason(status), status.message().to_owned()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_act_in_every_state_by_every_role_is_done_or_refused_as_the_tables_say() {
    let house = House::open().await;
    let mut hand = Hand::on(&house).await;
    let absent = CaseNumber::of_id(9_999_999).unwrap().to_string();
    let parent = house.brought("parent", PHONE).await;
    let lead = house.brought("lead", "9876500099").await;
    let mut clients = std::collections::BTreeMap::new();
    for login in LOGINS.into_iter().chain([EE, SE, CE]) {
        clients.insert(login, house.signed(login).await);
    }
    let mut wrong = Vec::new();
    let mut done = 0;
    for row in rows() {
        let may = MAY.iter().find(|(method, _)| *method == row.method).unwrap().1;
        for state in State::ALL {
            let id = hand.fresh();
            let number = house.brought(&id, PHONE).await;
            let file = hand.shape(&house, &number, *state, row.level).await;
            if row.method == "ActService/DecideTransfer" {
                hand.propose_transfer(&number).await;
            }
            let mut on =
                On { id, number: number.clone(), parent: parent.clone(), lead: lead.clone(), file };
            // Who may not hears the same of this case and of none.
            for login in LOGINS.into_iter().filter(|login| !may.contains(login)) {
                on.id = hand.fresh();
                on.number = number.clone();
                let here = send(&clients[login], row.method, (row.ask)(&on)).await;
                on.id = hand.fresh();
                on.number = absent.clone();
                let nowhere = send(&clients[login], row.method, (row.ask)(&on)).await;
                let refused = said(&here).map(|(code, _, _)| code) == Some(Grpc::PermissionDenied);
                if !refused || said(&here) != said(&nowhere) {
                    wrong.push(format!("{state} {login} {}: {here:?} {nowhere:?}", row.method));
                }
            }
            on.id = hand.fresh();
            on.number = number.clone();
            let answer = send(&clients[row.login], row.method, (row.ask)(&on)).await;
            let answered = answer.as_ref().err().map(reason);
            if answered != expected(&row, *state) {
                let should = expected(&row, *state);
                wrong.push(format!(
                    "{state} {} {}: {answer:?} not {should:?}",
                    row.login, row.method
                ));
            }
            done += usize::from(answer.is_ok());
        }
    }
    assert!(wrong.is_empty(), "{} wrong: {wrong:#?}", wrong.len());
    assert!(done > 80, "only {done} acts were done");
    hand.store.close().await;
    house.close().await;
}

#[tokio::test]
async fn anothers_case_and_none_are_refused_with_one_error() {
    let house = House::open().await;
    let mut hand = Hand::on(&house).await;
    let mut elsewhere = crate::kit::complaint("r1", PHONE);
    elsewhere.registration.as_mut().unwrap().place = "district:427".into();
    let mut agent = house.complaints(AGENT).await;
    let other =
        agent.register_complaint(elsewhere).await.unwrap().into_inner().case.unwrap().number;
    let absent = CaseNumber::of_id(9_999_999).unwrap().to_string();
    let mut wrong = Vec::new();
    for row in rows() {
        for login in [JE, NODAL, COLLECTOR] {
            let may = MAY.iter().find(|(method, _)| *method == row.method).unwrap().1;
            if !may.contains(&login) {
                continue;
            }
            let client = house.signed(login).await;
            let mut answers = Vec::new();
            for number in [&other, &absent] {
                let on = On {
                    id: hand.fresh(),
                    number: number.clone(),
                    parent: other.clone(),
                    lead: other.clone(),
                    file: "1".into(),
                };
                answers.push(said(&send(&client, row.method, (row.ask)(&on)).await));
            }
            let refused = answers[0].as_ref().map(|(code, _, _)| *code);
            if refused != Some(Grpc::PermissionDenied) || answers[0] != answers[1] {
                wrong.push(format!("{login} {}: {answers:?}", row.method));
            }
        }
    }
    for login in [JE, NODAL, COLLECTOR] {
        let mut reader = house.complaints(login).await;
        let mut answers = Vec::new();
        for number in [&other, &absent] {
            let request = v1::GetCaseRequest { number: number.clone() };
            answers.push(said(&reader.get_case(request).await.map(|_| ())));
        }
        if answers[0] != answers[1] || answers[0].is_none() {
            wrong.push(format!("{login} GetCase: {answers:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    hand.store.close().await;
    house.close().await;
}

#[test]
fn the_table_has_a_row_for_every_act_on_a_case() {
    let rows = rows();
    let without = ["GetInboxFigures", "WatchQueue", "OpenCase", "DelegateTransfers"];
    for (method, _) in MAY {
        let (service, name) = method.split_once('/').unwrap();
        let acts = ["OfficerService", "ActService", "ClosureService", "CitizenService"];
        if acts.contains(&service) && !name.starts_with("List") && !without.contains(&name) {
            assert!(rows.iter().any(|row| row.method == *method), "{method}");
        }
    }
}
