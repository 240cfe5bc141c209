-- Resolutions on a lead that are owed to its followers; a row goes when it is filed there, or refused.
CREATE TABLE follow_ups (
    lead BIGINT NOT NULL REFERENCES cases (id),
    -- Of the lead, with its resolution.
    version BIGINT NOT NULL,
    follower BIGINT NOT NULL REFERENCES cases (id),
    text_id BIGINT NOT NULL,
    account BIGINT,
    post BIGINT,
    -- Whose post it is, when another acted for its holder.
    delegate_of BIGINT,
    channel TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (lead, version, follower)
);
CREATE INDEX follow_ups_at ON follow_ups (at);
