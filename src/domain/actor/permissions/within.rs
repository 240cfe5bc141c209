//! Which places somebody may act on.

use crate::domain::{
    actor::{Actor, Role},
    place::PlaceCode,
    refused::Refused,
};

/// District roles act on their own district's places, officers on none.
pub(super) fn within(actor: &Actor, line: &[PlaceCode]) -> Result<(), Refused> {
    match actor.role {
        Role::Officer => Err(Refused::NotYourPost),
        Role::Nodal | Role::Collector | Role::DistrictInCharge => {
            let own = actor.district.as_ref().is_some_and(|district| line.contains(district));
            if own { Ok(()) } else { Err(Refused::NotYourDistrict) }
        }
        Role::Agent
        | Role::FeedbackCaller
        | Role::Supervisor
        | Role::Directorate
        | Role::CmOffice
        | Role::Auditor
        | Role::Admin
        | Role::Ivr
        | Role::System => Ok(()),
    }
}
