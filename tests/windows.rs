//! Windows: nothing that changed is left unread, and the budget holds.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use cwegate::{
    model::Bundle,
    python::{self, Module},
    window::windows,
};
use proptest::prelude::*;

static BUNDLE: LazyLock<Bundle> = LazyLock::new(|| Bundle::embedded().expect("the embedded bundle"));

fn code() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec![
        "import os",
        "from flask import request, redirect as to",
        "LIMIT = 3",
        "class A(Base):",
        "    attr = f(LIMIT)",
        "    @property",
        "    def m(self, x, y=LIMIT):",
        "        z = x + y",
        "        if z > LIMIT:",
        "            return os.path.join(self.attr, str(z))",
        "        for i in range(z): yield i",
        "def f(a, *b, **c):",
        "    return request.args.get(a)",
        "    cur.execute('SELECT ' + a)",
        "    x = {'k': [1, 2, 3], 'long key': 'a long value of many words that goes on and on', 'more': call(a, b, c)}",
        "    s = 'é日本語' * 3",
        "@app.route('/')",
    ]);
    prop::collection::vec(line, 1..80).prop_map(|lines| lines.join("\n"))
}

/// How often each statement of the wanted ones is judged.
fn judged(
    module: &Module,
    focus: Option<&HashSet<usize>>,
    budget: usize,
) -> Result<HashMap<usize, usize>, TestCaseError> {
    let mut count = HashMap::new();
    for scope in 0..module.scopes.len() {
        for window in windows(module, scope, focus, &BUNDLE.tokens, budget) {
            prop_assert!(window.ids.len() <= budget, "{} tokens in a window of {budget}", window.ids.len());
            prop_assert!(window.marks.is_sorted_by_key(|mark| mark.at));
            for mark in window.marks {
                prop_assert!(mark.at < window.ids.len());
                if mark.target {
                    *count.entry(mark.statement).or_default() += 1;
                }
            }
        }
    }
    Ok(count)
}

proptest! {
    #[test]
    fn every_statement_is_judged_within_the_budget(code in code(), budget in 64..400usize) {
        let module = python::parse(code.as_bytes(), false);
        let count = judged(&module, None, budget)?;
        for at in 0..module.statements.len() {
            prop_assert!(count.contains_key(&at), "statement {at} `{}` is in no window", module.statements[at].text());
        }
    }

    #[test]
    fn what_changed_is_judged_and_nothing_else(code in code(), budget in 64..400usize, wanted in prop::collection::vec(any::<bool>(), 80)) {
        let module = python::parse(code.as_bytes(), false);
        let focus: HashSet<usize> = (0..module.statements.len()).filter(|&at| wanted[at % wanted.len()]).collect();
        let count = judged(&module, Some(&focus), budget)?;
        prop_assert_eq!(count.keys().copied().collect::<HashSet<_>>(), focus);
    }
}

#[test]
fn a_long_function_shows_its_targets_with_what_they_depend_on() {
    let filler: String = (0..120).map(|n| format!("    step_{n} = prepare(step_{n})\n")).collect();
    let code =
        format!("def report(conn, user):\n    table = choose(user)\n{filler}    conn.execute('DROP TABLE ' + table)\n");
    let module = python::parse(code.as_bytes(), false);
    let sink = module.statements.len() - 1;
    let focus = HashSet::from([sink]);
    let found = windows(&module, 1, Some(&focus), &BUNDLE.tokens, 256);
    let [window] = &found[..] else { panic!("one window, not {}", found.len()) };
    let shown: Vec<usize> = window.marks.iter().map(|mark| mark.statement).collect();
    assert!(shown.contains(&0) && shown.contains(&1), "the signature and the definition of `table`: {shown:?}");
    assert!(window.marks.iter().all(|mark| mark.target == (mark.statement == sink)));
}

#[test]
fn text_that_spells_a_marker_is_text() {
    let tokens = &BUNDLE.tokens;
    for marker in ["<s0>", "<c>", "<pad>"] {
        assert!(tokens.encode(marker).iter().all(|&id| id > 11), "{marker}: {:?}", tokens.encode(marker));
    }
}
