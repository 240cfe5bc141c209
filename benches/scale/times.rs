//! What reads the stock, each the median of many.

use std::{hint::black_box, time::Instant};

use helpline181::{
    app::{
        attendance, cases,
        clock::{Falls, is_due},
        desk::{Queue, queue},
    },
    domain::{
        actor::{Actor, Channel, HeldPost, Role},
        number::CaseNumber,
        place::{Level, PostId},
        routing::Matter,
    },
};

use super::{
    house::{House, TEN},
    stock::scattered,
};

const TIMES: usize = 41;
const LOOKUPS: usize = 100_000;

pub(crate) async fn measure(house: &House) -> Vec<(&'static str, f64)> {
    let mut conn = house.beside().await;
    let most = conn
        .number("SELECT post FROM cases WHERE post IS NOT NULL GROUP BY post ORDER BY COUNT(*) DESC LIMIT 1")
        .await;
    let (first, last) = (
        conn.number("SELECT MIN(id) FROM cases").await,
        conn.number("SELECT MAX(id) FROM cases").await,
    );
    vec![
        ("inbox of an officer, first page", small_inboxes(house).await),
        ("fullest inbox, first page", fullest(house, PostId(most), false).await),
        ("fullest inbox, last page", fullest(house, PostId(most), true).await),
        ("newest cases of the state", newest(house).await),
        ("one case with its history", look_up(house, first, last).await),
        ("routing, 1,000 cases", routing(house)),
        ("nothing due", nothing_due(house).await),
        ("a day's defaulters", defaulters(house).await),
    ]
}

fn officer(house: &House, post: PostId) -> Actor {
    let index = house.app.index();
    let post = index.post(post).expect("a post of the directory");
    Actor {
        account: None,
        role: Role::Officer,
        channel: Channel::Portal,
        posts: vec![HeldPost {
            post: post.id,
            delegate_of: None,
            department: post.department.clone(),
            place: post.place.clone(),
            level: post.level,
        }],
        ..Actor::system()
    }
}

async fn small_inboxes(house: &House) -> f64 {
    let index = house.app.index();
    let posts: Vec<_> =
        index.posts().filter(|post| post.level == Level(1)).map(|post| post.id).collect();
    let mut times = Vec::new();
    for n in 0..TIMES {
        let post = posts[(scattered(n as u64) % posts.len() as u64) as usize];
        let by = officer(house, post);
        let begun = Instant::now();
        black_box(queue(&house.app, &by, Queue::default()).await.expect("a page"));
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    median(times)
}

async fn fullest(house: &House, post: PostId, deep: bool) -> f64 {
    let by = officer(house, post);
    let mut ask = Queue::default();
    if deep {
        while let Some(next) = queue(&house.app, &by, ask.clone()).await.expect("a page").next {
            ask.after = Some(next);
        }
    }
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let begun = Instant::now();
        black_box(queue(&house.app, &by, ask.clone()).await.expect("a page"));
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    median(times)
}

async fn newest(house: &House) -> f64 {
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let begun = Instant::now();
        let page = cases::list(&house.app, &Actor::system(), cases::Filter::default()).await;
        black_box(page.expect("a page"));
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    median(times)
}

async fn look_up(house: &House, first: i64, last: i64) -> f64 {
    let mut times = Vec::new();
    for n in 0..10 * TIMES as u64 {
        let id = first + (scattered(n) % (last - first + 1) as u64) as i64;
        let number = CaseNumber::of_id(id).expect("a number");
        let begun = Instant::now();
        // A gap of the counter's blocks is no case.
        if cases::get(&house.app, &Actor::system(), number).await.is_ok() {
            times.push(begun.elapsed().as_secs_f64() * 1e3);
        }
    }
    median(times)
}

fn routing(house: &House) -> f64 {
    let index = house.app.index();
    let places = index.places_of_kind("block");
    let categories = index.categories();
    let begun = Instant::now();
    for n in 0..LOOKUPS {
        let category = &categories[n % categories.len()];
        let matter = Matter {
            department: &category.department,
            category: Some(&category.code),
            subcategory: None,
        };
        let place = &places[n * 7 % places.len()].code;
        black_box(index.route(matter, place, Level(1 + (n % 4) as u8)));
    }
    begun.elapsed().as_secs_f64() * 1e3 / (LOOKUPS as f64 / 1_000.0)
}

pub(crate) async fn nothing_due(house: &House) -> f64 {
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let begun = Instant::now();
        assert!(!is_due(&house.app, Falls::Levels).await.expect("an answer"));
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    median(times)
}

async fn defaulters(house: &House) -> f64 {
    let mut times = Vec::new();
    for _ in 0..3 {
        let begun = Instant::now();
        let judged = attendance::judge_day(&house.app, TEN.ist_day().before()).await;
        assert!(judged.expect("judged").bound > 10_000);
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    median(times)
}

pub(crate) fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
