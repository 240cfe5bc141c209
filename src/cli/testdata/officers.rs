//! Posts for each place of the kind where a designation sits, and made-up officers who hold them. The same tables make
//! the same rows.

/// Every so many posts one is vacant, and one is an additional charge of the officer before it.
const VACANT_EVERY: usize = 50;
const ADDITIONAL_EVERY: usize = 40;
/// Every so many officers one is on leave.
const LEAVE_EVERY: usize = 300;
const FROM: &str = "2026-04-01";
const LEAVE: (&str, &str) = ("2026-11-16", "2026-12-15");
/// `Phone::is_sample`: these reach nobody.
const MOBILE_BASE: usize = 5_550_000_000;

#[derive(Debug, serde::Deserialize)]
pub struct Place {
    pub kind: String,
    pub code: String,
}

/// For each place of the kind `sits_at` there is one post of this designation.
#[derive(Debug, serde::Deserialize)]
pub struct Seat {
    pub department: String,
    pub level: u8,
    pub designation: String,
    pub sits_at: String,
    /// Empty: it answers for the whole department.
    pub category: String,
}

#[derive(Debug, Default, PartialEq)]
pub struct Made {
    pub posts: Vec<Post>,
    pub officers: Vec<Officer>,
    pub holders: Vec<Holder>,
    pub leave: Vec<Leave>,
}

#[derive(Debug, PartialEq, serde::Serialize)]
pub struct Post {
    pub code: String,
    pub department: String,
    pub category: String,
    pub place: String,
    pub level: u8,
    pub designation: String,
}

#[derive(Debug, PartialEq, serde::Serialize)]
pub struct Officer {
    pub login: String,
    pub name_hi: String,
    pub name_en: String,
    pub mobile: String,
    pub active_from: &'static str,
}

#[derive(Debug, PartialEq, serde::Serialize)]
pub struct Holder {
    pub post: String,
    pub login: String,
    pub from: &'static str,
    pub kind: &'static str,
}

#[derive(Debug, PartialEq, serde::Serialize)]
pub struct Leave {
    pub login: String,
    pub from: &'static str,
    pub until: &'static str,
}

pub fn make(places: &[Place], seats: &[Seat]) -> Made {
    let mut made = Made::default();
    for seat in seats {
        for place in places.iter().filter(|place| place.kind == seat.sits_at) {
            made.add(seat, place);
        }
    }
    made
}

impl Made {
    fn add(&mut self, seat: &Seat, place: &Place) {
        let place = format!("{}:{}", place.kind, place.code);
        let scope = if seat.category.is_empty() { "" } else { "." };
        let code = format!(
            "{}-l{}-{}{scope}{}-{place}",
            seat.department, seat.level, seat.designation, seat.category
        );
        self.posts.push(Post {
            code: code.clone(),
            department: seat.department.clone(),
            category: seat.category.clone(),
            place,
            level: seat.level,
            designation: seat.designation.clone(),
        });
        let number = self.posts.len();
        if number.is_multiple_of(VACANT_EVERY) {
            return;
        }
        let before = self.officers.last().map(|officer| officer.login.clone());
        let (login, kind) = match before {
            Some(before) if number.is_multiple_of(ADDITIONAL_EVERY) => (before, "ADDITIONAL"),
            _ => (self.officer(), "REGULAR"),
        };
        self.holders.push(Holder { post: code, login, from: FROM, kind });
    }

    fn officer(&mut self) -> String {
        let number = self.officers.len() + 1;
        let login = format!("sample.{number:05}");
        self.officers.push(Officer {
            login: login.clone(),
            name_hi: format!("नमूना अधिकारी {number:05}"),
            name_en: format!("Sample Officer {number:05}"),
            mobile: (MOBILE_BASE + number).to_string(),
            active_from: FROM,
        });
        if number.is_multiple_of(LEAVE_EVERY) {
            self.leave.push(Leave { login: login.clone(), from: LEAVE.0, until: LEAVE.1 });
        }
        login
    }
}
