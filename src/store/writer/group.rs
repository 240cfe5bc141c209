//! One group: gates first, then what depends on them, for survivors only.

use super::{
    follow, gates,
    nodes::{self, Place},
    requests::Request,
};
use crate::{
    domain::{
        account::Login,
        chain::{self, Hash},
        change::{Change, Event, NODE, Slot},
        pacing::stop::Reach,
        time::Timestamp,
    },
    store::{Result, db::Conn, events::Recorded, sealed::Keys},
};

/// One change as the writer holds it: named, and with its personal data sealed.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) owner: String,
    pub(super) id: String,
    pub(super) fingerprint: Hash,
    pub(super) expires_at: Timestamp,
    pub(super) change: Change,
    pub(super) citizen: Option<SealedCitizen>,
    /// Beside `change.texts`.
    pub(super) texts: Vec<Vec<u8>>,
    /// What no other change of a group may touch.
    pub(super) keys: Vec<Key>,
}

#[derive(Debug)]
pub(super) struct SealedCitizen {
    pub(super) phone_key: Hash,
    pub(super) phone: Vec<u8>,
    pub(super) name: Option<Vec<u8>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Request(String, String),
    Case(i64),
    Account(i64),
    Login(String),
    Citizen(i64),
    Phone(Hash),
    Slot(i64, Slot),
    /// A citizen's line and evening.
    Line(i64),
    Stop(Reach),
    Block(i64),
    Incident(i64),
    /// A citizen's case of an incident.
    Joined(i64, i64),
    Recording(i64),
    /// Of a feedback caller, who has one task at a time.
    Task(i64),
    /// An answer that is asked about again.
    Recheck(i64, i64),
    Month(i64),
    Flag(i64),
    /// The grades of one.
    Grades(i64),
    Live,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Written,
    /// The request was done before, with this result.
    Repeated(String),
    /// The request's id stands for something else.
    Reused,
    /// A gate was lost; nothing of the change stays.
    Lost,
}

pub(super) type Written = (Vec<Verdict>, Vec<Recorded>, Place);

impl Entry {
    pub(super) fn seal(
        keys: &Keys,
        node: i64,
        request: Request,
        change: Change,
        unnamed: impl FnOnce() -> u64,
    ) -> Self {
        let expires_at = request.expires_at(change.at);
        let (owner, id) = match request.id {
            Some(id) => (request.owner, id),
            None => (nodes::stream(node), unnamed().to_string()),
        };
        let citizen = change.citizen.as_ref().map(|citizen| SealedCitizen {
            phone_key: keys.phone_key(&citizen.phone),
            phone: keys.seal("citizens", "phone_sealed", citizen.id, citizen.phone.reveal()),
            name: citizen
                .name
                .as_ref()
                .map(|name| keys.seal("citizens", "name_sealed", citizen.id, name)),
        });
        let texts = change
            .texts
            .iter()
            .map(|text| keys.seal("texts", "sealed", text.id, &text.words))
            .collect();
        let mut entry = Self {
            owner,
            id,
            fingerprint: request.fingerprint,
            expires_at,
            change,
            citizen,
            texts,
            keys: Vec::new(),
        };
        entry.keys = entry.touched();
        entry
    }

    fn touched(&self) -> Vec<Key> {
        let change = &self.change;
        let mut keys = vec![Key::Request(self.owner.clone(), self.id.clone())];
        let case = change.case.as_ref().map(|(_, case)| case.id);
        let round = change.round.as_ref().map(|(_, round)| round.case);
        keys.extend(case.map(Key::Case));
        keys.extend(round.filter(|round| Some(*round) != case).map(Key::Case));
        if let Some((_, account)) = &change.account {
            keys.extend([Key::Account(account.id), Key::Login(account.login.clone())]);
        }
        if let (Some(citizen), Some(sealed)) = (&change.citizen, &self.citizen) {
            keys.extend([Key::Citizen(citizen.id), Key::Phone(sealed.phone_key)]);
        }
        keys.extend(change.languages.iter().map(|(citizen, _)| Key::Citizen(*citizen)));
        let slots = change.slots.iter().chain(&change.freed);
        keys.extend(slots.map(|slot| Key::Slot(slot.citizen, *slot)));
        let line = change.line.as_ref().map(|line| line.citizen);
        let evening = change.evening.map(|evening| evening.citizen);
        let hung_up = change.hung_up.as_ref().map(|(citizen, _)| *citizen);
        keys.extend(line.or(evening).or(hung_up).map(Key::Line));
        keys.extend(change.intake.safeties.iter().map(|(citizen, _)| Key::Citizen(*citizen)));
        keys.extend(change.intake.block.as_ref().map(|block| Key::Block(block.id)));
        keys.extend(change.incidents.incident.as_ref().map(|incident| Key::Incident(incident.id)));
        keys.extend(
            change.incidents.joined.as_ref().map(|it| Key::Joined(it.incident, it.citizen)),
        );
        keys.extend(change.recording.as_ref().map(|row| Key::Recording(row.id)));
        keys.extend(change.feedback.task.as_ref().map(|(_, task)| Key::Task(task.account)));
        keys.extend(
            change.feedback.recheck.as_ref().map(|(_, it)| Key::Recheck(it.case, it.round)),
        );
        keys.extend(change.feedback.month.as_ref().map(|month| Key::Month(month.month)));
        keys.extend(change.flag.as_ref().map(|(_, flag)| Key::Flag(flag.id)));
        keys.extend(change.published.as_ref().map(|it| Key::Grades(it.month.number())));
        keys.extend(change.stop.as_ref().map(|stop| Key::Stop(stop.reach.clone())));
        keys.extend(change.live.map(|_| Key::Live));
        keys
    }
}

/// Writes a group in which no key comes twice. None when a change won one gate and lost another:
/// the transaction must be rolled back, and its changes written one at a time.
///
/// Events take their places from `known` on, in the order of the group.
pub(super) async fn write(
    conn: &mut Conn,
    node: i64,
    known: Option<Place>,
    group: &[Entry],
) -> Result<Option<Written>> {
    let fresh = gates::requests(conn, group).await?;
    let place = match known {
        Some(place) => place,
        // Behind the gate: it waits for a commit of these requests that is still on its way.
        None => nodes::place(conn, node).await?,
    };
    let asked: Vec<_> = chosen(group.iter(), &fresh, true);
    let Some(won) = gates::rows(conn, node, &asked).await? else { return Ok(None) };
    let written = chosen(asked.iter().copied(), &won, true);
    // A request that lost did not happen: its id must stay free for the retry.
    gates::withdraw(conn, &chosen(asked.iter().copied(), &won, false)).await?;

    let (events, logins, end) = places(node, place, &written);
    follow::events(conn, &events).await?;
    follow::rows(conn, node, &written, &logins).await?;

    let mut won = won.into_iter();
    let mut verdicts = Vec::with_capacity(group.len());
    for (entry, fresh) in group.iter().zip(fresh) {
        verdicts.push(if !fresh {
            gates::earlier(conn, entry).await?
        } else if won.next() == Some(true) {
            Verdict::Written
        } else {
            Verdict::Lost
        });
    }
    Ok(Some((verdicts, events, end)))
}

fn chosen<'e>(
    entries: impl Iterator<Item = &'e Entry>,
    marks: &[bool],
    mark: bool,
) -> Vec<&'e Entry> {
    entries.zip(marks).filter(|(_, marked)| **marked == mark).map(|(entry, _)| entry).collect()
}

/// Gives each event its place; links those of the node's own stream, and notes each login there.
fn places<'e>(
    node: i64,
    mut place: Place,
    written: &[&'e Entry],
) -> (Vec<Recorded>, Vec<(i64, &'e Login)>, Place) {
    let mut events = Vec::new();
    let mut logins = Vec::new();
    for entry in written {
        for event in &entry.change.events {
            events.push(placed(node, &mut place, event.clone()));
        }
        for login in &entry.change.logins {
            logins.push((place.next_seq, login));
            events.push(placed(node, &mut place, signed_in(login)));
        }
    }
    (events, logins, place)
}

fn placed(node: i64, place: &mut Place, mut event: Event) -> Recorded {
    if event.stream == NODE {
        event.stream = nodes::stream(node);
        event.version = place.version + 1;
        event.prev_hash = place.head;
        event.hash = chain::hash(&event);
        (place.version, place.head) = (event.version, event.hash);
    }
    let seq = place.next_seq;
    place.next_seq += 1;
    Recorded { node, seq, event }
}

fn signed_in(login: &Login) -> Event {
    Event {
        stream: NODE.to_owned(),
        version: 0,
        at: login.at,
        kind: "signed_in".to_owned(),
        actor: format!("account:{}", login.account),
        post: login.post,
        channel: login.channel.as_str().to_owned(),
        facts: "{}".to_owned(),
        body: "{}".to_owned(),
        prev_hash: chain::START,
        hash: chain::START,
    }
}
