//! Which citizen a desk means: staff sees numbers masked, and names a citizen by a case or a call.

use crate::{
    app::{App, Error, Result},
    domain::{citizen::Citizen, number::CaseNumber, phone::Phone},
    store::{cases, citizens},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Said by the citizen, or of the call that the agent is on.
    Phone(Phone),
    OfCase(CaseNumber),
}

impl Who {
    pub(super) async fn citizen(&self, app: &App) -> Result<Citizen> {
        let db = &app.store.db;
        match self {
            Self::Phone(phone) => {
                citizens::by_phone(db, phone).await?.ok_or(Error::NotFound("citizen"))
            }
            Self::OfCase(number) => {
                let case = cases::get(db, number.id()).await.map_err(Error::missing("case"))?;
                Ok(citizens::get(db, case.citizen).await?)
            }
        }
    }

    /// What a request's fingerprint is made of.
    pub(super) fn key(&self) -> String {
        match self {
            Self::Phone(phone) => phone.reveal().to_owned(),
            Self::OfCase(number) => number.to_string(),
        }
    }
}
