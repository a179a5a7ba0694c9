use clap::CommandFactory as _;

use super::*;

/// Every verb, as people write it.
const SESSION: &str = r#"
mandorla --home n id new --name "Northwind Social" --role company --contact "Trust desk <desk@northwind.example>"
mandorla --home a id new --name "Agency A"         --role agency  --contact "Duty officer <duty@agency.example>" --phone "+1 555 0100"
mandorla --home m id new --name "Clearing House"   --role matcher --contact "Operations <ops@clearing.example>"
mandorla --home n id card
mandorla --home n id contact "Night desk <night@northwind.example>" --phone "+1 555 0199" --hours "18 to 6 UTC"
mandorla --home n2 id new --succeeds n
mandorla --home n2 id new --succeeds n --contact "New desk <desk@northwind.example>" --phone "+1 555 0101"
mandorla card show n.card
mandorla --home h card add n.card a.card m.card
mandorla --home m serve --listen 127.0.0.1:7443 --admit n.card --admit h.card --admit a.card
mandorla --home c1 id new --name "Vault" --role custodian --contact "Operations <ops@vault.example>"
mandorla --home c1 serve-custodian --listen 127.0.0.1:7451 --admit n.card --admit h.card --admit a.card
mandorla --home c1 custodian meter
mandorla --home c1 custodian meter election-2026
mandorla --home n connect https://127.0.0.1:7443 --card m.card
mandorla charter check election-2026.toml
mandorla --home n charter propose election-2026.toml
mandorla --home n charter propose election-2027.toml --amends election-2026
mandorla --home h charter resign election-2026
mandorla --home n charter export election-2026
mandorla --home n charter export election-2026 --out charter.md
mandorla --home h charter show election-2026
mandorla --home h charter sign election-2026
mandorla --home n round open election-2026
mandorla --home n publish election-2026 northwind.txt
mandorla --home n publish election-2026 - --dry-run
mandorla --home n publish election-2026 a.json b --kinds domain,url --derive host,registrable,folded --expand-cidr 24 --country DE --all-attributes --strict
mandorla --home n publish election-2026 report.txt --extract --warn-list LIST.json --warn-list b.json --drop-warned
mandorla check a.csv b -
mandorla check a.csv --from csv --as domain --format json --all
mandorla canon hxxps://EVIL[.]example/Path --explain
mandorla canon - --country DE --derive host
mandorla --home n round show election-2026
mandorla --home n round extend election-2026 --hours 12
mandorla --home n round close election-2026 --round 3
mandorla --home n overlaps election-2026
mandorla --home n overlaps election-2026 --format json
mandorla --home n overlaps election-2026 --format csv --round 1 --out report.csv
mandorla --home n withdraw election-2026
mandorla --home n withdraw election-2026 --round 2
mandorla --home n round purge election-2026
mandorla charter list
mandorla charter sign election-2026 --fingerprint 0123-4567-89ab-cdef-03zg-1zrg
"#;

/// Splits as a shell does, double quotes only.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.split('"').enumerate() {
        match index % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

#[test]
fn the_declaration_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn the_session_is_understood() {
    for line in SESSION.trim().lines() {
        if let Err(error) = Cli::try_parse_from(words(line)) {
            panic!("{line}: {error}");
        }
    }
}

#[test]
fn what_makes_no_sense_is_a_usage_error() {
    for line in [
        "mandorla",
        "mandorla charter",
        "mandorla id new --name N --role king --contact a@b",
        "mandorla id new --name N --role company --contact nobody",
        "mandorla id new --name N --role company",
        "mandorla id new --succeeds n --name N",
        "mandorla id new --succeeds n --role company",
        "mandorla id new --succeeds n --phone 1",
        "mandorla id contact",
        "mandorla card show",
        "mandorla publish election-2026",
        "mandorla round show x --round 0",
        "mandorla round extend x",
        "mandorla withdraw",
        "mandorla overlaps x --format xml",
        "mandorla charter sign x --fingerprint 0123",
        "mandorla serve",
        "mandorla serve-custodian",
        "mandorla custodian",
    ] {
        assert!(Cli::try_parse_from(words(line)).is_err_and(|error| error.use_stderr()), "{line}");
    }
}

#[test]
fn help_is_short() {
    let mut command = Cli::command();
    command.build();
    let mut open = vec![command];
    while let Some(mut command) = open.pop() {
        let help = command.render_help().to_string();
        assert!(help.lines().count() <= 30, "{help}");
        open.extend(command.get_subcommands().cloned());
    }
}

#[test]
fn a_reader_who_has_seen_enough_is_no_failure() {
    assert_eq!(conclude(Ok(())), Exit::Done);
    assert_eq!(conclude(Err(print::Closed.into())), Exit::Done);
    assert_eq!(conclude(Err(anyhow::anyhow!("the disk is full"))), Exit::Failed);
}
