//! The Contact headers of a REGISTER, read from raw strings.

const CONTACTS_MAX: usize = 4;
const URI_MAX: usize = 255;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Contacts {
    /// `*`: every binding of the user.
    All,
    /// Each URI with its own expiry, when it names one.
    These(Vec<(String, Option<u32>)>),
}

/// `None` for what RFC 3261 §10.3 forbids: `*` beside another contact, too many, or no URI.
pub(super) fn parse(values: &[&str]) -> Option<Contacts> {
    let mut these = Vec::new();
    let mut all = false;
    for contact in values.iter().flat_map(|value| split(value, ',')) {
        let contact = contact.trim();
        if contact == "*" {
            all = true;
            continue;
        }
        these.push(one(contact)?);
    }
    match (all, these.len()) {
        (true, 0) => Some(Contacts::All),
        (false, 0..=CONTACTS_MAX) => Some(Contacts::These(these)),
        _ => None,
    }
}

/// Whether a request names exactly one place to send the call's later requests to.
pub(crate) fn is_single(values: &[&str]) -> bool {
    matches!(parse(values), Some(Contacts::These(these)) if these.len() == 1)
}

fn one(contact: &str) -> Option<(String, Option<u32>)> {
    let mut parts = split(contact, ';').into_iter();
    let address = parts.next()?;
    let (name, uri) = match address.rsplit_once('<') {
        Some((name, rest)) => (name.trim(), rest.split_once('>')?.0),
        None => ("", address.trim()),
    };
    let quoted = name.starts_with('"') && name.ends_with('"');
    if name.contains('<') && !quoted {
        return None;
    }
    let sound = uri.len() <= URI_MAX
        && uri.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("sip:"))
        && !uri.contains(|character: char| {
            character.is_whitespace() || character.is_control() || character == '"'
        });
    let expires = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("expires").then(|| value.trim().to_owned())
    });
    // RFC 3261 §10.3: a malformed expires is as if absent.
    let expires = expires.and_then(|text| text.parse().ok());
    sound.then(|| (uri.to_owned(), expires))
}

/// Splits outside of quotes and angle brackets.
fn split(text: &str, mark: char) -> Vec<String> {
    let (mut parts, mut quoted, mut bracketed, mut escaped) =
        (vec![String::new()], false, false, false);
    for character in text.chars() {
        let plain = !quoted && !bracketed;
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '<' if !quoted => bracketed = true,
            '>' if !quoted => bracketed = false,
            _ if character == mark && plain => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(character);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn these(contacts: &[(&str, Option<u32>)]) -> Option<Contacts> {
        Some(Contacts::These(
            contacts.iter().map(|(uri, expires)| ((*uri).to_owned(), *expires)).collect(),
        ))
    }

    #[test]
    fn contacts_are_read_with_names_parameters_and_lists() {
        assert_eq!(
            parse(&["<sip:a@1.2.3.4:5;transport=tcp>;expires=60"]),
            these(&[("sip:a@1.2.3.4:5;transport=tcp", Some(60))])
        );
        assert_eq!(parse(&["sip:a@1.2.3.4;expires=x"]), these(&[("sip:a@1.2.3.4", None)]));
        assert_eq!(
            parse(&["\"a, \\\" <b>\" <sip:a@h>;q=0.5, <sip:b@h> ; Expires = 9"]),
            these(&[("sip:a@h", None), ("sip:b@h", Some(9))])
        );
        assert_eq!(parse(&[]), these(&[]));
        assert_eq!(parse(&["*"]), Some(Contacts::All));
    }

    #[test]
    fn what_is_no_contact_is_refused() {
        for values in [
            &["*", "<sip:a@h>"][..],
            &["<tel:181>"],
            &["<sip:a@h"],
            &["<sip:a @h>"],
            &["<<sip:a@h>"],
            &[""],
        ] {
            assert_eq!(parse(values), None, "{values:?}");
        }
        assert_eq!(parse(&["<sip:a@h>"; 5]), None);
    }
}
