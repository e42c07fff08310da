"""`python -m peers --bundle DIR`: one table of a model, other tools and two baselines on the same records.

python3 -m venv VENV && VENV/bin/pip install -r training/peers/requirements.txt
export CWEGATE_PEERS=VENV/bin
"""

from __future__ import annotations

import argparse
from pathlib import Path

from cwegate_training.calibrate import keep_facts
from cwegate_training.config import ROOT

from .compare import compare, missing, report

parser = argparse.ArgumentParser(
    prog="python -m peers", description="Sets a model beside other tools and two baselines."
)
parser.add_argument("--bundle", type=Path, default=ROOT / "model")
parser.add_argument("--out", type=Path, help="folder for table.md and table.json")
parser.add_argument("--only", nargs="*", help="sets to measure: those of sets.py, and robustness")
parser.add_argument("--model-only", action="store_true", help="leave the other systems out")
args = parser.parse_args()
if missing() and not args.model_only:
    print(f"not installed and left out: {', '.join(missing())}; see training/peers/requirements.txt")
result = compare(args.bundle, set(args.only or ()), not args.model_only)
if not args.only and not args.model_only:
    keep_facts(args.bundle, {"table": result})
print(report(result, args.out))
