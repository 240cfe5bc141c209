//! How long the prompts last, so that a scripted citizen presses keys when a listening one would.

use std::{collections::HashMap, fs, path::Path};

use crate::kit::script::{HangUp, Listen, Press, Step, UntilHungUp};

/// What a person takes to find the key; more than the moment after a weighty question in which keys are taken for a bounce.
const REACTION_MS: u32 = 1_600;

/// The English prompts, in milliseconds.
pub(crate) struct Sounds(HashMap<String, u32>);

impl Sounds {
    /// Of the prompts as they are spoken.
    pub(crate) fn read() -> Self {
        Self::of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("audio"))
    }

    pub(crate) fn of(audio: &Path) -> Self {
        let catalogue: toml::Table =
            fs::read_to_string(audio.join("prompts.toml")).unwrap().parse().unwrap();
        let rows = catalogue["prompt"].as_array().unwrap();
        let english = rows.iter().filter(|row| row["language"].as_str() == Some("en"));
        let length = |row: &toml::Value| {
            let wav = hound::WavReader::open(audio.join(row["file"].as_str().unwrap())).unwrap();
            (row["key"].as_str().unwrap().to_owned(), wav.duration() / 8)
        };
        Self(english.map(length).collect())
    }

    pub(crate) fn ms(&self, keys: &[&str]) -> u32 {
        keys.iter().map(|key| self.0.get(*key).unwrap_or_else(|| panic!("no prompt {key}"))).sum()
    }

    /// The complaint's number and subject, said before the question. The longest digit stands for each of the eight.
    fn naming_ms(&self, behind: &[&str]) -> u32 {
        let digit = (0..10).map(|n| self.ms(&[&format!("n_{n}")])).max().unwrap();
        let subject = ["verify_complaint_number", "verify_subject", "category_electricity"];
        self.ms(&subject) + self.ms(behind) + 8 * digit + 4 * self.ms(&["pause"])
    }

    /// Also who reported it as resolved. The longest designation stands for each.
    fn reported_ms(&self) -> u32 {
        let designations = self.0.iter().filter(|(key, _)| key.starts_with("designation_"));
        let longest = designations.map(|(_, ms)| *ms).max().unwrap();
        self.naming_ms(&["verify_reported_resolved", "verify_reported_by"]) + longest
    }

    /// A citizen who answers the helpline's call about a wish, which is read out behind number and subject.
    pub(crate) fn promised(&self, read: &str, keys: &str) -> Vec<Step> {
        let mut said_ms = 0;
        let mut steps = Vec::new();
        for key in keys.chars() {
            steps.extend([Listen(said_ms + REACTION_MS), Press(key)]);
            said_ms = if steps.len() == 2 { self.naming_ms(&["wish_by_phone", read]) } else { 0 };
        }
        steps.push(UntilHungUp(60_000));
        steps
    }

    /// A citizen who answers the courtesy call after a special close: the person, the choice, its confirmation.
    pub(crate) fn courtesy(&self, chosen: &str, keys: &str) -> Vec<Step> {
        let said = [0, self.naming_ms(&["courtesy_special"]), self.ms(&[chosen])];
        let mut steps: Vec<_> = said
            .into_iter()
            .zip(keys.chars())
            .flat_map(|(said_ms, key)| [Listen(said_ms + REACTION_MS), Press(key)])
            .collect();
        steps.push(UntilHungUp(60_000));
        steps
    }

    /// What a caller hears and presses behind the status to want something of the own case.
    pub(crate) fn wish(&self, read: &str, key: char, keys: &str) -> Vec<Step> {
        let mut steps = vec![Listen(1_500), Press(key)];
        let mut said_ms = self.ms(&[read]);
        for key in keys.chars() {
            steps.extend([Listen(said_ms + REACTION_MS), Press(key)]);
            said_ms = 0;
        }
        steps.push(UntilHungUp(60_000));
        steps
    }

    /// Each key with the time to listen before it: to what cannot be cut short, and a moment more.
    pub(crate) fn verification_waits(&self, keys: &str) -> Vec<(char, u32)> {
        let mut waits = Vec::new();
        // 0 right party, 1 answer, 2 confirm, 3 pressure, 4 conduct.
        let mut question = 0;
        let mut said_ms = 0;
        for key in keys.chars() {
            waits.push((key, said_ms + REACTION_MS));
            (question, said_ms) = match (question, key) {
                (0, '1') => (1, self.reported_ms()),
                (1, '1') => (2, self.ms(&["verify_chose_satisfied"])),
                (1, '2') => (2, self.ms(&["verify_chose_not_satisfied"])),
                (2, '1') => (3, 0),
                (2, '2') => (1, 0),
                (3, '1' | '2') => (4, 0),
                (question, _) => (question, 0),
            };
        }
        waits
    }

    /// A citizen who answers a verification call with these keys.
    pub(crate) fn verification(&self, keys: &str) -> Vec<Step> {
        let waits = self.verification_waits(keys).into_iter();
        waits.flat_map(|(key, ms)| [Listen(ms), Press(key)]).collect()
    }

    pub(crate) fn verification_then_hang_up(&self, keys: &str) -> Vec<Step> {
        let mut steps = self.verification(keys);
        steps.extend([Listen(REACTION_MS), HangUp]);
        steps
    }

    pub(crate) fn verification_to_the_end(&self, keys: &str) -> Vec<Step> {
        let mut steps = self.verification(keys);
        steps.push(UntilHungUp(120_000));
        steps
    }
}
