"""Load packaged model files, checked against their manifest, and open them in onnxruntime."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module, resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from questline.errors import RunError

__all__ = ["ModelFiles", "Session", "open_session", "packaged_weights", "read_model_files"]

_MENDS: Mapping[str, str] = {
    "minilm": "the encoder with `python -P -m questline.training.embedded.export_encoder`",
    "cross_encoder": "the cross-encoder with `agents train cross-encoder`",
    "workflow_p": "the planner with `agents train policy`",
    "linker": "the linker with `agents train linker`",
    "session_recommender": "the recommender with `agents train recommender`",
}
"""How a model is made again, by a part of its name or its folder; the shipped planner lies in ``workflow_planner``."""


def _mend(*told: str) -> str:
    """Name the model that is meant; all of them where nothing tells which it is."""
    known = [mend for start, mend in _MENDS.items() if any(start in each for each in told)]
    return f"Reinstall questline, or make the file again: {', '.join(known or _MENDS.values())}."


class Session(Protocol):
    """The one method of onnxruntime's ``InferenceSession`` that is used; safe to call from several threads."""

    def run(
        self, output_names: Sequence[str] | None, input_feed: Mapping[str, NDArray[np.generic]]
    ) -> list[NDArray[np.float32]]:
        """Run the graph on named inputs and return its outputs."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFiles:
    """The files of one model, as its ``manifest.json`` lists them, each with the hash it promises."""

    manifest: Mapping[str, object]
    contents: Mapping[str, bytes]
    """Each file's bytes, by name."""
    fingerprint: str
    """First 16 hex digits of one sha256 over all files: changes when a vector could change."""
    folder: str = ""
    """Where they lie, for messages."""

    def damaged(self, problem: str) -> RunError:
        """Return the error that names the folder, the problem and the mend."""
        name = str(self.manifest.get("name", ""))
        message = f"the model in {self.folder!r} {problem}. {_mend(name or self.folder)}"
        return RunError(message, code="damaged_model", path=self.folder)


def packaged_weights(name: str) -> Traversable:
    """Return the folder of a model that ships with the package."""
    return resources.files("questline.tools.models") / "weights" / name


def read_model_files(folder: Traversable | Path) -> ModelFiles:
    """Read the files that ``manifest.json`` names in its ``files`` table (name to sha256) and check each.

    Raises:
        RunError: ``damaged_model`` naming the file that is missing or not the promised one, and how to mend it.
    """
    raw = _read(folder / "manifest.json")
    try:
        manifest = cast("dict[str, object]", json.loads(raw))
        promised = cast("dict[str, str]", manifest["files"])
        names = sorted(promised.keys())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(folder / "manifest.json", "is not a model's manifest") from error
    contents: dict[str, bytes] = {}
    whole = hashlib.sha256()
    for name in names:
        content = _read(folder / name, manifest.get("name"))
        digest = hashlib.sha256(content)
        if digest.hexdigest() != promised[name]:
            problem = "does not have the sha256 that its manifest promises"
            raise _damaged(folder / name, problem, manifest.get("name"))
        whole.update(digest.digest())
        contents[name] = content
    return ModelFiles(manifest=manifest, contents=contents, fingerprint=whole.hexdigest()[:16], folder=str(folder))


class _Guarded:
    """A session of which no error of onnxruntime's own comes out."""

    def __init__(self, session: Session, folder: str) -> None:
        self._session, self._folder = session, folder

    def run(
        self, output_names: Sequence[str] | None, input_feed: Mapping[str, NDArray[np.generic]]
    ) -> list[NDArray[np.float32]]:
        """Run the graph; one that does not take these inputs or give these outputs is another model's."""
        try:
            return self._session.run(output_names, input_feed)
        except Exception as error:  # because onnxruntime's errors share no public base class
            raise _unusable(self._folder, f"cannot be run ({_first_line(error)})") from error


def open_session(model: bytes, *, folder: str = "") -> Session:
    """Open an ONNX model on the CPU, one thread a run; what waits sleeps instead of spinning.

    Args:
        model: The file's bytes.
        folder: Where it lies, for messages.

    Raises:
        RunError: ``damaged_model`` when onnxruntime cannot load it; so does a run that it cannot do.
    """
    onnxruntime = import_module("onnxruntime")  # 100 ms, and it has no types: not at the top

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Spinning workers starve every other thread of a small machine (measured: 2 to 4 times slower under load).
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # because onnxruntime's errors share no public base class
        raise _unusable(folder, f"cannot be loaded ({_first_line(error)})") from error
    return _Guarded(cast("Session", session), folder)


def _unusable(folder: str, problem: str) -> RunError:
    return ModelFiles(manifest={}, contents={}, fingerprint="", folder=folder).damaged(problem)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]


def _read(file: Traversable | Path, name: object = None) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise _damaged(file, f"cannot be read ({error.strerror or error})", name) from error


def _damaged(file: Traversable | Path, problem: str, name: object = None) -> RunError:
    mend = _mend(str(file) if name is None else str(name))
    return RunError(f"the model file {str(file)!r} {problem}. {mend}", code="damaged_model", path=str(file))
