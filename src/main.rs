//! The `cwegate` command.

fn main() -> std::process::ExitCode {
    cwegate::cli::main()
}
