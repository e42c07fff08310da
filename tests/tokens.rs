//! Token ids equal those of the Python package that trained the tokenizer.

use std::path::Path;

use cwegate::model::Bundle;

#[test]
fn ids_equal_pythons_on_the_golden_corpus() {
    let tokens = Bundle::embedded().expect("the embedded bundle").tokens;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tokens.jsonl");
    let golden = std::fs::read_to_string(file).expect("the golden corpus");
    let mut texts = 0;
    for line in golden.lines() {
        let record: serde_json::Value = serde_json::from_str(line).expect("a record");
        let text = record["text"].as_str().expect("a text");
        let ids: Vec<u32> = serde_json::from_value(record["ids"].clone()).expect("ids");
        assert_eq!(tokens.encode(text), ids, "{text:?}");
        texts += 1;
    }
    assert!(texts >= 300, "only {texts} texts");
}
