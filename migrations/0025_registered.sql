-- What was registered since an instant: the board's day and the intake figures.
CREATE INDEX cases_registered ON cases (registered_at, district, department);
