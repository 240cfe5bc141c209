//! Pages of lists.

use tonic::Status;

use super::{fail::field, fields};
use crate::{
    app::cases::Page,
    domain::{page::After, time::Timestamp},
};

pub fn parse(size: i32, token: &str) -> Result<Page, Status> {
    let (size, token) = fields::page(size, token)?;
    Ok(Page { size, token })
}

/// As [`parse`], for lists that are ordered by an instant and an id.
pub fn parse_after(size: i32, token: &str) -> Result<(u32, Option<After>), Status> {
    let (size, _) = fields::page(size, "")?;
    if token.is_empty() {
        return Ok((size, None));
    }
    let malformed = || field("page_token", "not one that this helpline gave");
    let (at, id) = token.split_once('-').ok_or_else(malformed)?;
    let number = |text: &str| fields::page(0, text).ok()?.1;
    let (Some(at), Some(id)) = (number(at), number(id)) else { return Err(malformed()) };
    Ok((size, Some(After { at: Timestamp(at), id })))
}

/// Opaque to clients, as `fields::page_token`.
pub fn after(next: Option<After>) -> String {
    next.map_or_else(String::new, |next| {
        let (at, id) = (fields::page_token(Some(next.at.ms())), fields::page_token(Some(next.id)));
        format!("{at}-{id}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_instant_and_id_reads_back() {
        for (at, id) in [(0, 0), (1_795_321_800_000, 1_000_000), (i64::MAX, 1)] {
            let next = After { at: Timestamp(at), id };

            assert_eq!(parse_after(9, &after(Some(next))).unwrap(), (9, Some(next)));
        }
        assert_eq!(parse_after(0, &after(None)).unwrap(), (50, None));
        for forged in ["p1", "p1-", "-p1", "1-1", "p1-p2-p3", "p1-p2 OR 1=1", "p-1-p1"] {
            assert!(parse_after(0, forged).is_err(), "{forged}");
        }
    }
}
