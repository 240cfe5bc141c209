-- Who looked at the helpline on a day (IST, yyyymmdd), and who should have.
CREATE INDEX logins_at ON logins (at);
CREATE TABLE visits (
    day BIGINT NOT NULL,
    account BIGINT NOT NULL REFERENCES accounts (id),
    channel TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (day, account, channel)
);

-- Days that were judged: when last, how many officers the day bound, how many of them are listed.
CREATE TABLE attendance_days (
    day BIGINT PRIMARY KEY,
    judged_at BIGINT NOT NULL,
    bound BIGINT NOT NULL,
    listed BIGINT NOT NULL
);
CREATE TABLE defaulters (
    day BIGINT NOT NULL,
    account BIGINT NOT NULL REFERENCES accounts (id),
    post BIGINT NOT NULL,
    level BIGINT NOT NULL,
    department TEXT NOT NULL,
    district TEXT NOT NULL,
    why TEXT NOT NULL CHECK (why <> ''),
    withdrawn_at BIGINT,
    PRIMARY KEY (day, account)
);
CREATE INDEX defaulters_district ON defaulters (district, day);

-- Each action is a row of its own; the words are a text.
CREATE TABLE defaulter_actions (
    text_id BIGINT PRIMARY KEY,
    day BIGINT NOT NULL,
    account BIGINT NOT NULL,
    action TEXT NOT NULL CHECK (action <> ''),
    taken_by BIGINT NOT NULL,
    at BIGINT NOT NULL,
    FOREIGN KEY (day, account) REFERENCES defaulters (day, account)
);
CREATE INDEX defaulter_actions_of ON defaulter_actions (day, account, text_id);
