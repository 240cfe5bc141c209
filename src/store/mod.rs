//! Persistence on SQLite or PostgreSQL: reads by noun, the Writer and the Feed.
