//! The table of conversations, stage by stage, and who hears whom in it.

use super::{
    Apart, Conversation, Do, EarMode, Ending,
    Happened::{self, *},
    Hears, NotNow, Party, Queued, Seat, Stage,
};
use crate::acd::AgentId;

const ANITA: AgentId = AgentId(7);
const RAVI: AgentId = AgentId(8);
const LATA: AgentId = AgentId(9);
const OFFICER: Party = Party::Officer(40);

fn to(agent: AgentId) -> Party {
    Party::Agent(agent)
}

fn at(stage: Stage) -> Conversation {
    let mut conversation = Conversation::new(Party::Agent(ANITA));
    conversation.stage = stage;
    conversation
}

/// What became of it, in words that fit on a line.
fn after(stage: Stage, what: Happened) -> String {
    let mut conversation = at(stage);
    match conversation.take(what) {
        Ok(todo) => {
            let lead = match conversation.lead {
                Party::Agent(agent) => format!("agent {}", agent.0),
                Party::Officer(officer) => format!("officer {officer}"),
            };
            let todo: Vec<String> = todo.iter().map(|one| format!("{one:?}")).collect();
            format!("{:?}, {lead}: {}", conversation.stage, todo.join(" ")).trim_end().to_owned()
        }
        Err(why) => {
            assert_eq!(conversation, at(stage), "what is refused changes nothing");
            format!("refused: {why}")
        }
    }
}

/// Everybody's `Party::Agent(AgentId(8))` as `ravi`.
fn table(stage: Stage) -> String {
    let events = [
        CitizenLeft,
        LeadLeft,
        LeadLost,
        Send(to(RAVI)),
        SendBack,
        Invite { who: to(RAVI), apart: Apart::ByUs },
        Join,
        HandOver,
        DropGuest,
        GuestAnswered,
        GuestFailed,
        GuestLeft,
    ];
    let line = |what| {
        let name = format!("{what:?}");
        let name = name.split(['(', ' ']).next().unwrap_or_default();
        format!("{name} -> {}\n", after(stage, what))
    };
    let table: String = events.into_iter().map(line).collect();
    table.replace("Agent(AgentId(8))", "ravi").replace("AgentId(8)", "8")
}

#[track_caller]
fn assert_table(stage: Stage, expected: &str) {
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|it| !it.is_empty()).collect();
    let played = table(stage);
    assert!(played.trim() == expected.join("\n"), "played:\n{played}");
}

#[test]
fn a_talk_of_two() {
    assert_table(
        Stage::Talk,
        "
        CitizenLeft -> Over, agent 7: End(Guest) End(Ear) End(Lead) Queue(CitizenLeft) Over(CitizenLeft)
        LeadLeft -> Over, agent 7: End(Guest) End(Ear) End(Lead) Queue(Ended) Over(Ended)
        LeadLost -> Over, agent 7: End(Guest) End(Ear) End(Lead) Queue(Lost) Over(WaitsAgain)
        Send -> Sending { to: ravi }, agent 7: Tell(Asked) Ring(Guest, ravi)
        SendBack -> Over, agent 7: End(Ear) End(Lead) Queue(SentBack) Over(WaitsAgain)
        Invite -> Inviting { who: ravi, apart: ByUs }, agent 7: Tell(Asked) Ring(Guest, ravi)
        Join -> refused: nobody was brought in
        HandOver -> refused: nobody was brought in
        DropGuest -> refused: nobody was brought in
        GuestAnswered -> Talk, agent 7: End(Guest)
        GuestFailed -> Talk, agent 7: End(Guest)
        GuestLeft -> Talk, agent 7: End(Guest)
        ",
    );
}

#[test]
fn a_blind_transfer_that_rings() {
    assert_table(
        Stage::Sending { to: to(RAVI) },
        "
        CitizenLeft -> Over, agent 7: End(Guest) End(Ear) End(Lead) Queue(CitizenLeft) Over(CitizenLeft)
        LeadLeft -> Sent { to: ravi }, agent 7: End(Lead) Queue(Away)
        LeadLost -> Sent { to: ravi }, agent 7: End(Lead) Queue(Away)
        Send -> refused: somebody else is being brought in
        SendBack -> refused: somebody else is being brought in
        Invite -> refused: somebody else is being brought in
        Join -> Inviting { who: ravi, apart: No }, agent 7:
        HandOver -> Sending { to: ravi }, agent 7:
        DropGuest -> Talk, agent 7: End(Guest) Tell(Failed)
        GuestAnswered -> Talk, agent 8: Tell(Done) End(Lead) Lead(Guest) Queue(Passed(8))
        GuestFailed -> Talk, agent 7: End(Guest) Tell(Failed)
        GuestLeft -> Talk, agent 7: End(Guest) Tell(Failed)
        ",
    );
}

#[test]
fn a_blind_transfer_whose_agent_has_gone() {
    assert_table(
        Stage::Sent { to: to(RAVI) },
        "
        CitizenLeft -> Over, agent 7: End(Guest) End(Ear) End(Lead) Queue(CitizenLeft) Over(CitizenLeft)
        LeadLeft -> Sent { to: ravi }, agent 7:
        LeadLost -> Sent { to: ravi }, agent 7:
        Send -> refused: somebody else is being brought in
        SendBack -> refused: somebody else is being brought in
        Invite -> refused: somebody else is being brought in
        Join -> refused: nobody was brought in
        HandOver -> refused: nobody was brought in
        DropGuest -> refused: nobody was brought in
        GuestAnswered -> Talk, agent 8: Tell(Done) End(Lead) Lead(Guest) Queue(Passed(8))
        GuestFailed -> Over, agent 7: End(Guest) End(Ear) End(Lead) Queue(Lost) Over(WaitsAgain)
        GuestLeft -> Over, agent 7: End(Guest) End(Ear) End(Lead) Queue(Lost) Over(WaitsAgain)
        ",
    );
}

#[test]
fn a_guest_who_is_rung_while_the_citizen_listens() {
    assert_table(
        Stage::Inviting { who: OFFICER, apart: Apart::No },
        "
        CitizenLeft -> Over, agent 7: End(Guest) End(Ear) End(Lead) Queue(CitizenLeft) Over(CitizenLeft)
        LeadLeft -> Over, agent 7: End(Guest) End(Ear) End(Lead) Queue(Ended) Over(Ended)
        LeadLost -> Over, agent 7: End(Guest) End(Ear) End(Lead) Queue(Lost) Over(WaitsAgain)
        Send -> refused: somebody else is being brought in
        SendBack -> refused: somebody else is being brought in
        Invite -> refused: somebody else is being brought in
        Join -> Inviting { who: Officer(40), apart: No }, agent 7:
        HandOver -> Sending { to: Officer(40) }, agent 7:
        DropGuest -> Talk, agent 7: End(Guest) Tell(Parted)
        GuestAnswered -> Three { who: Officer(40) }, agent 7: Tell(Joined)
        GuestFailed -> Talk, agent 7: End(Guest) Tell(Failed)
        GuestLeft -> Talk, agent 7: End(Guest) Tell(Failed)
        ",
    );
}

#[test]
fn a_guest_who_is_rung_apart() {
    assert_table(
        Stage::Inviting { who: to(RAVI), apart: Apart::ByUs },
        "
        CitizenLeft -> Over, agent 7: End(Guest) End(Ear) End(Lead) Queue(CitizenLeft) Over(CitizenLeft)
        LeadLeft -> Over, agent 7: End(Guest) End(Ear) End(Lead) Queue(Ended) Over(Ended)
        LeadLost -> Over, agent 7: End(Guest) End(Ear) End(Lead) Queue(Lost) Over(WaitsAgain)
        Send -> refused: somebody else is being brought in
        SendBack -> refused: somebody else is being brought in
        Invite -> refused: somebody else is being brought in
        Join -> Inviting { who: ravi, apart: No }, agent 7:
        HandOver -> Sending { to: ravi }, agent 7:
        DropGuest -> Talk, agent 7: End(Guest) Tell(Parted)
        GuestAnswered -> Consulting { who: ravi, apart: ByUs }, agent 7: Tell(Joined)
        GuestFailed -> Talk, agent 7: End(Guest) Tell(Failed)
        GuestLeft -> Talk, agent 7: End(Guest) Tell(Failed)
        ",
    );
}

#[test]
fn a_guest_who_speaks_with_the_agent_apart() {
    assert_table(
        Stage::Consulting { who: to(RAVI), apart: Apart::ByPhone },
        "
        CitizenLeft -> Over, agent 7: End(Guest) End(Ear) End(Lead) Queue(CitizenLeft) Over(CitizenLeft)
        LeadLeft -> Talk, agent 8: Tell(Done) End(Lead) Lead(Guest) Queue(Passed(8))
        LeadLost -> Talk, agent 8: Tell(Done) End(Lead) Lead(Guest) Queue(Passed(8))
        Send -> refused: somebody else is being brought in
        SendBack -> refused: somebody else is being brought in
        Invite -> refused: somebody else is being brought in
        Join -> Three { who: ravi }, agent 7:
        HandOver -> Talk, agent 8: Tell(Done) End(Lead) Lead(Guest) Queue(Passed(8))
        DropGuest -> Talk, agent 7: End(Guest) Tell(Parted)
        GuestAnswered -> Consulting { who: ravi, apart: ByPhone }, agent 7:
        GuestFailed -> Talk, agent 7: End(Guest) Tell(Parted)
        GuestLeft -> Talk, agent 7: End(Guest) Tell(Parted)
        ",
    );
}

#[test]
fn a_talk_of_three_with_an_officer() {
    assert_table(
        Stage::Three { who: OFFICER },
        "
        CitizenLeft -> Over, agent 7: End(Guest) End(Ear) End(Lead) Queue(CitizenLeft) Over(CitizenLeft)
        LeadLeft -> Talk, officer 40: Tell(Done) End(Lead) Lead(Guest) Queue(Away)
        LeadLost -> Talk, officer 40: Tell(Done) End(Lead) Lead(Guest) Queue(Away)
        Send -> refused: somebody else is being brought in
        SendBack -> refused: somebody else is being brought in
        Invite -> refused: somebody else is being brought in
        Join -> Three { who: Officer(40) }, agent 7:
        HandOver -> Talk, officer 40: Tell(Done) End(Lead) Lead(Guest) Queue(Away)
        DropGuest -> Talk, agent 7: End(Guest) Tell(Parted)
        GuestAnswered -> Three { who: Officer(40) }, agent 7:
        GuestFailed -> Talk, agent 7: End(Guest) Tell(Parted)
        GuestLeft -> Talk, agent 7: End(Guest) Tell(Parted)
        ",
    );
}

#[test]
fn nothing_happens_to_a_call_that_is_over() {
    assert_table(
        Stage::Over,
        "
        CitizenLeft -> refused: the call is over
        LeadLeft -> refused: the call is over
        LeadLost -> refused: the call is over
        Send -> refused: the call is over
        SendBack -> refused: the call is over
        Invite -> refused: the call is over
        Join -> refused: the call is over
        HandOver -> refused: the call is over
        DropGuest -> refused: the call is over
        GuestAnswered -> refused: the call is over
        GuestFailed -> refused: the call is over
        GuestLeft -> refused: the call is over
        ",
    );
}

const STAGES: [Stage; 9] = [
    Stage::Talk,
    Stage::Sending { to: Party::Agent(RAVI) },
    Stage::Sent { to: Party::Agent(RAVI) },
    Stage::Inviting { who: Party::Agent(RAVI), apart: Apart::No },
    Stage::Inviting { who: Party::Agent(RAVI), apart: Apart::ByUs },
    Stage::Inviting { who: Party::Agent(RAVI), apart: Apart::ByPhone },
    Stage::Consulting { who: Party::Agent(RAVI), apart: Apart::ByUs },
    Stage::Consulting { who: Party::Agent(RAVI), apart: Apart::ByPhone },
    Stage::Three { who: Party::Agent(RAVI) },
];

fn heard_by(stage: Stage, mode: EarMode) -> Conversation {
    let mut conversation = at(stage);
    conversation.take(Supervise { by: LATA, mode }).unwrap();
    conversation.take(EarAnswered).unwrap();
    conversation
}

#[test]
fn a_supervisor_who_listens_is_heard_by_nobody_and_whispers_to_the_agent_alone() {
    for stage in STAGES {
        let ear = |mode| heard_by(stage, mode).hearing().ear;
        let agent_talks = at(stage).hearing().lead == Hears::Talk;

        assert_eq!(ear(EarMode::Listen), Hears::Listen, "{stage:?}");
        let whispers = if agent_talks { Hears::Whisper } else { Hears::Listen };
        assert_eq!(ear(EarMode::Whisper), whispers, "{stage:?}");
        assert_eq!(ear(EarMode::Barge), Hears::Talk, "{stage:?}");
    }
}

#[test]
fn a_supervisors_phone_that_is_lost_or_never_answers_changes_nothing_for_the_call() {
    for stage in STAGES {
        for answers in [true, false] {
            let mut conversation = at(stage);
            conversation.take(Supervise { by: LATA, mode: EarMode::Barge }).unwrap();
            if answers {
                conversation.take(EarAnswered).unwrap();
            }

            let todo = conversation.take(EarGone).unwrap();

            assert_eq!(conversation, at(stage));
            assert_eq!(todo, [Do::End(Seat::Ear)]);
        }
    }
}

#[test]
fn who_takes_over_leads_and_the_agents_part_is_over() {
    for stage in STAGES {
        let mut conversation = heard_by(stage, EarMode::Listen);

        let todo = conversation.take(Supervise { by: LATA, mode: EarMode::TakeOver }).unwrap();

        assert_eq!((conversation.lead, conversation.ear), (to(LATA), None), "{stage:?}");
        let ends = [Do::End(Seat::Lead), Do::Lead(Seat::Ear), Do::Queue(Queued::Passed(LATA))];
        assert!(todo.ends_with(&ends), "{stage:?}: {todo:?}");
        let hearing = conversation.hearing();
        assert_eq!((hearing.lead, hearing.second), (Hears::Talk, Hears::Nothing), "{stage:?}");
    }
}

#[test]
fn who_takes_over_from_outside_leads_as_soon_as_the_phone_is_picked_up() {
    let mut conversation = at(Stage::Talk);
    conversation.take(Supervise { by: LATA, mode: EarMode::TakeOver }).unwrap();
    assert_eq!(conversation.lead, to(ANITA));

    conversation.take(EarAnswered).unwrap();

    assert_eq!((conversation.lead, conversation.stage), (to(LATA), Stage::Talk));
}

#[test]
fn one_supervisor_listens_and_no_party_listens_to_itself() {
    let mut conversation = heard_by(Stage::Talk, EarMode::Listen);

    let other = conversation.take(Supervise { by: RAVI, mode: EarMode::Listen });
    assert_eq!(other, Err(NotNow::Heard));
    let guest = conversation.take(Invite { who: to(LATA), apart: Apart::No });
    assert_eq!(guest, Err(NotNow::Same));
    let own = at(Stage::Talk).take(Supervise { by: ANITA, mode: EarMode::Listen });
    assert_eq!(own, Err(NotNow::Same));
    let of_guest = at(Stage::Three { who: to(RAVI) });
    let listens = of_guest.clone().take(Supervise { by: RAVI, mode: EarMode::Listen });
    assert_eq!(listens, Err(NotNow::Same));
    assert_eq!(at(Stage::Talk).take(TakeOver), Err(NotNow::NotListening));
}

#[test]
fn agents_who_are_held_by_a_call_are_named_for_as_long_as_they_are() {
    let mut conversation = heard_by(Stage::Sending { to: to(RAVI) }, EarMode::Listen);
    assert_eq!(conversation.outside(), [RAVI, LATA]);

    conversation.take(GuestAnswered).unwrap();
    assert_eq!(conversation.outside(), [LATA]);
    conversation.take(CitizenLeft).unwrap();
    assert_eq!(conversation.stage, Stage::Over);
    assert_eq!(conversation.outside(), []);
    assert_eq!(conversation.hearing().ear, Hears::Nothing);
}

#[test]
fn everybody_hears_what_the_stage_says() {
    use Hears::{Aside, Music, Nothing, Ringback, Talk};
    let hears = |stage| {
        let hearing = at(stage).hearing();
        [hearing.citizen, hearing.lead, hearing.second, hearing.guest]
    };

    let expected = [
        [Talk, Talk, Nothing, Nothing],
        [Music, Ringback, Ringback, Nothing],
        [Music, Nothing, Nothing, Nothing],
        [Talk, Talk, Nothing, Nothing],
        [Music, Ringback, Nothing, Nothing],
        [Talk, Talk, Ringback, Nothing],
        [Music, Talk, Nothing, Talk],
        [Talk, Talk, Aside, Aside],
        [Talk, Talk, Nothing, Talk],
    ];
    for (stage, expected) in STAGES.into_iter().zip(expected) {
        assert_eq!(hears(stage), expected, "{stage:?}");
    }
}

#[test]
fn an_officer_with_the_call_who_goes_leaves_the_citizen_to_the_queue_only_when_the_phone_died() {
    let with_officer = || {
        let mut conversation = at(Stage::Three { who: OFFICER });
        let todo = conversation.take(LeadLeft).unwrap();
        assert!(todo.contains(&Do::Queue(Queued::Away)), "{todo:?}");
        assert_eq!(conversation.lead, OFFICER);
        conversation
    };

    let ended = with_officer().take(LeadLeft).unwrap();
    assert!(ended.ends_with(&[Do::Queue(Queued::Ended), Do::Over(Ending::Ended)]), "{ended:?}");
    let lost = with_officer().take(LeadLost).unwrap();
    assert!(lost.ends_with(&[Do::Queue(Queued::Lost), Do::Over(Ending::WaitsAgain)]), "{lost:?}");
}
