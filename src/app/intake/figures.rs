//! What was registered, how its citizens heard of 181, and where nobody calls.

use crate::{
    app::{App, Error, Result},
    domain::{
        actor::Actor,
        intake::origin::{Figures, of_blocks},
        permissions::{self, Act, Object},
        place::PlaceCode,
        refused::Refused,
        scope::Scope,
    },
    store::origins,
};

/// Of the last so many milliseconds; of one district, or of all that the actor sees.
pub async fn figures(
    app: &App,
    by: &Actor,
    district: Option<PlaceCode>,
    span_ms: i64,
) -> Result<Figures> {
    permissions::may(by, Act::IntakeFigures, Object::Nothing)?;
    let district = match (permissions::scope(by), district) {
        (Scope::All, asked) => asked,
        (Scope::District(own), None) => Some(own),
        (Scope::District(own), Some(asked)) if own == asked => Some(own),
        (Scope::District(_), Some(_)) => return Err(Refused::NotYourDistrict.into()),
        (Scope::Posts(_) | Scope::Citizen(_) | Scope::Nothing, _) => {
            return Err(Refused::NotYourRole.into());
        }
    };
    let index = app.index();
    if district.as_ref().is_some_and(|asked| index.district(asked).as_ref() != Some(asked)) {
        return Err(Error::Invalid { field: "district", why: "not a district we know" });
    }
    let (db, since) = (&app.store.db, app.now().plus_ms(-span_ms));
    let of = district.as_ref();
    let places = origins::places(db, of, since).await?;
    let lines: Vec<_> =
        places.into_iter().map(|(place, cases)| (index.line(&place), cases)).collect();
    let blocks = index.places_of_kind("block").into_iter().map(|place| place.code.clone());
    let ours = blocks.filter(|block| of.is_none() || index.district(block).as_ref() == of);
    Ok(Figures {
        kinds: origins::kinds(db, of, since).await?,
        heard_of: origins::heard_of(db, of, since).await?,
        blocks: of_blocks(ours, &lines),
    })
}
