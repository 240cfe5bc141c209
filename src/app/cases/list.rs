//! The cases that somebody may see, newest first.

use super::{CaseView, Narrow, views};
use crate::{
    app::{App, Result},
    domain::{
        actor::Actor,
        permissions::{self, Act, Object, scope},
        phone::Phone,
        place::PlaceCode,
    },
    store::{citizens, lists, old_numbers},
};

const PAGE_DEFAULT: u32 = 50;
const PAGE_MAX: u32 = 200;

#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub narrow: Narrow,
    pub district: Option<PlaceCode>,
    pub phone: Option<Phone>,
    pub needs_review: Option<bool>,
    /// Its number in the system before.
    pub old_number: Option<String>,
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
    let narrowed = filter.narrow.filter(app, app.now())?;
    let nowhere = Listed { cases: Vec::new(), next: None };
    let district = match (narrowed.district.clone(), filter.district) {
        (Some(one), Some(other)) if one != other => return Ok(nowhere),
        (one, other) => one.or(other),
    };
    let narrowed =
        lists::Filter { district, citizen, needs_review: filter.needs_review, ..narrowed };
    let limit = filter.page.limit();
    let mut page = lists::Page { before: filter.page.token, limit: limit as i64 + 1 };
    let old = match &filter.old_number {
        Some(number) => match old_numbers::find(&app.store.db, number).await? {
            Some(id) => Some(id),
            None => return Ok(nowhere),
        },
        None => None,
    };
    if let Some(id) = old {
        // The newest from itself on: the case alone, if it is within the scope and the filter.
        page = lists::Page { before: Some(id.saturating_add(1)), limit: 1 };
    }
    let mut found = lists::list(&app.store.db, &scope(by), &narrowed, page).await?;
    found.retain(|case| old.is_none_or(|old| old == case.id));
    let next = (found.len() > limit).then(|| found[limit - 1].id);
    found.truncate(limit);
    Ok(Listed { cases: views(app, found).await?, next })
}
