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

/// What follows each marker, as the window has it.
fn texts(module: &Module) -> Vec<Vec<u32>> {
    let windows = (0..module.scopes.len()).flat_map(|scope| windows(module, scope, None, &BUNDLE.tokens, 320));
    windows.map(|window| window.ids).collect()
}

#[test]
fn a_window_without_a_statement_reads_as_if_it_were_not_written() {
    let code =
        "import os\n\ndef f(a, b):\n    c = a + b\n    if c:\n        print(os.sep)\n    print(c)\n    return c\n";
    let module = python::parse(code.as_bytes(), false);
    let scope = module.scopes.iter().position(|scope| scope.name == "f").expect("the function");
    let all = windows(&module, scope, None, &BUNDLE.tokens, 320);
    for line in ["    c = a + b\n", "    print(c)\n", "    return c\n"] {
        let number = code.lines().position(|other| other == line.trim_end()).expect("the line") as u32 + 1;
        let left_out = module.statements.iter().position(|one| one.start_line == number).expect("the statement");
        let without = all[0].without(left_out);
        let shorter = python::parse(code.replace(line, "").as_bytes(), false);
        assert!(texts(&shorter).contains(&without.ids), "{line}");
        assert_eq!(without.marks.len(), all[0].marks.len() - 1);
    }
    // The import is context: it goes with its marker, and all statements stay.
    let import = module.statements.iter().position(|one| one.start_line == 1).expect("the import");
    let without = all[0].without(import);
    assert_eq!(without.marks.len(), all[0].marks.len());
    assert!(without.ids.len() < all[0].ids.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn parts_cover_a_window_and_marks_stay_on_their_markers(code in code()) {
        let module = python::parse(code.as_bytes(), false);
        for scope in 0..module.scopes.len() {
            for window in windows(&module, scope, None, &BUNDLE.tokens, 200) {
                let mut next = 0;
                for part in &window.parts {
                    prop_assert_eq!(part.ids.start, next);
                    next = part.ids.end;
                }
                prop_assert_eq!(next, window.ids.len());
                for statement in window.parts.iter().flat_map(|part| part.statements.clone()) {
                    let without = window.without(statement);
                    let kept = window.marks.iter().filter(|mark| mark.statement != statement);
                    for (old, new) in kept.zip(&without.marks) {
                        prop_assert_eq!(window.ids[old.at], without.ids[new.at]);
                        prop_assert_eq!(old.statement, new.statement);
                        prop_assert!(without.parts.iter().any(|part| part.ids.start == new.at));
                    }
                }
            }
        }
    }
}
