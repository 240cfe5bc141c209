//! A queue that is made again from what was kept, and the lines of a node that died.

use super::stage::{BEGINS, Stage, key, play};
use crate::acd::*;

#[test]
fn waiting_callers_become_call_backs_once_and_talking_ones_are_flagged() {
    let stage = play(
        Policy::default(),
        "
        0 agent 7 arrives
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        2 agent 7 answers
        2 -> connect 1 with 7
        3 caller 2 joins
        4 caller 3 joins hidden
        5 caller 4 is missed as 2
        5 -> call-back 4: on the line 2, missed, arrival 5, calls 1
        ",
    );
    let kept = stage.queue.snapshot();
    let now = BEGINS.plus_ms(20_000);

    let (queue, actions) = Queue::restore(Policy::default(), kept.clone(), now);

    let owed: Vec<_> =
        queue.call_backs().map(|row| (row.citizen, row.arrival, row.reason)).collect();
    assert_eq!(
        owed,
        [
            (key("1"), BEGINS.plus_ms(1_000), Reason::CutOff(AgentId(7))),
            (key("2"), BEGINS.plus_ms(3_000), Reason::NodeLost),
        ]
    );
    let flag = Action::Notice { agent: AgentId(7), notice: Notice::CutOff(CallerId(1)) };
    assert!(actions.contains(&flag));
    let ends =
        |action: &&Action| matches!(action, Action::CallerEnded { ending: Ending::Lost, .. });
    assert_eq!(actions.iter().filter(ends).count(), 3);
    assert!(queue.on_the_line().is_empty());

    let mut again = Stage::over(queue, now);
    again.tell(Event::Orphans(kept.callers));
    assert_eq!(again.queue.call_backs().map(|row| row.calls).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn breaks_wrap_up_and_a_pending_intent_survive() {
    let mut stage = play(
        Policy::default(),
        "
        0 agent 1 arrives
        0 agent 2 arrives
        0 agent 3 arrives
        5 agent 1 is on break
        6 caller 1 joins
        6 -> offer 2 to caller 1 (everyone, ring 0)
        7 agent 2 answers
        7 -> connect 1 with 2
        8 caller 1 ends
        8 -> caller 1: talked
        8 agent 2 extends
        9 caller 2 joins
        9 -> offer 3 to caller 2 (everyone, ring 0)
        10 agent 3 is on break
        ",
    );
    let now = BEGINS.plus_ms(20_000);

    let (queue, _) = Queue::restore(Policy::default(), stage.queue.snapshot(), now);

    let state = |agent| queue.agent(AgentId(agent)).unwrap();
    let tea = Intent::OnBreak(BreakReason::Tea);
    assert_eq!((state(1).intent, state(1).intent_since), (tea, BEGINS.plus_ms(5_000)));
    assert_eq!((state(2).activity, state(2).wrap_up_extended), (Activity::WrapUp, true));
    assert_eq!(state(2).wrap_up_until, Some(BEGINS.plus_ms(68_000)));
    assert_eq!((state(3).intent, state(3).activity), (tea, Activity::Idle));
    assert_eq!(state(3).unready, Some(Unready::NoPhone));

    stage = Stage::over(queue, now);
    stage.run(
        "
        20 agent 2 phone returns
        20 agent 2 console returns
        ",
    );
}

#[test]
fn who_was_cut_off_is_offered_to_the_same_agent_first() {
    let stage = play(
        Policy::default(),
        "
        0 agent 7 arrives
        1 caller 1 joins
        1 -> offer 7 to caller 1 (everyone, ring 0)
        2 agent 7 answers
        2 -> connect 1 with 7
        ",
    );
    let now = BEGINS.plus_ms(10_000);
    let (queue, _) = Queue::restore(Policy::default(), stage.queue.snapshot(), now);

    Stage::over(queue, now).run(
        "
        11 agent 8 arrives en3
        12 agent 7 phone returns
        12 agent 7 console returns
        12 -> call-back 1: taken 7, cut off 7, arrival 1, calls 1
        12 -> offer 7 to call-back 1 (last_agent, ring 0)
        ",
    );
}
