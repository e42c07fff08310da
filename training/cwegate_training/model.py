"""The network: a small transformer that reads a window and answers at every token.

What calls are named is looked up in a table of runs of tokens (`yaml`, `.`, `load`), so that the blocks need not spell it out (hashed n-grams as in fastText, Joulin et al., 2016; beside the embedding of the token as in
"Scaling Embedding Layers", Yu et al., 2025). Positions are rotary: what counts in code is the distance between two tokens. Attention is written out as matrix products and a softmax, ReLU instead of GELU, LayerNorm before each part: the
operations that both runtimes of the gate know and that quantize well.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .config import Shape
from .tokenizer import SPECIAL


class Block(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.before = nn.LayerNorm(shape.width)
        self.qkv = nn.Linear(shape.width, 3 * shape.width, bias=False)
        self.out = nn.Linear(shape.width, shape.width, bias=False)
        self.between = nn.LayerNorm(shape.width)
        self.up = nn.Linear(shape.width, shape.inner, bias=False)
        self.down = nn.Linear(shape.inner, shape.width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor, drop: float) -> Tensor:
        """x: [rows, tokens, width]; cos, sin: [tokens, width / heads / 2]; mask: added to [rows, heads, tokens, tokens]."""
        rows, tokens, width = x.shape
        size = width // self.heads
        q, k, v = self.qkv(self.before(x)).split(width, dim=-1)
        q = turn(q.view(rows, tokens, self.heads, size).transpose(1, 2), cos, sin)
        k = turn(k.view(rows, tokens, self.heads, size).transpose(1, 2), cos, sin)
        v = v.view(rows, tokens, self.heads, size).transpose(1, 2)
        scores = torch.matmul(q, k.transpose(2, 3)) * (1 / math.sqrt(size)) + mask
        mixed = torch.matmul(scores.softmax(dim=-1), v).transpose(1, 2).reshape(rows, tokens, width)
        x = x + F.dropout(self.out(mixed), drop, self.training)
        return x + F.dropout(self.down(F.relu(self.up(self.between(x)))), drop, self.training)


def turn(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions: each pair (first half, second half) is turned by an angle that grows with the position."""
    half = x.shape[-1] // 2
    a, b = x[..., :half], x[..., half:]
    return torch.cat((a * cos - b * sin, a * sin + b * cos), dim=-1)


FIRST_WORD = len(SPECIAL)
"""The ids below are padding and markers; runs do not reach over the start of a statement."""


def runs_of(ids: Tensor, slots: int) -> tuple[Tensor, Tensor]:
    """ids [rows, tokens], below 2^13 → slots of the runs of two and of three tokens that end at each token; fits in 31 bits."""
    word = (ids >= FIRST_WORD).to(ids.dtype)
    before = torch.cat((ids[:, :1] * 0, ids[:, :-1]), dim=1) * word
    # A marker is the first token of the statement's first run; what is before it is not seen.
    earlier = torch.cat((ids[:, :1] * 0, before[:, :-1]), dim=1) * word
    two = before * 131071 + ids
    return two % slots, (earlier * 65599 + before * 4099 + ids + 1) % slots


class Model(nn.Module):
    def __init__(self, shape: Shape, classes: int) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        self.runs = nn.Embedding(shape.runs, shape.run_width)
        self.join = nn.Linear(shape.run_width, shape.width, bias=False)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = nn.LayerNorm(shape.width)
        self.head = nn.Linear(shape.width, classes)
        half = shape.width // shape.heads // 2
        angles = torch.arange(shape.budget)[:, None] * 10000.0 ** (-torch.arange(half) / half)
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.02)
        # Nothing is known of any run at first.
        nn.init.zeros_(self.runs.weight)
        nn.init.normal_(self.join.weight, std=1 / math.sqrt(shape.run_width))
        for block in self.blocks:
            for last in (block.out, block.down):
                nn.init.normal_(last.weight, std=0.02 / math.sqrt(2 * shape.layers))
        # Weaknesses are rare: begin by saying no.
        nn.init.constant_(self.head.bias, -5.0)

    def hidden(self, ids: Tensor, mask: Tensor, drop: float = 0.0) -> Tensor:
        """ids: [rows, tokens] → [rows, tokens, width], normed."""
        tokens = ids.shape[1]
        cos, sin = self.cos[:tokens], self.sin[:tokens]
        two, three = runs_of(ids, self.shape.runs)
        x = self.embedding(ids) + self.join(self.runs(two) + self.runs(three))
        x = F.dropout(x, drop, self.training)
        for block in self.blocks:
            x = block(x, cos, sin, mask, drop)
        return self.norm(x)

    def forward(self, ids: Tensor) -> Tensor:
        """One window a row, 0 = padding → logits [rows, tokens, classes]; this is what is exported."""
        return self.head(self.hidden(ids, mask_of(ids)))


def mask_of(ids: Tensor, causal: bool = False) -> Tensor:
    """Additive mask, broadcast to [rows, heads, tokens, tokens]: padding is not seen, nor, if causal, what comes later."""
    mask = (ids == 0).to(torch.float32)[:, None, None, :] * -10000.0
    if causal:
        tokens = ids.shape[1]
        mask = mask + torch.full((tokens, tokens), -10000.0).triu(1)
    return mask


def mask_of_segments(segments: Tensor) -> Tensor:
    """Additive mask [rows, 1, tokens, tokens] for rows that hold several windows: segments [rows, tokens], 0 = padding."""
    apart = (segments[:, None, :, None] != segments[:, None, None, :]) | (segments == 0)[:, None, None, :]
    # What is padding sees padding only; it is never read.
    apart &= (segments != 0)[:, None, :, None]
    return apart.to(torch.float32) * -10000.0


RUNS_RATE = 8.0
"""How much faster the table of runs learns: each of its rows is met seldom."""


def optimizers(model: nn.Module, rate: float) -> list[torch.optim.Optimizer]:
    """Muon for the matrices inside the blocks, AdamW for the rest (about half as many steps for the same loss).

    `times` of a group is what its rate is multiplied with.
    """
    matrices, runs, rest = [], [], []
    for name, parameter in model.named_parameters():
        inside = name.startswith("blocks.") and parameter.dim() == 2
        (matrices if inside else runs if name.startswith("runs.") else rest).append(parameter)
    return [
        torch.optim.Muon(matrices, lr=rate, weight_decay=0.05, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(
            [{"params": rest}, {"params": runs, "times": RUNS_RATE}], lr=rate, betas=(0.9, 0.98), weight_decay=0.01
        ),
    ]


def set_rate(chosen: list[torch.optim.Optimizer], rate: float) -> None:
    for optimizer in chosen:
        for group in optimizer.param_groups:
            group["lr"] = rate * group.get("times", 1.0)


def begin_with(model: nn.Module, state: dict[str, Tensor]) -> None:
    """Loads weights; those of a network without a table of runs keep the new table, which says nothing yet."""
    own = {name: value for name, value in model.state_dict().items() if name.startswith(("runs.", "join."))}
    model.load_state_dict(own | state)
