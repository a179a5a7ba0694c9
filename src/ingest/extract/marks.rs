//! Characters of a candidate, defanged ones as what they stand for. [Refanging](crate::indicator::refang) itself is left to
//! the reading of the candidate; here it is only told where one ends.

/// A character, as it is meant.
pub(super) struct Unit {
    pub(super) char: char,
    /// How many bytes it takes as it is written.
    pub(super) len: usize,
    /// Whether it is defanged beyond doubt: half a bracket may be anyone's.
    pub(super) is_mark: bool,
}

/// The characters of `text`, each with the place where it stands.
pub(super) fn units(text: &str) -> impl Iterator<Item = (usize, Unit)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let unit = first(&text[at..])?;
        let start = at;
        at += unit.len;
        Some((start, unit))
    })
}

/// The first character of `text`.
pub(super) fn first(text: &str) -> Option<Unit> {
    let char = text.chars().next()?;
    if matches!(char, '[' | '(' | '{' | '\\' | '.') {
        let is_here = |mark: &str| text.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark));
        if let Some((mark, plain)) = MARKS.iter().find(|(mark, _)| is_here(mark)) {
            let is_mark = !matches!(*mark, "[." | ".]");
            return Some(Unit { char: *plain, len: mark.len(), is_mark });
        }
    }
    Some(Unit { char, len: char.len_utf8(), is_mark: false })
}

/// Whole brackets come before halves.
const MARKS: [(&str, char); 20] = [
    ("[.]", '.'),
    ("(.)", '.'),
    ("{.}", '.'),
    ("[dot]", '.'),
    ("(dot)", '.'),
    ("{dot}", '.'),
    ("[d]", '.'),
    ("\\.", '.'),
    ("[@]", '@'),
    ("(@)", '@'),
    ("{@}", '@'),
    ("[at]", '@'),
    ("(at)", '@'),
    ("{at}", '@'),
    ("[:]", ':'),
    ("(:)", ':'),
    ("{:}", ':'),
    ("[/]", '/'),
    ("[.", '.'),
    (".]", '.'),
];
