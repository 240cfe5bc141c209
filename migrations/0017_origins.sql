-- Where a case came from, and when a citizen may be rung.

-- How the citizen heard of 181, and which scheme a case is about; a case of which nothing was said has no row.
CREATE TABLE origins (
    case_id BIGINT PRIMARY KEY REFERENCES cases (id),
    heard_of TEXT,
    scheme TEXT
);

-- "Safe to call": minutes of the IST day in which a citizen may be rung, and whether anything may be left.
ALTER TABLE citizens ADD COLUMN safe_from BIGINT;
ALTER TABLE citizens ADD COLUMN safe_until BIGINT;
ALTER TABLE citizens ADD COLUMN no_message BIGINT NOT NULL DEFAULT 0 CHECK (no_message IN (0, 1));
