//! Bytes to UTF-8: compression and encodings undone.
