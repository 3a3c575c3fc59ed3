"""Where a store of sessions stands, and whether a model that learnt of it is stale.

A model is sound while nothing has been forgotten in its store since it learnt, or was unlearnt from. Sessions that came
later make it older, not stale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final, cast

from questline.tools.recommendation.store import SessionStore

__all__ = ["Standing", "standing", "standing_after", "why_stale"]

_SELF: Final = "this store"
_LAST: Final = (
    "SELECT hash, id FROM certificates WHERE json_extract(body, '$.action') = 'forget' ORDER BY n DESC LIMIT 2"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Of one moment."""

    store: str
    """Keyed hash that names the store; nobody else's is equal."""
    hash: str
    """Keyed hash of its sessions."""
    log: str
    """Hash of the last forgetting in its log; empty where nothing was ever forgotten."""

    def as_dict(self) -> dict[str, str]:
        """Return it as JSON values."""
        return asdict(self)

    @classmethod
    def of(cls, values: object) -> Standing | None:
        """Return what `as_dict` returned; None for anything else."""
        if not isinstance(values, Mapping):
            return None
        told = cast("Mapping[str, object]", values)
        texts = {name: told.get(name) for name in ("store", "hash", "log")}
        if any(not isinstance(each, str) for each in texts.values()):
            return None
        return cls(**cast("dict[str, str]", texts))


def standing(store: SessionStore) -> Standing:
    """Return where a store stands now."""
    with store.reading() as connection:
        row = connection.execute(_LAST).fetchone()
        return Standing(
            store=store.mark("request", _SELF), hash=cast("str", store.meta("hash")), log=str(row[0]) if row else ""
        )


def standing_after(store: SessionStore, certificate: str, was: Standing) -> Standing | None:
    """Return where a store stands now; None where since `was` it forgot anything but what one certificate says."""
    with store.reading() as connection:
        (_, last), (before, _), *_ = *connection.execute(_LAST), ("", ""), ("", "")
        return standing(store) if (last, before) == (certificate, was.log) else None


def why_stale(learnt: Standing | None, now: Standing) -> str:
    """Return why a model may hold what was forgotten, to be put into a sentence; empty where it cannot.

    Args:
        learnt: Where its store stood when it learnt; None where it learnt of a file.
        now: Where the store stands.
    """
    if learnt is not None and learnt.store == now.store:
        same = learnt.log == now.log or learnt.hash == now.hash
        return "" if same else "clicks were forgotten after it had learnt"
    if not now.log:
        return ""
    return "it did not learn of this store, in which clicks were forgotten"
