//! Cases of the system before come over once, as old as they are, with their level and their remaining clock.

use std::sync::Arc;

use helpline181::{
    app::{
        App, Error, cases, clock,
        old_cases::{Report, import, validate},
        verification,
    },
    domain::{
        actor::{Actor, Role},
        case::{Case, State},
        place::Level,
        time::Timestamp,
    },
    sheets::{File, csv, xlsx},
    store::{self, notices, old_numbers, rounds},
};

use crate::kit::{DAY_MS, Helpline, Home, TEN, WEEK_MS};

on_both_engines! {
    an_old_case_keeps_its_age_its_level_and_its_clock,
    a_second_import_of_the_same_file_changes_nothing,
    one_bad_row_and_no_case_comes_over,
    a_clock_that_ran_out_before_moves_one_level_a_sweep_and_charges_nobody,
    registrations_go_on_while_old_cases_come_over,
    two_imports_at_a_time_bring_each_case_once,
    a_case_that_waits_for_its_answer_is_asked_anew,
    one_phone_with_many_old_cases_is_one_citizen,
    a_case_without_a_post_waits_to_be_routed,
    only_the_directorate_brings_cases_over,
    a_workbook_comes_over_as_a_table_does,
}

const HEADER: &str = "old_number,registered_at,phone,name,language,department,category,subcategory,place,level,\
                      arrived_at,due_at,state,resolved_at,attended,escalations,words\n";
/// Two months old, at level 2 for two more days and a millisecond.
const ONE: &str = "CMH/1,2026-09-20T08:00:00+05:30,9876543210,Sita,hi,energy,electricity,power_cut,block:phanda,2,,\
                   2026-11-24T10:00:00.001+05:30,WITH_OFFICER,,yes,1,no light for three days\n";

fn file(lines: &str) -> Vec<File> {
    vec![File { name: "cases.csv".to_owned(), bytes: format!("{HEADER}{lines}").into_bytes() }]
}

async fn imported(app: &Arc<App>, lines: &str) -> Report {
    import(app, &Actor::system(), file(lines), &|_| {}).await.unwrap()
}

fn said(report: &Report) -> Vec<String> {
    report.faults.listed.iter().map(ToString::to_string).collect()
}

async fn found(helpline: &Helpline, old_number: &str) -> Case {
    let id = old_numbers::find(&helpline.look.db, old_number).await.unwrap().unwrap();
    store::cases::get(&helpline.look.db, id).await.unwrap()
}

async fn an_old_case_keeps_its_age_its_level_and_its_clock(home: Home) {
    let helpline = Helpline::start(&home).await;

    let report = imported(&helpline.app, ONE).await;

    assert_eq!(said(&report), [] as [&str; 0]);
    assert_eq!((report.cases, report.written, report.known), (1, 1, 0));
    assert_eq!((report.unrouted, report.overdue), (0, 0));
    let case = found(&helpline, "CMH/1").await;
    assert_eq!((case.state, case.level, case.stay), (State::WithOfficer, Level(2), 2));
    assert_eq!(case.registered_at, Timestamp(1_789_871_400_000));
    assert_eq!(case.due_at, Some(Timestamp(1_795_494_600_001)));
    assert_eq!((case.attended, case.policy), (true, 1));
    assert_eq!(case.aside().old_number.as_deref(), Some("CMH/1"));
    assert_eq!(helpline.kinds(&case).await, ["imported", "routed"]);
    // Nobody hears of it: a state's stock comes over at once.
    assert_eq!(notices::next_due(&helpline.look.db, Timestamp(0)).await.unwrap(), None);
    // Its number of before finds it, for those who may see it.
    let old = |number: &str| cases::Filter {
        old_number: Some(number.to_owned()),
        ..cases::Filter::default()
    };
    let agent = helpline.staff(Role::Agent).await;
    let listed = cases::list(&helpline.app, &agent, old("CMH/1")).await.unwrap();
    assert_eq!(listed.cases[0].case.id, case.id);
    assert!(cases::list(&helpline.app, &agent, old("CMH/2")).await.unwrap().cases.is_empty());
    let other = helpline.officer("block:phanda", 1).await;
    assert!(cases::list(&helpline.app, &other, old("CMH/1")).await.unwrap().cases.is_empty());
    let checked = store::events::verify_case(&helpline.look.db, case.id).await.unwrap();
    assert_eq!(checked, Ok(2));

    // A millisecond before its time it stays, at its time it moves, with a fresh clock.
    helpline.pass(2 * DAY_MS);
    assert_eq!(clock::escalate(&helpline.app, 10).await.unwrap(), 0);
    helpline.pass(1);
    assert_eq!(clock::escalate(&helpline.app, 10).await.unwrap(), 1);
    let moved = helpline.case(&case).await;
    assert_eq!(
        (moved.level, moved.due_at),
        (Level(3), Some(TEN.plus_ms(2 * DAY_MS + 1 + WEEK_MS)))
    );
    assert_eq!((moved.district, moved.citizen), (case.district, case.citizen));
}

async fn a_second_import_of_the_same_file_changes_nothing(home: Home) {
    let helpline = Helpline::start(&home).await;
    imported(&helpline.app, ONE).await;
    let before = found(&helpline, "CMH/1").await;
    let two = ONE.replace("CMH/1", "CMH/2");

    let again = imported(&helpline.app, &format!("{ONE}{two}")).await;

    assert_eq!((again.cases, again.written, again.known), (2, 1, 1));
    assert_eq!(found(&helpline, "CMH/1").await, before);
    assert_eq!(home.sql("SELECT COUNT(*) FROM cases").await, 2);
    assert_eq!(home.sql("SELECT COUNT(*) FROM citizens").await, 1);
}

async fn one_bad_row_and_no_case_comes_over(home: Home) {
    let helpline = Helpline::start(&home).await;
    let bad = ONE.replace("CMH/1", "CMH/2").replace("power_cut", "magic");
    let closed = ONE.replace("CMH/1", "CMH/3").replace("WITH_OFFICER", "CLOSED_FORCED");

    let report = imported(&helpline.app, &format!("{ONE}{bad}{closed}")).await;

    assert_eq!(
        said(&report),
        [
            "cases.csv:3: column subcategory: there is no subcategory magic of electricity",
            "cases.csv:4: column state: \"CLOSED_FORCED\" is over: only open cases come over",
        ]
    );
    assert_eq!((report.written, home.sql("SELECT COUNT(*) FROM cases").await), (0, 0));
    let dry = validate(&helpline.app, &Actor::system(), file(ONE), &|_| {}).await.unwrap();
    assert_eq!((dry.cases, dry.written, dry.faults.count), (1, 0, 0));
    assert_eq!(home.sql("SELECT COUNT(*) FROM cases").await, 0);
    let none = validate(&helpline.app, &Actor::system(), vec![], &|_| {}).await;
    assert!(matches!(none, Err(Error::Invalid { field: "files", .. })));
}

async fn a_clock_that_ran_out_before_moves_one_level_a_sweep_and_charges_nobody(home: Home) {
    let helpline = Helpline::start(&home).await;
    let overdue = ONE
        .replace("2026-11-24T10:00:00.001+05:30", "2026-11-01")
        .replace(",yes,1,", ",no,0,")
        .replace("block:phanda,2,", "block:phanda,1,");

    let report = imported(&helpline.app, &overdue).await;
    assert_eq!(report.overdue, 1);
    assert_eq!(clock::escalate(&helpline.app, 10).await.unwrap(), 1);
    assert_eq!(clock::escalate(&helpline.app, 10).await.unwrap(), 0);

    let case = found(&helpline, "CMH/1").await;
    assert_eq!((case.level, case.due_at), (Level(2), Some(TEN.plus_ms(WEEK_MS))));
    let history = helpline.history(&case).await;
    let row = &history[2].facts;
    assert!(row.contains(r#""reason":"TIMEOUT","attended":false,"charged":null"#), "{row}");
}

async fn registrations_go_on_while_old_cases_come_over(home: Home) {
    let helpline = Helpline::start(&home).await;
    let lines: String = (0..600)
        .map(|n| ONE.replace("CMH/1", &format!("CMH/{n}")).replace("9876543210", &phone(n)))
        .collect();
    let registering = async {
        for n in 0..40_u32 {
            let ask = helpline.complaint(&format!("r{n}"), &format!("90000000{n:02}"));
            let case = cases::register(&helpline.app, &Actor::system(), ask).await.unwrap().case;
            assert_eq!(case.state, State::WithOfficer);
        }
    };

    let ((), report) = tokio::join!(registering, imported(&helpline.app, &lines));

    assert_eq!(report.written, 600);
    assert_eq!(home.sql("SELECT COUNT(*) FROM cases").await, 640);
}

fn phone(n: usize) -> String {
    (9_800_000_000_u64 + n as u64).to_string()
}

async fn two_imports_at_a_time_bring_each_case_once(home: Home) {
    let helpline = Helpline::start(&home).await;
    let second = home.process(&helpline.clock).await;
    let lines: String = (0..200)
        .map(|n| ONE.replace("CMH/1", &format!("CMH/{n}")).replace("9876543210", &phone(n / 2)))
        .collect();
    // SQLite has one writing process; two clients of it are two imports all the same.
    let other = if home.is_postgres() { &second } else { &helpline.app };

    let (one, two) = tokio::join!(imported(&helpline.app, &lines), imported(other, &lines));

    assert_eq!(one.written + two.written, 200);
    assert_eq!(home.sql("SELECT COUNT(*) FROM cases").await, 200);
    assert_eq!(home.sql("SELECT COUNT(*) FROM old_numbers").await, 200);
    assert_eq!(home.sql("SELECT COUNT(*) FROM citizens").await, 100);
    second.close().await;
}

async fn a_case_that_waits_for_its_answer_is_asked_anew(home: Home) {
    let helpline = Helpline::start(&home).await;
    let waits = ONE.replace("WITH_OFFICER,", "AWAITING_VERIFICATION,2026-11-20T10:00:00+05:30");

    imported(&helpline.app, &waits).await;

    let case = found(&helpline, "CMH/1").await;
    assert_eq!((case.state, case.due_at, case.round), (State::AwaitingVerification, None, 1));
    assert_eq!((case.resolved_level, case.in_time), (Some(Level(2)), Some(true)));
    let round = rounds::get(&helpline.look.db, case.id, 1).await.unwrap();
    assert_eq!((round.opened_at, round.ends_at), (TEN, TEN.plus_ms(10 * DAY_MS)));
    let orders = verification::dial(&helpline.app, 1).await.unwrap();
    assert_eq!(orders[0].rounds[0].case, case.id);
}

async fn one_phone_with_many_old_cases_is_one_citizen(home: Home) {
    let helpline = Helpline::start(&home).await;
    let known = helpline.registered("9876543210").await;
    let lines: String = (0..30).map(|n| ONE.replace("CMH/1", &format!("CMH/{n}"))).collect();

    assert_eq!(imported(&helpline.app, &lines).await.written, 30);

    assert_eq!(home.sql("SELECT COUNT(*) FROM citizens").await, 1);
    assert_eq!(found(&helpline, "CMH/29").await.citizen, known.citizen);
}

async fn a_case_without_a_post_waits_to_be_routed(home: Home) {
    let helpline = Helpline::start(&home).await;
    // Nobody sits at level 4 of this department, nor above.
    home.sql("DELETE FROM posts WHERE level = 4 AND department = 'energy'").await;
    let second = home.process(&helpline.clock).await;
    let last = ONE.replace("block:phanda,2,", "block:phanda,4,");

    let report = imported(&second, &last).await;

    assert_eq!((report.written, report.unrouted), (1, 1));
    let case = found(&helpline, "CMH/1").await;
    assert_eq!((case.state, case.post), (State::Unrouted, None));
    assert_eq!(helpline.kinds(&case).await, ["imported", "unrouted"]);
    second.close().await;
}

async fn only_the_directorate_brings_cases_over(home: Home) {
    let helpline = Helpline::start(&home).await;
    for role in [Role::Admin, Role::Agent, Role::Supervisor, Role::Auditor] {
        let by = helpline.staff(role).await;
        let refused = import(&helpline.app, &by, file(ONE), &|_| {}).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))), "{role}");
    }
    let by = helpline.staff(Role::Directorate).await;
    let report = import(&helpline.app, &by, file(ONE), &|_| {}).await.unwrap();
    assert_eq!(report.written, 1);
}

async fn a_workbook_comes_over_as_a_table_does(home: Home) {
    let helpline = Helpline::start(&home).await;
    let table = csv::read(&file(ONE)[0]).unwrap().headed();
    let table = helpline181::domain::directory::sheet::Sheet { table: "cases".into(), ..table };
    let book = xlsx::write("cases.xlsx", &[table]).unwrap();

    let report = import(&helpline.app, &Actor::system(), vec![book], &|_| {}).await.unwrap();

    assert_eq!((said(&report), report.written), (vec![], 1));
    assert_eq!(found(&helpline, "CMH/1").await.due_at, Some(Timestamp(1_795_494_600_001)));
}
