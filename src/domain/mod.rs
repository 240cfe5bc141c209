//! Rules. Pure: no clock, no database, no waiting.
