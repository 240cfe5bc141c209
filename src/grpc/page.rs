//! Pages of lists.

use prost::Message;
use sha2::{Digest, Sha256};
use tonic::Status;

use super::{fail::field, fields};
use crate::{
    app::cases::Page,
    domain::{actor::Actor, page::After, time::Timestamp},
};

/// Binds a list's tokens to who asked for it and to what was asked, so that one list's place is not taken for another's.
pub struct Bound(String);

impl Bound {
    /// `ask` is the request without its page.
    pub fn to(by: &Actor, ask: &impl Message) -> Self {
        let digest = Sha256::new().chain_update(by.name()).chain_update(ask.encode_to_vec());
        let mark = digest.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Self(mark)
    }

    /// The token behind the mark; an empty one begins the list.
    pub fn open<'a>(&self, token: &'a str) -> Result<&'a str, Status> {
        match token.split_once('.') {
            None if token.is_empty() => Ok(""),
            Some((mark, token)) if mark == self.0 => Ok(token),
            Some(_) | None => Err(field("page_token", "not one of this list")),
        }
    }

    pub fn seal(&self, token: String) -> String {
        if token.is_empty() { token } else { format!("{}.{token}", self.0) }
    }
}

pub fn parse(size: i32, token: &str) -> Result<Page, Status> {
    let (size, token) = fields::page(size, token)?;
    Ok(Page { size, token })
}

/// As [`parse`], for lists that are ordered by an instant and an id.
pub fn parse_after(size: i32, token: &str) -> Result<(u32, Option<After>), Status> {
    let (size, key) = parse_key(size, token)?;
    Ok((size, key.map(|[at, id]| After { at: Timestamp(at), id })))
}

/// Opaque to clients, as `fields::page_token`.
pub fn after(next: Option<After>) -> String {
    key(next.map(|next| [next.at.ms(), next.id]))
}

/// As [`parse`], for lists that are ordered by several columns.
pub fn parse_key<const N: usize>(
    size: i32,
    token: &str,
) -> Result<(u32, Option<[i64; N]>), Status> {
    let (size, _) = fields::page(size, "")?;
    if token.is_empty() {
        return Ok((size, None));
    }
    let number = |text: &str| fields::page(0, text).ok()?.1;
    let parts: Option<Vec<i64>> = token.split('-').map(number).collect();
    let key = parts.and_then(|parts| parts.try_into().ok());
    let malformed = || field("page_token", "not one that this helpline gave");
    Ok((size, Some(key.ok_or_else(malformed)?)))
}

/// Where a list goes on that is ordered by several columns.
pub fn key<const N: usize>(next: Option<[i64; N]>) -> String {
    let parts = next.iter().flatten().map(|part| fields::page_token(Some(*part)));
    parts.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_own_list_and_reader_alone() {
        let ask = |post: &str| helpline_proto::v1::ListQueueRequest {
            post: post.into(),
            ..Default::default()
        };
        let reader = |account| Actor { account: Some(account), ..Actor::system() };
        let bound = Bound::to(&reader(7), &ask("1"));

        let token = bound.seal("p1-p2".to_owned());

        assert_eq!(bound.open(&token).unwrap(), "p1-p2");
        assert_eq!((bound.open("").unwrap(), bound.seal(String::new()).as_str()), ("", ""));
        assert!(Bound::to(&reader(7), &ask("2")).open(&token).is_err());
        assert!(Bound::to(&reader(8), &ask("1")).open(&token).is_err());
        assert!(bound.open("p1-p2").is_err());
    }

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
