//! What agents can do, what callers want of them, and how a want widens the longer somebody waits.

use serde::{Deserialize, Serialize};

use std::collections::BTreeMap;

use super::super::ids::AgentId;
use crate::domain::language::Language;

/// Rings of widening; the last one is reached after 90 s unless the policy says otherwise.
pub const RINGS: usize = 4;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Skill {
    Language(Language),
    /// The code of a department whose matters the agent knows.
    Department(String),
    WomensDesk,
    /// Takes callers who have waited for too long.
    Escalation,
}

/// How well an agent has a skill: 1 enough, 2 well, 3 best; 0 is not at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Proficiency(pub u8);

/// How far the circle of agents has widened for a caller: 0 the closest, `RINGS - 1` the widest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ring(pub u8);

pub type Skills = BTreeMap<Skill, Proficiency>;

/// One skill that an agent must have, by ring; 0 in a ring means that it is no longer wanted there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Want {
    pub skill: Skill,
    pub least: [Proficiency; RINGS],
}

/// Which agents a target speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    Anyone,
    /// The agent whom this citizen spoke with last.
    LastAgent,
    Agent(AgentId),
    Has(Want),
    All(Vec<Expression>),
    Any(Vec<Expression>),
}

impl Want {
    /// The same in every ring: a want that no waiting softens.
    pub const fn always(skill: Skill, least: u8) -> Self {
        Self { skill, least: [Proficiency(least); RINGS] }
    }

    /// From the closest ring to the widest.
    pub const fn widening(skill: Skill, least: [u8; RINGS]) -> Self {
        let [a, b, c, d] = least;
        Self { skill, least: [Proficiency(a), Proficiency(b), Proficiency(c), Proficiency(d)] }
    }

    pub fn least_at(&self, ring: Ring) -> Proficiency {
        self.least[usize::from(ring.0).min(RINGS - 1)]
    }

    pub fn met_by(&self, skills: &Skills, ring: Ring) -> bool {
        skills.get(&self.skill).copied().unwrap_or_default() >= self.least_at(ring)
    }
}

impl Expression {
    pub fn holds(
        &self,
        agent: AgentId,
        skills: &Skills,
        last: Option<AgentId>,
        ring: Ring,
    ) -> bool {
        match self {
            Self::Anyone => true,
            Self::LastAgent => last == Some(agent),
            Self::Agent(one) => *one == agent,
            Self::Has(want) => want.met_by(skills, ring),
            Self::All(parts) => parts.iter().all(|part| part.holds(agent, skills, last, ring)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(agent, skills, last, ring)),
        }
    }
}
