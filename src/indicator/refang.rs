//! Undoing what people do to indicators so that nobody clicks on them.
//!
//! | written | read | where |
//! |---|---|---|
//! | `hxxp` `hxtp` `htxp` (each with `s` too), `fxp`, any case | `http` `https` `ftp` | before a scheme's `://` only: `hxxp.ddspadus.com` is a real name |
//! | `[:]//` `(:)//` `[://]` `(://)` `:[//]` | `://` | after a scheme |
//! | `[.]` | `.` | anywhere |
//! | `(.)` `{.}` `[dot]` `(dot)` `{dot}` `\.` and the halves `[.` `.]` | `.` | before path and query, which may really hold them |
//! | `[@]` `(@)` `{@}` `[at]` `(at)` `{at}` | `@` | before path and query |
//! | `[:]` | `:` | before path and query |

use std::borrow::Cow;

use super::Rejection;

/// `value` without its fangs drawn. What looks defanged still, as `[[.]]` does, is refused: else a canonical form would
/// not be a fixed point.
pub(super) fn refang(value: &str) -> Result<Cow<'_, str>, Rejection> {
    let once = pass(value);
    match &once {
        Cow::Owned(changed) if pass(changed) != *changed => Err(Rejection::Defanged),
        _ => Ok(once),
    }
}

fn pass(value: &str) -> Cow<'_, str> {
    let (scheme, rest) = split_scheme(value).map_or((None, value), |(scheme, rest)| (Some(scheme), rest));
    let fanged = memchr::memchr3(b'[', b'(', b'{', value.as_bytes()).is_none()
        && memchr::memchr2(b']', b'\\', value.as_bytes()).is_none();
    if fanged && scheme.is_none_or(|scheme| value.starts_with(scheme)) {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len());
    if let Some(scheme) = scheme {
        out.push_str(scheme);
        out.push_str("://");
    }
    let (head, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    replace(head, &MARKS, &mut out);
    replace(tail, &MARKS[..1], &mut out);
    Cow::Owned(out)
}

/// The scheme, refanged, and what follows its separator.
fn split_scheme(value: &str) -> Option<(&str, &str)> {
    let end = value.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')))?;
    let (scheme, after) = value.split_at(end);
    let rest = SEPARATORS.iter().find_map(|separator| after.strip_prefix(separator))?;
    let fanged = SCHEMES.iter().find(|(defanged, _)| scheme.eq_ignore_ascii_case(defanged));
    Some((fanged.map_or(scheme, |(_, fanged)| fanged), rest))
}

fn replace(text: &str, marks: &[(&str, char)], out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find(['[', '(', '{', '\\', '.']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let mark = marks.iter().find(|(mark, _)| rest.get(..mark.len()).is_some_and(|r| r.eq_ignore_ascii_case(mark)));
        let (length, plain) = mark.map_or((1, char::from(rest.as_bytes()[0])), |(mark, plain)| (mark.len(), *plain));
        out.push(plain);
        rest = &rest[length..];
    }
    out.push_str(rest);
}

const SEPARATORS: [&str; 6] = ["://", "[:]//", "(:)//", "[://]", "(://)", ":[//]"];

const SCHEMES: [(&str, &str); 7] = [
    ("hxxp", "http"),
    ("hxxps", "https"),
    ("hxtp", "http"),
    ("hxtps", "https"),
    ("htxp", "http"),
    ("htxps", "https"),
    ("fxp", "ftp"),
];

/// The first is the one that is read anywhere; whole brackets come before halves.
const MARKS: [(&str, char); 16] = [
    ("[.]", '.'),
    ("(.)", '.'),
    ("{.}", '.'),
    ("[dot]", '.'),
    ("(dot)", '.'),
    ("{dot}", '.'),
    ("\\.", '.'),
    ("[@]", '@'),
    ("(@)", '@'),
    ("{@}", '@'),
    ("[at]", '@'),
    ("(at)", '@'),
    ("{at}", '@'),
    ("[:]", ':'),
    ("[.", '.'),
    (".]", '.'),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refangs_the_common_forms_and_leaves_real_names() {
        for (written, read) in [
            ("hxxp://evil.example/x", "http://evil.example/x"),
            ("hXXpS[:]//evil[.]example", "https://evil.example"),
            ("http[://]evil(.)example", "http://evil.example"),
            ("fxp:[//]evil{.}example", "ftp://evil.example"),
            ("evil[dot]example", "evil.example"),
            ("evil(DOT)example", "evil.example"),
            ("evil\\.example", "evil.example"),
            ("bombay.com[.ar", "bombay.com.ar"),
            ("cmctt.]com", "cmctt.com"),
            ("a[at]b[.]example", "a@b.example"),
            ("a(AT)b.example", "a@b.example"),
            ("a[@]b.example", "a@b.example"),
            ("203[.]0[.]113[.]7[:]80", "203.0.113.7:80"),
            ("hXXp://evil[.]example/80[.]exe", "http://evil.example/80.exe"),
            ("http://evil.example/a(at)b(.)c", "http://evil.example/a(at)b(.)c"),
            ("[2001:db8::1]:443", "[2001:db8::1]:443"),
            ("hxxp.ddspadus.com", "hxxp.ddspadus.com"),
            ("htxpost.site", "htxpost.site"),
            ("http://evil.example/?hxxp://", "http://evil.example/?hxxp://"),
        ] {
            assert_eq!(refang(written).as_deref(), Ok(read), "{written}");
        }
        assert_eq!(refang("evil[[.]]example"), Err(Rejection::Defanged));
    }
}
