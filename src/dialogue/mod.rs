//! Conversations. Pure: (state, input, now) -> actions.
