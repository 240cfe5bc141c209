//! Every key sequence, and every moment of a hang-up, that could close a case.

use crate::{
    dialogue::{
        Dialogue, Input,
        outcome::Settles,
        transcript::{Call, FIRST, World, closes, round},
    },
    domain::{language::Language, verification::Outcome},
};

#[test]
fn keys_typed_ahead_or_bounced_decide_nothing() {
    let mut call =
        Call::new(Dialogue::verification(Language::Hindi, vec![round(FIRST)]), World::default());
    call.input(Input::Start);
    for _ in 0..200 {
        call.press('1');
        call.press('1');
        call.press('1');
        call.press('2');
        call.wait_until(call.now + 50);
    }
    call.input(Input::HungUp);

    assert!(!closes(&call.outcomes), "{:?}", call.outcomes);
}

const KEYS: [char; 12] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#'];

/// Presses the keys, each after listening to whatever is said, then hangs up.
fn press(keys: &[char]) -> Vec<(Outcome, Settles)> {
    let mut call =
        Call::new(Dialogue::verification(Language::Hindi, vec![round(FIRST)]), World::default());
    call.input(Input::Start);
    for key in keys {
        call.listen();
        call.wait_until(call.now + 1_000);
        call.press(*key);
    }
    call.listen();
    if !call.over {
        call.input(Input::HungUp);
    }
    call.outcomes.iter().map(|outcome| (outcome.outcome, outcome.settles)).collect()
}

#[test]
fn of_all_sequences_of_four_keys_only_one_closes() {
    let mut closing = Vec::new();
    for code in 0..KEYS.len().pow(4) {
        let keys: Vec<char> =
            (0..4).map(|place| KEYS[code / KEYS.len().pow(place) % KEYS.len()]).collect();
        let outcomes = press(&keys);
        assert!(outcomes.len() <= 1, "{keys:?}: one call records a round once");
        if outcomes.iter().any(|(outcome, _)| *outcome == Outcome::Satisfied) {
            closing.push(keys.iter().collect::<String>());
        }
    }

    assert_eq!(closing, ["1112"]);
}

/// With the keys that are wrong or repeat taken out, and a refused confirmation with the answer before it, 1112 remains.
#[test]
fn of_all_sequences_of_six_decisive_keys_those_that_close_end_in_the_same_four() {
    let decisive = ['1', '2', '3', '4', '*', '5'];
    for code in 0..decisive.len().pow(6) {
        let keys: Vec<char> = (0..6)
            .map(|place| decisive[code / decisive.len().pow(place) % decisive.len()])
            .collect();
        let closed = press(&keys).iter().any(|(outcome, _)| *outcome == Outcome::Satisfied);

        assert_eq!(closed, may_close(&keys), "{keys:?}");
    }
}

/// The rule said again, without the machine: right party, answers and refusals, then 1 1 2 in a row.
fn may_close(keys: &[char]) -> bool {
    let asked = ["123", "1234", "12", "12"];
    let (mut question, mut answer, mut refused, mut wrong) = (0, ' ', 0, 0);
    for key in keys {
        if *key == '*' {
            continue;
        }
        if !asked[question].contains(*key) {
            wrong += 1;
            if wrong == 3 {
                return false;
            }
            continue;
        }
        wrong = 0;
        match (question, *key) {
            (0 | 2, '1') => question += 1,
            (1, '1' | '2') => {
                answer = *key;
                question = 2;
            }
            (2, '2') if refused == 0 => {
                refused = 1;
                question = 1;
            }
            (3, '2') => return answer == '1',
            _ => return false,
        }
    }
    false
}

#[test]
fn a_hang_up_at_any_moment_never_closes_and_records_at_most_once() {
    let keys = ['1', '1', '1', '2'];
    for pressed in 0..=3 {
        for waited in (0..60_000).step_by(250) {
            let mut call = Call::new(
                Dialogue::verification(Language::Hindi, vec![round(FIRST)]),
                World::default(),
            );
            call.input(Input::Start);
            for key in &keys[..pressed] {
                call.listen();
                call.wait_until(call.now + 1_000);
                call.press(*key);
            }
            call.wait_until(call.now + waited);
            if !call.over {
                call.input(Input::HungUp);
            }

            assert!(!closes(&call.outcomes), "{pressed} keys, {waited} ms");
            assert_eq!(call.outcomes.len(), 1, "{pressed} keys, {waited} ms");
        }
    }
}
