//! What the place of a value says about it: a column's name, a type beside it, the command line.

mod names;

use std::str::FromStr;

use super::prepare::{prepare, refuse_blanks, trim};
use super::{Country, Indicator, Kind, Reading, Rejection, account, ad_account};

/// What the place of a value says about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Field {
    /// Nothing: the form tells the kind.
    #[default]
    Any,
    /// One kind; the form may say otherwise, see [`Indicator::parse`].
    Kind(Kind),
    /// An address or network of either family: `ip`, `ip-src`.
    Address,
    /// A hash of a file, by its length: `hash`.
    Hash,
    /// A wallet of any chain, by its form.
    Wallet,
    /// A handle on this platform: `account:twitter`.
    AccountOn(String),
    /// A number on this platform: `ad-account:meta`.
    AdAccountOn(String),
}

impl Field {
    /// Reads a value of this field. `country` is whose national phone numbers are read, if any.
    pub fn read(&self, raw: &str, country: Option<Country>) -> Result<Reading, Rejection> {
        match self {
            Self::Any => Indicator::read(raw, country),
            Self::Kind(kind) => Indicator::read_as(*kind, raw, country),
            Self::Address => one_of(&ADDRESSES, ADDRESS, raw),
            Self::Hash => one_of(&HASHES, HASH, raw),
            Self::Wallet => one_of(&WALLETS, WALLET, raw),
            Self::AccountOn(platform) => {
                one_word(raw, |value| account::read_on(platform, value)).and_then(Reading::settled)
            }
            Self::AdAccountOn(platform) => {
                one_word(raw, |value| ad_account::read_on(platform, value)).and_then(Reading::settled)
            }
        }
    }

    /// The fields that a type's name in a file stands for: one, or the parts of a composite in order, as `domain|ip` has
    /// them. `None` stands for a part that is no indicator, as a port is. Nothing, if the name is not known.
    ///
    /// Known are the kinds, MISP's attribute types, STIX's observables, and the names of columns in common use, in any case
    /// and whatever stands between their words.
    pub fn of_type(name: &str) -> Option<Vec<Option<Self>>> {
        match name.split_once(':') {
            // `ip:port`: the port is split off with the value.
            Some((host, port)) if port.trim().eq_ignore_ascii_case("port") => names::fields(host),
            Some(_) => name.parse().ok().map(|field| vec![Some(field)]),
            None => names::fields(name),
        }
    }

    /// As [`Field::of_type`], for MISP, where `text` is prose and no indicator.
    pub fn of_misp_type(name: &str) -> Option<Vec<Option<Self>>> {
        if name.eq_ignore_ascii_case("text") { Some(vec![None]) } else { Self::of_type(name) }
    }

    /// This field, made more exact by what is assumed of bare values: `Any` becomes it, and an account without a platform
    /// gets its platform.
    #[must_use]
    pub fn or(&self, bare: &Self) -> Self {
        match (self, bare) {
            (Self::Any, _)
            | (Self::Kind(Kind::Account), Self::AccountOn(_))
            | (Self::Kind(Kind::AdAccount), Self::AdAccountOn(_)) => bare.clone(),
            _ => self.clone(),
        }
    }

    /// Whether both are of one kind.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.kind().is_some() && self.kind() == other.kind()
    }

    /// The platform of accounts, if none of the known ones has this name: it may be misspelt.
    pub fn unknown_platform(&self) -> Option<&str> {
        match self {
            Self::AccountOn(platform) => Some(platform.as_str()).filter(|name| !account::is_known(name)),
            _ => None,
        }
    }

    /// A name as it is compared: without what stands between words, in lower case.
    pub(crate) fn key(name: &str) -> String {
        names::key(name)
    }

    /// The kinds that a value of this field may be of.
    pub(crate) fn kinds(&self) -> Vec<Kind> {
        match self {
            Self::Any => Kind::ALL.to_vec(),
            Self::Kind(kind) => vec![*kind],
            Self::Address => ADDRESSES.to_vec(),
            Self::Hash => HASHES.to_vec(),
            Self::Wallet => WALLETS.to_vec(),
            Self::AccountOn(_) => vec![Kind::Account],
            Self::AdAccountOn(_) => vec![Kind::AdAccount],
        }
    }

    fn kind(&self) -> Option<Kind> {
        match self {
            Self::Kind(kind) => Some(*kind),
            Self::AccountOn(_) => Some(Kind::Account),
            Self::AdAccountOn(_) => Some(Kind::AdAccount),
            Self::Any | Self::Address | Self::Hash | Self::Wallet => None,
        }
    }
}

/// Reads `account:twitter`, `ad-account:meta`, `any`, kinds and their aliases in any case, and the names that mean several
/// kinds.
impl FromStr for Field {
    type Err = Rejection;

    fn from_str(name: &str) -> Result<Self, Rejection> {
        if let Some((kind, platform)) = name.split_once(':') {
            let on_platform = match kind.parse()? {
                Kind::Account => account::platform_name(trim(platform)).map(Self::AccountOn),
                Kind::AdAccount => ad_account::platform_name(trim(platform)).map(Self::AdAccountOn),
                _ => return Err(Rejection::UnknownField),
            };
            return on_platform.map_err(|_| Rejection::UnknownField);
        }
        match names::fields(name).as_deref() {
            Some([Some(field)]) => Ok(field.clone()),
            _ if name.eq_ignore_ascii_case("any") => Ok(Self::Any),
            _ => Err(Rejection::UnknownField),
        }
    }
}

/// By its form, if that is of one of `kinds`. Otherwise the reason that the first of them gives, which knows more of it
/// than the form of another kind.
fn one_of(kinds: &[Kind], fault: &'static str, raw: &str) -> Result<Reading, Rejection> {
    match Indicator::read(raw, None) {
        Ok(reading) if kinds.contains(&reading.indicator.kind) => Ok(reading),
        Ok(_) => Err(Rejection::Unfit { kind: kinds[0], fault }),
        Err(Rejection::Unrecognised | Rejection::Whitespace) => Err(Rejection::Unfit { kind: kinds[0], fault }),
        Err(reason) => Err(reason),
    }
}

fn one_word(raw: &str, read: impl Fn(&str) -> Result<Reading, Rejection>) -> Result<Reading, Rejection> {
    let value = prepare(trim(raw))?;
    refuse_blanks(&value)?;
    read(&value)
}

const ADDRESSES: [Kind; 3] = [Kind::Ipv4, Kind::Ipv6, Kind::Cidr];
const HASHES: [Kind; 4] = [Kind::Md5, Kind::Sha1, Kind::Sha256, Kind::Sha512];
const WALLETS: [Kind; 3] = [Kind::Btc, Kind::Eth, Kind::Tron];
const ADDRESS: &str = "it is neither an IPv4 or IPv6 address nor a network; name its kind";
const HASH: &str = "it is no hash of a file: an md5 has 32 hex digits, a sha1 40, a sha256 64 and a sha512 128";
const WALLET: &str = "it is no address of Bitcoin, Ethereum or Tron with a right checksum";

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str) -> Option<Field> {
        Field::of_type(name).and_then(|fields| <[Option<Field>; 1]>::try_from(fields).ok()).and_then(|[field]| field)
    }

    #[test]
    fn names_in_use_are_known_in_every_writing() {
        for kind in Kind::ALL {
            assert_eq!(one(kind.name()), Some(Field::Kind(kind)));
            assert_eq!(one(&kind.name().to_uppercase().replace('-', "_")), Some(Field::Kind(kind)));
        }
        for (name, field) in [
            ("IP Address", Field::Address),
            ("ip-dst", Field::Address),
            ("IPv4-Addr", Field::Kind(Kind::Ipv4)),
            ("domain_name", Field::Kind(Kind::Domain)),
            ("FileHash-SHA256", Field::Kind(Kind::Sha256)),
            ("SHA-256 hash", Field::Kind(Kind::Sha256)),
            ("hashes", Field::Hash),
            ("x509-fingerprint-sha1", Field::Kind(Kind::X509Sha1)),
            ("FileItem/Md5sum", Field::Kind(Kind::Md5)),
            ("AS", Field::Kind(Kind::Asn)),
            ("E-mail addresses", Field::Kind(Kind::Email)),
            ("crypto wallet", Field::Wallet),
            ("Twitter handle", Field::AccountOn("twitter".into())),
            ("fb", Field::AccountOn("facebook".into())),
            ("x_handle", Field::AccountOn("twitter".into())),
            ("Google Ads ID", Field::AdAccountOn("google".into())),
            ("Facebook ad account ID", Field::AdAccountOn("meta".into())),
            ("account:X", Field::AccountOn("twitter".into())),
            ("ad-account:facebook", Field::AdAccountOn("meta".into())),
        ] {
            assert_eq!(one(name), Some(field.clone()), "{name}");
            assert_eq!(name.parse(), Ok(field), "{name}");
        }
    }

    #[test]
    fn composites_have_parts_and_prose_has_none() {
        let kind = |kind| Some(Field::Kind(kind));
        for (name, fields) in [
            ("domain|ip", vec![kind(Kind::Domain), Some(Field::Address)]),
            ("ip-dst|port", vec![Some(Field::Address), None]),
            ("filename|imphash", vec![kind(Kind::Filename), kind(Kind::Imphash)]),
            ("filename|ssdeep", vec![kind(Kind::Filename), None]),
            ("malware-sample", vec![kind(Kind::Filename), kind(Kind::Md5)]),
            ("regkey|value", vec![kind(Kind::Regkey), None]),
            ("comment", vec![None]),
            ("yara", vec![None]),
        ] {
            assert_eq!(Field::of_type(name), Some(fields), "{name}");
            assert!(name.parse::<Field>().is_err(), "{name}");
        }
        assert_eq!((Field::of_misp_type("text"), one("text")), (Some(vec![None]), kind(Kind::Text)));
        for name in
            ["", " ", "|", "domain|", "nonsense", "value", "line", "x", "account:", "account:a b", "domain:x", "ïp"]
        {
            assert_eq!(Field::of_type(name), None, "{name:?}");
            assert!(name.parse::<Field>().is_err(), "{name:?}");
        }
    }

    #[test]
    fn every_attribute_type_of_misp_is_known() {
        for name in MISP_TYPES.split_ascii_whitespace().chain(["named pipe"]) {
            assert!(Field::of_misp_type(name).is_some(), "{name}");
        }
    }

    #[test]
    fn fields_of_several_kinds_take_these_and_no_others() {
        let kind = |field: &str, raw: &str| field.parse::<Field>().unwrap().read(raw, None).map(|r| r.indicator.kind());
        assert_eq!(kind("ip", "203.0.113[.]7"), Ok(Kind::Ipv4));
        assert_eq!(kind("ip", "2001:DB8::1"), Ok(Kind::Ipv6));
        assert_eq!(kind("hash", &"A".repeat(40)), Ok(Kind::Sha1));
        for (field, raw) in
            [("ip", "evil.example"), ("ip", "a b"), ("hash", "evil.example"), ("hash", "abc"), ("wallet", "abc")]
        {
            assert!(matches!(kind(field, raw), Err(Rejection::Unfit { .. })), "{field} {raw}");
        }
    }

    const MISP_TYPES: &str = "md5 sha1 sha256 filename pdb filename|md5 filename|sha1 filename|sha256 ip-src ip-dst hostname domain \
        domain|ip email email-src eppn email-dst email-subject email-attachment email-body float git-commit-id url http-method \
        user-agent ja3-fingerprint-md5 jarm-fingerprint favicon-mmh3 hassh-md5 hasshserver-md5 regkey regkey|value AS snort bro zeek \
        community-id pattern-in-file pattern-in-traffic pattern-in-memory filename-pattern pgp-public-key pgp-private-key \
        ssh-fingerprint yara stix2-pattern sigma gene kusto-query mime-type identity-card-number cookie vulnerability cpe weakness \
        attachment malware-sample link comment text hex other mutex process-state target-user target-email \
        target-machine target-org target-location target-external btc dash xmr iban bic bank-account-nr aba-rtn bin cc-number prtn \
        phone-number threat-actor campaign-name campaign-id malware-type uri authentihash vhash ssdeep imphash telfhash pehash \
        impfuzz sha224 sha384 sha512 sha512/224 sha512/256 sha3-224 sha3-256 sha3-384 sha3-512 tlsh cdhash filename|authentihash \
        filename|vhash filename|ssdeep filename|imphash filename|impfuzz filename|pehash filename|sha224 filename|sha384 \
        filename|sha512 filename|sha512/224 filename|sha512/256 filename|sha3-224 filename|sha3-256 filename|sha3-384 \
        filename|sha3-512 filename|tlsh windows-scheduled-task windows-service-name windows-service-displayname \
        whois-registrant-email whois-registrant-phone whois-registrant-name whois-registrant-org whois-registrar \
        whois-creation-date x509-fingerprint-sha1 x509-fingerprint-md5 x509-fingerprint-sha256 dns-soa-email size-in-bytes counter \
        datetime port ip-dst|port ip-src|port hostname|port mac-address mac-eui-64 email-dst-display-name email-src-display-name \
        email-header email-reply-to email-x-mailer email-mime-boundary email-thread-index email-message-id github-username \
        github-repository github-organisation jabber-id twitter-id dkim dkim-signature first-name middle-name last-name full-name \
        date-of-birth place-of-birth gender passport-number passport-country passport-expiration redress-number nationality \
        visa-number issue-date-of-the-visa primary-residence country-of-residence special-service-request frequent-flyer-number \
        travel-details payment-details place-port-of-original-embarkation place-port-of-clearance \
        place-port-of-onward-foreign-destination passenger-name-record-locator-number mobile-application-id \
        chrome-extension-id cortex boolean anonymised onion-address azure-application-id dom-hash integer";
}
