//! Skills as people write them: `language:hi=3 department:phe=2 womens_desk=1 escalation=1`.

use crate::{
    acd::{Proficiency, Skill, Skills},
    domain::language::Language,
};

pub const SKILLS_MAX: usize = 64;
const LEVEL_MAX: u8 = 3;

/// Why a list of skills cannot be read: the word, and what is wrong with it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{word:?}: {why}")]
pub struct Unreadable {
    pub word: String,
    pub why: &'static str,
}

pub fn parse(text: &str) -> Result<Skills, Unreadable> {
    let mut skills = Skills::new();
    for word in text.split_whitespace() {
        let (skill, level) = read(word).map_err(|why| Unreadable { word: word.to_owned(), why })?;
        skills.insert(skill, level);
        if skills.len() > SKILLS_MAX {
            return Err(Unreadable { word: word.to_owned(), why: "too many skills" });
        }
    }
    Ok(skills)
}

fn read(word: &str) -> Result<(Skill, Proficiency), &'static str> {
    let (name, level) = word.split_once('=').ok_or("name=level")?;
    let level: u8 = level.parse().map_err(|_| "a level is 1, 2 or 3")?;
    if !(1..=LEVEL_MAX).contains(&level) {
        return Err("a level is 1, 2 or 3");
    }
    let skill = match name.split_once(':') {
        Some(("language", code)) => Skill::Language(Language::parse(code).ok_or("hi or en")?),
        Some(("department", code)) if !code.is_empty() => Skill::Department(code.to_owned()),
        None if name == "womens_desk" => Skill::WomensDesk,
        None if name == "escalation" => Skill::Escalation,
        _ => return Err("language:, department:, womens_desk or escalation"),
    };
    Ok((skill, Proficiency(level)))
}

pub fn print(skills: &Skills) -> String {
    let word = |(skill, level): (&Skill, &Proficiency)| {
        let name = match skill {
            Skill::Language(language) => format!("language:{language}"),
            Skill::Department(code) => format!("department:{code}"),
            Skill::WomensDesk => "womens_desk".to_owned(),
            Skill::Escalation => "escalation".to_owned(),
        };
        format!("{name}={}", level.0)
    };
    skills.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_again() {
        let text = "language:hi=3 language:en=1 department:phe=2 womens_desk=1 escalation=3";

        let skills = parse(text).unwrap();

        assert_eq!(skills.len(), 5);
        assert_eq!(parse(&print(&skills)).unwrap(), skills);
        assert_eq!(skills[&Skill::Language(Language::Hindi)], Proficiency(3));
    }

    #[test]
    fn a_word_that_is_no_skill_is_named() {
        for (text, why) in [
            ("hindi", "name=level"),
            ("language:hi=0", "a level is 1, 2 or 3"),
            ("language:hi=9", "a level is 1, 2 or 3"),
            ("language:ta=1", "hi or en"),
            ("department:=1", "language:, department:, womens_desk or escalation"),
            ("juggling=1", "language:, department:, womens_desk or escalation"),
        ] {
            assert_eq!(parse(text), Err(Unreadable { word: text.to_owned(), why }));
        }
    }
}
