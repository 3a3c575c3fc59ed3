"""The exported network, opened in onnxruntime: no torch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError
from questline.tools.models.onnx_session import ModelFiles, Session, open_session, read_model_files

from .config import NetConfig

__all__ = ["CATALOGUE", "GRAPH", "MEND", "NAME", "VERSION", "Graph"]

NAME: Final = "session_recommender"
VERSION: Final = 1
GRAPH: Final = "recommender.onnx"
CATALOGUE: Final = "items.json"
_MANIFEST: Final = "manifest.json"
MEND: Final = "learn it again with `agents train recommender`"
Floats: TypeAlias = NDArray[np.float32]


class Graph:
    """A network over numbered items, with their names. Safe to share between threads."""

    def __init__(
        self, session: Session, config: NetConfig, items: tuple[str, ...], clicks: NDArray[np.int64], files: ModelFiles
    ) -> None:
        self._session = session
        self.config = config
        self.items = items
        self.index: Mapping[str, int] = {name: number for number, name in enumerate(items)}
        """Name → column of the logits."""
        self.popular: tuple[int, ...] = tuple(np.lexsort((np.arange(len(items)), -clicks)).tolist())
        """Columns by clicks, most first."""
        self.learnt: Mapping[str, Any] = cast("Mapping[str, Any]", files.manifest["learnt"])
        self.fingerprint = files.fingerprint

    @classmethod
    def load(cls, folder: Path | Traversable) -> Graph:
        """Open the ``model`` folder of `agents train recommender`.

        Raises:
            UsageError: ``file_not_found`` where there is no such folder, or no manifest in it.
            RunError: ``damaged_model`` for one that is damaged, or of another version.
        """
        if not folder.is_dir():
            raise UsageError(f"there is no folder {str(folder)!r}; {MEND}", code="file_not_found", path=str(folder))
        if not any(folder.iterdir()):
            raise UsageError(
                f"{str(folder)!r} is empty: its training has not come to its end; go on with the same "
                "`agents train recommender` and --resume",
                code="file_not_found",
                path=str(folder),
            )
        if not folder.joinpath(_MANIFEST).is_file():
            inside = folder.joinpath("model")
            meant = f"; did you mean {str(inside)!r}?" if inside.joinpath(_MANIFEST).is_file() else f"; {MEND}"
            raise UsageError(
                f"{str(folder)!r} is no folder of a trained recommender{meant}",
                code="file_not_found",
                path=str(folder),
            )
        files = read_model_files(folder)
        if files.manifest.get("name") != NAME or files.manifest.get("version") != VERSION:
            raise files.damaged(f"is no {NAME} of version {VERSION}")
        try:
            config = NetConfig(**cast("dict[str, Any]", files.manifest["config"]))
            catalogue = json.loads(files.contents[CATALOGUE])
            items = tuple(map(str, catalogue["items"]))
            clicks = np.array(catalogue["clicks"], np.int64)
            fits = len(items) == len(set(items)) == len(clicks) == config.items
            fits = fits and isinstance(files.manifest["learnt"], Mapping)
            session = open_session(files.contents[GRAPH], folder=files.folder)
        except (KeyError, TypeError, ValueError, UsageError) as error:
            raise files.damaged("lacks what it is served with") from error
        if not fits:
            raise files.damaged("has other items than its network")
        return cls(session, config, items, clicks, files)

    def known(self, session: Sequence[str]) -> list[int]:
        """Return the columns of the items of a session that are known, oldest first."""
        return [self.index[item] for item in session if item in self.index]

    def logits(self, columns: Sequence[int]) -> Floats:
        """Return the logits of every item after the last of some clicks, float32 [N]."""
        clicked = np.array(columns[-self.config.max_length :], np.int64) + 1
        return self._session.run(["logits"], {"session": clicked[None]})[0][0]

    def states(self, columns: Sequence[int]) -> Floats:
        """Return the state after the last of some clicks, float32 [D]."""
        clicked = np.array(columns[-self.config.max_length :], np.int64) + 1
        return self._session.run(["states"], {"session": clicked[None]})[0][0]
