//! What follows from indicators is canonical, new, and there once.

use std::collections::HashSet;

use mandorla::indicator::derive::{Derivation, Derive};
use mandorla::indicator::{Indicator, Kind};
use proptest::prelude::*;

fn all_named() -> Vec<Derivation> {
    Derivation::ALL.into_iter().filter(|derivation| *derivation != Derivation::Network).collect()
}

fn check(derive: &Derive, indicator: &Indicator) -> Result<usize, TestCaseError> {
    let mut derived = Vec::new();
    let replaced = derive.from(indicator, &mut |found, derivation| derived.push((found, derivation)));
    prop_assert_eq!(replaced, derived.iter().any(|(_, derivation)| *derivation == Derivation::Network));
    let mut seen = HashSet::new();
    for (found, _) in &derived {
        prop_assert_eq!(Indicator::from_canonical(found.kind(), found.value()), Ok(found.clone()));
        prop_assert!(found != indicator, "{} {}", found.kind(), found.value());
        prop_assert!(seen.insert(found.clone()), "{} {}", found.kind(), found.value());
    }
    Ok(derived.len())
}

fn hosts() -> impl Strategy<Value = String> {
    let labels = prop::sample::select(vec![
        "a",
        "www",
        "evil",
        "example",
        "com",
        "co",
        "uk",
        "web",
        "app",
        "xn--bcher-kva",
        "ck",
        "github",
        "io",
        "_x",
        "localhost",
    ]);
    let names = prop::collection::vec(labels, 1..6).prop_map(|labels| labels.join("."));
    names.boxed().prop_union("[0-9]{1,3}(\\.[0-9]{1,3}){3}".boxed()).or("\\[[0-9a-f:]{2,20}\\]".boxed())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn what_follows_is_canonical(
        host in hosts(), user in "([a-z.+{}\\-]{1,9}@)?", path in "[a-zA-Z/@?:#.\\[]{0,8}", local in "[a-z.+\\-_{}']{1,12}",
        provider in prop::sample::select(vec!["", "gmail.com", "googlemail.com"]),
    ) {
        let derive = Derive { derivations: all_named(), expand: Some(24) };
        let domain = if provider.is_empty() { &*host } else { provider };
        for text in [format!("http://{user}{host}/{path}"), format!("https://{host}:8443"), format!("{local}@{domain}"), host.clone()] {
            if let Ok(indicator) = Indicator::detect(&text) {
                let derived = check(&derive, &indicator)?;
                prop_assert!(matches!(indicator.kind(), Kind::Domain | Kind::Url | Kind::Email) || derived == 0);
            }
        }
    }

    #[test]
    fn networks_give_as_many_addresses_as_they_have(bits in any::<u128>(), length in 0_u8..=9, expand in 22_u8..=32) {
        let derive = Derive::default().expand_to(expand).expect("a length that may be expanded");
        for network in [
            format!("{}/{}", std::net::Ipv4Addr::from_bits(bits as u32), 32 - length),
            format!("{}/{}", std::net::Ipv6Addr::from_bits(bits), 128 - length),
        ] {
            let Ok(indicator) = Indicator::parse(Kind::Cidr, &network) else { continue };
            if indicator.kind() == Kind::Cidr && length <= 32 - expand {
                prop_assert_eq!(check(&derive, &indicator)?, 1 << length);
            } else {
                prop_assert_eq!(check(&derive, &indicator)?, 0);
            }
        }
    }

    #[test]
    fn nothing_panics(text in ".{0,40}", kind in prop::sample::select(Kind::ALL.to_vec())) {
        if let Ok(indicator) = Indicator::parse(kind, &text) {
            check(&Derive { derivations: all_named(), expand: Some(28) }, &indicator)?;
        }
    }
}

#[test]
fn a_profile_has_an_account_and_a_host() {
    let profile = Indicator::detect("https://www.facebook.com/paperlantern").expect("a URL");
    let mut derived = Vec::new();
    let derive = Derive { derivations: all_named(), expand: None };
    derive.from(&profile, &mut |found, derivation| derived.push((derivation, found.value().to_owned())));
    derived.sort();
    let expected = [
        (Derivation::Host, "www.facebook.com"),
        (Derivation::Registrable, "facebook.com"),
        (Derivation::Account, "facebook:paperlantern"),
    ];
    assert_eq!(derived, expected.map(|(derivation, value)| (derivation, value.to_owned())));
}
