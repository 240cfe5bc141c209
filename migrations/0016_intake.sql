-- What the desks of the call centre say beside the cases: of the calls they took, and of what was registered on them.

-- Who talked on which call, and what the call was: how a call ended stands in `calls`, what it was for here.
CREATE TABLE talks (
    call TEXT NOT NULL,
    account BIGINT NOT NULL REFERENCES accounts (id),
    began_at BIGINT NOT NULL,
    ended_at BIGINT,
    disposition TEXT,
    said_at BIGINT,
    -- How often something else was said.
    changed BIGINT NOT NULL DEFAULT 0,
    text_id BIGINT,
    PRIMARY KEY (call, account)
);
CREATE INDEX talks_account ON talks (account, began_at);
CREATE INDEX talks_said ON talks (said_at) WHERE disposition IS NOT NULL;

-- Calls that a case was spoken of on: their recordings are the case's, also those that are finished later.
CREATE TABLE case_calls (
    case_id BIGINT NOT NULL REFERENCES cases (id),
    call TEXT NOT NULL,
    PRIMARY KEY (case_id, call)
);
CREATE INDEX case_calls_call ON case_calls (call);
CREATE INDEX IF NOT EXISTS recordings_call ON recordings (call);

INSERT INTO counters (name, value) VALUES ('block', 0);
-- Citizens whose registrations are refused for a while. The body is JSON, as the rules read it.
CREATE TABLE blocks (
    id BIGINT PRIMARY KEY,
    citizen BIGINT NOT NULL REFERENCES citizens (id),
    ends_at BIGINT NOT NULL,
    -- An appeal waits for its answer.
    appealed BIGINT NOT NULL CHECK (appealed IN (0, 1)),
    version BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX blocks_citizen ON blocks (citizen, ends_at);
CREATE INDEX blocks_appealed ON blocks (id) WHERE appealed = 1;
