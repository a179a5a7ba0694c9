//! Kinds of indicators, canonical by construction.
