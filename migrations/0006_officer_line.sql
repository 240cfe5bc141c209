-- The PINs of the officers' phone line. A try is counted before it is compared, so that many calls at once
-- have no more of them than one.
CREATE TABLE officer_pins (
    account BIGINT PRIMARY KEY REFERENCES accounts (id),
    -- PHC string of argon2id; empty when it was cleared.
    hash TEXT NOT NULL,
    -- Tries since the last right one; at five it is locked.
    tries BIGINT NOT NULL CHECK (tries >= 0),
    set_at BIGINT NOT NULL
);
