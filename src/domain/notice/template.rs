//! A message's words as the operator registered them (DLT): our text with named variables must be theirs,
//! character by character, and so must what is sent.

use crate::domain::language::Language;

/// How the registered text writes a variable.
pub const VARIABLE: &str = "{#var#}";
/// Characters that one variable may become.
pub const VARIABLE_CHARS_MAX: usize = 30;
/// What a text may name.
pub const NAMES: [&str; 7] = ["number", "day", "due", "level", "designation", "code", "parent"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// The kind of the notice.
    pub key: String,
    pub language: Language,
    /// The id that the registration gave it.
    pub id: String,
    registered: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Words(String),
    Variable(usize),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the text names `{{{0}}}`, which no notice knows")]
    Name(String),
    #[error("the text has a brace that is not closed")]
    Brace,
    #[error("the text and the registered text part at character {at}: `{ours}` against `{theirs}`")]
    Parts { at: usize, ours: String, theirs: String },
    #[error("the registered text has no id")]
    Id,
}

/// The values of a message, in the order of `NAMES`; what is not known is empty.
pub type Values = [String; NAMES.len()];

impl Template {
    pub fn new(
        key: &str,
        language: Language,
        id: &str,
        registered: &str,
        text: &str,
    ) -> Result<Self, Fault> {
        if id.trim().is_empty() {
            return Err(Fault::Id);
        }
        let parts = parts(text)?;
        let ours: String = parts
            .iter()
            .map(|part| match part {
                Part::Words(words) => words.as_str(),
                Part::Variable(_) => VARIABLE,
            })
            .collect();
        if ours != registered {
            return Err(parting(&ours, registered));
        }
        Ok(Self {
            key: key.to_owned(),
            language,
            id: id.to_owned(),
            registered: registered.to_owned(),
            parts,
        })
    }

    /// The message; a value longer than a variable may be is cut.
    pub fn render(&self, values: &Values) -> String {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Words(words) => words.clone(),
                Part::Variable(name) => values[*name].chars().take(VARIABLE_CHARS_MAX).collect(),
            })
            .collect()
    }

    /// Whether the operator would let these words pass: each variable stands for 0 to 30 characters.
    pub fn admits(&self, message: &str) -> bool {
        let message: Vec<char> = message.chars().collect();
        let mut literals = self.registered.split(VARIABLE);
        let first: Vec<char> = literals.next().unwrap_or_default().chars().collect();
        if !message.starts_with(&first) {
            return false;
        }
        // The places at which what was read so far may end.
        let mut ends = vec![first.len()];
        for literal in literals {
            let literal: Vec<char> = literal.chars().collect();
            let mut next = Vec::new();
            for end in ends {
                for start in end..=(end + VARIABLE_CHARS_MAX).min(message.len()) {
                    if message[start..].starts_with(&literal) {
                        next.push(start + literal.len());
                    }
                }
            }
            next.sort_unstable();
            next.dedup();
            ends = next;
        }
        ends.contains(&message.len())
    }
}

fn parts(text: &str) -> Result<Vec<Part>, Fault> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (words, named) = rest.split_at(open);
        if !words.is_empty() {
            parts.push(Part::Words(words.to_owned()));
        }
        let close = named.find('}').ok_or(Fault::Brace)?;
        let name = &named[1..close];
        let known = NAMES.iter().position(|known| *known == name);
        parts.push(Part::Variable(known.ok_or_else(|| Fault::Name(name.to_owned()))?));
        rest = &named[close + 1..];
    }
    if !rest.is_empty() {
        parts.push(Part::Words(rest.to_owned()));
    }
    Ok(parts)
}

fn parting(ours: &str, theirs: &str) -> Fault {
    let same = ours.chars().zip(theirs.chars()).take_while(|(a, b)| a == b).count();
    let from = |text: &str| text.chars().skip(same).take(12).collect();
    Fault::Parts { at: same + 1, ours: from(ours), theirs: from(theirs) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGISTERED: &str = "Complaint {#var#} was registered on {#var#}.";

    fn template(text: &str) -> Result<Template, Fault> {
        Template::new("registered", Language::English, "1107", REGISTERED, text)
    }

    fn values(number: &str, day: &str) -> Values {
        let mut values = Values::default();
        values[0] = number.to_owned();
        values[1] = day.to_owned();
        values
    }

    #[test]
    fn the_message_has_the_values_in_the_places_of_the_names() {
        let template = template("Complaint {number} was registered on {day}.").unwrap();

        let message = template.render(&values("10000007", "22.11.2026"));

        assert_eq!(message, "Complaint 10000007 was registered on 22.11.2026.");
        assert!(template.admits(&message));
    }

    #[test]
    fn a_text_that_is_not_the_registered_one_is_refused_at_its_first_other_character() {
        let fault = template("Complaint {number} was registered at {day}.").unwrap_err();

        let (ours, theirs) = ("at {#var#}.".to_owned(), "on {#var#}.".to_owned());
        assert_eq!(fault, Fault::Parts { at: 34, ours, theirs });
    }

    #[test]
    fn two_spaces_where_one_is_registered_are_refused() {
        assert!(matches!(
            template("Complaint {number}  was registered on {day}."),
            Err(Fault::Parts { at: 19, .. })
        ));
    }

    #[test]
    fn a_name_that_no_notice_knows_is_refused() {
        let fault = template("Complaint {phone} was registered on {day}.").unwrap_err();

        assert_eq!(fault, Fault::Name("phone".to_owned()));
        assert_eq!(template("Complaint {number").unwrap_err(), Fault::Brace);
    }

    #[test]
    fn a_template_without_an_id_is_refused() {
        let none = Template::new("registered", Language::English, " ", "a", "a");

        assert_eq!(none.unwrap_err(), Fault::Id);
    }

    #[test]
    fn a_long_value_is_cut_to_what_a_variable_may_hold() {
        let template = template("Complaint {number} was registered on {day}.").unwrap();

        let message = template.render(&values(&"क".repeat(31), "x"));

        assert_eq!(message, format!("Complaint {} was registered on x.", "क".repeat(30)));
        assert!(template.admits(&message));
        assert!(!template.admits(&format!("Complaint {} was registered on x.", "क".repeat(31))));
    }

    #[test]
    fn other_words_around_the_variables_are_not_admitted() {
        let template = template("Complaint {number} was registered on {day}.").unwrap();

        assert!(template.admits("Complaint  was registered on ."));
        assert!(template.admits("Complaint 1 was registered on 2 was registered on 3."));
        for other in ["Complaint 1 was registered on 2", " Complaint 1 was registered on 2.", ""] {
            assert!(!template.admits(other), "{other}");
        }
    }
}
