//! The `helpline181` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    helpline181::cli::run()
}
