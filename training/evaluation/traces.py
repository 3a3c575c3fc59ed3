"""The steps of an answer as JSON, for those who look at single items of a measurement."""

from __future__ import annotations

from questline.graphs.trace_times import rows_of
from questline.types import Answer

from .items import Json

__all__ = ["traced"]


def traced(answer: Answer) -> list[Json]:
    """Return who worked when on an answer, at most 60 steps: the form that `Shows` calls ``trace``."""
    return [
        {
            "step": row.label,
            **({"server": row.server} if row.server else {}),
            "started_s": round(row.started_s, 4),
            "seconds": round(row.ended_s - row.started_s, 4),
            **({"failed": True} if row.lost else {}),
        }
        for row in rows_of(answer)
    ]
