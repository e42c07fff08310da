"""Step `export`: checkpoint → ONNX → int8, and how far the two agree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from .config import RUNS, WORK, bundle_of, classes, log, read_jsonl, sha256
from .evaluate import logits_by, logits_of, session_of
from .model import Model
from .points import sigmoid
from .pretrain import windows_of
from .windows import Windows

DAMPING = 0.01
"""Share of the mean diagonal that is added to a matrix of second moments, so that it has an inverse."""
LARGEST_WEIGHT = 64
"""What ONNX Runtime's reduced range rounds the largest weight of a channel to."""
SAMPLE = 300
"""Training windows that the rounding of the weights looks at."""
LARGEST = 8_000_000
"""Bytes that the shipped model may have."""


def mean_of(names: list[str]) -> dict[str, torch.Tensor]:
    """Mean of the weights of some checkpoints.

    Fine-tunings that begin with the same weights stay close enough for it (Wortsman et al., 2022, Model soups). Measured once
    here, it stood between its two parts (log.md, round F).
    """
    states = [torch.load(WORK / f"{name}.pt")["model"] for name in names]
    return {key: torch.stack([state[key] for state in states]).mean(dim=0) for key in states[0]}


def to_onnx(model: Model, path: Path) -> None:
    """input_ids int32 [batch, tokens], 0 = padding → logits float32 [batch, tokens, classes]."""
    model.eval()
    example = torch.ones(2, 16, dtype=torch.int32)
    torch.onnx.export(
        model,
        (example,),
        str(path),
        input_names=["input_ids"],
        output_names=["logits"],
        dynamic_axes={"input_ids": {0: "batch", 1: "tokens"}, "logits": {0: "batch", 1: "tokens"}},
        opset_version=17,
        dynamo=False,
    )


def quantize(source: Path, target: Path, sample: list[np.ndarray]) -> None:
    """Weights of the blocks in 7 bits a channel (so that processors without VNNI do not saturate), the tables in 8 bits
    a row. What joins the tables and the small head stay as they are. The attention of the first block is kept in half precision and computed in single precision: a
    twelfth of the weights of the blocks makes a third of the error.

    sample: input_ids [1, tokens] of windows that are like those to come; the weights are rounded so that the answers on them change least.
    """
    graph = onnx.load(source).graph
    last = graph.node[-1]
    keep = [
        n.name for n in graph.node if n.op_type in ("MatMul", "Gemm") and n.output[0] in (*last.input, *last.output)
    ]
    tables = {i.name: i for i in graph.initializer}
    # In the order in which the graph runs them: what joins the tables, the attention of the first block, and the rest.
    join, qkv, out, *rest = (n for n in graph.node if n.op_type == "MatMul" and n.input[1] in tables)
    keep += [n.name for n in (join, qkv, out)]
    quantize_dynamic(
        source, target, op_types_to_quantize=["MatMul"], per_channel=True, reduce_range=True,
        weight_type=QuantType.QInt8, nodes_to_exclude=keep, extra_options={"MatMulConstBOnly": True},
    )  # fmt: skip
    model = onnx.load(target)
    rounded = {i.name: i for i in model.graph.initializer}
    products = {n.input[1]: n.input[0] for n in rest if n.name not in keep}
    if not products.keys() <= {name.removesuffix("_quantized") for name in rounded}:
        raise SystemExit("quantize_dynamic names its weights in another way than this step knows")
    moments = second_moments(source, sorted(set(products.values())), sample)
    for name, read in products.items():
        scale = numpy_helper.to_array(rounded[f"{name}_scale"])
        whole = rounded_together(numpy_helper.to_array(tables[name]), scale, moments[read])
        rounded[f"{name}_quantized"].CopyFrom(numpy_helper.from_array(whole, f"{name}_quantized"))
    shrink_tables(model.graph)
    halve(model.graph, [qkv.input[1], out.input[1]])
    onnx.checker.check_model(model)
    onnx.save(model, target)


def second_moments(source: Path, names: list[str], sample: list[np.ndarray]) -> dict[str, np.ndarray]:
    """For each named value [.., width] of a graph the sum of x xᵀ [width, width] over all its vectors, as the sample runs through."""
    model = onnx.load(source)
    model.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names)
    run = session_of(model.SerializeToString(), names)
    out: dict[str, np.ndarray] = {}
    for ids in sample:
        for name, value in zip(names, run(ids), strict=True):
            vectors = value.reshape(-1, value.shape[-1]).astype(np.float64)
            out[name] = out.get(name, 0.0) + vectors.T @ vectors
    return out


def rounded_together(weights: np.ndarray, scale: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """int8 [in, out] of weights [in, out] / scale [out], within 7 bits: what rounding a row gets wrong, the rows after it make good as far as they go together in
    `moments` [in, in] (GPTQ; Frantar et al., 2022, arXiv:2210.17323, algorithm 1)."""
    size = len(moments)
    inverse = np.linalg.inv(moments + DAMPING * np.diag(moments).mean() * np.eye(size))
    upper = np.linalg.cholesky(inverse).T
    left, whole = weights.astype(np.float64), np.zeros(weights.shape, np.int8)
    for row in range(size):
        whole[row] = np.clip(np.rint(left[row] / scale), -LARGEST_WEIGHT, LARGEST_WEIGHT)
        error = (left[row] - whole[row] * scale) / upper[row, row]
        left[row + 1 :] -= np.outer(upper[row, row + 1 :], error)
    return whole


def shrink_tables(graph) -> None:
    """Each Gather(table, ids) → Cast(Gather(int8 table, ids)) * Gather(scale a row, ids)."""
    tables = {i.name: i for i in graph.initializer if len(i.dims) == 2 and i.data_type == TensorProto.FLOAT}
    gathers = [n for n in graph.node if n.op_type == "Gather" and n.input[0] in tables]
    if not gathers:
        raise SystemExit("the exported graph has no embedding table")
    for name in dict.fromkeys(n.input[0] for n in gathers):
        values = numpy_helper.to_array(tables[name])
        scale = np.maximum(np.abs(values).max(axis=1, keepdims=True), 1e-8).astype(np.float32) / 127
        stem = name.removesuffix(".weight")
        graph.initializer.remove(tables[name])
        graph.initializer.append(numpy_helper.from_array(np.rint(values / scale).astype(np.int8), f"{stem}_int8"))
        graph.initializer.append(numpy_helper.from_array(scale, f"{stem}_scale"))
    for number, node in enumerate(gathers):
        (name, ids), out = node.input, node.output[0]
        stem = name.removesuffix(".weight")
        at = f"{stem}_{number}"
        nodes = [
            helper.make_node("Gather", [f"{stem}_int8", ids], [f"{at}_rows"], name=f"{at}_rows", axis=0),
            helper.make_node("Cast", [f"{at}_rows"], [f"{at}_float"], name=f"{at}_float", to=TensorProto.FLOAT),
            helper.make_node("Gather", [f"{stem}_scale", ids], [f"{at}_factor"], name=f"{at}_factor", axis=0),
            helper.make_node("Mul", [f"{at}_float", f"{at}_factor"], [out], name=at),
        ]
        position = list(graph.node).index(node)
        graph.node.remove(node)
        for offset, made in enumerate(nodes):
            graph.node.insert(position + offset, made)


def halve(graph, names: list[str]) -> None:
    """Each float initializer → Cast(the same in half precision)."""
    tables = {i.name: i for i in graph.initializer}
    for name in names:
        half = numpy_helper.to_array(tables[name]).astype(np.float16)
        graph.initializer.remove(tables[name])
        graph.initializer.append(numpy_helper.from_array(half, f"{name}_half"))
        graph.node.insert(
            0, helper.make_node("Cast", [f"{name}_half"], [name], name=f"{name}_cast", to=TensorProto.FLOAT)
        )


def some_trained(rows: list[dict], windows: Windows) -> list[np.ndarray]:
    """input_ids [1, tokens] of some training windows, the same ones each time."""
    trained = [w for w in range(len(windows)) if rows[windows.record[w]]["split"] == "train"]
    chosen = np.random.default_rng(1).choice(trained, min(SAMPLE, len(trained)), replace=False)
    return [windows.tokens(w)[None].astype(np.int32) for w in chosen]


def exported(network: Path) -> dict:
    """The run that wrote a bundle's network; empty where the log knows none."""
    whole = sha256(network)
    runs = read_jsonl(RUNS / "runs.jsonl") if (RUNS / "runs.jsonl").exists() else ()
    found = [row for row in runs if row["step"] == "export" and row["sha256"] == whole]
    return found[-1] if found else {}


def export(args) -> None:
    model = Model(args.shape, len(classes()))
    model.load_state_dict(mean_of(args.name.split(",")))
    folder, full = bundle_of(args), WORK / "model-fp32.onnx"
    to_onnx(model, full)
    rows = list(read_jsonl(WORK / "records.jsonl"))
    windows = windows_of(WORK / "records.jsonl")
    quantize(full, folder / "model.onnx", some_trained(rows, windows))
    (folder / "tokenizer.json").write_bytes((WORK / "tokenizer.json").read_bytes())
    size = (folder / "model.onnx").stat().st_size
    if size > LARGEST:
        raise SystemExit(f"the model has {size} bytes, more than {LARGEST}")
    chosen = [w for w in range(len(windows)) if rows[windows.record[w]]["split"] != "train"][:400]
    exact, small = (logits_of(logits_by(path), windows, chosen) for path in (full, folder / "model.onnx"))
    torch_logits = logits_of(lambda ids: model(torch.from_numpy(ids)).detach().numpy(), windows, chosen[:40])
    known = np.isin(exact.marks, torch_logits.marks)
    p, q = (sigmoid(a.z) for a in (exact, small))
    log(
        "export",
        name=args.name,
        bytes=size,
        sha256=sha256(folder / "model.onnx"),
        full=sha256(full),
        windows=len(chosen),
        records=sha256(WORK / "records.jsonl"),
        sample=SAMPLE,
        damping=DAMPING,
        torch_against_onnx=float(np.abs(exact.z[known] - torch_logits.z).max()),
        int8_against_fp32={
            "mean_logit_difference": round(float(np.abs(exact.z - small.z).mean()), 4),
            "largest_probability_difference": round(float(np.abs(p - q).max()), 4),
            "flips_at_half": round(float(((p > 0.5) != (q > 0.5)).any(axis=1).mean()), 5),
        },
    )
