//! Bytes to JSON that a strict parser takes: what published files get wrong is mended on the way.
//!
//! - a comma before `]`, `}` or the end goes;
//! - bytes that are not UTF-8, and escapes of half a surrogate pair, become U+FFFD: their value is refused, the rest is read;
//! - control characters in a string, except a line feed, become blanks;
//! - a string is cut at [`MAX_STRING`]: longer than any indicator, so that its value is refused by its length;
//! - what is nested deeper than [`MAX_DEPTH`] ends the text.
//!
//! A line feed ends every string, since JSON has none inside, so that a broken line does not reach into the next.

use std::cell::Cell;
use std::io::{self, BufRead, ErrorKind, Read};

/// Mended JSON, a byte at a time, as `serde_json` asks for it; the line is counted as of the bytes handed out.
pub(super) struct Lenient<'a> {
    reader: &'a mut dyn BufRead,
    line: &'a Cell<u64>,
    /// UTF-8, of which everything before `at` was handed out.
    text: Vec<u8>,
    at: usize,
    /// The beginning of a character whose end the reader has not given yet.
    partial: Vec<u8>,
    is_at_end: bool,
    /// Nothing of the line was read yet.
    is_line_start: bool,
    by_line: bool,
    state: State,
}

/// Where in the JSON the next byte stands.
#[derive(Default)]
struct State {
    in_string: bool,
    /// Bytes of the string so far.
    length: usize,
    is_cut: bool,
    /// Bytes of an escape sequence that are to be handed out.
    escape: usize,
    /// A comma was met, and not handed out.
    comma: bool,
    depth: usize,
}

impl<'a> Lenient<'a> {
    pub(super) fn new(reader: &'a mut dyn BufRead, line: &'a Cell<u64>) -> Self {
        Self {
            reader,
            line,
            text: Vec::new(),
            at: 0,
            partial: Vec::new(),
            is_at_end: false,
            is_line_start: true,
            by_line: false,
            state: State::default(),
        }
    }

    /// How many lines were read, the last one also without a line feed.
    pub(super) fn lines(&self) -> u64 {
        self.line.get() - u64::from(self.is_line_start)
    }

    /// From here on the end of a line is the end of the text, until [`Lenient::seek`] goes on.
    pub(super) fn read_by_line(&mut self) {
        self.by_line = true;
    }

    /// Whether the text is read line by line.
    pub(super) fn is_by_line(&self) -> bool {
        self.by_line
    }

    /// Whether another value follows; goes to it, over blanks, commas and the ends of lines.
    pub(super) fn seek(&mut self) -> io::Result<bool> {
        self.state = State::default();
        while let Some(byte) = self.peek()? {
            match byte {
                b'\n' => self.next_line(),
                b' ' | b'\t' | b'\r' | b',' => self.is_line_start = false,
                _ => return Ok(true),
            }
            self.at += 1;
        }
        Ok(false)
    }

    /// Goes to the end of the line.
    pub(super) fn skip_line(&mut self) -> io::Result<()> {
        while self.peek()?.is_some_and(|byte| byte != b'\n') {
            self.at += 1;
        }
        Ok(())
    }

    /// Whether the text ended where it is nested too deep.
    pub(super) fn is_too_deep(&self) -> bool {
        self.state.depth == MAX_DEPTH
    }

    /// Whether nothing follows, not even the end of the line.
    pub(super) fn is_over(&mut self) -> io::Result<bool> {
        Ok(self.peek()?.is_none())
    }

    fn next_line(&mut self) {
        self.line.set(self.line.get() + 1);
        self.is_line_start = true;
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        while self.text.len() - self.at < LOOK_AHEAD && !self.is_at_end {
            self.fill()?;
        }
        Ok(self.text.get(self.at).copied())
    }

    fn next(&mut self) -> io::Result<Option<u8>> {
        while let Some(byte) = self.peek()? {
            let step = if self.state.in_string { self.in_string(byte) } else { self.outside(byte) };
            match step {
                Step::Give(byte) => {
                    self.at += 1;
                    return Ok(Some(byte));
                }
                Step::GiveBefore(byte) => return Ok(Some(byte)),
                Step::Drop(bytes) => self.at += bytes,
                Step::End => break,
            }
        }
        Ok(None)
    }

    fn outside(&mut self, byte: u8) -> Step {
        if byte == b'\n' {
            if self.by_line {
                return Step::End;
            }
            self.next_line();
            return Step::Give(byte);
        }
        self.is_line_start = false;
        let state = &mut self.state;
        match byte {
            b' ' | b'\t' | b'\r' => {}
            b',' if !state.comma => {
                state.comma = true;
                return Step::Drop(1);
            }
            b']' | b'}' => {
                state.comma = false;
                state.depth = state.depth.saturating_sub(1);
            }
            _ if std::mem::take(&mut state.comma) => return Step::GiveBefore(b','),
            b'[' | b'{' if state.depth == MAX_DEPTH => return Step::End,
            b'[' | b'{' => state.depth += 1,
            b'"' => *state = State { in_string: true, depth: state.depth, ..State::default() },
            _ => {}
        }
        Step::Give(byte)
    }

    fn in_string(&mut self, byte: u8) -> Step {
        let state = &mut self.state;
        if state.escape > 0 {
            state.escape -= 1;
            return Step::Give(byte);
        }
        match byte {
            b'"' | b'\n' => {
                state.in_string = false;
                return if byte == b'"' { Step::Give(byte) } else { self.outside(byte) };
            }
            _ => state.is_cut |= state.length >= MAX_STRING && !is_continuation(byte),
        }
        let bytes = if byte == b'\\' { self.escape() } else { 1 };
        let state = &mut self.state;
        if state.is_cut {
            return Step::Drop(bytes);
        }
        state.length += bytes;
        state.escape = bytes - 1;
        Step::Give(if byte < b' ' { b' ' } else { byte })
    }

    /// How many bytes the escape sequence here has. Half a surrogate pair is made U+FFFD.
    fn escape(&mut self) -> usize {
        let rest = &mut self.text[self.at..];
        match (unit(rest), rest.get(6..).and_then(unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                rest[2..6].copy_from_slice(b"fffd");
                6
            }
            (Some(_), _) => 6,
            (None, _) if matches!(rest, [_, b'\n', ..] | [_]) => 1,
            (None, _) => 2,
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        let chunk = match self.reader.fill_buf() {
            Ok(chunk) => chunk,
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
            Err(error) => return Err(error),
        };
        let chunk = &chunk[..chunk.len().min(CHUNK)];
        self.is_at_end = chunk.is_empty();
        self.text.drain(..self.at);
        self.at = 0;
        let used = chunk.len();
        self.partial.extend_from_slice(chunk);
        self.decode();
        self.reader.consume(used);
        Ok(())
    }

    /// Moves what is whole from `partial` to `text`.
    fn decode(&mut self) {
        let mut kept = 0;
        let mut chunks = self.partial.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            self.text.extend_from_slice(chunk.valid().as_bytes());
            if !self.is_at_end && chunks.peek().is_none() && is_beginning(chunk.invalid()) {
                kept = chunk.invalid().len();
            } else if !chunk.invalid().is_empty() {
                self.text.extend_from_slice("\u{FFFD}".as_bytes());
            }
        }
        drop(chunks);
        self.partial.drain(..self.partial.len() - kept);
    }
}

impl Read for Lenient<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(first) = buffer.first_mut() else { return Ok(0) };
        Ok(self.next()?.map_or(0, |byte| {
            *first = byte;
            1
        }))
    }
}

/// What becomes of a byte.
enum Step {
    /// It is handed out.
    Give(u8),
    /// This one is handed out before it.
    GiveBefore(u8),
    /// It and those after it, this many, are not.
    Drop(usize),
    /// Here the text ends.
    End,
}

/// The code unit of `\uXXXX`.
fn unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)? as u16))
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// Whether these bytes are a character's beginning, and could be a whole one with more after them.
fn is_beginning(bytes: &[u8]) -> bool {
    str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

/// The longest string that is handed out, in bytes as written.
pub(super) const MAX_STRING: usize = 1024 * 1024;

/// As deep as `serde_json` recurses; what it ignores it would follow without end.
const MAX_DEPTH: usize = 127;

/// As much as an escaped pair of surrogates takes.
const LOOK_AHEAD: usize = 12;

const CHUNK: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    fn mended(bytes: &[u8]) -> String {
        let read = |capacity| {
            let line = Cell::new(1);
            let mut reader = BufReader::with_capacity(capacity, bytes);
            let mut text = String::new();
            Lenient::new(&mut reader, &line).read_to_string(&mut text).unwrap();
            assert_eq!(line.get() as usize, 1 + text.matches('\n').count());
            text
        };
        let text = read(1 << 20);
        for capacity in 1..9 {
            assert_eq!(read(capacity), text);
        }
        text
    }

    #[test]
    fn mends_what_files_get_wrong() {
        for (bytes, expected) in [
            (&b"[1,2]"[..], "[1,2]"),
            (b"[1, 2 ,\n]", "[1 ,2 \n]"),
            (b"{\"a\": [1,],\r\n}", "{\"a\": [1]\r\n}"),
            (b"{\"a,]\": \"\\\",}\",}", "{\"a,]\": \"\\\",}\"}"),
            (b"[1,,2]", "[1,,2]"),
            (b"[1],", "[1]"),
            (b"\"a\xFFb\xC3\xA9\xE2\x82\"", "\"a\u{FFFD}b\u{e9}\u{FFFD}\""),
            (b"\"a\tb\x01\"", "\"a b \""),
            (b"\"\\ud83d\\ude00\\ud83dx\\ude00\\n\"", "\"\\ud83d\\ude00\\ufffdx\\ufffd\\n\""),
            (b"\"a\n,]", "\"a\n]"),
            (b"\"a\\", "\"a\\"),
            (b"\"a\\\n,}", "\"a\\\n}"),
        ] {
            assert_eq!(mended(bytes), expected, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn bounds_strings_and_depth() {
        for filler in ["a", "\u{e9}", "\\u00e9", "\\ud83d\\ude00", "\\\\"] {
            let line = Cell::new(1);
            let mut text = String::new();
            let long = format!("\"{}\" 1", filler.repeat(2 * MAX_STRING / filler.len()));
            Lenient::new(&mut long.as_bytes(), &line).read_to_string(&mut text).unwrap();
            assert!(text.len() < MAX_STRING + 20 && text.ends_with("\" 1"), "{filler}");
            assert!(text[1..text.len() - 3].replace(filler, "").is_empty(), "{filler}");
        }
        assert_eq!(mended("[".repeat(1000).as_bytes()).len(), MAX_DEPTH);
    }

    #[test]
    fn ends_at_each_line_where_told() {
        let line = Cell::new(1);
        let mut reader = &b"{\"a\": \"x\n\n [2,\n3"[..];
        let mut lenient = Lenient::new(&mut reader, &line);
        lenient.read_by_line();
        let mut lines = Vec::new();
        while lenient.seek().unwrap() {
            let mut text = String::new();
            lenient.read_to_string(&mut text).unwrap();
            lines.push((line.get(), text));
            lenient.skip_line().unwrap();
        }
        assert_eq!(lines, [(1, "{\"a\": \"x".into()), (3, "[2".into()), (4, "3".to_owned())]);
    }
}
