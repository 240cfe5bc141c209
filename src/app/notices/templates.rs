//! The registered templates, from a file: one for each kind of notice, addressee and language.

use std::collections::HashMap;

use serde::Deserialize;

use crate::domain::{
    language::Language,
    notice::{
        Recipient,
        template::{self, Template},
    },
};

/// What is used when no other file is set.
const SAMPLE: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/sample/templates.toml"));
const TEMPLATES_MAX: usize = 1_000;

#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("the templates' file is not as it should be")]
    File(#[from] toml::de::Error),
    #[error("template {key} for the {to} in {language}")]
    Template {
        key: String,
        to: &'static str,
        language: &'static str,
        #[source]
        source: template::Fault,
    },
    #[error("template {0} is there twice for the same addressee and language")]
    Twice(String),
    #[error("more than {TEMPLATES_MAX} templates")]
    Many,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
enum To {
    Citizen,
    Officer,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    template: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    key: String,
    to: To,
    language: Spoken,
    id: String,
    registered: String,
    text: String,
}

#[derive(Clone, Copy, Deserialize)]
enum Spoken {
    #[serde(rename = "hi")]
    Hindi,
    #[serde(rename = "en")]
    English,
}

#[derive(Debug, Default)]
pub struct Templates {
    by: HashMap<(String, To, Language), Template>,
}

impl Templates {
    /// The templates of the sample, which no operator has registered.
    pub fn sample() -> Self {
        Self::parse(SAMPLE).expect("a test reads the sample")
    }

    /// Errs with the template at fault, and the character from which it is not the registered one.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let file: File = toml::from_str(text)?;
        if file.template.len() > TEMPLATES_MAX {
            return Err(Fault::Many);
        }
        let mut by = HashMap::new();
        for row in file.template {
            let language = match row.language {
                Spoken::Hindi => Language::Hindi,
                Spoken::English => Language::English,
            };
            let template = Template::new(&row.key, language, &row.id, &row.registered, &row.text)
                .map_err(|source| Fault::Template {
                key: row.key.clone(),
                to: row.to.word(),
                language: language.as_str(),
                source,
            })?;
            if by.insert((row.key.clone(), row.to, language), template).is_some() {
                return Err(Fault::Twice(row.key));
            }
        }
        Ok(Self { by })
    }

    pub fn of(&self, key: &str, to: Recipient, language: Language) -> Option<&Template> {
        let to = match to {
            Recipient::Citizen(_) => To::Citizen,
            Recipient::Post(_) => To::Officer,
        };
        self.by.get(&(key.to_owned(), to, language))
    }

    /// In the order of their keys.
    pub fn all(&self) -> Vec<(&'static str, &Template)> {
        let mut all: Vec<_> = self.by.iter().map(|(key, row)| (key.1.word(), row)).collect();
        all.sort_by_key(|(to, row)| (&row.key, *to, row.language.as_str()));
        all
    }
}

impl To {
    fn word(self) -> &'static str {
        match self {
            Self::Citizen => "citizen",
            Self::Officer => "officer",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    #[test]
    fn the_sample_has_each_kind_in_both_languages() {
        let templates = Templates::sample();

        for (to, template) in templates.all() {
            let other = match template.language {
                Language::Hindi => Language::English,
                Language::English => Language::Hindi,
            };
            let to = if to == "citizen" { Recipient::Citizen(1) } else { Recipient::Post(1) };
            assert!(templates.of(&template.key, to, other).is_some(), "{}", template.key);
        }
        assert!(templates.all().len() >= 18);
    }

    /// The kinds that the source of the rules names, with whom each goes to.
    fn kinds(folder: &Path, found: &mut BTreeSet<(String, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                kinds(&path, found);
                continue;
            }
            let source = fs::read_to_string(&path).unwrap();
            let calls = [
                ("notify_citizen(\"", "citizen"),
                (".owes(\"", "citizen"),
                ("notify_post(\"", "officer"),
            ];
            for (call, to) in calls {
                for rest in source.split(call).skip(1) {
                    let kind = rest.split('"').next().unwrap();
                    found.insert((kind.to_owned(), to.to_owned()));
                }
            }
        }
    }

    #[test]
    fn every_kind_of_the_rules_has_a_template_in_both_languages() {
        let templates = Templates::sample();
        let mut found = BTreeSet::new();
        kinds(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domain"), &mut found);

        assert!(found.contains(&("registered".to_owned(), "citizen".to_owned())));
        for (kind, to) in found {
            let recipient = match to.as_str() {
                "citizen" => Recipient::Citizen(1),
                _ => Recipient::Post(1),
            };
            for language in Language::ALL {
                assert!(
                    templates.of(&kind, recipient, *language).is_some(),
                    "{kind} {to} {language}"
                );
            }
        }
    }

    #[test]
    fn a_text_that_is_not_the_registered_one_is_named() {
        let text = SAMPLE.replacen("text = \"आपकी", "text = \"आप की", 1);

        let fault = Templates::parse(&text).unwrap_err();

        assert_eq!(fault.to_string(), "template registered for the citizen in hi");
    }

    #[test]
    fn the_same_template_twice_is_refused() {
        let text = format!("{SAMPLE}\n{SAMPLE}");

        assert!(matches!(Templates::parse(&text), Err(Fault::Twice(_))));
    }
}
