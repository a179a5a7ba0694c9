//! Files to indicators, with line numbers.
