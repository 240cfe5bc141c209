//! Who acts for the holder of a post, from the command line.

use helpline_proto::v1;
use serde_json::{Value, json};

use super::{
    case::instant,
    client::{Options, request_id},
    error::Result,
    print,
};

#[derive(Debug, clap::Subcommand)]
pub enum Delegation {
    /// Let another officer act for one of your posts
    Give {
        /// The post's id
        post: String,
        login: String,
        /// As 2026-12-01T10:00:00+05:30; now when absent
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        /// At most 90 days later
        #[arg(long, value_name = "TIME")]
        until: String,
    },
    /// End what somebody was let do
    Revoke { post: String, login: String },
    /// List who acts, or acted, for whom
    List {
        /// Only this post's
        #[arg(long, default_value = "")]
        post: String,
    },
    /// How many acts of officers delegates did, the highest share first
    Share {
        /// post, officer, department or district
        #[arg(long, default_value = "officer")]
        per: String,
        /// A day of IST, as 2026-11-01
        #[arg(long)]
        from: String,
        /// The last day
        #[arg(long)]
        until: String,
        #[arg(long, default_value = "")]
        department: String,
        /// As district:396
        #[arg(long, default_value = "")]
        district: String,
    },
}

pub async fn run(delegation: Delegation, options: &Options) -> Result<()> {
    let connection = options.connect().await?;
    let mut client = connection.delegations();
    match delegation {
        Delegation::Give { post, login, from, until } => {
            let request = v1::DelegatePostRequest {
                request_id: request_id()?,
                post,
                login,
                from: from.as_deref().map(instant).transpose()?,
                until: Some(instant(&until)?),
            };
            let given = client.delegate_post(request).await?.into_inner().delegation;
            show(options.json, given.as_slice());
        }
        Delegation::Revoke { post, login } => {
            let request = v1::RevokeDelegationRequest { request_id: request_id()?, post, login };
            let ended = client.revoke_delegation(request).await?.into_inner().delegation;
            show(options.json, ended.as_slice());
        }
        Delegation::List { post } => {
            let request = v1::ListDelegationsRequest { post };
            let found = client.list_delegations(request).await?.into_inner().delegations;
            show(options.json, &found);
        }
        Delegation::Share { per, from, until, department, district } => {
            let per = print::parse("SHARE_PER_", &per, v1::SharePer::from_str_name, "count")?;
            let request = v1::GetDelegatedSharesRequest {
                per: per.into(),
                from_day: from,
                until_day: until,
                department,
                district,
            };
            let rows = client.get_delegated_shares(request).await?.into_inner().rows;
            let value = || {
                rows.iter()
                    .map(|row| {
                        json!({
                            "key": row.key,
                            "acts": row.acts,
                            "by_delegates": row.by_delegates,
                            "share_basis_points": row.share_basis_points,
                        })
                    })
                    .collect::<Value>()
            };
            let text = || {
                let cells = rows.iter().map(|row| {
                    let share = row.share_basis_points;
                    let share = format!("{}.{:02} %", share / 100, share % 100);
                    [row.key.clone(), row.acts.to_string(), row.by_delegates.to_string(), share]
                });
                print::table(["OF", "ACTS", "BY DELEGATES", "SHARE"], cells)
            };
            print::out(options.json, value, text);
        }
    }
    Ok(())
}

fn show(json: bool, delegations: &[v1::Delegation]) {
    let value = || {
        delegations
            .iter()
            .map(|given| {
                json!({
                    "post": given.post,
                    "district": given.district,
                    "login": given.login,
                    "given_by": given.given_by,
                    "from": print::time_json(given.from),
                    "until": print::time_json(given.until),
                    "revoked_at": print::time_json(given.revoked_at),
                })
            })
            .collect::<Value>()
    };
    let text = || {
        let cells = delegations.iter().map(|given| {
            [
                given.post.clone(),
                given.login.clone(),
                given.given_by.clone(),
                print::time(given.from),
                print::time(given.until),
                print::time(given.revoked_at),
            ]
        });
        print::table(
            ["POST", "DELEGATE", "FOR", "FROM (IST)", "UNTIL (IST)", "REVOKED (IST)"],
            cells,
        )
    };
    print::out(json, value, text);
}
