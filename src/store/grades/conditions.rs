//! What each figure counts, once for the count and for the list of its cases. $1 and $2 narrow to a place, and the instants follow.

/// $1 and $2 are the department and the district, or NULL.
macro_rules! here {
    () => {
        "($1 IS NULL OR s.department = $1) AND ($2 IS NULL OR s.district = $2) AND "
    };
}
/// Received from $3 to before $4, as it stood just before $5.
macro_rules! received {
    () => {
        "s.registered_at >= $3 AND s.registered_at < $4 AND s.from_at < $5 AND s.until_at >= $5 AND s.state <> 'MERGED'"
    };
}
/// Answers about what was received from $3 to before $4, heard before $5.
macro_rules! heard {
    () => {
        "s.registered_at >= $3 AND s.registered_at < $4 AND s.until_at < $5 AND s.heard IS NOT NULL"
    };
}
/// Not settled just before $3.
macro_rules! unsettled {
    () => {
        "s.unsettled = 1 AND s.from_at < $3 AND s.until_at >= $3"
    };
}
/// Closed from $3 to before $4.
macro_rules! closed {
    () => {
        "s.from_at >= $3 AND s.from_at < $4 AND s.entered = 1
         AND s.state IN ('CLOSED_SATISFIED', 'CLOSED_SPECIAL', 'CLOSED_FORCED')"
    };
}
/// A stay that ended from $3 to before $4.
macro_rules! ended {
    () => {
        "s.ended IS NOT NULL AND s.until_at >= $3 AND s.until_at < $4"
    };
}
/// A contradiction costs the month of its closure until that is judged, then the month in which it came: $3 to $4 is the month, $5
/// when it is judged; the month before begins at $6 and is judged at $7.
macro_rules! contradicted {
    () => {
        "s.heard = 'CONTRADICTED' AND s.until_at >= $3 AND s.until_at < $5
         AND ((s.since_at >= $3 AND s.since_at < $4)
              OR (s.until_at < $4 AND (s.since_at < $6 OR (s.since_at < $3 AND s.until_at >= $7))))"
    };
}
/// Of a month that is judged, from $3 to before $4; the month before begins at $5 and is judged at $6.
macro_rules! late {
    () => {
        "s.from_at >= $3 AND s.from_at < $4
         AND (s.registered_at < $5 OR (s.registered_at < $3 AND s.from_at >= $6))
         AND (s.happened_at < s.from_at
              OR (s.entered = 1
                  AND s.state IN ('CLOSED_SATISFIED', 'CLOSED_SPECIAL', 'CLOSED_FORCED', 'WITHDRAWN', 'MERGED'))
              OR s.fact IN ('REOPENED', 'reopened_by_order'))"
    };
}
/// Why it is late.
macro_rules! why_late {
    () => {
        "CASE WHEN s.happened_at < s.from_at THEN 'BEHIND'
              WHEN s.state = 'CLOSED_SATISFIED' THEN 'SATISFIED'
              WHEN s.state IN ('CLOSED_SPECIAL', 'CLOSED_FORCED') THEN 'CLOSED'
              WHEN s.state IN ('WITHDRAWN', 'MERGED') THEN s.state
              ELSE 'REOPENED' END"
    };
}
pub(super) use {closed, contradicted, ended, heard, here, late, received, unsettled, why_late};
