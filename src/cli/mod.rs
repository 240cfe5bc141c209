//! The commands. `serve` runs the helpline; most others are thin clients of its gRPC API with the same permissions.

pub mod agents;
mod attendance;
pub mod call_backs;
pub mod case;
pub mod client;
pub mod delegation;
pub mod demo;
mod dialling;
pub mod directory;
pub mod error;
pub mod feedback;
mod flags;
mod grades;
mod incident;
mod intake;
pub mod notices;
pub mod old_cases;
pub mod phone;
pub mod place;
pub mod print;
mod progress;
pub mod prompts;
mod recheck;
mod recordings;
mod reviews;
pub mod serve;
pub mod session;
mod simulate;
pub mod span;
pub mod testdata;
pub mod user;
pub mod verify;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use error::{Error, Result};

/// A state's 181 helpline: complaint by phone, officers' ladder, and the citizen's own answer closes the case.
#[derive(Debug, Parser)]
#[command(name = "helpline181", version, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    client: client::Options,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the helpline
    Serve(serve::Serve),
    /// Register, read and work on cases
    #[command(subcommand)]
    Case(case::Case),
    /// The citizens' answers: what waits, and what a human caller heard
    #[command(subcommand)]
    Verify(verify::Verify),
    /// A feedback caller's own task, the script, and figures
    #[command(subcommand)]
    Feedback(feedback::Feedback),
    /// A phone for trying it out: as a citizen who calls, and as a phone that rings
    Phone(phone::Phone),
    /// Sign in and keep the session for later commands
    Login(session::Login),
    /// End the kept session
    Logout,
    /// Accounts of staff, directly in the database; and PINs of the officers' phone line, by the API
    #[command(subcommand)]
    User(user::User),
    /// The map of who answers for what: places, departments, posts, officers
    #[command(subcommand)]
    Directory(directory::Directory),
    /// Open cases of the system that the state leaves behind
    #[command(subcommand)]
    Cases(old_cases::OldCases),
    /// The spoken prompts
    Prompts(prompts::Prompts),
    /// The daily register of officers: who looked, who did not, and what was done about it
    #[command(subcommand)]
    Attendance(attendance::Attendance),
    /// Who acts for the holder of a post, and how much of the work
    #[command(subcommand)]
    Delegation(delegation::Delegation),
    /// Desk phones of agents, the console, and the queue of callers who want a person
    #[command(subcommand)]
    Agent(agents::Agents),
    /// Citizens whose registrations are refused for a while, and their appeals
    #[command(subcommand)]
    Citizen(intake::citizen::Citizen),
    /// Known outages: callers hear of them first, and join by one key
    #[command(subcommand)]
    Incident(incident::Incident),
    /// Who is rung when: stop switches, and why somebody is rung now or not
    #[command(subcommand)]
    Dialling(dialling::Dialling),
    /// Satisfied answers that are asked about again by a person
    #[command(subcommand)]
    Recheck(recheck::Recheck),
    /// Patterns that somebody should look at
    #[command(subcommand)]
    Flags(flags::Flags),
    /// Scores, grades and ranks of months
    #[command(subcommand)]
    Grades(grades::Grades),
    /// Cases that have grown old, and what is to be done about them
    #[command(subcommand)]
    Drives(reviews::drives::Drives),
    /// The words of messages
    #[command(subcommand)]
    Notices(notices::Notices),
    /// The demonstration's clock
    #[command(subcommand)]
    Demo(demo::Demo),
    /// Citizens who wait to be called by a person
    #[command(subcommand)]
    Callbacks(call_backs::CallBacks),
    /// Data for trying things out
    #[command(subcommand, name = "testdata")]
    TestData(testdata::TestData),
    Simulate(simulate::Simulate),
    /// What was recorded: hear it, hold it, check it
    #[command(subcommand)]
    Recordings(recordings::Recordings),
    /// Print completions for a shell
    Completions {
        shell: clap_complete::Shell,
    },
}

/// Runs the command that the arguments name, and says in the exit code whether it went well.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let done = runtime(&cli.command).and_then(|runtime| runtime.block_on(cli.run()));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("helpline181: {}", error.explain());
            ExitCode::FAILURE
        }
    }
}

fn runtime(command: &Command) -> Result<tokio::runtime::Runtime> {
    let mut builder = match command {
        Command::Serve(_) | Command::Simulate(_) => tokio::runtime::Builder::new_multi_thread(),
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    builder.enable_all().build().map_err(Error::other)
}

impl Cli {
    async fn run(self) -> Result<()> {
        let client = self.client;
        match self.command {
            Command::Serve(serve) => serve::run(serve).await,
            Command::Case(case) => case::run(case, &client).await,
            Command::Verify(verify) => verify::run(verify, &client).await,
            Command::Feedback(feedback) => feedback::run(feedback, &client).await,
            Command::Phone(phone) => phone::run(phone).await,
            Command::Login(login) => session::login(login, &client).await,
            Command::Logout => session::logout(&client).await,
            Command::User(user) => user::run(user, &client).await,
            Command::Directory(directory) => directory::run(directory, &client).await,
            Command::Cases(cases) => old_cases::run(cases, &client).await,
            Command::Prompts(prompts) => prompts::run(prompts).await,
            Command::Attendance(attendance) => attendance::run(attendance, &client).await,
            Command::Agent(agent) => agents::run(agent, &client).await,
            Command::Citizen(citizen) => intake::citizen::run(citizen, &client).await,
            Command::Incident(incident) => incident::run(incident, &client).await,
            Command::Dialling(dialling) => dialling::run(dialling, &client).await,
            Command::Flags(flags) => flags::run(flags, &client).await,
            Command::Grades(grades) => grades::run(grades, &client).await,
            Command::Drives(drives) => reviews::drives::run(drives, &client).await,
            Command::Recheck(recheck) => recheck::run(recheck, &client).await,
            Command::Delegation(delegation) => delegation::run(delegation, &client).await,
            Command::Notices(notices) => notices.run(),
            Command::Demo(demo) => demo::run(demo, &client).await,
            Command::Callbacks(call_backs) => call_backs::run(call_backs, &client).await,
            Command::Recordings(recordings) => recordings::run(recordings, &client).await,
            Command::Simulate(simulate) => simulate::run(simulate).await,
            Command::TestData(data) => testdata::run(data, client.json),
            Command::Completions { shell } => {
                clap_complete::generate(
                    shell,
                    &mut Self::command(),
                    "helpline181",
                    &mut std::io::stdout(),
                );
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_are_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_shell_gets_completions() {
        for shell in clap::ValueEnum::value_variants() {
            let shell: &clap_complete::Shell = shell;
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "helpline181", &mut script);
            assert!(String::from_utf8(script).unwrap().contains("resolve"), "{shell}");
        }
    }
}
