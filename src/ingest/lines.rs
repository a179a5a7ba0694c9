use std::io::{self, BufRead, ErrorKind};
use std::ops::ControlFlow;

/// The longest line that is held. The longest indicator is an eighth of it.
pub(super) const MAX_LINE: usize = 64 * 1024;

/// Calls `each` with the number and the bytes of every line until it breaks off; a line beyond [`MAX_LINE`] comes as `None`.
/// Lines end in LF, CRLF or a lone CR, the last one also without. Lines that lie whole in the reader's buffer are not copied.
pub(super) fn for_each(
    mut reader: impl BufRead,
    mut each: impl FnMut(u64, Option<&[u8]>) -> ControlFlow<()>,
) -> io::Result<()> {
    let mut pending = Pending::default();
    let mut number = 0;
    let mut after_cr = false;
    loop {
        let chunk = match reader.fill_buf() {
            Ok([]) => break,
            Ok(chunk) => chunk,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let mut rest = chunk;
        while let Some(first) = rest.first() {
            if after_cr && *first == b'\n' {
                rest = &rest[1..];
            }
            after_cr = false;
            let Some(end) = memchr::memchr2(b'\n', b'\r', rest) else {
                pending.push(rest);
                break;
            };
            number += 1;
            if each(number, pending.complete(&rest[..end])).is_break() {
                return Ok(());
            }
            pending.clear();
            after_cr = rest[end] == b'\r';
            rest = &rest[end + 1..];
        }
        let used = chunk.len();
        reader.consume(used);
    }
    if !pending.is_empty() {
        let _ = each(number + 1, pending.complete(b"")); // the last line: nothing is left to break off
    }
    Ok(())
}

/// The part of a line that earlier chunks held.
#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    too_long: bool,
}

impl Pending {
    fn push(&mut self, part: &[u8]) {
        self.too_long |= self.bytes.len() + part.len() > MAX_LINE;
        if !self.too_long {
            self.bytes.extend_from_slice(part);
        }
    }

    /// The whole line, with its last part.
    fn complete<'a>(&'a mut self, last: &'a [u8]) -> Option<&'a [u8]> {
        if self.is_empty() {
            return (last.len() <= MAX_LINE).then_some(last);
        }
        self.push(last);
        (!self.too_long).then_some(&self.bytes)
    }

    fn is_empty(&self) -> bool {
        self.bytes.is_empty() && !self.too_long
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.too_long = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    fn lines(bytes: &[u8], buffer: usize) -> Vec<Option<Vec<u8>>> {
        let mut lines = Vec::new();
        for_each(BufReader::with_capacity(buffer, bytes), |number, line| {
            lines.push(line.map(<[u8]>::to_vec));
            assert_eq!(number, lines.len() as u64);
            ControlFlow::Continue(())
        })
        .unwrap();
        lines
    }

    #[test]
    fn ends_in_every_way_across_every_chunk() {
        for buffer in 1..16 {
            let read = lines(b"a\nbc\r\nd\re\r\r\n\nf", buffer);
            let expected: Vec<_> = ["a", "bc", "d", "e", "", "", "f"].map(|line| Some(line.as_bytes().to_vec())).into();
            assert_eq!(read, expected, "{buffer}");
        }
        assert!(lines(b"", 8).is_empty());
    }

    #[test]
    fn skips_what_is_too_long_and_goes_on() {
        let mut bytes = vec![b'a'; MAX_LINE];
        bytes.extend(b"\n");
        bytes.extend(vec![b'b'; MAX_LINE + 1]);
        bytes.extend(b"\nc");
        for buffer in [100, 8192, 1 << 20] {
            let read = lines(&bytes, buffer);
            let lengths: Vec<_> = read.iter().map(|line| line.as_ref().map(Vec::len)).collect();
            assert_eq!(lengths, [Some(MAX_LINE), None, Some(1)], "{buffer}");
        }
    }
}
