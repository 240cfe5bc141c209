-- One call of ours at a time to one citizen, whichever part of the helpline makes it: a lease that is taken with the dial.
CREATE TABLE lines (
    citizen BIGINT PRIMARY KEY,
    -- Of which kind the call is that holds it, as `VERIFICATION` or `CALL_BACK`.
    kind TEXT NOT NULL CHECK (kind <> ''),
    -- Names the one call; what another call was given is not touched.
    call TEXT NOT NULL CHECK (call <> ''),
    node BIGINT NOT NULL,
    taken_at BIGINT NOT NULL,
    -- 0 once it is free.
    until_at BIGINT NOT NULL
);

-- In an evening a citizen is rung by one kind of call, the one that rang first; what the citizen asked for since takes it over.
CREATE TABLE evenings (
    citizen BIGINT NOT NULL,
    day BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind <> ''),
    rung_at BIGINT NOT NULL,
    asked_at BIGINT,
    PRIMARY KEY (citizen, day)
);

-- When the citizen asked for the call by an own call or in one of ours, and the part of the day that was asked for.
ALTER TABLE rounds ADD COLUMN asked_at BIGINT;
ALTER TABLE rounds ADD COLUMN wanted_part TEXT;

-- Whose call-back is owed: nobody else rings them meanwhile in the evening.
CREATE INDEX call_backs_citizen ON call_backs (citizen) WHERE done_at IS NULL;
ALTER TABLE queue_rows ADD COLUMN phone_key BYTEA;
CREATE INDEX queue_rows_phone ON queue_rows (phone_key) WHERE phone_key IS NOT NULL;
