//! Cases from the command line: the agent's and the officer's console until the web console comes.

mod acts;
mod centre;
mod files;
mod lists;
mod oversight;
mod suggest;

pub use acts::instant;
use helpline_proto::v1;
use serde_json::json;

use super::{
    client::{Connection, Options, request_id},
    error::{Error, Result},
    print,
};

#[derive(Debug, clap::Subcommand)]
pub enum Case {
    /// Register what a citizen brings; prints its number
    Register(Register),
    /// Say what words may be about: category and subcategory, the likeliest first
    Suggest {
        /// As the citizen puts it, in Hindi, English or Hindi in Roman letters
        words: String,
    },
    /// List cases within your scope, newest first
    List(lists::List),
    /// Count your inbox: by state and age, overdue, due soon, without contact
    Figures(lists::Figures),
    /// Show a case with its history
    Show {
        #[arg(default_value = "", required_unless_present = "old_number")]
        number: String,
        /// The number that it had in the system before
        #[arg(long, default_value = "", conflicts_with = "number")]
        old_number: String,
    },
    /// Show a case as its officer: sets `seen`
    Open {
        number: String,
        #[command(flatten)]
        act: Act,
    },
    /// Print what happens to cases within your scope, as it happens
    Watch(lists::Watch),
    /// Record a call, a visit or a note
    Contact {
        number: String,
        /// call, visit or note
        #[arg(long, default_value = "call")]
        kind: String,
        #[arg(long)]
        note: String,
        /// What the citizen said of the work: satisfied or not-satisfied
        #[arg(long)]
        said: Option<String>,
        /// The review meeting in which the call was made, by its code
        #[arg(long)]
        meeting: Option<String>,
        #[command(flatten)]
        act: Act,
    },
    /// File what was done; the helpline then asks the citizen
    Resolve {
        number: String,
        #[arg(long)]
        report: String,
        /// Id of a file of the case that shows it; may be given several times
        #[arg(long)]
        evidence: Vec<String>,
        #[command(flatten)]
        act: Act,
    },
    #[command(flatten)]
    Act(acts::Acts),
    #[command(flatten)]
    Centre(centre::Act),
    #[command(flatten)]
    Files(files::Act),
    #[command(flatten)]
    Oversight(oversight::Oversight),
    /// Give a case that no post was found for to one of its department
    Route {
        number: String,
        /// The post's id
        #[arg(long)]
        post: String,
        /// Why this one
        #[arg(long)]
        reason: String,
        #[arg(long, default_value = "")]
        etag: String,
        #[arg(long)]
        request_id: Option<String>,
    },
    /// Complete a case that was registered by keys
    Review {
        number: String,
        #[arg(long)]
        subcategory: String,
        /// KIND:CODE within the case's district, as block:phanda
        #[arg(long, default_value = "")]
        place: String,
        #[arg(long, default_value = "")]
        etag: String,
        #[arg(long)]
        request_id: Option<String>,
    },
}

#[derive(Debug, clap::Args)]
pub struct Register {
    /// complaint, demand, suggestion or scheme
    #[arg(long, default_value = "complaint")]
    kind: String,
    /// The citizen's phone number; of the call when it is left out
    #[arg(long, default_value = "", required_unless_present = "call")]
    phone: String,
    #[arg(long, default_value = "")]
    name: String,
    /// hi or en
    #[arg(long, default_value = "hi")]
    language: String,
    #[arg(long)]
    category: String,
    #[arg(long, default_value = "")]
    subcategory: String,
    /// KIND:CODE, as block:phanda or district:396
    #[arg(long)]
    place: String,
    /// What the citizen said
    #[arg(long, default_value = "")]
    words: String,
    /// How the citizen heard of 181, when you asked: not-said, radio, television, newspaper, poster, internet,
    /// family-or-neighbours, office, meeting, called-before or other
    #[arg(long)]
    heard_of: Option<String>,
    /// Code of the scheme that it is about
    #[arg(long, default_value = "")]
    scheme: String,
    /// The own call that it is registered on, as the console shows it
    #[arg(long, default_value = "")]
    call: String,
    /// The known outage that it is a case of, by its id
    #[arg(long, default_value = "")]
    incident: String,
    /// An earlier case that is about another matter, by its number; may be given several times
    #[arg(long, requires = "reason")]
    despite: Vec<String>,
    /// Why it is another matter
    #[arg(long, default_value = "")]
    reason: String,
    /// Repeated with the same content, it answers the same case
    #[arg(long)]
    request_id: Option<String>,
}

/// What every act of an officer may say.
#[derive(Debug, clap::Args)]
pub struct Act {
    /// The post that acts, when you hold several
    #[arg(long, default_value = "")]
    pub post: String,
    /// Refuse if the case has changed since this version
    #[arg(long, default_value = "")]
    pub etag: String,
    /// Repeated with the same content, it answers the same result
    #[arg(long)]
    pub request_id: Option<String>,
}

pub async fn run(case: Case, options: &Options) -> Result<()> {
    let connection = options.connect().await?;
    let json = options.json;
    match case {
        Case::Act(act) => show(json, &found(acts::run(&connection, act).await?)?),
        Case::Centre(act) => show(json, &found(centre::run(&connection, act).await?)?),
        Case::Files(act) => files::run(&connection, json, act).await?,
        Case::Oversight(act) => oversight::run(&connection, json, act).await?,
        Case::Register(ask) => {
            let case = register(&connection, ask).await?;
            show(json, &found(case)?);
        }
        Case::Suggest { words } => suggest::run(&connection, json, words).await?,
        Case::List(ask) => lists::list(&connection, json, ask).await?,
        Case::Figures(ask) => lists::figures(&connection, json, ask).await?,
        Case::Show { number, old_number } => {
            let number = match old_number.as_str() {
                "" => number,
                _ => came_over(&connection, old_number).await?,
            };
            let request = v1::GetCaseRequest { number };
            let reply = connection.complaints().get_case(request).await?.into_inner();
            show_history(json, &found(reply.case)?, &reply.history);
        }
        Case::Open { number, act } => {
            let request =
                v1::OpenCaseRequest { request_id: id(act.request_id)?, number, post: act.post };
            let reply = connection.officers().open_case(request).await?.into_inner();
            show_history(json, &found(reply.case)?, &reply.history);
        }
        Case::Watch(ask) => lists::watch(&connection, json, ask).await?,
        Case::Contact { number, kind, note, said, meeting, act } => {
            let kind = print::parse(
                "CONTACT_KIND_",
                &kind,
                v1::ContactKind::from_str_name,
                "kind of contact",
            )?;
            let request = v1::RecordContactRequest {
                request_id: id(act.request_id)?,
                number,
                etag: act.etag,
                post: act.post,
                kind: kind.into(),
                took_place_at: None,
                note,
                citizen_said: said.map_or(Ok(0), |said| citizen_said(&said))?,
                meeting: meeting.unwrap_or_default(),
            };
            let reply = connection.officers().record_contact(request).await?.into_inner();
            show(json, &found(reply.case)?);
        }
        Case::Resolve { number, report, evidence, act } => {
            let request = v1::FileResolutionRequest {
                request_id: id(act.request_id)?,
                number,
                etag: act.etag,
                post: act.post,
                report,
                evidence,
            };
            let reply = connection.officers().file_resolution(request).await?.into_inner();
            show(json, &found(reply.case)?);
            for warning in &reply.warnings {
                eprintln!("note: {warning}");
            }
        }
        Case::Route { number, post, reason, etag, request_id } => {
            let request_id = id(request_id)?;
            let request = v1::RouteCaseRequest { request_id, number, etag, post, reason };
            let reply = connection.complaints().route_case(request).await?.into_inner();
            show(json, &found(reply.case)?);
        }
        Case::Review { number, subcategory, place, etag, request_id } => {
            let request = v1::CompleteReviewRequest {
                request_id: id(request_id)?,
                number,
                etag,
                subcategory,
                place,
            };
            let reply = connection.complaints().complete_review(request).await?.into_inner();
            show(json, &found(reply.case)?);
        }
    }
    Ok(())
}

async fn register(connection: &Connection, ask: Register) -> Result<Option<v1::Case>> {
    let request_id = id(ask.request_id)?;
    let registration = Some(v1::Registration {
        phone: ask.phone,
        name: ask.name,
        language: print::language(&ask.language)?.into(),
        category: ask.category,
        subcategory: ask.subcategory,
        place: ask.place,
        words: ask.words,
        heard_of: match &ask.heard_of {
            Some(said) => {
                print::parse("HEARD_OF_", said, v1::HeardOf::from_str_name, "way to hear of 181")?
                    .into()
            }
            None => 0,
        },
        scheme: ask.scheme,
        call: ask.call,
        incident: ask.incident,
        despite_duplicates: (!ask.despite.is_empty())
            .then_some(v1::DespiteDuplicates { numbers: ask.despite, reason: ask.reason }),
    });
    let mut complaints = connection.complaints();
    let case = match ask.kind.as_str() {
        "complaint" => {
            let request = v1::RegisterComplaintRequest { request_id, registration };
            complaints.register_complaint(request).await?.into_inner().case
        }
        "demand" => {
            let request = v1::RegisterDemandRequest { request_id, registration };
            complaints.register_demand(request).await?.into_inner().case
        }
        "suggestion" => {
            let request = v1::RegisterSuggestionRequest { request_id, registration };
            complaints.register_suggestion(request).await?.into_inner().case
        }
        "scheme" => {
            let request = v1::RegisterSchemeCallRequest { request_id, registration };
            complaints.register_scheme_call(request).await?.into_inner().case
        }
        other => return Err(Error::usage(format!("{other:?} is no kind of case"))),
    };
    Ok(case)
}

/// The number that a case of the system before has here.
async fn came_over(connection: &Connection, old_number: String) -> Result<String> {
    let request = v1::ListCasesRequest { old_number, ..v1::ListCasesRequest::default() };
    let listed = connection.complaints().list_cases(request).await?.into_inner();
    let case = listed.cases.into_iter().next();
    case.map(|case| case.number).ok_or_else(|| Error::usage("no case within your scope had it"))
}

/// One line of a case.
fn shown(case: &v1::Case) -> String {
    let state = print::word(case.state().as_str_name(), "CASE_STATE_");
    let (due, left) = (print::time(case.due_at), print::days_left(case));
    format!("{}  {state}  {}  {due}  {left}", case.number, print::level(case.level))
}

fn show(json: bool, case: &v1::Case) {
    print::out(json, || print::case_json(case), || print::case(case));
}

fn show_history(json: bool, case: &v1::Case, history: &[v1::CaseEvent]) {
    let value = || {
        json!({
            "case": print::case_json(case),
            "history": history.iter().map(print::event_json).collect::<Vec<_>>(),
        })
    };
    print::out(json, value, || format!("{}\n\n{}", print::case(case), print::history(history)));
}

fn found(case: Option<v1::Case>) -> Result<v1::Case> {
    case.ok_or_else(|| Error::other("the helpline answered without a case"))
}

pub fn id(given: Option<String>) -> Result<String> {
    given.map_or_else(request_id, Ok)
}

fn citizen_said(said: &str) -> Result<i32> {
    let said =
        print::parse("CITIZEN_SAID_", said, v1::CitizenSaid::from_str_name, "answer of a citizen")?;
    Ok(said.into())
}
