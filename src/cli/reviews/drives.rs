//! `helpline181 drives`: cases that have grown old, whose citizens are to be contacted and which are to be resolved.

use helpline_proto::v1;
use serde_json::{Value, json};

use crate::cli::{client::Options, error::Result, print};

#[derive(Debug, clap::Subcommand)]
pub enum Drives {
    /// List what is to be done, the first opened first
    List {
        /// Only those past their date
        #[arg(long)]
        overdue: bool,
        /// Also what is done
        #[arg(long, conflicts_with = "overdue")]
        all: bool,
        #[command(flatten)]
        narrow: Narrow,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Count what is to be done, the most overdue first
    Count {
        /// district, department or post
        #[arg(default_value = "district")]
        per: String,
        #[command(flatten)]
        narrow: Narrow,
    },
}

#[derive(Debug, clap::Args)]
pub struct Narrow {
    /// Of this age alone, as 50
    #[arg(long, default_value_t = 0)]
    days: i32,
    /// As district:396
    #[arg(long, default_value = "")]
    district: String,
    #[arg(long, default_value = "")]
    department: String,
    /// The id of the post that holds the cases
    #[arg(long, default_value = "")]
    post: String,
}

impl Narrow {
    fn ask(self, filter: v1::DriveFilter) -> v1::DriveNarrow {
        let Self { days, district, department, post } = self;
        v1::DriveNarrow { filter: filter.into(), days, district, department, post }
    }
}

pub async fn run(command: Drives, options: &Options) -> Result<()> {
    let connection = options.connect().await?;
    let mut client = connection.drives();
    match command {
        Drives::List { overdue, all, narrow, limit } => {
            let filter = match (overdue, all) {
                (true, _) => v1::DriveFilter::Overdue,
                (false, true) => v1::DriveFilter::All,
                (false, false) => v1::DriveFilter::Unspecified,
            };
            let mut ask = v1::ListDrivesRequest {
                narrow: Some(narrow.ask(filter)),
                page_size: i32::try_from(limit.min(200)).unwrap_or(200),
                page_token: String::new(),
            };
            let mut drives = Vec::new();
            while drives.len() < limit {
                let page = client.list_drives(ask.clone()).await?.into_inner();
                drives.extend(page.drives);
                if page.next_page_token.is_empty() {
                    break;
                }
                ask.page_token = page.next_page_token;
            }
            drives.truncate(limit);
            print::out(
                options.json,
                || drives.iter().map(value).collect(),
                || print::table(HEADS, drives.iter().map(cells)),
            );
        }
        Drives::Count { per, narrow } => {
            let per = print::parse("DRIVE_PER_", &per, v1::DrivePer::from_str_name, "grouping")?;
            let narrow = Some(narrow.ask(v1::DriveFilter::Unspecified));
            let ask = v1::CountDrivesRequest { narrow, per: per.into() };
            let groups = client.count_drives(ask).await?.into_inner().groups;
            print::out(
                options.json,
                || groups.iter().map(group_value).collect(),
                || print::table(GROUP_HEADS, groups.iter().map(group_cells)),
            );
        }
    }
    Ok(())
}

type Group = v1::count_drives_response::Group;

const HEADS: [&str; 9] =
    ["CASE", "DAYS", "OPENED", "DUE", "CONTACTED", "OUTCOME", "STATE", "DEPARTMENT", "DISTRICT"];
const GROUP_HEADS: [&str; 6] = ["CODE", "NAME", "HELD BY", "OPEN", "OVERDUE", "FIRST DUE"];

fn cells(drive: &v1::Drive) -> [String; 9] {
    [
        drive.number.clone(),
        drive.days.to_string(),
        print::time(drive.opened_at),
        print::time(drive.due_at),
        if drive.contacted { "yes" } else { "no" }.to_owned(),
        drive.outcome.clone(),
        print::word(drive.state().as_str_name(), "CASE_STATE_").to_owned(),
        drive.department.clone(),
        drive.district.clone(),
    ]
}

fn value(drive: &v1::Drive) -> Value {
    json!({
        "number": drive.number,
        "days": drive.days,
        "opened_at": print::time_json(drive.opened_at),
        "due_at": print::time_json(drive.due_at),
        "contacted": drive.contacted,
        "outcome": drive.outcome,
        "settled_at": print::time_json(drive.settled_at),
        "registered_at": print::time_json(drive.registered_at),
        "state": print::word(drive.state().as_str_name(), "CASE_STATE_"),
        "level": drive.level,
        "department": drive.department,
        "district": drive.district,
        "post": drive.post,
    })
}

fn group_cells(group: &Group) -> [String; 6] {
    [
        group.code.clone(),
        group.name.clone(),
        group.holders.join(" "),
        group.open.to_string(),
        group.overdue.to_string(),
        print::time(group.first_due_at),
    ]
}

fn group_value(group: &Group) -> Value {
    json!({
        "code": group.code,
        "name": group.name,
        "holders": group.holders,
        "open": group.open,
        "overdue": group.overdue,
        "first_due_at": print::time_json(group.first_due_at),
    })
}
