-- Feedback callers: which tasks each takes, and what each was shown and did.

CREATE TABLE feedback_callers (
    account BIGINT PRIMARY KEY REFERENCES accounts (id),
    -- JSON, as the rules read it.
    body TEXT NOT NULL
);

-- One person has one task at a time: the next number is given by its key, once.
CREATE TABLE tasks (
    account BIGINT NOT NULL REFERENCES accounts (id),
    n BIGINT NOT NULL,
    kind TEXT NOT NULL,
    case_id BIGINT NOT NULL,
    round BIGINT NOT NULL,
    citizen BIGINT NOT NULL,
    token BIGINT NOT NULL,
    state TEXT NOT NULL,
    shown_at BIGINT NOT NULL,
    held_until BIGINT NOT NULL,
    extended BIGINT NOT NULL CHECK (extended IN (0, 1)),
    call TEXT,
    dial BIGINT,
    dialled_at BIGINT,
    answered_at BIGINT,
    ended_at BIGINT,
    right_party_at BIGINT,
    outcome TEXT,
    recorded_at BIGINT,
    reason TEXT,
    version BIGINT NOT NULL,
    PRIMARY KEY (account, n)
);
CREATE INDEX tasks_shown ON tasks (account, shown_at);
-- Calls and wrap-ups that nobody ended in time.
CREATE INDEX tasks_over ON tasks (held_until, account, n) WHERE state IN ('DIALLED', 'WRAP_UP');
CREATE INDEX tasks_recorded ON tasks (recorded_at) WHERE outcome IS NOT NULL;

-- The oldest of a person's tasks in one district.
CREATE INDEX rounds_human_district ON rounds (district, opened_at, case_id) WHERE human = 1 AND state = 'OPEN';
