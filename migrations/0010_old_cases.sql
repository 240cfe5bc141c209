-- Cases of the system that the state left behind: each of its numbers comes over once.
CREATE TABLE old_numbers (
    number TEXT PRIMARY KEY CHECK (number <> ''),
    case_id BIGINT NOT NULL UNIQUE
);

-- Old versions of the directory are taken out when nothing asks for them; their own row stays.
ALTER TABLE directory_versions
    ADD COLUMN purged BIGINT NOT NULL DEFAULT 0 CHECK (purged IN (0, 1));
