"""What a planner's texts are worth: read, run on recorded tools, compared; what cannot be read is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from questline.graphs.tool_search.outcomes import PlanRun
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.types import Plan

from .plan_text import Written, read_plan
from .recorded import Recorded
from .reward import Judged, judged, ours
from .traces import Trace, name_of, plan_of

__all__ = ["PlanJudge", "plan_figures"]


class PlanJudge:
    """Reads, runs and compares what was planned; the same text for the same question is run once.

    Args:
        recorded: The tools that plans are run on, by the scheduler that serves.
    """

    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded
        self._tools: Mapping[tuple[str, str], ToolDefinition] = {
            (tool.server, tool.name): tool for tool in recorded.tools
        }
        self._known: dict[tuple[str, str], Judged] = {}
        self.runs = 0
        """How many plans the scheduler has run."""

    def judge(self, texts: Sequence[str], traces: Sequence[Trace]) -> list[Judged]:
        """Return what is true of each text, as a plan for the question of its trace."""
        new = {
            (trace.question, text): trace
            for text, trace in zip(texts, traces, strict=True)
            if (trace.question, text) not in self._known
        }
        read = {key: read_plan(key[1], trace, self._tools) for key, trace in new.items()}
        first = {key: self._of(written, new[key], None) for key, written in read.items()}
        runnable = [key for key, one in first.items() if one.valid]
        plans = [written.plan for key in runnable if (written := read[key]) is not None]
        runs: Mapping[tuple[str, str], PlanRun] = dict(
            zip(runnable, self._recorded.run_all(plans) if plans else (), strict=True)
        )
        self.runs += len(runs)
        for key, written in read.items():
            self._known[key] = self._of(written, new[key], runs.get(key))
        return [self._known[trace.question, text] for text, trace in zip(texts, traces, strict=True)]

    def _of(self, written: Written | None, trace: Trace, run: PlanRun | None) -> Judged:
        right = plan_of(trace)
        return judged(
            None if written is None else written.plan,
            right,
            self._recorded.toolbox,
            executed=0.0 if run is None else _share_done(run),
            missing=0 if written is None else len(written.missing),
            serves=None if written is None else written.serves,
            right_serves={name_of(place): step.needs for place, step in enumerate(trace.steps)},
        )


def _share_done(run: PlanRun) -> float:
    plan: Plan = run.plan
    done = sum(run.outcomes[task.id].status == "done" for task in plan.tasks)
    return done / len(plan.tasks) if plan.tasks else 0.0


def plan_figures(found: Sequence[Judged]) -> dict[str, float]:
    """Return the means over questions; what cannot be read is 0 everywhere. ``score`` is our reward as it comes."""
    count = max(1, len(found))
    return {
        "score": sum(sum(ours(one).values()) for one in found) / count,
        "exact plans": sum(one.exact and one.valid for one in found) / count,
        "edge F1": sum(one.edges for one in found if one.parsed) / count,
        "node F1": sum(one.nodes for one in found if one.parsed) / count,
        "executed": sum(one.executed == 1.0 for one in found) / count,
        "invalid": sum(not one.valid for one in found) / count,
        "unparsable": sum(not one.parsed for one in found) / count,
    }
