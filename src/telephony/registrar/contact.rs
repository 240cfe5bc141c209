//! The Contact headers of a REGISTER, read from raw strings.

const CONTACTS_MAX: usize = 4;
const URI_MAX: usize = 255;
const INSTANCE_MAX: usize = 128;
/// Proxies that may stand between us and a phone.
const PATH_MAX: usize = 4;

/// One contact of a REGISTER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Contact {
    pub uri: String,
    /// Its own expiry, when it names one.
    pub expires: Option<u32>,
    pub instance: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Contacts {
    /// `*`: every binding of the user.
    All,
    These(Vec<Contact>),
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

/// The URIs of the Path headers, nearest proxy first (RFC 3327); `None` for what is no list of them.
pub(super) fn path_of(values: &[&str]) -> Option<Vec<String>> {
    let hops = values.iter().flat_map(|value| split(value, ','));
    let hops: Option<Vec<String>> = hops
        .map(|hop| {
            let hop = hop.trim();
            let sound = hop.len() <= URI_MAX
                && hop.starts_with("<sip")
                && hop.contains('>')
                && !hop.contains(char::is_control);
            sound.then(|| hop.to_owned())
        })
        .collect();
    hops.filter(|hops| hops.len() <= PATH_MAX)
}

fn one(contact: &str) -> Option<Contact> {
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
        && ["sip:", "sips:"].iter().any(|scheme| {
            uri.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        })
        && !uri.contains(|character: char| {
            character.is_whitespace() || character.is_control() || character == '"'
        });
    let params: Vec<String> = parts.collect();
    let param = |wanted: &str| {
        params.iter().find_map(|part| {
            let (name, value) = part.split_once('=')?;
            name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim())
        })
    };
    // RFC 3261 §10.3: a malformed expires is as if absent.
    let expires = param("expires").and_then(|text| text.parse().ok());
    let instance = param("+sip.instance").filter(|text| text.len() <= INSTANCE_MAX);
    let flow = param("reg-id").filter(|text| text.len() <= 10).unwrap_or_default();
    let instance = instance.map(|instance| format!("{instance} {flow}").trim_end().to_owned());
    sound.then(|| Contact { uri: uri.to_owned(), expires, instance })
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
            contacts
                .iter()
                .map(|(uri, expires)| Contact {
                    uri: (*uri).to_owned(),
                    expires: *expires,
                    instance: None,
                })
                .collect(),
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
    fn a_device_is_known_by_its_instance_and_its_flow() {
        let instance = |value: &str| match parse(&[value]) {
            Some(Contacts::These(these)) => these[0].instance.clone(),
            _ => panic!("{value}"),
        };

        assert_eq!(
            instance("<sip:a@h>;+sip.instance=\"<urn:uuid:1-2>\";reg-id=1"),
            Some("\"<urn:uuid:1-2>\" 1".to_owned())
        );
        assert_eq!(instance("<sip:a@h>;+sip.instance=\"x\""), Some("\"x\"".to_owned()));
        assert_eq!(instance("<sip:a@h>;reg-id=1"), None);
    }

    #[test]
    fn a_path_is_read_across_lines_and_lists() {
        let path = path_of(&["<sip:p1@h;lr>, <sip:p2@h;lr>", "<sip:p3@h;lr>"]).unwrap();

        assert_eq!(path, ["<sip:p1@h;lr>", "<sip:p2@h;lr>", "<sip:p3@h;lr>"]);
        assert_eq!(path_of(&[]), Some(Vec::new()));
        assert_eq!(path_of(&["sip:p1@h"]), None);
        assert_eq!(path_of(&["<sip:p@h>"; 5]), None);
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
