//! Rules. Pure: no clock, no database, no waiting.

pub mod actor;
pub mod ageing;
pub mod attendance;
pub mod case;
pub mod chain;
pub mod change;
pub mod citizen;
pub mod delegation;
pub mod directory;
pub mod feedback;
pub mod flags;
pub mod grading;
pub mod incident;
pub mod intake;
pub mod language;
pub mod notice;
pub mod number;
pub mod pacing;
pub mod page;
pub mod phone;
pub mod place;
pub mod policy;
pub mod recheck;
pub mod recording;
pub mod refused;
pub mod routing;
pub mod suggest;
pub mod time;
pub mod verification;

pub use actor::{account, permissions, scope};

/// Gives a domain value its one spelling, for SQL, logs and facts alike.
macro_rules! words {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name { $($(#[$doc])* $variant),+ }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use words;
