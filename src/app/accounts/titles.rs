//! What the roles are called in the state whose directory is live.

use crate::{
    app::App,
    domain::{
        actor::{
            Actor,
            titles::{self, Title},
        },
        place::PlaceCode,
    },
};

/// Whoever is signed in may read them; general ones while no directory is live.
pub fn titles(app: &App, _by: &Actor) -> Vec<Title> {
    let index = app.index();
    let states = index.places_of_kind("state");
    let state: Option<&PlaceCode> = states.first().map(|place| &place.code);
    titles::titles(state)
}
