-- Agents of the call centre, and what the queue must not forget.

CREATE TABLE agents (
    account BIGINT PRIMARY KEY REFERENCES accounts (id),
    -- The user name that the desk phone registers with; a phone is one agent's.
    phone TEXT NOT NULL UNIQUE CHECK (phone <> ''),
    -- JSON, as the queue reads it.
    skills TEXT NOT NULL
);

-- What a queue needs to begin again: agents as they stood, callers on its lines, call-backs. The body is the queue's own.
CREATE TABLE queue_rows (
    kind TEXT NOT NULL CHECK (kind IN ('AGENT', 'CALLER', 'CALL_BACK')),
    id BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, id)
);

-- The log that the queue's figures are folded from.
CREATE TABLE queue_facts (
    node BIGINT NOT NULL,
    n BIGINT NOT NULL,
    at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (node, n)
);
CREATE INDEX queue_facts_time ON queue_facts (at);
