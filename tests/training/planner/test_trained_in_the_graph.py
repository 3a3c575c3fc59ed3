"""A trained planner inside the graph: it decides before and after evidence, and says why."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.training.planner.conftest import Small

from questline.agents.workflow_planner.build import build
from questline.agents.workflow_planner.trained import ABSTAIN, KEEP, Policy
from questline.budget import Meter
from questline.cli import main
from questline.errors import UsageError
from questline.graphs import search
from questline.graphs.adaptive_rag.state import Run
from questline.settings import Settings
from questline.types import Answer

torch = pytest.importorskip("torch", reason="the policy learns with torch (extra train)")

from tests.training.planner.made_world import COMPONENTS, SCALE, base, executors, question  # noqa: E402 because it needs torch

from questline.training.planner.assess import SWEEP, Chosen  # noqa: E402 because it needs torch
from questline.training.planner.columns import TOP  # noqa: E402 because it needs torch
from questline.training.planner.policy_graph import export  # noqa: E402 because it needs torch
from questline.training.planner.policy_net import PolicyNet  # noqa: E402 because it needs torch
from questline.training.planner.running import open_runtime  # noqa: E402 because it needs torch

_PLACES = {
    "plain": TOP.index("R,AG"),
    "again": TOP.index("QR,R,AG"),
    "split": TOP.index("QDS"),
    "keep": KEEP,
    "abstain": ABSTAIN,
}


def _written(folder: Path, net: PolicyNet) -> Path:
    constants = Chosen(scale=np.array(SCALE), overall=dict.fromkeys(SWEEP, 2), by_source={lam: {} for lam in SWEEP})
    folder.mkdir(parents=True)
    export(net, folder, components=COMPONENTS, chosen=constants, identity={"corpus": "made"})
    return folder


def _wants(**logits: float) -> PolicyNet:
    net = base()
    with torch.no_grad():
        net.logits.bias.zero_()
        for name, value in logits.items():
            net.logits.bias[_PLACES[name]] = value
    return net


async def _asked(small: Small, planner: Path, number: int = 1) -> Answer:
    async with open_runtime(small.index, Settings()) as (runtime, _):
        graph = search.build(checkpointer=False, executors=executors())
        request = runtime.request(question(number).text, planner=f"trained:{planner}", budget="balanced")
        start = Run(context=runtime.context(request, Meter(budget=request.budget)), planner=request.planner)
        return await search.answer(graph, start, request.question)


def _decisions(answer: Answer) -> list[str]:
    return [entry.detail for entry in answer.ledger.entries if entry.step == "planner"]


@pytest.mark.requirement("policy.in-graph")
async def test_it_goes_on_after_evidence_and_keeps_what_is_better(small: Small, tmp_path: Path) -> None:
    answer = await _asked(small, _written(tmp_path / "model", _wants(plain=9, again=8, keep=7)))
    tasks = [(task.arguments["workflow"], task.decided_by) for task in answer.plan.tasks]
    assert tasks == [("R,AG", "trained"), ("QR,R,AG", "trained")]
    assert answer.short == "Ada"
    first, second, last = _decisions(answer)
    assert first.startswith("R,AG: expected F1 and cost: R,AG 0.00 in 0.00 s")
    assert second.startswith("QR,R,AG: expected F1 and cost: QR,R,AG")
    assert last.startswith("answer: expected F1 of the draft 0.00")
    assert all("AG" in task.reason for task in answer.plan.tasks)


@pytest.mark.requirement("policy.in-graph")
async def test_it_gives_up_after_evidence(small: Small, tmp_path: Path) -> None:
    answer = await _asked(small, _written(tmp_path / "model", _wants(plain=9, abstain=8)))
    assert (answer.status, answer.short) == ("abstained", "")
    assert _decisions(answer)[-1] == "abstain: nothing more is worth its price"


@pytest.mark.requirement("policy.legal", "policy.in-graph")
async def test_it_does_not_decompose_where_the_turns_left_hold_no_part(small: Small, tmp_path: Path) -> None:
    wants = _wants(plain=9, again=8, split=6, keep=5)
    with torch.no_grad():
        wants.logits.bias[TOP.index("R,DS,AG")] = 7.0
    answer = await _asked(small, _written(tmp_path / "model", wants), number=1)
    assert [task.arguments["workflow"] for task in answer.plan.tasks] == ["R,AG", "QR,R,AG", "R,DS,AG"]
    assert _decisions(answer)[-1].startswith("answer")
    assert "plan_fallback" not in {warning.code for warning in answer.warnings}


@pytest.mark.requirement("policy.says")
async def test_what_else_there_was_is_told_of_what_is_allowed_alone(small: Small, tmp_path: Path) -> None:
    net = _wants(plain=9, keep=7)
    with torch.no_grad():
        net.quality.bias[TOP.index("AG")] = 20.0  # which no embedded backend may run
        net.quality.bias[KEEP] = 0.0
    answer = await _asked(small, _written(tmp_path / "model", net))
    first, last = _decisions(answer)
    assert "; AG " not in first
    assert last == "answer: expected F1 of the draft 0.50; QR,R,AG 0.00 in 0.00 s"


@pytest.mark.requirement("policy.refuses")
def test_a_folder_without_a_planner_is_not_found_and_the_one_inside_is_named(
    small: Small, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _written(tmp_path / "run" / "model", base())
    for folder, mend in (("nowhere", "agents train policy"), ("run", "did you mean")):
        with pytest.raises(UsageError, match=mend) as refused:
            build(f"trained:{tmp_path / folder}")
        assert refused.value.code == "file_not_found"
    assert Policy.load(tmp_path / "run" / "model").components == COMPONENTS
    words = ["ask", "Who?", "--docs", str(small.corpus), "--planner", f"trained:{tmp_path / 'nowhere'}"]
    assert main(words) == 2
    assert "error[file_not_found]" in capsys.readouterr().err
