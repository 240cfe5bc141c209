-- What became of each notice, so that none is sent twice: `sending_at` is set before the gateway is asked.
ALTER TABLE notices ADD COLUMN outcome TEXT;
ALTER TABLE notices ADD COLUMN sending_at BIGINT;
ALTER TABLE notices ADD COLUMN gateway_id TEXT;
ALTER TABLE notices ADD COLUMN segments BIGINT;
ALTER TABLE notices ADD COLUMN failure TEXT;
ALTER TABLE notices ADD COLUMN receipt TEXT;
ALTER TABLE notices ADD COLUMN receipt_at BIGINT;
UPDATE notices SET outcome = 'SENT' WHERE sent_at IS NOT NULL;
DROP INDEX notices_due;
CREATE INDEX notices_due ON notices (due_at, case_id) WHERE outcome IS NULL;
CREATE INDEX notices_gateway ON notices (gateway_id) WHERE gateway_id IS NOT NULL;
CREATE INDEX notices_sending ON notices (sending_at) WHERE sending_at IS NOT NULL;
