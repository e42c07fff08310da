//! The catalogue and the advice hold together, and with the classes of the model.

use std::collections::BTreeMap;

use cwegate::{
    cli::explain,
    cwe::{self, CweId},
};
use ruff_python_parser::{Mode, ParseOptions};
use serde::Deserialize;

#[derive(Deserialize)]
struct Classes {
    class: Vec<Class>,
}

#[derive(Deserialize)]
struct Class {
    id: CweId,
    #[serde(default)]
    members: Vec<CweId>,
}

fn classes() -> BTreeMap<CweId, Vec<CweId>> {
    let classes: Classes = toml::from_str(include_str!("../training/classes.toml")).expect("classes.toml parses");
    classes.class.into_iter().map(|class| (class.id, class.members)).collect()
}

#[test]
fn every_class_has_advice_with_its_members() {
    let advised: BTreeMap<_, _> = cwe::all_advice().iter().map(|(&id, advice)| (id, advice.members.clone())).collect();
    assert_eq!(advised, classes());
}

#[test]
fn every_id_is_in_the_catalogue() {
    for (id, members) in classes() {
        for id in members.into_iter().chain([id]) {
            assert!(cwe::catalogue().get(id).is_some(), "{id}");
        }
    }
    for weakness in cwe::catalogue().iter() {
        assert!(!weakness.name.is_empty() && !weakness.description.is_empty(), "{}", weakness.id);
        for &parent in &weakness.parents {
            assert!(cwe::catalogue().get(parent).is_some(), "{parent}, parent of {}", weakness.id);
        }
    }
}

#[test]
fn the_hierarchy_has_no_cycles() {
    for weakness in cwe::catalogue().iter() {
        for &parent in &weakness.parents {
            assert!(!cwe::is_or_descends(parent, weakness.id), "{parent} is above and below {}", weakness.id);
        }
    }
}

#[test]
fn the_hierarchy_is_mitres() {
    let parents = |id| cwe::catalogue().get(CweId(id)).map(|weakness| weakness.parents.clone());
    assert_eq!(parents(89), Some(vec![CweId(943)]));
    assert_eq!(parents(22), Some(vec![CweId(668), CweId(706)]));
    assert_eq!(parents(707), Some(vec![]));
    assert!(cwe::is_or_descends(CweId(89), CweId(707)));
    assert!(!cwe::is_or_descends(CweId(74), CweId(89)));
    assert_eq!(
        cwe::catalogue().ancestors(CweId(89)),
        [(CweId(89), 0), (CweId(943), 1), (CweId(74), 2), (CweId(707), 3)]
    );
}

#[test]
fn snippets_parse_and_texts_fit() {
    for (id, advice) in cwe::all_advice() {
        for code in [&advice.bad, &advice.good] {
            let parsed = ruff_python_parser::parse(code, ParseOptions::from(Mode::Module));
            assert!(parsed.is_ok(), "{id}: {:?}\n{code}", parsed.err());
        }
        assert_ne!(advice.bad, advice.good, "{id}");
        let severity: f32 = advice.severity.parse().expect("a number");
        assert!((0.1..=10.0).contains(&severity), "{id}");
        for line in [&advice.title, &advice.summary, &advice.advice, &advice.how] {
            assert!(!line.contains('\n') && line.trim() == line && !line.is_empty(), "{id}: {line:?}");
        }
        assert!(advice.summary.len() <= 255 && advice.how.len() <= 1024, "{id}");
    }
}

#[test]
fn explains_a_class() {
    insta::assert_snapshot!(explain::render(CweId(89), false).expect("a class"));
    assert!(explain::render(CweId(89), true).expect("a class").contains("\u{1b}["));
}

#[test]
fn explains_a_merged_class_and_its_members() {
    insta::assert_snapshot!(explain::render(CweId(732), false).expect("a class"));
    insta::assert_snapshot!(explain::render(CweId(215), false).expect("a member"));
}

#[test]
fn explains_what_is_near_the_classes_and_what_is_not() {
    insta::assert_snapshot!(explain::render(CweId(74), false).expect("above classes"));
    insta::assert_snapshot!(explain::render(CweId(564), false).expect("below a class"));
    insta::assert_snapshot!(explain::render(CweId(787), false).expect("a weakness of C"));
}

#[test]
fn says_that_a_number_is_unknown() {
    insta::assert_snapshot!(explain::render(CweId(16), false).expect_err("a category"));
}
