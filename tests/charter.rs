//! Charters: the words that members read before they sign, what makes none, and that a changed one is in force for nobody.

#![allow(clippy::unwrap_used)] // clippy's own exception does not reach the helpers of tests

#[path = "common/core.rs"]
mod core;

use std::collections::BTreeSet;

use self::core::{Identity, matcher, members, terms};
use mandorla::charter::document::document;
use mandorla::charter::draft::Draft;
use mandorla::charter::{
    Carrier, Charter, CharterHash, Custodian, Custody, Disclosure, Level, Party, Proposal, Rule, Terms, Thousandths,
    words,
};
use mandorla::identity::{CardCore, Role};
use mandorla::indicator::Kind;

fn carrier(member: usize, name: &str) -> Carrier {
    Carrier { member, card: Identity::new(name, Role::Courier).core }
}

const ROLES: [Role; 3] = [Role::Company, Role::Agency, Role::Broker];

fn rule(holder: Party, reader: Party, level: Level) -> Rule {
    Rule { holder, reader, level }
}

fn company_to_agency(level: Level) -> Rule {
    rule(Party::Role(Role::Company), Party::Role(Role::Agency), level)
}

/// What members read about each other: for each of the others what it learns, then what one learns of it. A table of
/// charters, with every level in both directions and everything that takes a level away.
#[test]
fn disclosure_in_plain_words() {
    let learns_nothing = |name| format!("{name} will learn nothing about your list.");
    let counts = |name| {
        format!(
            "{name} will learn about how many of their indicators you hold, not which; in at most 30 rounds, then nothing."
        )
    };
    let without_you = |name| {
        format!(
            "{name} will learn which of their indicators you or others that are anonymous to it hold, and how many of you, but not who; \
             only in rounds in which at least two of you have published."
        )
    };
    let learns = |name| format!("{name} will learn which of their indicators you hold, and that it is you.");
    let alone =
        |name| format!("{name} will learn nothing about your list: you are the only one that is anonymous to it.");
    let silent = |name| format!("{name} will learn nothing about your list: it publishes only.");
    let nothing_of = |name| format!("You will learn nothing about the list of {name}.");
    let count_of = |name| {
        format!(
            "You will learn about how many of your indicators {name} holds, not which; in at most 30 rounds, then nothing."
        )
    };
    let some_of = |name| {
        format!(
            "You will learn which of your indicators {name} or others that are anonymous to you hold, and how many of them, but not who; \
             only in rounds in which at least two of them have published."
        )
    };
    let which_of = |name| format!("You will learn which of your indicators {name} holds, by name.");
    let alone_of =
        |name| format!("You will learn nothing about the list of {name}: it is the only one that is anonymous to you.");
    let unreachable = |name| {
        format!(
            "{name} will learn nothing about your list: an indicator is shown if 3 organisations hold it, and it sees fewer."
        )
    };
    let unreachable_of = |name| {
        format!(
            "You will learn nothing about the list of {name}: an indicator is shown if 3 organisations hold it, and you see fewer."
        )
    };
    let to_none = || vec!["You will learn nothing about the list of anybody: you publish only.".to_owned()];
    let (company, agency, broker) = ("Member 0 (company)", "Member 1 (agency)", "Member 2 (broker)");
    let one_name = rule(Party::Member(0), Party::Role(Role::Agency), Level::None);
    let two_names = rule(Party::Member(0), Party::Member(1), Level::Named);
    let to_agencies = |role, level| rule(Party::Role(role), Party::Role(Role::Agency), level);
    let as_is = |_: &mut Terms| {};
    type Case = (&'static str, Level, Vec<Rule>, fn(&mut Terms), usize, Vec<String>);
    let cases: Vec<Case> = vec![
        (
            "the default is named",
            Level::Named,
            vec![],
            as_is,
            0,
            vec![learns(agency), learns(broker), which_of(agency), which_of(broker)],
        ),
        (
            "the default is none",
            Level::None,
            vec![],
            as_is,
            2,
            vec![learns_nothing(company), learns_nothing(agency), nothing_of(company), nothing_of(agency)],
        ),
        (
            "the default is count",
            Level::Count,
            vec![],
            as_is,
            1,
            vec![counts(company), counts(broker), count_of(company), count_of(broker)],
        ),
        (
            "the default is anonymous",
            Level::Anonymous,
            vec![],
            as_is,
            0,
            vec![without_you(agency), without_you(broker), some_of(agency), some_of(broker)],
        ),
        (
            "agencies learn nothing of companies: the company",
            Level::Named,
            vec![company_to_agency(Level::None)],
            as_is,
            0,
            vec![learns_nothing(agency), learns(broker), which_of(agency), which_of(broker)],
        ),
        (
            "agencies learn nothing of companies: the agency",
            Level::Named,
            vec![company_to_agency(Level::None)],
            as_is,
            1,
            vec![learns(company), learns(broker), nothing_of(company), which_of(broker)],
        ),
        (
            "a level in each direction: the company",
            Level::None,
            vec![company_to_agency(Level::Count), rule(Party::Role(Role::Agency), Party::Role(Role::Company), Level::Named)],
            as_is,
            0,
            vec![counts(agency), learns_nothing(broker), which_of(agency), nothing_of(broker)],
        ),
        (
            "a level in each direction: the agency",
            Level::None,
            vec![company_to_agency(Level::Count), rule(Party::Role(Role::Agency), Party::Role(Role::Company), Level::Named)],
            as_is,
            1,
            vec![learns(company), learns_nothing(broker), count_of(company), nothing_of(broker)],
        ),
        (
            "a rule with a name outweighs one with roles",
            Level::Named,
            vec![one_name, company_to_agency(Level::Named)],
            as_is,
            0,
            vec![learns_nothing(agency), learns(broker), which_of(agency), which_of(broker)],
        ),
        (
            "a rule with two names outweighs one with one",
            Level::None,
            vec![two_names, one_name],
            as_is,
            0,
            vec![learns(agency), learns_nothing(broker), nothing_of(agency), nothing_of(broker)],
        ),
        (
            "nobody hides alone: the one that would",
            Level::Named,
            vec![company_to_agency(Level::Anonymous)],
            as_is,
            0,
            vec![alone(agency), learns(broker), which_of(agency), which_of(broker)],
        ),
        (
            "nobody hides alone: the reader, who sees another by name",
            Level::Named,
            vec![company_to_agency(Level::Anonymous)],
            as_is,
            1,
            vec![learns(company), learns(broker), alone_of(company), which_of(broker)],
        ),
        (
            "two hide behind each other, and the reader names nobody",
            Level::Named,
            vec![company_to_agency(Level::Anonymous), to_agencies(Role::Broker, Level::Anonymous)],
            as_is,
            1,
            vec![learns(company), learns(broker), some_of(company), some_of(broker)],
        ),
        (
            "a threshold that two can reach only together",
            Level::Named,
            vec![],
            |terms| terms.min_holders = 3,
            0,
            vec![learns(agency), learns(broker), which_of(agency), which_of(broker)],
        ),
        (
            "a threshold that the agency cannot reach: the company",
            Level::Named,
            vec![to_agencies(Role::Broker, Level::Count)],
            |terms| terms.min_holders = 3,
            0,
            vec![unreachable(agency), learns(broker), which_of(agency), which_of(broker)],
        ),
        (
            "a threshold that the agency cannot reach: the agency, who still counts",
            Level::Named,
            vec![to_agencies(Role::Broker, Level::Count)],
            |terms| terms.min_holders = 3,
            1,
            vec![learns(company), learns(broker), unreachable_of(company), count_of(broker)],
        ),
        (
            "one that is anonymous alone does not help to reach it",
            Level::Named,
            vec![company_to_agency(Level::Anonymous)],
            |terms| terms.min_holders = 3,
            1,
            vec![learns(company), learns(broker), alone_of(company), unreachable_of(broker)],
        ),
        (
            "a member that only publishes: itself",
            Level::Named,
            vec![],
            |terms| terms.publish_only = BTreeSet::from([2]),
            2,
            [vec![learns(company), learns(agency)], to_none()].concat(),
        ),
        (
            "a member that only publishes: another",
            Level::Named,
            vec![],
            |terms| terms.publish_only = BTreeSet::from([2]),
            0,
            vec![learns(agency), silent(broker), which_of(agency), which_of(broker)],
        ),
        (
            "one count and no more",
            Level::None,
            vec![company_to_agency(Level::Count)],
            |terms| terms.epsilon_budget = Thousandths(1999),
            0,
            vec![
                "Member 1 (agency) will learn about how many of their indicators you hold, not which; in one round, then nothing."
                    .to_owned(),
                learns_nothing(broker),
                nothing_of(agency),
                nothing_of(broker),
            ],
        ),
    ];
    let members = members(&ROLES);
    for (name, default, rules, change, own, expected) in cases {
        let mut terms = terms(&members, default, rules);
        change(&mut terms);
        let charter = Charter::new(terms).unwrap();
        assert_eq!(words::disclosure(charter.terms(), own), expected, "{name}");
    }
}

#[test]
fn rules_in_plain_words() {
    let members = members(&ROLES);
    let mut terms = terms(&members, Level::Named, vec![]);
    (terms.kinds, terms.max_indicators, terms.conveners) =
        (BTreeSet::from([Kind::Url, Kind::Ipv4]), 5000, BTreeSet::from([2]));
    assert_eq!(
        words::rules(&terms),
        [
            "Compared are: ipv4, url (canonical forms: profile 1).",
            "A list has at most 5,000 indicators.",
            "An indicator is shown as soon as one other organisation that you may see holds it too.",
            "Member 2 opens and closes rounds, at most 24 within 24 hours. Lists come in for 24 hours; after the close, answers are \
             given for 72 hours; then all lists are purged.",
            "Everyone sees who has published and who has not.",
            "Members that are named to each other may write to each other through the matcher, about what they share.",
        ]
    );
    (terms.min_holders, terms.round_hours, terms.answer_hours, terms.rounds_per_day) = (3, 1, 1, 1);
    (terms.conveners, terms.publish_only) = (BTreeSet::from([0, 1, 2]), BTreeSet::from([1]));
    (terms.same_size, terms.list_expiry_hours, terms.talk) = (true, 1, false);
    assert_eq!(
        words::rules(&terms),
        [
            "Compared are: ipv4, url (canonical forms: profile 1).",
            "A list has at most 5,000 indicators; all lists are filled up to that one size.",
            "An indicator is shown only if at least 3 organisations hold it, yours and those that you may see, by name or not. \
             This limits honest curiosity, not someone who publishes under several names.",
            "Member 0, Member 1 or Member 2 opens and closes rounds, one within 24 hours. Lists come in for 1 hour; after the close, \
             answers are given for 1 hour; then all lists are purged.",
            "A list stands for 1 hour after it was sealed, and is gone then, also before the purge.",
            "Member 1 publishes only and learns nothing of anybody's list.",
            "Everyone sees who has published and who has not.",
            "Nobody writes to others through the matcher: the cards say whom to call.",
        ]
    );
    terms.amends = Some(CharterHash::new([0xAB; 32]));
    assert_eq!(
        words::rules(&terms)[..2],
        [
            "It amends charter abababababab…: it takes that one's place when all its own members have signed, whatever members say \
             that are not in it any more. A round that is under way then ends under the old rules; the next is opened under these.",
            "Compared are: ipv4, url (canonical forms: profile 1).",
        ]
    );
    terms.publish_only = BTreeSet::from([0, 1]);
    assert!(
        words::rules(&terms)
            .contains(&"Member 0 and Member 1 publish only and learn nothing of anybody's list.".to_owned())
    );
}

#[test]
fn couriers_in_plain_words() {
    let members = members(&ROLES);
    let mut terms = terms(&members, Level::Named, vec![]);
    assert_eq!(words::carriers(&terms), ["Nobody may carry files for a member: each connects to the matcher itself."]);
    terms.carriers = vec![carrier(2, "Post"), carrier(1, "Post"), carrier(2, "Pigeon")];
    assert_eq!(
        words::carriers(&terms),
        [
            "Post may carry files for Member 1: it reads this charter and when rounds open and close, and learns when and how large those files are, nothing of what is in them.",
            "Post or Pigeon may carry files for Member 2: it reads this charter and when rounds open and close, and learns when and how large those files are, nothing of what is in them.",
        ]
    );
}

/// The noise is explained with its numbers, where a count can come of the rules, and nowhere else.
#[test]
fn noise_in_plain_words() {
    let members = members(&ROLES);
    let noise = |default, rules, change: fn(&mut Terms)| {
        let mut terms = terms(&members, default, rules);
        change(&mut terms);
        words::noise(&terms)
    };
    let drawn = "A count is the true number and noise, drawn once for each round and pair and kept, so that asking again gives the \
                 same. It may come out below zero.";
    assert_eq!(
        noise(Level::None, vec![company_to_agency(Level::Count)], |_| ()),
        [
            drawn,
            "With epsilon 1, 19 of 20 counts are off by at most 3.",
            "A round spends 1 of a budget of 30 for each pair: there are at most 30 counts, then none. Whoever shows the same list in \
             all of them can take the average, which is off by about 0.2: the budget is what keeps it from being exact.",
            "The budget is this charter's: an amendment, which all its members sign, begins with a new one.",
        ]
    );
    assert_eq!(
        noise(Level::Count, vec![], |terms| (terms.epsilon, terms.epsilon_budget) = (Thousandths(1), Thousandths(1))),
        [
            drawn,
            "With epsilon 0.001, 19 of 20 counts are off by at most 2,996.",
            "A round spends 0.001 of a budget of 0.001 for each pair: there is one count, then none.",
            "The budget is this charter's: an amendment, which all its members sign, begins with a new one.",
        ]
    );
    let hardly = noise(Level::Count, vec![], |terms| {
        (terms.epsilon, terms.epsilon_budget) = (Thousandths(5000), Thousandths(9999))
    });
    assert_eq!(hardly[1], "With epsilon 5, 19 of 20 counts are exactly right: that is hardly any noise.");
    assert!(hardly[2].contains("there is one count"), "{}", hardly[2]);
    for (default, rules) in
        [(Level::Named, vec![]), (Level::Anonymous, vec![]), (Level::None, vec![company_to_agency(Level::Named)])]
    {
        assert!(noise(default, rules, |_| ()).is_empty());
    }
    let silent: fn(&mut Terms) = |terms| terms.publish_only = BTreeSet::from([1]);
    assert!(
        noise(Level::Named, vec![company_to_agency(Level::Count)], silent).is_empty(),
        "the only reader learns nothing"
    );
}

/// Whoever signs a charter in shared custody has read its limit.
#[test]
fn the_limit_of_shared_custody_is_said() {
    let members = members(&ROLES);
    let text = words::trust(&terms(&members, Level::Named, vec![])).join(" ");
    for said in [
        "The matcher, Clearing House, learns who overlaps with whom and on how many indicators, also where the rules show members \
         less or nothing, when each member asked, and the size of each list within a quarter.",
        "It does not learn the indicators, as long as it does not work together with a member.",
        "A member may put guesses into its own list; they are answered like real indicators",
        "custody is shared, so every member holds the round's salt",
        "If the matcher works together with any one member, the two can test guesses against every list, without end and \
         without a trace, for as long as they keep copies: all IPv4 addresses in about 13 minutes on one core.",
        "whatever the levels above say. By signing, each member accepts this.",
    ] {
        assert!(text.contains(said), "{said}");
    }
    let mut same = terms(&members, Level::None, vec![]);
    same.same_size = true;
    let text = words::trust(&same).join(" ");
    assert!(text.contains("less or nothing and when each member asked. It does not"), "{text}");
}

/// And in custody by custodians what it does against that, and where that ends.
#[test]
fn what_custodians_mean_is_said() {
    let members = members(&ROLES);
    let vault = |name: &str| Custodian {
        card: Identity::new(name, Role::Custodian).core,
        url: format!("https://{}.example:7451", name.replace(' ', "-")),
    };
    let text = |vaults: &[&str]| {
        let mut terms = terms(&members, Level::Named, vec![]);
        terms.custody = Custody::Custodians(vaults.iter().map(|name| vault(name)).collect());
        terms.max_indicators = 10_000;
        words::trust(&terms).join(" ")
    };
    let two = text(&["Vault One", "Vault Two"]);
    let budget = 10_000 + 16 * (ROLES.len() - 1);
    for said in [
        "as long as it does not work together with every custodian.".to_owned(),
        "The custodians, Vault One and Vault Two, each hold a key for each round, and nobody compares an indicator without both of \
         them."
            .to_owned(),
        "Each learns how many evaluations each member asked for and when, which is the length of its list, and never of what."
            .to_owned(),
        format!(
            "they can test no more guesses than are evaluated for these members: at most {} each in a round, metered and logged, and \
             no new ones after the close, when the keys are destroyed.",
            format!("{}", budget).replacen("10", "10,", 1)
        ),
        "a matcher that works together with both of them can test guesses against every list of a round until the keys are destroyed, \
         all IPv4 addresses in 30 to 50 core-hours for each key."
            .to_owned(),
        "That a key was destroyed is the custodian's signed word; nobody can check that no copy was kept.".to_owned(),
    ] {
        assert!(two.contains(&said), "{said}\n{two}");
    }
    assert!(!two.contains("13 minutes"), "{two}");
    let one = text(&["Vault One"]);
    assert!(one.contains(
        "The custodian, Vault One, holds a key for each round, and nobody compares an indicator without it."
    ));
    assert!(one.contains("a matcher that works together with the custodian can test guesses"), "{one}");
    let three = text(&["A", "B", "C"]);
    assert!(
        three.contains("The custodians, A, B and C, each hold a key") && three.contains("without all of them"),
        "{three}"
    );
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
        case(|t| t.conveners = BTreeSet::from([3]), "`conveners` names somebody who is not one of `members`"),
        case(
            |t| t.conveners.clear(),
            "`conveners` is empty: name at least one of `members`, or leave it out and the proposer is it",
        ),
        case(|t| t.publish_only = BTreeSet::from([1, 3]), "`publish_only` names somebody who is not one of `members`"),
        case(
            |t| t.publish_only = BTreeSet::from([0, 1, 2]),
            "`publish_only` names every member, so that nobody would learn anything: leave out those who shall",
        ),
        case(|t| t.carriers = vec![carrier(3, "Post")], "`carriers` names somebody who is not one of `members`"),
        case(
            |t| t.carriers = vec![Carrier { member: 0, card: t.members[1].clone() }],
            "Member 1 has the role agency and cannot be a carrier of an exchange",
        ),
        case(
            |t| t.carriers = vec![carrier(1, "Post"), carrier(2, "Post"), carrier(1, "Post")],
            "`carriers` names Post for Member 1 twice: leave one out",
        ),
        case(
            |t| t.carriers = vec![carrier(1, "clearing house")],
            "clearing house is in the charter twice, or two cards share a key or a name",
        ),
        case(
            |t| t.carriers = vec![carrier(1, "Post"), carrier(2, "POST")],
            "POST is in the charter twice, or two cards share a key or a name",
        ),
        case(|t| t.carriers = vec![carrier(1, "Post"); 257], "a charter has at most 256 carriers, this one 257"),
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
        case(|t| t.rounds_per_day = 0, "`rounds_per_day` must be 1 to 1440"),
        case(|t| t.rounds_per_day = 1441, "`rounds_per_day` must be 1 to 1440"),
        case(|t| t.list_expiry_hours = 0, "`list_expiry_hours` must be 1 to 8784"),
        case(|t| t.list_expiry_hours = 8785, "`list_expiry_hours` must be 1 to 8784"),
        case(|t| t.epsilon = Thousandths(0), "`epsilon` must be 0.001 to 100: smaller is noisier"),
        case(|t| t.epsilon = Thousandths(100_001), "`epsilon` must be 0.001 to 100: smaller is noisier"),
        case(
            |t| t.epsilon_budget = Thousandths(999),
            "`epsilon_budget` must be at least `epsilon`, which one round spends, and at most 100000",
        ),
        case(
            |t| t.epsilon_budget = Thousandths(100_000_001),
            "`epsilon_budget` must be at least `epsilon`, which one round spends, and at most 100000",
        ),
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
    for (one, other) in Level::ALL.into_iter().flat_map(|one| Level::ALL.map(|other| (one, other))) {
        let by_holder = rule(Party::Member(0), Party::Role(Role::Agency), one);
        assert_eq!(check(vec![by_holder, by_reader(other)]).is_ok(), one == other, "{one:?} {other:?}");
    }
    for decided in Level::ALL {
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
        "c.card" => Ok(Identity::new("Courier", Role::Courier).core),
        "v.card" => Ok(Identity::new("Vault", Role::Custodian).core),
        "w.card" => Ok(Identity::new("Watch", Role::Custodian).core),
        vault if vault.starts_with("vault-") => Ok(Identity::new(vault, Role::Custodian).core),
        _ => Err("no such file".to_owned()),
    };
    let draft = Draft::parse(toml).and_then(|draft| draft.charter(proposer.core.id(), core::OPENED, card));
    draft.map_err(|fault| fault.to_string())
}

#[test]
fn a_draft_as_people_write_it() {
    let charter = charter_of(DRAFT, &Identity::new("Harbour", Role::Company)).unwrap();
    let terms = charter.terms();
    assert_eq!(
        (terms.conveners.first(), terms.round_hours, terms.answer_hours, terms.min_holders),
        (Some(&1), 24, 72, 2)
    );
    assert_eq!((terms.kinds.len(), terms.max_indicators, terms.max_class().shards()), (10, 1_000_000, 320));
    assert_eq!((terms.disclosure.level(1, 2), terms.disclosure.level(2, 1)), (Level::None, Level::Named));
    assert_eq!(Charter::decode(&charter.encode()).unwrap(), charter);

    let named = DRAFT
        .replace("min_holders = 2", "min_holders = 3\nround_hours = 1\nanswer_hours = 2")
        .replace("rules = [", "rules = [ { holder = \"n.card\", reader = \"a.card\", level = \"named\" }, ");
    let charter = charter_of(&named, &Identity::new("Northwind", Role::Company)).unwrap();
    let terms = charter.terms();
    assert_eq!(
        (terms.conveners.first(), terms.round_hours, terms.answer_hours, terms.min_holders),
        (Some(&0), 1, 2, 3)
    );
    assert_eq!((terms.disclosure.level(0, 2), terms.disclosure.level(1, 2)), (Level::Named, Level::None));
}

/// Everything that may be left out, as the manual has it; and everything written.
#[test]
fn what_a_draft_leaves_out_and_what_it_says() {
    let charter = charter_of(DRAFT, &Identity::new("Harbour", Role::Company)).unwrap();
    let terms = charter.terms();
    assert_eq!((terms.conveners.clone(), terms.publish_only.len(), terms.carriers.len()), (BTreeSet::from([1]), 0, 0));
    assert_eq!((terms.profile, terms.same_size, terms.talk), (1, false, true));
    assert_eq!((terms.rounds_per_day, terms.list_expiry_hours), (24, 720));
    assert_eq!((terms.epsilon, terms.epsilon_budget), (Thousandths(1000), Thousandths(30_000)));

    let written = r#"min_holders = 2
conveners = ["a.card", "n.card"]
publish_only = ["h.card"]
carriers = [ { member = "a.card", card = "c.card" } ]
profile = 1
same_size = true
rounds_per_day = 4
list_expiry_hours = 48
epsilon = 0.5
epsilon_budget = 12
talk = false"#;
    let draft = DRAFT
        .replace("min_holders = 2", written)
        .replace("\"named\"", "\"anonymous\"")
        .replace("\"none\"", "\"count\"");
    // Who proposes need not be one of those that the draft names.
    let charter = charter_of(&draft, &Identity::new("Harbour", Role::Company)).unwrap();
    let terms = charter.terms();
    assert_eq!((terms.conveners.clone(), terms.publish_only.clone()), (BTreeSet::from([0, 2]), BTreeSet::from([1])));
    assert_eq!(terms.carriers, [carrier(2, "Courier")]);
    assert_eq!((terms.same_size, terms.talk), (true, false));
    assert_eq!((terms.rounds_per_day, terms.list_expiry_hours), (4, 48));
    assert_eq!(
        (terms.epsilon, terms.epsilon_budget, terms.counted_rounds()),
        (Thousandths(500), Thousandths(12_000), 24)
    );
    assert_eq!(
        (terms.level(0, 2), terms.level(2, 0), terms.level(0, 1)),
        (Level::Count, Level::Anonymous, Level::None)
    );
    assert_eq!(Charter::decode(&charter.encode()).unwrap(), charter);
}

#[test]
fn drafts_that_make_no_charter() {
    let cases = [
        ("name = ", "nmae = ", "unknown field `nmae`"),
        ("min_holders = 2", "min_holders = 2\nsame_sise = true", "unknown field `same_sise`"),
        ("min_holders = 2", "min_holders = 2\nsame_size = 1", "invalid type"),
        (
            "min_holders = 2",
            "min_holders = 2\nprofile = 2",
            "the charter's canonical forms are profile 2; this version writes profile 1",
        ),
        ("min_holders = 2", "min_holders = 2\nconveners = []", "`conveners` is empty"),
        (
            "min_holders = 2",
            "min_holders = 2\nconveners = [\"m.card\"]",
            "`conveners` names m.card, which is not one of `members`",
        ),
        (
            "min_holders = 2",
            "min_holders = 2\npublish_only = [\"x.card\"]",
            "`publish_only` names x.card, which is not one of `members`",
        ),
        (
            "min_holders = 2",
            "min_holders = 2\ncarriers = [{ member = \"c.card\", card = \"c.card\" }]",
            "`carriers` names c.card, which is not one of `members`",
        ),
        (
            "min_holders = 2",
            "min_holders = 2\ncarriers = [{ member = \"a.card\", card = \"x.card\" }]",
            "the card x.card: no such file",
        ),
        (
            "min_holders = 2",
            "min_holders = 2\ncarriers = [{ member = \"a.card\", card = \"c.card\", until = 3 }]",
            "unknown field `until`",
        ),
        (
            "min_holders = 2",
            "min_holders = 2\nepsilon = 0.0001",
            "`epsilon` is 0.0001: write a number with at most three decimals, as `1.5`",
        ),
        ("min_holders = 2", "min_holders = 2\nepsilon = -1", "`epsilon` is -1: write a number"),
        ("min_holders = 2", "min_holders = 2\nepsilon = nan", "`epsilon` is NaN: write a number"),
        ("min_holders = 2", "min_holders = 2\nepsilon_budget = inf", "`epsilon_budget` is inf: write a number"),
        ("min_holders = 2", "min_holders = 2\nepsilon = 40", "`epsilon_budget` must be at least `epsilon`"),
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
        (
            "\"shared\"",
            "\"custodian\"",
            "needs `custodians = [ { card = \"FILE\", url = \"https://host:port\" } ]`: name at least one",
        ),
        ("\"shared\"", "\"none\"", "`none` is no custody; known: custodian, shared"),
        ("\"named\"", "\"Named\"", "`Named` is no disclosure level; known: none, count, anonymous, named"),
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

/// The draft in custody by these custodians.
fn custodians(list: &str) -> String {
    DRAFT.replace("\"shared\"", "\"custodian\"").replace("accept_guessable = true", &format!("custodians = [{list}]"))
}

/// Who proposes it need not be asked whether guessing is acceptable: custodians count guesses.
#[test]
fn a_draft_in_custody_by_custodians() {
    let two = r#"{ card = "v.card", url = "https://v.example:7451" }, { card = "w.card", url = "https://[::1]:1" }"#;
    let charter = charter_of(&custodians(two), &Identity::new("Harbour", Role::Company)).unwrap();
    let custody = &charter.terms().custody;
    assert_eq!((custody.name(), charter.terms().accept_guessable), ("custodian", false));
    let named: Vec<_> = custody.custodians().iter().map(|one| (one.card.name(), one.url.as_str())).collect();
    assert_eq!(named, [("Vault", "https://v.example:7451"), ("Watch", "https://[::1]:1")]);
    assert_eq!(Charter::decode(&charter.encode()).unwrap(), charter);
}

#[test]
fn drafts_whose_custodians_make_no_charter() {
    let one = |card: &str, url: &str| format!("{{ card = \"{card}\", url = \"{url}\" }}");
    let (vault, watch) = (one("v.card", "https://v.example:7451"), one("w.card", "https://w.example:7451"));
    let shared = DRAFT.replace("min_holders = 2", &format!("min_holders = 2\ncustodians = [{vault}]"));
    let address = |url: &str| custodians(&one("v.card", url));
    let many: Vec<String> = (0..9).map(|n| one(&format!("vault-{n}"), &format!("https://v{n}.example:7451"))).collect();
    let not_an_address = "the address of custodian Vault is";
    for (draft, message) in [
        (custodians(""), "custody by custodians takes 1 to 8 `custodians`, this charter names 0"),
        (custodians(&many.join(", ")), "custody by custodians takes 1 to 8 `custodians`, this charter names 9"),
        (shared, "`custodians` are named and `custody` is \"shared\""),
        (
            custodians(&one("m.card", "https://m.example:7451")),
            "Clearing House has the role matcher and cannot be a custod",
        ),
        (
            custodians(&one("h.card", "https://h.example:7451")),
            "Harbour has the role company and cannot be a custodian of",
        ),
        (custodians(&one("x.card", "https://x.example:7451")), "the card x.card: no such file"),
        (address("v.example:7451"), not_an_address),
        (address("http://v.example:7451"), not_an_address),
        (address("https://v.example"), "is `https://v.example`: write it as https://host:port"),
        (address("https://v.example:7451/"), not_an_address),
        (address("https://\\u001b[2J:7451"), "is `https://\\u{1b}[2J:7451`: write it as https://host:port"),
        (
            custodians(&[vault.clone(), one("v.card", "https://w.example:1")].join(", ")),
            "Vault is in the charter twice",
        ),
        (
            custodians(&[vault.clone(), one("w.card", "https://v.example:7451")].join(", ")),
            "the address https://v.example:7451 is in the charter twice",
        ),
        (custodians("{ card = \"v.card\" }"), "missing field `url`"),
        (custodians("{ url = \"https://v.example:7451\" }"), "missing field `card`"),
        (custodians(&vault.replace("card =", "key = 1, card =")), "unknown field `key`"),
    ] {
        let refused = charter_of(&draft, &Identity::new("Northwind", Role::Company)).expect_err(message);
        assert!(refused.contains(message), "{message}: {refused}");
    }
    let eight = custodians(&many[..8].join(", "));
    charter_of(&eight, &Identity::new("Northwind", Role::Company)).unwrap();
    charter_of(&custodians(&[vault, watch].join(", ")), &Identity::new("Northwind", Role::Company)).unwrap();
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

/// What counsel files: everything that members sign, read and signed, and nothing that a name could slip in.
#[test]
fn the_charter_as_a_document() {
    let mut members = members(&ROLES);
    members[1] = Identity::new("<b>A|B</b> *agency*", Role::Agency);
    let mut terms = terms(&members, Level::Anonymous, vec![company_to_agency(Level::Count)]);
    (terms.publish_only, terms.carriers) = (BTreeSet::from([2]), vec![carrier(1, "Post")]);
    let charter = Charter::new(terms).unwrap();
    let mut proposal = Proposal::new(charter.clone());
    for place in [0, 2] {
        proposal.add(place, charter.sign(&members[place].signing)).unwrap();
    }
    let text = document(&proposal, "2027-01-15 08:00 UTC", None);
    let agency = r"\<b\>A\|B\</b\> \*agency\*";
    let fingerprint = |place: usize| members[place].core.id().fingerprint().to_string();
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    let key = |place: usize| hex(members[place].core.verifying().as_bytes());
    let row = |level: [&str; 3]| format!(" | {} |\n", level.join(" | "));
    for part in [
        "# Charter of the exchange election-2026\n\nDrafted 2027-01-15 08:00 UTC. Not in force: ".to_owned() + agency + " must still sign.\n",
        format!("Hash of the charter: `{}`\n", charter.hash()),
        format!("| 1 | Member 0 | company | `{}` | convener |\n", fingerprint(0)),
        format!("| 2 | {agency} | agency | `{}` |  |\n", fingerprint(1)),
        format!("| 3 | Member 2 | broker | `{}` | publishes only |\n", fingerprint(2)),
        format!("|  | Post | courier | `{}` | may carry files for {agency} |\n", carrier(1, "Post").card.id().fingerprint()),
        "| rounds_per_day | 24 |\n".to_owned(),
        "| disclosure.default | anonymous |\n\nDisclosure rules, the most specific wins:\n\n- { holder = \"role:company\", \
         reader = \"role:agency\", level = \"count\" }\n"
            .to_owned(),
        "| list of \\ reader".to_owned() + &row(["1", "2", "3"]),
        "| 1 Member 0".to_owned() + &row(["-", "count", "none"]),
        format!("| 2 {agency}") + &row(["anonymous", "-", "none"]),
        "### Who learns what: as Member 2 reads it\n\n- Member 0 (company) will learn which".to_owned(),
        format!("| Member 0 | `{}` | `{}` |\n", key(0), hex(charter.sign(&members[0].signing).as_bytes())),
        format!("| {agency} | `{}` | has not signed |\n", key(1)),
    ] {
        assert!(text.contains(&part), "{part} is not in\n{text}");
    }
    let escaped = |sentence: &str| sentence.replace("<b>A|B</b> *agency*", agency);
    for own in 0..3 {
        for sentence in words::sections(charter.terms(), own).into_iter().flat_map(|(_, sentences)| sentences) {
            assert!(text.contains(&format!("- {}\n", escaped(&sentence))), "{own}: {sentence}");
        }
    }
    assert_eq!(document(&proposal, "2027-01-15 08:00 UTC", None), text, "the same for everybody");
    proposal.add(1, charter.sign(&members[1].signing)).unwrap();
    assert!(document(&proposal, "x", None).contains("Drafted x. In force: all members have signed.\n"));
    assert!(document(&proposal, "x", Some("Replaced.")).contains("Drafted x. Replaced.\n"));

    proposal.resign(2, charter.resign(&members[2].signing)).unwrap();
    let text = document(&proposal, "x", None);
    let paused = "In force, and paused: all members have signed, and Member 2 resigned since. No round is opened under it any more.";
    assert!(text.contains(paused), "{text}");
    let row = format!("| Member 2 | `{}` |\n", hex(charter.resign(&members[2].signing).as_bytes()));
    assert!(text.ends_with(&row) && text.contains("\n## Resignations\n"), "{text}");
    let amendment = Terms { amends: Some(charter.hash()), ..charter.terms().clone() };
    let text = document(&Proposal::new(Charter::new(amendment).unwrap()), "x", None);
    assert!(text.contains(&format!("Hash of the charter that it amends: `{}`\n", charter.hash())), "{text}");
}

/// Resigning takes a signature of one's own under the charter, and a word of one's own.
#[test]
fn resignations_that_do_not_stand() {
    let members = members(&ROLES);
    let charter = Charter::new(terms(&members, Level::Named, vec![])).unwrap();
    let mut proposal = Proposal::new(charter.clone());
    let by = |place: usize| charter.resign(&members[place].signing);
    proposal.add(0, charter.sign(&members[0].signing)).unwrap();
    for (place, signature, message) in [
        (0, by(1), "the signature of Member 0 does not fit this charter"),
        (0, charter.sign(&members[0].signing), "the signature of Member 0 does not fit this charter"),
        (1, by(1), "Member 1 has not signed this charter, so there is nothing to resign from"),
        (3, by(1), "the signer is not a member of this exchange"),
    ] {
        let fault = proposal.resign(place, signature).unwrap_err().to_string();
        assert!(fault.starts_with(message), "{fault}");
    }
    proposal.resign(0, by(0)).unwrap();

    let bytes = proposal.encode();
    assert_eq!(Proposal::decode(&bytes).unwrap(), proposal);
    for place in 0..bytes.len() {
        assert!(Proposal::decode(&bytes[..place]).is_err(), "cut at {place}");
        let mut flipped = bytes.clone();
        flipped[place] ^= 1;
        assert!(Proposal::decode(&flipped).is_err(), "byte {place}");
    }
    assert!(Proposal::decode(&[&bytes[..], &[0]].concat()).is_err());
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
    assert_eq!(proposal.agreed().unwrap().conveners().next(), Some(&members[0].core));
}
