"""Step `revive`: the weights of a bundle → a checkpoint that `pretrain` or `finetune` can begin with.

Checkpoints are too large to keep beside the code; the shipped int8 weights stand in for them (`export` logs how
far the two differ). What such a model was trained on stays in it: its training parts of packages and records must still be training parts.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from .config import WORK, bundle_of, classes, log, sha256
from .model import Model, begin_with


def weights(path: Path, model: Model) -> dict[str, torch.Tensor]:
    """State of `model` from an exported int8 graph of the same shape."""
    graph = onnx.load(path).graph
    values = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    # What is kept in half precision goes by its name through a cast.
    values |= {
        n.output[0]: values[n.input[0]].astype(np.float32)
        for n in graph.node
        if n.op_type == "Cast" and n.input[0] in values
    }
    state = {name: torch.from_numpy(values[name].copy()) for name in model.state_dict() if name in values}
    # Bundles up to 0.4.0 have no table of runs.
    has_runs = "runs_int8" in values
    for name in ("embedding", "runs") if has_runs else ("embedding",):
        table = values[f"{name}_int8"].astype(np.float32) * values[f"{name}_scale"]
        state[f"{name}.weight"] = torch.from_numpy(table)
    matrices = []
    for node in graph.node:
        if node.op_type == "MatMulInteger":
            name = node.input[1].removesuffix("_quantized")
            whole = values[node.input[1]].astype(np.float32) - values[f"{name}_zero_point"].astype(np.float32)
            matrices.append(whole * values[f"{name}_scale"])
        elif node.op_type == "MatMul" and node.input[1] in values:
            matrices.append(values[node.input[1]])
    # The graph joins the tables, then runs the blocks in order, and the parts of a block in theirs; the head is last.
    names = ["join.weight"] if has_runs else []
    names += [
        f"blocks.{block}.{part}.weight" for block in range(model.shape.layers) for part in ("qkv", "out", "up", "down")
    ] + ["head.weight"]
    state |= {n: torch.from_numpy(m.T.copy()) for n, m in zip(names, matrices, strict=True)}
    begin_with(model, state)
    return model.state_dict()


def revive(args) -> None:
    source, target = bundle_of(args) / "model.onnx", WORK / "revived.pt"
    torch.save({"model": weights(source, Model(args.shape, len(classes())))}, target)
    # The words of the weights are those of their tokenizer.
    (WORK / "tokenizer.json").write_bytes((source.parent / "tokenizer.json").read_bytes())
    log("revive", shape=args.shape, model=sha256(source), checkpoint=sha256(target))
