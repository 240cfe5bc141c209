//! The script of feedback callers: the automatic call's own words, in its order, so that a person and the machine ask alike.

use sha2::{Digest, Sha256};

use crate::{
    dialogue::prompts::{self, Prompt},
    domain::{feedback::script::Question, language::Language},
};

/// One line that is read out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// None of what is said without a question.
    pub question: Option<Question>,
    /// The prompt's key in the automatic call.
    pub key: &'static str,
    pub words: &'static str,
    /// The choices 1, 2, ... as the screen calls them.
    pub choices: &'static [&'static str],
}

const KEYS: [&str; 12] = [
    prompts::VERIFY_CALLING_FROM,
    prompts::VERIFY_RIGHT_PARTY,
    prompts::VERIFY_COMPLAINT_NUMBER,
    prompts::VERIFY_SUBJECT,
    prompts::VERIFY_REPORTED_RESOLVED,
    prompts::VERIFY_ANSWER,
    prompts::VERIFY_CHOSE_SATISFIED,
    prompts::VERIFY_CHOSE_NOT_SATISFIED,
    prompts::VERIFY_CONFIRM,
    prompts::VERIFY_PRESSURE,
    prompts::VERIFY_CONDUCT,
    prompts::VERIFY_GOODBYE,
];

fn prompt(key: &str) -> Option<&'static Prompt> {
    prompts::all().find(|prompt| prompt.key == key)
}

pub fn lines(language: Language) -> Vec<Line> {
    let lines = KEYS.iter().filter_map(|key| prompt(key)).map(|prompt| {
        let question = Question::parse(prompt.key);
        Line {
            question,
            key: prompt.key,
            words: words(prompt, language),
            choices: question.map_or(&[], |question| choices(question, language)),
        }
    });
    lines.collect()
}

fn words(prompt: &'static Prompt, language: Language) -> &'static str {
    match language {
        Language::Hindi => prompt.hindi,
        Language::English => prompt.english,
    }
}

/// A digest over the words in every language: evidence names it, and another wording has another one.
pub fn version() -> String {
    let mut sha = Sha256::new();
    for prompt in KEYS.iter().filter_map(|key| prompt(key)) {
        for part in [prompt.key, prompt.hindi, prompt.english] {
            sha.update((part.len() as u64).to_be_bytes());
            sha.update(part);
        }
    }
    sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn choices(question: Question, language: Language) -> &'static [&'static str] {
    match (question, language) {
        (Question::RightParty, Language::Hindi) => &["वही व्यक्ति", "यहाँ नहीं हैं", "गलत नंबर"],
        (Question::RightParty, Language::English) => &["the person", "not here", "wrong number"],
        (Question::Answer, Language::Hindi) => {
            &["संतुष्ट", "संतुष्ट नहीं", "किसी व्यक्ति से बात", "बाद में फ़ोन"]
        }
        (Question::Answer, Language::English) => {
            &["satisfied", "not satisfied", "speak to a person", "call later"]
        }
        (Question::Confirm, Language::Hindi) => &["सही है", "बदलना है"],
        (Question::Confirm, Language::English) => &["right", "to be changed"],
        (Question::Pressure, Language::Hindi) => &["दबाव था", "कोई दबाव नहीं"],
        (Question::Pressure, Language::English) => &["pressed", "not pressed"],
        (Question::Conduct, Language::Hindi) => &["अच्छा", "अच्छा नहीं"],
        (Question::Conduct, Language::English) => &["well", "not well"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_is_asked_in_both_languages_with_all_its_choices() {
        for language in Language::ALL.iter().copied() {
            let lines = lines(language);

            assert_eq!(lines.len(), KEYS.len());
            let asked: Vec<_> = lines.iter().filter_map(|line| line.question).collect();
            assert_eq!(asked, Question::ALL, "{language}");
            for line in lines.iter().filter(|line| line.question.is_some()) {
                let question = line.question.unwrap();
                assert_eq!(line.choices.len(), usize::from(question.choices()), "{question}");
            }
        }
    }

    #[test]
    fn the_words_are_those_of_the_automatic_call() {
        let pressure = lines(Language::English)
            .into_iter()
            .find(|line| line.question == Some(Question::Pressure))
            .unwrap();

        assert_eq!(pressure.words, prompt(prompts::VERIFY_PRESSURE).unwrap().english);
        assert_eq!(version().len(), 64);
    }
}
