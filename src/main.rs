//! The `mandorla` command.

fn main() -> std::process::ExitCode {
    mandorla::cli::run()
}
