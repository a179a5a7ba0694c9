//! Files that are no lists in text, told by their first bytes, so that they give one reason and not a thousand.

use crate::indicator::Rejection;

/// Why a file with this beginning is not read, if it is not. Marked-up text may be read where indicators are extracted.
pub(super) fn reason(head: &[u8], is_utf16: bool, is_extracted: bool) -> Option<Rejection> {
    if head.starts_with(b"PK\x03\x04") {
        return Some(zip(head));
    }
    if let Some((_, what, remedy)) = MAGICS.iter().find(|(magic, ..)| head.starts_with(magic)) {
        return Some(Rejection::NotText { what, remedy });
    }
    if head.get(257..262) == Some(b"ustar") {
        return Some(Rejection::NotText { what: "a tar archive", remedy: UNPACK });
    }
    if !is_extracted && let Some(reason) = markup(head) {
        return Some(reason);
    }
    (!is_utf16 && is_binary(head)).then_some(Rejection::NotText { what: "binary data", remedy: NAME_A_LIST })
}

/// Office files are ZIP archives; the names of their parts tell them.
fn zip(head: &[u8]) -> Rejection {
    let has = |name: &[u8]| memchr::memmem::find(head, name).is_some();
    let (what, remedy) = if has(b"xl/") || has(b"opendocument.spreadsheet") {
        ("a spreadsheet", "save its table as CSV")
    } else if has(b"word/") || has(b"opendocument.text") {
        ("a word processor's document", AS_TEXT)
    } else {
        ("a ZIP archive", UNPACK)
    };
    Rejection::NotText { what, remedy }
}

/// Pages and other formats with angle brackets or backslashes, which begin no line of any list.
fn markup(head: &[u8]) -> Option<Rejection> {
    let start = head.trim_ascii_start();
    let start = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start).trim_ascii_start();
    let begins = |mark: &[u8]| start.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark));
    let what = if begins(b"<!doctype html") || begins(b"<html") {
        "a web page"
    } else if begins(b"<?xml") {
        "XML"
    } else if begins(b"{\\rtf") {
        "rich text"
    } else {
        return None;
    };
    Some(Rejection::NotText { what, remedy: "fetch the list itself, or find indicators in it with --extract" })
}

/// One byte in a hundred is NUL, or one in twenty another control character than those of text.
fn is_binary(head: &[u8]) -> bool {
    let nuls = memchr::memchr_iter(0, head).count();
    let controls = head.iter().filter(|b| matches!(b, 0x00..=0x08 | 0x0E..=0x1A | 0x1C..=0x1F | 0x7F)).count();
    nuls > 0 && nuls * 100 >= head.len() || controls > 1 && controls * 20 >= head.len()
}

const UNPACK: &str = "unpack it and read the list in it";
const AS_TEXT: &str = "save it as text, and find indicators in it with --extract";
const NAME_A_LIST: &str = "name a list in text";

/// First bytes, what they tell, and what to do.
const MAGICS: [(&[u8], &str, &str); 22] = [
    (b"%PDF-", "a PDF", AS_TEXT),
    (
        b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
        "a document of an older Office",
        "save its table as CSV, or its text as text",
    ),
    (b"\x1F\x8B", "compressed with gzip more than twice over, or damaged", UNPACK),
    (b"BZh91AY&SY", "compressed with bzip2", UNPACK),
    (b"\xFD7zXZ\0", "compressed with xz", UNPACK),
    (b"\x28\xB5\x2F\xFD", "compressed with zstd", UNPACK),
    (b"\x04\x22\x4D\x18", "compressed with lz4", UNPACK),
    (b"7z\xBC\xAF\x27\x1C", "a 7z archive", UNPACK),
    (b"Rar!\x1A\x07", "a RAR archive", UNPACK),
    (b"PK\x05\x06", "an empty ZIP archive", NAME_A_LIST),
    (b"SQLite format 3\0", "an SQLite database", "save its table as CSV"),
    (b"PAR1\x15", "a Parquet table", "save it as CSV"),
    (b"\xFF\xFE\0\0", "UTF-32", "save it as UTF-8"),
    (b"\0\0\xFE\xFF", "UTF-32", "save it as UTF-8"),
    (b"\x7FELF", "a program", NAME_A_LIST),
    (b"MZ\x90\0", "a program", NAME_A_LIST),
    (b"\x89PNG\r\n\x1A\n", "an image", NAME_A_LIST),
    (b"\xFF\xD8\xFF", "an image", NAME_A_LIST),
    (b"GIF89a", "an image", NAME_A_LIST),
    (b"\xD4\xC3\xB2\xA1", "a capture of packets", NAME_A_LIST),
    (b"\xA1\xB2\xC3\xD4", "a capture of packets", NAME_A_LIST),
    (b"-----BEGIN PGP MESSAGE", "an encrypted message", "decrypt it and read the list in it"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn what(head: &[u8]) -> Option<&'static str> {
        reason(head, false, false).map(|reason| match reason {
            Rejection::NotText { what, .. } => what,
            other => panic!("{other}"),
        })
    }

    #[test]
    fn what_is_no_text_is_named() {
        let tar = [&[b'a'; 257][..], b"ustar\x0000"].concat();
        for (head, expected) in [
            (&b"%PDF-1.7\n"[..], "a PDF"),
            (b"PK\x03\x04\x14\0[Content_Types].xml xl/workbook.xml", "a spreadsheet"),
            (b"PK\x03\x04\x14\0word/document.xml", "a word processor's document"),
            (b"PK\x03\x04\x14\0list.txt", "a ZIP archive"),
            (b" \n<!DOCTYPE html><title>x", "a web page"),
            (b"\xEF\xBB\xBF<?xml version", "XML"),
            (b"{\\rtf1\\ansi", "rich text"),
            (b"ab\0\0c\x01\x02 evil.example", "binary data"),
            (&tar, "a tar archive"),
        ] {
            assert_eq!(what(head), Some(expected), "{head:?}");
        }
        assert_eq!(reason(b"<html>", false, true), None);
    }

    #[test]
    fn text_is_text() {
        let mostly_text = ["evil.example\n".repeat(20).as_bytes(), b"\0"].concat();
        let heads: [&[u8]; 6] =
            [b"", b"evil.example", b"\x1b[2Jevil.example", b"caf\xE9.example\n", b"PK,1\n", &mostly_text];
        for head in heads {
            assert_eq!(what(head), None, "{head:?}");
        }
    }
}
