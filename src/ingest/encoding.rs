//! Bytes to text: compression and encodings undone, as they come.
//!
//! - gzip, also of several members, also twice over. Where it is cut short or damaged, what came before is read, and the
//!   unfinished line is not.
//! - UTF-8; a byte order mark is dropped. Bytes that are not UTF-8 pass, and are refused with the line that they stand in.
//! - UTF-16 with a byte order mark, and without where every other byte of the beginning is mostly NUL. An unpaired surrogate
//!   becomes U+FFFD.
//! - What is no text at all is recognised by its [first bytes](foreign), and refused as a whole with one reason.

mod foreign;
mod gzip;
mod utf16;

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::rc::Rc;

use self::gzip::Gunzip;
use self::utf16::{Endian, Utf16};
use super::Format;
use crate::indicator::Rejection;

/// A file as text.
pub(super) struct Text<'a> {
    /// All of it, UTF-8 where the file is valid.
    pub(super) reader: Box<dyn BufRead + 'a>,
    /// Its first [`HEAD`] bytes, which the format is told from.
    pub(super) head: Vec<u8>,
    /// The line where compressed data turned out damaged, set when it is reached.
    pub(super) damage: Damage,
}

/// Shared by the layers that may meet damage and the one who asks.
pub(super) type Damage = Rc<Cell<Option<u64>>>;

/// The text of a file, or why it is none. Free text may be marked up where the format says that it is extracted from.
pub(super) fn decode<'a>(reader: impl Read + 'a, format: Option<Format>) -> io::Result<Result<Text<'a>, Rejection>> {
    let damage = Damage::default();
    let mut reader: Box<dyn BufRead + 'a> = Box::new(BufReader::with_capacity(CHUNK, reader));
    let mut head = peek(&mut reader, &damage)?;
    for _ in 0..MAX_GZIP {
        if gzip::is_gzip(&head) {
            let packed = rejoin(head, reader);
            reader = Box::new(BufReader::with_capacity(CHUNK, Gunzip::new(packed, Rc::clone(&damage))));
            head = peek(&mut reader, &damage)?;
        }
    }
    let is_extracted = format == Some(Format::Extract);
    let encoding = utf16::encoding(&head);
    if let Some(reason) = foreign::reason(&head, encoding.is_some(), is_extracted) {
        return Ok(Err(reason));
    }
    if let Some(endian) = encoding {
        reader = transcode(head, reader, endian);
        head = peek(&mut reader, &damage)?;
    }
    if head.starts_with(BOM) {
        head.drain(..BOM.len());
    }
    Ok(Ok(Text { reader: rejoin(head.clone(), reader), head, damage }))
}

/// The first bytes; fewer, if the file is shorter or damaged before.
fn peek(reader: &mut dyn BufRead, damage: &Damage) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    match reader.take(HEAD).read_to_end(&mut head) {
        Err(error) if damage.get().is_none() => Err(error),
        _ => Ok(head),
    }
}

fn rejoin<'a>(head: Vec<u8>, rest: Box<dyn BufRead + 'a>) -> Box<dyn BufRead + 'a> {
    Box::new(Cursor::new(head).chain(rest))
}

fn transcode<'a>(head: Vec<u8>, rest: Box<dyn BufRead + 'a>, endian: Endian) -> Box<dyn BufRead + 'a> {
    Box::new(BufReader::with_capacity(CHUNK, Utf16::new(rejoin(head, rest), endian)))
}

/// How much is looked at to tell encodings and formats.
const HEAD: u64 = 64 * 1024;
const CHUNK: usize = 256 * 1024;
/// Downloads are packed once by their publisher and, by accident, once more on the way.
const MAX_GZIP: usize = 2;
const BOM: &[u8] = b"\xEF\xBB\xBF";

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// The text, and where it is damaged.
    fn text(bytes: &[u8]) -> Result<(String, Option<u64>), Rejection> {
        let mut text = decode(bytes, None).unwrap()?;
        let mut read = Vec::new();
        let _ = text.reader.read_to_end(&mut read);
        assert!(read.starts_with(&text.head));
        Ok((String::from_utf8(read).unwrap(), text.damage.get()))
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn undoes_what_was_done() {
        let plain = "evil.example\r\nbücher.example\n";
        let with_bom = format!("\u{FEFF}{plain}");
        for bytes in [
            plain.as_bytes().to_vec(),
            with_bom.as_bytes().to_vec(),
            utf16(&with_bom, u16::to_le_bytes),
            utf16(&with_bom, u16::to_be_bytes),
            utf16(plain, u16::to_le_bytes),
            utf16(plain, u16::to_be_bytes),
        ] {
            assert_eq!(text(&bytes), Ok((plain.into(), None)));
            assert_eq!(text(&gzip(&bytes)), Ok((plain.into(), None)));
            assert_eq!(text(&gzip(&gzip(&bytes))), Ok((plain.into(), None)));
        }
        assert_eq!(text(&[gzip(b"a\n"), gzip(b"b\n")].concat()), Ok(("a\nb\n".into(), None)));
        assert_eq!(text(b""), Ok((String::new(), None)));
        assert!(matches!(text(&gzip(&gzip(&gzip(b"a")))), Err(Rejection::NotText { .. })));
    }

    #[test]
    fn long_files_pass_whole() {
        let plain = "evil.example, 𝄞 and more\n".repeat(20_000);
        for bytes in [plain.as_bytes().to_vec(), utf16(&plain, u16::to_le_bytes)] {
            assert_eq!(text(&gzip(&bytes)), Ok((plain.clone(), None)));
        }
    }

    #[test]
    fn damage_is_found_where_it_is() {
        let lines: String = (0..200_000).map(|n| format!("{n}.{}.evil.example\n", n * 7919 % 10_007)).collect();
        let packed = gzip(lines.as_bytes());
        let (read, line) = text(&packed[..packed.len() / 2]).unwrap();
        assert!(lines.starts_with(&read) && read.len() > lines.len() / 4);
        assert_eq!(line, Some(read.matches('\n').count() as u64 + 1));

        let mut wrong = gzip(b"evil.example\n");
        let checksum = wrong.len() - 8;
        wrong[checksum] ^= 1;
        assert_eq!(text(&wrong), Ok(("evil.example\n".into(), Some(2))));
        let cut = gzip(&gzip(b"evil.example\n")[..20]);
        assert_eq!(text(&cut).map(|(_, line)| line), Ok(Some(1)));
        assert_eq!(text(b"\x1f\x8b\x08").map(|(_, line)| line), Ok(Some(1)));
    }

    #[test]
    fn failures_of_the_reader_are_its_own() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("gone"))
            }
        }
        assert!(decode(Failing, None).is_err());
        assert!(decode(gzip(b"evil.example")[..20].chain(Failing), None).is_err());
    }
}
