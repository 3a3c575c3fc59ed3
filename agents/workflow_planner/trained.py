"""The planner that has learnt: expected quality and cost of every workflow, weighed as the question's budget asks.

A small network (`questline.training.planner`) reads the sentence vector of the question, its form, the evidence and
the draft so far, and the weights of the costs. Its likeliest choice is taken among what is legal and what the budget
carries: a workflow whose cost is above what is left in more than one of a hundred cases is out. [ours]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from questline.agents.contract import Context, Decision, PlannerView
from questline.budget import Budget
from questline.errors import UsageError
from questline.tools.models.encoder import Encoder
from questline.tools.models.onnx_session import Session, open_session, read_model_files

from .attribution import Reference
from .cost import asks_model, estimate
from .explaining import explained
from .features import NAMES, vector
from .rule import RulePlanner
from .weighing import WEIGHTS, weights_of
from .workflow import TOP_WORKFLOWS, Workflow

__all__ = ["ABSTAIN", "KEEP", "POLICY", "VERSION", "WEIGHTS", "Judged", "Policy", "TrainedPlanner", "opened", "shipped"]

POLICY: Final = "policy.onnx"
VERSION: Final = 1
KEEP: Final = len(TOP_WORKFLOWS)
"""Place of the choice to answer with the draft, after the workflows."""
ABSTAIN: Final = KEEP + 1
"""Place of giving up."""

Floats = NDArray[np.float32]


class Judged(NamedTuple):
    """What the network says of n states."""

    quality: Floats
    """``[n, w + 1]``: expected F1 after each workflow, and of the draft as it is."""
    cost: Floats
    """``[n, w, c]``, in units of the scale."""
    high: Floats
    """``[n, w, c]``: what the cost stays under in 99 of 100 cases."""
    logits: Floats
    """``[n, w + 2]``: of each workflow, of keeping the draft, of giving up."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The network, open."""

    session: Session
    components: tuple[str, ...]
    """Names of the costs."""
    scale: Floats
    """``[c]``: what a cost of 1 is."""
    fingerprint: str = ""
    """Of its files; changes when a decision could change."""
    reference: Reference | None = None
    """Means of its training questions; None in a policy that was exported without, which cannot say what weighed."""
    constants: Mapping[str, Any] | None = None
    """The constants that were best on its training questions, by the weight of calls."""
    blank: int = 0
    """Width of the sentence vector that it is given and does not read; 0 where it reads one."""
    learnt: str = ""
    """Marks of the questions that it learnt from (`questline.training.planner.learnt`); empty where it does not say."""

    @classmethod
    def load(cls, folder: Path | Traversable) -> Policy:
        """Open a folder of ``policy.onnx`` and ``manifest.json``.

        Raises:
            UsageError: ``file_not_found`` for a folder that is not there, or holds no model.
            RunError: ``damaged_model`` for a file that is missing or changed, or for a policy of another version, other
                features or other workflows.
        """
        _there(folder)
        files = read_model_files(folder)
        manifest = cast("dict[str, Any]", files.manifest)
        for name, ours in {
            "version": VERSION,
            "features": list(NAMES),
            "workflows": [str(workflow) for workflow in TOP_WORKFLOWS],
        }.items():
            if manifest.get(name) != ours:
                raise files.damaged(f"was made for another {name}; learn it anew with `agents train policy`")
        try:
            session = open_session(files.contents[POLICY], folder=files.folder)
            components = tuple(str(each) for each in manifest["components"])
            scale = np.array([float(each) for each in manifest["scale"]], np.float32)
            told = manifest.get("reference")
            reference = None if told is None else Reference.read(told)
            blank = 0 if manifest.get("reads_question", True) else int(manifest["vector"])
        except (KeyError, TypeError, ValueError) as error:
            raise files.damaged(f"cannot be read: {error}") from error
        learnt, constants = str(manifest.get("learnt", "")), manifest.get("constants")
        return cls(session, components, scale, files.fingerprint, reference, constants, blank, learnt)

    @classmethod
    def of(cls, content: bytes, components: Sequence[str], scale: Sequence[float]) -> Policy:
        """Open a network that is not on disk. Raises `RunError` ``damaged_model``."""
        return cls(open_session(content), tuple(components), np.array(scale, np.float32))

    def judge(self, question: Floats, features: Floats, weights: Floats) -> Judged:
        """Judge states.

        Args:
            question: Sentence vectors ``[n, v]``.
            features: ``[n, f]``, see `questline.agents.workflow_planner.features.vector`.
            weights: lambda ``[n, c]``, for costs in units of the scale.
        """
        given = {"question": question, "features": features, "weights": weights}
        return Judged(*self.session.run(["quality", "cost", "high", "policy"], given))

    def weights(self, budget: Budget) -> Floats:
        """Return lambda of a budget: ``[c]``, see `questline.agents.workflow_planner.weighing`."""
        told = weights_of(budget, dict(zip(self.components, self.scale.tolist(), strict=True)))
        return np.array([told[name] for name in self.components], np.float32)


def shipped() -> Traversable:
    """Return the folder of the policy that ships with the package.

    Raises:
        UsageError: ``bad_planner`` when none ships with this version.
    """
    folder = resources.files("questline.agents.workflow_planner") / "weights"
    if not (folder / "manifest.json").is_file():
        raise UsageError(
            "no trained planner ships with this version; learn one of your own documents and questions with `agents "
            "train planner own` and name its folder, trained:DIR, or use the planner 'rule'",
            code="bad_planner",
            argument="planner",
        )
    return folder


@lru_cache(maxsize=4)
def opened(folder: Path | None) -> Policy:
    """Return the policy of a folder, or the one that ships, opened once in a process.

    Raises what `Policy.load` and `shipped` raise.
    """
    return Policy.load(shipped() if folder is None else folder)


class TrainedPlanner:
    """Decide by the network; sub-questions and questions without documents go by rule."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._rules = RulePlanner()

    @property
    def fingerprint(self) -> str:
        """Of the policy: another one decides otherwise."""
        return self._policy.fingerprint

    async def choose(self, view: PlannerView, context: Context) -> Decision:
        """Decide the next turn; see `questline.agents.contract.WorkflowPlanner`."""
        if not view.top_level or not view.documents:
            return await self._rules.choose(view, context)
        state = self._state(view, context, self._policy.weights(context.meter.budget))
        judged = self._policy.judge(*state)
        allowed = self.allowed(view, context, judged)
        if not allowed:
            return await self._nothing(view, context)
        best = max(allowed, key=lambda place: float(judged.logits[0, place]))
        decision = self.decision(best, judged, allowed, context)
        return explained(
            decision, best, allowed, policy=self._policy, judged=judged, state=state, view=view, context=context
        )

    async def _nothing(self, view: PlannerView, context: Context) -> Decision:
        """Decide where the budget carries nothing: at first the cheapest search begins, which the budget may end."""
        why = "the budget carries no other workflow"
        if not view.tried:
            decision = await self._rules.choose(view, context)
            return replace(decision, reason=f"{why} in 99 of 100 cases; by rule: {decision.reason}")
        held = view.draft is not None and not view.draft.abstained
        return Decision(action="answer" if held else "abstain", decided_by="trained", reason=why)

    def judged(self, view: PlannerView, context: Context, weights: Floats) -> Judged:
        """Judge what is seen, for weights of the costs ``[c]``; n is 1."""
        return self._policy.judge(*self._state(view, context, weights))

    def _state(self, view: PlannerView, context: Context, weights: Floats) -> tuple[Floats, Floats, Floats]:
        if self._policy.blank:
            question = np.zeros((1, self._policy.blank), np.float32)
        else:
            question = np.asarray((context.encoder or Encoder.load()).encode([view.question]), np.float32)
        return question, vector(view)[None], weights[None]

    def allowed(self, view: PlannerView, context: Context, judged: Judged) -> list[int]:
        """Return the places of what may be chosen: what is legal, and what the budget carries."""
        return [place for place in range(ABSTAIN + 1) if self._allowed(place, view, context, judged)]

    def _allowed(self, place: int, view: PlannerView, context: Context, judged: Judged) -> bool:
        if place == ABSTAIN:
            return bool(view.tried)
        if place == KEEP:
            return view.draft is not None and not view.draft.abstained
        workflow = TOP_WORKFLOWS[place]
        answers = view.llm and (context.closed_book or bool(view.passages))  # without a search
        if workflow in view.tried or not (workflow.retrieves or workflow.is_decomposition or answers):
            return False
        if workflow.is_decomposition and not view.may_split:
            return False
        return self._carried(workflow, judged.high[0, place], context)

    def _carried(self, workflow: Workflow, high: Floats, context: Context) -> bool:
        """Say whether what is left will do; calls, tokens and dollars bind only where a language model is asked."""
        left = context.meter.left()
        if left is None:
            return estimate(workflow, context).calls == 0 and context.meter.exhausted(llm=False) is None
        asks = asks_model(workflow, context)
        for name, cost in zip(self._policy.components, high * self._policy.scale, strict=True):
            most = getattr(left, name)
            if most is not None and (asks or name == "seconds") and float(cost) > most:
                return False
        return True

    def decision(self, place: int, judged: Judged, allowed: Sequence[int], context: Context) -> Decision:
        """Put a choice in words: expected F1 and cost of it, and of what else was allowed."""
        quality = judged.quality[0]
        if place == KEEP:
            others = sorted((w for w in allowed if w < KEEP), key=lambda w: -float(judged.logits[0, w]))[:1]
            rest = "".join(f"; {TOP_WORKFLOWS[w]} {self._told(w, judged, context)}" for w in others)
            reason = f"expected F1 of the draft {quality[KEEP]:.2f}{rest}"
            return Decision(action="answer", decided_by="trained", reason=reason)
        if place == ABSTAIN:
            return Decision(action="abstain", decided_by="trained", reason="nothing more is worth its price")
        others = sorted((w for w in allowed if w < KEEP and w != place), key=lambda w: -float(judged.logits[0, w]))[:2]
        told = [f"{TOP_WORKFLOWS[w]} {self._told(w, judged, context)}" for w in (place, *others)]
        reason = f"expected F1 and cost: {'; '.join(told)}"
        return Decision(workflow=TOP_WORKFLOWS[place], decided_by="trained", reason=reason)

    def _told(self, place: int, judged: Judged, context: Context) -> str:
        """Say the expected F1, and what it will cost: calls of a model, or the seconds of one that asks none."""
        cost = judged.cost[0, place] * self._policy.scale
        told = {name: float(value) for name, value in zip(self._policy.components, cost, strict=True)}
        paid = ""
        if asks_model(TOP_WORKFLOWS[place], context):
            paid = f" for {told['calls']:.1f} calls" if "calls" in told else ""
        elif "seconds" in told:
            paid = f" in {told['seconds']:.2f} s"
        return f"{judged.quality[0, place]:.2f}{paid}"


def _there(folder: Path | Traversable) -> None:
    """See that a folder holds a model; name the one inside it that was probably meant."""
    if (folder / "manifest.json").is_file():
        return
    inside = folder / "model"
    mend = (
        f"did you mean {str(inside)!r}?"
        if (inside / "manifest.json").is_file()
        else "give the folder `model` of a run of `agents train policy`"
    )
    raise UsageError(f"there is no trained planner in {str(folder)!r}; {mend}", code="file_not_found", path=str(folder))
