//! A gate for Python changes.
//!
//! Data flows one way, and each step is a module with a type at each end:
//!
//! ```text
//! Source ──► FileChange ──► Scope/Statement ──► Window ──► Scores ──► Finding ──► Verdict ──► Report
//!  git        diff           python              window     model      attribute   policy      report
//! ```
//!
//! The reasons are in `docs/design.md`.

pub mod attribute;
pub mod cli;
pub mod cwe;
pub mod diff;
pub mod eval;
pub mod evidence;
pub mod fingerprint;
pub mod git;
pub mod model;
pub mod notebook;
pub mod path;
pub mod policy;
pub mod python;
pub mod replay;
pub mod report;
pub mod scan;
pub mod terminal;
pub mod window;
