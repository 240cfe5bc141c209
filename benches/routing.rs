//! What a look-up costs in a small directory and in a state's: `cargo bench --bench routing`.

use std::{hint::black_box, time::Instant};

use helpline181::domain::{
    directory::{Category, Department, Designation, Names, Place, Post, Rows, Scope, Subcategory},
    place::{Code, Level, PlaceCode, PostCode, PostId},
    routing::{Index, Matter},
};

const LOOKUPS: usize = 400_000;
const ROUNDS: usize = 5;
/// Of each district.
const BLOCKS: usize = 10;

fn main() {
    let (small, small_posts) = state(3, 9);
    let (large, large_posts) = state(55, 52);
    let mut best = [f64::MAX; 2];
    // Side by side, so that both meet the same neighbours on the machine.
    for _ in 0..ROUNDS {
        for (index, (shape, us)) in
            [&small, &large].into_iter().zip([(3, 9), (55, 52)].iter().zip(&mut best))
        {
            *us = us.min(measure(index, *shape));
        }
    }
    println!("{small_posts:>6} posts: {:.3} us a look-up", best[0]);
    println!("{large_posts:>6} posts: {:.3} us a look-up", best[1]);
    println!("ratio {:.2}; the goal is under 5 us", best[1] / best[0]);
}

/// The walks of registrations and escalations, over all departments, places and levels in turn.
fn measure(index: &Index, (districts, departments): (usize, usize)) -> f64 {
    let places: Vec<_> = (0..districts * BLOCKS).map(block).collect();
    let codes: Vec<_> =
        (0..departments).map(|n| (code("d", n), code("c", n), code("s", n))).collect();
    let begun = Instant::now();
    for n in 0..LOOKUPS {
        let (department, category, subcategory) = &codes[n % departments];
        let matter =
            Matter { department, category: Some(category), subcategory: Some(subcategory) };
        let place = &places[n * 7 % places.len()];
        let level = Level(1 + (n % 4) as u8);
        assert!(black_box(index.route(matter, place, level)).is_some());
    }
    begun.elapsed().as_secs_f64() * 1e6 / LOOKUPS as f64
}

fn state(districts: usize, departments: usize) -> (Index, usize) {
    let mut rows = Rows::default();
    let mut place = |code: PlaceCode, parent: Option<PlaceCode>| {
        rows.places.push(Place { code, parent, key: None, names: Names::default() });
    };
    let root = PlaceCode::new("state:23");
    place(root.clone(), None);
    for n in 0..10 {
        place(PlaceCode::new(format!("division:{n}")), Some(root.clone()));
    }
    for n in 0..districts {
        place(district(n), Some(PlaceCode::new(format!("division:{}", n % 10))));
    }
    for n in 0..districts * BLOCKS {
        place(block(n), Some(district(n / BLOCKS)));
    }
    rows.designations.push(Designation { code: Code::new("officer"), names: Names::default() });
    for n in 0..departments {
        let (department, category) = (code("d", n), code("c", n));
        rows.departments.push(Department {
            code: department.clone(),
            names: Names::default(),
            ladder: Level(4),
        });
        rows.categories.push(Category {
            code: category.clone(),
            department: department.clone(),
            key: None,
            names: Names::default(),
        });
        let subcategory = code("s", n);
        rows.subcategories.push(Subcategory {
            code: subcategory,
            category,
            names: Names::default(),
        });
        let mut post = |scope: Scope, level: u8, place: PlaceCode| {
            let id = rows.posts.len() as i64 + 1;
            rows.posts.push(Post {
                id: PostId(id),
                code: PostCode::new(format!("p{id}")),
                department: department.clone(),
                scope,
                level: Level(level),
                designation: Code::new("officer"),
                place,
            });
        };
        for at in 0..districts * BLOCKS {
            post(Scope::Department, 1, block(at));
        }
        for at in 0..districts {
            post(Scope::Department, 2, district(at));
        }
        post(Scope::Category(code("c", n)), 3, root.clone());
        post(Scope::Department, 4, root.clone());
    }
    let posts = rows.posts.len();
    (Index::build(1, rows).expect("the rows fit together"), posts)
}

fn code(kind: &str, n: usize) -> Code {
    Code::new(format!("{kind}{n}"))
}

fn district(n: usize) -> PlaceCode {
    PlaceCode::new(format!("district:{n}"))
}

fn block(n: usize) -> PlaceCode {
    PlaceCode::new(format!("block:{n}"))
}
