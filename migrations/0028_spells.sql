-- What each complaint stood at between two of its facts, and how that ended: gathered from the events, behind them, for the
-- figures of months. `until_at` is 9223372036854775807 while a spell lasts.
CREATE TABLE spells (
    case_id BIGINT NOT NULL,
    -- Of the fact that it began with.
    version BIGINT NOT NULL,
    -- When it counts from: when it happened, or the end of what is published, if that is later.
    from_at BIGINT NOT NULL,
    happened_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    since_at BIGINT NOT NULL,
    fact TEXT NOT NULL,
    registered_at BIGINT NOT NULL,
    department TEXT NOT NULL,
    district TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state <> ''),
    -- The case came into this state with it, at `since_at`.
    entered BIGINT NOT NULL CHECK (entered IN (0, 1)),
    level BIGINT NOT NULL,
    post BIGINT,
    in_time BIGINT CHECK (in_time IN (0, 1)),
    resolver BIGINT,
    stay_over BIGINT NOT NULL CHECK (stay_over IN (0, 1)),
    -- Pending, or partially closed: what a month's end counts.
    unsettled BIGINT NOT NULL CHECK (unsettled IN (0, 1)),
    ended TEXT,
    charged BIGINT,
    vacant BIGINT NOT NULL CHECK (vacant IN (0, 1)),
    heard TEXT,
    PRIMARY KEY (case_id, version)
);
-- The complaints received in a month, as they stood at an instant.
CREATE INDEX spells_received ON spells (registered_at, until_at, from_at);
CREATE INDEX spells_unsettled ON spells (until_at, from_at) WHERE unsettled = 1;
CREATE INDEX spells_ended ON spells (until_at) WHERE ended IS NOT NULL;
CREATE INDEX spells_contradicted ON spells (until_at) WHERE heard = 'CONTRADICTED';
-- What came in a month, of cases received long before too.
CREATE INDEX spells_from ON spells (from_at, registered_at);

-- How far each node's events are gathered; nothing more comes of one that is done.
CREATE TABLE spells_gathered (
    node BIGINT PRIMARY KEY,
    seq BIGINT NOT NULL,
    done BIGINT NOT NULL CHECK (done IN (0, 1))
);
-- One row, the gate of who gathers: what is gathered behind `frozen_at` counts from there on.
CREATE TABLE spells_gate (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    version BIGINT NOT NULL,
    frozen_at BIGINT NOT NULL
);
INSERT INTO spells_gate (id, version, frozen_at) VALUES (1, 1, 0);
