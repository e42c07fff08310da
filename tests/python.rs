//! What the extractor makes of Python, in whatever state it comes.

use cwegate::python::{self, Module, NoteKind, ScopeKind};
use insta::assert_snapshot;
use proptest::prelude::*;

fn parse(text: &str) -> Module {
    python::parse(text.as_bytes(), false)
}

/// `scope | depth | lines | canonical text`, a line a statement.
fn shown(module: &Module) -> String {
    let mut out = String::new();
    for statement in &module.statements {
        let scope = &module.scopes[statement.scope].name;
        let lines = format!("{}-{}", statement.start_line, statement.end_line);
        out.push_str(&format!("{scope} | {} | {lines} | {}\n", statement.depth, statement.text()));
    }
    for note in &module.notes {
        out.push_str(&format!("note {:?} at {}: {}\n", note.kind, note.line, note.message));
    }
    for lost in &module.lost {
        out.push_str(&format!("lost {}-{}\n", lost.0, lost.1));
    }
    out
}

#[test]
fn statements_scopes_and_decorators() {
    let module = parse(
        r#"
"""Module."""
import os  # why
class View(Base, metaclass=Meta):
    """Doc."""
    limit = 3
    @route("/x", methods = ['GET',])
    @login
    async def get(self, name:str='a', *args, **kwargs) -> str:
        '''Doc.'''
        if name: return os.path.join( self.root , name )
        def inner(y):
            return y [1:]
        a = 1; b = [
            2,
            3,
        ]
        return f'{name!r:>{a}} "x"' 'y'
print(View)
"#,
    );
    assert_snapshot!(shown(&module), @r#"
    <module> | 0 | 3-3 | import os
    View | 0 | 4-4 | class View(Base, metaclass=Meta):
    View | 0 | 6-6 | limit = 3
    View.get | 0 | 7-7 | @route("/x", methods=["GET"])
    View.get | 0 | 8-8 | @login
    View.get | 0 | 9-9 | async def get(self, name: str="a", *args, **kwargs) -> str:
    View.get | 0 | 11-11 | if name: return os.path.join(self.root, name)
    View.get.inner | 0 | 12-12 | def inner(y):
    View.get.inner | 0 | 13-13 | return y[1:]
    View.get | 0 | 14-14 | a = 1
    View.get | 0 | 14-17 | b = [2, 3]
    View.get | 0 | 18-18 | return f"{name!r:>{a}} "x"" "y"
    <module> | 0 | 19-19 | print(View)
    "#);
    let kinds: Vec<ScopeKind> = module.scopes.iter().map(|scope| scope.kind).collect();
    assert_eq!(kinds, [ScopeKind::Module, ScopeKind::Class, ScopeKind::Function, ScopeKind::Function]);
    assert_eq!(module.scopes[3].parent, Some(2));
}

#[test]
fn imports_are_resolved_through_aliases() {
    let module = parse(
        "import subprocess as sp\nfrom os import system as run\nimport os.path\n\
         def f(sp):\n    return sp.call(1)\ndef g(x):\n    run(x, run=1)\n    return sp.call(x.sp)\n",
    );
    assert_snapshot!(shown(&module), @r"
    <module> | 0 | 1-1 | import subprocess
    <module> | 0 | 2-2 | from os import system
    <module> | 0 | 3-3 | import os.path
    f | 0 | 4-4 | def f(sp):
    f | 0 | 5-5 | return sp.call(1)
    g | 0 | 6-6 | def g(x):
    g | 0 | 7-7 | system(x, run=1)
    g | 0 | 8-8 | return subprocess.call(x.sp)
    ");
}

#[test]
fn layout_comments_and_docstrings_do_not_matter() {
    let plain = "def f(a, b):\n    x = g(a, b=[1, 2])\n    return x\n";
    let laid_out = "def f( a,b ):  # note\n\n        \"\"\"Doc\n        string.\"\"\"\n        x = g(a,\n              b = [1,\n                   2,],  # two\n        )\n        # end\n        return x\n";
    let texts = |text: &str| parse(text).statements.iter().map(|s| (s.depth, s.text())).collect::<Vec<_>>();
    assert_eq!(texts(plain), texts(laid_out));
}

#[test]
fn a_syntax_error_costs_its_statement_not_the_file() {
    let module = parse("def f(x:\n    return eval(x)\n\ny = = 3\n\ndef g(z):\n    return z\n");
    assert!(module.notes.iter().all(|note| note.kind == NoteKind::Syntax) && !module.notes.is_empty());
    let texts: Vec<String> = module.statements.iter().map(|s| s.text()).collect();
    assert!(texts.contains(&"return eval(x)".to_owned()), "{texts:?}");
    assert!(texts.contains(&"def g(z):".to_owned()), "{texts:?}");
    assert!(module.scopes.iter().any(|scope| scope.name == "g"));
}

#[test]
fn what_cannot_be_split_into_tokens_is_said_to_be_lost() {
    let module = parse("a = 1\nb = '''never\nends\n");
    assert_eq!(module.lost, [(2, 4)]);
    assert!(module.statements.iter().any(|s| s.text() == "a = 1"));
    assert_eq!(parse("a = 1\nb = f'''{a} never\nends\n").lost, [(2, 4)]);
    assert_eq!(parse("a = $\nb = 'open\nc = 2\n").lost, []);
}

#[test]
fn python_2_degrades_to_tokens_and_says_so() {
    let module = parse(
        "import os\ndef f(x):\n    try:\n        print \"x\", x\n        os.system(x)\n    except OSError, e:\n        raise ValueError, e\n",
    );
    assert_eq!(module.notes.len(), 1);
    assert_eq!((module.notes[0].kind, module.notes[0].line), (NoteKind::Python2, 4));
    assert!(module.statements.iter().any(|s| s.text() == "os.system(x)" && s.start_line == 5));
}

#[test]
fn encodings_line_ends_form_feeds_and_tabs() {
    let lines = |bytes: &[u8]| {
        let module = python::parse(bytes, false);
        module.statements.iter().map(|s| (s.start_line, s.depth, s.text())).collect::<Vec<_>>()
    };
    let plain = lines("def f():\n    if x:\n        return 'é'\n".as_bytes());
    assert_eq!(lines("\u{feff}def f():\n    if x:\n        return 'é'\n".as_bytes()), plain);
    assert_eq!(lines("def f():\r\n    if x:\r\n        return 'é'\r\n".as_bytes()), plain);
    assert_eq!(lines("def f():\n\tif x:\n\t\treturn 'é'\n".as_bytes()), plain);
    assert_eq!(lines("\x0cdef f():\n    if x:\n        return 'é'\n".as_bytes()), plain);
    let latin = lines(b"# coding: latin-1\ndef f():\n    if x:\n        return '\xe9'\n");
    assert_eq!(latin[2].2, plain[2].2);
    let broken = python::parse(b"x = '\xe9'\n", false);
    assert_eq!(broken.notes[0].kind, NoteKind::Encoding);
    assert_eq!(broken.statements.len(), 1);
}

#[test]
fn the_newest_grammar_is_read() {
    let module = parse(
        "type A[T] = list[T]\nmatch x:\n    case {'a': 1} | [1, *_] if y:\n        pass\n\
         def f[T: int](a, /, *, b) -> T: ...\ntry:\n    pass\nexcept* OSError:\n    pass\nz = f\"{'a' + f\"{1}\"}\"\nw = t'{x}'\nif (n := 3): pass\n",
    );
    assert_eq!(module.notes, []);
    assert!(module.scopes.iter().any(|scope| scope.name == "f"));
}

#[test]
fn a_very_long_statement_comes_in_pieces_that_lose_nothing() {
    let rows: String = (0..500).map(|n| format!("    'key{n}': f(value_{n}),\n")).collect();
    let module = parse(&format!("TABLE = {{\n{rows}}}\n"));
    let [table] = &module.statements[..] else { panic!("one statement") };
    assert!(table.pieces.len() > 10);
    assert!(table.pieces.iter().all(|piece| piece.text.chars().count() < 700));
    assert_eq!((table.pieces[0].start_line, table.pieces.last().map(|p| p.end_line)), (1, Some(502)));
    for n in 0..500 {
        let line = n as u32 + 2;
        let named = |text: &str| {
            text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == format!("value_{n}"))
        };
        let piece = table.pieces.iter().find(|piece| named(&piece.text)).expect("it is kept");
        assert!((piece.start_line..=piece.end_line).contains(&line));
    }
}

#[test]
fn a_decorator_without_definition_stays_where_it_stands() {
    let module = parse("class A:\n    x = 1\n    @dec\n");
    let last = module.statements.len() - 1;
    assert_eq!(module.statements[last].text(), "@dec");
    assert_eq!(module.scopes[module.statements[last].scope].name, "A");
    assert!(module.scopes[module.statements[last].scope].statements.contains(&last));
}

proptest! {
    #[test]
    fn nothing_makes_it_stumble(text in "(?s).{0,200}") {
        let module = parse(&text);
        for statement in &module.statements {
            prop_assert!(statement.start_line <= statement.end_line);
            prop_assert!(statement.scope < module.scopes.len());
            prop_assert!(!statement.pieces.is_empty());
        }
        let in_scopes: usize = module.scopes.iter().map(|scope| scope.statements.len()).sum();
        prop_assert_eq!(in_scopes, module.statements.len());
    }

    #[test]
    fn broken_code_keeps_its_statements_in_scopes(
        lines in prop::collection::vec(prop::sample::select(vec![
            "def f(x):", "    return x", "class A:", "    def m(self):", "        self.x = (1,", "@dec", "if x:", "    y = f'{x'",
            "else:", "'''", "x = 1; y = 2", "    \"\"\"doc\"\"\"", "import a as b", "from . import (c", ")", "\tz = b", "print 'x'", "]", "\\",
        ]), 0..30)
    ) {
        let module = parse(&lines.join("\n"));
        let mut seen: Vec<usize> = module.scopes.iter().flat_map(|scope| scope.statements.clone()).collect();
        seen.sort_unstable();
        prop_assert_eq!(seen, (0..module.statements.len()).collect::<Vec<_>>());
        for (at, scope) in module.scopes.iter().enumerate() {
            prop_assert!(scope.parent.is_none_or(|parent| parent < at));
            prop_assert!(scope.statements.is_sorted());
            prop_assert!(scope.statements.iter().all(|&statement| module.statements[statement].scope == at));
        }
    }
}
