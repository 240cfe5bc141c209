-- The slice: satisfied answers that the machine took, drawn by a month's seed and asked about again by a person.

CREATE TABLE recheck_months (
    -- As 202611, of the IST calendar.
    month BIGINT PRIMARY KEY,
    -- SHA-256 of the seed, which is told when the month and all that it drew are over.
    digest BYTEA NOT NULL,
    seed_sealed BYTEA NOT NULL,
    share_bp BIGINT NOT NULL CHECK (share_bp BETWEEN 0 AND 10000),
    from_at BIGINT NOT NULL,
    committed_at BIGINT NOT NULL,
    revealed_at BIGINT
);

-- A claim touches the lease columns alone; `version` guards what is decided and counts the facts of the row's own stream.
CREATE TABLE rechecks (
    case_id BIGINT NOT NULL,
    round BIGINT NOT NULL,
    month BIGINT NOT NULL REFERENCES recheck_months (month),
    citizen BIGINT NOT NULL,
    language TEXT NOT NULL,
    district TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state <> ''),
    drawn_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    dials BIGINT NOT NULL,
    try_day BIGINT,
    try_used BIGINT NOT NULL CHECK (try_used IN (0, 1)),
    outcome TEXT,
    caller BIGINT,
    decided_at BIGINT,
    version BIGINT NOT NULL,
    head BYTEA NOT NULL,
    lease_token BIGINT NOT NULL DEFAULT 0,
    lease_node BIGINT,
    leased_until BIGINT,
    PRIMARY KEY (case_id, round),
    FOREIGN KEY (case_id, round) REFERENCES rounds (case_id, round)
);
CREATE INDEX rechecks_open ON rechecks (ends_at, case_id) WHERE state = 'OPEN';
CREATE INDEX rechecks_month ON rechecks (month, state);
CREATE INDEX rechecks_contradicted ON rechecks (decided_at, case_id) WHERE state = 'CONTRADICTED';

-- Satisfied answers in the order that they were given, for who draws again and for who looks for patterns.
CREATE INDEX rounds_satisfied ON rounds (answered_at, case_id) WHERE answer = 'SATISFIED';
