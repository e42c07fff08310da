"""`python -m cwegate_training STEP`: the steps in order are the ones in `STEPS`; `smoke` runs them all in small."""

from __future__ import annotations

import argparse
import os
import sys

import torch

from .calibrate import calibrate
from .card import card
from .config import Shape
from .corpus import changes, corpus
from .export import export
from .finetune import finetune
from .fixes import fixes
from .generated import generate
from .judge import judge
from .leaks import leaks
from .points import BLOCKED
from .precision import precision
from .pretrain import pretrain
from .quantization import quantization
from .records import records
from .revive import revive
from .robustness import robustness
from .smoke import smoke
from .tokenizer import golden, tokenizer
from .verdicts import verdicts

STEPS = {
    "corpus": corpus,
    "changes": changes,
    "fixes": fixes,
    "generate": generate,
    "records": records,
    "verdicts": verdicts,
    "leaks": leaks,
    "tokenizer": tokenizer,
    "revive": revive,
    "pretrain": pretrain,
    "finetune": finetune,
    "export": export,
    "calibrate": calibrate,
    "judge": judge,
    "precision": precision,
    "robustness": robustness,
    "quantization": quantization,
    "card": card,
    "golden": golden,
    "smoke": smoke,
}


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="cwegate_training", description=__doc__)
    p.add_argument("step", choices=STEPS)
    p.add_argument("--origin", default="https://github.com", help="where fixes and verdicts fetch OWNER/NAME from")
    p.add_argument("--lines-per-package", type=int, default=6000, help="changed lines taken of one package")
    p.add_argument(
        "--generated", type=int, default=12_000, help="composed pairs to write (generate) and to use (records)"
    )
    p.add_argument("--generated-seed", type=int, default=1)
    p.add_argument("--pretrain-files", type=int, default=9000)
    p.add_argument("--tokenizer-files", type=int, default=3000, help="clean files that the tokenizer reads")
    p.add_argument("--pretrain-minutes", type=float, default=22)
    p.add_argument("--pretrain-rate", type=float, default=3e-3)
    p.add_argument(
        "--name",
        default="finetuned",
        help="checkpoint to write (finetune), or to read (export; several, with commas: their mean)",
    )
    p.add_argument("--seed", type=int, default=2, help="order of the data and dropout of finetune")
    p.add_argument(
        "--repaired", type=float, default=3.0, help="how much more a repaired side's likeliest statement counts"
    )
    p.add_argument(
        "--start", default="", help="checkpoint that pretrain (none) or finetune (pretrained.pt) begins with"
    )
    p.add_argument("--minutes", type=float, default=18, help="time of finetune")
    p.add_argument("--rate", type=float, default=1e-3)
    p.add_argument("--drop", type=float, default=0.1)
    p.add_argument("--copies", type=float, default=0.2, help="how often a pair is read together with its renamed copy")
    p.add_argument(
        "--renamed", type=float, default=0.0, help="how often a pair is otherwise read under other names only"
    )
    p.add_argument("--names-seed", type=int, default=1, help="the names of renamed copies")
    p.add_argument("--authored-times", type=float, default=2.0)
    p.add_argument(
        "--upstream-times", type=float, default=2.5, help="how often a pair from a project's history is met in a pass"
    )
    p.add_argument(
        "--generated-times", type=float, default=1.0, help="how often composed code is met, beside its weight"
    )
    p.add_argument("--others-times", type=float, default=1.0, help="how often the rest is met, beside its weight")
    p.add_argument("--step-tokens", type=int, default=3000, help="labelled tokens of a step")
    p.add_argument(
        "--clean-share", type=float, default=0.8, help="clean tokens of a step, as a share of the labelled ones"
    )
    p.add_argument(
        "--verdicts-share",
        type=float,
        default=0.3,
        help="tokens of judged alarms in a step, as a share of the labelled ones",
    )
    p.add_argument("--clean-weight", type=float, default=1.0)
    p.add_argument(
        "--change-files", type=int, default=100_000, help="changed files that a part's alarms are measured on, at most"
    )
    p.add_argument(
        "--blocked",
        type=float,
        default=BLOCKED,
        help="share of changed files that the default policy may block",
    )
    p.add_argument("--bundle", default="", help="folder of the bundle (default: model/ of the repository)")
    p.add_argument("--fresh", action="store_true", help="ignore the step's own checkpoint")
    p.add_argument("--tiny", action="store_true", help="a toy network, for `smoke`")
    p.add_argument("--threads", type=int, default=2)
    return p


def keep_memory() -> None:
    """Starts again with an allocator that keeps large blocks: returning them to the system costs half of the time.

    glibc caps the threshold above which a block is mapped on its own at 32 MiB, so such blocks are switched off instead.
    """
    wanted = {
        "MALLOC_MMAP_MAX_": "0",
        "MALLOC_TRIM_THRESHOLD_": "100000000000",
        "MALLOC_TOP_PAD_": "500000000",
    }
    if not wanted.keys() <= os.environ.keys():
        os.execve(sys.executable, [sys.executable, "-m", "cwegate_training", *sys.argv[1:]], {**os.environ, **wanted})


def main() -> None:
    args = parser().parse_args()
    keep_memory()
    args.shape = Shape(vocabulary=600, width=64, layers=2, heads=2, inner=128) if args.tiny else Shape()
    torch.set_num_threads(args.threads)
    STEPS[args.step](args)


if __name__ == "__main__":
    main()
