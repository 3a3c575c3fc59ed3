"""Replies of models that were paid for once, kept by all that decides them: model, prompt, picture, length.

A changed scorer, another number of rows side by side, or a setting that begins with the same stage asks nothing again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

from questline.errors import UsageError
from questline.tools.models.llm_contract import Prompt
from questline.tools.retrieval.faults import storage_faults

__all__ = ["KeptReplies", "KeptReply", "reply_key"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReply:
    """A reply and what it took."""

    text: str
    tokens: int = 0
    usd: float = 0.0
    calls: int = 0
    seconds: float = 0.0
    finish_reason: str = ""
    filtered: bool = False
    """A content filter withheld it."""


class KeptReplies:
    """Replies on disk: JSON lines, appended as they come; a torn last line is dropped."""

    def __init__(self, path: Path, *, fresh: bool = False) -> None:
        self.path = path
        self._replies: dict[str, KeptReply] = {} if fresh else _load(path)

    def get(self, key: str) -> KeptReply | None:
        """Return what was answered before."""
        return self._replies.get(key)

    def keep(self, key: str, reply: KeptReply) -> None:
        """Add a reply, on disk too.

        Raises:
            RunError: ``read_only``, ``disk_full`` or ``run_failed``.
        """
        self._replies[key] = reply
        line = json.dumps({"key": key, **asdict(reply)}, ensure_ascii=False).encode() + b"\n"
        with storage_faults(self.path.parent, what="the replies of the model"):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as file:
                file.write(line if not file.tell() else b"\n" + line)


def reply_key(model: str, base_url: str | None, prompt: Prompt, max_tokens: int) -> str:
    """Return the sha256 over all that decides a reply."""
    digest = hashlib.sha256()
    told = [model, base_url or "", max_tokens, prompt.temperature, prompt.thinking, prompt.system]
    told += [(turn.role, turn.content) for turn in prompt.messages]
    told += [hashlib.sha256(picture.data).hexdigest() for picture in prompt.pictures]
    digest.update(json.dumps(told, ensure_ascii=True).encode())
    return digest.hexdigest()


def _load(path: Path) -> dict[str, KeptReply]:
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(f"{str(path)!r} cannot be read ({error})", code="unreadable_file", path=path) from error
    found: dict[str, KeptReply] = {}
    for line in lines:
        try:
            cells = cast("dict[str, object]", json.loads(line)) if line else {}
            if cells:
                key = str(cells.pop("key"))
                found[key] = KeptReply(**cast("Mapping[str, object]", cells))  # pyright: ignore[reportArgumentType]  # because this class wrote it
        except (ValueError, TypeError, KeyError):
            continue
    return found
