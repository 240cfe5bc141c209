-- Recordings of calls beside those of dialogues: a row from the first second, how long it is kept, and its end.

ALTER TABLE recordings ADD COLUMN n BIGINT;
ALTER TABLE recordings ADD COLUMN class TEXT NOT NULL DEFAULT 'COMPLAINT';
ALTER TABLE recordings ADD COLUMN state TEXT NOT NULL DEFAULT 'KEPT';
-- The identity of the folder that holds the file: several machines share the table, not the folder.
ALTER TABLE recordings ADD COLUMN folder TEXT;
ALTER TABLE recordings ADD COLUMN delete_after BIGINT;
ALTER TABLE recordings ADD COLUMN held_at BIGINT;
ALTER TABLE recordings ADD COLUMN held_why BIGINT;
ALTER TABLE recordings ADD COLUMN retry_at BIGINT;
ALTER TABLE recordings ADD COLUMN trouble TEXT;
ALTER TABLE recordings ADD COLUMN deleted_at BIGINT;
ALTER TABLE recordings ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

UPDATE recordings SET state = 'PARTIAL' WHERE partial IS NOT NULL;
UPDATE recordings SET state = 'LOST' WHERE file = '';

CREATE UNIQUE INDEX recordings_number ON recordings (call, n);
CREATE INDEX recordings_due ON recordings (delete_after, id) WHERE delete_after IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX recordings_file ON recordings (file);
CREATE INDEX recordings_deleting ON recordings (delete_after, id) WHERE state = 'DELETING';
CREATE INDEX recordings_running ON recordings (id) WHERE state = 'RECORDING';
