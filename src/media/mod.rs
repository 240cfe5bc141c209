//! Sound. Pure: codecs, RTP, digits, pacing arithmetic.
