//! Whom to call: signed apart from the keys, so that a new duty phone needs no new charter.

use std::fmt;
use std::str::FromStr;

use super::{CardError, check_line};
use crate::transcript::{Reader, Writer};

const MAX: usize = 200;

/// A point of contact. The e-mail address is always there; name, phone and hours may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    name: String,
    email: String,
    phone: String,
    hours: String,
}

impl Contact {
    /// A contact of four texts, each one visible line of at most 200 bytes.
    pub fn new(name: &str, email: &str, phone: &str, hours: &str) -> Result<Self, CardError> {
        let fields = [
            ("contact's name", name),
            ("contact's e-mail", email),
            ("contact's phone", phone),
            ("contact's hours", hours),
        ];
        for (field, text) in fields {
            check_line(text, MAX).map_err(|fault| CardError::Text { field, fault })?;
        }
        if name.contains(['<', '>']) {
            // Else the name could show an address that is not the contact's.
            return Err(CardError::Field { field: "contact's name", expected: "free of < and >" });
        }
        if !is_email(email) {
            return Err(CardError::Field { field: "contact's e-mail", expected: "like desk@northwind.example" });
        }
        let [name, email, phone, hours] = [name, email, phone, hours].map(str::to_owned);
        Ok(Self { name, email, phone, hours })
    }

    /// Who: a desk or a person.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The e-mail address.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// The phone number, as its owner writes it.
    pub fn phone(&self) -> &str {
        &self.phone
    }

    /// When somebody answers, in words.
    pub fn hours(&self) -> &str {
        &self.hours
    }

    pub(super) fn encode(&self, signed_at: u64) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.u64(signed_at).text(&self.name).text(&self.email).text(&self.phone).text(&self.hours);
        writer.finish()
    }

    /// What [`encode`](Self::encode) wrote, after the time.
    pub(super) fn read(reader: &mut Reader) -> Result<Self, CardError> {
        Self::new(reader.text(MAX)?, reader.text(MAX)?, reader.text(MAX)?, reader.text(MAX)?)
    }
}

/// Enough to catch a field mixed up; whether mail arrives is for people to find out.
fn is_email(text: &str) -> bool {
    let odd = |c: char| c == ' ' || c == '<' || c == '>' || c == ',';
    text.rsplit_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !text.contains(odd))
}

/// `Trust desk <desk@northwind.example>` or the address alone.
impl FromStr for Contact {
    type Err = CardError;

    fn from_str(text: &str) -> Result<Self, CardError> {
        let text = text.trim();
        let named = text.strip_suffix('>').and_then(|rest| rest.split_once('<'));
        let (name, email) = named.unwrap_or(("", text));
        Self::new(name.trim(), email.trim(), "", "")
    }
}

/// `Trust desk <desk@northwind.example>, +47 22 00 00 00, weekdays 9 to 17 UTC`
impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.as_str() {
            "" => write!(f, "{}", self.email)?,
            name => write!(f, "{name} <{}>", self.email)?,
        }
        [&self.phone, &self.hours]
            .into_iter()
            .filter(|part| !part.is_empty())
            .try_for_each(|part| write!(f, ", {part}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_addresses() {
        for (text, shown) in [
            ("Trust desk <desk@northwind.example>", "Trust desk <desk@northwind.example>"),
            ("  Trust desk  < desk@northwind.example > ", "Trust desk <desk@northwind.example>"),
            ("<desk@northwind.example>", "desk@northwind.example"),
            ("desk@northwind.example", "desk@northwind.example"),
        ] {
            assert_eq!(text.parse::<Contact>().map(|contact| contact.to_string()), Ok(shown.into()), "{text}");
        }
        for text in
            ["", "desk", "Trust desk <>", "Trust desk <desk>", "a <b@c> <d@e>", "@", "a@", "@b", "a b@c", "a@b, c@d"]
        {
            assert!(text.parse::<Contact>().is_err(), "{text}");
        }
    }

    #[test]
    fn shows_phone_and_hours() {
        let contact = Contact::new("Desk", "d@n.example", "+47 22 00 00 00", "9 to 17").unwrap();
        assert_eq!(contact.to_string(), "Desk <d@n.example>, +47 22 00 00 00, 9 to 17");
        assert_eq!(Contact::new("", "d@n.example", "", "9 to 17").unwrap().to_string(), "d@n.example, 9 to 17");
    }

    #[test]
    fn refuses_text_that_lies() {
        let long = "x".repeat(MAX + 1);
        for (name, contact) in [
            ("bidi in the name", Contact::new("a\u{202e}b", "d@n.example", "", "")),
            ("escape in the phone", Contact::new("", "d@n.example", "\x1b[2J", "")),
            ("line in the hours", Contact::new("", "d@n.example", "", "9\nto 17")),
            ("an address as name", Contact::new("CEO <ceo@n.example>", "d@n.example", "", "")),
            ("zero width in the address", Contact::new("", "d\u{200b}@n.example", "", "")),
            ("too long", Contact::new(&long, "d@n.example", "", "")),
        ] {
            assert!(contact.is_err(), "{name}");
        }
    }
}
