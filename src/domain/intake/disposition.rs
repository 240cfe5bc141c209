//! What a call was, as its agent says afterwards. How the call ended is another fact, and nobody's word.

use crate::domain::{
    refused::Refused,
    time::{MINUTE_MS, Timestamp},
    words,
};

/// From the end of the agent's own part of the call; longer than any wrap-up.
pub const SAY_MS: i64 = 10 * MINUTE_MS;
/// How often another word may take the place of the first.
pub const CHANGES_MAX: i64 = 1;

words! {
    pub enum Disposition {
        Registered = "REGISTERED",
        StatusTold = "STATUS_TOLD",
        InformationGiven = "INFORMATION_GIVEN",
        /// Another office is answerable, and the caller was told which.
        Referred = "REFERRED",
        /// To another agent, a supervisor or an officer, on the line.
        Transferred = "TRANSFERRED",
        /// Nobody spoke: never a reason to hang up.
        Silent = "SILENT",
        WrongNumber = "WRONG_NUMBER",
        Abusive = "ABUSIVE",
        /// The line broke before anything was said.
        CutOff = "CUT_OFF",
        /// The note says what.
        Other = "OTHER",
    }
}

/// One agent's part of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Talk {
    pub call: String,
    pub account: i64,
    pub began_at: Timestamp,
    /// None while they talk.
    pub ended_at: Option<Timestamp>,
    pub said: Option<Said>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub disposition: Disposition,
    pub at: Timestamp,
    pub changed: i64,
    /// The note, in `texts`.
    pub text: Option<i64>,
}

impl Talk {
    /// The talk with what is said of it now: during the call or within [`SAY_MS`] of it, and once more if it was wrong.
    pub fn say(
        &self,
        disposition: Disposition,
        text: Option<i64>,
        now: Timestamp,
    ) -> Result<Self, Refused> {
        if self.ended_at.is_some_and(|ended| now.since(ended) > SAY_MS) {
            return Err(Refused::TooLate);
        }
        let changed = match &self.said {
            Some(said) if said.changed >= CHANGES_MAX => return Err(Refused::SaidTwice),
            Some(said) => said.changed + 1,
            None => 0,
        };
        let said = Said { disposition, at: now, changed, text };
        Ok(Self { said: Some(said), ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-22T10:00:00+05:30
    const TEN: Timestamp = Timestamp(1_795_321_800_000);

    fn talk(ended_at: Option<Timestamp>) -> Talk {
        Talk { call: "c1".to_owned(), account: 7, began_at: TEN, ended_at, said: None }
    }

    #[test]
    fn it_is_said_during_the_call_and_for_ten_minutes_after_it() {
        let ended = TEN.plus_ms(60_000);
        for (talk, at_ms, allowed) in [
            (talk(None), 3_600_000, true),
            (talk(Some(ended)), 60_000, true),
            (talk(Some(ended)), 660_000, true),
            (talk(Some(ended)), 660_001, false),
        ] {
            let said = talk.say(Disposition::Silent, None, TEN.plus_ms(at_ms));
            assert_eq!(said.is_ok(), allowed, "{at_ms}");
            if let Err(refused) = said {
                assert_eq!(refused, Refused::TooLate);
            }
        }
    }

    #[test]
    fn it_is_changed_once() {
        let first = talk(None).say(Disposition::Silent, Some(5), TEN).unwrap();
        let second = first.say(Disposition::Abusive, None, TEN.plus_ms(1)).unwrap();

        assert_eq!(first.said.as_ref().unwrap().changed, 0);
        let said = second.said.as_ref().unwrap();
        assert_eq!((said.disposition, said.changed, said.text), (Disposition::Abusive, 1, None));
        let third = second.say(Disposition::Silent, None, TEN.plus_ms(2));
        assert_eq!(third.unwrap_err(), Refused::SaidTwice);
    }
}
