//! Words as they are typed, and the sound they stand for: Devanagari and Roman transliteration meet in one key.

/// Longest text that is looked at, in characters; what follows is left out.
pub const TEXT_MAX: usize = 500;
/// Most words of a text that are looked at.
pub const WORDS_MAX: usize = 64;

const NUKTA: char = '\u{93c}';
const VIRAMA: char = '\u{94d}';
const ANUSVARA: char = '\u{902}';
const CHANDRABINDU: char = '\u{901}';

/// The words of a text in their normal form, see `surface`.
pub fn words(text: &str) -> Vec<String> {
    let text: String = text.chars().take(TEXT_MAX).collect();
    text.split(|c: char| !belongs(c))
        .map(surface)
        .filter(|word| !word.is_empty())
        .take(WORDS_MAX)
        .collect()
}

/// Signs of Devanagari and the joiners are no letters to Unicode, yet stand inside words.
fn belongs(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\u{900}'..='\u{963}' | '\u{200c}' | '\u{200d}')
}

pub fn is_devanagari(word: &str) -> bool {
    word.chars().any(|c| matches!(c, '\u{900}'..='\u{963}'))
}

/// One spelling for what is written in several ways: lower case, no joiners, no nukta, one nasal sign, plain digits,
/// Roman letters without their marks.
fn surface(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut letters = word.chars().flat_map(char::to_lowercase).peekable();
    while let Some(c) = letters.next() {
        match c {
            '\u{200c}' | '\u{200d}' | NUKTA => {}
            CHANDRABINDU => out.push(ANUSVARA),
            '\u{966}'..='\u{96f}' => out.push(digit(c)),
            '\u{958}'..='\u{95f}' => out.push(without_nukta(c)),
            'ङ' | 'ञ' | 'ण' | 'न' | 'म' if letters.peek() == Some(&VIRAMA) => {
                // हिन्दी is हिंदी; the learned ज्ञ is no nasal.
                let learned = c == 'ञ' || out.ends_with(VIRAMA);
                if learned {
                    out.push(c);
                } else {
                    letters.next();
                    out.push(if letters.peek().is_some() { ANUSVARA } else { c });
                }
            }
            c if c.is_ascii() || is_devanagari_char(c) => out.push(c),
            c => out.push(plain(c)),
        }
    }
    out
}

fn is_devanagari_char(c: char) -> bool {
    matches!(c, '\u{900}'..='\u{97f}')
}

fn digit(c: char) -> char {
    char::from_digit(u32::from(c).wrapping_sub(0x966), 10).unwrap_or(c)
}

fn without_nukta(c: char) -> char {
    match c {
        '\u{958}' => 'क',
        '\u{959}' => 'ख',
        '\u{95a}' => 'ग',
        '\u{95b}' => 'ज',
        '\u{95c}' => 'ड',
        '\u{95d}' => 'ढ',
        '\u{95e}' => 'फ',
        '\u{95f}' => 'य',
        c => c,
    }
}

/// Scholars write long vowels and retroflexes with marks.
fn plain(c: char) -> char {
    match c {
        'ā' | 'á' | 'à' | 'â' => 'a',
        'ī' | 'í' | 'ì' => 'i',
        'ū' | 'ú' | 'ù' => 'u',
        'ē' | 'é' | 'è' => 'e',
        'ō' | 'ó' | 'ò' => 'o',
        'ṭ' => 't',
        'ḍ' => 'd',
        'ṇ' | 'ñ' | 'ṅ' | 'ṃ' => 'n',
        'ś' | 'ṣ' => 's',
        'ṛ' => 'r',
        c => c,
    }
}

/// The sound of a word in its normal form. Aspiration, length, retroflexion and every `a` but the first are left out,
/// since writers of Hindi in Roman letters disagree on them: बिजली, bijli and bijalee are all `bijl`.
pub fn sound(word: &str) -> String {
    if word.chars().all(|c| c.is_ascii_digit()) {
        return word.to_owned();
    }
    let mut sounds = if is_devanagari(word) { of_devanagari(word) } else { of_roman(word) };
    collapse(&mut sounds);
    stem(&mut sounds);
    sounds.into_iter().collect()
}

fn of_devanagari(word: &str) -> Vec<char> {
    let letters: Vec<char> = word.chars().collect();
    let mut out = Vec::with_capacity(letters.len());
    let mut n = 0;
    while let Some(&c) = letters.get(n) {
        let rest = &letters[n + 1..];
        n += 1;
        match c {
            'ज' if rest.starts_with(&[VIRAMA, 'ञ']) => {
                out.extend(['g', 'y']);
                n += 2;
            }
            'क' | 'ख' => out.push('k'),
            'ग' | 'घ' => out.push('g'),
            'च' | 'छ' => out.push('c'),
            'ज' | 'झ' => out.push('j'),
            'ट' | 'ठ' | 'त' | 'थ' => out.push('t'),
            'ड' | 'ढ' | 'द' | 'ध' => out.push('d'),
            'ङ' | 'ञ' | 'ण' | 'न' => out.push('n'),
            'प' => out.push('p'),
            'फ' => out.push('f'),
            'ब' | 'भ' => out.push('b'),
            'म' => out.push('m'),
            'य' => out.push('y'),
            'र' => out.push('r'),
            'ल' | 'ळ' => out.push('l'),
            'व' => out.push('v'),
            'श' | 'ष' | 'स' => out.push('s'),
            'ह' => out.push('h'),
            'अ' | 'आ' if out.is_empty() => out.push('a'),
            'इ' | 'ई' | 'ि' | 'ी' => out.push('i'),
            'उ' | 'ऊ' | 'ु' | 'ू' => out.push('u'),
            'ए' | 'ऐ' | 'े' | 'ै' | 'ऍ' | 'ॅ' => out.push('e'),
            'ओ' | 'औ' | 'ो' | 'ौ' | 'ऑ' | 'ॉ' => out.push('o'),
            'ऋ' | 'ृ' => out.extend(['r', 'i']),
            // A nasal at the end is hardly heard: नहीं, में.
            ANUSVARA if !rest.is_empty() => out.push('n'),
            c if c.is_ascii_alphanumeric() => out.push(c),
            _ => {}
        }
    }
    out
}

fn of_roman(word: &str) -> Vec<char> {
    let letters: Vec<char> = word.chars().collect();
    let mut out: Vec<char> = Vec::with_capacity(letters.len());
    let mut n = 0;
    while let Some(&c) = letters.get(n) {
        let next = letters.get(n + 1).copied().unwrap_or(' ');
        let last = n + 2 >= letters.len();
        n += 1;
        match (c, next) {
            // सफाई is safai, है is hai.
            ('a', 'i') if last && letters.len() > 4 => {
                out.push('i');
                n += 1;
            }
            ('a', 'i' | 'e') | ('e', 'i') => {
                out.push('e');
                n += 1;
            }
            ('a' | 'o', 'u') => {
                out.push('o');
                n += 1;
            }
            ('a', _) => first_a(&mut out),
            ('e' | 'i', 'e') => {
                out.push('i');
                n += 1;
            }
            ('o', 'o') => {
                out.push('u');
                n += 1;
            }
            ('c', 'h') => {
                out.push('c');
                n += 1;
            }
            ('c', 'e' | 'i' | 'y') => out.push('s'),
            ('c' | 'q', _) => out.push('k'),
            ('p', 'h') => {
                out.push('f');
                n += 1;
            }
            ('h', _) if aspirates(out.last(), letters.get(n.wrapping_sub(2))) => {}
            ('x', _) => out.extend(['k', 's']),
            ('w', _) => out.push('v'),
            ('z', _) => out.push('j'),
            ('y', ' ') if n > 1 && !is_vowel(letters[n - 2]) => out.push('i'),
            // light, right: लाइट
            ('g', 'h') if letters.get(n + 1) == Some(&'t') => n += 1,
            (c, _) => out.push(c),
        }
    }
    out
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u')
}

fn first_a(out: &mut Vec<char>) {
    if out.is_empty() {
        out.push('a');
    }
}

/// An h right behind one of these letters is part of their sound: kh, th, sh; and chh is ch.
fn aspirates(before: Option<&char>, typed: Option<&char>) -> bool {
    let consonant = |c: &char| matches!(c, 'k' | 'g' | 'j' | 't' | 'd' | 'b' | 's' | 'c');
    before.is_some_and(consonant) && typed.is_some_and(|c| consonant(c) || *c == 'h')
}

fn collapse(sounds: &mut Vec<char>) {
    for n in 1..sounds.len() {
        // अम्बेडकर is अंबेडकर.
        if sounds[n - 1] == 'm' && matches!(sounds[n], 'p' | 'b') {
            sounds[n - 1] = 'n';
        }
    }
    sounds.dedup();
}

/// The last vowel changes with number and gender: गड्ढा, गड्ढे; मिली, मिले.
fn stem(sounds: &mut Vec<char>) {
    const STEM_MIN: usize = 3;
    if sounds.len() > STEM_MIN && matches!(sounds.last(), Some('i' | 'u' | 'e' | 'o')) {
        sounds.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> String {
        let words = words(text);
        assert_eq!(words.len(), 1, "{text} is one word");
        sound(&words[0])
    }

    #[test]
    fn both_scripts_meet_in_one_key() {
        for (key_of_all, spellings) in [
            ("bijl", &["बिजली", "bijli", "bijlee", "Bijalee", "BIJLI"][..]),
            ("pni", &["पानी", "pani", "paani", "pānī"]),
            ("rsn", &["राशन", "rashan", "raashan"]),
            ("sdk", &["सड़क", "सड\u{93c}क", "sadak", "sadakh", "सड़कें"]),
            ("jmin", &["ज़मीन", "जमीन", "zameen", "jamin"]),
            ("nmntrn", &["नामांतरण", "नामान्तरण", "namantaran", "naamaantaran"]),
            ("muvj", &["मुआवजा", "मुआवज़ा", "muavza", "muaavja"]),
            ("socly", &["शौचालय", "shauchalay", "shochalay"]),
            ("sinc", &["सिंचाई", "सिञ्चाई", "sinchai", "sinchaai"]),
            ("knb", &["खंभा", "खम्भा", "khamba", "khambha"]),
            ("ctrvrit", &["छात्रवृत्ति", "chhatravritti", "chatravriti"]),
            ("hind", &["हिन्दी", "हिंदी", "hindii"]),
            ("gyn", &["ज्ञान", "gyan", "gyaan"]),
        ] {
            for spelling in spellings {
                assert_eq!(key(spelling), key_of_all, "{spelling}");
            }
        }
    }

    #[test]
    fn words_are_cut_at_everything_that_is_no_letter() {
        assert_eq!(
            words("नल-जल योजना, (108)। bijli/पानी"),
            ["नल", "जल", "योजना", "108", "bijli", "पानी"]
        );
        assert_eq!(words("क्\u{200d}या १०८"), ["क्या", "108"]);
        assert_eq!(words(" \u{93c} \u{94d} ।॥ "), ["\u{94d}"]);
    }

    #[test]
    fn a_long_text_is_read_up_to_its_limit() {
        assert_eq!(words(&"ab ".repeat(5_000)).len(), WORDS_MAX);
        assert_eq!(words(&"क".repeat(5_000))[0].chars().count(), TEXT_MAX);
    }

    #[test]
    fn nothing_that_can_be_typed_panics() {
        for c in (0..0x3000).chain(0x1f600..0x1f610).filter_map(char::from_u32) {
            for text in
                [format!("{c}"), format!("a{c}h"), format!("न\u{94d}{c}"), format!("ज\u{94d}ञ{c}")]
            {
                for word in words(&text) {
                    sound(&word);
                }
            }
        }
    }
}
