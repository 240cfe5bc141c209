//! How long a suggestion takes at the full tree of Madhya Pradesh, and how long its index takes to build.
//!
//!     cargo bench --bench suggest

use std::{hint::black_box, path::Path, time::Instant};

use helpline181::domain::{
    place::Code,
    suggest::{Index, Matter},
};

const ROUNDS: usize = 2_000;
/// Short and long, in three writings, with slips of the pen.
const TEXTS: [&str; 6] = [
    "bijli nahi aa rahi hai 3 din se",
    "ट्रांसफार्मर जल गया है, पूरे गाँव में अँधेरा है",
    "no drinking water in our village since five days, hand pump is broken and tanker does not come",
    "transfarmer jal gya he koi sunwai nahi",
    "राशन की दुकान वाला अंगूठा लगवा कर अनाज नहीं देता है और मना करने पर गाली देता है",
    "patwari namantaran ke liye rishwat mang raha hai",
];

fn table(name: &str) -> Vec<csv::StringRecord> {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/sample/mp");
    let rows = csv::Reader::from_path(sample.join(name).with_extension("csv"));
    rows.expect("the sample is there").records().map(|row| row.expect("a row")).collect()
}

fn matters() -> Vec<Matter> {
    let synonyms = table("synonyms");
    let called = |column: usize, code: &str, names: [&str; 2]| {
        let synonyms = synonyms.iter().filter(|row| &row[column] == code).map(|row| &row[2]);
        names.into_iter().chain(synonyms).map(str::to_owned).collect()
    };
    let categories = table("categories").into_iter().map(|row| Matter {
        category: Code::new(&row[0]),
        subcategory: None,
        called: called(0, &row[0], [&row[3], &row[4]]),
    });
    let subcategories = table("subcategories").into_iter().map(|row| Matter {
        category: Code::new(&row[1]),
        subcategory: Some(Code::new(&row[0])),
        called: called(1, &row[0], [&row[2], &row[3]]),
    });
    categories.chain(subcategories).collect()
}

fn main() {
    let matters = matters();
    let count = matters.len();
    let started = Instant::now();
    let index = Index::build(matters);
    println!("{count} matters: index built in {:.1} ms", started.elapsed().as_secs_f64() * 1e3);
    for text in TEXTS {
        let started = Instant::now();
        for _ in 0..ROUNDS {
            black_box(index.suggest(black_box(text)));
        }
        let each = started.elapsed().as_secs_f64() * 1e6 / ROUNDS as f64;
        println!(
            "{each:6.1} us  {} characters, {} suggestions",
            text.chars().count(),
            index.suggest(text).len()
        );
    }
}
