"""A training run for a set time: its rate, its steps, its smoothed losses, and the checkpoint that it goes on from."""

from __future__ import annotations

import math
import time
from pathlib import Path

import torch
from torch import nn

from .model import optimizers, set_rate

TOLD = 20
"""Steps between two lines that are printed."""
SAVED = 120
"""Seconds between two checkpoints."""
SMOOTH = 0.98
"""What a smoothed loss keeps of itself at each step."""


def schedule(done: float, warm: float = 0.03) -> float:
    """Share of the full rate after a share `done` of the time: a short rise, then a cosine fall to 2 %."""
    if done < warm:
        return max(0.02, done / warm)
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, (done - warm) / (1 - warm))))


class Run:
    """`while run.begins(): …backward(); run.ends(losses)`.

    step: steps done; kept: what else the checkpoint had when the run went on from it; losses: smoothed, by name; curve: one row
    for each line that was printed.
    """

    def __init__(self, checkpoint: Path, model: nn.Module, rate: float, minutes: float, fresh: bool) -> None:
        self.checkpoint, self.model, self.rate, self.limit = checkpoint, model, rate, minutes * 60
        self.optimizers = optimizers(model, rate)
        self.spent, self.step, self.kept = 0.0, 0, {}
        self.losses: dict[str, float] = {}
        self.curve: list[tuple] = []
        if checkpoint.exists() and not fresh:
            self.kept = torch.load(checkpoint)
            model.load_state_dict(self.kept.pop("model"))
            self.spent, self.step = self.kept.pop("spent"), self.kept.pop("step")
            for optimizer, saved in zip(self.optimizers, self.kept.pop("optimizers")):
                optimizer.load_state_dict(saved)
        self.last = self.saved = time.monotonic()
        model.train()

    def begins(self) -> bool:
        """Whether there is time for another step; sets its rate."""
        done = self.spent / self.limit if self.limit else 1.0
        set_rate(self.optimizers, self.rate * schedule(done))
        return done < 1

    def ends(self, losses: dict[str, float], about: dict[str, int], **kept) -> None:
        """Steps along the gradients. about: counts that are told beside the losses; kept: what else a checkpoint has to have."""
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        for name, value in losses.items():
            self.losses[name] = SMOOTH * self.losses.get(name, value) + (1 - SMOOTH) * value
        self.step += 1
        now = time.monotonic()
        self.spent, self.last = self.spent + now - self.last, now
        if self.step % TOLD == 0:
            self.tell(about)
        if now - self.saved > SAVED or self.spent >= self.limit:
            self.saved = now
            self.save(kept)

    def tell(self, about: dict[str, int]) -> None:
        numbers = {name: round(value, 4) for name, value in self.losses.items()}
        self.curve.append((self.step, *about.values(), *numbers.values()))
        facts = " ".join(f"{name} {value}" for name, value in (about | numbers).items())
        print(f"{self.checkpoint.stem} step {self.step} {self.spent / self.limit:.0%} {facts}", flush=True)

    def save(self, kept: dict) -> None:
        state = {
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "spent": self.spent,
            "step": self.step,
        }
        # A checkpoint that is half written would lose the run.
        torch.save(state | kept, self.checkpoint.with_suffix(".new"))
        self.checkpoint.with_suffix(".new").replace(self.checkpoint)

    def facts(self) -> dict:
        """For the log of runs: steps, losses, and some twenty rows of the curve."""
        losses = {name: round(value, 4) for name, value in self.losses.items()}
        return {"steps": self.step, "losses": losses, "curve": self.curve[:: max(1, len(self.curve) // 20)]}
