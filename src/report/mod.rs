//! Verdict → text: one file a format, one trait.
