//! Why an act is refused: stable words that clients may match on, never renamed.

use super::words;

words! {
    pub enum Refused {
        // The state does not allow the act.
        NotRouted = "NOT_ROUTED",
        AlreadyRouted = "ALREADY_ROUTED",
        /// The citizen is being asked; officers wait.
        VerificationOpen = "VERIFICATION_OPEN",
        NoRoundOpen = "NO_ROUND_OPEN",
        PartiallyClosed = "PARTIALLY_CLOSED",
        NotPartiallyClosed = "NOT_PARTIALLY_CLOSED",
        ProposalOpen = "PROPOSAL_OPEN",
        NoProposal = "NO_PROPOSAL",
        CaseUnverified = "CASE_UNVERIFIED",
        NotUnverified = "NOT_UNVERIFIED",
        CaseClosed = "CASE_CLOSED",
        NotClosed = "NOT_CLOSED",
        /// A satisfied citizen's case is reopened by the citizen alone.
        ReopenedByCitizenOnly = "REOPENED_BY_CITIZEN_ONLY",
        /// A special or forced close is reopened by order alone.
        ReopenedByOrderOnly = "REOPENED_BY_ORDER_ONLY",
        CaseWithdrawn = "CASE_WITHDRAWN",
        CaseMerged = "CASE_MERGED",
        NotMerged = "NOT_MERGED",
        /// Demands, suggestions and scheme-information calls climb no ladder.
        NotAComplaint = "NOT_A_COMPLAINT",
        NoClock = "NO_CLOCK",

        // The state allows it, the moment or the case does not.
        NotDue = "NOT_DUE",
        NoReviewNeeded = "NO_REVIEW_NEEDED",
        RoundOver = "ROUND_OVER",
        LeaseLost = "LEASE_LOST",
        OutsideHours = "OUTSIDE_HOURS",
        PhoneCapReached = "PHONE_CAP_REACHED",
        DoNotCall = "DO_NOT_CALL",
        /// Another kind of call of ours rang this evening; one is enough.
        RungThisEvening = "RUNG_THIS_EVENING",
        /// The level's time is over: the clock decides.
        TimeOver = "TIME_OVER",
        /// A date that lies before now, behind the level's due time, or farther than the policy allows.
        DateNotAllowed = "DATE_NOT_ALLOWED",
        /// Once per stay at a level.
        OncePerStay = "ONCE_PER_STAY",
        WrongLevel = "WRONG_LEVEL",
        /// The second person must not be the first.
        SamePerson = "SAME_PERSON",
        ReportTooShort = "REPORT_TOO_SHORT",
        EvidenceMissing = "EVIDENCE_MISSING",
        /// The time for it after registration or closure is over.
        TooLate = "TOO_LATE",
        NothingOpen = "NOTHING_OPEN",
        /// The policy does not list this ground.
        GroundNotListed = "GROUND_NOT_LISTED",
        /// Something of this kind waits for its answer already.
        OpenAlready = "OPEN_ALREADY",
        NoPostThere = "NO_POST_THERE",
        /// Merging takes two cases of one citizen, linking two of different ones.
        SameCitizen = "SAME_CITIZEN",
        DifferentCitizens = "DIFFERENT_CITIZENS",
        ParentNotOpen = "PARENT_NOT_OPEN",
        /// The citizen must say yes to it.
        NotConfirmed = "NOT_CONFIRMED",
        /// The helpline is talking to this number, or about to.
        DialLive = "DIAL_LIVE",
        WrongCode = "WRONG_CODE",
        CodeMissing = "CODE_MISSING",
        /// So many complaints a day are one citizen's.
        DailyLimit = "DAILY_LIMIT",
        /// A supervisor blocked the citizen's registrations for a while.
        CitizenBlocked = "CITIZEN_BLOCKED",
        /// Earlier cases are to be looked at first.
        Duplicate = "DUPLICATE",
        /// What a call was is said, and changed once.
        SaidTwice = "SAID_TWICE",
        /// It is being recorded still.
        RecordingUnderWay = "RECORDING_UNDER_WAY",
        /// Deleted or lost; the row says which.
        RecordingGone = "RECORDING_GONE",
        /// The file lies on another machine.
        RecordingElsewhere = "RECORDING_ELSEWHERE",
        RecordingHeld = "RECORDING_HELD",
        RecordingNotHeld = "RECORDING_NOT_HELD",
        /// The citizen was rung for it already.
        AlreadyDialled = "ALREADY_DIALLED",
        /// No call was made for it.
        NotDialled = "NOT_DIALLED",
        /// The citizen did not pick up, so nothing was said.
        NotAnswered = "NOT_ANSWERED",
        /// The citizen did pick up.
        WasAnswered = "WAS_ANSWERED",
        /// A preview or a wrap-up is prolonged once.
        ExtendedBefore = "EXTENDED_BEFORE",
        /// So many tasks an hour are skipped by one person.
        SkipLimit = "SKIP_LIMIT",
        /// The answers do not come to this outcome, or do not lie in the call.
        AnswersUnfit = "ANSWERS_UNFIT",
        /// The month and what its seed drew are not over.
        SeedNotTold = "SEED_NOT_TOLD",
        /// A month is published from the day on which it is judged.
        MonthNotJudged = "MONTH_NOT_JUDGED",
        /// Grades are published once.
        MonthPublished = "MONTH_PUBLISHED",
        DemonstrationOnly = "DEMONSTRATION_ONLY",
        LoginTaken = "LOGIN_TAKEN",
        /// The defaulter's row was withdrawn.
        Excused = "EXCUSED",

        // The actor may not.
        NotYourRole = "NOT_YOUR_ROLE",
        NotYourPost = "NOT_YOUR_POST",
        NotYourDistrict = "NOT_YOUR_DISTRICT",
        NotYourCase = "NOT_YOUR_CASE",
        /// Another agent talked on it, or nobody.
        NotYourCall = "NOT_YOUR_CALL",
        /// A delegate of the post's holder may not do this.
        InPersonOnly = "IN_PERSON_ONLY",
        /// Whoever acted on a case is never given its verification call.
        ActedOnCase = "ACTED_ON_CASE",
        /// The settings do not list this external IVR as one that is believed.
        ClientNotTrusted = "CLIENT_NOT_TRUSTED",
    }
}

impl Refused {
    pub fn reason(self) -> &'static str {
        self.as_str()
    }

    /// The actor may not, whatever the case's state.
    pub fn is_power(self) -> bool {
        matches!(
            self,
            Self::NotYourRole
                | Self::NotYourPost
                | Self::NotYourDistrict
                | Self::NotYourCase
                | Self::NotYourCall
                | Self::ActedOnCase
                | Self::InPersonOnly
                | Self::ClientNotTrusted
        )
    }
}

impl std::error::Error for Refused {}
