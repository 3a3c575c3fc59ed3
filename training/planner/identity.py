"""What decides a cell beside question and workflow: corpus, settings, models, fits, code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

from questline.settings import Settings
from questline.tools.models.cross_encoder import NAME
from questline.tools.models.encoder import Encoder
from questline.tools.models.fitted import FITTED
from questline.tools.models.onnx_session import packaged_weights, read_model_files
from questline.training.evaluation.provenance import code_hash, prompt_hashes
from questline.training.evaluation.rows import Question, content_hash

from .folds import Fits, fold_of
from .rows import Asked

__all__ = ["asked", "identity"]

_CODE: Final = (
    *("agents/executors", "agents/workflow_planner", "agents/contract.py", "agents/prompting.py", "agents/prompts"),
    *("graphs/adaptive_rag", "graphs/search.py", "runtime.py", "budget.py", "types.py"),
    *("tools/decomposition", "tools/models", "tools/ranking", "tools/reading", "tools/retrieval", "tools/selection"),
    *("tools/text.py", "tools/fencing.py", "tools/json_text.py", "training/evaluation/answer_metrics.py"),
    *("training/planner/columns.py", "training/planner/evidence.py", "training/planner/nominal.py"),
    *("training/planner/rows.py", "training/planner/running.py", "training/planner/sharing.py"),
)
"""Files and folders that an answer, its score or its charge comes from."""


def identity(corpus: Path, settings: Settings, fits: Fits) -> dict[str, str]:
    """Return it by name; two tables may be mixed when all of it is equal."""
    told = {name: getattr(settings, name) for name in ("k", "max_tokens", "base_url")}
    models = {role: settings.models[role] for role in sorted(settings.models)}
    folders = fits.folders or (None,)
    return {
        "corpus": content_hash(corpus),
        "settings": json.dumps(told, sort_keys=True),
        "model": json.dumps([settings.model, models]),
        "prompts": _short(json.dumps(prompt_hashes(settings.prompts), sort_keys=True)),
        "encoder": Encoder.load().fingerprint,
        "fits": " ".join(_fingerprint(folder) for folder in folders),
        "code": code_hash(*_CODE),
    }


def asked(questions: Sequence[Question], told: Mapping[str, str]) -> list[Asked]:
    """Return the questions with the keys that their cells are kept under; those of equal words and answers once."""
    whole = json.dumps(dict(told), sort_keys=True)
    found: dict[str, Asked] = {}
    for row in questions:
        key = _short(json.dumps([whole, row.text, row.answers]))
        fold = fold_of(row.text)
        made = Asked(
            key=key, id=row.id, text=row.text, source=row.source, kind=row.kind, answers=row.answers, fold=fold
        )
        found.setdefault(key, made)
    return list(found.values())


def _fingerprint(folder: Path | None) -> str:
    digest = hashlib.sha256()
    model = packaged_weights(NAME) if folder is None else folder / "cross-encoder" / "model"
    digest.update(read_model_files(model).fingerprint.encode())
    for recipe, names in FITTED.items():
        if recipe != "cross-encoder":
            package = f"questline.tools.{recipe.partition('-')[0]}"
            home = files(package) if folder is None else folder / recipe / "model"
            for name in names:
                digest.update((home / name).read_bytes())
    return digest.hexdigest()[:16]


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
