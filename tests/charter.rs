//! Charters: the words that members read before they sign, what makes none, and that a changed one is in force for nobody.

#![allow(clippy::unwrap_used)] // clippy's own exception does not reach the helpers of tests

#[path = "common/core.rs"]
mod core;

use std::collections::BTreeSet;

use self::core::{Identity, matcher, members, terms};
use mandorla::charter::draft::Draft;
use mandorla::charter::{Charter, Disclosure, Level, Party, Proposal, Rule, Terms, words};
use mandorla::identity::{CardCore, Role};
use mandorla::indicator::Kind;

const ROLES: [Role; 3] = [Role::Company, Role::Agency, Role::Broker];

fn rule(holder: Party, reader: Party, level: Level) -> Rule {
    Rule { holder, reader, level }
}

fn company_to_agency(level: Level) -> Rule {
    rule(Party::Role(Role::Company), Party::Role(Role::Agency), level)
}

/// What members read about each other: for each of the others what it learns, then what one learns of it.
#[test]
fn disclosure_in_plain_words() {
    let learns_nothing = |name| format!("{name} will learn nothing about your list.");
    let learns = |name| format!("{name} will learn which of their indicators you hold, and that it is you.");
    let nothing_of = |name| format!("You will learn nothing about the list of {name}.");
    let which_of = |name| format!("You will learn which of your indicators {name} holds, by name.");
    let (company, agency, broker) = ("Member 0 (company)", "Member 1 (agency)", "Member 2 (broker)");
    let one_name = rule(Party::Member(0), Party::Role(Role::Agency), Level::None);
    let two_names = rule(Party::Member(0), Party::Member(1), Level::Named);
    let cases = [
        (
            "the default is named",
            (Level::Named, vec![], 0),
            vec![learns(agency), learns(broker), which_of(agency), which_of(broker)],
        ),
        (
            "the default is none",
            (Level::None, vec![], 2),
            vec![learns_nothing(company), learns_nothing(agency), nothing_of(company), nothing_of(agency)],
        ),
        (
            "agencies learn nothing of companies: the company",
            (Level::Named, vec![company_to_agency(Level::None)], 0),
            vec![learns_nothing(agency), learns(broker), which_of(agency), which_of(broker)],
        ),
        (
            "agencies learn nothing of companies: the agency",
            (Level::Named, vec![company_to_agency(Level::None)], 1),
            vec![learns(company), learns(broker), nothing_of(company), which_of(broker)],
        ),
        (
            "a rule with a name outweighs one with roles",
            (Level::Named, vec![one_name, company_to_agency(Level::Named)], 0),
            vec![learns_nothing(agency), learns(broker), which_of(agency), which_of(broker)],
        ),
        (
            "a rule with two names outweighs one with one",
            (Level::None, vec![two_names, one_name], 0),
            vec![learns(agency), learns_nothing(broker), nothing_of(agency), nothing_of(broker)],
        ),
    ];
    let members = members(&ROLES);
    for (name, (default, rules, own), expected) in cases {
        let charter = Charter::new(terms(&members, default, rules)).unwrap();
        assert_eq!(words::disclosure(charter.terms(), own), expected, "{name}");
    }
}

#[test]
fn rules_in_plain_words() {
    let members = members(&ROLES);
    let mut terms = terms(&members, Level::Named, vec![]);
    (terms.kinds, terms.max_indicators, terms.convener) = (BTreeSet::from([Kind::Url, Kind::Ipv4]), 5000, 2);
    let fixed = |threshold: &str, hours: &str| {
        vec![
            "Compared are: ipv4, url (canonical forms: profile 1).".to_owned(),
            "A list has at most 5,000 indicators.".to_owned(),
            threshold.to_owned(),
            format!("Member 2 opens and closes rounds. {hours}; then all lists are purged."),
            "Everyone sees who has published and who has not.".to_owned(),
        ]
    };
    assert_eq!(
        words::rules(&terms),
        fixed(
            "An indicator is shown as soon as one other organisation that you may see holds it too.",
            "Lists come in for 24 hours; after the close, answers are given for 72 hours"
        )
    );
    (terms.min_holders, terms.round_hours, terms.answer_hours) = (3, 1, 1);
    assert_eq!(
        words::rules(&terms),
        fixed(
            "An indicator is shown only if at least 3 organisations hold it, yours and those that you may see. \
             This limits honest curiosity, not someone who publishes under several names.",
            "Lists come in for 1 hour; after the close, answers are given for 1 hour"
        )
    );
}

/// Whoever signs a charter in shared custody has read its limit.
#[test]
fn the_limit_of_shared_custody_is_said() {
    let members = members(&ROLES);
    let text = words::trust(&terms(&members, Level::Named, vec![])).join(" ");
    for said in [
        "It does not learn the indicators, as long as it does not work together with a member.",
        "A member may put guesses into its own list; they are answered like real indicators",
        "custody is shared, so every member holds the round's salt",
        "If the matcher works together with any one member, the two can test guesses against every list, without end and \
         without a trace, for as long as they keep copies: all IPv4 addresses in about 13 minutes on one core.",
        "By signing, each member accepts this.",
    ] {
        assert!(text.contains(said), "{said}");
    }
}

#[test]
fn terms_that_make_no_charter() {
    const NAME: &str =
        "the name of an exchange is 1 to 64 of a-z, 0-9, `-`, `_` and `.`, and starts with a letter or digit";
    fn named(name: &str) -> impl FnOnce(&mut Terms) {
        move |terms| terms.name = name.to_owned()
    }
    fn with_member(card: CardCore) -> impl FnOnce(&mut Terms) {
        move |terms| terms.members[1] = card
    }
    type Case = (Box<dyn FnOnce(&mut Terms)>, &'static str);
    fn case(change: impl FnOnce(&mut Terms) + 'static, message: &'static str) -> Case {
        (Box::new(change), message)
    }
    let twice = "Member 0 is in the charter twice, or two cards share a key or a name";
    let shouting = Identity::new("MEMBER 0", Role::Company).core;
    let first = &members(&ROLES)[0].core;
    let other = Identity::new("Other", Role::Broker).core;
    let same_key = |signing: &CardCore, sealing: &CardCore, tls: &CardCore| {
        CardCore::new("Other", Role::Broker, *signing.verifying(), *sealing.sealing(), *tls.tls()).unwrap()
    };
    let twice_other = "Other is in the charter twice, or two cards share a key or a name";
    let cases = [
        case(named(""), NAME),
        case(named("Election"), NAME),
        case(named("-election"), NAME),
        case(named("../election"), NAME),
        case(named("élection"), NAME),
        case(named("a\u{1b}[2J"), NAME),
        case(|t| t.name = "a".repeat(65), NAME),
        case(
            |t| t.matcher = Identity::new("X", Role::Company).core,
            "X has the role company and cannot be the matcher of an exchange",
        ),
        case(
            with_member(Identity::new("X", Role::Matcher).core),
            "X has the role matcher and cannot be a member of an exchange",
        ),
        case(
            with_member(Identity::new("X", Role::Courier).core),
            "X has the role courier and cannot be a member of an exchange",
        ),
        case(|t| t.members.truncate(1), "an exchange has 2 to 256 members, this one 1"),
        case(
            |t| t.members = core::cores(&members(&[Role::Company; 257])),
            "an exchange has 2 to 256 members, this one 257",
        ),
        case(with_member(first.clone()), twice),
        case(with_member(shouting), "MEMBER 0 is in the charter twice, or two cards share a key or a name"),
        case(with_member(same_key(first, &other, &other)), twice_other),
        case(with_member(same_key(&other, first, &other)), twice_other),
        case(with_member(same_key(&other, &other, first)), twice_other),
        case(|t| t.convener = 3, "the convener is not a member"),
        case(
            |t| t.accept_guessable = false,
            "in shared custody a matcher that works with one member can test guesses against every list: \
             write `accept_guessable = true` if all members accept that",
        ),
        case(|t| t.profile = 2, "the charter's canonical forms are profile 2; this version writes profile 1"),
        case(|t| t.kinds.clear(), "`kinds` is empty: name at least one kind of indicator"),
        case(|t| t.max_indicators = 0, "`max_indicators` must be 1 to 3758096384"),
        case(|t| t.max_indicators = 3_758_096_385, "`max_indicators` must be 1 to 3758096384"),
        case(|t| t.min_holders = 1, "`min_holders` must be 2 to the number of members (3), it is 1"),
        case(|t| t.min_holders = 4, "`min_holders` must be 2 to the number of members (3), it is 4"),
        case(|t| t.round_hours = 0, "`round_hours` must be 1 to 8784"),
        case(|t| t.answer_hours = 8785, "`answer_hours` must be 1 to 8784"),
        case(
            |t| t.disclosure = Disclosure::new(Level::Named, vec![company_to_agency(Level::None); 1025], &t.members),
            "a charter has at most 1024 disclosure rules, this one 1025: name roles instead of members",
        ),
    ];
    for (change, message) in cases {
        let mut terms = terms(&members(&ROLES), Level::Named, vec![]);
        change(&mut terms);
        assert_eq!(Charter::new(terms).unwrap_err().to_string(), message);
    }
}

/// Two rules that weigh the same and disagree are an error, and the message has both. Those that agree, or that a
/// heavier rule decides, are none.
#[test]
fn rules_that_disagree() {
    let members = members(&ROLES);
    let by_holder = rule(Party::Member(0), Party::Role(Role::Agency), Level::Named);
    let by_reader = |level| rule(Party::Role(Role::Company), Party::Member(1), level);
    let check = |rules| Charter::new(terms(&members, Level::None, rules)).map_err(|fault| fault.to_string());
    assert_eq!(
        check(vec![by_holder, by_reader(Level::None)]).unwrap_err(),
        "for Member 1 reading Member 0 two rules disagree: \
         { holder = \"Member 0\", reader = \"role:agency\", level = \"named\" } and \
         { holder = \"role:company\", reader = \"Member 1\", level = \"none\" }; add a rule that names both members"
    );
    check(vec![by_holder, by_reader(Level::Named)]).unwrap();
    for decided in [Level::None, Level::Named] {
        let decision = rule(Party::Member(0), Party::Member(1), decided);
        let charter = check(vec![by_holder, by_reader(Level::None), decision]).unwrap();
        assert_eq!(charter.terms().disclosure.level(0, 1), decided);
    }
}

const DRAFT: &str = r#"
name = "election-2026"
matcher = "m.card"
members = ["n.card", "h.card", "a.card"]
custody = "shared"
accept_guessable = true
kinds = ["ipv4", "ipv6", "domain", "url", "email", "account", "phone", "md5", "sha1", "sha256"]
max_indicators = 1_000_000
min_holders = 2
[disclosure]
default = "named"
rules = [ { holder = "role:company", reader = "role:agency", level = "none" } ]
"#;

fn charter_of(toml: &str, proposer: &Identity) -> Result<Charter, String> {
    let card = |path: &str| match path {
        "n.card" => Ok(Identity::new("Northwind", Role::Company).core),
        "h.card" => Ok(Identity::new("Harbour", Role::Company).core),
        "a.card" => Ok(Identity::new("Agency", Role::Agency).core),
        "m.card" => Ok(matcher().core),
        _ => Err("no such file".to_owned()),
    };
    let draft = Draft::parse(toml).and_then(|draft| draft.charter(proposer.core.id(), core::OPENED, card));
    draft.map_err(|fault| fault.to_string())
}

#[test]
fn a_draft_as_people_write_it() {
    let charter = charter_of(DRAFT, &Identity::new("Harbour", Role::Company)).unwrap();
    let terms = charter.terms();
    assert_eq!((terms.convener, terms.round_hours, terms.answer_hours, terms.min_holders), (1, 24, 72, 2));
    assert_eq!((terms.kinds.len(), terms.max_indicators, terms.max_class().shards()), (10, 1_000_000, 320));
    assert_eq!((terms.disclosure.level(1, 2), terms.disclosure.level(2, 1)), (Level::None, Level::Named));
    assert_eq!(Charter::decode(&charter.encode()).unwrap(), charter);

    let named = DRAFT
        .replace("min_holders = 2", "min_holders = 3\nround_hours = 1\nanswer_hours = 2")
        .replace("rules = [", "rules = [ { holder = \"n.card\", reader = \"a.card\", level = \"named\" }, ");
    let charter = charter_of(&named, &Identity::new("Northwind", Role::Company)).unwrap();
    let terms = charter.terms();
    assert_eq!((terms.convener, terms.round_hours, terms.answer_hours, terms.min_holders), (0, 1, 2, 3));
    assert_eq!((terms.disclosure.level(0, 2), terms.disclosure.level(1, 2)), (Level::Named, Level::None));
}

#[test]
fn drafts_that_make_no_charter() {
    let cases = [
        ("name = ", "nmae = ", "unknown field `nmae`"),
        ("min_holders = 2", "min_holders = 2\nsame_size = true", "unknown field `same_size`"),
        ("default = \"named\"", "default = \"named\"\nlevel = \"none\"", "unknown field `level`"),
        ("level = \"none\"", "level = \"none\", until = 3", "unknown field `until`"),
        ("min_holders = 2", "", "missing field `min_holders`"),
        ("[disclosure]", "[disclosure", "unclosed table"),
        ("min_holders = 2", "min_holders = -2", "invalid value"),
        ("max_indicators = 1_000_000", "max_indicators = \"all\"", "invalid type"),
        ("accept_guessable = true", "", "write `accept_guessable = true` if all members accept that"),
        (
            "accept_guessable = true",
            "accept_guessable = false",
            "write `accept_guessable = true` if all members accept",
        ),
        ("\"shared\"", "\"custodian\"", "the custody `custodian` is not in this version yet; use `shared`"),
        ("\"shared\"", "\"none\"", "`none` is no custody; known: shared"),
        ("\"named\"", "\"count\"", "the level `count` is not in this version yet; use `named` or `none`"),
        (
            "level = \"none\"",
            "level = \"anonymous\"",
            "the level `anonymous` is not in this version yet; use `named` or `none`",
        ),
        ("\"named\"", "\"Named\"", "`Named` is no disclosure level; known: named, none"),
        ("\"md5\"", "\"md4\"", "`md4` is no kind of indicator; known: account, ad-account, app-id, asn,"),
        ("role:company", "role:matcher", "`matcher` is no role of a member; known: company, agency, broker"),
        ("role:agency", "role:Agency", "`Agency` is no role of a member; known: company, agency, broker"),
        ("role:agency", "agency", "a disclosure rule names agency, which is not one of `members`"),
        ("role:agency", "m.card", "a disclosure rule names m.card, which is not one of `members`"),
        ("\"h.card\"", "\"x.card\"", "the card x.card: no such file"),
        ("\"m.card\"", "\"x.card\"", "the card x.card: no such file"),
        ("\"n.card\", ", "", "the proposer is not one of `members`: add this home's own card"),
        ("\"h.card\"", "\"n.card\"", "Northwind is in the charter twice"),
        ("\"a.card\"", "\"m.card\"", "Clearing House has the role matcher and cannot be a member of an exchange"),
        ("\"m.card\"", "\"h.card\"", "Harbour has the role company and cannot be the matcher of an exchange"),
    ];
    for (from, to, message) in cases {
        assert!(DRAFT.contains(from), "{from}");
        let refused = charter_of(&DRAFT.replacen(from, to, 1), &Identity::new("Northwind", Role::Company));
        let refused = refused.expect_err(to);
        assert!(refused.contains(message), "{to}: {refused}");
    }
}

/// A charter whose bytes were changed after the signatures is no charter, or one that nobody signed.
#[test]
fn a_changed_charter_is_in_force_for_nobody() {
    let members = members(&ROLES);
    let by_name = rule(Party::Member(0), Party::Member(1), Level::Named);
    let charter = Charter::new(terms(&members, Level::Named, vec![company_to_agency(Level::None), by_name])).unwrap();
    let signatures: Vec<_> = members.iter().map(|member| charter.sign(&member.signing)).collect();
    let agree = |charter: Charter| {
        let mut proposal = Proposal::new(charter);
        let stood = signatures.iter().enumerate().filter(|(place, by)| proposal.add(*place, **by).is_ok()).count();
        (stood, proposal.agreed())
    };
    assert!(agree(charter.clone()).1.is_ok_and(|agreed| agreed.hash() == charter.hash()));

    let bytes = charter.encode();
    let mut read = 0;
    for place in 0..bytes.len() {
        for bit in [0x01, 0x20, 0x80] {
            let mut flipped = bytes.clone();
            flipped[place] ^= bit;
            let Ok(changed) = Charter::decode(&flipped) else { continue };
            read += 1;
            assert!(changed.encode() == flipped, "byte {place}: a charter has one spelling");
            let (stood, agreed) = agree(changed);
            assert!(stood == 0 && agreed.is_err(), "byte {place}");
        }
        assert!(Charter::decode(&bytes[..place]).is_err(), "cut at {place}");
    }
    assert!(read > 100, "most of a name, a key or a number can be changed so that it still reads: {read}");
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(Charter::decode(&longer).unwrap_err().to_string(), "not a well-formed charter: bytes follow its end");
}

#[test]
fn signatures_that_do_not_stand() {
    let members = members(&ROLES);
    let charter = Charter::new(terms(&members, Level::Named, vec![])).unwrap();
    let mut proposal = Proposal::new(charter.clone());
    let by = |place: usize| charter.sign(&members[place].signing);
    let changed = "the signature of Member 0 does not fit this charter: it was changed after it was signed";
    assert_eq!(proposal.add(0, by(1)).unwrap_err().to_string(), changed);
    assert_eq!(proposal.add(3, by(1)).unwrap_err().to_string(), "the signer is not a member of this exchange");
    for byte in 0..64 {
        let mut flipped = *by(0).as_bytes();
        flipped[byte] ^= 1;
        assert_eq!(proposal.add(0, flipped.into()).unwrap_err().to_string(), changed, "byte {byte}");
    }
    assert!(proposal.signatures().is_empty());
    for place in [2, 0] {
        proposal.add(place, by(place)).unwrap();
        assert!(proposal.agreed().is_err(), "all must sign");
    }
    assert_eq!(proposal.missing().map(CardCore::name).collect::<Vec<_>>(), ["Member 1"]);
    proposal.add(1, by(1)).unwrap();
    assert_eq!(proposal.agreed().unwrap().convener(), &members[0].core);
}
