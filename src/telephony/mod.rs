//! Mechanism: SIP and RTP. Verbs in, events out; knows no dialogue and no case.

pub mod audio;
