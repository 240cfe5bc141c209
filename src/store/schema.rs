//! The migrations of both engines.
