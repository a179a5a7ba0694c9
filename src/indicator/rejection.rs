use thiserror::Error;

use super::{Indicator, Kind};

/// Why text is no indicator, and what to do about it. Messages never hold the text: it may be sensitive, or hostile to a
/// terminal.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Rejection {
    /// Nothing, or nothing visible.
    #[error("no value stands here; write one or remove the line")]
    Empty,
    /// More than [`Indicator::MAX_LEN`] bytes.
    #[error("the value is longer than {} bytes; no indicator is", Indicator::MAX_LEN)]
    TooLong,
    /// A control or bidirectional character inside the value.
    #[error("a control character stands in the value; remove it")]
    ControlCharacter,
    /// U+FFFD, which decoders put where they could not read.
    #[error(
        "a character of the value was lost in decoding (U+FFFD stands for it); take the value from where it is whole"
    )]
    LostCharacter,
    /// A blank inside a value of a kind that has none.
    #[error("a blank stands in the value; write one indicator a line (in a URL a blank is %20)")]
    Whitespace,
    /// Refanged once, the value still looks defanged, or its canonical form would.
    #[error("the value is defanged twice over, or written so that its plain form reads as another; write it plainly")]
    Defanged,
    /// No kind has this form.
    #[error(
        "no kind has this form; name the kind before it, as in `account,platform:handle` (a bare number or word is no indicator)"
    )]
    Unrecognised,
    /// A kind's name that is none.
    #[error("the kind is not known; it is one of {}", Kind::names())]
    UnknownKind,
    /// A name for what values are that is none.
    #[error(
        "what values are is not known by this name; it is one of {}, ip, hash, wallet, account:PLATFORM, ad-account:PLATFORM",
        Kind::names()
    )]
    UnknownField,
    /// Two letters, or others, that are no country's.
    #[error("the country is not known; write its two letters in ISO 3166-1, as in DE, GB or US")]
    UnknownCountry,
    /// Something other than a canonical form in a file that holds nothing else.
    #[error("the value is not in canonical form; the file was not written by this program, or was changed since")]
    NotCanonical,
    /// The value has not the form of its kind.
    #[error("refused as {kind}: {fault}")]
    Unfit {
        /// The kind that was named, or that the form suggests.
        kind: Kind,
        /// What is wrong, and what to do.
        fault: &'static str,
    },
    /// Text in another encoding, or with the U+FFFD that a conversion leaves for what it could not read.
    #[error("the text is not UTF-8, or lost characters when it was converted; save the file as UTF-8 from its source")]
    NotUtf8,
    /// A whole file that is no list in text.
    #[error("the file is {what}, and none of it was read; {remedy}")]
    NotText {
        /// What it is, or seems to be.
        what: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// Compressed data that ends too early, or whose checksum is wrong.
    #[error("the compressed file is cut short or damaged here, and nothing after was read; fetch it again")]
    Damaged,
    /// A line beyond the reader's limit.
    #[error("the line is longer than 64 KiB; write one indicator a line")]
    LineTooLong,
    /// An opening quote without its closing one, or text right after the closing one.
    #[error("the double quotes do not enclose a column; close them, or write the value without")]
    Quotes,
    /// A value of a kind that may hold separators or comment marks, with one in it that may as well end it.
    #[error(
        "the value holds a separator of columns or a comment mark, which may end it; put the value in double quotes"
    )]
    UnquotedSeparator,
    /// A prefix length from which networks are not expanded.
    #[error("networks are expanded from a prefix length of 16 to 32; a shorter one would give too many addresses")]
    ExpandPrefix,
    /// A URL in free text that breaks off in an ellipsis.
    #[error("the URL breaks off in an ellipsis; write it whole")]
    CutShort,
    /// More than one indicator in a line whose columns have no names.
    #[error(
        "the line holds several indicators; write one a line, or give the file a header line that names its columns"
    )]
    SeveralValues,
    /// A table whose header names no column that is known.
    #[error("no header line names a column that is known; name the columns type and value, or each after its kind")]
    NoHeader,
    /// A row that ends before the column of the value.
    #[error("the row ends before the column of the value; give it as many columns as the header has")]
    MissingColumn,
    /// A value of a composite type with too many or too few parts.
    #[error(
        "the type names several values with `|` between them, and here are more or fewer; write as many as it names"
    )]
    Parts,
    /// JSON that cannot be read on.
    #[error("the file is not JSON from here on: what stands before was read, nothing after; mend it and read it again")]
    BrokenJson,
    /// JSON that ends too early.
    #[error("the file ends in the middle of its JSON: what it holds was read; get the whole file and read it again")]
    CutJson,
    /// JSON beyond the parser's depth.
    #[error("the JSON here is nested more than 128 deep, and cannot be read; no list is")]
    DeepJson,
    /// A line among JSON Lines that is none.
    #[error("the line is no complete JSON value; mend or remove it")]
    BrokenJsonLine,
    /// A JSON object that holds more than the reader does.
    #[error("the entry is larger than 4 MiB, and was not read")]
    EntryTooLarge,
    /// The index of a MISP feed.
    #[error("this is an index of MISP events and holds no indicators; read the events themselves")]
    MispIndex,
    /// A STIX pattern that does not name indicators.
    #[error("the STIX pattern {0}")]
    Pattern(&'static str),
}
