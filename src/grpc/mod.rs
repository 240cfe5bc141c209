//! The API: authenticate, parse, call, print.
