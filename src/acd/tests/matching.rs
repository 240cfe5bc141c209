//! Who is offered to whom: order of callers, targets, rings of skills, longest idle, and the Why of it.

use super::stage::{self, Stage, play};
use crate::acd::*;

fn targets(targets: &[(&str, Expression, u8, i64, Skip)]) -> Policy {
    let targets = targets.iter().map(|(name, who, priority, time_out_ms, skip)| Target {
        name: (*name).into(),
        who: who.clone(),
        priority: Priority(*priority),
        time_out_ms: *time_out_ms,
        skip: *skip,
    });
    Policy { targets: targets.collect(), ..Policy::default() }
}

fn reasons(why: &Why) -> Vec<(i64, Skipped)> {
    why.skipped.iter().map(|(agent, reason)| (agent.0, reason.clone())).collect()
}

#[test]
fn the_agent_idle_the_longest_is_asked_first() {
    let stage = play(
        Policy::default(),
        "
        0 agent 9 arrives
        1 agent 7 arrives
        2 agent 8 arrives
        10 caller 1 joins
        10 -> offer 9 to caller 1 (everyone, ring 0)
        10 caller 2 joins
        10 -> offer 7 to caller 2 (everyone, ring 0)
        10 caller 3 joins
        10 -> offer 8 to caller 3 (everyone, ring 0)
        ",
    );

    assert_eq!(
        reasons(&stage.whys[0]),
        [(7, Skipped::IdleLess { idle_ms: 9_000 }), (8, Skipped::IdleLess { idle_ms: 8_000 })]
    );
    assert_eq!(stage.whys[0].idle_ms, 10_000);
}

#[test]
fn callers_are_served_in_the_order_of_arrival_and_priority_goes_before() {
    play(
        Policy::default(),
        "
        1 caller 1 joins
        2 caller 2 joins
        3 caller 3 joins priority 1
        10 agent 7 arrives
        10 -> offer 7 to caller 3 (everyone, ring 0)
        10.1 agent 8 arrives
        10.1 -> offer 8 to caller 1 (everyone, ring 0)
        10.2 agent 9 arrives
        10.2 -> offer 9 to caller 2 (everyone, ring 0)
        ",
    );
}

#[test]
fn the_circle_widens_at_twenty_forty_five_and_ninety_seconds() {
    play(
        Policy { language_least: [3, 2, 2, 1], ..Policy::default() },
        "
        0 agent 1 arrives hi2
        0 agent 2 arrives hi1
        0 agent 3 arrives en3 water1
        0 agent 4 arrives en3
        1 caller 1 joins
        1 caller 2 joins
        1 caller 3 joins en wants water
        1 caller 4 joins en wants water
        21 -> offer 1 to caller 1 (everyone, ring 1)
        21 -> offer 3 to caller 3 (everyone, ring 1)
        22 agent 1 answers
        22 -> connect 1 with 1
        22 agent 3 answers
        22 -> connect 3 with 3
        46 -> offer 4 to caller 4 (everyone, ring 2)
        47 agent 4 answers
        47 -> connect 4 with 4
        91 -> offer 2 to caller 2 (everyone, ring 3)
        92 agent 2 answers
        92 -> connect 2 with 2
        ",
    );
}

#[test]
fn the_womens_desk_is_never_widened_away() {
    let stage = play(
        Policy { escalate_ms: 200_000, ..Policy::default() },
        "
        0 agent 1 arrives hi3
        1 caller 1 joins women
        201 -> escalate 1
        290 agent 2 arrives hi1 women1
        290 -> offer 2 to caller 1 (everyone, ring 3)
        ",
    );

    let lacks =
        Skipped::Lacks { skill: Skill::WomensDesk, has: Proficiency(0), least: Proficiency(1) };
    assert_eq!(reasons(&stage.whys[0]), [(1, lacks)]);
}

#[test]
fn the_agent_whom_the_citizen_knows_is_waited_for_while_free() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        1 agent 8 arrives
        2 caller 1 joins after 8
        2 -> offer 8 to caller 1 (last_agent, ring 0)
        3 agent 8 rejects
        3 -> offer 7 to caller 1 (everyone, ring 0)
        12 agent 7 rejects
        ",
    );
}

#[test]
fn the_agent_whom_the_citizen_knows_is_passed_over_when_not_free() {
    play(
        Policy::default(),
        "
        0 agent 7 arrives
        1 agent 8 arrives
        1 agent 8 is on break
        2 caller 1 joins after 8
        2 -> offer 7 to caller 1 (everyone, ring 0)
        ",
    );
}

#[test]
fn targets_open_one_after_the_other_and_the_first_of_them_is_preferred() {
    let water = Expression::Has(Want::always(Skill::Department("water".into()), 1));
    let stage = play(
        targets(&[
            ("water", water, 0, 15_000, Skip::NobodyOnDuty),
            ("number_nine", Expression::Agent(AgentId(9)), 2, 10_000, Skip::Never),
            ("everyone", Expression::Anyone, 0, i64::MAX, Skip::Never),
        ]),
        "
        0 agent 5 arrives
        1 agent 9 arrives
        2 agent 6 arrives hi3 water1
        3 caller 1 joins
        3 -> offer 6 to caller 1 (water, ring 0)
        3 caller 2 joins
        3 caller 3 joins
        18 -> offer 9 to caller 2 (number_nine, ring 0)
        21 -> cancel 6: no answer
        28 -> offer 5 to caller 1 (everyone, ring 1)
        31 -> offer 6 to caller 3 (water, ring 1)
        36 -> cancel 9: no answer
        40 time
        ",
    );

    let whys: Vec<_> = stage.whys.iter().map(|why| (why.agent.0, why.priority.0)).collect();
    assert_eq!(whys[..3], [(6, 0), (9, 2), (5, 2)]);
    assert_eq!(stage.whys[0].skipped[0], (AgentId(5), Skipped::NoTarget));
}

#[test]
fn a_target_whose_agents_are_not_on_duty_costs_no_time() {
    let water = Expression::Has(Want::always(Skill::Department("water".into()), 1));
    play(
        targets(&[
            ("water", water, 0, 15_000, Skip::NobodyOnDuty),
            ("everyone", Expression::Anyone, 0, i64::MAX, Skip::Never),
        ]),
        "
        0 agent 5 arrives
        1 agent 6 arrives hi3 water1
        1 agent 6 is signed out
        3 caller 1 joins
        3 -> offer 5 to caller 1 (everyone, ring 0)
        ",
    );
}

#[test]
fn after_five_minutes_the_escalation_group_is_asked_too() {
    let stage = play(
        Policy::default(),
        "
        0 agent 1 arrives hi3 escalation1
        1 caller 1 joins
        200 caller 2 joins
        301 -> offer 1 to caller 1 (escalation, ring 3)
        301 -> escalate 1
        302 agent 1 answers
        302 -> connect 1 with 1
        ",
    );

    assert_eq!(stage.whys[0].target, "escalation");
    assert_eq!(stage.whys[0].priority, Priority(1));
}

#[test]
fn a_why_names_a_reason_for_each_agent_who_was_passed_over() {
    let mut stage = Stage::new(Policy::default());
    stage.run(
        "
        0 agent 1 arrives
        0 agent 1 is signed out
        0 agent 2 arrives
        0 agent 2 is on break
        0 agent 3 arrives
        0 agent 3 phone leaves
        0 agent 4 arrives
        0 agent 4 console leaves
        0 agent 5 arrives
        0 caller 90 joins
        0 -> offer 5 to caller 90 (everyone, ring 0)
        0.5 agent 5 rejects
        0.5 caller 90 leaves
        0.5 -> call-back 90: open, abandoned, arrival 0, calls 1
        0.5 -> caller 90: abandoned
        0.6 agent 6 arrives
        0.6 caller 91 joins
        0.6 -> offer 6 to caller 91 (everyone, ring 0)
        0.7 agent 6 answers
        0.7 -> connect 91 with 6
        0.8 agent 7 arrives
        0.8 caller 92 joins
        0.8 -> offer 7 to caller 92 (everyone, ring 0)
        0.9 agent 8 arrives en3
        1 agent 9 arrives
        1 caller 1 joins
        1 -> offer 9 to caller 1 (everyone, ring 0)
        ",
    );

    let why = stage.whys.last().unwrap();
    let until = stage.now.plus_ms(9_500);
    let hindi = Skill::Language(Language::Hindi);
    assert_eq!(
        reasons(why),
        [
            (1, Skipped::SignedOut),
            (2, Skipped::OnBreak(BreakReason::Tea)),
            (3, Skipped::NoPhone),
            (4, Skipped::NoConsole),
            (5, Skipped::BackOff { cause: BackOff::Rejected, until }),
            (6, Skipped::Talking),
            (7, Skipped::Offered),
            (8, Skipped::Lacks { skill: hindi, has: Proficiency(0), least: Proficiency(3) }),
        ]
    );
}

#[test]
fn why_waiting_names_the_place_and_what_speaks_against_each_agent() {
    let stage = play(
        Policy::default(),
        "
        0 agent 1 arrives
        0 agent 2 arrives
        1 caller 1 joins
        1 -> offer 1 to caller 1 (everyone, ring 0)
        1 caller 2 joins
        1 -> offer 2 to caller 2 (everyone, ring 0)
        2 caller 3 joins
        3 caller 4 joins
        4 agent 1 answers
        4 -> connect 1 with 1
        5 caller 1 ends
        5 -> caller 1: talked
        8 time
        ",
    );

    let why = stage.queue.why_waiting(CallerId(4), stage.now).unwrap();
    assert_eq!((why.position, why.waited_ms, why.rings), (3, 5_000, None));
    assert_eq!(why.targets, ["last_agent", "everyone"]);
    let until = stage.now.plus_ms(27_000);
    let against = [(AgentId(1), Skipped::WrapUp { until }), (AgentId(2), Skipped::Offered)];
    assert_eq!(why.skipped, against);
    assert_eq!(stage.queue.why_waiting(CallerId(1), stage.now), None);
    let rung = stage.queue.why_waiting(CallerId(2), stage.now).unwrap();
    assert_eq!((rung.position, rung.rings), (1, Some(AgentId(2))));
}

#[test]
fn the_next_ring_is_due_to_the_millisecond() {
    let mut queue = Queue::new(Policy::default());
    queue.handle(Event::Joined(stage::join(CallerId(1), &[])), stage::BEGINS);
    queue.handle(Event::Tick, stage::BEGINS.plus_ms(15_000));

    assert_eq!(queue.next_due(), Some(stage::BEGINS.plus_ms(20_000)));
}
