//! What an officer hears and does on the phone line, by the use cases of the portal: their powers, their rules, their rows.

use std::sync::Arc;

use super::{App, Error, Result, cases, desk, evidence};
use crate::{
    app::cases::CaseView,
    domain::{
        actor::Actor,
        case::evidence::Evidence,
        number::CaseNumber,
        page::{After, Paged},
        permissions::Act,
        refused::Refused,
        time::{DAY_MS, Timestamp},
    },
};

/// What was said, as a WAV file.
#[derive(Clone)]
pub struct VoiceNote {
    pub bytes: Arc<[u8]>,
    pub seconds: u32,
}

impl std::fmt::Debug for VoiceNote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VoiceNote({} s)", self.seconds)
    }
}

/// Request ids name the call and the step, so that an act that is asked again is done once.
#[derive(Clone, Debug)]
pub struct Resolution {
    pub request_id: String,
    pub number: CaseNumber,
    pub report: VoiceNote,
}

#[derive(Clone, Debug)]
pub struct Contact {
    pub request_id: String,
    pub number: CaseNumber,
    pub note: Option<VoiceNote>,
}

#[derive(Clone, Debug)]
pub struct NeedsDays {
    pub request_id: String,
    pub number: CaseNumber,
    pub days: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planned {
    /// The own target date was set; the due time stays.
    Target(Timestamp),
    /// It would lie past the due time. More time is a PC, whose reason is written: nothing was done.
    BeyondDue,
}

/// None for a case that is not there and for one that is not this officer's to report on. Hearing it marks it as seen.
pub async fn case(
    app: &App,
    by: &Actor,
    request_id: String,
    number: CaseNumber,
) -> Result<Option<CaseView>> {
    match desk::open(app, by, desk::Open { request_id, number, post: None }).await {
        Ok(detail) => Ok(Some(detail.view)),
        Err(Error::Forbidden(_) | Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The cases of the officer's posts, the soonest due first. It counts as a look into the inbox.
pub async fn due(
    app: &App,
    by: &Actor,
    after: Option<After>,
    size: u32,
) -> Result<Paged<CaseView>> {
    desk::queue(app, by, desk::Queue { size, after, ..desk::Queue::default() }).await
}

/// The recording is a file of the case, and the resolution names it as its evidence (R27).
pub async fn resolve(app: &App, by: &Actor, ask: Resolution) -> Result<()> {
    let Resolution { request_id, number, report } = ask;
    let file = attach(app, by, &request_id, number, &report).await?;
    let report = spoken(["मौखिक प्रतिवेदन", "Report spoken"], &file, report.seconds);
    let evidence = vec![file.id];
    let filing = desk::Resolve { request_id, number, etag: None, post: None, report, evidence };
    desk::resolve(app, by, filing).await.map(drop)
}

pub async fn contact(app: &App, by: &Actor, ask: Contact) -> Result<()> {
    let Contact { request_id, number, note } = ask;
    let note = match note {
        Some(note) => {
            let file = attach(app, by, &request_id, number, &note).await?;
            spoken(["मौखिक टिप्पणी", "Note spoken"], &file, note.seconds)
        }
        None => String::new(),
    };
    let kind = desk::ContactKind::Call;
    let contact =
        desk::Contact { request_id, number, etag: None, post: None, kind, at: None, note };
    desk::record_contact(app, by, contact).await.map(drop)
}

/// The own target date (R24) at the end of the day that is named, or at the due time when that is earlier on that day.
pub async fn needs_days(app: &App, by: &Actor, ask: NeedsDays) -> Result<Planned> {
    let case = cases::load_for(app, by, Act::Target, ask.number).await?;
    let due = case.due_at.ok_or(Refused::NoClock)?;
    let day_ends = app.now().plus_ms(i64::from(ask.days) * DAY_MS).next_ist_midnight().plus_ms(-1);
    if day_ends.ist_day() > due.ist_day() {
        return Ok(Planned::BeyondDue);
    }
    let at = day_ends.min(due);
    let on = desk::On { request_id: ask.request_id, number: ask.number, etag: None, post: None };
    desk::target(app, by, desk::Target { on, at }).await?;
    Ok(Planned::Target(at))
}

/// The same bytes under the same request are one file.
async fn attach(
    app: &App,
    by: &Actor,
    request_id: &str,
    number: CaseNumber,
    note: &VoiceNote,
) -> Result<Evidence> {
    let on = desk::On { request_id: format!("{request_id}:voice"), number, etag: None, post: None };
    let mut upload = evidence::begin(app, by, on).await?;
    for piece in note.bytes.chunks(evidence::PIECE_BYTES) {
        upload.write(piece).await?;
    }
    upload.finish(app, by).await
}

/// A fixed sentence in both languages: the words are in the recording.
fn spoken([hindi, english]: [&str; 2], file: &Evidence, seconds: u32) -> String {
    let (id, digest) = (file.id, &file.digest()[..12]);
    format!(
        "{hindi}, अधिकारी दूरभाष सेवा पर: रिकॉर्डिंग साक्ष्य {id}, {seconds} सेकंड। \
         {english} on the officers' phone line: the recording is evidence {id}, {seconds} seconds, digest {digest}."
    )
}
