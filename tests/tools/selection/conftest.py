from __future__ import annotations

from collections.abc import Sequence

from questline.types import Passage


def passages(*texts: str, titles: Sequence[str] = (), scored: bool = True) -> list[Passage]:
    """Passages ``p0`` … with these texts, in first-stage order."""
    return [
        Passage(
            id=f"p{n}",
            document_id=f"p{n}",
            source="notes",
            title=titles[n] if n < len(titles) else "",
            text=text,
            score=float(len(texts) - n) if scored else 0.0,
        )
        for n, text in enumerate(texts)
    ]


def notes(count: int) -> list[Passage]:
    """Passages ``p0`` … that say nothing of interest."""
    return passages(*(f"Note {n} about the harbour." for n in range(count)))
