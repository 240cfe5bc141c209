//! The Rajasthan of deploy/sample (R09, R72): its places, designations and role names route, list and are spoken of as its own.

use std::{collections::BTreeSet, fs, path::Path};

use helpline181::{
    app::{
        App, accounts, cases,
        desk::{self, Pending},
        directory::{Upload, import},
    },
    clock::Clock,
    domain::{
        actor::{Actor, Channel, Role},
        case::Case,
        place::{Code, Level, PlaceCode},
    },
    sheets::File,
};

use super::Home;
use crate::kit::{Helpline, TEN};

on_both_engines! {
    each_department_of_rajasthan_sits_at_its_own_kind_of_place,
    pending_of_jaipur_is_split_by_sub_division_and_by_panchayat_samiti,
    rajasthan_is_spoken_of_in_its_own_role_names,
}

/// The sample as it lies there, with a post at each seat and no officers.
fn files() -> Vec<File> {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/sample");
    let read = |name: &str| fs::read_to_string(sample.join(name)).unwrap();
    let mut files: Vec<File> = fs::read_dir(sample.join("rj"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| File {
            name: path.file_name().unwrap().to_string_lossy().into_owned(),
            bytes: fs::read(&path).unwrap(),
        })
        .collect();
    let places = read("rj/places.csv");
    let mut posts = "code,department,category,place,level,designation\n".to_owned();
    for seat in read("rj.seats.csv").lines().skip(1) {
        let [department, level, designation, sits_at, category] =
            seat.split(',').collect::<Vec<_>>().try_into().unwrap();
        for place in places.lines().filter(|place| place.starts_with(&format!("{sits_at},"))) {
            let code = place.split(',').nth(1).unwrap();
            posts += &format!(
                "{department}-{level}-{designation}-{code},{department},{category},\
                 {sits_at}:{code},{level},{designation}\n"
            );
        }
    }
    files.push(File { name: "posts.csv".to_owned(), bytes: posts.into_bytes() });
    files
}

async fn rajasthan(home: &Home) -> Helpline {
    let clock = Clock::fixed(TEN);
    let app = home.process(&clock).await;
    let upload = Upload { files: files(), ..Upload::default() };
    let report = import(&app, &Actor::system(), upload, &|_| {}).await.unwrap();
    assert_eq!((report.version, super::said(&report)), (Some(1), vec![]));
    let look = home.open().await;
    Helpline { app, clock, look }
}

async fn filed(helpline: &Helpline, phone: &str, category: &str, place: &str) -> Case {
    let ask = cases::Register {
        category: Code::new(category),
        subcategory: None,
        place: PlaceCode::new(place),
        ..helpline.complaint(&format!("register {phone}"), phone)
    };
    cases::register(&helpline.app, &Actor::system(), ask).await.unwrap().case
}

/// Designation and place of the post of a level.
fn seat(app: &App, department: &str, place: &str, level: u8) -> (String, String) {
    let index = app.index();
    let routed = index.route(&Code::new(department), &PlaceCode::new(place), Level(level)).unwrap();
    assert_eq!(routed.level, Level(level), "{department} {place}");
    let post = index.post(routed.post).unwrap();
    (post.designation.as_str().to_owned(), routed.place.as_str().to_owned())
}

async fn each_department_of_rajasthan_sits_at_its_own_kind_of_place(home: Home) {
    let helpline = rajasthan(&home).await;
    let samiti = "panchayat_samiti:684";
    for (department, level, designation, place) in [
        ("energy", 1, "jen", samiti),
        ("energy", 2, "xen", "district:102"),
        ("energy", 3, "se", "division:jaipur"),
        ("energy", 4, "chief_engineer", "state:8"),
        ("panchayati_raj", 1, "development_officer", samiti),
        ("panchayati_raj", 3, "ceo_zila_parishad", "district:102"),
        ("local_self_government", 1, "executive_officer", "subdivision:amber"),
        ("revenue", 2, "sdo", "subdivision:amber"),
        ("revenue", 4, "divisional_commissioner", "division:jaipur"),
    ] {
        let found = seat(&helpline.app, department, samiti, level);
        assert_eq!(found, (designation.to_owned(), place.to_owned()), "{department} {level}");
    }
    // Who knows the district alone reaches the district's first officer.
    let case = filed(&helpline, "9000000001", "village", "district:102").await;
    let post = helpline.app.index().post(case.post.unwrap()).unwrap().designation.clone();
    assert_eq!((case.level, post.as_str()), (Level(1), "assistant_development_officer"));
}

async fn pending_of_jaipur_is_split_by_sub_division_and_by_panchayat_samiti(home: Home) {
    let helpline = rajasthan(&home).await;
    for (n, (category, place)) in [
        ("village", "panchayat_samiti:684"),
        ("village", "panchayat_samiti:6820"),
        ("village", "panchayat_samiti:685"),
        ("housing", "subdivision:bassi"),
        ("city", "subdivision:amber"),
        // Jodhpur, which is another district.
        ("city", "subdivision:luni"),
    ]
    .into_iter()
    .enumerate()
    {
        filed(&helpline, &format!("900000001{n}"), category, place).await;
    }
    let district = PlaceCode::new("district:102");
    let collector = Actor {
        account: Some(1),
        role: Role::Collector,
        channel: Channel::Portal,
        district: Some(district),
        ..Actor::system()
    };
    let pending = async |split_by: Option<&str>| {
        let ask = Pending { district: None, split_by: split_by.map(str::to_owned) };
        let rows = desk::pending(&helpline.app, &collector, ask).await.unwrap();
        rows.into_iter()
            .map(|row| {
                let part = row.part.map_or(String::new(), |part| part.0);
                (row.department.0, part, row.tally.pending)
            })
            .collect::<BTreeSet<_>>()
    };
    let row = |department: &str, part: &str, pending: i64| {
        (department.to_owned(), part.to_owned(), pending)
    };

    assert_eq!(
        pending(None).await,
        BTreeSet::from([row("panchayati_raj", "", 4), row("local_self_government", "", 1)])
    );
    assert_eq!(
        pending(Some("subdivision")).await,
        BTreeSet::from([
            row("panchayati_raj", "subdivision:amber", 2),
            row("panchayati_raj", "subdivision:bassi", 2),
            row("local_self_government", "subdivision:amber", 1),
        ])
    );
    assert_eq!(
        pending(Some("panchayat_samiti")).await,
        BTreeSet::from([
            row("panchayati_raj", "panchayat_samiti:684", 1),
            row("panchayati_raj", "panchayat_samiti:6820", 1),
            row("panchayati_raj", "panchayat_samiti:685", 1),
            row("panchayati_raj", "", 1),
            row("local_self_government", "", 1),
        ])
    );
}

async fn rajasthan_is_spoken_of_in_its_own_role_names(home: Home) {
    let helpline = rajasthan(&home).await;

    let titles = accounts::titles(&helpline.app, &Actor::system());

    let name = |word: &str| {
        titles.iter().find(|title| title.word == word).map(|title| title.names.hi.as_str())
    };
    assert_eq!(name("COLLECTOR"), Some("जिला कलक्टर"));
    assert_eq!(name("DIRECTORATE"), Some("सदस्य सचिव, सेंटर फॉर गुड गवर्नेंस"));
    assert_eq!(name("DISTRICT_IN_CHARGE"), Some("जिला प्रभारी, सम्पर्क पोर्टल परिवेदना निस्तारण"));
}
