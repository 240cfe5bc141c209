//! The lines of a message's head, read from raw text without trust.

use super::glance::{DATAGRAM_MAX, Sight};

const HEADERS_MAX: usize = 100;
const CSEQ_MAX: u32 = 0x7fff_ffff;

/// Where the head begins and ends, and where the body begins. Leading line ends are allowed (RFC 3261 §7.5).
pub(super) fn head_of(bytes: &[u8]) -> Option<(usize, usize, usize)> {
    let start = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n'))?;
    let rest = bytes.get(start..)?;
    let find = |needle: &[u8]| rest.windows(needle.len()).position(|window| window == needle);
    let ends: [(Option<usize>, usize); 2] = [(find(b"\r\n\r\n"), 4), (find(b"\n\n"), 2)];
    let (end, gap) = ends.into_iter().filter_map(|(at, gap)| Some((at?, gap))).min()?;
    Some((start, start + end, start + end + gap))
}

/// The header lines, each with its folded continuations joined (RFC 3261 §7.3.1).
pub(super) fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let folded = line.starts_with([' ', '\t']);
        if let Some(last) = lines.last_mut().filter(|_| folded) {
            last.push(' ');
            last.push_str(line.trim());
        } else if lines.len() <= HEADERS_MAX + 1 {
            lines.push(line.to_owned());
        }
    }
    lines
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    Two,
    Other,
    None,
}

/// The method (empty for a response) and the version.
pub(super) fn start_line(line: &str) -> Option<(&str, Version)> {
    if let Some(rest) = line.strip_prefix("SIP/2.0 ") {
        let status = rest.get(..3)?;
        return status.bytes().all(|byte| byte.is_ascii_digit()).then_some(("", Version::Two));
    }
    if line.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("SIP/")) {
        return None;
    }
    let (method, rest) = line.split_once(' ')?;
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte);
    if method.is_empty() || method.len() > 32 || !method.bytes().all(token) {
        return None;
    }
    let version = match rest.rsplit_once(' ') {
        Some((_, version)) if version.eq_ignore_ascii_case("SIP/2.0") => Version::Two,
        Some((_, version))
            if version.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("SIP/")) =>
        {
            Version::Other
        }
        _ => Version::None,
    };
    Some((method, version))
}

/// The Request-URI is one word with a scheme, without the brackets that the stack lets pass.
pub(super) fn target_is_sound(line: &str) -> bool {
    let Some(target) = line.split(' ').nth(1) else { return false };
    let single = line.split(' ').count() == 3;
    let scheme = target.split_once(':').is_some_and(|(scheme, rest)| {
        !rest.is_empty()
            && !scheme.is_empty()
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    });
    single && scheme && !target.contains(['<', '>', '"']) && !target.chars().any(char::is_control)
}

pub(super) fn header_name(line: &str) -> String {
    let name = line.split(':').next().unwrap_or_default().trim().to_ascii_lowercase();
    let long = match name.as_str() {
        "v" => "via",
        "f" => "from",
        "t" => "to",
        "i" => "call-id",
        "l" => "content-length",
        "c" => "content-type",
        "m" => "contact",
        _ => return name,
    };
    long.to_owned()
}

/// Header lines by name, in order.
pub(super) struct Seen {
    headers: Vec<(String, String)>,
    echo: Vec<String>,
    /// A line without a colon, or with control characters.
    malformed: bool,
}

impl Seen {
    pub(super) fn read(lines: &[String]) -> Self {
        let mut seen =
            Self { headers: Vec::new(), echo: Vec::new(), malformed: lines.len() > HEADERS_MAX };
        for line in lines.iter().take(HEADERS_MAX) {
            let Some((_, value)) = line.split_once(':') else {
                seen.malformed = true;
                continue;
            };
            let name = header_name(line);
            let control = |byte: u8| byte.is_ascii_control() && byte != b'\t';
            if name.is_empty() || name.contains(' ') || line.bytes().any(control) {
                seen.malformed = true;
                continue;
            }
            // To is written apart, because a response adds its tag.
            if matches!(name.as_str(), "via" | "from" | "call-id" | "cseq") {
                seen.echo.push(line.clone());
            }
            seen.headers.push((name, value.trim().to_owned()));
        }
        seen
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn first(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    pub(super) fn sight(&self, method: &str) -> Sight {
        Sight {
            method: method.to_owned(),
            call_id: self.first("call-id").to_owned(),
            branch: param(self.first("via"), "branch").unwrap_or_default(),
            in_dialog: param(self.first("to"), "tag").is_some_and(|tag| !tag.is_empty()),
            echo: self.echo.clone(),
            to: self.first("to").to_owned(),
        }
    }

    /// Why the headers are refused; `method` is empty for a response.
    pub(super) fn fault(&self, method: &str) -> Option<&'static str> {
        const SINGLE: [&str; 7] =
            ["from", "to", "call-id", "cseq", "max-forwards", "content-length", "content-type"];
        const MANDATORY: [&str; 5] = ["via", "from", "to", "call-id", "cseq"];
        if self.malformed {
            return Some("malformed header line");
        }
        if SINGLE.iter().any(|name| self.all(name).count() > 1) {
            return Some("header twice");
        }
        if MANDATORY.iter().any(|name| self.first(name).is_empty()) {
            return Some("header missing");
        }
        let from_tag = param(self.first("from"), "tag").unwrap_or_default();
        if from_tag.is_empty() && !method.is_empty() {
            return Some("from without a tag");
        }
        if self.first("call-id").contains(char::is_whitespace) {
            return Some("call-id of two words");
        }
        if !self.all("via").all(via_is_sound) {
            return Some("via");
        }
        let hops = self.first("max-forwards");
        if !hops.is_empty() && hops.parse::<u8>().is_err() {
            return Some("max-forwards");
        }
        let (number, word) = self.first("cseq").split_once([' ', '\t']).unwrap_or_default();
        let (number, word) = (number.trim(), word.trim());
        let number_is_sound = number.parse::<u32>().is_ok_and(|number| number <= CSEQ_MAX);
        let word_is_sound = if method.is_empty() { !word.is_empty() } else { word == method };
        (!number_is_sound || !word_is_sound).then_some("cseq")
    }

    /// The length of the body, or `None` when more is promised than came.
    pub(super) fn length(&self, came: usize) -> Option<usize> {
        match self.all("content-length").next() {
            None => Some(came),
            Some(value) => {
                let length = value.parse::<u32>().ok()?;
                usize::try_from(length).ok().filter(|length| *length <= came)
            }
        }
    }
}

fn via_is_sound(value: &str) -> bool {
    // The stack drops a port past 65535 in silence.
    let sent_by = value
        .split([',', ';'])
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .last()
        .unwrap_or_default();
    let port =
        if sent_by.starts_with('[') { sent_by.rsplit_once("]:") } else { sent_by.rsplit_once(':') };
    port.is_none_or(|(_, port)| port.parse::<u16>().is_ok())
        && value.contains('/')
        && value.trim().contains(' ')
}

/// A parameter outside of quotes and of angle brackets, of the first value in a header.
fn param(value: &str, name: &str) -> Option<String> {
    let (mut quoted, mut bracketed, mut escaped) = (false, false, false);
    let mut parts: Vec<String> = vec![String::new()];
    for character in value.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '<' if !quoted => bracketed = true,
            '>' if !quoted => bracketed = false,
            ',' if !quoted && !bracketed => break,
            ';' if !quoted && !bracketed => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(character);
        }
    }
    parts.iter().skip(1).find_map(|part| {
        let (key, value) = part.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

/// The message without the white space around `=` that RFC 3261 §25.1 allows in parameters and the stack drops in silence.
pub(super) fn rewritten(first: &str, lines: &[String], body: &[u8]) -> Option<Vec<u8>> {
    let loose = |line: &String| {
        matches!(header_name(line).as_str(), "via" | "from" | "to" | "contact")
            && *line != squeezed(line)
    };
    if !lines.iter().any(loose) {
        return None;
    }
    let mut bytes = format!("{first}\r\n").into_bytes();
    for line in lines {
        let line = if loose(line) { squeezed(line) } else { line.clone() };
        bytes.extend_from_slice(line.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    // The stack's buffer is what came; a rewritten message that outgrew it is left as it was.
    (bytes.len() <= DATAGRAM_MAX).then_some(bytes)
}

/// Drops white space beside `=` and `;` outside of quotes.
fn squeezed(line: &str) -> String {
    let (mut out, mut quoted, mut escaped) = (String::with_capacity(line.len()), false, false);
    for character in line.chars() {
        let after_mark = out.ends_with(['=', ';']) && !quoted;
        match character {
            ' ' | '\t' if after_mark => continue,
            '=' | ';' if !quoted => out.truncate(out.trim_end_matches([' ', '\t']).len()),
            '\\' if quoted && !escaped => {
                escaped = true;
                out.push(character);
                continue;
            }
            '"' if !escaped => quoted = !quoted,
            _ => {}
        }
        escaped = false;
        out.push(character);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_names_keep_their_white_space() {
        assert_eq!(
            squeezed("From: \"a = \\\" ; b\" <sip:a@b> ; tag = 1"),
            "From: \"a = \\\" ; b\" <sip:a@b>;tag=1"
        );
    }
}
