from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from . import generate
from .weave import load

parser = argparse.ArgumentParser(
    prog="python -m generate", description="Writes labelled pairs and clean records, composed from tables."
)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--count", type=int, required=True, help="samples; a pair counts once and gives two records")
parser.add_argument("--out", type=Path, required=True)
parser.add_argument(
    "--hosts", type=Path, help="folder of clean Python, or JSON Lines with `code`, of training packages only"
)
args = parser.parse_args()
counts: Counter = Counter()
with args.out.open("w") as out:
    for record in generate(args.seed, args.count, load(args.hosts, args.seed) if args.hosts else []):
        out.write(json.dumps(record) + "\n")
        counts[record["label"]] += 1
print(json.dumps(counts))
