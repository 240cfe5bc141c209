//! A directory as files goes live whole, keeps its posts, and comes back as it went in.

mod rajasthan;

use std::sync::{Arc, Mutex};

use helpline181::{
    app::{
        App, Error, accounts, cases,
        directory::{
            self, Form, Format, Holder, Progress, Report, Step, Upload, export, holder_at, import,
            validate,
        },
        sessions::{SignIn, sign_in},
    },
    clock::Clock,
    domain::{
        actor::{Actor, Channel},
        case::State,
        directory::Charge,
        number::CaseNumber,
        phone::Phone,
        place::{Code, Level, PlaceCode, PostId},
        time::Timestamp,
    },
    sheets::File,
    store::people,
    workers::upkeep,
};

use crate::kit::{DAY_MS, Helpline, Home, TEN, drop_schema};

on_both_engines! {
    what_is_exported_reads_back_equal_as_csv_and_as_xlsx,
    one_bad_row_and_nothing_is_written,
    a_post_with_open_cases_is_not_left_out,
    registrations_go_on_during_an_import,
    an_import_on_one_node_is_live_on_the_other_without_a_restart,
    an_imported_officer_signs_in_once_a_password_is_set_and_no_more_when_left_out,
    holders_change_by_their_dates_and_additional_charge_stands_in,
    changed_limits_count_from_their_day_and_running_clocks_keep_theirs,
    a_case_says_why_it_is_where_it_is_also_after_the_directory_changed,
    published_lists_are_merged_into_the_live_places,
}

const PLACES: &str = "kind,code,parent,key,name_hi,name_en\nstate,23,,,मप्र,MP\n\
    division,bhopal,state:23,1,भोपाल,Bhopal\ndistrict,396,division:bhopal,1,भोपाल,Bhopal\n\
    block,phanda,district:396,,फंदा,Phanda\n";
const POSTS: &str = "code,department,category,subcategory,place,level,designation\n\
    je-phanda,energy,,,block:phanda,1,je\nae-bhopal,energy,,,district:396,1,ae\n\
    cuts,energy,,power_cut,district:396,1,ae\nee-bhopal,energy,,,district:396,2,ee\n";
const OFFICERS: &str = "login,name_hi,name_en,mobile,active_from,active_until\n\
    ravi,रवि,Ravi,9876543210,,\nmeena,मीना,Meena,9876543211,,\n";
const HOLDERS: &str = "post,login,from,until,kind\nje-phanda,ravi,2026-11-01,,REGULAR\n\
    je-phanda,meena,2026-11-01,,ADDITIONAL\nee-bhopal,meena,2026-01-01,2026-12-31,REGULAR\n";

fn files(changed: &[(&str, &str)]) -> Vec<File> {
    let own = [
        ("places.csv", PLACES),
        ("departments.csv", "code,name_hi,name_en,levels\nenergy,ऊर्जा,Energy,4\n"),
        (
            "designations.csv",
            "code,name_hi,name_en\nje,क,Junior Engineer\nae,स,Assistant Engineer\nee,का,Executive\n",
        ),
        ("ladder.csv", "department,level,designation\nenergy,1,je\nenergy,1,ae\nenergy,2,ee\n"),
        (
            "categories.csv",
            "code,department,key,name_hi,name_en\nelectricity,energy,1,बिजली,Power\n",
        ),
        (
            "subcategories.csv",
            "code,category,name_hi,name_en\npower_cut,electricity,कटौती,Power cut\n",
        ),
        ("synonyms.csv", "category,subcategory,word\n,power_cut,\"बत्ती, गुल\"\n"),
        ("posts.csv", POSTS),
        ("officers.csv", OFFICERS),
        ("holders.csv", HOLDERS),
        ("leave.csv", "login,from,until\nravi,2026-12-01,2026-12-05\n"),
        ("limits.csv", "department,subcategory,level,days\nenergy,power_cut,1,2\n"),
        ("switches.csv", "name,value\nl3_to_l4,MANUAL\n"),
        ("holidays.csv", "date,name_hi,name_en\n2026-01-26,गणतंत्र दिवस,Republic Day\n"),
    ];
    let text = |file: &str, text: &'static str| {
        let other = changed.iter().find(|(name, _)| *name == file).map(|(_, text)| *text);
        other.unwrap_or(text).as_bytes().to_vec()
    };
    own.iter()
        .map(|(name, lines)| File { name: (*name).to_owned(), bytes: text(name, lines) })
        .collect()
}

fn file(name: &str, text: &str) -> Vec<File> {
    vec![File { name: name.to_owned(), bytes: text.as_bytes().to_vec() }]
}

async fn imported(app: &Arc<App>, files: Vec<File>) -> Report {
    let upload = Upload { files, ..Upload::default() };
    import(app, &Actor::system(), upload, &|_| {}).await.unwrap()
}

fn said(report: &Report) -> Vec<String> {
    report.faults.listed.iter().map(ToString::to_string).collect()
}

/// A process whose directory came from these files.
async fn started(home: &Home) -> (Helpline, Clock) {
    let clock = Clock::fixed(TEN);
    let app = home.process(&clock).await;
    let report = imported(&app, files(&[])).await;
    assert_eq!((report.version, said(&report)), (Some(1), vec![]));
    let look = home.open().await;
    (Helpline { app, clock: clock.clone(), look }, clock)
}

fn post(app: &App, code: &str) -> PostId {
    app.index().posts().find(|post| post.code.as_str() == code).unwrap().id
}

async fn what_is_exported_reads_back_equal_as_csv_and_as_xlsx(home: Home) {
    let (first, clock) = started(&home).await;
    let by = Actor::system();
    let csv = export(&first.app, &by, Form::Csv).await.unwrap();
    let xlsx = export(&first.app, &by, Form::Xlsx).await.unwrap();
    assert_eq!((csv.len(), xlsx.len()), (14, 1));

    let again = imported(&first.app, csv.clone()).await;
    assert_eq!((again.version, said(&again)), (None, vec![]));
    for files in [csv.clone(), xlsx] {
        let other = if home.is_postgres() { Home::postgres().await } else { Home::sqlite() };
        let second = other.process(&clock).await;
        assert_eq!(imported(&second, files).await.version, Some(1));
        assert_eq!(export(&second, &by, Form::Csv).await.unwrap(), csv);
        second.close().await;
        if let Some(schema) = &other.schema {
            drop_schema(schema).await;
        }
    }
    first.app.close().await;
}

async fn one_bad_row_and_nothing_is_written(home: Home) {
    let (helpline, _) = started(&home).await;
    let by = Actor::system();
    let bad = "code,department,category,subcategory,place,level,designation\n\
               new,energy,,,block:phanda,1,je\nlost,energy,,,block:nowhere,1,je\n";
    let officers = format!("{OFFICERS}nobody,न,Nobody,,,\n");
    let files = [file("posts.csv", bad), file("officers.csv", &officers)].concat();

    let report = imported(&helpline.app, files).await;

    assert_eq!(report.version, None);
    assert_eq!(
        said(&report),
        [
            "posts.csv:3: column place: there is no place block:nowhere",
            "live holders: column post: there is no post ee-bhopal",
            "live holders: column post: there is no post je-phanda",
            "live holders: column post: there is no post je-phanda",
        ]
    );
    assert_eq!(helpline.app.index().posts().count(), 4);
    assert_eq!(people::accounts(&helpline.look.db).await.unwrap().len(), 2);
    let fine = Upload { files: file("synonyms.csv", "word\n"), ..Upload::default() };
    let dry = validate(&helpline.app, &by, fine, &|_| {}).await.unwrap();
    assert_eq!((dry.version, dry.changes.len()), (None, 1));
    assert_eq!(helpline.app.index().synonyms().len(), 1);
    let old = Upload { effective: Some(TEN.plus_ms(-1)), ..Upload::default() };
    let refused = validate(&helpline.app, &by, old, &|_| {}).await;
    assert!(matches!(refused, Err(Error::Invalid { field: "effective_at", .. })));
    let officer = helpline.officer("block:phanda", 1).await;
    let upload = Upload { files: self::files(&[]), ..Upload::default() };
    let refused = import(&helpline.app, &officer, upload, &|_| {}).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
}

async fn a_post_with_open_cases_is_not_left_out(home: Home) {
    let (helpline, _) = started(&home).await;
    let complaint = helpline.complaint("r", "9000000001");
    let case = cases::register(&helpline.app, &Actor::system(), complaint).await.unwrap().case;
    assert_eq!(case.post, Some(post(&helpline.app, "cuts")));
    let kept: String = POSTS
        .lines()
        .filter(|line| !line.starts_with("cuts"))
        .map(|line| format!("{line}\n"))
        .collect();

    let report = imported(&helpline.app, file("posts.csv", &kept)).await;

    assert_eq!(
        said(&report),
        ["posts: column code: cuts is left out, and 1 open cases are with it"]
    );
    assert_eq!(report.version, None);
    // Posts without cases may go, and come back as themselves.
    let before = post(&helpline.app, "ae-bhopal");
    let fewer: String = POSTS
        .lines()
        .filter(|line| !line.starts_with("ae-"))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(imported(&helpline.app, file("posts.csv", &fewer)).await.version, Some(2));
    assert_eq!(imported(&helpline.app, file("posts.csv", POSTS)).await.version, Some(3));
    assert_eq!(post(&helpline.app, "ae-bhopal"), before);
}

/// Places and posts of a larger state: 40 blocks, so many posts in each.
fn many(posts_a_block: usize) -> Vec<File> {
    let mut places = PLACES.to_owned();
    let mut posts = POSTS.to_owned();
    for block in 0..40 {
        places += &format!("block,b{block},district:396,,खंड,Block {block}\n");
        for n in 0..posts_a_block {
            posts += &format!("b{block}-{n},energy,,,block:b{block},1,je\n");
        }
    }
    [file("places.csv", &places), file("posts.csv", &posts)].concat()
}

async fn registrations_go_on_during_an_import(home: Home) {
    let (helpline, _) = started(&home).await;
    let steps = Mutex::new(Vec::new());
    let registering = async {
        let mut routed = Vec::new();
        for n in 0..40_u32 {
            let complaint = helpline.complaint(&format!("r{n}"), &format!("90000000{:02}", n % 40));
            let case =
                cases::register(&helpline.app, &Actor::system(), complaint).await.unwrap().case;
            assert_eq!(case.state, State::WithOfficer);
            routed.push(case.directory);
        }
        routed
    };
    let upload = Upload { files: many(50), ..Upload::default() };
    let told = |progress: Progress| steps.lock().unwrap().push(progress);
    let by = Actor::system();
    let importing = import(&helpline.app, &by, upload, &told);

    let (routed, report) = tokio::join!(registering, importing);

    assert_eq!(report.unwrap().version, Some(2));
    assert!(routed.iter().all(|version| [1, 2].contains(version)), "{routed:?}");
    assert_eq!(helpline.app.index().posts().count(), 4 + 40 * 50);
    let steps = steps.into_inner().unwrap();
    let rows: Vec<_> = steps.iter().filter(|told| told.step == Step::Rows).collect();
    assert_eq!((rows[0].done, rows.last().unwrap().done), (0, rows[0].total));
    // 2,060 rows of places and posts in chunks of 500, and small tables.
    assert!(rows.len() > 6, "{rows:?}");
}

async fn an_import_on_one_node_is_live_on_the_other_without_a_restart(home: Home) {
    let (helpline, clock) = started(&home).await;
    let second = home.process(&clock).await;
    let new = format!("{POSTS}je-2,energy,electricity,,block:phanda,1,je\n");
    let limits = "department,subcategory,level,days\n,,,9\n";

    let files = [file("posts.csv", &new), file("limits.csv", limits)].concat();
    assert_eq!(imported(&helpline.app, files).await.version, Some(2));
    assert_eq!(second.index().version(), 1);
    upkeep::step(Arc::clone(&second)).await.unwrap();

    assert_eq!(second.index().version(), 2);
    let mut complaint = helpline.complaint("r", "9000000001");
    complaint.subcategory = None;
    let case = cases::register(&second, &Actor::system(), complaint).await.unwrap().case;
    assert_eq!(case.post, Some(post(&helpline.app, "je-2")));
    assert_eq!(case.due_at, Some(TEN.plus_ms(9 * DAY_MS)));
    second.close().await;
}

async fn an_imported_officer_signs_in_once_a_password_is_set_and_no_more_when_left_out(home: Home) {
    let (helpline, _) = started(&home).await;
    let (app, by) = (&helpline.app, Actor::system());
    let sign = async |password: &str| {
        let (login, password) = ("ravi".to_owned(), password.to_owned());
        sign_in(app, SignIn { login, password, channel: Channel::Portal }).await
    };

    assert!(matches!(sign("").await, Err(Error::Unauthenticated)));
    accounts::set_password(app, &by, "Ravi", "of his own choice".to_owned()).await.unwrap();
    let signed = sign("of his own choice").await.unwrap();
    assert_eq!(signed.posts, [post(app, "je-phanda")]);
    assert!(accounts::set_password(app, &by, "nobody", "long enough".to_owned()).await.is_err());
    let mobile = Phone::parse("9876543210").unwrap();
    let found = people::by_mobile(&helpline.look.db, &mobile).await.unwrap().unwrap();
    assert_eq!(found.officer.login, "ravi");

    let officers = "login,name_en,mobile\nmeena,Meena,9876543210\n";
    let holders = "post,login,from,until,kind\nje-phanda,meena,2026-11-01,,REGULAR\n";
    let leave = "login,from,until\n";
    let files =
        [file("officers.csv", officers), file("holders.csv", holders), file("leave.csv", leave)];
    let report = imported(app, files.concat()).await;
    assert_eq!((report.version, said(&report)), (Some(2), vec![]));
    assert!(matches!(sign("of his own choice").await, Err(Error::Unauthenticated)));
    let found = people::by_mobile(&helpline.look.db, &mobile).await.unwrap().unwrap();
    assert_eq!(found.officer.login, "meena");

    assert_eq!(imported(app, self::files(&[])).await.version, Some(3));
    assert_eq!(sign("of his own choice").await.unwrap().account.id, signed.account.id);
}

async fn holders_change_by_their_dates_and_additional_charge_stands_in(home: Home) {
    let (helpline, _) = started(&home).await;
    let app = &helpline.app;
    let accounts = people::accounts(&helpline.look.db).await.unwrap();
    let [ravi, meena] = ["ravi", "meena"]
        .map(|login| accounts.iter().find(|account| account.login == login).unwrap().id);
    let holder = async |code: &str, day: &str| {
        let at = chrono(day);
        holder_at(app, post(app, code), at).await.unwrap()
    };
    let person = |account, kind| Holder::Person { account, kind };

    assert_eq!(holder("je-phanda", "2026-11-30").await, person(ravi, Charge::Regular));
    assert_eq!(holder("je-phanda", "2026-12-01").await, person(meena, Charge::Additional));
    assert_eq!(holder("je-phanda", "2026-12-06").await, person(ravi, Charge::Regular));
    assert_eq!(holder("je-phanda", "2026-10-31").await, Holder::Vacant);
    assert_eq!(holder("ee-bhopal", "2026-12-31").await, person(meena, Charge::Regular));
    assert_eq!(holder("ee-bhopal", "2027-01-01").await, Holder::Vacant);

    // A handover: Ravi's row is left out, his leave with it; Meena takes over and goes on leave.
    let holders = "post,login,from,until,kind\nje-phanda,meena,2026-11-22,,REGULAR\n";
    let leave = "login,from,until\nmeena,2026-12-25,2026-12-25\n";
    let files = [file("holders.csv", holders), file("leave.csv", leave)].concat();
    assert_eq!(imported(app, files).await.version, Some(2));
    assert_eq!(holder("je-phanda", "2026-11-23").await, person(meena, Charge::Regular));
    assert_eq!(holder("je-phanda", "2026-12-25").await, Holder::Away { account: meena });
    // What was stays what it was.
    assert_eq!(holder("je-phanda", "2026-11-20").await, person(ravi, Charge::Regular));
    let exported = export(app, &Actor::system(), Form::Csv).await.unwrap();
    let kept = exported.iter().find(|file| file.name == "holders.csv").unwrap();
    let kept = String::from_utf8(kept.bytes.clone()).unwrap();
    assert!(
        kept.contains("je-phanda,ravi,2026-11-01,2026-11-22T10:00:00.000+05:30,REGULAR"),
        "{kept}"
    );
}

/// The first instant of a day.
fn chrono(day: &str) -> Timestamp {
    let number: i64 = day.replace('-', "").parse().unwrap();
    let mut at = TEN.plus_ms(-400 * DAY_MS).at_ist_minute(0);
    while at.ist_day().0 < number {
        at = at.next_ist_midnight();
    }
    at
}

async fn changed_limits_count_from_their_day_and_running_clocks_keep_theirs(home: Home) {
    let (helpline, clock) = started(&home).await;
    let by = Actor::system();
    let register = async |n: i64| {
        let complaint = helpline.complaint(&format!("r{n}"), &format!("900000000{n}"));
        cases::register(&helpline.app, &by, complaint).await.unwrap().case
    };
    let before = register(1).await;
    let upload = Upload {
        files: file("limits.csv", "department,subcategory,level,days\n,power_cut,,5\n"),
        effective: Some(TEN.plus_ms(DAY_MS)),
        format: Format::Own,
    };
    let report = import(&helpline.app, &by, upload, &|_| {}).await.unwrap();
    assert!(report.version == Some(2) && report.policy_changes);

    let still = register(2).await;
    clock.advance(DAY_MS);
    let after = register(3).await;

    assert_eq!(before.due_at, Some(TEN.plus_ms(2 * DAY_MS)));
    assert_eq!(still.due_at, Some(TEN.plus_ms(2 * DAY_MS)));
    assert_eq!(after.due_at, Some(TEN.plus_ms(6 * DAY_MS)));
    assert_eq!(before.policy, still.policy);
    assert_ne!(still.policy, after.policy);
    assert_eq!(helpline.case(&before).await.due_at, before.due_at);
}

async fn a_case_says_why_it_is_where_it_is_also_after_the_directory_changed(home: Home) {
    let (helpline, _) = started(&home).await;
    let by = Actor::system();
    let complaint = helpline.complaint("r", "9000000001");
    let case = cases::register(&helpline.app, &by, complaint).await.unwrap().case;
    let number = CaseNumber::of_id(case.id).unwrap();
    let steps = |why: &cases::Why| {
        why.steps
            .iter()
            .map(|step| format!("{} {} {}", step.scope.print(), step.place, step.found.is_some()))
            .collect::<Vec<_>>()
    };
    let looked =
        ["subcategory:power_cut block:phanda false", "subcategory:power_cut district:396 true"];

    let why = cases::why(&helpline.app, &by, number).await.unwrap();
    assert_eq!(steps(&why), looked);
    assert_eq!((why.today, why.live_version), (case.post, 1));
    let nearer = format!("{POSTS}cuts-phanda,energy,,power_cut,block:phanda,1,je\n");
    assert_eq!(imported(&helpline.app, file("posts.csv", &nearer)).await.version, Some(2));
    let why = cases::why(&helpline.app, &by, number).await.unwrap();

    assert_eq!(steps(&why), looked);
    assert_eq!((why.case.directory, why.live_version), (1, 2));
    assert_eq!(why.today, Some(post(&helpline.app, "cuts-phanda")));
}

async fn published_lists_are_merged_into_the_live_places(home: Home) {
    let (helpline, _) = started(&home).await;
    let blocks = "\u{feff}\"S.No.\",\"State Code\",\"State Name (In English)\",\"District Code\",\
        \"District Name (In English)\",\"Block Code\",\"Block Version\",\"Block Name (In English)\"\r\n\
        \"1\",\"23\",\"MADHYA PRADESH\",\"396\",\"BHOPAL\",\"3688\",\"1\",\"BERASIA\"\r\n\
        \"2\",\"8\",\"RAJASTHAN\",\"86\",\"AJMER\",\"1\",\"1\",\"PISANGAN\"\r\n";
    let upload =
        Upload { files: file("allBlocks2026.csv", blocks), format: Format::Lgd, effective: None };

    let report = import(&helpline.app, &Actor::system(), upload, &|_| {}).await.unwrap();

    assert_eq!((report.version, said(&report)), (Some(2), vec![]));
    let index = helpline.app.index();
    let berasia = index.place(&PlaceCode::new("block:3688")).unwrap();
    assert_eq!(berasia.parent, Some(PlaceCode::new("district:396")));
    let routed = index.route(&Code::new("energy"), &berasia.code, Level(1)).unwrap();
    assert_eq!(routed.post, post(&helpline.app, "ae-bhopal"));
    let figures = directory::figures(&helpline.app, &Actor::system()).await.unwrap();
    assert_eq!((figures.version, figures.tables[0].1), (2, 5));
}
