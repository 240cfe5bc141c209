-- The desk: what acts of officers and of the call centre leave beside a case.

-- What only some acts need of a case: JSON with its version, absent for the many.
ALTER TABLE cases ADD COLUMN aside TEXT;

-- What waits for somebody's word or date: proposals, tickets, requests, targets. An index over the
-- event (case_id, version) that opened it; settled by a later event of the same case.
CREATE TABLE matters (
    case_id BIGINT NOT NULL REFERENCES cases (id),
    version BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind <> ''),
    department TEXT NOT NULL,
    district TEXT NOT NULL,
    post BIGINT,
    to_post BIGINT,
    account BIGINT,
    code TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    due_at BIGINT,
    outcome TEXT,
    settled_at BIGINT,
    settled_version BIGINT,
    PRIMARY KEY (case_id, version, kind)
);
CREATE INDEX matters_open ON matters (kind, opened_at, case_id) WHERE settled_at IS NULL;
CREATE INDEX matters_district ON matters (district, kind, case_id);

-- Special orders: numbered per post and IST year, never changed.
CREATE TABLE orders (
    post BIGINT NOT NULL,
    year BIGINT NOT NULL,
    n BIGINT NOT NULL CHECK (n > 0),
    case_id BIGINT NOT NULL REFERENCES cases (id),
    version BIGINT NOT NULL,
    account BIGINT,
    text_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (post, year, n)
);
CREATE INDEX orders_case ON orders (case_id, at);

-- Cases of different citizens about one cause: a case follows at most one other.
CREATE TABLE links (
    follower BIGINT PRIMARY KEY REFERENCES cases (id),
    lead BIGINT NOT NULL REFERENCES cases (id),
    at BIGINT NOT NULL
);
CREATE INDEX links_lead ON links (lead, follower);

-- Files that officers put beside a case; the bytes lie in the folder under their digest.
CREATE TABLE evidence (
    id BIGINT PRIMARY KEY,
    case_id BIGINT NOT NULL REFERENCES cases (id),
    sha256 BYTEA NOT NULL,
    kind TEXT NOT NULL CHECK (kind <> ''),
    bytes BIGINT NOT NULL CHECK (bytes > 0),
    account BIGINT,
    post BIGINT,
    at BIGINT NOT NULL
);
CREATE INDEX evidence_case ON evidence (case_id, id);
INSERT INTO counters (name, value) VALUES ('evidence', 0);

-- A collector lets somebody of the district decide on transfers, for a time.
CREATE TABLE delegations (
    district TEXT NOT NULL,
    account BIGINT NOT NULL REFERENCES accounts (id),
    from_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    given_by BIGINT NOT NULL,
    PRIMARY KEY (district, account, from_at)
);
