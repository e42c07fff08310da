//! What packages carry beside the program.

mod common;

use common::cwegate;

#[test]
fn completions_are_valid_shell() {
    let folder = tempfile::tempdir().expect("a folder");
    for (shell, check) in
        [("bash", Some("bash")), ("zsh", None), ("fish", None), ("powershell", None), ("elvish", None)]
    {
        let script = cwegate(folder.path(), &["completions", shell]).expect(0).stdout;
        assert!(script.contains("cwegate") && script.contains("sarif-profile"), "{shell}");
        if let Some(program) = check {
            let file = folder.path().join(shell);
            std::fs::write(&file, script).expect("a file");
            let checked = common::command(program, folder.path()).arg("-n").arg(&file).output().expect("it runs");
            assert!(checked.status.success(), "{checked:?}");
        }
    }
    cwegate(folder.path(), &["completions", "cmd"]).expect(2);
}

#[test]
fn there_is_a_page_for_each_command() {
    let folder = tempfile::tempdir().expect("a folder");
    cwegate(folder.path(), &["man", "."]).expect(0);
    let scan = std::fs::read_to_string(folder.path().join("cwegate-scan.1")).expect("a page");
    assert!(scan.contains(".TH") && scan.contains("sarif\\-profile"));
    assert!(folder.path().join("cwegate.1").is_file() && folder.path().join("cwegate-install.1").is_file());
    let missing = cwegate(folder.path(), &["man", "no-such-folder"]).expect(2);
    assert!(missing.stderr.contains("name a folder that exists"), "{}", missing.stderr);
}

#[test]
fn the_help_has_no_marks_of_our_own_documentation() {
    let folder = tempfile::tempdir().expect("a folder");
    let help = cwegate(folder.path(), &["scan", "--help"]).expect(0).stdout;
    assert!(help.contains("sarif:") && !help.contains("[`"), "{help}");
}
