-- What a round of calls asks: the verification of a resolution, a courtesy call, or a wish that is confirmed by a call
-- to the registered number.
ALTER TABLE rounds ADD COLUMN purpose TEXT NOT NULL DEFAULT 'RESOLUTION' CHECK (purpose <> '');
