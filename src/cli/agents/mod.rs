//! Agents at desk phones from the command line: a supervisor's view, and a console in a terminal.

use helpline_proto::v1::{self, watch_console_response::Event};
use serde_json::{Value, json};

mod conversation;

use super::{
    client::{Options, request_id},
    error::Result,
    intake::{
        dispose::{self, Dispose},
        safety,
    },
    print,
};

#[derive(Debug, clap::Subcommand)]
pub enum Agents {
    /// Give an account a desk phone and skills, in place of those it had
    Put {
        login: String,
        /// The user name that the desk phone registers with
        #[arg(long)]
        phone: String,
        /// As "language:hi=3 department:phe=2 womens_desk=1"; levels 1 (enough) to 3 (best)
        #[arg(long, default_value = "language:hi=3 language:en=3")]
        skills: String,
    },
    /// List them with how they stand
    List,
    /// Say what you mean to do: available, on_demand, on_break or signed_out
    Intend {
        intent: String,
        /// With on_break: tea, meal, prayer, training, meeting or personal
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// End your wrap-up now, or take more time once
    WrapUp {
        #[arg(long)]
        extend: bool,
    },
    /// Put your caller on hold, or take the caller back
    Hold {
        #[arg(long)]
        off: bool,
    },
    /// End your call
    HangUp,
    /// Say what your latest call was
    Dispose(Dispose),
    #[command(flatten)]
    Conversation(conversation::Conversation),
    /// Your console: callers are shown before your phone rings
    Watch {
        /// End after so many events
        #[arg(long)]
        events: Option<usize>,
    },
    /// How the queue stands, each second when it changed
    Board {
        /// Once, and no more
        #[arg(long)]
        once: bool,
    },
    /// Why a caller waits; the next one when none is named
    Why {
        #[arg(default_value = "")]
        caller: String,
    },
}

pub async fn run(agents: Agents, options: &Options) -> Result<()> {
    let connection = options.connect().await?;
    let mut client = connection.agents();
    match agents {
        Agents::Put { login, phone, skills } => {
            let request = v1::PutAgentRequest { request_id: request_id()?, login, phone, skills };
            let agent = client.put_agent(request).await?.into_inner().agent;
            list(options.json, agent.as_slice());
        }
        Agents::List => {
            let found = client.list_agents(v1::ListAgentsRequest {}).await?.into_inner().agents;
            list(options.json, &found);
        }
        Agents::Intend { intent, reason } => {
            let intent = print::parse("INTENT_", &intent, v1::Intent::from_str_name, "intent")?;
            let break_reason = match reason.as_str() {
                "" => v1::BreakReason::Unspecified,
                reason => {
                    let parse = v1::BreakReason::from_str_name;
                    print::parse("BREAK_REASON_", reason, parse, "reason")?
                }
            };
            let request =
                v1::SetIntentRequest { intent: intent.into(), break_reason: break_reason.into() };
            state(options.json, client.set_intent(request).await?.into_inner().state);
        }
        Agents::WrapUp { extend: true } => {
            let answer = client.extend_wrap_up(v1::ExtendWrapUpRequest {}).await?;
            state(options.json, answer.into_inner().state);
        }
        Agents::WrapUp { extend: false } => {
            let answer = client.end_wrap_up(v1::EndWrapUpRequest {}).await?;
            state(options.json, answer.into_inner().state);
        }
        Agents::Hold { off } => {
            let answer = client.hold_call(v1::HoldCallRequest { hold: !off }).await?;
            state(options.json, answer.into_inner().state);
        }
        Agents::HangUp => {
            let answer = client.end_call(v1::EndCallRequest {}).await?;
            state(options.json, answer.into_inner().state);
        }
        Agents::Dispose(ask) => dispose::run(ask, &connection, options.json).await?,
        Agents::Conversation(ask) => return conversation::run(ask, options).await,
        Agents::Watch { events } => {
            let request = v1::WatchConsoleRequest::default();
            let mut stream = client.watch_console(request).await?.into_inner();
            let mut seen = 0;
            while let Some(told) = stream.message().await? {
                let Some(event) = told.event else { continue };
                if matches!(event, Event::Heartbeat(_)) {
                    continue;
                }
                print::out(options.json, || event_json(&event), || event_text(&event));
                seen += 1;
                if events.is_some_and(|events| seen >= events) {
                    break;
                }
            }
        }
        Agents::Board { once } => {
            let mut stream = client.watch_board(v1::WatchBoardRequest {}).await?.into_inner();
            while let Some(told) = stream.message().await? {
                let Some(board) = told.board else { continue };
                print::out(options.json, || board_json(&board), || board_text(&board));
                if once {
                    break;
                }
            }
        }
        Agents::Why { caller } => {
            let why = client.why_waiting(v1::WhyWaitingRequest { caller }).await?.into_inner();
            let value = || {
                let skipped = why.skipped.iter();
                let skipped: Vec<_> =
                    skipped.map(|one| json!({"login": one.login, "reason": one.reason})).collect();
                json!({
                    "caller": why.caller,
                    "position": why.position,
                    "waited_ms": why.waited_ms,
                    "ring": why.ring,
                    "targets": why.targets,
                    "skipped": skipped,
                })
            };
            let text = || {
                let head = format!(
                    "caller {} is number {}, waits {} s, ring {}, targets {}\n",
                    why.caller,
                    why.position,
                    why.waited_ms / 1_000,
                    why.ring,
                    why.targets.join(", ")
                );
                let rows = why.skipped.iter().map(|one| [one.login.clone(), one.reason.clone()]);
                head + &print::table(["AGENT", "NOT ASKED BECAUSE"], rows)
            };
            print::out(options.json, value, text);
        }
    }
    Ok(())
}

fn intent_word(state: &v1::AgentState) -> String {
    let intent = print::word(state.intent().as_str_name(), "INTENT_").to_owned();
    match state.break_reason() {
        v1::BreakReason::Unspecified => intent,
        reason => format!("{intent} {}", print::word(reason.as_str_name(), "BREAK_REASON_")),
    }
}

fn activity_word(state: &v1::AgentState) -> String {
    print::word(state.activity().as_str_name(), "ACTIVITY_").to_owned()
}

fn state_json(state: &v1::AgentState) -> Value {
    json!({
        "intent": intent_word(state),
        "activity": activity_word(state),
        "unready": state.unready,
        "wrap_up_until": print::time_json(state.wrap_up_until),
    })
}

fn state_text(state: &v1::AgentState) -> String {
    let ready =
        if state.unready.is_empty() { String::new() } else { format!(", {}", state.unready) };
    format!("{}, {}{ready}", intent_word(state), activity_word(state))
}

fn state(json: bool, state: Option<v1::AgentState>) {
    let state = state.unwrap_or_default();
    print::out(json, || state_json(&state), || state_text(&state));
}

fn list(json: bool, agents: &[v1::Agent]) {
    let value = || {
        let agent = |agent: &v1::Agent| {
            json!({
                "login": agent.login,
                "name": agent.name,
                "phone": agent.phone,
                "skills": agent.skills,
                "state": agent.state.as_ref().map(state_json),
            })
        };
        agents.iter().map(agent).collect()
    };
    let text = || {
        let cells = agents.iter().map(|agent| {
            [
                agent.login.clone(),
                agent.phone.clone(),
                agent.state.as_ref().map(state_text).unwrap_or_default(),
                agent.skills.clone(),
            ]
        });
        print::table(["LOGIN", "PHONE", "STATE", "SKILLS"], cells)
    };
    print::out(json, value, text);
}

fn event_json(event: &Event) -> Value {
    match event {
        Event::Heartbeat(_) => json!({"heartbeat": {}}),
        Event::Resync(_) => json!({"resync": {}}),
        Event::State(state) => json!({"state": state_json(state)}),
        Event::Offered(caller) => json!({"offered": caller_json(caller)}),
        Event::Withdrawn(_) => json!({"withdrawn": {}}),
        Event::Connected(caller) => json!({"connected": caller_json(caller)}),
        Event::Ended(_) => json!({"ended": {}}),
        Event::Guest(news) => json!({"guest": {
            "kind": news.kind,
            "who": news.who,
            "caller": news.caller.as_ref().map(caller_json),
        }}),
        Event::Notice(notice) => json!({"notice": notice.kind}),
        Event::Saving(saving) => json!({"saving": saving.on}),
    }
}

fn caller_json(caller: &v1::Caller) -> Value {
    let case = |case: &v1::EarlierCase| {
        json!({
            "number": case.number,
            "state": print::word(case.state().as_str_name(), "CASE_STATE_"),
            "level": case.level,
            "category": case.category,
        })
    };
    json!({
        "id": caller.id,
        "call": caller.call,
        "phone_masked": caller.phone_masked,
        "language": print::word(caller.language().as_str_name(), "LANGUAGE_"),
        "reason": caller.reason,
        "cases": caller.cases.iter().map(case).collect::<Vec<_>>(),
        "open_round": caller.open_round,
        "call_back": caller.call_back,
        "safety": safety::value(&caller.safety.unwrap_or_default()),
        "messages": caller.messages,
    })
}

fn event_text(event: &Event) -> String {
    match event {
        Event::Heartbeat(_) => "alive".to_owned(),
        Event::Resync(_) => "some of what happened meanwhile is no longer told".to_owned(),
        Event::State(state) => format!("state: {}", state_text(state)),
        Event::Offered(caller) => format!("offered: {}", caller_text(caller)),
        Event::Withdrawn(_) => "withdrawn".to_owned(),
        Event::Connected(caller) => format!("connected: {}", caller_text(caller)),
        Event::Ended(_) => "ended".to_owned(),
        Event::Guest(news) => {
            let caller = news.caller.as_ref().map(caller_text).unwrap_or_default();
            format!("guest {}: {}, {caller}", news.kind, news.who)
        }
        Event::Notice(notice) => format!("notice: {}", notice.kind),
        Event::Saving(v1::watch_console_response::Saving { on: true }) => {
            "the database is away: nothing is kept yet".to_owned()
        }
        Event::Saving(_) => "the database is back".to_owned(),
    }
}

fn caller_text(caller: &v1::Caller) -> String {
    let who = if caller.phone_masked.is_empty() { "number withheld" } else { &caller.phone_masked };
    let mut text = format!(
        "{who}, {}, {}",
        print::word(caller.language().as_str_name(), "LANGUAGE_"),
        caller.reason
    );
    if caller.call_back {
        text += ", call-back";
    }
    if caller.open_round {
        text += ", an answer is awaited";
    }
    if let Some(said) = caller.safety.filter(|said| *said != v1::Safety::default()) {
        text += &format!("\n  {}", safety::text(&said));
    }
    for call in &caller.messages {
        text += &format!("\n  left a message: recordings list --call {call}");
    }
    for case in &caller.cases {
        let state = print::word(case.state().as_str_name(), "CASE_STATE_");
        text +=
            &format!("\n  case {} {state}, level {}, {}", case.number, case.level, case.category);
    }
    text
}

fn board_json(board: &v1::Board) -> Value {
    let count = |count: &v1::AgentCount| {
        json!({
            "intent": print::word(count.intent().as_str_name(), "INTENT_"),
            "activity": print::word(count.activity().as_str_name(), "ACTIVITY_"),
            "agents": count.agents,
        })
    };
    json!({
        "waiting": board.waiting,
        "talking": board.talking,
        "longest_wait_ms": board.longest_wait_ms,
        "answered": board.answered,
        "abandoned": board.abandoned,
        "service_level_basis_points": board.service_level,
        "service_level_2_basis_points": board.service_level_2,
        "answer_ms": board.answer_ms,
        "mean_talk_ms": board.mean_talk_ms,
        "saving": board.saving,
        "partial_recordings": board.partial_recordings,
        "dispositions": board.dispositions.iter().map(said).collect::<serde_json::Map<_, _>>(),
        "registrations": registered(board),
        "agents": board.agents.iter().map(count).collect::<Vec<_>>(),
        "trunks": board.trunks.iter().map(trunk_json).collect::<Vec<_>>(),
    })
}

fn trunk_state(trunk: &v1::Trunk) -> String {
    print::word(trunk.state().as_str_name(), "TRUNK_STATE_").to_lowercase().replace('_', " ")
}

fn trunk_json(trunk: &v1::Trunk) -> Value {
    json!({
        "name": trunk.name,
        "state": trunk_state(trunk),
        "resting_s": trunk.resting_s,
        "channels": trunk.channels,
        "channels_used": trunk.channels_used,
        "starts": trunk.starts,
        "faults": trunk.faults,
    })
}

fn said(count: &v1::DispositionCount) -> (String, Value) {
    (dispose::word(count.disposition()).to_owned(), count.calls.into())
}

fn registered(board: &v1::Board) -> Value {
    let counts = board.registrations.iter();
    let counts = counts.map(|count| (count.department.clone(), count.cases.into()));
    Value::Object(counts.collect())
}

fn board_text(board: &v1::Board) -> String {
    let per_cent = |value: Option<i32>| match value {
        Some(value) => format!("{}.{:02} %", value / 100, value % 100),
        None => "-".to_owned(),
    };
    let mut text = format!(
        "waiting {} (longest {} s), talking {}, answered {}, abandoned {}, service level {}, with who gave up {}",
        board.waiting,
        board.longest_wait_ms / 1_000,
        board.talking,
        board.answered,
        board.abandoned,
        per_cent(board.service_level),
        per_cent(board.service_level_2)
    );
    for count in &board.dispositions {
        text += &format!(", {} {}", dispose::word(count.disposition()), count.calls);
    }
    for (at, count) in board.registrations.iter().enumerate() {
        let before = if at == 0 { "\n  registered today: " } else { ", " };
        text += &format!("{before}{} {}", count.department, count.cases);
    }
    for trunk in &board.trunks {
        let state = match trunk.resting_s {
            0 => trunk_state(trunk),
            left => format!("rests for {left} s"),
        };
        text += &format!(
            "\n  trunk {} {state}, {} of {} channels, {} calls begun, {} faults",
            trunk.name, trunk.channels_used, trunk.channels, trunk.starts, trunk.faults
        );
    }
    text
}
