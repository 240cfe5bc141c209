//! A state's directory on SQLite, from files to live: `cargo bench --bench directory`.

use std::{sync::Mutex, time::Instant};

use helpline181::{
    app::{
        App, Mode, Options,
        directory::{Format, Progress, Step, Upload, import},
        passwords::Cost,
    },
    clock::Clock,
    domain::actor::Actor,
    sheets::File,
    store::{self, Store},
};

const DISTRICTS: usize = 55;
const BLOCKS: usize = 10;
/// Of each block; 30,250 posts in all.
const POSTS: usize = 55;
/// Of the Local Government Directory, below a sub-district of each block: 78,100 villages, as many as a large state has.
const VILLAGES: usize = 142;

#[tokio::main]
async fn main() {
    let dir = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", dir.path().join("helpline.db").display());
    let clock = Clock::system();
    let options = store::Options { url, keys: dir.path().join("keys"), group_max: None };
    let store = Store::open(options, clock.now()).await.expect("a new database");
    let options = Options {
        clock,
        mode: Mode::Demonstration,
        passwords: Cost::Least,
        trusted_clients: Vec::new(),
        desk: Default::default(),
        limits: Default::default(),
    };
    let app = App::open(store, options).await.expect("a helpline on it");
    for (what, files, format) in [
        ("posts alone", files(false, ""), Format::Own),
        ("30,250 officers and holders more", files(true, ""), Format::Own),
        ("nothing changes", files(true, ""), Format::Own),
        ("one name changes", files(true, "x"), Format::Own),
        ("78,100 villages of the published lists", published(), Format::Lgd),
        ("the published lists again", published(), Format::Lgd),
    ] {
        let marks = Mutex::new(Vec::<(Step, Instant)>::new());
        let told = |progress: Progress| {
            let mut marks = marks.lock().expect("nobody panics with it");
            if marks.last().is_none_or(|(step, _)| *step != progress.step) {
                marks.push((progress.step, Instant::now()));
            }
        };
        let begun = Instant::now();
        let upload = Upload { files, format, ..Upload::default() };
        let report = import(&app, &Actor::system(), upload, &told).await.expect("an import");
        let took = begun.elapsed();
        assert!(report.faults.is_empty(), "{:?}", report.faults.listed);
        let rows = report.rows as f64 / took.as_secs_f64();
        println!(
            "{what}: {:.2} s, {rows:.0} rows/s, version {:?}",
            took.as_secs_f64(),
            report.version
        );
        let marks = marks.into_inner().expect("nobody panics with it");
        let ends = marks.iter().skip(1).map(|(_, at)| *at).chain([Instant::now()]);
        for ((step, at), end) in marks.iter().zip(ends) {
            println!("    {step:?} {:.2} s", (end - *at).as_secs_f64());
        }
    }
    app.close().await;
}

fn files(people: bool, mark: &str) -> Vec<File> {
    let mut places = "kind,code,parent,name_hi,name_en\nstate,23,,मध्य प्रदेश,MP\n".to_owned();
    let mut posts = "code,department,place,level,designation\n".to_owned();
    let mut officers = "login,name_hi,name_en,mobile\n".to_owned();
    let mut holders = "post,login,from,until,kind\n".to_owned();
    for d in 0..DISTRICTS {
        places += &format!("district,{d},state:23,ज़िला {d},District {d}{mark}\n");
        for b in 0..BLOCKS {
            places += &format!("block,{d}-{b},district:{d},खंड {b},Block {b}\n");
            for p in 0..POSTS {
                let n = (d * BLOCKS + b) * POSTS + p;
                posts += &format!("p-{d}-{b}-{p},d{p},block:{d}-{b},1,je\n");
                officers += &format!("o{n},अधिकारी {n},Officer {n},{}\n", 9_000_000_000 + n as u64);
                holders += &format!("p-{d}-{b}-{p},o{n},2026-01-01,,REGULAR\n");
            }
        }
    }
    let departments: String = std::iter::once("code,name_hi,name_en,levels\n".to_owned())
        .chain((0..POSTS).map(|n| format!("d{n},विभाग {n},Department {n},4\n")))
        .collect();
    let mut tables = vec![
        ("places.csv", places),
        ("departments.csv", departments),
        ("designations.csv", "code,name_hi,name_en\nje,कनिष्ठ,Junior Engineer\n".to_owned()),
        ("posts.csv", posts),
    ];
    if people {
        tables.extend([("officers.csv", officers), ("holders.csv", holders)]);
    }
    tables
        .into_iter()
        .map(|(name, text)| File { name: name.to_owned(), bytes: text.into_bytes() })
        .collect()
}

/// Sub-districts and villages as the Local Government Directory publishes them.
fn published() -> Vec<File> {
    let mut tehsils = "S No.,State Code,State Name (In English),District Code,\
        District Name (In English),Sub-District Code,Sub-District Version,\
        Sub-District Name (In English),Sub-District Name (In Local)\n"
        .to_owned();
    let mut villages = "S No.,State Code,State Name (In English),District Code,\
        District Name (In English),Sub-District Code,Sub-District Name (In English),Village Code,\
        Village Version,Village Name (In Englsih),Village Name (In Local),Census 2011 Code\n"
        .to_owned();
    for t in 0..DISTRICTS * BLOCKS {
        let d = t / BLOCKS;
        tehsils += &format!("{t},23,MP,{d},District {d},{t},1,Tehsil {t},तहसील {t}\n");
        for v in 0..VILLAGES {
            let n = t * VILLAGES + v;
            villages += &format!(
                "{n},23,MP,{d},District {d},{t},Tehsil {t},{n},1,Village {n},गाँव {n},{n}\n"
            );
        }
    }
    [("allSubDistrict.csv", tehsils), ("allVillages.csv", villages)]
        .into_iter()
        .map(|(name, text)| File { name: name.to_owned(), bytes: text.into_bytes() })
        .collect()
}
