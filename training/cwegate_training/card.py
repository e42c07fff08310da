"""Step `card`: MODEL_CARD.md and its plots, from what was measured of a bundle and from the log of runs."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import tomllib

from . import fixes, gate, plots, sets, verdicts
from .calibrate import facts_of
from .config import BUDGETS, RUNS, WORK, bundle_of, classes, read_jsonl, sha256
from .export import exported
from .points import HALVINGS, HOLDING, LOWEST
from .pretrain import PRETRAINED
from .quantization import shuffled
from .tree import BLOCK_BUDGET, DEFAULT_BUDGET, blocking, class_of

SOURCES = {
    "authored.jsonl": ("pairs written for this project, `training/data`", "MIT OR Apache-2.0"),
    "upstream.jsonl": (
        "real fix pairs from the histories of public projects, by the labels in `training/data/fixes.jsonl`",
        None,
    ),
    "verdicts.jsonl": (
        "alarms in ordinary code of public projects, judged one by one: the labels in `training/data/verdicts.jsonl`",
        None,
    ),
    "generated.jsonl": ("pairs composed by `training/generate`", "MIT OR Apache-2.0"),
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

LABELS = {"upstream.jsonl": fixes.LABELS, "verdicts.jsonl": verdicts.LABELS}
"""Where the labels of code stand that is not ours."""

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
- A class with fewer than ten held-out positives is not estimable: its figures say little, and its thresholds rest on clean code and on
  the other classes.
- Held-out authored and generated records come from the same writers and tables as the training records; figures on them flatter the model. The
  figures on real fix pairs are the sober ones: most real fixes depend on code outside the window.
- Weaknesses of omission (missing authorisation, CSRF, limits) are guesses from a function's looks.
- Clean code is ordinary published code: it may hold unknown weaknesses, which the model was taught to pass over. Migrations,
  vendored and generated files were left out of training and of the alarm measurement; expect other rates there. Tests are in
  both as far as wheels carry them.
- Statements in Python 2 or inside very long functions are read with less context.
- Near duplicates are removed between the labelled splits and `dev`.
"""

EXAMPLES = 1200
"""Held-out records that examples are looked for in, at most."""
LONGEST = 110
"""Characters of an example."""
SHOWN = {
    "written": "own held-out records",
    "authored": "of these authored",
    "generated": "of these generated",
    "real": "real fix pairs of unseen projects",
    "upstream": "fix pairs of our own labels, unseen projects",
    "context": "… where one function does not show it",
    "everyday": "harmless everyday code",
    "securityeval": "securityeval",
    "codeseceval": "codeseceval",
    "sven": "sven, its validation part",
    "codeguardian": "codeguardian",
    "secllmholmes": "secllmholmes",
}


def source(name: str) -> tuple[str, str]:
    """What a file of training data is, and its licence."""
    what, licence = SOURCES.get(name, ("not used in training", "–"))
    return what, licence or licences_of(LABELS[name])


def licences_of(labels: Path) -> str:
    """How many labels are of projects under each licence."""
    of = fixes.licences()
    counts = Counter(of[label["repository"]] for label in read_jsonl(labels))
    return "each project's own: " + ", ".join(f"{licence} {count}" for licence, count in counts.most_common())


def number(value) -> str:
    return "–" if value is None else f"{value:.3g}"


def percent(value) -> str:
    return "–" if value is None else f"{100 * value:.2f} %"


def table(head: list[str], rows: list[list]) -> str:
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    return "\n".join(lines + ["| " + " | ".join(str(c) for c in row) + " |" for row in rows])


def evaluations(folder: Path) -> dict[str, dict]:
    """What `cwegate eval` said of the bundle on each set: the first system of each evaluation."""
    key = sha256(folder / "model.toml")[:8]
    found = {name: WORK / "judged" / f"eval-{key}-{name}.json" for name in SHOWN}
    return {name: json.loads(p.read_text(encoding="utf-8")) for name, p in found.items() if p.exists()}


def goals(facts: dict) -> str:
    """The table beside other tools and baselines."""
    from peers.table import markdown

    result = facts.get("table")
    if result is None:
        return ""
    values = {(v["set"], v["figure"], v["system"]): v["value"] for v in result["values"]}
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    return (
        "## Beside other tools\n"
        f"The same records for everybody, at the default budget of {DEFAULT_BUDGET:g} alarm per 1,000 changed lines. A tool has one operating point: all that it "
        f"reports ({versions or 'none was measured'}; ruff with its `S` rules, semgrep with the rules in `training/peers/rules.yml`). `words` is a linear model over "
        "the tokens and token pairs of a window, `length` one over its length; both are trained and calibrated on the same data as the model. Every finding of a tool "
        f"counts as a block; of the model and of both baselines those of classes that the default policy blocks, at the budget of {BLOCK_BUDGET:g} that it blocks at. Which class is the right one is said in `docs/eval.md`.\n\n"
        + markdown(result["systems"], values)
        + "\n"
    )


def changes(facts: dict) -> str:
    rows = [
        [f"{b:g}", number(aim), number(expected), number(m), f"{number(lo)} – {number(hi)}", percent(alarmed), percent(blocked)]
        for b, aim, expected, m, (lo, hi), alarmed, blocked in zip(
            BUDGETS, facts["aims"], facts["expected"], facts["measured"], facts["interval"], facts["files_alarmed"], facts["files_blocked"]
        )
    ]  # fmt: skip
    packages, lines = facts["packages"], facts["lines"]
    floors = " and ".join(
        f"{'Up' if not at else 'up'} to a budget of {budget:g} no threshold lies below a probability of {lowest:g}"
        for at, (budget, lowest) in enumerate(LOWEST)
    )
    dear = (
        f", for which an alarm of such a class counted {facts['dear']:g} times as dear as another one"
        if facts["dear"] > 1
        else ""
    )
    return (
        "## Alarms on real changes\n"
        f"Thresholds are set on {lines['calibration']:,} changed lines of {packages['calibration']} calibration packages and verified on "
        f"{lines['test']:,} changed lines of {packages['test']} others (two releases of each). An alarm is a statement on a changed line with at least one class over its threshold; "
        f"every alarm is counted as false. The aim is the largest rate on one half of the calibration packages at which the budget holds on the other half in {HOLDING:.0%} of "
        f"{HALVINGS} halvings; `expected` is the mean on the other half. {floors}, so that less may be spent. The default policy tells what alarms at a budget of "
        f"{DEFAULT_BUDGET:g} and blocks, for some classes, what alarms at {BLOCK_BUDGET:g}; the files that it would block stay under {facts['blocked_most']:.2%} in the mean over the "
        f"halvings (there {percent(facts['blocked_expected'])}){dear}. The test packages were measured more than once while "
        "this way of choosing thresholds was made, so they are not wholly unseen.\n\n"
        + table(
            ["budget", "aim", "expected", "measured on the test packages", "95 % interval (by package)", "changed files with an alarm", "… of a class that the default policy blocks"],
            rows,
        )
        + "\n\n![alarms](card/alarms.svg)\n\nClasses with the most alarms there at the default budget: "
        + (", ".join(f"{c} {n}" for c, n in list(facts["alarms_by_class"].items())[:8]) or "none")
        + ".\n"
    )  # fmt: skip


def readings(facts: dict) -> str:
    """Alarms in ordinary code of unseen projects that a reader judged."""
    told = facts.get("precision")
    if not told:
        return ""
    detectors, rows = dict(told["detectors"]), []
    weak = detectors.pop("weak")["statements"]
    for name, counts in detectors.items():
        right, wrong, unread = (counts.get(key, 0) for key in ("right", "wrong", "unread"))
        share = percent(right / (right + wrong)) if right + wrong else "–"
        rows.append([name, right + wrong + unread, unread, right, share])
    return (
        "## Alarms in ordinary code that were read\n"
        f"Whole files as they stand in projects that train nothing ({told['files']} files of {told['projects']} projects, {told['lines']:,} lines), and statements of them that a detector told or nearly told, each judged by a reader who "
        f"did not know which detector spoke or what for (`training/data/GUIDE.md`). {weak} of the statements read are weak. Of the other tools the alarms that were read are a sample, at most two a file beside those that they share with the model. An alarm of this model that nobody read "
        "is of neither column.\n\n"
        + table(["detector", "alarms", "unread", "right", "right, of those read"], rows)
        + "\n"
    )  # fmt: skip


def figures(found: dict[str, dict]) -> str:
    """Recall, pairs and ranks of every set."""
    columns = (
        "recall",
        "recall_class",
        "false_alarm",
        "auc",
        "macro_f1",
        "micro_f1",
        "pair_correct",
        "pair_rank",
        "pair_rank_class",
        "top_1",
        "alarms_per_1000",
    )
    titles = (
        "recall",
        "right class",
        "others with an alarm",
        "AUC",
        "macro-F1",
        "micro-F1",
        "pair-correct",
        "pair-rank",
        "… with the class",
        "top-1",
        "alarms per 1,000 lines",
    )
    rows = []
    for name, evaluation in found.items():
        system = evaluation["systems"][0]
        values = {f["key"]: f["value"] for f in system["figures"]}
        estimable = f"{system['spread']['estimable']} of {len(classes())}"
        data = evaluation["data"]
        rows.append([SHOWN[name], data["records"], data["pairs"], estimable, *(number(values[c]) for c in columns)])
    return (
        "## Figures\n"
        "At the default budget, by `cwegate eval`; `docs/eval.md` says what each means. The development sets were never trained on and never fitted to; they were used to "
        "choose between checkpoints and seen when the floor under thresholds was set (training/log.md), so they are slightly favourable. The everyday code is not trained on; clean code "
        "of its kind was written for the training because of the alarms on it.\n\n"
        + table(["set", "records", "pairs", "estimable classes", *titles], rows)
        + "\n\n![recall by budget](card/recall.svg)\n"
    )  # fmt: skip


def calibration(facts: dict, found: dict[str, dict]) -> str:
    rows = []
    for name, evaluation in found.items():
        kinds = evaluation["systems"][0]["calibration"]
        cells = [number(kinds[k] and kinds[k][v]) for k in ("own_class", "all_classes") for v in ("ece", "brier")]
        rows.append([SHOWN[name], *cells])
    return (
        "## Calibration\n"
        f"Of statements of the held-out test split, where temperatures were not fitted: expected calibration error {facts['ece']} over all classes (mostly easy negatives), "
        f"{facts['ece_labelled_class']} over the labelled class of each record. Of records, whose probability is the highest of their statements: the own class sets vulnerable records against "
        "their repairs, half of the cases being positive, which is not how often weaknesses occur in changes.\n\n"
        + table(["set", "own class: ECE", "Brier", "all classes: ECE", "Brier"], rows)
        + "\n\n![reliability](card/reliability.svg)\n"
    )


def stability(facts: dict) -> str:
    parts = []
    if robust := facts.get("robustness"):
        parts.append(
            f"- Renaming locals flips {percent(robust['renamed'])} of {robust['renamed_records']} verdicts, reformatting {percent(robust['reformatted'])} of "
            f"{robust['reformatted_records']}; one of both {percent(robust['flips'])} of {robust['records']} held-out records, of which {robust['alarmed']} alarm "
            f"({robust['lost']} of these flip). The set of classes that alarm differs in {percent(robust['classes_differ'])}."
        )
    if quantized := facts.get("quantization"):
        full = quantized["against_fp32"]
        parts.append(
            f"- int8 against fp32 over {full['records']} held-out records: macro-F1 {number(full['macro_f1_int8'])} against {number(full['macro_f1_fp32'])}, "
            f"{percent(full['flips'])} of verdicts flip, largest difference of a probability {number(full['largest_probability_difference'])}."
        )
        if other := quantized["emulated"]:
            parts.append(
                f"- This processor against an emulated {other['processor']}, which has no VNNI, over {other['records']} records: {percent(other['flips'])} of verdicts flip, the classes that alarm "
                f"differ in {percent(other['classes_differ'])}, largest difference of a probability {number(other['largest_probability_difference'])}."
            )
    if not parts:
        return ""
    return (
        "## Stability\nA verdict is whether anything in a record alarms at the default budget.\n"
        + "\n".join(parts)
        + "\n"
    )


def per_class(bundle: dict, found: dict[str, dict]) -> str:
    """A row for each class, on own held-out records."""
    if "written" not in found:
        return ""
    measured = {row["cwe"]: row for row in found["written"]["systems"][0]["classes"]}
    rows = []
    for c, blocks in zip(bundle["class"], blocking()):
        row = measured.get(c["id"])
        cells = [number(row and row[key]) for key in ("precision", "recall", "f1", "auc")]
        small = "" if row is None or row["estimable"] else " *"
        rows.append(
            [c["id"], "block" if blocks else "warn", c["support"], f"{row['support'] if row else 0}{small}", *cells]
        )
    return (
        "## Classes\nOn own held-out records at the default budget; * fewer than ten positives.\n\n"
        + table(
            [
                "class",
                f"default policy at {BLOCK_BUDGET:g}",
                "training positives",
                "held-out",
                "precision",
                "recall",
                "F1",
                "AUC",
            ],
            rows,
        )
        + "\n"
    )


def excerpt(record: dict, lines: list[int]) -> str:
    """The first of some lines of a record, as Markdown code that ends where the line ends."""
    texts = [record["code"].split("\n")[n - 1].strip() for n in lines if 0 < n <= record["code"].count("\n") + 1]
    text = next((t for t in texts if t), "")
    text = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return f"`` {text.replace('`', '´').replace('|', chr(92) + '|')} ``" if text else "–"


def examples(folder: Path) -> str:
    """For each class one held-out statement that it misses and one that it wrongly flags, of our own records only."""
    own = [r for name, rows in sets.held_out().items() if name in sets.OWN for r in rows]
    own = [r for r in shuffled(own) if r["source"] in sets.OWN][:EXAMPLES]
    cut, ids = gate.Bundle.read(folder).at(), [c.id for c in classes()]
    missed: dict[str, list[str]] = {}
    wrong: dict[str, list[str]] = {}
    for record, scores in zip(own, gate.score(own, folder)):
        true = (
            {ids[c] for c in map(class_of, record["cwe"]) if c is not None}
            if record["label"] == "vulnerable"
            else set()
        )
        named = scores.classes(cut)
        for cwe in true - named:
            missed.setdefault(cwe, []).append(excerpt(record, record.get("lines") or []))
        for first, _, flagged in scores.alarms(cut):
            for cwe in set(flagged) - true:
                wrong.setdefault(cwe, []).append(excerpt(record, [first]))
    rows = [
        [
            id_,
            len(missed.get(id_, ())),
            min(missed.get(id_, ["–"]), key=len),
            len(wrong.get(id_, ())),
            min(wrong.get(id_, ["–"]), key=len),
        ]
        for id_ in ids
    ]
    return (
        f"## What it misses and what it wrongly flags\nAmong {len(own)} held-out records written for this project or composed by its generator: how often, and the shortest example. A miss is a "
        "vulnerable record in which its class does not alarm; a wrong flag is a statement that alarms for a class that the record does not have.\n\n"
        + table(["class", "missed", "for example", "wrongly flagged", "for example"], rows)
        + "\n"
    )  # fmt: skip


def draw(folder: Path, facts: dict, found: dict[str, dict]) -> None:
    """The plots, beside the card."""
    target = folder / "card"
    target.mkdir(exist_ok=True)
    systems = {
        SHOWN[name]: e["systems"][0]
        for name, e in found.items()
        if name in ("written", "real", "securityeval", "codeseceval", "sven")
    }
    own = {name: s["calibration"]["own_class"] for name, s in systems.items() if s["calibration"]["own_class"]}
    pictures = {
        "alarms": plots.alarms(list(BUDGETS), facts["measured"], facts["interval"]),
        "recall": plots.recall({name: s["budgets"] for name, s in systems.items()}),
        "reliability": plots.reliability(own),
    }
    for name, text in pictures.items():
        (target / f"{name}.svg").write_text(text, encoding="utf-8")


def card(args) -> None:
    folder = bundle_of(args)
    bundle = tomllib.loads((folder / "model.toml").read_text(encoding="utf-8"))
    facts, found = facts_of(folder), evaluations(folder)
    if not facts:
        raise SystemExit("nothing was measured of this bundle as it stands; run the step `calibrate` on it first")
    draw(folder, facts, found)
    sizes = {"classes": len(bundle["class"]), "bytes": (folder / "model.onnx").stat().st_size / 1e6}
    data = [[name, *source(name), f"`{digest[:16]}…`"] for name, digest in bundle["data"].items()]
    files = [[name, f"`{digest}`"] for name, digest in bundle["files"].items()]
    parts = [
        HEAD.format(**bundle["model"], **sizes),
        goals(facts),
        changes(facts),
        readings(facts),
        figures(found) if found else "",
        calibration(facts, found),
        stability(facts),
        per_class(bundle, found),
        examples(folder),
        LIMITS,
        "## Training\n" + training_text(folder) + "\n",
        "## Data\n" + table(["file", "what", "licence", "sha256"], data) + "\n",
        "## Files\n" + table(["file", "sha256"], files) + "\n",
    ]
    (folder / "MODEL_CARD.md").write_text("\n".join(filter(None, parts)), encoding="utf-8")
    print("wrote the card")


def last(step: str) -> dict:
    found = [row for row in read_jsonl(RUNS / "runs.jsonl") if row["step"] == step]
    return found[-1] if found else {}


def rounds_of(name: str) -> list[dict]:
    """The last run of a fine-tuning and those that it went on from, first to last."""
    by_name = {row["name"]: row for row in read_jsonl(RUNS / "runs.jsonl") if row["step"] == "finetune"}
    rounds = [by_name[name]]
    while (before := by_name.get(rounds[0].get("start", "").removesuffix(".pt"))) and before not in rounds:
        rounds.insert(0, before)
    return rounds


def began(pre: dict) -> str:
    """What the pretraining went on from, if not from nothing."""
    earlier = last("revive") if pre.get("start") == "revived.pt" else {}
    return f", after the weights of an earlier bundle (`model.onnx` `{earlier['model'][:16]}…`)" if earlier else ""


def training_text(folder: Path) -> str:
    pre, corpus, changes = (last(s) for s in ("pretrain", "corpus", "changes"))
    out = exported(folder / "model.onnx") or last("export")
    names = out["name"].split(",")
    tuned = {row["name"] for row in read_jsonl(RUNS / "runs.jsonl") if row["step"] == "finetune"}
    # The weights that they began with may be one part of the mean.
    runs = [name for name in names if name in tuned]
    rounds = rounds_of(runs[-1])
    times = [f"{row['minutes']:g}" for row in rounds]
    shape = rounds[-1].get("shape", {})
    lines = [
        f"- Network: {shape.get('layers')} layers, {shape.get('width')} wide, {shape.get('heads')} heads, {shape.get('vocabulary')} tokens, windows of {shape.get('budget')} tokens"
        + (f"; beside the embedding a table of {shape['runs']:,} hashed runs of two and three tokens, {shape['run_width']} wide." if "runs" in shape else "."),
        f"- Ordinary code: {sum(corpus.get('packages', {}).values())} packages listed, {sum(corpus.get('files', {}).values()):,} files; changed lines between releases: "
        + ", ".join(f"{part} {changes[part]['changed_lines']:,}" for part in ("train", "calibration", "test") if part in changes) + ".",
        f"- Pretraining: next token, {pre.get('minutes', 0):g} minutes on two cores, {pre.get('tokens', 0) / 1e6:.1f} M tokens, loss {pre.get('next_token_loss')}" + began(pre) + ".",
        f"- Fine-tuning: {' and '.join(times)} minutes, {sum(r['steps'] for r in rounds)} steps in all, less than "
        f"{sum(r['passes'] + 1 for r in rounds)} passes over {rounds[-1]['units']:,} pairs and records, beside clean windows"
        + ("", "; on from earlier weights (training/log.md)")[rounds[0].get("start", PRETRAINED) != PRETRAINED]
        + (f"; the weights are the mean of {len(runs)} such runs" + (" and of what they began with." if len(runs) < len(names) else ".") if len(names) > 1 else "."),
        f"- int8 against fp32 on held-out windows: mean logit difference {out.get('int8_against_fp32', {}).get('mean_logit_difference')}, "
        f"statements that change sides at one half {out.get('int8_against_fp32', {}).get('flips_at_half')}.",
    ]  # fmt: skip
    return "\n".join(lines)
