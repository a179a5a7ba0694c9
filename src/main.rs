//! The `mandorla` command.

fn main() {}
