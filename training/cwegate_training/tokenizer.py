"""Step `tokenizer`: byte-pair encoding over canonical statements, written as the `tokenizer.json` that the gate reads."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from .config import AUTHORED, BIN, ROOT, WORK, bundle_of, log, read_jsonl, sha256, write_jsonl
from .generated import SOURCE

MARKERS = ["<c>", *(f"<s{depth}>" for depth in range(8))]
SPECIAL = ["<pad>", "<unk>", "<mask>", *MARKERS]
# A word with the space or underscores before it; digits in threes and words of at most twenty letters, so that keys, hashes and long
# numbers do not fill the vocabulary; runs of punctuation, so that `==` and `("` can become one token; other space.
PATTERN = r" ?_{0,2}[^\W\d_]{1,20}| ?\d{1,3}|_+| ?[^\s\w]{1,4}|\s"


def empty() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PATTERN), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])  # fmt: skip
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def train(texts, vocabulary: int) -> Tokenizer:
    """A tokenizer of at most `vocabulary` entries; the special tokens come first, in the order of `SPECIAL`."""
    tokenizer = empty()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=SPECIAL,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        min_frequency=2,
        max_token_length=16,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return load(tokenizer.to_str())


def load(source: str | Path) -> Tokenizer:
    """Reads a tokenizer from JSON text or a file. Text that spells a marker stays text."""
    tokenizer = Tokenizer.from_str(source.read_text(encoding="utf-8") if isinstance(source, Path) else source)
    tokenizer.encode_special_tokens = True
    return tokenizer


def statements(records: Path):
    """Canonical statements of records, as the gate's extractor writes them."""
    command = [str(BIN), "windows", "--text", "--records", str(records)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        for line in process.stdout:
            yield from json.loads(line).get("statements", ())


def tokenizer(args) -> None:
    # Labelled code counts a few times, so that the words of its APIs are whole.
    sources = [
        ("records.jsonl", 2, None),
        ("pretrain.jsonl", 1, args.tokenizer_files),
        ("clean-train.jsonl", 1, args.tokenizer_files),
    ]
    texts: list[str] = []
    for name, times, limit in sources:
        # Composed code says the same few words again and again.
        rows = [r for r in read_jsonl(WORK / name) if r.get("split", "train") == "train" and r.get("source") != SOURCE][
            :limit
        ]
        write_jsonl(WORK / "tokenizer-input.jsonl", ({"id": r["id"], "code": r["code"]} for r in rows))
        texts += list(statements(WORK / "tokenizer-input.jsonl")) * times
    made = train(texts, args.shape.vocabulary)
    made.save(str(WORK / "tokenizer.json"), pretty=False)
    sample = texts[:: max(1, len(texts) // 20000)]
    lengths = [len(e.ids) for e in made.encode_batch(sample, add_special_tokens=False)]
    log(
        "tokenizer",
        statements=len(texts),
        vocabulary=made.get_vocab_size(),
        tokens_per_statement=round(sum(lengths) / len(lengths), 2),
        characters_per_token=round(sum(map(len, sample)) / sum(lengths), 2),
        sha256=sha256(WORK / "tokenizer.json"),
    )


# What authored code seldom holds, so that both implementations are compared on it too.
ODD = [
    " ", "\t", "x", "x = 1", 'x = "<s0> <pad> <c> <mask>"', "<s3>", "naïve = \"日本語 🐍 é\"", "_", "__init__", "___x___ = 1",
    "x = 0xDEADBEEF + 1_000_000 + 1e-10 + 3.14j", 'key = "AKIAIOSFODNN7EXAMPLE"', 'k = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"',
    "a=b==c!=d<=e>=f->g", "x = y[::-1][1:2, ..., None]", "return (yield from (await f(*a, **k)))", "lambda: (x := 3)", 'f"{x!r:>{w}} {{}} {y=}"',
    r're.compile(r"^(?:\d+|\w*?)[^\s\"]{2,}$")', "x = 'a' \"b\"", "…", "x = \"a…b\"", "\u202e\u200f", "ﬁ Ⅷ ² ½", "İstanbul ß ǅ", "a" * 70, "0" * 50, "-" * 40, "\x00\x1b[31m",
    "e\u0301 and é", "def f(a, /, b, *, c=1) -> dict[str, list[int | None]]:", "@app.route(\"/x/<int:y>\", methods=[\"POST\"])", "match x:", "print >>sys.stderr, \"x\"",
]  # fmt: skip


def golden(args) -> None:
    """tests/golden/tokens.jsonl: canonical texts with the ids that this package's tokenizer gives, for the gate's test."""
    made = load(bundle_of(args) / "tokenizer.json")
    rows = [{"id": r["id"], "code": r["code"]} for r in read_jsonl(AUTHORED)][::3]
    write_jsonl(WORK / "golden-input.jsonl", rows)
    texts = sorted(set(statements(WORK / "golden-input.jsonl")), key=lambda t: hashlib.sha256(t.encode()).digest())
    texts = ODD + texts[:465]
    path = ROOT / "tests" / "golden" / "tokens.jsonl"
    count = write_jsonl(path, ({"text": t, "ids": made.encode(t, add_special_tokens=False).ids} for t in texts))
    print(f"{count} texts in {path.relative_to(ROOT)}")
