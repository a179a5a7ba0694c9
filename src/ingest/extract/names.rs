//! Which names in prose are domains.
//!
//! A name is one if it lies under a suffix of the public suffix list, and not if
//! - its suffix is also the ending of files (`report.zip`, `run.sh`, `README.md`), unless it begins with `www.` or has a path;
//! - its last label alone has capitals (`System.Net`, `ended.It`): a domain has none, or has them throughout;
//! - it is the name of a program (`ASP.NET`) or of a package, which begins with the suffix (`com.evil.app`).
//!
//! A defanged name is one in any case.

/// How a name stands in the text.
pub(super) struct Standing<'a> {
    /// As it is written, marks undone.
    pub(super) written: &'a str,
    /// In canonical form.
    pub(super) canonical: &'a str,
    /// Whether a path follows.
    pub(super) has_path: bool,
}

impl Standing<'_> {
    /// Whether it is a domain.
    pub(super) fn is_domain(&self) -> bool {
        let Some(suffix) = known_suffix(self.canonical) else { return false };
        let is_file = FILE_ENDINGS.contains(&suffix) && !self.has_path && !self.canonical.starts_with("www.");
        let is_program = PROGRAMS.contains(&self.canonical);
        !is_file && !is_program && !is_package(self.canonical) && !is_sentence(self.written)
    }
}

/// The public suffix that `name` lies under, if it is on the list.
fn known_suffix(name: &str) -> Option<&str> {
    let suffix = psl::suffix(name.as_bytes()).filter(psl::Suffix::is_known)?;
    let suffix = &name[name.len() - suffix.as_bytes().len()..];
    (suffix.len() < name.len()).then_some(suffix)
}

/// Whether the last label has capitals where others have small letters.
fn is_sentence(written: &str) -> bool {
    let last = written.rsplit('.').next().unwrap_or_default();
    last.contains(char::is_uppercase) && written.contains(char::is_lowercase)
}

/// Names of packages run from the suffix down.
fn is_package(name: &str) -> bool {
    let mut labels = name.split('.');
    let first = labels.next().unwrap_or_default();
    let last = labels.next_back().unwrap_or_default();
    labels.next().is_some() && PACKAGE_STARTS.contains(&first) && !PACKAGE_STARTS.contains(&last)
}

const PACKAGE_STARTS: [&str; 7] = ["com", "org", "net", "edu", "gov", "io", "android"];

/// Top-level domains that files end in more often than domains in a text do.
const FILE_ENDINGS: [&str; 19] = [
    "zip",
    "mov",
    "sh",
    "py",
    "md",
    "rs",
    "pl",
    "ps",
    "pm",
    "so",
    "cab",
    "cat",
    "inc",
    "properties",
    "pub",
    "map",
    "tf",
    "dot",
    "java",
];

const PROGRAMS: [&str; 6] = ["asp.net", "ado.net", "vb.net", "ml.net", "paint.net", "socket.io"];

#[cfg(test)]
mod tests {
    use super::*;

    fn is_domain(written: &str, has_path: bool) -> bool {
        Standing { written, canonical: &written.to_lowercase(), has_path }.is_domain()
    }

    #[test]
    fn names_and_prose() {
        for name in [
            "evil.example.com",
            "EVIL.EXAMPLE.COM",
            "Evil.example.com",
            "a.evil.co.uk",
            "evil.web.app",
            "evil.example.com.pl",
            "www.evil.pl",
            "xn--e1afmkfd.xn--p1ai",
            "com.evil.net",
            "evil.zip.com",
        ] {
            assert!(is_domain(name, false), "{name}");
        }
        for prose in [
            "report.pdf",
            "e.g",
            "i.e",
            "Node.js",
            "System.Net",
            "System.IO",
            "README.md",
            "setup.py",
            "invoice.zip",
            "ASP.NET",
            "ended.It",
            "com.evil.app",
            "co.uk",
            "web.app",
            "com",
            "localhost",
            "evil.example",
            "v1.2",
            "",
        ] {
            assert!(!is_domain(prose, false), "{prose}");
        }
        assert!(is_domain("evil.zip", true) && !is_domain("src.rust", true));
    }
}
