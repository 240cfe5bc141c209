//! Questions that change nothing: who calls, what there is to choose, how a case stands.

use super::{Asks, Way};
use crate::{
    app::{
        self, calls, cases,
        verification::{self, OrderedRound},
    },
    dialogue::{
        Clip, Family, ROUNDS_MAX,
        talk::{Caller, CaseStatus, Choice, Due, OpenRound, Reply, Rounds},
    },
    domain::{
        number::CaseNumber,
        place::{Code, PlaceCode},
        time::Timestamp,
        verification::Topic,
    },
};

impl Asks {
    pub(super) async fn caller(&mut self) -> app::Result<Reply> {
        let known = match &self.facts.phone {
            Some(phone) => match calls::caller(&self.app, &self.actor(), phone).await {
                Ok(known) => known,
                // Also a caller of whom nothing can be looked up is told of what everybody is told.
                Err(error) => {
                    tracing::warn!(call = self.facts.call, %error, "a caller cannot be looked up");
                    calls::CallerKnown::default()
                }
            },
            None => calls::CallerKnown::default(),
        };
        self.citizen = known.citizen;
        Ok(Reply::Caller(Caller {
            language: known.language,
            districts: known.districts.iter().map(district).collect(),
            open_round: known.open_round,
            incidents: self.incidents(&known.districts).await,
        }))
    }

    pub(super) fn categories(&self) -> Vec<Choice> {
        let index = self.app.index();
        let offered = index.spoken_categories().into_iter();
        offered.map(|row| Choice { code: row.code.0.clone(), clip: category(&row.code) }).collect()
    }

    pub(super) fn divisions(&self) -> Vec<Choice> {
        let index = self.app.index();
        let divisions = index.places_of_kind("division");
        divisions.iter().map(|place| chosen(Family::Division, &place.code)).collect()
    }

    pub(super) fn districts(&self, division: &PlaceCode) -> Vec<Choice> {
        let index = self.app.index();
        let below = index.children(division);
        below
            .iter()
            .filter(|place| place.code.kind() == "district")
            .map(|place| district(&place.code))
            .collect()
    }

    pub(super) async fn status(&mut self, number: CaseNumber) -> app::Result<Reply> {
        let status = match cases::status(&self.app, &self.actor(), number).await {
            Ok(status) => status,
            Err(app::Error::NotFound(_)) => return Ok(Reply::Status(None)),
            Err(error) => return Err(error),
        };
        self.disposition = "STATUS_TOLD";
        self.looked_up = Some(number);
        // Who is not known here hears the status alone.
        let offers = match self.facts.way {
            Way::Inbound { .. } => {
                cases::wishes(&self.app, &self.actor(), self.facts.phone.as_ref(), number).await?
            }
            Way::Dialled { .. } => Vec::new(),
        };
        let officers = status.designation.iter().map(designation).collect();
        let now = self.app.now();
        let left = status.due_at.zip(status.days_left).map(|(at, days)| due(at, days, now));
        Ok(Reply::Status(Some(CaseStatus {
            state: status.state,
            level: status.level,
            officers,
            due: left,
            offers,
            proven: self.is_trusted(),
        })))
    }

    pub(super) async fn rounds(&mut self, keyed: Option<CaseNumber>) -> app::Result<Reply> {
        if self.citizen.is_none() {
            // The question about the caller may have come too late.
            self.caller().await?;
        }
        self.keyed = keyed;
        let found =
            verification::inbound(&self.app, &self.actor(), self.facts.phone.as_ref(), keyed)
                .await?;
        Ok(Reply::Rounds(match found {
            verification::Inbound::Open(rounds) => Rounds::Open {
                rounds: rounds
                    .into_iter()
                    .take(ROUNDS_MAX)
                    .map(|round| OpenRound {
                        case: round.number,
                        round: round.round,
                        topic: Topic::Resolution,
                        subject: category(&round.category),
                        officer: round.designation.as_ref().map(designation),
                        partial: round.partial,
                    })
                    .collect(),
                proven: self.is_trusted(),
            },
            verification::Inbound::NoneOpen => Rounds::NoneOpen,
            verification::Inbound::OtherPhone => Rounds::OtherPhone,
            verification::Inbound::NoSuchCase => Rounds::NoSuchCase,
        }))
    }
}

/// On the last day of the time limit the day is said, not the hours that are left of it.
pub(super) fn due(at: Timestamp, days_left: i64, now: Timestamp) -> Due {
    match u32::try_from(days_left) {
        Ok(1..) if at.ist_day() == now.ist_day() => Due::Today,
        Ok(days @ 1..) => Due::InDays(days),
        _ => Due::Over,
    }
}

pub(crate) fn category(code: &Code) -> Clip {
    Clip::named(Family::Category, code.as_str())
}

fn designation(code: &Code) -> Clip {
    Clip::named(Family::Designation, code.as_str())
}

/// What a call of the helpline's says about one of its rounds.
pub(crate) fn open_round(ordered: &OrderedRound) -> OpenRound {
    let officer = match ordered.topic {
        Topic::Resolution => ordered.designation.as_ref().map(designation),
        _ => None,
    };
    OpenRound {
        case: ordered.number,
        round: ordered.round,
        topic: ordered.topic,
        subject: category(&ordered.category),
        officer,
        partial: ordered.partial,
    }
}

pub(super) fn district(place: &PlaceCode) -> Choice {
    chosen(Family::District, place)
}

pub(super) fn chosen(family: Family, place: &PlaceCode) -> Choice {
    let code = place.as_str().split_once(':').map_or(place.as_str(), |(_, code)| code);
    Choice { code: place.as_str().to_owned(), clip: Clip::named(family, code) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_is_said_as_today() {
        // 2026-11-22T10:00:00+05:30
        const TEN: Timestamp = Timestamp(1_795_321_800_000);
        let due_in = |hours: i64, days: i64| due(TEN.plus_ms(hours * 3_600_000), days, TEN);

        assert_eq!(due_in(13, 1), Due::Today);
        assert_eq!(due_in(14, 1), Due::InDays(1));
        assert_eq!(due_in(168, 7), Due::InDays(7));
        assert_eq!(due_in(0, 0), Due::Over);
    }
}
