//! As much of SIP's text as a phone needs.

pub(crate) struct Message {
    pub(crate) start: String,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Message {
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut lines = head.split("\r\n");
        let start = lines.next()?.to_owned();
        let header = |line: &str| {
            line.split_once(':')
                .map(|(name, value)| (name.trim().to_lowercase(), value.trim().into()))
        };
        Some(Self { start, headers: lines.filter_map(header).collect(), body: body.into() })
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// None for a request.
    pub(crate) fn status(&self) -> Option<u16> {
        self.start.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()
    }

    pub(crate) fn method(&self) -> &str {
        match self.status() {
            Some(_) => self.header("cseq").rsplit(' ').next().unwrap_or_default(),
            None => self.start.split(' ').next().unwrap_or_default(),
        }
    }

    /// The URI of the Contact.
    pub(crate) fn contact(&self) -> &str {
        let contact = self.header("contact");
        contact
            .split_once('<')
            .and_then(|(_, rest)| rest.split_once('>'))
            .map_or(contact, |(uri, _)| uri)
    }

    /// Port and direction of the sound in the body.
    pub(crate) fn sound(&self) -> Option<(u16, &str)> {
        let line =
            |start: &'static str| self.body.lines().find_map(move |line| line.strip_prefix(start));
        let port = line("m=audio ")?.split(' ').next()?.parse().ok()?;
        let directions = ["sendrecv", "sendonly", "recvonly", "inactive"];
        let direction = self
            .body
            .lines()
            .filter_map(|line| line.strip_prefix("a="))
            .find(|word| directions.contains(word));
        Some((port, direction.unwrap_or("sendrecv")))
    }

    /// A response that a phone gives to this request.
    pub(crate) fn reply(&self, status: &str, more: &str) -> Vec<u8> {
        let mut text = format!("SIP/2.0 {status}\r\n");
        for name in ["via", "from", "to", "call-id", "cseq"] {
            for value in self.all(name) {
                text += &format!("{name}: {value}\r\n");
            }
        }
        text += &format!("{more}Content-Length: 0\r\n\r\n");
        text.into_bytes()
    }
}
