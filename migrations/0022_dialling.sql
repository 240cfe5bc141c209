-- Stop switches of the dialler: one row each, thrown to and fro.
CREATE TABLE stops (
    reach TEXT NOT NULL CHECK (reach IN ('WHOLE', 'DISTRICT', 'TRUNK')),
    -- The district's code or the trunk's name; empty for the whole.
    name TEXT NOT NULL,
    stopped BIGINT NOT NULL CHECK (stopped IN (0, 1)),
    account BIGINT NOT NULL REFERENCES accounts (id),
    at BIGINT NOT NULL,
    reason BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (reach, name)
);

-- What is due by district, the longest due first, and of those the rounds that end first.
CREATE INDEX rounds_district ON rounds (district, next_at, ends_at, case_id) WHERE state = 'OPEN' AND next_at IS NOT NULL;
-- Promised calls come before all districts' turns.
CREATE INDEX rounds_promised ON rounds (next_at, case_id) WHERE state = 'OPEN' AND ring_back = 1 AND next_at IS NOT NULL;
