//! The `chatdku` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    chatdku::cli::main()
}
