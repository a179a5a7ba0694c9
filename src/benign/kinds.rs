//! The kinds that a list is for.

use crate::indicator::{Field, Kind};

/// A set of kinds.
#[derive(Clone, Copy, Default)]
pub(super) struct Kinds(u64);

impl Kinds {
    /// The kinds that MISP types stand for; all, if there are no types.
    pub(super) fn of_types(types: &[Box<str>]) -> Self {
        if types.is_empty() || types.iter().any(|name| **name == *"ALL") {
            return Kind::ALL.into_iter().collect();
        }
        let fields = types.iter().filter_map(|name| Field::of_misp_type(name)).flatten().flatten();
        fields.flat_map(|field| field.kinds()).collect()
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn contains(self, kind: Kind) -> bool {
        self.0 & 1 << kind.code() != 0
    }
}

impl FromIterator<Kind> for Kinds {
    fn from_iter<I: IntoIterator<Item = Kind>>(kinds: I) -> Self {
        Self(kinds.into_iter().fold(0, |set, kind| set | 1 << kind.code()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_misp_are_kinds() {
        let kinds = |types: &[&str]| {
            let kinds = Kinds::of_types(&types.iter().map(|name| Box::<str>::from(*name)).collect::<Vec<_>>());
            Kind::ALL.into_iter().filter(|kind| kinds.contains(*kind)).collect::<Vec<_>>()
        };
        assert_eq!(kinds(&["ip-src", "ip-dst|port"]), [Kind::Cidr, Kind::Ipv4, Kind::Ipv6]);
        assert_eq!(kinds(&["hostname", "domain|ip"]), [Kind::Cidr, Kind::Domain, Kind::Ipv4, Kind::Ipv6]);
        assert_eq!(kinds(&["filename|md5", "ssdeep"]), [Kind::Filename, Kind::Md5]);
        assert_eq!(kinds(&["email-src", "whois-registrant-email"]), [Kind::Email]);
        assert_eq!(kinds(&["azure-application-id"]), []);
        assert_eq!((kinds(&[]).len(), kinds(&["ALL"]).len()), (32, 32));
    }
}
