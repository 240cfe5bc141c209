-- The inbox: whether a call to or a visit at the citizen is on record (R15), and where a place lies.
ALTER TABLE cases ADD COLUMN contacted BIGINT NOT NULL DEFAULT 0 CHECK (contacted IN (0, 1));
UPDATE cases
   SET contacted = 1
 WHERE id IN (SELECT CAST(SUBSTR(stream, 6) AS BIGINT)
                FROM events
               WHERE kind = 'contact' AND body NOT LIKE '%"contact":"NOTE"%');
CREATE INDEX places_parent ON places (version, parent);

-- Who acts for whom: for a district's collector on its transfers (post 0), or for the holder of a post.
CREATE TABLE delegations_wide (
    district TEXT NOT NULL,
    post BIGINT NOT NULL DEFAULT 0,
    account BIGINT NOT NULL REFERENCES accounts (id),
    from_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    given_by BIGINT NOT NULL,
    revoked_at BIGINT,
    revoked_by BIGINT,
    PRIMARY KEY (district, post, account, from_at)
);
INSERT INTO delegations_wide (district, account, from_at, until_at, given_by)
    SELECT district, account, from_at, until_at, given_by FROM delegations;
DROP TABLE delegations;
ALTER TABLE delegations_wide RENAME TO delegations;
CREATE INDEX delegations_account ON delegations (account, until_at);
CREATE INDEX delegations_post ON delegations (post, from_at);

-- An index over the events by which officers acted: what delegates did, and what holders did themselves.
CREATE TABLE acts (
    case_id BIGINT NOT NULL REFERENCES cases (id),
    version BIGINT NOT NULL,
    at BIGINT NOT NULL,
    account BIGINT NOT NULL,
    post BIGINT NOT NULL,
    delegate_of BIGINT,
    department TEXT NOT NULL,
    district TEXT NOT NULL,
    PRIMARY KEY (case_id, version)
);
CREATE INDEX acts_district ON acts (district, at);
CREATE INDEX acts_at ON acts (at);
