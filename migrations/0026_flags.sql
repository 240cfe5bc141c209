-- Patterns that somebody should look at. A kind, a subject and a span of time are one flag, however often it is seen.

CREATE TABLE flags (
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind <> ''),
    -- As `citizen:12`, `case:1000000` or `account:7`.
    subject TEXT NOT NULL CHECK (subject <> ''),
    span BIGINT NOT NULL,
    -- Of whom it speaks: they never see it.
    account BIGINT REFERENCES accounts (id),
    state TEXT NOT NULL CHECK (state <> ''),
    found_at BIGINT NOT NULL,
    -- JSON: ids and counts, never a phone.
    evidence TEXT NOT NULL,
    decided_by BIGINT REFERENCES accounts (id),
    decided_at BIGINT,
    note BIGINT,
    version BIGINT NOT NULL,
    head BYTEA NOT NULL,
    UNIQUE (kind, subject, span)
);
CREATE INDEX flags_found ON flags (found_at, id);
CREATE INDEX flags_open ON flags (found_at, id) WHERE state = 'OPEN';
INSERT INTO counters (name, value) VALUES ('flag', 0);

-- How far each look has come: what it read last.
CREATE TABLE flag_looks (
    name TEXT PRIMARY KEY,
    looked_at BIGINT NOT NULL,
    behind_at BIGINT NOT NULL,
    behind_id BIGINT NOT NULL
);

-- The times between the keys of calls whose answer closed a case, for a day or so.
CREATE TABLE answer_timings (
    case_id BIGINT NOT NULL,
    round BIGINT NOT NULL,
    timing TEXT NOT NULL,
    citizen BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (case_id, round)
);
CREATE INDEX answer_timings_same ON answer_timings (timing, at);
CREATE INDEX answer_timings_at ON answer_timings (at);

CREATE INDEX rounds_satisfied_citizen ON rounds (citizen, answered_at) WHERE answer = 'SATISFIED';
