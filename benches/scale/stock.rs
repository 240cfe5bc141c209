//! The stock of the system before: cases over all posts, levels and ages, each the same in every run.

use std::{fmt::Write, ops::Range, time::Instant};

use helpline181::{
    app::old_cases::{File, import},
    domain::{actor::Actor, place::Level, time::DAY_MS},
};

use super::house::{House, TEN};

const FILE_LINES: usize = 100_000;
const HEADER: &str = "old_number,registered_at,phone,category,place,level,arrived_at,due_at,state,resolved_at,\
                      attended,escalations,words\n";

/// Brings these cases over; prints how many a second.
pub(crate) async fn bring(house: &House, cases: Range<usize>) {
    let count = cases.len();
    let begun = Instant::now();
    let mut written = 0;
    for start in cases.clone().step_by(FILE_LINES) {
        let text = lines(house, start..cases.end.min(start + FILE_LINES));
        let file = File { name: "stock.csv".to_owned(), bytes: text.into_bytes() };
        let report = import(&house.app, &Actor::system(), vec![file], &|_| {}).await;
        let report = report.expect("an import");
        assert!(report.faults.is_empty(), "{:?}", report.faults.listed);
        written += report.written;
    }
    assert_eq!(written, count);
    let took = begun.elapsed().as_secs_f64();
    println!("  {written} cases came over in {took:.1} s, {:.0} a second", written as f64 / took);
}

fn lines(house: &House, cases: Range<usize>) -> String {
    let index = house.app.index();
    let places: Vec<_> = ["block", "subdistrict", "urban_body", "district"]
        .iter()
        .flat_map(|kind| index.places_of_kind(kind))
        .map(|place| place.code.as_str().to_owned())
        .collect();
    let categories = index.categories();
    let mut text = HEADER.to_owned();
    for n in cases {
        let dice = scattered(n as u64);
        let category = &categories[(dice % categories.len() as u64) as usize];
        let place = &places[((dice >> 8) % places.len() as u64) as usize];
        let ladder: Level = index.ladder(&category.department);
        // Most stand low: 60, 25, 10 and 5 of a hundred.
        let level = match (dice >> 24) % 100 {
            0..60 => 1,
            60..85 => 2,
            85..95 => 3,
            _ => 4,
        };
        let level = level.min(ladder.0);
        let arrived = TEN.plus_ms(-(((dice >> 32) % 600_000_000) as i64));
        let registered = arrived.plus_ms(-(((dice >> 40) % 400) as i64) * DAY_MS);
        let due = arrived.plus_ms(7 * DAY_MS + 1);
        let attended = if (dice >> 50).is_multiple_of(3) { "yes" } else { "no" };
        let (state, resolved) = match (dice >> 52) % 20 {
            0 => ("AWAITING_VERIFICATION", arrived.to_string()),
            1 => ("PARTIALLY_CLOSED", String::new()),
            _ => ("WITH_OFFICER", String::new()),
        };
        writeln!(
            text,
            "CMH/{n},{registered},{},{},{place},{level},{arrived},{due},{state},{resolved},{attended},{},\
             The tanker has not come for {} days and the pump is broken",
            6_000_000_000 + (n as u64 * 7) % 3_000_000_000,
            category.code,
            level - 1,
            dice % 30,
        )
        .expect("a string grows");
    }
    text
}

/// A number that looks like chance and is always the same (splitmix64).
pub(crate) fn scattered(n: u64) -> u64 {
    let mut x = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
