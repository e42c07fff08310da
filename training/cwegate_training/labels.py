"""CWE labels → classes of the model."""

from __future__ import annotations

from .config import classes

# Labels so general that they say no more than "some weakness"; they train no class.
GENERAL = {
    "CWE-74",
    "CWE-693",
    "CWE-707",
    "CWE-664",
    "CWE-691",
    "CWE-703",
    "CWE-710",
    "CWE-16",
    "CWE-840",
    "CWE-1035",
    "CWE-1357",
    "CWE-778",
}


class Labels:
    """Looks a label up among `members` and `from` of classes.toml."""

    def __init__(self) -> None:
        self.ids = [c.id for c in classes()]
        self.of: dict[str, int] = {}
        for index, c in enumerate(classes()):
            for cwe in (*c.members, *c.origins):
                if self.of.setdefault(cwe, index) != index:
                    raise ValueError(f"classes.toml gives {cwe} to two classes")

    def __len__(self) -> int:
        return len(self.ids)

    def map(self, cwes: list[str]) -> list[int]:
        """Class indices of a record's labels, without the ones that no class takes."""
        return sorted({self.of[c] for c in cwes if c in self.of and c not in GENERAL})
