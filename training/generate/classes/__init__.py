"""The tables, one file a class: SHAPES, and where a value flows, FIXES and WRONG; PLAIN says that a parameter's origin may be unknown."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass, field

from ..shapes import Fix, Shape, parse_fixes, parse_shapes


@dataclass
class Group:
    cwe: str
    shapes: list[Shape]
    fixes: list[Fix] = field(default_factory=list)
    wrong: list[tuple[str, list[str]]] = field(default_factory=list)
    plain: bool = False
    calm: bool = True


def _load() -> list[Group]:
    out = []
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda m: int(m.name.split("_")[1])):
        module = importlib.import_module(f"{__name__}.{info.name}")
        cwe = f"CWE-{int(info.name.split('_')[1])}"
        wrong = []
        for line in getattr(module, "WRONG", "").strip().split("\n"):
            if line:
                text, _, imports = line.partition("  # ")
                wrong.append((text.strip(), [imports] if imports else []))
        out.append(
            Group(
                cwe,
                parse_shapes(cwe, module.SHAPES),
                parse_fixes(getattr(module, "FIXES", "")),
                wrong,
                getattr(module, "PLAIN", False),
                getattr(module, "CALM", True),
            )
        )
    return out


CLASSES = _load()
