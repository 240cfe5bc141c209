-- Months that are published: written once, never changed. Figures, scores and ranks are the paper's, byte for byte.
CREATE TABLE grade_months (
    -- As 202611, of the IST calendar.
    month BIGINT PRIMARY KEY,
    formula BIGINT NOT NULL,
    judged_at BIGINT NOT NULL,
    published_at BIGINT NOT NULL,
    published_by BIGINT NOT NULL REFERENCES accounts (id),
    paper BYTEA NOT NULL,
    -- SHA-256 of the paper; the event `grades_published` says it too.
    digest BYTEA NOT NULL,
    -- JSON: who was first where, for streaks.
    firsts TEXT NOT NULL
);
