//! The policy file as types, for the JSON Schema that editors complete it with.
//!
//! `parse.rs` reads the file, since it can tell all problems with their places at once; a test holds the two together.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
use serde::Serialize;

use super::{Action, FailOn, Kind, Unscannable};
use crate::cwe;

/// The policy of cwegate: what blocks a change to Python code, what warns, and what is allowed.
#[derive(Debug, JsonSchema)]
#[schemars(title = "cwegate.toml", deny_unknown_fields, rename_all = "kebab-case")]
#[allow(dead_code, reason = "only its schema is used")]
struct File {
    /// Stop looking for policies in the folders above this one.
    #[schemars(default)]
    root: bool,
    /// What this file builds on: a preset, or a path relative to this file. Without it, the policy in the folders above, and if there is none, `top25`.
    extends: Option<String>,
    /// What holds for all files and classes.
    gate: Option<Gate>,
    /// The model that has to be used.
    model: Option<Model>,
    /// What follows from a weakness, with all that lies below it in MITRE's research view.
    #[schemars(default, schema_with = "cwe_table")]
    cwe: Option<BTreeMap<String, Entry>>,
    /// What holds for some files.
    paths: Option<Vec<Paths>>,
    /// Exemptions.
    allow: Option<Vec<Allow>>,
}

/// What holds for all files and classes.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(dead_code, reason = "only its schema is used")]
struct Gate {
    #[schemars(flatten)]
    bars: Bars,
    /// Which findings may block: in what was added or changed; also where a change nearby made it worse; also what was there before.
    #[schemars(default = "worsened")]
    fail_on: FailOn,
    /// What follows from a file that has to be scanned and cannot be.
    #[schemars(default = "block")]
    unscannable: Unscannable,
    /// The largest file that is scanned, in bytes.
    #[schemars(default = "megabyte", range(min = 1))]
    max_file_size: u64,
    /// Whether an exemption counts only with a reason.
    #[schemars(default)]
    require_reason: bool,
    /// Whether a comment may allow everything: `# cwegate: allow reason`.
    #[schemars(default)]
    allow_blanket: bool,
    /// Whether comments that the scanned change itself adds count. By default they do, except under `--policy-from`.
    accept_new_comments: Option<bool>,
}

/// From which probability on something follows.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[allow(dead_code, reason = "only its schema is used")]
struct Bars {
    /// False alarms that are accepted per 1,000 changed lines, all classes together. In `[gate]` 1.0 if nothing is said.
    #[schemars(range(min = 0.001))]
    budget: Option<f32>,
    /// A fixed probability from which on there is a finding, in place of a budget.
    #[schemars(range(min = 0.001, max = 1.0))]
    probability: Option<f32>,
    /// A budget for blocking; what only the other one lets through warns. What is found blocks if no layer says one.
    #[schemars(range(min = 0.001))]
    block_budget: Option<f32>,
    /// A fixed probability from which on a finding may block.
    #[schemars(range(min = 0.001, max = 1.0))]
    block_probability: Option<f32>,
}

/// The model that has to be used.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(dead_code, reason = "only its schema is used")]
struct Model {
    /// SHA-256 of its `model.toml`, as `cwegate model info` prints it.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    hash: String,
    /// Its folder, relative to the policy's; without it, the model inside the program.
    path: Option<String>,
}

/// What follows from a weakness.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(dead_code, reason = "only its schema is used")]
struct Entry {
    /// What follows.
    action: Option<Action>,
    #[schemars(flatten)]
    bars: Bars,
}

/// What holds for some files: those that match one of the globs and are of one of the kinds, where both are given.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(dead_code, reason = "only its schema is used")]
struct Paths {
    /// Globs that start at the policy's folder; `*` stops at `/`, `**` does not.
    #[schemars(length(min = 1))]
    r#match: Option<Vec<String>>,
    /// Kinds of files.
    kind: Option<OneOrMore<Kind>>,
    /// What follows at most.
    action: Option<Action>,
    /// As the table `[cwe]`, and before it.
    #[schemars(default, schema_with = "cwe_table")]
    cwe: Option<BTreeMap<String, Entry>>,
    #[schemars(flatten)]
    bars: Bars,
}

/// An exemption.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(dead_code, reason = "only its schema is used")]
struct Allow {
    /// What is allowed: weaknesses with what lies below them, or groups.
    cwe: OneOrMore<String>,
    /// Where: globs that start at the policy's folder.
    path: Option<OneOrMore<String>>,
    /// One finding, by the fingerprint of the JSON report.
    #[schemars(regex(pattern = "^[0-9a-f]{32}$"))]
    fingerprint: Option<String>,
    /// Why.
    reason: Option<String>,
    /// Who answers for it.
    owner: Option<String>,
    /// The last day on which it holds: `2027-03-31`. It warns 14 days before, and blocks afterwards.
    #[schemars(regex(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    expires: Option<String>,
}

#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "only its schema is used")]
enum OneOrMore<T> {
    One(T),
    More(Vec<T>),
}

fn worsened() -> FailOn {
    FailOn::Worsened
}

fn block() -> Unscannable {
    Unscannable::Block
}

fn megabyte() -> u64 {
    1_000_000
}

/// A table whose keys are weaknesses, groups or `*`.
fn cwe_table(generator: &mut SchemaGenerator) -> Schema {
    let entry = generator.subschema_for::<Entry>();
    let action = generator.subschema_for::<Action>();
    let groups: Vec<&str> = cwe::groups().keys().map(String::as_str).collect();
    json_schema!({
        "type": "object",
        "propertyNames": {
            "anyOf": [{ "enum": groups }, { "const": "*" }, { "type": "string", "pattern": "^CWE-[1-9][0-9]*$" }]
        },
        "additionalProperties": { "anyOf": [action, entry] }
    })
}

/// The JSON Schema of `cwegate.toml`, draft 7, which TOML editors know; it ends with a newline.
pub fn json() -> String {
    #[derive(Serialize)]
    struct Document {
        #[serde(rename = "$id")]
        id: &'static str,
        #[serde(flatten)]
        schema: Schema,
    }
    let schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<File>();
    let id = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/policies/cwegate.schema.json");
    let text = serde_json::to_string_pretty(&Document { id, schema });
    text.map_or_else(|error| unreachable!("a schema is JSON: {error}"), |text| format!("{text}\n"))
}
