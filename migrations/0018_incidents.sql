-- Known outages: callers hear of them first, and by one key their cases are linked to the outage's own.
INSERT INTO counters (name, value) VALUES ('incident', 0);
-- The body is JSON, as the rules read it.
CREATE TABLE incidents (
    id BIGINT PRIMARY KEY,
    lead BIGINT NOT NULL REFERENCES cases (id),
    ends_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX incidents_ends ON incidents (ends_at);
CREATE INDEX incidents_lead ON incidents (lead);

-- One case of each citizen for each incident.
CREATE TABLE incident_cases (
    incident BIGINT NOT NULL REFERENCES incidents (id),
    citizen BIGINT NOT NULL REFERENCES citizens (id),
    case_id BIGINT NOT NULL REFERENCES cases (id),
    PRIMARY KEY (incident, citizen)
);

-- Resolutions on leads, while their followers are being named in `follow_ups`, batch by batch.
CREATE TABLE follow_runs (
    lead BIGINT NOT NULL REFERENCES cases (id),
    -- Of the lead, with its resolution.
    version BIGINT NOT NULL,
    text_id BIGINT NOT NULL,
    account BIGINT,
    post BIGINT,
    delegate_of BIGINT,
    channel TEXT NOT NULL,
    at BIGINT NOT NULL,
    -- The follower that was named last; 0 before the first.
    behind BIGINT NOT NULL,
    PRIMARY KEY (lead, version)
);
CREATE INDEX follow_runs_at ON follow_runs (at);
