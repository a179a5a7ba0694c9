//! The names that files have for what we have kinds for, and for what we have none for.
//!
//! Names are compared without what stands between their words and in lower case: `File Hash`, `file_hash` and `FileHash` are
//! one. A name of several things (`user`, `source`) is not known, rather than guessed.

use super::Field;
use crate::indicator::{Kind, account, ad_account};

/// The fields of a type's or column's name, see [`Field::of_type`].
pub(super) fn fields(name: &str) -> Option<Vec<Option<Field>>> {
    if !name.contains('|') {
        let key = key(name);
        return match key.as_str() {
            "malwaresample" => Some(vec![Some(Field::Kind(Kind::Filename)), Some(Field::Kind(Kind::Md5))]),
            key => field(key).map(|field| vec![field]),
        };
    }
    name.split('|').map(|part| part_field(&key(part))).collect()
}

/// A part of a composite: the data of a registry value is none of its own.
fn part_field(key: &str) -> Option<Option<Field>> {
    if key == "value" { Some(None) } else { field(key) }
}

/// A name as it is compared: without what stands between words, in lower case.
pub(super) fn key(name: &str) -> String {
    name.chars().filter(|c| !is_separator(*c)).map(|c| c.to_ascii_lowercase()).collect()
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '_' | '-' | '.' | '/')
}

/// What one name stands for; `Some(None)` is no indicator.
fn field(key: &str) -> Option<Option<Field>> {
    let singular = || key.strip_suffix("es").and_then(exact).or_else(|| key.strip_suffix('s').and_then(exact));
    exact(key).or_else(singular).map(Some).or_else(|| OTHER.contains(&key).then_some(None))
}

fn exact(key: &str) -> Option<Field> {
    several(key).or_else(|| kind(key).map(Field::Kind)).or_else(|| platform(key))
}

fn several(key: &str) -> Option<Field> {
    Some(match key {
        "ip" | "ipaddress" | "ipaddr" | "ipsrc" | "ipdst" | "srcip" | "dstip" | "sourceip" | "destinationip"
        | "destip" | "remoteip" | "remoteaddress" | "c2ip" | "hostip" | "clientip" | "ipv4ipv6" | "ipindicator"
        | "portitemremoteip" | "address" => Field::Address,
        "hash" | "filehash" | "hashvalue" | "filehashvalue" | "checksum" | "digest" | "file" | "malwarehash" => {
            Field::Hash
        }
        "wallet"
        | "walletaddress"
        | "cryptowallet"
        | "cryptoaddress"
        | "crypto"
        | "cryptocurrency"
        | "cryptocurrencyaddress"
        | "cryptocurrencywallet"
        | "digitalcurrencyaddress"
        | "walletid" => Field::Wallet,
        _ => return None,
    })
}

fn kind(key: &str) -> Option<Kind> {
    Some(match key {
        "account" | "useraccount" | "username" | "handle" | "accounthandle" | "accounturl" | "profile"
        | "profileurl" | "persona" | "socialmediaaccount" | "socialmediahandle" | "socialmedia"
        | "socialmediaprofile" | "screenname" => Kind::Account,
        "adaccount" | "adaccountid" | "advertisingaccount" | "advertiserid" | "advertiser" => Kind::AdAccount,
        "appid"
        | "mobileapplicationid"
        | "packagename"
        | "androidpackage"
        | "androidpackagename"
        | "bundleid"
        | "bundleidentifier"
        | "appname"
        | "applicationid"
        | "appbundleid"
        | "apppackage" => Kind::AppId,
        "asn" | "as" | "asnumber" | "autonomoussystem" | "autonomoussystemnumber" => Kind::Asn,
        "btc" | "bitcoin" | "bitcoinaddress" | "btcaddress" | "btcwallet" | "bitcoinwallet" | "xbt" => Kind::Btc,
        "cidr" | "netblock" | "subnet" | "network" | "iprange" | "ipnetwork" | "ipsubnet" | "networkrange"
        | "ipcidr" | "ipv4cidr" | "ipv6cidr" | "cidrblock" => Kind::Cidr,
        "credential" | "login" | "combo" | "combolist" | "userpass" | "usernamepassword" | "emailpassword" => {
            Kind::Credential
        }
        "domain"
        | "domainname"
        | "hostname"
        | "host"
        | "fqdn"
        | "dns"
        | "dnsname"
        | "dnsdomain"
        | "c2domain"
        | "c2server"
        | "maliciousdomain"
        | "onionaddress"
        | "networkdns"
        | "dnsentryitemhost"
        | "dnsentryitemrecordname"
        | "rootdomain"
        | "subdomain" => Kind::Domain,
        "email"
        | "emailaddr"
        | "emailaddress"
        | "mail"
        | "mailaddress"
        | "emailsrc"
        | "emaildst"
        | "emailreplyto"
        | "targetemail"
        | "whoisregistrantemail"
        | "dnssoaemail"
        | "eppn"
        | "sender"
        | "emailfrom"
        | "emailsender"
        | "senderemail"
        | "fromaddress"
        | "emailto"
        | "replyto"
        | "registrantemail" => Kind::Email,
        "eth" | "ethereum" | "ethaddress" | "ethereumaddress" | "ethwallet" | "ethereumwallet" | "ether" | "erc20" => {
            Kind::Eth
        }
        "filename" | "filepath" | "path" | "filefullpath" | "fullpath" | "emailattachment" | "fileitemfilename"
        | "fileitemfullpath" | "filefullname" => Kind::Filename,
        "imphash" | "importhash" | "peimphash" | "filehashimphash" => Kind::Imphash,
        "ipv4" | "ipv4addr" | "ipv4address" | "ip4" | "ipv4src" | "ipv4dst" => Kind::Ipv4,
        "ipv6" | "ipv6addr" | "ipv6address" | "ip6" | "ipv6src" | "ipv6dst" => Kind::Ipv6,
        "ja3" | "ja3fingerprintmd5" | "ja3hash" | "ja3fingerprint" | "ja3md5" => Kind::Ja3,
        "ja3s" | "ja3shash" | "ja3sfingerprint" | "ja3smd5" | "ja3sfingerprintmd5" => Kind::Ja3s,
        "jarm" | "jarmfingerprint" | "jarmhash" => Kind::Jarm,
        "mac" | "macaddr" | "macaddress" | "maceui64" | "hardwareaddress" => Kind::Mac,
        "md5" | "md5hash" | "hashmd5" | "filehashmd5" | "filemd5" | "md5sum" | "fileitemmd5sum" | "filemd5hash" => {
            Kind::Md5
        }
        "mutex" | "mutexname" | "mutant" | "processitemhandlelisthandlename" => Kind::Mutex,
        "pdb" | "pdbpath" => Kind::Pdb,
        "phone"
        | "phonenumber"
        | "telephone"
        | "telephonenumber"
        | "tel"
        | "mobile"
        | "mobilenumber"
        | "mobilephone"
        | "cellphone"
        | "msisdn"
        | "whoisregistrantphone"
        | "registrantphone"
        | "prtn" => Kind::Phone,
        "regkey"
        | "registrykey"
        | "windowsregistrykey"
        | "registry"
        | "registrypath"
        | "regpath"
        | "registryitempath"
        | "registryitemkeypath" => Kind::Regkey,
        "sha1" | "sha1hash" | "hashsha1" | "filehashsha1" | "filesha1" | "sha1sum" | "fileitemsha1sum"
        | "filesha1hash" => Kind::Sha1,
        "sha256" | "sha256hash" | "hashsha256" | "filehashsha256" | "filesha256" | "sha256sum"
        | "fileitemsha256sum" | "filesha256hash" | "sha2" => Kind::Sha256,
        "sha512" | "sha512hash" | "hashsha512" | "filehashsha512" | "filesha512" | "sha512sum" => Kind::Sha512,
        "text" => Kind::Text,
        "tron" | "trx" | "tronaddress" | "trxaddress" | "tronwallet" | "trc20" => Kind::Tron,
        "url" | "uri" | "weburl" | "httpurl" | "fullurl" | "maliciousurl" | "phishingurl" | "c2url"
        | "urlhistoryitemurl" | "networkuri" => Kind::Url,
        "useragent" | "httpuseragent" | "networkuseragent" | "useragentstring" => Kind::UserAgent,
        "x509sha1"
        | "x509fingerprintsha1"
        | "certificatethumbprint"
        | "certthumbprint"
        | "sslcertfingerprint"
        | "certsha1"
        | "certificatesha1"
        | "sslsha1"
        | "thumbprint" => Kind::X509Sha1,
        "x509sha256" | "x509fingerprintsha256" | "certsha256" | "certificatesha256" | "sslsha256" => Kind::X509Sha256,
        _ => return None,
    })
}

/// `twitterhandle`, `facebookadaccountid`, and MISP's own.
fn platform(key: &str) -> Option<Field> {
    if let "githubusername" | "githuborganisation" = key {
        return Some(Field::AccountOn("github".into()));
    }
    if let "googleadsid" | "googlecustomerid" | "googleadscustomerid" = key {
        return Some(Field::AdAccountOn("google".into()));
    }
    let advertising = AD_ENDINGS.iter().find_map(|ending| key.strip_suffix(ending));
    match advertising.filter(|platform| AD_PLATFORMS.contains(platform)) {
        Some(platform) => ad_account::platform_name(platform).ok().map(Field::AdAccountOn),
        None => account::platform_of_column(key).map(|platform| Field::AccountOn(platform.into())),
    }
}

const AD_ENDINGS: [&str; 4] = ["adaccount", "adaccountid", "adsaccount", "adsaccountid"];

const AD_PLATFORMS: [&str; 12] = [
    "adsense",
    "bing",
    "facebook",
    "fb",
    "google",
    "linkedin",
    "meta",
    "microsoft",
    "pinterest",
    "snapchat",
    "tiktok",
    "twitter",
];

/// MISP's attribute types, STIX's objects and other types that no kind is meant for, as keys.
const OTHER: &[&str] = &[
    "abartn",
    "anonymised",
    "artifact",
    "attachment",
    "authentihash",
    "azureapplicationid",
    "bankaccountnr",
    "bic",
    "bin",
    "boolean",
    "bro",
    "campaignid",
    "campaignname",
    "ccnumber",
    "cdhash",
    "chromeextensionid",
    "comment",
    "communityid",
    "cookie",
    "cortex",
    "counter",
    "countryofresidence",
    "cpe",
    "cve",
    "dash",
    "dateofbirth",
    "datetime",
    "directory",
    "dkim",
    "dkimsignature",
    "domhash",
    "emailbody",
    "emaildstdisplayname",
    "emailheader",
    "emailmessage",
    "emailmessageid",
    "emailmimeboundary",
    "emailsrcdisplayname",
    "emailsubject",
    "emailthreadindex",
    "emailxmailer",
    "faviconmmh3",
    "filehashpehash",
    "filenamepattern",
    "firstname",
    "float",
    "frequentflyernumber",
    "fullname",
    "gender",
    "gene",
    "gitcommitid",
    "githubrepository",
    "hasshmd5",
    "hasshservermd5",
    "hex",
    "httpmethod",
    "iban",
    "identitycardnumber",
    "impfuzz",
    "integer",
    "issuedateofthevisa",
    "kustoquery",
    "lastname",
    "link",
    "mailsubject",
    "malwaretype",
    "middlename",
    "mimetype",
    "namedpipe",
    "nationality",
    "networktraffic",
    "other",
    "passengernamerecordlocatornumber",
    "passportcountry",
    "passportexpiration",
    "passportnumber",
    "patterninfile",
    "patterninmemory",
    "patternintraffic",
    "paymentdetails",
    "pehash",
    "pgpprivatekey",
    "pgppublickey",
    "placeofbirth",
    "placeportofclearance",
    "placeportofonwardforeigndestination",
    "placeportoforiginalembarkation",
    "port",
    "primaryresidence",
    "process",
    "processstate",
    "redressnumber",
    "regexp",
    "sha224",
    "sha3224",
    "sha3256",
    "sha3384",
    "sha3512",
    "sha384",
    "sha512224",
    "sha512256",
    "sigma",
    "sizeinbytes",
    "snort",
    "software",
    "specialservicerequest",
    "ssdeep",
    "sshfingerprint",
    "stix2pattern",
    "targetexternal",
    "targetlocation",
    "targetmachine",
    "targetorg",
    "targetuser",
    "telfhash",
    "threatactor",
    "tlsh",
    "traveldetails",
    "uripath",
    "vhash",
    "visanumber",
    "vulnerability",
    "weakness",
    "whoiscreationdate",
    "whoisregistrantname",
    "whoisregistrantorg",
    "whoisregistrar",
    "windowsscheduledtask",
    "windowsservicedisplayname",
    "windowsservicename",
    "x509certificate",
    "x509fingerprintmd5",
    "xmr",
    "yara",
    "zeek",
];
