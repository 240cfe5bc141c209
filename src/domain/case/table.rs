//! What a case's state allows: one table of state and act, without a wildcard arm, so that a new state or
//! act does not compile until it is decided. `docs/case-states.md` is printed from it.

use super::State;
use crate::domain::{refused::Refused, words};

words! {
    /// Everything that can happen to a case (rule book 1.1). Who may do it is `permissions`; what it does is
    /// the file of the act.
    pub enum Act {
        /// A supervisor finds the post that routing did not.
        Route = "ROUTE",
        /// An agent completes subcategory and block of a case registered by keys.
        CompleteReview = "COMPLETE_REVIEW",
        /// The post looks at the case: `seen`, not attended.
        Open = "OPEN",
        /// A call, a visit or an officer's note.
        Contact = "CONTACT",
        /// A note that moves nothing.
        Note = "NOTE",
        /// A speaking order of any officer of the ladder (R37); closes nothing.
        SpecialOrder = "SPECIAL_ORDER",
        /// A resolution is filed; the clock stops and a round opens.
        Resolve = "RESOLVE",
        /// PC: part done, the rest needs long (R34).
        PartialClose = "PARTIAL_CLOSE",
        /// WIT: the one extension of a PC.
        ExtendPartial = "EXTEND_PARTIAL",
        /// Half of the two-person special close (R35).
        ProposeSpecial = "PROPOSE_SPECIAL",
        /// The other half, by another person at a higher level.
        AcceptSpecial = "ACCEPT_SPECIAL",
        RejectSpecial = "REJECT_SPECIAL",
        /// The proposal is taken back.
        WithdrawSpecial = "WITHDRAW_SPECIAL",
        /// From level 3, with a reason and a clear report (R36).
        ForceClose = "FORCE_CLOSE",
        /// The level's clock, an unrouted case's day, the date of a PC or the proposal's level ran out.
        Due = "DUE",
        /// A verification attempt ended without an answer.
        Attempt = "ATTEMPT",
        /// The citizen's recorded answer: the only way to `CLOSED_SATISFIED`.
        AnswerSatisfied = "ANSWER_SATISFIED",
        AnswerNotSatisfied = "ANSWER_NOT_SATISFIED",
        AnswerPressured = "ANSWER_PRESSURED",
        /// Attempts used, or ten days over.
        EndRound = "END_ROUND",
        /// A supervisor orders a new round.
        OrderRound = "ORDER_ROUND",
        /// The citizen asks for the verification call.
        DemandRound = "DEMAND_ROUND",
        /// By the citizen's own call only.
        Withdraw = "WITHDRAW",
        /// The citizen wanted to withdraw and said that somebody pressed them.
        WithdrawPressured = "WITHDRAW_PRESSURED",
        /// A duplicate of another case by the same phone.
        Merge = "MERGE",
        Unmerge = "UNMERGE",
        /// Cases of different citizens about one cause; each stays live.
        Link = "LINK",
        /// Onto the agenda of a review meeting (R18).
        Pick = "PICK",
        /// By the citizen, within 30 days.
        Reopen = "REOPEN",
        /// "Not satisfied" in the courtesy call after a special or forced close.
        AskReopen = "ASK_REOPEN",
        /// By the last level, the collector or the directorate.
        ReopenByOrder = "REOPEN_BY_ORDER",
        /// To another post; never moves the due time.
        Transfer = "TRANSFER",
        /// By L1 within 3 days of registration.
        ChangeCategory = "CHANGE_CATEGORY",
        /// L4 back to L3, once per stay.
        SendBack = "SEND_BACK",
        /// The directorate, after two dissatisfied rounds at the last level.
        OrderNextStep = "ORDER_NEXT_STEP",
        /// Up from level 3, when the policy has its due time wait for an order.
        OrderEscalation = "ORDER_ESCALATION",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Allowed,
    Refused(Refused),
}

impl Verdict {
    /// Errs with the reason of a refusal.
    pub fn check(self) -> Result<(), Refused> {
        match self {
            Self::Allowed => Ok(()),
            Self::Refused(reason) => Err(reason),
        }
    }
}

pub fn verdict(state: State, act: Act) -> Verdict {
    use Verdict::{Allowed, Refused as No};
    match act {
        Act::Route => match state {
            State::Unrouted => Allowed,
            State::WithOfficer
            | State::AwaitingVerification
            | State::PartiallyClosed
            | State::SpecialCloseProposed
            | State::Unverified => No(Refused::AlreadyRouted),
            State::ClosedSatisfied | State::ClosedSpecial | State::ClosedForced => {
                No(Refused::CaseClosed)
            }
            State::Withdrawn => No(Refused::CaseWithdrawn),
            State::Merged => No(Refused::CaseMerged),
            State::Forwarded => No(Refused::NotAComplaint),
        },
        Act::CompleteReview | Act::Link | Act::Pick => match state {
            State::Unrouted
            | State::WithOfficer
            | State::AwaitingVerification
            | State::PartiallyClosed
            | State::SpecialCloseProposed
            | State::Unverified => Allowed,
            State::ClosedSatisfied | State::ClosedSpecial | State::ClosedForced => {
                No(Refused::CaseClosed)
            }
            State::Withdrawn => No(Refused::CaseWithdrawn),
            State::Merged => No(Refused::CaseMerged),
            State::Forwarded => No(Refused::NotAComplaint),
        },
        Act::Open => match state {
            State::WithOfficer
            | State::AwaitingVerification
            | State::PartiallyClosed
            | State::SpecialCloseProposed
            | State::Unverified => Allowed,
            State::Unrouted => No(Refused::NotRouted),
            State::ClosedSatisfied | State::ClosedSpecial | State::ClosedForced => {
                No(Refused::CaseClosed)
            }
            State::Withdrawn => No(Refused::CaseWithdrawn),
            State::Merged => No(Refused::CaseMerged),
            State::Forwarded => No(Refused::NotAComplaint),
        },
        Act::Contact | Act::SpecialOrder => match state {
            State::WithOfficer
            | State::PartiallyClosed
            | State::SpecialCloseProposed
            | State::Unverified => Allowed,
            State::Unrouted => No(Refused::NotRouted),
            State::AwaitingVerification => No(Refused::VerificationOpen),
            State::ClosedSatisfied | State::ClosedSpecial | State::ClosedForced => {
                No(Refused::CaseClosed)
            }
            State::Withdrawn => No(Refused::CaseWithdrawn),
            State::Merged => No(Refused::CaseMerged),
            State::Forwarded => No(Refused::NotAComplaint),
        },
        Act::Note => match state {
            State::Unrouted
            | State::WithOfficer
            | State::AwaitingVerification
            | State::PartiallyClosed
            | State::SpecialCloseProposed
            | State::Unverified
            | State::ClosedSatisfied
            | State::ClosedSpecial
            | State::ClosedForced
            | State::Withdrawn
            | State::Merged
            | State::Forwarded => Allowed,
        },
        Act::Resolve | Act::ForceClose | Act::Merge => match state {
            State::WithOfficer | State::PartiallyClosed => Allowed,
            State::Unrouted => No(Refused::NotRouted),
            State::AwaitingVerification => No(Refused::VerificationOpen),
            State::SpecialCloseProposed => No(Refused::ProposalOpen),
            State::Unverified => No(Refused::CaseUnverified),
            State::ClosedSatisfied | State::ClosedSpecial | State::ClosedForced => {
                No(Refused::CaseClosed)
            }
            State::Withdrawn => No(Refused::CaseWithdrawn),
            State::Merged => No(Refused::CaseMerged),
            State::Forwarded => No(Refused::NotAComplaint),
        },
        Act::PartialClose
        | Act::ProposeSpecial
        | Act::Transfer
        | Act::ChangeCategory
        | Act::SendBack
        | Act::OrderNextStep => match state {
            State::WithOfficer => Allowed,
            State::Unrouted => No(Refused::NotRouted),
            State::AwaitingVerification => No(Refused::VerificationOpen),
            State::PartiallyClosed => No(Refused::PartiallyClosed),
            State::SpecialCloseProposed => No(Refused::ProposalOpen),
            State::Unverified => No(Refused::CaseUnverified),
            State::ClosedSatisfied | State::ClosedSpecial | State::ClosedForced => {
                No(Refused::CaseClosed)
            }
            State::Withdrawn => No(Refused::CaseWithdrawn),
            State::Merged => No(Refused::CaseMerged),
            State::Forwarded => No(Refused::NotAComplaint),
        },
        Act::OrderEscalation => match state {
            State::WithOfficer | State::SpecialCloseProposed => Allowed,
            State::Unrouted => No(Refused::NotRouted),
            State::AwaitingVerification => No(Refused::VerificationOpen),
            State::PartiallyClosed => No(Refused::PartiallyClosed),
            State::Unverified => No(Refused::CaseUnverified),
            State::ClosedSatisfied | State::ClosedSpecial | State::ClosedForced => {
                No(Refused::CaseClosed)
            }
            State::Withdrawn => No(Refused::CaseWithdrawn),
            State::Merged => No(Refused::CaseMerged),
            State::Forwarded => No(Refused::NotAComplaint),
        },
        Act::ExtendPartial => match state {
            State::PartiallyClosed => Allowed,
            State::Unrouted => No(Refused::NotRouted),
            State::WithOfficer | State::SpecialCloseProposed | State::Unverified => {
                No(Refused::NotPartiallyClosed)
            }
            State::AwaitingVerification => No(Refused::VerificationOpen),
            State::ClosedSatisfied | State::ClosedSpecial | State::ClosedForced => {
                No(Refused::CaseClosed)
            }
            State::Withdrawn => No(Refused::CaseWithdrawn),
            State::Merged => No(Refused::CaseMerged),
            State::Forwarded => No(Refused::NotAComplaint),
        },
        Act::AcceptSpecial | Act::RejectSpecial | Act::WithdrawSpecial => match state {
            State::SpecialCloseProposed => Allowed,
            State::Unrouted => No(Refused::NotRouted),
            State::WithOfficer | State::PartiallyClosed | State::Unverified => {
                No(Refused::NoProposal)
            }
            State::AwaitingVerification => No(Refused::VerificationOpen),
            State::ClosedSatisfied | State::ClosedSpecial | State::ClosedForced => {
                No(Refused::CaseClosed)
            }
            State::Withdrawn => No(Refused::CaseWithdrawn),
            State::Merged => No(Refused::CaseMerged),
            State::Forwarded => No(Refused::NotAComplaint),
        },
        Act::Due => match state {
            State::Unrouted
            | State::WithOfficer
            | State::PartiallyClosed
            | State::SpecialCloseProposed => Allowed,
            State::AwaitingVerification
            | State::Unverified
            | State::ClosedSatisfied
            | State::ClosedSpecial
            | State::ClosedForced
            | State::Withdrawn
            | State::Merged
            | State::Forwarded => No(Refused::NoClock),
        },
        Act::Attempt
        | Act::AnswerSatisfied
        | Act::AnswerNotSatisfied
        | Act::AnswerPressured
        | Act::EndRound => match state {
            State::AwaitingVerification | State::PartiallyClosed | State::Unverified => Allowed,
            State::Unrouted | State::WithOfficer | State::SpecialCloseProposed => {
                No(Refused::NoRoundOpen)
            }
            State::ClosedSatisfied | State::ClosedSpecial | State::ClosedForced => {
                No(Refused::CaseClosed)
            }
            State::Withdrawn => No(Refused::CaseWithdrawn),
            State::Merged => No(Refused::CaseMerged),
            State::Forwarded => No(Refused::NotAComplaint),
        },
        Act::OrderRound => match state {
            State::Unverified => Allowed,
            State::Unrouted
            | State::WithOfficer
            | State::PartiallyClosed
            | State::SpecialCloseProposed => No(Refused::NotUnverified),
            State::AwaitingVerification => No(Refused::VerificationOpen),
            State::ClosedSatisfied | State::ClosedSpecial | State::ClosedForced => {
                No(Refused::CaseClosed)
            }
            State::Withdrawn => No(Refused::CaseWithdrawn),
            State::Merged => No(Refused::CaseMerged),
            State::Forwarded => No(Refused::NotAComplaint),
        },
        Act::DemandRound => match state {
            State::PartiallyClosed | State::Unverified => Allowed,
            State::Unrouted => No(Refused::NotRouted),
            State::WithOfficer | State::SpecialCloseProposed => No(Refused::NotPartiallyClosed),
            State::AwaitingVerification => No(Refused::VerificationOpen),
            State::ClosedSatisfied | State::ClosedSpecial | State::ClosedForced => {
                No(Refused::CaseClosed)
            }
            State::Withdrawn => No(Refused::CaseWithdrawn),
            State::Merged => No(Refused::CaseMerged),
            State::Forwarded => No(Refused::NotAComplaint),
        },
        Act::Withdraw | Act::WithdrawPressured => match state {
            State::Unrouted
            | State::WithOfficer
            | State::AwaitingVerification
            | State::PartiallyClosed
            | State::Unverified => Allowed,
            State::SpecialCloseProposed => No(Refused::ProposalOpen),
            State::ClosedSatisfied | State::ClosedSpecial | State::ClosedForced => {
                No(Refused::CaseClosed)
            }
            State::Withdrawn => No(Refused::CaseWithdrawn),
            State::Merged => No(Refused::CaseMerged),
            State::Forwarded => No(Refused::NotAComplaint),
        },
        Act::Unmerge => match state {
            State::Merged => Allowed,
            State::Unrouted
            | State::WithOfficer
            | State::AwaitingVerification
            | State::PartiallyClosed
            | State::SpecialCloseProposed
            | State::Unverified
            | State::ClosedSatisfied
            | State::ClosedSpecial
            | State::ClosedForced
            | State::Withdrawn => No(Refused::NotMerged),
            State::Forwarded => No(Refused::NotAComplaint),
        },
        Act::Reopen => match state {
            State::ClosedSatisfied => Allowed,
            State::Unrouted
            | State::WithOfficer
            | State::AwaitingVerification
            | State::PartiallyClosed
            | State::SpecialCloseProposed
            | State::Unverified => No(Refused::NotClosed),
            State::ClosedSpecial | State::ClosedForced => No(Refused::ReopenedByOrderOnly),
            State::Withdrawn => No(Refused::CaseWithdrawn),
            State::Merged => No(Refused::CaseMerged),
            State::Forwarded => No(Refused::NotAComplaint),
        },
        Act::AskReopen | Act::ReopenByOrder => match state {
            State::ClosedSpecial | State::ClosedForced => Allowed,
            State::Unrouted
            | State::WithOfficer
            | State::AwaitingVerification
            | State::PartiallyClosed
            | State::SpecialCloseProposed
            | State::Unverified => No(Refused::NotClosed),
            State::ClosedSatisfied => No(Refused::ReopenedByCitizenOnly),
            State::Withdrawn => No(Refused::CaseWithdrawn),
            State::Merged => No(Refused::CaseMerged),
            State::Forwarded => No(Refused::NotAComplaint),
        },
    }
}
#[cfg(test)]
mod tests {
    use super::*;

    /// One row a state, one column an act.
    fn printed() -> String {
        let mut text = String::from(
            "# What a case's state allows\n\n\
             Printed from `src/domain/case/table.rs`, which decides it; `yes` is allowed, else the reason of the\n\
             refusal. To print it again after a change:\n\n\
             ```\n\
             HELPLINE181_PRINT_DOCS=1 cargo test --lib the_matrix_in_the_documentation\n\
             ```\n",
        );
        for act in Act::ALL {
            text.push_str(&format!("\n## {act}\n\n| state | answer |\n|---|---|\n"));
            for state in State::ALL {
                let answer = match verdict(*state, *act) {
                    Verdict::Allowed => "yes".to_owned(),
                    Verdict::Refused(reason) => format!("`{reason}`"),
                };
                text.push_str(&format!("| `{state}` | {answer} |\n"));
            }
        }
        text
    }

    #[test]
    fn the_matrix_in_the_documentation_is_the_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/case-states.md");
        if std::env::var_os("HELPLINE181_PRINT_DOCS").is_some() {
            std::fs::write(path, printed()).unwrap();
        }

        assert_eq!(std::fs::read_to_string(path).unwrap(), printed());
    }

    fn states_that_allow(act: Act) -> Vec<State> {
        let allows = |state: &State| verdict(*state, act) == Verdict::Allowed;
        State::ALL.iter().copied().filter(allows).collect()
    }

    #[test]
    fn officers_acts_are_refused_while_the_citizen_is_asked() {
        for act in [
            Act::Contact,
            Act::SpecialOrder,
            Act::Resolve,
            Act::PartialClose,
            Act::ExtendPartial,
            Act::ProposeSpecial,
            Act::AcceptSpecial,
            Act::ForceClose,
            Act::Transfer,
            Act::ChangeCategory,
            Act::Merge,
        ] {
            assert_eq!(
                verdict(State::AwaitingVerification, act),
                Verdict::Refused(Refused::VerificationOpen),
                "{act}"
            );
        }
    }

    #[test]
    fn states_are_left_by_the_acts_of_the_rule_book_alone() {
        use State::*;

        assert_eq!(states_that_allow(Act::Route), [Unrouted]);
        assert_eq!(states_that_allow(Act::Resolve), [WithOfficer, PartiallyClosed]);
        assert_eq!(states_that_allow(Act::PartialClose), [WithOfficer]);
        assert_eq!(states_that_allow(Act::ForceClose), [WithOfficer, PartiallyClosed]);
        assert_eq!(states_that_allow(Act::AcceptSpecial), [SpecialCloseProposed]);
        assert_eq!(
            states_that_allow(Act::Due),
            [Unrouted, WithOfficer, PartiallyClosed, SpecialCloseProposed]
        );
        assert_eq!(
            states_that_allow(Act::AnswerSatisfied),
            [AwaitingVerification, PartiallyClosed, Unverified]
        );
        assert_eq!(states_that_allow(Act::Reopen), [ClosedSatisfied]);
        assert_eq!(states_that_allow(Act::ReopenByOrder), [ClosedSpecial, ClosedForced]);
        assert_eq!(states_that_allow(Act::Unmerge), [Merged]);
        assert_eq!(
            states_that_allow(Act::Withdraw),
            [Unrouted, WithOfficer, AwaitingVerification, PartiallyClosed, Unverified]
        );
    }

    #[test]
    fn a_withdrawn_case_and_a_demand_allow_a_note_alone() {
        for state in [State::Withdrawn, State::Forwarded] {
            for act in Act::ALL {
                let allowed = verdict(state, *act) == Verdict::Allowed;
                assert_eq!(allowed, *act == Act::Note, "{state} {act}");
            }
        }
    }
}
