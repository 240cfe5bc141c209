-- The directory at the size of a state: scopes, ladders, synonyms, holidays, and persons over dated periods.

-- An import that a later one overtook: it can no longer go live.
ALTER TABLE directory_versions
    ADD COLUMN abandoned BIGINT NOT NULL DEFAULT 0 CHECK (abandoned IN (0, 1));

-- A post's code is its name over all versions; at most one of category and subcategory narrows it.
ALTER TABLE posts ADD COLUMN code TEXT NOT NULL DEFAULT '';
ALTER TABLE posts ADD COLUMN category TEXT;
ALTER TABLE posts ADD COLUMN subcategory TEXT;
UPDATE posts SET code = 'post-' || id;
CREATE TABLE post_codes (
    code TEXT PRIMARY KEY,
    id BIGINT NOT NULL UNIQUE
);
INSERT INTO post_codes (code, id) SELECT DISTINCT code, id FROM posts;

CREATE TABLE ladder (
    version BIGINT NOT NULL,
    department TEXT NOT NULL,
    level BIGINT NOT NULL CHECK (level BETWEEN 1 AND 255),
    designation TEXT NOT NULL,
    PRIMARY KEY (version, department, level, designation)
);
CREATE TABLE synonyms (
    version BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('CATEGORY', 'SUBCATEGORY')),
    code TEXT NOT NULL,
    word TEXT NOT NULL,
    PRIMARY KEY (version, kind, code, word)
);
CREATE TABLE holidays (
    version BIGINT NOT NULL,
    day BIGINT NOT NULL,
    name_hi TEXT NOT NULL,
    name_en TEXT NOT NULL,
    PRIMARY KEY (version, day)
);

-- Persons over dated periods are no copies per version: a row counts from the version `since` (0: made by
-- hand) until the version `gone`, and versions that never went live do not count.
CREATE TABLE post_holders_dated (
    post BIGINT NOT NULL,
    account BIGINT NOT NULL REFERENCES accounts (id),
    from_at BIGINT NOT NULL,
    until_at BIGINT,
    kind TEXT NOT NULL DEFAULT 'REGULAR',
    since BIGINT NOT NULL DEFAULT 0,
    gone BIGINT,
    PRIMARY KEY (post, account, from_at, since)
);
INSERT INTO post_holders_dated (post, account, from_at, until_at)
    SELECT post, account, from_at, until_at FROM post_holders;
DROP TABLE post_holders;
ALTER TABLE post_holders_dated RENAME TO post_holders;
CREATE INDEX post_holders_account ON post_holders (account);

CREATE TABLE officers (
    account BIGINT NOT NULL REFERENCES accounts (id),
    since BIGINT NOT NULL,
    gone BIGINT,
    name_hi TEXT NOT NULL,
    name_en TEXT NOT NULL,
    -- As a citizen's phone: found by a keyed hash, sealed.
    mobile_key BYTEA,
    mobile_sealed BYTEA,
    active_from BIGINT,
    active_until BIGINT,
    PRIMARY KEY (account, since)
);
CREATE INDEX officers_mobile ON officers (mobile_key) WHERE mobile_key IS NOT NULL;

CREATE TABLE officer_leave (
    account BIGINT NOT NULL REFERENCES accounts (id),
    from_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    since BIGINT NOT NULL,
    gone BIGINT,
    PRIMARY KEY (account, from_at, since)
);

-- A policy that came with an import counts from that import's going live.
ALTER TABLE policies ADD COLUMN directory BIGINT;
