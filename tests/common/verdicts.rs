//! Verdicts that are built by hand.

use cwegate::{
    attribute::{ExcerptLine, Finding, Region, Status},
    cwe::CweId,
    diff::{DiffLine, FileDiff},
    evidence::Evidence,
    fingerprint,
    path::RepoPath,
    policy::{Action, Judged, Outcome, Summary, Unscanned, Verdict},
    report::{Context, Format, Model},
};

pub fn excerpt(first: u32, lines: &[(&str, bool)]) -> Vec<ExcerptLine> {
    let lines = lines.iter().zip(first..);
    lines.map(|(&(text, in_statement), number)| ExcerptLine { number, text: text.to_owned(), in_statement }).collect()
}

pub fn region(start: (u32, u32), end: (u32, u32)) -> Region {
    Region { start_line: start.0, start_column: start.1, end_line: end.0, end_column: end.1 }
}

pub fn finding(cwe: u16, path: &str, region: Region, excerpt: Vec<ExcerptLine>) -> Finding {
    let statement =
        excerpt.iter().filter(|line| line.in_statement).map(|line| line.text.trim()).collect::<Vec<_>>().join(" ");
    Finding {
        cwe: CweId(cwe),
        also: vec![],
        path: RepoPath::from(path),
        scope: "Users.find".to_owned(),
        region,
        lines: (region.start_line, region.end_line),
        status: Status::New,
        probability: 0.931_25,
        before: None,
        threshold: 0.8,
        fingerprint: fingerprint::fingerprint(CweId(cwe), &RepoPath::from(path), "Users.find", &statement, 0),
        statement,
        excerpt,
        line_hash: "39fa2ee980eb94b0:1".to_owned(),
        removed: vec![],
        evidence: vec![],
        cells: None,
        cells_before: None,
    }
}

pub fn judged(finding: Finding, action: Action, reason: &str) -> Judged {
    Judged { finding, action, reason: reason.to_owned(), suppressed: None }
}

pub fn sql() -> Finding {
    let lines = [
        ("    def find(self, cursor, name):", false),
        ("        name = name.strip()", false),
        ("        cursor.execute(", true),
        ("            f\"SELECT * FROM users WHERE name = '{name}'\"", true),
        ("        )", true),
        ("        return cursor.fetchone()", false),
    ];
    let mut finding = finding(89, "app/db.py", region((12, 9), (14, 10)), excerpt(10, &lines));
    finding.also = vec![(CweId(943), 0.81)];
    finding.evidence = vec![
        Evidence { region: region((2, 1), (2, 15)), statement: "import sqlite3".to_owned(), without: 0.412_31 },
        Evidence { region: region((11, 9), (11, 28)), statement: "name = name.strip()".to_owned(), without: 0.207 },
    ];
    finding
}

pub fn worsened() -> Finding {
    let lines = [("def remove(request, number):", false), ("\tProject.objects.get(id=number).delete()", true)];
    let mut finding = finding(862, "app/views.py", region((8, 2), (8, 41)), excerpt(7, &lines));
    finding.status = Status::Worsened;
    finding.before = Some(0.119_96);
    finding.removed =
        vec![(8, "\tif not request.user.is_staff:".to_owned()), (9, "\t\traise PermissionDenied".to_owned())];
    finding
}

pub fn secret() -> Finding {
    let lines = [
        ("OLD = \"sk_live_0000111122223333\"", false),
        ("KEY = connect(host=\"db\", token=\"sk_live_4eC39HqLyjWDarjtT1zdp7dc\")", true),
    ];
    finding(798, "app/settings.py", region((2, 1), (2, 67)), excerpt(1, &lines))
}

/// Shows the secret's line as context.
pub fn beside_the_secret() -> Finding {
    let lines = [
        ("KEY = connect(host=\"db\", token=\"sk_live_4eC39HqLyjWDarjtT1zdp7dc\")", false),
        ("requests.get(URL, headers=KEY, verify=False)", true),
    ];
    finding(295, "app/settings.py", region((3, 1), (3, 45)), excerpt(2, &lines))
}

pub fn brief(status: Status) -> Finding {
    let mut finding =
        finding(79, "app/pages.py", region((3, 1), (3, 20)), excerpt(3, &[("print(render(value))", true)]));
    finding.status = status;
    finding
}

/// Unchanged lines at the top of `app/db.py`.
fn top() -> Vec<DiffLine> {
    let lines = ["\"\"\"Users.\"\"\"", "import sqlite3", ""].into_iter().zip(1..);
    lines.map(|(text, number)| DiffLine { before: Some(number), after: Some(number), text: text.to_owned() }).collect()
}

/// The lines of `sql()`, of which a part is new.
fn query() -> Vec<DiffLine> {
    let line = |before, after, text: &str| DiffLine { before, after, text: text.to_owned() };
    vec![
        line(Some(10), Some(10), "    def find(self, cursor, name):"),
        line(Some(11), Some(11), "        name = name.strip()"),
        line(Some(12), None, "        cursor.execute(QUERY, (name,))"),
        line(None, Some(12), "        cursor.execute("),
        line(None, Some(13), "            f\"SELECT * FROM users WHERE name = '{name}'\""),
        line(None, Some(14), "        )"),
        line(Some(13), Some(15), "        return cursor.fetchone()  # the first"),
    ]
}

pub fn summary() -> Summary {
    Summary {
        source: "staged changes".to_owned(),
        files: 4,
        changed_lines: 120,
        statements: 310,
        skipped: [("binary".to_owned(), 1), ("deleted".to_owned(), 2)].into(),
        scanned: [
            ("app/db.py", "modified"),
            ("app/settings.py", "added"),
            ("app/views.py", "renamed"),
            ("app/pages.py", "file"),
        ]
        .map(|(path, role)| (path.into(), role.to_owned()))
        .into(),
        diffs: vec![FileDiff { path: "app/db.py".into(), hunks: vec![top(), query()] }],
    }
}

pub fn verdict() -> Verdict {
    Verdict {
        outcome: Outcome::Blocked,
        findings: vec![
            judged(sql(), Action::Block, "preset top25 blocks CWE-89"),
            judged(secret(), Action::Block, "`\"CWE-798\" = \"block\"` in cwegate.toml:7"),
            judged(worsened(), Action::Block, "preset top25 blocks CWE-862"),
            judged(brief(Status::Existing), Action::Warn, "was there before this change"),
            judged(brief(Status::Fixed), Action::Warn, "repaired by this change"),
            judged(beside_the_secret(), Action::Warn, "preset top25 warns of CWE-295, as all that it does not name"),
        ],
        unscanned: vec![
            Unscanned {
                path: "app/big.py".into(),
                lines: None,
                why: "it has 20,000,000 bytes, and the limit is 1,000,000".into(),
                blocks: true,
                degraded: false,
            },
            Unscanned {
                path: "app/old.py".into(),
                lines: Some((3, 9)),
                why: "a syntax error".into(),
                blocks: false,
                degraded: true,
            },
        ],
        notices: vec![],
        summary: summary(),
    }
}

pub fn context() -> Context {
    Context {
        version: "0.1.0".to_owned(),
        model: Model { name: "small".to_owned(), version: "1".to_owned(), hash: "ab".repeat(32) },
        classes: [89, 22, 79, 295, 798, 862].map(CweId).into(),
        policy: "cwegate.toml".to_owned(),
        ..Context::default()
    }
}

pub fn render(format: Format, verdict: &Verdict, context: &Context) -> String {
    format.report().render(verdict, context)
}
