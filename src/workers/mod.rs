//! Loops that call one step and sleep.
