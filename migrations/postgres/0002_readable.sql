-- For people at psql: the same rows with times one can read, in IST.
CREATE VIEW readable_cases AS
SELECT id, kind, state, level, department, district, post, version,
       to_timestamp(registered_at / 1000.0) AT TIME ZONE 'Asia/Kolkata' AS registered,
       to_timestamp(arrived_at / 1000.0) AT TIME ZONE 'Asia/Kolkata' AS arrived,
       to_timestamp(due_at / 1000.0) AT TIME ZONE 'Asia/Kolkata' AS due,
       to_timestamp(resolved_at / 1000.0) AT TIME ZONE 'Asia/Kolkata' AS resolved,
       to_timestamp(closed_at / 1000.0) AT TIME ZONE 'Asia/Kolkata' AS closed
  FROM cases;

CREATE VIEW readable_events AS
SELECT node, seq, stream, version, kind, actor, post, channel, facts,
       to_timestamp(at / 1000.0) AT TIME ZONE 'Asia/Kolkata' AS time
  FROM events;
