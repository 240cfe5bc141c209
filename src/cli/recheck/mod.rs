//! `helpline181 recheck`: the slice of answers that are asked about again, and the draw done over.

use helpline_proto::v1;
use serde_json::{Value, json};

use super::{
    client::Options,
    error::{Error, Result},
    print,
};
use crate::domain::{
    number::CaseNumber,
    recheck::draw::{Seed, digest, is_drawn},
};

#[derive(Debug, clap::Subcommand)]
pub enum Recheck {
    /// List closures that their citizens contradicted when a person asked
    Contradictions,
    /// List the months with their committed seeds
    Months,
    /// Draw a month again, from its told seed: every answer that the machine took, drawn or not
    Verify {
        /// As 2026-11
        month: String,
    },
}

pub async fn run(command: Recheck, options: &Options) -> Result<()> {
    let connection = options.connect().await?;
    let mut client = connection.rechecks();
    match command {
        Recheck::Contradictions => {
            let mut ask = v1::ListContradictionsRequest::default();
            let mut found = Vec::new();
            loop {
                let page = client.list_contradictions(ask.clone()).await?.into_inner();
                found.extend(page.contradictions);
                if page.next_page_token.is_empty() {
                    break;
                }
                ask.page_token = page.next_page_token;
            }
            print::out(
                options.json,
                || found.iter().map(contradiction_json).collect(),
                || print::table(CONTRADICTION_HEADS, found.iter().map(contradiction)),
            );
        }
        Recheck::Months => {
            let ask = v1::ListRecheckMonthsRequest {};
            let months = client.list_recheck_months(ask).await?.into_inner().months;
            print::out(
                options.json,
                || months.iter().map(month_json).collect(),
                || print::table(MONTH_HEADS, months.iter().map(month_row)),
            );
        }
        Recheck::Verify { month } => {
            let named = parse_month(&month)?;
            let ask = v1::ListRecheckMonthsRequest {};
            let months = client.list_recheck_months(ask).await?.into_inner().months;
            let found = months.into_iter().find(|row| row.month == named);
            let found = found.ok_or_else(|| Error::usage(format!("no seed of {month}")))?;
            let mut ask = v1::ListRecheckAnswersRequest { month: named, ..Default::default() };
            let mut answers = Vec::new();
            loop {
                let page = client.list_recheck_answers(ask.clone()).await?.into_inner();
                answers.extend(page.answers);
                if page.next_page_token.is_empty() {
                    break;
                }
                ask.page_token = page.next_page_token;
            }
            let verdict = verify(&found, &answers)?;
            print::out(options.json, || verdict.json(), || verdict.text());
            if !verdict.holds() {
                return Err(Error::other("the draw does not hold"));
            }
        }
    }
    Ok(())
}

/// What drawing a month again came to.
#[derive(Debug, PartialEq, Eq)]
struct Verdict {
    digest_holds: bool,
    answers: usize,
    drawn: usize,
    /// Answers that the seed draws and nobody asks about, or the other way round: number and round.
    wrong: Vec<String>,
}

impl Verdict {
    fn holds(&self) -> bool {
        self.digest_holds && self.wrong.is_empty()
    }

    fn json(&self) -> Value {
        json!({
            "holds": self.holds(),
            "digest_holds": self.digest_holds,
            "answers": self.answers,
            "drawn": self.drawn,
            "wrong": self.wrong,
        })
    }

    fn text(&self) -> String {
        let said = |holds| if holds { "yes" } else { "NO" }.to_owned();
        print::facts(&[
            ("the seed is the one that was committed", said(self.digest_holds)),
            ("answers of the machine", self.answers.to_string()),
            ("drawn by the seed", self.drawn.to_string()),
            ("each asked about as drawn", said(self.wrong.is_empty())),
            ("otherwise", self.wrong.join(" ")),
        ])
    }
}

/// Recomputes everything from the seed; what the helpline says of an answer is only compared.
fn verify(month: &v1::RecheckMonth, answers: &[v1::RecheckAnswer]) -> Result<Verdict> {
    let seed: Seed = month
        .seed
        .as_slice()
        .try_into()
        .map_err(|_| Error::usage("the seed of this month is not told yet"))?;
    let mut verdict = Verdict {
        digest_holds: digest(&seed)[..] == month.digest[..],
        answers: answers.len(),
        drawn: 0,
        wrong: Vec::new(),
    };
    for answer in answers {
        let number = CaseNumber::parse(&answer.number).map_err(Error::other)?;
        let round = i64::from(answer.round);
        let drawn = is_drawn(&seed, number, round, i64::from(month.share_bp));
        verdict.drawn += usize::from(drawn);
        if drawn != answer.drawn {
            verdict.wrong.push(format!("{}:{}", answer.number, answer.round));
        }
    }
    Ok(verdict)
}

/// `2026-11` as 202611.
fn parse_month(text: &str) -> Result<i32> {
    let month = text.split_once('-').and_then(|(year, month)| {
        let (year, month): (i32, i32) = (year.parse().ok()?, month.parse().ok()?);
        ((2_000..10_000).contains(&year) && (1..=12).contains(&month)).then_some((year, month))
    });
    let (year, month) =
        month.ok_or_else(|| Error::usage(format!("{text:?} is no month as 2026-11")))?;
    Ok(year * 100 + month)
}

const CONTRADICTION_HEADS: [&str; 7] =
    ["NUMBER", "ROUND", "SATISFIED", "CONTRADICTED", "OUTCOME", "DEPARTMENT", "DISTRICT"];
const MONTH_HEADS: [&str; 6] = ["MONTH", "SHARE", "DRAWS FROM", "COMMITTED", "TOLD", "DIGEST"];

fn contradiction(row: &v1::Contradiction) -> [String; 7] {
    [
        row.number.clone(),
        row.round.to_string(),
        print::time(row.answered_at),
        print::time(row.contradicted_at),
        print::word(row.outcome().as_str_name(), "OUTCOME_").to_owned(),
        row.department.clone(),
        row.district.clone(),
    ]
}

fn contradiction_json(row: &v1::Contradiction) -> Value {
    json!({
        "number": row.number,
        "round": row.round,
        "answered_at": print::time_json(row.answered_at),
        "contradicted_at": print::time_json(row.contradicted_at),
        "outcome": print::word(row.outcome().as_str_name(), "OUTCOME_"),
        "department": row.department,
        "category": row.category,
        "district": row.district,
    })
}

fn month_row(row: &v1::RecheckMonth) -> [String; 6] {
    [
        format!("{}-{:02}", row.month / 100, row.month % 100),
        format!("{}.{:02} %", row.share_bp / 100, row.share_bp % 100),
        print::time(row.draws_from),
        print::time(row.committed_at),
        print::time(row.told_at),
        hex(&row.digest),
    ]
}

fn month_json(row: &v1::RecheckMonth) -> Value {
    let counts = row.counts.iter().map(|count| {
        json!({
            "state": print::word(count.state().as_str_name(), "RECHECK_STATE_"),
            "count": count.count,
        })
    });
    json!({
        "month": row.month,
        "share_bp": row.share_bp,
        "draws_from": print::time_json(row.draws_from),
        "committed_at": print::time_json(row.committed_at),
        "told_at": print::time_json(row.told_at),
        "digest": hex(&row.digest),
        "seed": hex(&row.seed),
        "counts": counts.collect::<Vec<_>>(),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(seed: Seed, share_bp: i32) -> v1::RecheckMonth {
        v1::RecheckMonth {
            month: 202_611,
            digest: digest(&seed).to_vec(),
            seed: seed.to_vec(),
            share_bp,
            ..Default::default()
        }
    }

    fn answer(id: i64, drawn: bool) -> v1::RecheckAnswer {
        let number = CaseNumber::of_id(id).unwrap().to_string();
        v1::RecheckAnswer { number, round: 1, drawn, ..Default::default() }
    }

    #[test]
    fn a_draw_is_done_over_from_the_seed_alone() {
        // The number of this case lies at 6,202 of 10,000 under this seed.
        let answers = [answer(1_000_000, true)];
        let held = verify(&month([7; 32], 6_203), &answers).unwrap();
        assert!(held.holds());
        assert_eq!((held.answers, held.drawn), (1, 1));

        let left_out = verify(&month([7; 32], 6_203), &[answer(1_000_000, false)]).unwrap();
        assert_eq!((left_out.holds(), left_out.wrong), (false, vec!["10000004:1".to_owned()]));
        let added = verify(&month([7; 32], 6_202), &answers).unwrap();
        assert_eq!((added.holds(), added.drawn), (false, 0));
    }

    #[test]
    fn another_seed_than_the_committed_one_is_found() {
        let swapped = v1::RecheckMonth { digest: vec![0; 32], ..month([7; 32], 0) };
        assert!(!verify(&swapped, &[]).unwrap().holds());

        let untold = v1::RecheckMonth { seed: vec![], ..month([7; 32], 0) };
        assert!(verify(&untold, &[]).is_err());
    }

    #[test]
    fn a_month_is_written_with_its_year() {
        assert_eq!(parse_month("2026-11").unwrap(), 202_611);
        for wrong in ["", "2026", "202611", "2026-13", "2026-00", "26-11", "2026-11-01"] {
            assert!(parse_month(wrong).is_err(), "{wrong}");
        }
    }
}
