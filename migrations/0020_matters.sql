-- Lists of matters are paged by when they were opened, in one order whether they are open or not.
DROP INDEX matters_open;
CREATE INDEX matters_kind ON matters (kind, opened_at, case_id, version);
