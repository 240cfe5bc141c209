//! Choosing from a spoken list: eight to a page, a ninth key for more.

use super::{Field, collect::Keys};
use crate::{
    dialogue::{
        Clip, Speech,
        prompts::{self, NUMBERS},
        talk::Choice,
    },
    domain::language::Language,
};

const PAGE: usize = 8;
const MORE: &str = "9";
/// A longer list is cut: nobody listens to more.
const CHOICES_MAX: usize = 64;

#[derive(Debug)]
pub(crate) struct Chooser {
    /// Which prompt opens the list.
    intro: &'static str,
    choices: Vec<Choice>,
    page: usize,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Chosen {
    One(Choice),
    NextPage,
}

impl Chooser {
    /// None when there is nothing to choose.
    pub(crate) fn new(intro: &'static str, mut choices: Vec<Choice>) -> Option<Self> {
        choices.truncate(CHOICES_MAX);
        (!choices.is_empty()).then_some(Self { intro, choices, page: 0 })
    }

    pub(crate) fn field(&self, language: Language) -> Field {
        let page = self.page();
        let mut clips = vec![Clip::fixed(self.intro)];
        for (choice, number) in page.iter().zip(&NUMBERS[1..]) {
            let (for_choice, press_key) =
                (Clip::fixed(prompts::FOR_CHOICE), Clip::fixed(prompts::PRESS_KEY));
            let (name, number) = (choice.clip.clone(), Clip::fixed(number));
            clips.extend(match language {
                Language::Hindi => [name, for_choice, number, press_key],
                Language::English => [for_choice, name, press_key, number],
            });
        }
        let mut keys = Keys::up_to(page.len());
        if self.pages() > 1 {
            clips.push(Clip::fixed(prompts::MORE_CHOICES));
            keys = keys.and(Keys::of(MORE));
        }
        Field::menu(self.intro, keys, vec![Speech { language, clips }])
    }

    /// What the key of the present page means; the last page is followed by the first.
    pub(crate) fn keyed(&mut self, digits: &str) -> Chosen {
        let picked =
            digits.parse::<usize>().ok().and_then(|digit| self.page().get(digit.checked_sub(1)?));
        if let Some(choice) = picked {
            return Chosen::One(choice.clone());
        }
        self.page = (self.page + 1) % self.pages();
        Chosen::NextPage
    }

    fn page(&self) -> &[Choice] {
        self.choices.chunks(PAGE).nth(self.page).unwrap_or_default()
    }

    fn pages(&self) -> usize {
        self.choices.len().div_ceil(PAGE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialogue::Family;

    fn list(count: usize) -> Chooser {
        let choices = (1..=count)
            .map(|n| Choice {
                code: format!("district:{n}"),
                clip: Clip::named(Family::District, &n.to_string()),
            })
            .collect();
        Chooser::new(prompts::CHOOSE_DISTRICT, choices).unwrap()
    }

    fn keys(field: &Field) -> String {
        field.prompt[0].clips.iter().map(|clip| clip.key.as_ref()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn eight_choices_need_no_second_page() {
        let eight = list(8).field(Language::English);

        assert!(keys(&eight).ends_with("for_choice district_8 press_key n_8"));
    }

    #[test]
    fn hindi_says_the_name_first() {
        assert_eq!(
            keys(&list(2).field(Language::Hindi)),
            "choose_district district_1 for_choice n_1 press_key district_2 for_choice n_2 press_key"
        );
    }

    #[test]
    fn nine_turns_the_pages_round() {
        let mut nine = list(9);

        assert_eq!(nine.keyed("9"), Chosen::NextPage);
        assert_eq!(
            keys(&nine.field(Language::Hindi)),
            "choose_district district_9 for_choice n_1 press_key more_choices"
        );
        assert_eq!(
            nine.keyed("1"),
            Chosen::One(Choice {
                code: "district:9".into(),
                clip: Clip::named(Family::District, "9")
            })
        );
        assert_eq!(nine.keyed("9"), Chosen::NextPage);
        assert!(keys(&nine.field(Language::Hindi)).starts_with("choose_district district_1 "));
    }
}
