//! The cases that somebody may see, newest first.

use super::{CaseView, views};
use crate::{
    app::{App, Result},
    domain::{
        actor::Actor,
        case::{Case, State},
        permissions::{self, Act, Object, scope},
        phone::Phone,
        place::{Code, PlaceCode},
    },
    store::{cases, citizens},
};

const PAGE_DEFAULT: u32 = 50;
const PAGE_MAX: u32 = 200;

#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Any of these; all when empty.
    pub states: Vec<State>,
    pub district: Option<PlaceCode>,
    pub department: Option<Code>,
    pub phone: Option<Phone>,
    pub needs_review: Option<bool>,
    pub page: Page,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// 0 is the default of 50; at most 200.
    pub size: u32,
    /// `next` of the page before.
    pub token: Option<i64>,
}

#[derive(Clone, Debug)]
pub struct Listed {
    pub cases: Vec<CaseView>,
    pub next: Option<i64>,
}

impl Page {
    pub(in crate::app) fn limit(self) -> usize {
        let size = if self.size == 0 { PAGE_DEFAULT } else { self.size.min(PAGE_MAX) };
        size as usize
    }
}

pub async fn list(app: &App, by: &Actor, filter: Filter) -> Result<Listed> {
    permissions::may(by, Act::List, Object::Nothing)?;
    let citizen = match &filter.phone {
        Some(phone) => match citizens::by_phone(&app.store.db, phone).await? {
            Some(citizen) => Some(citizen.id),
            None => return Ok(Listed { cases: Vec::new(), next: None }),
        },
        None => None,
    };
    let scope = scope(by);
    let limit = filter.page.limit();
    let page = cases::Page { before: filter.page.token, limit: limit as i64 + 1 };
    let mut narrowed = cases::Filter {
        department: filter.department.clone(),
        district: filter.district.clone(),
        citizen,
        needs_review: filter.needs_review,
        ..cases::Filter::default()
    };
    let mut found: Vec<Case> = Vec::new();
    if filter.states.is_empty() {
        found = cases::list(&app.store.db, &scope, &narrowed, page).await?;
    }
    // A page of each state holds the page of them all.
    let mut states = filter.states;
    states.sort();
    states.dedup();
    for state in states {
        narrowed.state = Some(state);
        found.extend(cases::list(&app.store.db, &scope, &narrowed, page).await?);
    }
    found.sort_by_key(|case| std::cmp::Reverse(case.id));
    let next = (found.len() > limit).then(|| found[limit - 1].id);
    found.truncate(limit);
    Ok(Listed { cases: views(app, found).await?, next })
}
