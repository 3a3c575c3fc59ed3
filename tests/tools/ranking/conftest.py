from __future__ import annotations

from collections.abc import Sequence

from questline.types import Passage


def passages(count: int, *, scored: bool = True, texts: Sequence[str] = ()) -> list[Passage]:
    """Passages ``p0`` … in first-stage order."""
    return [
        Passage(
            id=f"p{n}",
            document_id=f"p{n}",
            source="notes",
            title="",
            text=texts[n] if n < len(texts) else f"Note {n} about the harbour.",
            score=float(count - n) if scored else 0.0,
        )
        for n in range(count)
    ]
