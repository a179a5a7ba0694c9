//! A charter as a document that counsel can file: who, the rules as they stand, what each member reads, and the signatures.
//! Markdown, the same for everybody who writes it of the same charter and signatures.

use super::{Carrier, Proposal, Terms, words};
use crate::identity::{CardCore, Signature};

/// The whole document. `drafted` is the time of the draft as people read it; `over`, if it is no longer in force, why.
pub fn document(proposal: &Proposal, drafted: &str, over: Option<&str>) -> String {
    let terms = proposal.charter().terms();
    let title = format!(
        "# Charter of the exchange {}\n\nDrafted {drafted}. {}\n",
        terms.name,
        over.map_or_else(|| state(proposal), plain)
    );
    let hash = format!("\nHash of the charter: `{}`\n", proposal.charter().hash());
    let amended = terms.amends.map(|amended| format!("\nHash of the charter that it amends: `{amended}`\n"));
    let sections = [
        ("Parties", parties(terms)),
        ("Terms", terms_as_written(terms)),
        ("Who learns what of whom", matrix(terms)),
        ("In plain words", plain_words(terms)),
        ("Signatures", signatures(proposal)),
        ("Resignations", resignations(proposal)),
    ];
    let sections = sections.iter().filter(|(_, text)| !text.is_empty());
    let sections: String = sections.map(|(title, text)| format!("\n## {title}\n\n{text}")).collect();
    title + &hash + &amended.unwrap_or_default() + &sections
}

fn state(proposal: &Proposal) -> String {
    let missing: Vec<String> = proposal.missing().map(|card| plain(card.name())).collect();
    let resigned: Vec<String> = proposal.resigned().map(|card| plain(card.name())).collect();
    match missing.as_slice() {
        [] if !resigned.is_empty() => format!(
            "In force, and paused: all members have signed, and {} resigned since. No round is opened under it any more.",
            resigned.join(", ")
        ),
        [] => "In force: all members have signed.".to_owned(),
        missing => format!("Not in force: {} must still sign.", missing.join(", ")),
    }
}

/// Numbers are the members' places from 1, which the matrix uses.
fn parties(terms: &Terms) -> String {
    let head = "| | Name | Role | Fingerprint | |\n|---|---|---|---|---|\n".to_owned();
    let row = |number: String, card: &CardCore, remarks: String| {
        let fingerprint = card.id().fingerprint();
        format!("| {number} | {} | {} | `{fingerprint}` | {remarks} |\n", plain(card.name()), card.role())
    };
    let members = terms.members.iter().enumerate().map(|(place, card)| {
        let convener = terms.conveners.contains(&place).then_some("convener");
        let silent = terms.publish_only.contains(&place).then_some("publishes only");
        row((place + 1).to_string(), card, [convener, silent].into_iter().flatten().collect::<Vec<_>>().join(", "))
    });
    let carriers = terms.carriers.iter().map(|Carrier { member, card }| {
        row(String::new(), card, format!("may carry files for {}", plain(terms.members[*member].name())))
    });
    let custodians = terms.custody.custodians().iter().map(|custodian| {
        row(String::new(), &custodian.card, format!("holds a key for each round, at {}", plain(&custodian.url)))
    });
    let matcher = row(String::new(), &terms.matcher, String::new());
    head + &members.collect::<String>() + &matcher + &custodians.collect::<String>() + &carriers.collect::<String>()
}

/// Every term with its key in a draft, those that were left out too.
fn terms_as_written(terms: &Terms) -> String {
    let kinds: Vec<&str> = terms.kinds.iter().map(|kind| kind.name()).collect();
    let keys = [
        ("custody", terms.custody.name().to_owned()),
        ("accept_guessable", terms.accept_guessable.to_string()),
        ("profile", terms.profile.to_string()),
        ("kinds", kinds.join(", ")),
        ("max_indicators", words::thousands(terms.max_indicators)),
        ("same_size", terms.same_size.to_string()),
        ("min_holders", terms.min_holders.to_string()),
        ("round_hours", terms.round_hours.to_string()),
        ("answer_hours", terms.answer_hours.to_string()),
        ("rounds_per_day", terms.rounds_per_day.to_string()),
        ("list_expiry_hours", terms.list_expiry_hours.to_string()),
        ("epsilon", terms.epsilon.to_string()),
        ("epsilon_budget", terms.epsilon_budget.to_string()),
        ("talk", terms.talk.to_string()),
        ("disclosure.default", terms.disclosure.default().name().to_owned()),
    ];
    let rows: String = keys.iter().map(|(key, value)| format!("| {key} | {value} |\n")).collect();
    let rules: String =
        terms.disclosure.rules().iter().map(|rule| format!("- {}\n", plain(&rule.words(&terms.members)))).collect();
    let rules =
        if rules.is_empty() { rules } else { format!("\nDisclosure rules, the most specific wins:\n\n{rules}") };
    format!("| | |\n|---|---|\n{rows}{rules}")
}

fn matrix(terms: &Terms) -> String {
    let places = || 0..terms.members.len();
    let row = |head: String, cell: &dyn Fn(usize) -> String| {
        let cells: Vec<String> = places().map(cell).collect();
        format!("| {head} | {} |\n", cells.join(" | "))
    };
    let head = row("list of \\ reader".to_owned(), &|reader| (reader + 1).to_string());
    let line = row("---".to_owned(), &|_| "---".to_owned());
    let holders = places().map(|holder| {
        let name = format!("{} {}", holder + 1, plain(terms.members[holder].name()));
        row(name, &|reader| if holder == reader { "-".into() } else { terms.level(holder, reader).name().into() })
    });
    head + &line + &holders.collect::<String>()
}

fn plain_words(terms: &Terms) -> String {
    let list = |sentences: &[String]| sentences.iter().map(|text| format!("- {}\n", plain(text))).collect::<String>();
    let common = words::common(terms);
    let common = common.iter().map(|(title, sentences)| format!("### {title}\n\n{}\n", list(sentences)));
    let members = terms.members.iter().enumerate().map(|(own, card)| {
        let head = format!("### Who learns what: as {} reads it\n\n", plain(card.name()));
        head + &list(&words::disclosure(terms, own))
    });
    common.collect::<String>() + &members.collect::<Vec<_>>().join("\n")
}

fn signatures(proposal: &Proposal) -> String {
    let about = "Ed25519 (RFC 8032) over `lp(\"mandorla/1 charter signature\") || lp(hash of the charter)`; `lp(b)` is the length of `b` in \
        four bytes, little-endian, and then `b`.\n\n| Member | Ed25519 public key | Signature |\n|---|---|---|\n";
    let rows = proposal.charter().terms().members.iter().enumerate().map(|(place, card)| {
        let signature = proposal.signatures().get(&place);
        let signature = signature.map_or_else(|| "has not signed".to_owned(), |by| format!("`{}`", hex(by.as_bytes())));
        format!("| {} | `{}` | {signature} |\n", plain(card.name()), hex(card.verifying().as_bytes()))
    });
    about.to_owned() + &rows.collect::<String>()
}

/// Nothing, if nobody has resigned.
fn resignations(proposal: &Proposal) -> String {
    if proposal.resignations().is_empty() {
        return String::new();
    }
    let about = "Ed25519 over `lp(\"mandorla/1 charter resignation\") || lp(hash of the charter)`, by the members' keys above.\n\n\
        | Member | Signature |\n|---|---|\n";
    let row = |(card, signature): (&CardCore, &Signature)| {
        format!("| {} | `{}` |\n", plain(card.name()), hex(signature.as_bytes()))
    };
    about.to_owned() + &proposal.resigned().zip(proposal.resignations().values()).map(row).collect::<String>()
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// Text that Markdown shows as it is: anybody can put any visible characters into a name.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\`*_[]<>#|~&".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
