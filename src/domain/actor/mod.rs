//! Who acts: a role, an account, and for officers the post they hold, over a channel.

pub mod account;
pub mod permissions;
pub mod scope;
pub mod titles;

use super::{
    place::{Code, Level, PlaceCode, PostId},
    words,
};

words! {
    /// Rule book 1.3.
    pub enum Role {
        Agent = "AGENT",
        FeedbackCaller = "FEEDBACK_CALLER",
        Supervisor = "SUPERVISOR",
        Officer = "OFFICER",
        Nodal = "NODAL",
        Collector = "COLLECTOR",
        DistrictInCharge = "DISTRICT_IN_CHARGE",
        Directorate = "DIRECTORATE",
        CmOffice = "CM_OFFICE",
        Auditor = "AUDITOR",
        Admin = "ADMIN",
        /// An external IVR or PBX that drives dialogues by `Converse`.
        Ivr = "IVR",
        System = "SYSTEM",
    }
}

words! {
    #[derive(serde::Serialize, serde::Deserialize)]
    pub enum Channel {
        Agent = "AGENT",
        Portal = "PORTAL",
        App = "APP",
        OfficerLine = "OFFICER_LINE",
        JanSunwai = "JAN_SUNWAI",
        Ivr = "IVR",
        System = "SYSTEM",
    }
}

/// Everything the power table needs to know of one who acts. There is no way into `app` without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// None for the system and for a citizen on the phone (then the channel is `IVR`).
    pub account: Option<i64>,
    pub role: Role,
    pub channel: Channel,
    /// The posts an officer holds now; empty for other roles.
    pub posts: Vec<HeldPost>,
    /// District roles see this district only.
    pub district: Option<PlaceCode>,
    /// The one caller a citizen's own dialogue speaks for; None for staff.
    pub citizen: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldPost {
    pub post: PostId,
    pub department: Code,
    pub place: PlaceCode,
    pub level: Level,
    /// Acts for the post in the name of this account, which holds it (R26); None for one who holds it.
    pub delegate_of: Option<i64>,
}

impl Role {
    /// By which channels a person of this role signs in: the call centre's console is no way in for officers.
    pub fn signs_in_by(self, channel: Channel) -> bool {
        match channel {
            Channel::Portal => self != Self::System,
            Channel::Agent => matches!(self, Self::Agent | Self::FeedbackCaller | Self::Supervisor),
            Channel::App => matches!(
                self,
                Self::Officer
                    | Self::Nodal
                    | Self::Collector
                    | Self::DistrictInCharge
                    | Self::Directorate
                    | Self::CmOffice
            ),
            Channel::OfficerLine | Channel::JanSunwai | Channel::Ivr | Channel::System => false,
        }
    }
}

impl Actor {
    pub fn system() -> Self {
        Self {
            account: None,
            role: Role::System,
            channel: Channel::System,
            posts: Vec::new(),
            district: None,
            citizen: None,
        }
    }

    /// A dialogue that speaks for whoever calls; None when the number is unknown.
    pub fn caller(citizen: Option<i64>) -> Self {
        Self { role: Role::Ivr, channel: Channel::Ivr, citizen, ..Self::system() }
    }

    /// `account:7`, `citizen:12` or `system`: how events name the actor.
    pub fn name(&self) -> String {
        match (self.account, self.citizen) {
            (Some(account), _) => format!("account:{account}"),
            (None, Some(citizen)) => format!("citizen:{citizen}"),
            (None, None) => "system".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_channel_is_for_the_roles_that_work_by_it() {
        let by = |channel| -> Vec<Role> {
            Role::ALL.iter().copied().filter(|role| role.signs_in_by(channel)).collect()
        };

        assert_eq!(by(Channel::Agent), [Role::Agent, Role::FeedbackCaller, Role::Supervisor]);
        assert!(by(Channel::App).contains(&Role::Officer));
        assert!(!by(Channel::App).contains(&Role::Agent));
        assert_eq!(by(Channel::Portal).len(), Role::ALL.len() - 1);
        for nobodys in [Channel::OfficerLine, Channel::JanSunwai, Channel::Ivr, Channel::System] {
            assert_eq!(by(nobodys), []);
        }
    }
}
