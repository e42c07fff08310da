"""Step `judge`: all that the model card tells of a calibrated bundle, and the card.

The table beside other tools and baselines (peers), precision, robustness, quantization: each also is a command of its own. What was measured
of other systems is kept and not measured again for another bundle.
"""

from __future__ import annotations

from .calibrate import keep_facts
from .card import card
from .config import bundle_of, log
from .precision import precision
from .quantization import quantization
from .robustness import robustness


def judge(args) -> None:
    from peers.compare import compare, report

    folder = bundle_of(args)
    result = compare(folder)
    keep_facts(folder, {"table": result})
    log("judge", **result)
    precision(args)
    robustness(args)
    quantization(args)
    card(args)
    print(report(result, folder / "card"))
