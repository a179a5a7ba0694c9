//! Undoing what people do to indicators so that nobody clicks on them.
//!
//! | written | read | where |
//! |---|---|---|
//! | `hxxp` `hxtp` `htxp` `h**p` `meow` and the like (each with `s` too), `fxp`, `[http]`, `h[tt]p`, any case | `http` `https` `ftp` | before a scheme's `://` only: `hxxp.ddspadus.com` is a real name |
//! | `[:]//` `[://]` `:[//]` `:[/][/]` `:\/\/`, round and curly brackets too | `://` | after a scheme |
//! | `[www]` `(www)` | `www` | in front of the host |
//! | `[.]` `[dot]` `[/]` `\/` | `.` `/` | anywhere |
//! | `(.)` `{.}` `<.>`, with `dot` too, `[d]`, `\.`, the halves `[.` `.]`, and `。` `．` `｡` | `.` | before path and query, which may really hold them |
//! | `[@]` `[at]`, all other brackets too | `@` | before path and query |
//! | `[:]` `(:)` `{:}` | `:` | before path and query |
//! | ` dot ` ` at ` ` [.] ` and the like between blanks | `.` `@` | where the whole value then is a name: its end a public suffix or reserved, or an address |
//!
//! A comma is no dot: lists have commas of their own.

mod spoken;

use std::borrow::Cow;

use super::Rejection;
use super::url::scheme;

/// `value` without its fangs drawn. What looks defanged still, as `[[.]]` does, is refused: else a canonical form would
/// not be a fixed point.
pub(super) fn refang(value: &str) -> Result<Cow<'_, str>, Rejection> {
    if let Some(joined) = spoken::joined(value) {
        return settled(Cow::Owned(joined));
    }
    settled(pass(value))
}

fn settled(once: Cow<'_, str>) -> Result<Cow<'_, str>, Rejection> {
    match &once {
        Cow::Owned(changed) if pass(changed) != *changed => Err(Rejection::Defanged),
        _ => Ok(once),
    }
}

fn pass(value: &str) -> Cow<'_, str> {
    let (scheme, rest) = split_scheme(value).map_or((None, value), |(scheme, rest)| (Some(scheme), rest));
    if !has_marks(rest) && scheme.as_ref().is_none_or(|scheme| starts_with_scheme(value, scheme)) {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len());
    if let Some(scheme) = scheme {
        out.push_str(&scheme);
        out.push_str("://");
    }
    replace(rest, &mut out);
    Cow::Owned(out)
}

fn starts_with_scheme(value: &str, scheme: &str) -> bool {
    value.strip_prefix(scheme).is_some_and(|after| after.starts_with("://"))
}

/// Whether some mark may stand in `text`.
fn has_marks(text: &str) -> bool {
    text.bytes().any(|b| matches!(b, b'[' | b'(' | b'{' | b'<' | b'\\' | b']'))
        || !text.is_ascii() && text.contains(WIDE_DOTS)
}

/// The scheme, refanged, and what follows its separator.
fn split_scheme(value: &str) -> Option<(Cow<'_, str>, &str)> {
    for (end, c) in value.char_indices().take(MAX_SCHEME) {
        if let Some(rest) = matches!(c, ':' | '[' | '(' | '{').then(|| after_separator(&value[end..])).flatten() {
            return Some((fanged_scheme(&value[..end])?, rest));
        }
        if !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '*' | '_') || BRACKETS.contains(&c)) {
            return None;
        }
    }
    None
}

/// What follows `://`, in whatever brackets.
fn after_separator(text: &str) -> Option<&str> {
    if let Some(rest) = after_any(text, &["[://]", "(://)", "{://}"]) {
        return Some(rest);
    }
    let slashes = after_any(text, &[":", "[:]", "(:)", "{:}"])?;
    let one = |text| after_any(text, &["/", "[/]", "(/)", "{/}", "\\/"]);
    after_any(slashes, &["[//]", "(//)", "{//}"]).or_else(|| one(slashes).and_then(one))
}

fn after_any<'a>(text: &'a str, prefixes: &[&str]) -> Option<&'a str> {
    prefixes.iter().find_map(|prefix| text.strip_prefix(prefix))
}

/// A scheme as it was before; brackets only go where that leaves one that is known.
fn fanged_scheme(written: &str) -> Option<Cow<'_, str>> {
    let word = written.replace(BRACKETS, "");
    if let Some(fanged) = scheme::fanged(&word) {
        return Some(Cow::Borrowed(fanged));
    }
    match word.len() == written.len() {
        true => Some(Cow::Borrowed(written)),
        false => scheme::is_allowed(&word).then_some(Cow::Owned(word)),
    }
}

/// Appends `text` with its marks undone; of most of them only up to where a path or query begins.
fn replace(text: &str, out: &mut String) {
    let mut rest = text;
    if let Some(www @ ("[www]" | "(www)")) = text.get(..5).map(str::to_ascii_lowercase).as_deref() {
        out.push_str("www");
        rest = &text[www.len()..];
    }
    let mut in_path = false;
    while let Some(at) = rest.find(MARK_STARTS) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = if in_path { &MARKS[..MARKS_IN_PATHS] } else { &MARKS[..] };
        let mark = known.iter().find(|(mark, _)| begins_with(rest, mark));
        let (length, plain) = match (mark, rest.chars().next()) {
            (Some((mark, plain)), _) => (mark.len(), *plain),
            (None, Some(first)) => (first.len_utf8(), first),
            (None, None) => break,
        };
        in_path |= matches!(plain, '/' | '?' | '#');
        out.push(plain);
        rest = &rest[length..];
    }
    out.push_str(rest);
}

fn begins_with(text: &str, mark: &str) -> bool {
    let (text, mark) = (text.as_bytes(), mark.as_bytes());
    // Few marks get beyond the first byte, and lists have millions of dots.
    text.first() == mark.first() && text.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark))
}

/// Longer than every scheme that is known, with brackets.
const MAX_SCHEME: usize = 24;

const BRACKETS: [char; 6] = ['[', ']', '(', ')', '{', '}'];

/// What UTS 46 takes for a dot besides the dot.
const WIDE_DOTS: [char; 3] = ['\u{3002}', '\u{FF0E}', '\u{FF61}'];

const MARK_STARTS: [char; 12] =
    ['[', '(', '{', '<', '\\', '.', '/', '?', '#', WIDE_DOTS[0], WIDE_DOTS[1], WIDE_DOTS[2]];

/// How many of [`MARKS`], from the first, are read in paths as well.
const MARKS_IN_PATHS: usize = 4;

/// Whole brackets come before halves.
const MARKS: [(&str, char); 30] = [
    ("[.]", '.'),
    ("[dot]", '.'),
    ("[/]", '/'),
    ("\\/", '/'),
    ("(.)", '.'),
    ("{.}", '.'),
    ("<.>", '.'),
    ("(dot)", '.'),
    ("{dot}", '.'),
    ("<dot>", '.'),
    ("[d]", '.'),
    ("\\.", '.'),
    ("\u{3002}", '.'),
    ("\u{FF0E}", '.'),
    ("\u{FF61}", '.'),
    ("[@]", '@'),
    ("(@)", '@'),
    ("{@}", '@'),
    ("<@>", '@'),
    ("[at]", '@'),
    ("(at)", '@'),
    ("{at}", '@'),
    ("<at>", '@'),
    ("[:]", ':'),
    ("(:)", ':'),
    ("{:}", ':'),
    ("(/)", '/'),
    ("{/}", '/'),
    ("[.", '.'),
    (".]", '.'),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refangs_the_common_forms() {
        for (written, read) in [
            ("hxxp://evil.example/x", "http://evil.example/x"),
            ("hXXpS[:]//evil[.]example", "https://evil.example"),
            ("http[://]evil(.)example", "http://evil.example"),
            ("http:[/][/]evil.example", "http://evil.example"),
            ("[http]://evil.example", "http://evil.example"),
            ("h[xx]p[s]://[www].evil.example", "https://www.evil.example"),
            ("h**p://evil.example", "http://evil.example"),
            ("meow://evil.example", "http://evil.example"),
            ("https:\\/\\/evil\\.example\\/x", "https://evil.example/x"),
            ("fxp:[//]evil{.}example", "ftp://evil.example"),
            ("evil[dot]example", "evil.example"),
            ("evil(DOT)example", "evil.example"),
            ("evil[d]example", "evil.example"),
            ("evil。example", "evil.example"),
            ("evil\\.example", "evil.example"),
            ("bombay.com[.ar", "bombay.com.ar"),
            ("cmctt.]com", "cmctt.com"),
            ("evil[.]example[/]a[/]b[dot]php", "evil.example/a/b.php"),
            ("a[at]b[.]example", "a@b.example"),
            ("a(AT)b.example", "a@b.example"),
            ("a[@]b.example", "a@b.example"),
            ("203[.]0[.]113[.]7[:]80", "203.0.113.7:80"),
            ("hXXp://evil[.]example/80[.]exe", "http://evil.example/80.exe"),
        ] {
            assert_eq!(refang(written).as_deref(), Ok(read), "{written}");
        }
        assert_eq!(refang("evil[[.]]example"), Err(Rejection::Defanged));
    }

    #[test]
    fn leaves_what_only_looks_defanged() {
        for real in [
            "http://evil.example/a(at)b(.)c\\.d[@]e。f",
            "[2001:db8::1]:443",
            "http://[::1]/",
            "hxxp.ddspadus.com",
            "htxpost.site",
            "polka-dot-dress.example",
            "http://evil.example/?hxxp://",
            "evil,example",
        ] {
            assert_eq!(refang(real).as_deref(), Ok(real), "{real}");
        }
    }
}
