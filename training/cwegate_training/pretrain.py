"""Step `pretrain`: next-token prediction over windows of ordinary code, for a set time. Continues from its checkpoint."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import torch

from .config import WORK, classes, log, read_jsonl, sha256
from .model import Model, begin_with, mask_of
from .run import Run
from .windows import Windows, extract, groups, padded

PRETRAINED = "pretrained.pt"
"""The checkpoint that this step writes, and that a fine-tuning begins with which goes on from no other."""
STEP = 8000
"""Tokens of a step, padding included."""


def windows_of(data: Path) -> Windows:
    """Windows of a file of records, extracted once for the file and the tokenizer as they are."""
    tokenizer = WORK / "tokenizer.json"
    path = WORK / f"{data.stem}-{sha256(data)[:8]}-{sha256(tokenizer)[:8]}.npz"
    if not path.exists():
        # Two trainings may begin at the same time.
        with tempfile.TemporaryDirectory(dir=WORK) as folder:
            made = Path(folder) / path.name
            extract(list(read_jsonl(data)), made.with_suffix(".jsonl"), tokenizer).save(made)
            made.replace(path)
    return Windows.load(path)


def batches(windows: Windows, rng: np.random.Generator):
    """Endless batches of windows of like length, about STEP tokens each, in a random order."""
    while True:
        order = rng.permutation(len(windows))
        for start in range(0, len(order), 2000):
            chosen = order[start : start + 2000]
            parts = groups([int(n) for n in windows.lengths[chosen]], STEP, spread=0.0)
            for part in rng.permutation(len(parts)):
                yield [int(chosen[i]) for i in parts[part]]


class NextToken(torch.autograd.Function):
    """Mean cross-entropy of states [tokens, width] against an embedding [vocabulary, width], some rows at a time: the logits
    of a whole step do not fit any cache, and the gradient is known as soon as the softmax is."""

    ROWS = 512

    @staticmethod
    def forward(ctx, states, table, wanted):
        table = table.to(states.dtype)
        total = 0.0
        d_states = torch.empty_like(states)
        d_table = torch.zeros(table.shape, dtype=torch.float32)
        for rows in torch.arange(len(states)).split(NextToken.ROWS):
            some, target = states[rows[0] : rows[-1] + 1], wanted[rows[0] : rows[-1] + 1, None]
            logits = (some @ table.T).float()
            logits -= logits.logsumexp(1, keepdim=True)
            total -= logits.gather(1, target).sum()
            slope = logits.exp_().scatter_add_(1, target, torch.full_like(target, -1, dtype=torch.float32))
            slope = slope.mul_(1 / len(states)).to(states.dtype)
            d_states[rows[0] : rows[-1] + 1] = slope @ table
            d_table += (slope.T @ some).float()
        ctx.save_for_backward(d_states, d_table)
        return total / len(states)

    @staticmethod
    def backward(ctx, upstream):
        d_states, d_table = ctx.saved_tensors
        return d_states * upstream, d_table * upstream, None


def pretrain(args) -> None:
    torch.manual_seed(1)
    windows = windows_of(WORK / "pretrain.jsonl")
    model = Model(args.shape, len(classes()))
    if args.start:
        begin_with(model, torch.load(WORK / args.start)["model"])
    run = Run(WORK / PRETRAINED, model, args.pretrain_rate, args.pretrain_minutes, args.fresh)
    tokens, source = run.kept.get("tokens", 0), batches(windows, np.random.default_rng(run.step))
    while run.begins():
        ids = torch.from_numpy(padded(windows, next(source)))
        with torch.autocast("cpu", torch.bfloat16):
            states = model.hidden(ids, mask_of(ids, causal=True))
            follows = ids[:, 1:] > 0
        loss = NextToken.apply(states[:, :-1][follows].bfloat16(), model.embedding.weight, ids[:, 1:][follows])
        loss.backward()
        tokens += int((ids > 0).sum())
        run.ends({"loss": loss.item()}, {"tokens": tokens}, tokens=tokens)
    facts = run.facts()
    log(
        "pretrain", shape=args.shape, start=args.start, minutes=args.pretrain_minutes, rate=args.pretrain_rate, windows=len(windows), tokens=tokens,
        next_token_loss=facts.pop("losses").get("loss"), tokenizer=sha256(WORK / "tokenizer.json"), **facts,
    )  # fmt: skip
