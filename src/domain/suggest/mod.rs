//! Which category a citizen's words are about: from free text in Hindi, English or Roman transliteration to a ranked
//! short list, each with the words that led to it. Built beside the routing index, once for each directory version.

use std::collections::{BTreeSet, HashMap};

use super::place::Code;

pub mod key;
mod stop;

/// Most suggestions of one answer.
pub const ANSWERS_MAX: usize = 5;
/// Shortest key that is compared with others letter by letter; shorter ones are all alike.
const NEAR_MIN: usize = 4;
/// Shortest key that may be the beginning of a longer one, and most words it may begin.
const BEGINNING_MIN: usize = 3;
const BEGINNINGS_MAX: usize = 32;

const LAST_VOWELS: [&str; 5] = ["", "i", "u", "e", "o"];

/// What a word within a longer phrase counts, against one that is a whole phrase.
const WITHIN: f32 = 0.6;
/// What a whole phrase of several words adds, as a share of its words' weights.
const WHOLE: f32 = 0.5;
/// What the words of its category count for a subcategory.
const INHERITED: f32 = 0.5;

/// A category, or one of its subcategories, with all that it is called: names in both languages, synonyms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matter {
    pub category: Code,
    pub subcategory: Option<Code>,
    pub called: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    pub category: Code,
    pub subcategory: Option<Code>,
    /// Weight of what matched; comparable within one answer only.
    pub score: f32,
    pub matched: Vec<Matched>,
}

/// A word of the text, and the directory's word that it was taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matched {
    pub typed: String,
    pub word: String,
    pub how: How,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// The same word.
    Same,
    /// Another spelling, or the other script.
    Sound,
    /// A slip: a letter, the ending or the vowels differ.
    Near,
    /// The beginning of a longer word.
    Beginning,
}

/// Never changes: a new version of the directory is a new index.
#[derive(Debug, Default)]
pub struct Index {
    matters: Vec<(Code, Option<Code>)>,
    /// Of a subcategory, where its category stands in `matters`.
    parents: Vec<Option<usize>>,
    words: Vec<Word>,
    by_surface: HashMap<String, usize>,
    by_key: HashMap<String, Vec<usize>>,
    /// By the key's consonants: loan words keep their English vowels in one script only, as pump and पंप.
    by_consonants: HashMap<String, Vec<usize>>,
    /// All keys in order, for beginnings.
    keys: BTreeSet<String>,
    /// Keys by themselves with one letter left out: keys that are one letter apart meet here.
    by_gap: HashMap<String, Vec<String>>,
    /// How rare each key is among the matters.
    rarity: HashMap<String, f32>,
    phrases: Vec<Phrase>,
}

#[derive(Debug)]
struct Word {
    surface: String,
    key: String,
    devanagari: bool,
    phrases: Vec<usize>,
}

#[derive(Debug)]
struct Phrase {
    matter: usize,
    words: Vec<usize>,
}

/// A word of the directory that a word of the text may stand for.
struct Candidate {
    word: usize,
    how: How,
    quality: f32,
}

impl Index {
    pub fn build(matters: Vec<Matter>) -> Self {
        let mut index = Self::default();
        let places: HashMap<Code, usize> = matters
            .iter()
            .enumerate()
            .filter(|(_, matter)| matter.subcategory.is_none())
            .map(|(n, matter)| (matter.category.clone(), n))
            .collect();
        for (n, matter) in matters.into_iter().enumerate() {
            let parent =
                matter.subcategory.is_some().then(|| places.get(&matter.category).copied());
            index.parents.push(parent.flatten());
            for phrase in &matter.called {
                index.add(n, phrase);
            }
            index.matters.push((matter.category, matter.subcategory));
        }
        index.weigh();
        index
    }

    fn add(&mut self, matter: usize, text: &str) {
        let mut words: Vec<usize> = Vec::new();
        for surface in key::words(text) {
            if stop::is_stop(&surface) {
                continue;
            }
            let word = self.word(surface);
            if !words.contains(&word) {
                words.push(word);
            }
        }
        for word in &words {
            self.words[*word].phrases.push(self.phrases.len());
        }
        if !words.is_empty() {
            self.phrases.push(Phrase { matter, words });
        }
    }

    fn word(&mut self, surface: String) -> usize {
        if let Some(word) = self.by_surface.get(&surface) {
            return *word;
        }
        let key = key::sound(&surface);
        let word = self.words.len();
        self.by_surface.insert(surface.clone(), word);
        self.by_key.entry(key.clone()).or_default().push(word);
        if let Some(consonants) = consonants(&key) {
            self.by_consonants.entry(consonants).or_default().push(word);
        }
        if self.keys.insert(key.clone()) && can_be_near(&key) {
            for gap in gaps(&key) {
                self.by_gap.entry(gap).or_default().push(key.clone());
            }
        }
        let devanagari = key::is_devanagari(&surface);
        self.words.push(Word { surface, key, devanagari, phrases: Vec::new() });
        word
    }

    fn weigh(&mut self) {
        let mut matters: HashMap<&str, BTreeSet<usize>> = HashMap::new();
        for phrase in &self.phrases {
            for word in &phrase.words {
                let of = matters.entry(&self.words[*word].key).or_default();
                // Words of a category weigh with its subcategories' too: `bijli` is no rarer for being in all of them.
                of.insert(self.parents[phrase.matter].unwrap_or(phrase.matter));
            }
        }
        let all = self.parents.iter().filter(|parent| parent.is_none()).count().max(1) as f32;
        self.rarity = matters
            .into_iter()
            .map(|(key, of)| (key.to_owned(), (1.0 + all / of.len() as f32).ln()))
            .collect();
    }

    /// The matters that the text speaks of, the likeliest first; at most `ANSWERS_MAX`, none when nothing is known.
    pub fn suggest(&self, text: &str) -> Vec<Suggestion> {
        let mut typed: Vec<String> = Vec::new();
        for word in key::words(text) {
            // Said twice, it says no more.
            if !stop::is_stop(&word) && !typed.contains(&word) {
                typed.push(word);
            }
        }
        let heard: Vec<Vec<Candidate>> = typed.iter().map(|word| self.candidates(word)).collect();
        let scores = self.scores(&heard);
        let mut ranked: Vec<usize> = (0..scores.len()).filter(|n| scores[*n] > 0.0).collect();
        // Of equals the directory's first; `sort_by` keeps their order.
        ranked.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
        ranked.truncate(ANSWERS_MAX);
        ranked
            .into_iter()
            .map(|n| Suggestion {
                category: self.matters[n].0.clone(),
                subcategory: self.matters[n].1.clone(),
                score: scores[n],
                matched: self.reasons(n, &typed, &heard),
            })
            .collect()
    }

    fn scores(&self, heard: &[Vec<Candidate>]) -> Vec<f32> {
        let mut own = vec![0.0_f32; self.matters.len()];
        let mut best = vec![0.0_f32; self.matters.len()];
        // By phrase: the words that were heard, and their weight.
        let mut whole: HashMap<usize, (usize, f32)> = HashMap::new();
        for candidates in heard {
            let mut touched = Vec::new();
            let mut phrases_touched: HashMap<usize, f32> = HashMap::new();
            for candidate in candidates {
                let word = &self.words[candidate.word];
                let weight = candidate.quality * self.rarity.get(&word.key).copied().unwrap_or(0.0);
                for phrase in &word.phrases {
                    let of = &self.phrases[*phrase];
                    let weight = if of.words.len() == 1 { weight } else { weight * WITHIN };
                    if best[of.matter] == 0.0 {
                        touched.push(of.matter);
                    }
                    best[of.matter] = best[of.matter].max(weight);
                    let in_phrase = phrases_touched.entry(*phrase).or_default();
                    *in_phrase = in_phrase.max(weight);
                }
            }
            for matter in touched {
                own[matter] += best[matter];
                best[matter] = 0.0;
            }
            for (phrase, weight) in phrases_touched {
                let (words, sum) = whole.entry(phrase).or_default();
                *words += 1;
                *sum += weight;
            }
        }
        for (phrase, (words, sum)) in whole {
            let of = &self.phrases[phrase];
            if of.words.len() > 1 && words >= of.words.len() {
                best[of.matter] = best[of.matter].max(sum * WHOLE / WITHIN);
            }
        }
        for (own, whole) in own.iter_mut().zip(best) {
            *own += whole;
        }
        let inherited = |n: usize| self.parents[n].map_or(0.0, |parent| own[parent] * INHERITED);
        (0..own.len()).map(|n| own[n] + inherited(n)).collect()
    }

    fn candidates(&self, typed: &str) -> Vec<Candidate> {
        let key = key::sound(typed);
        let mut found = Vec::new();
        for word in self.by_key.get(&key).into_iter().flatten() {
            let (how, quality) = self.likeness(typed, &self.words[*word]);
            found.push(Candidate { word: *word, how, quality });
        }
        if !found.iter().any(|it| !self.same_script(typed, it)) {
            let alike = consonants(&key).and_then(|it| self.by_consonants.get(&it));
            let candidate = |word: &usize| Candidate { word: *word, how: How::Sound, quality: 0.6 };
            let alike = alike.into_iter().flatten().map(candidate);
            found.extend(alike.filter(|it| !self.same_script(typed, it)));
        }
        if self.by_surface.contains_key(typed) {
            // The word itself is known: those that only sound like it are meant less likely.
            let others =
                found.iter_mut().filter(|it| it.how != How::Same && self.same_script(typed, it));
            others.for_each(|it| it.quality *= 0.6);
        }
        if !found.is_empty() || typed.starts_with(|c: char| c.is_ascii_digit()) {
            return found;
        }
        if can_be_near(&key) {
            let keys: BTreeSet<&String> =
                gaps(&key).iter().filter_map(|gap| self.by_gap.get(gap)).flatten().collect();
            for near in keys.into_iter().filter(|near| one_apart(near, &key)) {
                let words = self.by_key.get(near).into_iter().flatten();
                found.extend(words.map(|word| Candidate {
                    word: *word,
                    how: How::Near,
                    quality: 0.55,
                }));
            }
        }
        if found.is_empty() {
            // Another number or gender of a short word, or other vowels in a long one.
            let of_stem = LAST_VOWELS.iter().filter_map(|last| match last.is_empty() {
                true => {
                    key.strip_suffix(['i', 'u', 'e', 'o']).and_then(|stem| self.by_key.get(stem))
                }
                false => self.by_key.get(&format!("{key}{last}")),
            });
            let alike = consonants(&key).and_then(|it| self.by_consonants.get(&it));
            let words = of_stem.chain(alike).flatten();
            found.extend(words.map(|word| Candidate { word: *word, how: How::Near, quality: 0.5 }));
        }
        if found.is_empty() && key.len() >= BEGINNING_MIN {
            let longer =
                self.keys.range(key.clone()..).take_while(|longer| longer.starts_with(&key));
            for longer in longer.take(BEGINNINGS_MAX) {
                let words = self.by_key.get(longer).into_iter().flatten();
                found.extend(words.map(|word| Candidate {
                    word: *word,
                    how: How::Beginning,
                    quality: 0.5,
                }));
            }
        }
        found
    }

    fn same_script(&self, typed: &str, candidate: &Candidate) -> bool {
        key::is_devanagari(typed) == self.words[candidate.word].devanagari
    }

    /// Words of one sound: a writer of Devanagari means the vowels that he writes, one of Roman letters may not.
    fn likeness(&self, typed: &str, word: &Word) -> (How, f32) {
        let (how, quality) = match (key::is_devanagari(typed), word.devanagari) {
            _ if word.surface == typed => (How::Same, 1.0),
            (true, true) => (How::Sound, 0.65),
            (false, false) => (How::Sound, 0.85),
            (true, false) | (false, true) => (How::Sound, 0.9),
        };
        // Short words have many meanings: जल is water, and burnt.
        let short = word.key.chars().count() < BEGINNING_MIN;
        (how, if short { quality * 0.75 } else { quality })
    }

    fn reasons(&self, matter: usize, typed: &[String], heard: &[Vec<Candidate>]) -> Vec<Matched> {
        let mut reasons = Vec::new();
        for (typed, candidates) in typed.iter().zip(heard) {
            let of = |n: &usize| {
                let speaks_of = self.phrases[*n].matter;
                speaks_of == matter || self.parents[matter] == Some(speaks_of)
            };
            let fitting = candidates.iter().filter(|it| self.words[it.word].phrases.iter().any(of));
            let Some(best) = fitting.max_by(|a, b| a.quality.total_cmp(&b.quality)) else {
                continue;
            };
            reasons.push(Matched {
                typed: typed.clone(),
                word: self.words[best.word].surface.clone(),
                how: best.how,
            });
        }
        reasons
    }
}

fn can_be_near(key: &str) -> bool {
    key.len() >= NEAR_MIN && !key.starts_with(|c: char| c.is_ascii_digit())
}

/// What is left of a key without its vowels, if that says enough.
fn consonants(key: &str) -> Option<String> {
    let vowel = |c: &char| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u');
    let left: String = key.chars().filter(|c| !vowel(c)).collect();
    (left.len() >= BEGINNING_MIN && !key.starts_with(|c: char| c.is_ascii_digit())).then_some(left)
}

/// Do keys that met in a gap differ by no more than a letter, or two that changed places?
fn one_apart(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len() != b.len() {
        return true;
    }
    let differ: Vec<usize> = (0..a.len()).filter(|n| a[*n] != b[*n]).collect();
    match differ[..] {
        [] | [_] => true,
        [first, second] => second == first + 1 && a[first] == b[second] && a[second] == b[first],
        _ => false,
    }
}

/// The key, and the key without each of its letters.
fn gaps(key: &str) -> Vec<String> {
    let letters: Vec<char> = key.chars().collect();
    let mut gaps: Vec<String> = (0..letters.len())
        .map(|gap| {
            let kept = letters.iter().enumerate().filter(|(n, _)| *n != gap);
            kept.map(|(_, c)| *c).collect()
        })
        .collect();
    gaps.push(key.to_owned());
    gaps
}

#[cfg(test)]
mod tests;
