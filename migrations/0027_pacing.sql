-- What pacing is decided by: the dials of the last hour, and citizens who answered a call that was made for a person.
CREATE INDEX attempts_started ON attempts (started_at);

-- One row a node and day of IST: counts only grow.
CREATE TABLE handed_calls (
    day BIGINT NOT NULL,
    node BIGINT NOT NULL,
    answered BIGINT NOT NULL,
    waited BIGINT NOT NULL,
    PRIMARY KEY (day, node)
);
