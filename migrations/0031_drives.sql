-- A case has one drive for each age that it reached while it was pending.
CREATE UNIQUE INDEX matters_drive ON matters (case_id, code) WHERE kind = 'DRIVE';
-- The drives that are still to be done.
CREATE INDEX matters_drive_open ON matters (opened_at, case_id, version) WHERE kind = 'DRIVE' AND settled_at IS NULL;
-- Pending cases by their age; closed ones are the many.
CREATE INDEX cases_pending ON cases (registered_at, id)
 WHERE state IN ('UNROUTED', 'WITH_OFFICER', 'AWAITING_VERIFICATION', 'PARTIALLY_CLOSED', 'SPECIAL_CLOSE_PROPOSED', 'UNVERIFIED');

-- How far the look for cases of an age has come.
CREATE TABLE drive_looks (
    days BIGINT PRIMARY KEY,
    looked_at BIGINT NOT NULL,
    -- The registration that was read last; the beginning when the look was over.
    behind_at BIGINT NOT NULL,
    behind_id BIGINT NOT NULL
);
