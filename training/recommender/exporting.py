"""The folder of a trained recommender: the graph that serves, its items, the network as torch has it, a manifest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from questline.errors import RunError
from questline.tools.models.onnx_session import open_session
from questline.tools.recommendation.neural import Trained, save
from questline.tools.recommendation.neural.checkpoint import FILE
from questline.tools.recommendation.neural.graph import CATALOGUE, GRAPH, NAME, VERSION
from questline.training.recipe import Figures

from .examples import Ids
from .onnx_graph import graph

__all__ = ["export"]

_TOLERANCE: Final = 1e-4


def export(trained: Trained, folder: Path, *, clicks: Ids, learnt: Mapping[str, Any]) -> Figures:
    """Write the folder; return its size and how far the graph is from the network.

    Args:
        trained: The network, its items, and what is known of it.
        folder: Which is there.
        clicks: How often each item was learnt, int64 [N].
        learnt: Of what it learnt: JSON values under ``learnt`` in the manifest.

    Raises:
        MissingExtra: Without onnx.
        RunError: When the graph and the network differ.
    """
    net = trained.net.eval()
    content = graph(net)
    catalogue = json.dumps({"items": list(trained.items), "clicks": clicks.tolist()}, ensure_ascii=False).encode()
    session = open_session(content, folder=str(folder))
    far = 0.0
    for length in {0, 1, min(3, net.config.max_length), net.config.max_length}:
        asked = (np.arange(2 * length, dtype=np.int64) * 7 % net.config.items + 1).reshape(2, length)
        with torch.no_grad():
            own = net.logits(torch.tensor(asked)).numpy()
        far = max(far, float(np.abs(session.run(["logits"], {"session": asked})[0] - own).max()))
    if not far < _TOLERANCE:
        raise RunError(f"the exported recommender differs from the learnt one by {far:.2g}")
    manifest = {
        "name": NAME,
        "version": VERSION,
        "config": asdict(net.config),
        "learnt": dict(learnt),
        "network": save(trained, folder / FILE),
        "files": {name: hashlib.sha256(each).hexdigest() for name, each in ((GRAPH, content), (CATALOGUE, catalogue))},
    }
    (folder / GRAPH).write_bytes(content)
    (folder / CATALOGUE).write_bytes(catalogue)
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    count = sum(parameter.numel() for parameter in net.parameters())
    return {"parameters": float(count), "kilobytes": len(content) / 1e3, "largest difference": far}
