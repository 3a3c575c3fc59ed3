"""What the recipes learn from: a folder with a recording of tools and an expert's traces, filtered twice.

``D_distill = J_efficient(J_correct(D_expert))`` (arXiv:2508.04604 §2.4, Eq. 7). What is discarded is counted by why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from questline.errors import UsageError
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.training.tuning.rows import fitting, held_out

from .correct import Sound, by_rule, correct, counted
from .efficient import efficient
from .made import RECORDING, TRACES
from .plan_text import linked
from .recorded import Recorded
from .traces import Trace, read_trace

__all__ = ["Examples", "distilled", "read_examples"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Traces to learn from and traces to measure on, by the hash of their question, and their tools."""

    recorded: Recorded
    train: Sequence[Trace]
    held: Sequence[Trace]
    counts: Mapping[str, int]
    """What came of the filters, for the card."""

    @property
    def tools(self) -> tuple[ToolDefinition, ...]:
        """The definitions."""
        return self.recorded.tools


def distilled(
    traces: Sequence[Trace],
    recorded: Recorded,
    *,
    sound: Sound = by_rule,
    thoughts: bool = True,
    replayed: bool = True,
) -> tuple[list[Trace], Mapping[str, int]]:
    """Return the traces that J_correct keeps, as J_efficient leaves them, and how many went or changed, by why.

    Args:
        traces: Of an expert.
        recorded: The tools.
        sound: Judges thoughts.
        thoughts: Whether each step needs one.
        replayed: Whether results are held against the recording.
    """
    against = recorded if replayed else None
    kept: list[Trace] = []
    counts: Counter[str] = Counter({"traces": len(traces), "discarded": 0})
    for trace in map(linked, traces):
        faults = correct(trace, recorded.toolbox, recorded=against, sound=sound, thoughts=thoughts)
        if faults:
            counts["discarded"] += 1
            counts.update({f"discarded: {kind}": 1 for kind in counted(faults)})
            continue
        pruned = efficient(trace, recorded.toolbox, recorded=against, sound=sound, thoughts=thoughts)
        counts.update({f"calls taken out: {change}": number for change, number in pruned.changes.items()})
        kept.append(pruned.trace)
    return kept, dict(counts)


def read_examples(folder: Path, *, sound: Sound = by_rule, thoughts: bool = True, skip: bool = False) -> Examples:
    """Read ``recording.jsonl`` (which the gateway writes) and ``traces.jsonl`` of a folder; the last are filtered.

    Args:
        folder: Of both.
        sound: Judges thoughts.
        thoughts: Whether each step needs one.
        skip: Leave out rows that cannot be read, in place of refusing the file.

    Raises:
        UsageError: ``file_not_found``; ``bad_data`` with the rows that do not fit, or where the filters leave nothing.
    """
    for name in (RECORDING, TRACES):
        if not (folder / name).is_file():
            raise UsageError(
                f"{str(folder)!r} holds no {name}: a folder with a recording of the gateway and an expert's traces is "
                "needed, as `python -P -m questline.training.tool_planner.made --out DIR` makes one",
                code="file_not_found",
                path=folder / name,
            )
    recorded = Recorded.read(folder / RECORDING)
    rows = fitting(folder / TRACES, read_trace, skip=skip)
    whole, counts = distilled(rows.kept, recorded, sound=sound, thoughts=thoughts)
    kept = list({trace.question: trace for trace in reversed(whole)}.values())[::-1]
    if not kept:
        told = "; ".join(f"{name} {number}" for name, number in counts.items())
        raise UsageError(f"the filters leave none of the traces: {told}", code="bad_data", path=folder / TRACES)
    train = [trace for trace in kept if not held_out(trace.question)]
    held = [trace for trace in kept if held_out(trace.question)]
    left = {"rows left out": rows.left_out} if rows.left_out else {}
    twice = {"questions told twice": len(whole) - len(kept)} if len(kept) < len(whole) else {}
    return Examples(recorded=recorded, train=train, held=held, counts={**counts, **left, **twice})
