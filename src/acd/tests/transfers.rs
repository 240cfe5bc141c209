//! Calls that go from one agent to another, to an officer, or out: each agent's part is counted and wrapped up by itself.

use super::stage::play;
use crate::acd::{
    AgentId, At, CallerId, Policy,
    figures::{Figures, What},
};

#[test]
fn a_transferred_call_is_one_call_with_the_talk_of_two_agents() {
    let stage = play(
        Policy::default(),
        "
        0 agent 7 arrives
        0 agent 8 arrives
        0 watch 7
        0 watch 8
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        1 -> agent 7: available, offered
        2 agent 7 answers
        2 -> connect 1 with 7
        2 -> agent 7: available, talking
        10 agent 8 dials 1
        10 -> agent 8: available, talking
        12 caller 1 goes away
        12 -> agent 7: available, wrap up until 42
        15 caller 1 is passed to 8
        15 -> agent 8: available, talking
        42 -> agent 7: available, idle
        75 caller 1 ends
        75 -> caller 1: talked
        75 -> agent 8: available, wrap up until 105
        ",
    );

    let figures = Figures::of(&stage.facts);
    assert_eq!((figures.joined, figures.answered, figures.abandoned), (1, 1, 0));
    assert_eq!((figures.talks, figures.talk_ms), (2, 10_000 + 60_000));
}

#[test]
fn who_is_sent_on_to_nobody_goes_to_the_head_of_the_queue() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        2 agent 7 answers
        2 -> connect 1 with 7
        3 caller 2 joins
        12 caller 1 goes away
        32 caller 1 loses the agent
        32 -> caller 1 waits again: agent lost
        42 -> offer 7 to caller 1 (everyone, ring 1)
        43 time
        ",
    );
}

#[test]
fn a_citizen_with_an_officer_is_no_agents_and_leaves_nothing_owed() {
    let stage = play(
        Policy::default(),
        "
        0 agent 7 arrives
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        2 agent 7 answers
        2 -> connect 1 with 7
        12 caller 1 goes away
        ",
    );
    assert_eq!(stage.queue.on_the_line()[0].at, At::Away);
    let mut stage = stage;
    stage.run(
        "
        300 caller 1 leaves
        300 -> caller 1: talked
        ",
    );
    assert_eq!(Figures::of(&stage.facts).talk_ms, 10_000);
}

#[test]
fn a_call_that_an_agent_makes_is_wrapped_up_and_is_no_wait() {
    let stage = play(
        Policy::default(),
        "
        0 agent 7 arrives
        0 watch 7
        1 agent 7 dials 5
        1 -> agent 7: available, talking
        9 caller 5 is called by 7
        9 -> agent 7: available, talking
        20 caller 5 ends
        20 -> caller 5: talked
        20 -> agent 7: available, wrap up until 50
        ",
    );

    let made = stage.facts.iter().map(|fact| (fact.caller, fact.what));
    let made: Vec<_> = made.collect();
    assert_eq!(
        made,
        [
            (CallerId(5), What::CalledOut { agent: AgentId(7) }),
            (CallerId(5), What::Ended { agent: AgentId(7), talk_ms: 11_000 }),
        ]
    );
    assert_eq!(Figures::of(&stage.facts).joined, 0);
}
