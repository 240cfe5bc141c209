//! What the officers' line asks: who it is, which cases, and the acts that were confirmed by key.

use super::{Asks, due, known::category};
use crate::{
    app::{self, officer_line, recordings::NewRecording},
    calls::journal::Kept,
    dialogue::{
        officer::talk::{
            DUE_PAGE, DayOfMonth, Done, DueCase, DueDay, OfficerAct, OfficerCase, OfficerQuestion,
            OfficerReply, Pin, SignedIn, What,
        },
        talk::Reply,
    },
    domain::{actor::Actor, case::Case, number::CaseNumber, page::After, time::Timestamp},
};

impl Asks {
    pub(super) async fn officer(&mut self, question: OfficerQuestion) -> app::Result<Reply> {
        let reply = match question {
            OfficerQuestion::SignIn(Pin(pin)) => OfficerReply::SignedIn(self.sign_in(&pin).await?),
            OfficerQuestion::Case(number) => OfficerReply::Case(self.officers_case(number).await?),
            OfficerQuestion::Due { after } => self.due_cases(after).await?,
            OfficerQuestion::Act(act) => OfficerReply::Done(self.act(act).await?),
        };
        Ok(Reply::Officer(reply))
    }

    async fn sign_in(&mut self, pin: &str) -> app::Result<SignedIn> {
        use officer_line::SignedIn as Found;
        let phone = self.facts.phone.as_ref();
        let (told, disposition) = match officer_line::sign_in(&self.app, phone, pin).await? {
            Found::Officer(account) => {
                self.officer = Some(account);
                (SignedIn::Welcome, "OFFICER_SIGNED_IN")
            }
            Found::NoPost => (SignedIn::NoPost, "OFFICER_NO_POST"),
            Found::Wrong => (SignedIn::Wrong, "OFFICER_WRONG_PIN"),
            Found::Locked => (SignedIn::Locked, "OFFICER_LOCKED"),
        };
        self.disposition = disposition;
        Ok(told)
    }

    /// Looked up for each question: an officer who is relieved during the call reports no more.
    async fn officer_actor(&self) -> app::Result<Actor> {
        let account = self.officer.ok_or(app::Error::Unauthenticated)?;
        officer_line::actor(&self.app, account).await
    }

    async fn officers_case(&self, number: CaseNumber) -> app::Result<Option<OfficerCase>> {
        let by = self.officer_actor().await?;
        let request_id = format!("call:{}:open:{number}", self.facts.call);
        let found = officer_line::case(&self.app, &by, request_id, number).await?;
        let now = self.app.now();
        Ok(found.map(|view| OfficerCase {
            number,
            subject: category(&view.case.category),
            state: view.case.state,
            level: view.case.level,
            due: due_day(&view.case, now),
        }))
    }

    async fn due_cases(&self, after: Option<After>) -> app::Result<OfficerReply> {
        let by = self.officer_actor().await?;
        let size = u32::try_from(DUE_PAGE).expect("a handful");
        let page = officer_line::due(&self.app, &by, after, size).await?;
        let now = self.app.now();
        let said = |case: &Case| DueCase { number: case.number(), due: due_day(case, now) };
        let cases = page.rows.iter().map(|view| said(&view.case)).collect();
        Ok(OfficerReply::Due { cases, next: page.next })
    }

    async fn act(&mut self, act: OfficerAct) -> app::Result<Done> {
        let (number, step) = (act.case, act.step);
        let request_id = format!("call:{}:{step}", self.facts.call);
        let done = match act.what {
            What::Resolved { recording, .. } => {
                let report = self.spoken(&recording, number).await?;
                let ask = officer_line::Resolution { request_id, number, report };
                let filed = self.filed("resolve", Work::Resolve(ask)).await;
                filed.map(|_| (Done::Resolved, "OFFICER_RESOLVED"))
            }
            What::Contacted { note } => {
                let note = match note {
                    Some((recording, _)) => Some(self.spoken(&recording, number).await?),
                    None => None,
                };
                let ask = officer_line::Contact { request_id, number, note };
                let filed = self.filed("contact", Work::Contact(ask)).await;
                filed.map(|_| (Done::Contacted, "OFFICER_CONTACTED"))
            }
            What::NeedsDays(days) => {
                let ask = officer_line::NeedsDays { request_id, number, days };
                let planned = self.filed("target", Work::NeedsDays(ask)).await;
                planned.map(|planned| match planned {
                    Some(officer_line::Planned::Target(at)) => {
                        (Done::Target(day_of_month(at)), "OFFICER_TARGET")
                    }
                    Some(officer_line::Planned::BeyondDue) | None => {
                        (Done::BeyondDue, "OFFICER_BEYOND_DUE")
                    }
                })
            }
        };
        match done {
            Ok((done, disposition)) => {
                self.disposition = disposition;
                tracing::info!(call = self.facts.call, case = %number, ?done, "an officer reported");
                Ok(done)
            }
            Err(app::Error::Forbidden(_) | app::Error::NotFound(_)) => Ok(Done::NotWithYou),
            Err(app::Error::Refused(why)) => {
                tracing::info!(call = self.facts.call, case = %number, %why, "an officer's report is refused");
                Ok(Done::Refused)
            }
            Err(error) => Err(error),
        }
    }

    /// Asks a busy or absent database again for a while; a hang-up after the confirming key takes nothing back.
    async fn filed(
        &self,
        what: &'static str,
        work: Work,
    ) -> app::Result<Option<officer_line::Planned>> {
        let (app, work) = (&self.app, &work);
        self.keeping
            .persist(what, || async move {
                let by = self.officer_actor().await?;
                match work.clone() {
                    Work::Resolve(ask) => officer_line::resolve(app, &by, ask).await.map(|()| None),
                    Work::Contact(ask) => officer_line::contact(app, &by, ask).await.map(|()| None),
                    Work::NeedsDays(ask) => officer_line::needs_days(app, &by, ask).await.map(Some),
                }
            })
            .await
    }

    /// The recording as a note of the case: its file has its final name and its row before anything is done with it.
    async fn spoken(
        &mut self,
        reference: &str,
        number: CaseNumber,
    ) -> app::Result<officer_line::VoiceNote> {
        if let Some(voice) = self.voices.remove(reference) {
            let new = self.move_voice(voice).await;
            let new = NewRecording { case: Some(number.id()), ..new };
            self.reported.insert(reference.to_owned(), new);
        }
        let new = self.reported.get(reference).cloned().ok_or(app::Error::NotFound("recording"))?;
        let (file, duration_ms) = (new.file.clone(), new.duration_ms);
        self.keep("recording", self.actor(), Kept::Recording(new)).await?;
        let bytes = self.recordings.read(&file).await?.into();
        let seconds = u32::try_from(duration_ms / 1_000).unwrap_or(u32::MAX);
        Ok(officer_line::VoiceNote { bytes, seconds })
    }
}

#[derive(Clone, Debug)]
enum Work {
    Resolve(officer_line::Resolution),
    Contact(officer_line::Contact),
    NeedsDays(officer_line::NeedsDays),
}

fn due_day(case: &Case, now: Timestamp) -> Option<DueDay> {
    let at = case.due_at?;
    let days = app::cases::days_left(at, now);
    Some(DueDay { day: day_of_month(at), left: due(at, days, now) })
}

fn day_of_month(at: Timestamp) -> DayOfMonth {
    use chrono::Datelike;
    let day = at.ist();
    DayOfMonth { day: day.day(), month: day.month() }
}
