//! JUnit's XML, for CI systems that show tests: one suite, one test a finding.

use std::collections::BTreeSet;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::{Context, Report, Secrets, lines_of, not_scanned, number, sentences, told};
use crate::{
    cwe,
    path::RepoPath,
    policy::{Action, Judged, Level, Notice, Unscanned, Verdict},
    terminal::{TAB, escape},
};

/// In the form that Jenkins' schema describes, so the file is a test's `classname`.
///
/// What blocks is a failure, what had to be scanned and could not be is an error, and what only warns passes with its text as
/// output. A scanned file without any of these is a test that passed.
#[derive(Debug, Clone, Copy)]
pub struct Junit;

impl Report for Junit {
    fn render(&self, verdict: &Verdict, context: &Context) -> String {
        let secrets = Secrets::of(verdict);
        let reported = context.reported(verdict);
        let told: BTreeSet<&RepoPath> = reported
            .iter()
            .map(|judged| &judged.finding.path)
            .chain(verdict.unscanned.iter().map(|item| &item.path))
            .collect();
        let mut suite = TestSuite::new("cwegate");
        suite.add_test_cases(reported.into_iter().map(|judged| one(judged, &secrets)));
        suite.add_test_cases(verdict.unscanned.iter().map(unscanned));
        suite.add_test_cases(context.notices(verdict).map(notice));
        let clean = verdict.summary.scanned.iter().filter(|(path, _)| !told.contains(path));
        suite.add_test_cases(clean.map(|(path, _)| case("nothing found", &path.to_text(), TestCaseStatus::success())));
        let mut report = quick_junit::Report::new("cwegate");
        report.add_test_suite(suite);
        match report.to_string() {
            // The root counts skipped tests as well, which Jenkins' schema does not know there, and none ever is.
            Ok(text) => text.replacen(r#" skipped="0""#, "", 1),
            Err(error) => unreachable!("a document is written to memory: {error}"),
        }
    }
}

fn case(name: &str, path: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(escape(path));
    case
}

fn one(judged: &Judged, secrets: &Secrets) -> TestCase {
    let finding = &judged.finding;
    let sentences = sentences(judged);
    let lines = finding.excerpt.iter().filter(|line| line.in_statement);
    let code = lines.map(|line| {
        format!(
            "{:>6} | {}",
            number(finding.cells.as_ref(), line.number),
            escape(&expanded(&secrets.line(finding, line)))
        )
    });
    let text: Vec<String> = sentences.iter().cloned().chain(code).collect();
    let (text, blocks) = (text.join("\n"), judged.action == Action::Block);
    let status = if blocks {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message(sentences[0].clone()).set_type(finding.cwe.to_string()).set_description(text.clone());
        status
    } else {
        TestCaseStatus::success()
    };
    let name = format!("{} {}, {}", finding.cwe, cwe::title(finding.cwe), lines_of(finding, finding.region));
    let mut case = case(&name, &finding.path.to_text(), status);
    if !blocks {
        case.set_system_out(text);
    }
    case
}

/// Tabs as spaces: the writer of the XML drops them with other control characters.
fn expanded(text: &str) -> String {
    text.replace('\t', &" ".repeat(TAB))
}

fn unscanned(item: &Unscanned) -> TestCase {
    let why = not_scanned(item);
    let status = if item.blocks {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(why.clone()).set_type("unscanned");
        status
    } else {
        TestCaseStatus::success()
    };
    let place = item.lines.map_or_else(String::new, |(first, last)| format!(", {}", super::lines_from(first, last)));
    let mut case = case(&format!("scan{place}"), &item.path.to_text(), status);
    if !item.blocks {
        case.set_system_out(why);
    }
    case
}

/// Something about policy, exemptions or baseline; what blocks is an error.
fn notice(notice: &Notice) -> TestCase {
    let text = told(notice);
    let blocks = notice.level == Level::Error;
    let status = if blocks {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(text.clone()).set_type("policy");
        status
    } else {
        TestCaseStatus::success()
    };
    let (file, line) = notice.place.as_ref().map_or(("policy", String::new()), |(file, line)| {
        (file.as_str(), format!(", {}", super::lines_from(*line, *line)))
    });
    let mut case = case(&format!("policy{line}"), file, status);
    if !blocks {
        case.set_system_out(text);
    }
    case
}
