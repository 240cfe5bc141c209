//! What the phone does by itself: keys, waits, the recording that it says.

use std::str::FromStr;
use std::time::Duration;

const STEPS_MAX: usize = 200;
const WAIT_MAX_S: u64 = 600;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// These keys, one after the other.
    Press(String),
    /// Until the far side has stopped speaking.
    WaitQuiet,
    Wait(Duration),
    /// Plays the file of `--say`, to its end.
    Say,
    HangUp,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script(pub Vec<Step>);

impl FromStr for Script {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
        let steps: Vec<Step> = words.map(step).collect::<Result<_, _>>()?;
        if steps.len() > STEPS_MAX {
            return Err(format!("more than {STEPS_MAX} steps"));
        }
        Ok(Self(steps))
    }
}

fn step(word: &str) -> Result<Step, String> {
    match word {
        "wait" => return Ok(Step::WaitQuiet),
        "say" => return Ok(Step::Say),
        "hangup" => return Ok(Step::HangUp),
        _ => {}
    }
    if let Some(seconds) = word.strip_prefix("wait").and_then(|rest| rest.strip_suffix('s')) {
        let seconds = seconds.parse().ok().filter(|seconds| *seconds <= WAIT_MAX_S);
        return seconds
            .map(|seconds| Step::Wait(Duration::from_secs(seconds)))
            .ok_or_else(|| format!("{word}: a wait is wait, or wait1s to wait{WAIT_MAX_S}s"));
    }
    match keys(word) {
        Some(keys) => Ok(Step::Press(keys)),
        None => Err(format!("{word}: neither keys (0-9 * # A-D) nor wait, wait2s, say, hangup")),
    }
}

/// The keys of a telephone in a text; `None` when there is anything else in it.
pub fn keys(text: &str) -> Option<String> {
    let keys = text.to_ascii_uppercase();
    let known = |key: char| matches!(key, '0'..='9' | '*' | '#' | 'A'..='D');
    (!keys.is_empty() && keys.chars().all(known)).then_some(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_read_word_by_word() {
        let script: Script = "1, wait,22#,wait2s,say,hangup".parse().unwrap();

        assert_eq!(
            script.0,
            [
                Step::Press("1".to_owned()),
                Step::WaitQuiet,
                Step::Press("22#".to_owned()),
                Step::Wait(Duration::from_secs(2)),
                Step::Say,
                Step::HangUp
            ]
        );
    }

    #[test]
    fn what_is_no_step_is_named() {
        for text in ["1,x", "wait9999s", "wait-1s", "१"] {
            assert!(text.parse::<Script>().is_err(), "{text}");
        }
        assert_eq!("".parse::<Script>(), Ok(Script::default()));
    }
}
