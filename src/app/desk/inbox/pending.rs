//! Where the cases of a district are pending, for who watches over it (R08, R09, R31, R38).

use crate::{
    app::{App, Error, Result},
    domain::{
        actor::{Actor, Role},
        case::pending::{Row, table},
        permissions::{self, Act, Object},
        place::PlaceCode,
        refused::Refused,
        scope::Scope,
    },
    store::cases,
};

#[derive(Clone, Debug)]
pub struct Pending {
    /// None: the actor's own.
    pub district: Option<PlaceCode>,
    /// The kind of place below the district that rows are split by.
    pub split_by: Option<String>,
}

/// Another's district and none look alike.
pub async fn pending(app: &App, by: &Actor, ask: Pending) -> Result<Vec<Row>> {
    permissions::may(by, Act::Matters, Object::Nothing)?;
    if by.role == Role::FeedbackCaller {
        return Err(Refused::NotYourRole.into());
    }
    let named = ask.district.or_else(|| by.district.clone());
    let district = match (permissions::scope(by), named) {
        (Scope::All, Some(district)) => district,
        (Scope::District(own), Some(district)) if own == district => district,
        (Scope::District(_), Some(_)) => return Err(Error::NotFound("district")),
        (Scope::All | Scope::District(_), None) => {
            return Err(Error::Invalid { field: "district", why: "missing" });
        }
        (Scope::Posts(_) | Scope::Citizen(_) | Scope::Nothing, _) => {
            return Err(Refused::NotYourRole.into());
        }
    };
    let index = app.index();
    if district.kind() != "district" || index.place(&district).is_none() {
        return Err(Error::NotFound("district"));
    }
    let counted = cases::counted(&app.store.db, &district).await?;
    Ok(table(&counted, |place| {
        let kind = ask.split_by.as_deref()?;
        index.line(place).into_iter().find(|above| above.kind() == kind)
    }))
}
