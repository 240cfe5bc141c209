//! The cases behind a figure: by the conditions that it was counted by, page by page, in the order of case and fact.

use crate::{
    domain::{
        grading::{
            Formula, Span, Spell,
            measure::{Behind, Measure},
        },
        place::PostId,
    },
    store::{
        Db, Result,
        cases::eight,
        db::rows,
        grades::{
            conditions::{closed, contradicted, ended, heard, here, late, received, unsettled},
            count::Within,
            select_spell, spell,
        },
    },
};

/// Rows of one read, whatever was asked for.
pub const PAGE_MAX: i64 = 500;

/// What is asked for: a figure of a place over a span.
#[derive(Clone, Copy, Debug)]
pub struct Figure<'a> {
    pub within: Within<'a>,
    pub span: &'a Span,
    pub formula: &'a Formula,
    pub measure: Measure,
}

pub async fn page(db: &Db, figure: Figure<'_>, behind: Behind, limit: i64) -> Result<Vec<Spell>> {
    let Figure { within, span, formula, measure } = figure;
    let (month_ends, limit) = (span.month.ends(), limit.clamp(0, PAGE_MAX));
    let word = measure.as_str();
    let found = match measure {
        Measure::Received
        | Measure::Satisfied
        | Measure::InTime
        | Measure::NotInTime
        | Measure::Resolved
        | Measure::ResolvedL1 => rows!(
            db,
            select_spell!(
                "spells s WHERE ",
                here!(),
                received!(),
                " AND ($6 = 'RECEIVED'
                       OR ($6 = 'SATISFIED' AND s.state = 'CLOSED_SATISFIED')
                       OR ($6 = 'IN_TIME' AND s.state = 'CLOSED_SATISFIED' AND s.in_time = 1)
                       OR ($6 = 'NOT_IN_TIME' AND NOT (s.state = 'CLOSED_SATISFIED' AND COALESCE(s.in_time, 0) = 1))
                       OR ($6 IN ('RESOLVED', 'RESOLVED_L1')
                           AND s.state IN ('CLOSED_SATISFIED', 'AWAITING_VERIFICATION', 'UNVERIFIED')
                           AND ($6 = 'RESOLVED' OR s.level = 1)))
                   AND (s.case_id, s.version) > ($7, $8)
                 ORDER BY s.case_id, s.version
                 LIMIT $9"
            ),
            within.department,
            within.district,
            span.begins,
            month_ends,
            span.judged,
            word,
            behind.case,
            behind.version,
            limit,
        ),
        Measure::Answers
        | Measure::AnswersSatisfied
        | Measure::AnswersL1
        | Measure::AnswersSatisfiedL1 => rows!(
            db,
            select_spell!(
                "spells s WHERE ",
                here!(),
                heard!(),
                " AND s.heard <> 'CONTRADICTED'
                   AND ($6 IN ('ANSWERS', 'ANSWERS_L1') OR s.heard = 'SATISFIED')
                   AND ($6 IN ('ANSWERS', 'ANSWERS_SATISFIED') OR s.level = 1)
                   AND (s.case_id, s.version) > ($7, $8)
                 ORDER BY s.case_id, s.version
                 LIMIT $9"
            ),
            within.department,
            within.district,
            span.begins,
            month_ends,
            span.judged,
            word,
            behind.case,
            behind.version,
            limit,
        ),
        Measure::Pending | Measure::PartiallyClosed | Measure::Aged => rows!(
            db,
            select_spell!(
                "spells s WHERE ",
                here!(),
                unsettled!(),
                " AND ($4 = 'PARTIALLY_CLOSED' OR s.state <> 'PARTIALLY_CLOSED')
                   AND ($4 <> 'PARTIALLY_CLOSED' OR s.state = 'PARTIALLY_CLOSED')
                   AND ($4 <> 'AGED' OR s.registered_at < $5)
                   AND (s.case_id, s.version) > ($6, $7)
                 ORDER BY s.case_id, s.version
                 LIMIT $8"
            ),
            within.department,
            within.district,
            span.ends,
            word,
            formula.aged_before(span.ends),
            behind.case,
            behind.version,
            limit,
        ),
        Measure::Closed | Measure::Special | Measure::Forced => rows!(
            db,
            select_spell!(
                "spells s WHERE ",
                here!(),
                closed!(),
                " AND ($5 <> 'SPECIAL' OR s.state = 'CLOSED_SPECIAL')
                   AND ($5 <> 'FORCED' OR s.state = 'CLOSED_FORCED')
                   AND (s.case_id, s.version) > ($6, $7)
                 ORDER BY s.case_id, s.version
                 LIMIT $8"
            ),
            within.department,
            within.district,
            span.begins,
            span.ends,
            word,
            behind.case,
            behind.version,
            limit,
        ),
        Measure::Contradicted => rows!(
            db,
            select_spell!(
                "spells s WHERE ",
                here!(),
                contradicted!(),
                " AND (s.case_id, s.version) > ($8, $9)
                 ORDER BY s.case_id, s.version
                 LIMIT $10"
            ),
            within.department,
            within.district,
            span.begins,
            span.ends,
            span.judged,
            span.before_begins,
            span.before_judged,
            behind.case,
            behind.version,
            limit,
        ),
        Measure::Ended | Measure::NotAttended | Measure::Vacant => rows!(
            db,
            select_spell!(
                "spells s WHERE ",
                here!(),
                ended!(),
                " AND ($5 <> 'NOT_ATTENDED' OR s.charged IS NOT NULL)
                   AND ($5 <> 'VACANT' OR s.vacant = 1)
                   AND (s.case_id, s.version) > ($6, $7)
                 ORDER BY s.case_id, s.version
                 LIMIT $8"
            ),
            within.department,
            within.district,
            span.begins,
            span.ends,
            word,
            behind.case,
            behind.version,
            limit,
        ),
        Measure::Late => rows!(
            db,
            select_spell!(
                "spells s WHERE ",
                here!(),
                late!(),
                " AND (s.case_id, s.version) > ($7, $8)
                 ORDER BY s.case_id, s.version
                 LIMIT $9"
            ),
            within.department,
            within.district,
            span.begins,
            span.ends,
            span.before_begins,
            span.before_judged,
            behind.case,
            behind.version,
            limit,
        ),
    };
    found.into_iter().map(spell).collect()
}

/// The stays that these posts did not attend to.
pub async fn charged_to(
    db: &Db,
    posts: &[PostId],
    span: &Span,
    behind: Behind,
    limit: i64,
) -> Result<Vec<Spell>> {
    let [p1, p2, p3, p4, p5, p6, p7, p8] = eight(posts);
    let found = rows!(
        db,
        select_spell!(
            "spells s
              WHERE s.ended IS NOT NULL AND s.until_at >= $1 AND s.until_at < $2
                AND s.charged IN ($3, $4, $5, $6, $7, $8, $9, $10)
                AND (s.case_id, s.version) > ($11, $12)
              ORDER BY s.case_id, s.version
              LIMIT $13"
        ),
        span.begins,
        span.ends,
        p1,
        p2,
        p3,
        p4,
        p5,
        p6,
        p7,
        p8,
        behind.case,
        behind.version,
        limit.clamp(0, PAGE_MAX),
    );
    found.into_iter().map(spell).collect()
}
