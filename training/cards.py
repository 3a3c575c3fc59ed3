"""Write the model card that lies beside trained weights: data and licences, command, seed, figures, limits."""

from __future__ import annotations

from collections.abc import Mapping

from questline.training.evaluation.provenance import Provenance

from .recipe import Card, Figures

__all__ = ["written"]


def written(
    card: Card,
    *,
    command: str,
    seed: int,
    settings: Mapping[str, object],
    counts: Mapping[str, int],
    figures: Figures,
    steps: tuple[int, int, int],
    in_parts: bool,
    minutes: float,
    ended: str = "",
) -> str:
    """Return the card as Markdown.

    Args:
        card: What the recipe knows.
        command: That repeats the training.
        seed: Of every draw.
        settings: What decided the run, beside the seed.
        counts: What there was to learn from.
        figures: Held-out, of the exported step.
        steps: The exported step, how many were taken, and how many were planned.
        in_parts: Whether a step is a part of the fit and not a better guess.
        minutes: Of learning.
        ended: Why the run ended early, where it did.
    """
    made = Provenance.gather()
    taken = f"Fitted in {steps[1]} parts." if in_parts else _steps(*steps)
    where = f"{made.hardware.get('processor')}, {made.hardware.get('cores')} cores"
    lines = [
        f"# {card.title}",
        "",
        card.about.strip(),
        "",
        "## Data",
        "",
        "| file | source | licence |",
        "|---|---|---|",
        *(f"| {_cell(one.file)} | {_cell(one.source)} | {_cell(one.licence)} |" for one in card.data),
        "",
        "; ".join(f"{name}: {count:,}" for name, count in counts.items()) + ".",
        "",
        "## Training",
        "",
        f"- **Command**: `{command}`",
        f"- **Seed**: {seed}. {taken}",
        f"- **Settings**: {_settings(settings)}",
        f"- **Where**: {where}, {minutes:.0f} minutes, {made.date}.",
        *((f"- **Ended early**: {ended}.",) if ended else ()),
        "",
        "## Figures",
        "",
        "On held-out examples, in the precision of training:",
        "",
        *_table(figures),
        "",
        *(("Of the exported files:", "", *_table(card.figures), "") if card.figures else ()),
        "## Limits",
        "",
        card.limits.strip(),
        "",
    ]
    return "\n".join(lines)


def _steps(best: int, taken: int, planned: int) -> str:
    return (
        f"Step {best:,} is the best on held-out questions, and is this model;"
        f" {taken:,} of {planned:,} planned steps were taken."
    )


def _table(figures: Figures) -> list[str]:
    return ["| figure | value |", "|---|---|", *(f"| {_cell(name)} | {value:.4g} |" for name, value in figures.items())]


def _settings(settings: Mapping[str, object]) -> str:
    return ", ".join(f"`{name}={value!r}`" for name, value in settings.items()) or "as they come"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
