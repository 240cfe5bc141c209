-- One text for SQLite and PostgreSQL. Times are unix milliseconds, words are the spellings of
-- domain's `words!`, flags are 0 and 1. A later word needs no new CHECK, so CHECKs hold shapes only.

CREATE TABLE nodes (
    id BIGINT PRIMARY KEY,
    started_at BIGINT NOT NULL,
    -- Set by an orderly end: this node writes no more events.
    ended BIGINT NOT NULL DEFAULT 0 CHECK (ended IN (0, 1))
);

-- The last value handed out.
CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES
    ('node', 0), ('case', 999999), ('citizen', 0), ('text', 0), ('account', 0),
    ('recording', 0), ('call_back', 0), ('session', 0), ('post', 0);

CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder BIGINT NOT NULL,
    token BIGINT NOT NULL,
    until_at BIGINT NOT NULL
);

CREATE TABLE requests (
    owner TEXT NOT NULL,
    id TEXT NOT NULL,
    fingerprint BYTEA NOT NULL,
    result TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (owner, id)
);
CREATE INDEX requests_expiry ON requests (expires_at);

CREATE TABLE citizens (
    id BIGINT PRIMARY KEY,
    phone_key BYTEA NOT NULL UNIQUE,
    phone_sealed BYTEA NOT NULL,
    name_sealed BYTEA,
    language TEXT,
    do_not_call BIGINT NOT NULL CHECK (do_not_call IN (0, 1)),
    no_sms BIGINT NOT NULL CHECK (no_sms IN (0, 1)),
    created_at BIGINT NOT NULL
);

CREATE TABLE texts (
    id BIGINT PRIMARY KEY,
    owner TEXT NOT NULL,
    sealed BYTEA NOT NULL
);

CREATE TABLE cases (
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind <> ''),
    citizen BIGINT NOT NULL REFERENCES citizens (id),
    channel TEXT NOT NULL CHECK (channel <> ''),
    language TEXT NOT NULL CHECK (language <> ''),
    department TEXT NOT NULL,
    category TEXT NOT NULL,
    subcategory TEXT,
    place TEXT NOT NULL,
    district TEXT NOT NULL,
    text_id BIGINT,
    recording BIGINT,
    state TEXT NOT NULL CHECK (state <> ''),
    level BIGINT NOT NULL CHECK (level BETWEEN 0 AND 255),
    ladder BIGINT NOT NULL CHECK (ladder BETWEEN 0 AND 255),
    post BIGINT,
    directory BIGINT NOT NULL,
    policy BIGINT NOT NULL,
    registered_at BIGINT NOT NULL,
    arrived_at BIGINT NOT NULL,
    due_at BIGINT,
    stay BIGINT NOT NULL,
    attended BIGINT NOT NULL CHECK (attended IN (0, 1)),
    seen BIGINT NOT NULL CHECK (seen IN (0, 1)),
    overdue_last BIGINT NOT NULL CHECK (overdue_last IN (0, 1)),
    needs_review BIGINT NOT NULL CHECK (needs_review IN (0, 1)),
    review_due_at BIGINT,
    resolved_at BIGINT,
    resolved_level BIGINT,
    in_time BIGINT CHECK (in_time IN (0, 1)),
    dissatisfied_last BIGINT NOT NULL,
    round BIGINT NOT NULL,
    closed_at BIGINT,
    pressured BIGINT NOT NULL CHECK (pressured IN (0, 1)),
    version BIGINT NOT NULL CHECK (version > 0),
    head BYTEA NOT NULL
);
CREATE INDEX cases_due ON cases (due_at, id) WHERE due_at IS NOT NULL AND overdue_last = 0;
CREATE INDEX cases_post ON cases (post, state, due_at);
CREATE INDEX cases_district ON cases (district, id);
CREATE INDEX cases_citizen ON cases (citizen, id);
CREATE INDEX cases_review ON cases (review_due_at, id) WHERE needs_review = 1;

-- `stream` and `version` make the chain of one stream; (node, seq) is the place in the feed.
CREATE TABLE events (
    node BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    stream TEXT NOT NULL,
    version BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind <> ''),
    actor TEXT NOT NULL,
    post BIGINT,
    channel TEXT NOT NULL,
    facts TEXT NOT NULL,
    body TEXT NOT NULL,
    prev_hash BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (node, seq),
    UNIQUE (stream, version)
);

-- A claim touches the lease columns alone; `version` guards what is decided.
CREATE TABLE rounds (
    case_id BIGINT NOT NULL REFERENCES cases (id),
    round BIGINT NOT NULL,
    citizen BIGINT NOT NULL,
    language TEXT NOT NULL,
    district TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state <> ''),
    opened_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    next_at BIGINT,
    attempts BIGINT NOT NULL,
    dials BIGINT NOT NULL,
    attempt_day BIGINT,
    attempt_part TEXT,
    attempt_used BIGINT NOT NULL CHECK (attempt_used IN (0, 1)),
    redials_busy BIGINT NOT NULL,
    redials_congestion BIGINT NOT NULL,
    partial BIGINT NOT NULL CHECK (partial IN (0, 1)),
    ring_back BIGINT NOT NULL CHECK (ring_back IN (0, 1)),
    human BIGINT NOT NULL CHECK (human IN (0, 1)),
    bad_number_days BIGINT NOT NULL,
    answer TEXT,
    answered_at BIGINT,
    version BIGINT NOT NULL,
    lease_token BIGINT NOT NULL DEFAULT 0,
    lease_node BIGINT,
    leased_until BIGINT,
    PRIMARY KEY (case_id, round)
);
CREATE INDEX rounds_next ON rounds (next_at, case_id) WHERE next_at IS NOT NULL;
CREATE INDEX rounds_end ON rounds (ends_at, case_id) WHERE state = 'OPEN';
CREATE INDEX rounds_citizen ON rounds (citizen) WHERE state = 'OPEN';
CREATE INDEX rounds_human ON rounds (opened_at, case_id) WHERE human = 1 AND state = 'OPEN';

CREATE TABLE attempts (
    case_id BIGINT NOT NULL,
    round BIGINT NOT NULL,
    dial BIGINT NOT NULL,
    attempt BIGINT,
    citizen BIGINT NOT NULL,
    day BIGINT NOT NULL,
    part TEXT NOT NULL,
    caller BIGINT,
    started_at BIGINT NOT NULL,
    ringing_at BIGINT,
    answered_at BIGINT,
    right_party_at BIGINT,
    question_heard_at BIGINT,
    answered_by_key_at BIGINT,
    confirmed_at BIGINT,
    ended_at BIGINT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome <> ''),
    sip_status BIGINT,
    q850 BIGINT,
    evidence TEXT NOT NULL,
    PRIMARY KEY (case_id, round, dial),
    FOREIGN KEY (case_id, round) REFERENCES rounds (case_id, round)
);

-- How often one citizen was rung in a day: a count that two writers cannot both take.
CREATE TABLE slots (
    citizen BIGINT NOT NULL,
    day BIGINT NOT NULL,
    kind TEXT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (citizen, day, kind, n)
);

CREATE TABLE notices (
    case_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind <> ''),
    to_kind TEXT NOT NULL CHECK (to_kind IN ('CITIZEN', 'POST')),
    to_id BIGINT NOT NULL,
    language TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    sent_at BIGINT,
    tries BIGINT NOT NULL DEFAULT 0,
    lease_token BIGINT NOT NULL DEFAULT 0,
    lease_node BIGINT,
    leased_until BIGINT,
    PRIMARY KEY (case_id, version, kind, to_kind)
);
CREATE INDEX notices_due ON notices (due_at, case_id) WHERE sent_at IS NULL;

CREATE TABLE calls (
    call TEXT PRIMARY KEY,
    direction TEXT NOT NULL,
    trunk TEXT,
    citizen BIGINT,
    started_at BIGINT NOT NULL,
    answered_at BIGINT,
    ended_at BIGINT NOT NULL,
    ended_by TEXT NOT NULL,
    disposition TEXT NOT NULL
);
CREATE INDEX calls_time ON calls (started_at);

CREATE TABLE call_backs (
    id BIGINT PRIMARY KEY,
    citizen BIGINT,
    call TEXT NOT NULL UNIQUE,
    reason TEXT NOT NULL,
    language TEXT NOT NULL,
    at BIGINT NOT NULL,
    done_at BIGINT,
    done_by BIGINT
);
CREATE INDEX call_backs_open ON call_backs (at, id) WHERE done_at IS NULL;

CREATE TABLE recordings (
    id BIGINT PRIMARY KEY,
    call TEXT NOT NULL,
    case_id BIGINT,
    node BIGINT NOT NULL,
    file TEXT NOT NULL,
    sha256 BYTEA NOT NULL,
    duration_ms BIGINT NOT NULL CHECK (duration_ms >= 0),
    partial TEXT,
    at BIGINT NOT NULL
);
CREATE INDEX recordings_case ON recordings (case_id) WHERE case_id IS NOT NULL;

CREATE TABLE accounts (
    id BIGINT PRIMARY KEY,
    login TEXT NOT NULL UNIQUE CHECK (login <> ''),
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL,
    district TEXT,
    active BIGINT NOT NULL CHECK (active IN (0, 1)),
    failed BIGINT NOT NULL,
    locked_until BIGINT,
    version BIGINT NOT NULL CHECK (version > 0),
    head BYTEA NOT NULL
);

CREATE TABLE sessions (
    id BIGINT PRIMARY KEY,
    account BIGINT NOT NULL REFERENCES accounts (id),
    channel TEXT NOT NULL,
    access_hash BYTEA NOT NULL UNIQUE,
    refresh_hash BYTEA NOT NULL UNIQUE,
    access_until BIGINT NOT NULL,
    refresh_until BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX sessions_account ON sessions (account);
CREATE INDEX sessions_expiry ON sessions (refresh_until);

-- Its key is the place of the login's event in stream `node:N`.
CREATE TABLE logins (
    node BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    account BIGINT NOT NULL REFERENCES accounts (id),
    post BIGINT,
    channel TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (node, seq)
);
CREATE INDEX logins_account ON logins (account, at);

-- The directory: version N + 1 is written beside N, unseen until `live_at` is set.
CREATE TABLE directory_versions (
    version BIGINT PRIMARY KEY,
    created_at BIGINT NOT NULL,
    live_at BIGINT
);
CREATE TABLE places (
    version BIGINT NOT NULL,
    code TEXT NOT NULL,
    parent TEXT,
    keypad TEXT,
    name_hi TEXT NOT NULL,
    name_en TEXT NOT NULL,
    PRIMARY KEY (version, code)
);
CREATE TABLE departments (
    version BIGINT NOT NULL,
    code TEXT NOT NULL,
    name_hi TEXT NOT NULL,
    name_en TEXT NOT NULL,
    ladder BIGINT NOT NULL CHECK (ladder BETWEEN 1 AND 255),
    PRIMARY KEY (version, code)
);
CREATE TABLE designations (
    version BIGINT NOT NULL,
    code TEXT NOT NULL,
    name_hi TEXT NOT NULL,
    name_en TEXT NOT NULL,
    PRIMARY KEY (version, code)
);
CREATE TABLE categories (
    version BIGINT NOT NULL,
    code TEXT NOT NULL,
    department TEXT NOT NULL,
    keypad TEXT,
    name_hi TEXT NOT NULL,
    name_en TEXT NOT NULL,
    PRIMARY KEY (version, code)
);
CREATE TABLE subcategories (
    version BIGINT NOT NULL,
    code TEXT NOT NULL,
    category TEXT NOT NULL,
    name_hi TEXT NOT NULL,
    name_en TEXT NOT NULL,
    PRIMARY KEY (version, code)
);
-- A post keeps its id through the versions.
CREATE TABLE posts (
    version BIGINT NOT NULL,
    id BIGINT NOT NULL,
    department TEXT NOT NULL,
    level BIGINT NOT NULL CHECK (level BETWEEN 1 AND 255),
    designation TEXT NOT NULL,
    place TEXT NOT NULL,
    PRIMARY KEY (version, id)
);

-- Persons hold posts over dated periods.
CREATE TABLE post_holders (
    post BIGINT NOT NULL,
    account BIGINT NOT NULL REFERENCES accounts (id),
    from_at BIGINT NOT NULL,
    until_at BIGINT,
    PRIMARY KEY (post, account, from_at)
);
CREATE INDEX post_holders_account ON post_holders (account);

CREATE TABLE policies (
    version BIGINT PRIMARY KEY,
    effective_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
