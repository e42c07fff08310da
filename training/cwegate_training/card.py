"""Step `card`: MODEL_CARD.md from what the calibration measured and from the log of runs."""

from __future__ import annotations

import json

import tomllib

from .calibrate import facts_of
from .config import BUDGETS, RUNS, WORK, bundle_of, read_jsonl, sha256

SOURCES = {
    "authored.jsonl": ("pairs written for this project, `training/data`", "MIT OR Apache-2.0"),
    "sven.jsonl": ("SVEN, curated real fix pairs", "MIT"),
    "safecoder.jsonl": ("SafeCoder, real fix pairs", "MIT"),
    "reposvul.jsonl": ("ReposVul, real CVE fix pairs", "see the collection"),
    "pyvul.jsonl": ("PyVul, real CVE functions", "see the collection"),
    "pyvul_negatives.jsonl": ("PyVul, functions touched beside a fix", "see the collection"),
    "seccodeplt.jsonl": ("SecCodePLT, written pairs", "see the collection"),
    "purplellama.jsonl": ("PurpleLlama CyberSecEval, real code where a rule fired", "MIT"),
    "securecode.jsonl": ("SecureCode, written by a language model", "Apache-2.0"),
    "packages.toml": ("the list of published packages read as ordinary code", "each package's own"),
}

HEAD = """# Model card: {name} {version}

A small transformer that reads a window of canonical Python (the statements of one scope, with imports and enclosing
headers) and gives each statement a probability for each of {classes} weakness classes. {bytes:.1f} MB, int8, runs on a CPU.
Licence: {licence}. Every figure below was measured by `training/` on this very bundle; none is copied from elsewhere.

## Intended use
To point a developer or a reviewer at statements of a *change* that deserve a second look, before the change lands. It reads
one scope at a time and does not follow data between functions or files. It does not prove anything: no finding is not a
proof of safety, and a finding is not a proof of weakness. Do not use it to judge people, or as the only control.
"""

LIMITS = """
## Limits
- Support is small for most classes (see the table): where fewer than ten held-out records exist, the figures of that class
  say little, and its threshold rests on clean code and on the other classes.
- Held-out authored records come from the same writers and guide as the training pairs; figures on them flatter the model. The figures on real
  fix pairs are the sober ones, and they are low: most real fixes depend on code outside the window.
- Weaknesses of omission (missing authorisation, CSRF, limits) are guesses from a function's looks.
- Clean code is ordinary published code: it may hold unknown weaknesses, which the model was taught to pass over. Tests, migrations,
  vendored and generated files were left out of training and of the alarm measurement; expect other rates there.
- Statements in Python 2 or inside very long functions are read with less context.
- Near duplicates are removed between the labelled splits and `dev`; the labelled training records were not compared with the code of
  the calibration and test packages, and releases that fix security were not filtered out of the ordinary changes.
- Renaming and unusual style can change a score; this has not been bounded for this version.
"""


def number(value) -> str:
    return "–" if value is None else f"{value:g}"


def table(head: list[str], rows: list[list]) -> str:
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    return "\n".join(lines + ["| " + " | ".join(str(c) for c in row) + " |" for row in rows])


def figure_table(sets: dict[str, dict]) -> str:
    columns = [
        ("records", "records"), ("pairs", "pairs"), ("recall@5", "recall at 5"), ("recall@1", "recall at 1"), ("recall_class@5", "right class at 5"), ("recall_class@1", "right class at 1"),
        ("right_class_first", "right class first"), ("pair_rank", "pair-rank"), ("pair_rank_class", "… with the class"), ("pair_correct@1", "pair-correct at 1"), ("pair_correct@5", "… at 5"), ("auc", "AUC"),
    ]  # fmt: skip
    return table(
        ["set", *(title for _, title in columns)],
        [[name, *(number(f.get(key)) for key, _ in columns)] for name, f in sets.items()],
    )


def last(step: str) -> dict:
    found = [row for row in read_jsonl(RUNS / "runs.jsonl") if row["step"] == step]
    return found[-1] if found else {}


def card(args) -> None:
    folder = bundle_of(args)
    bundle = tomllib.loads((folder / "model.toml").read_text(encoding="utf-8"))
    facts = facts_of(folder)
    support = {c["id"]: c["support"] for c in bundle["class"]}
    meta, held = bundle["model"], facts["held_out"]
    parts = [HEAD.format(**meta, classes=len(support), bytes=(folder / "model.onnx").stat().st_size / 1e6)]
    parts.append("## Alarms on real changes\nA threshold a class and a budget, set on changed lines of "
                 f"{facts['lines']['calibration']:,} lines of the calibration packages, verified on {facts['lines']['test']:,} changed lines of "
                 f"{facts['packages']['test']} other packages (two releases of each; every alarm is counted as false; an alarm is one class on one statement).\n")  # fmt: skip
    parts.append(table(
        ["budget, alarms per 1,000 changed lines", "measured", "95 % interval (by package)", "changed files with an alarm"],
        [[f"{b:g}", number(m), f"{lo:g} – {hi:g}", f"{100 * share:.2f} %"] for b, m, (lo, hi), share in zip(BUDGETS, facts["measured"], facts["interval"], facts["files_alarmed"])],
    ))  # fmt: skip
    parts.append(
        "\nClasses with the most alarms there at budget 1: "
        + ", ".join(f"{c} {n}" for c, n in facts["alarms_by_class@1"].items() if n)
        + ".\n"
    )
    parts.append(
        f"\nUp to a budget of 1 no threshold lies below a probability of {LOWEST:g}. That floor was raised from 0.1 after these packages had been "
        "measured once with it (1.42 at a budget of 1), so they are not wholly unseen any more. Larger budgets have no floor, and are "
        "overspent on these packages: read `measured`, not the budget.\n"
    )
    parts.append("## Held-out records\nSplit by family, CVE or commit; near duplicates (Jaccard ≥ 0.7) never stand on two sides. Recall is the share of vulnerable records with "
                 "an alarm at the budget named; pair-rank the share of pairs whose vulnerable side scores higher; pair-correct demands an alarm there and none on the fixed side.\n")  # fmt: skip
    parts.append(figure_table({k: v for k, v in held.items() if k != "classes"}))
    parts.append(
        f"\nExpected calibration error on them: {facts['ece']} over all classes (mostly easy negatives), {facts['ece_labelled_class']} over the labelled class of each record.\n"
    )
    parts.append(
        "## Development sets\nNever trained on, never fitted to; used to choose between checkpoints, so slightly favourable.\n"
    )
    parts.append(figure_table(facts["dev"]))
    parts.append(
        "\n## Classes\n`found` counts held-out vulnerable records of the class that its threshold catches; `wrong` other held-out records that it hits.\n"
    )
    parts.append(table(
        ["class", "training positives", "held-out", "found at 1", "found at 5", "wrong at 1"],
        [[c, support[c], r["support"], r["found@1"], r["found@5"], r["wrong@1"]] for c, r in held["classes"].items()],
    ))  # fmt: skip
    parts.append(LIMITS)
    parts.append("## Training\n" + training_text() + "\n")
    rows = [
        [name, *SOURCES.get(name, ("not used in training", "–")), f"`{digest[:16]}…`"]
        for name, digest in bundle["data"].items()
    ]
    parts.append("## Data\n" + table(["file", "what", "licence", "sha256"], rows) + "\n")
    (folder / "MODEL_CARD.md").write_text("\n".join(parts), encoding="utf-8")
    print("wrote the card")


def rounds_of(fine: dict) -> list[dict]:
    """A fine-tuning and those that it went on from, first to last."""
    by_name = {row["name"]: row for row in read_jsonl(RUNS / "runs.jsonl") if row["step"] == "finetune"}
    rounds = [fine]
    while (before := by_name.get(rounds[0].get("start", "").removesuffix(".pt"))) and before not in rounds:
        rounds.insert(0, before)
    return rounds


def training_text() -> str:
    pre, out, corpus, changes = (last(s) for s in ("pretrain", "export", "corpus", "changes"))
    rounds = rounds_of(last("finetune"))
    times = [f"{row['minutes']:g}" for row in rounds]
    shape = pre.get("shape", {})
    lines = [
        f"- Network: {shape.get('layers')} layers, {shape.get('width')} wide, {shape.get('heads')} heads, {shape.get('vocabulary')} tokens, windows of {shape.get('budget')} tokens.",
        f"- Ordinary code: {sum(corpus.get('packages', {}).values())} packages listed, {sum(corpus.get('files', {}).values()):,} files; changed lines between releases: "
        + ", ".join(f"{part} {changes[part]['changed_lines']:,}" for part in ("train", "calibration", "test") if part in changes) + ".",
        f"- Pretraining: next token, {pre.get('minutes', 0):g} minutes on two cores, {pre.get('tokens', 0) / 1e6:.1f} M tokens, loss {pre.get('next_token_loss')}.",
        f"- Fine-tuning: {' and '.join(times)} minutes in {len(rounds)} rounds of {sum(r['steps'] for r in rounds)} steps in all, less than "
        f"{sum(r['passes'] + 1 for r in rounds)} passes over {rounds[-1]['units']:,} pairs and records, beside clean windows.",
        f"- int8 against fp32 on held-out windows: mean logit difference {out.get('int8_against_fp32', {}).get('mean_logit_difference')}, "
        f"statements that change sides at one half {out.get('int8_against_fp32', {}).get('flips_at_half')}.",
    ]  # fmt: skip
    return "\n".join(lines)
