"""Workflows through the real graph with the real models: columns, charges, evidence; sharing changes nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.training.planner.conftest import Small

from questline.agents.workflow_planner.cost import TOKENS
from questline.agents.workflow_planner.features import EVIDENCE
from questline.agents.workflow_planner.workflow import SUB_WORKFLOWS, TOP_WORKFLOWS
from questline.settings import Settings
from questline.testing import ChatRequest, ScriptedLLM
from questline.training.planner.columns import COLUMNS, SUB, TOP
from questline.training.planner.nominal import USD
from questline.training.planner.rows import Cell
from questline.training.planner.running import Bench, open_bench

CHAIN = "Where was the designer of Tern Light born?"
OLDER = "Who is older, Mara Lind or Otto Falk?"


@pytest.mark.requirement("table.columns")
def test_eight_workflows_and_two_more_below_each_decomposition() -> None:
    assert tuple(map(str, TOP_WORKFLOWS)) == TOP
    assert list(COLUMNS) == [*TOP, "QDS/AG", "QDS/R,DS,AG", "QDP/AG", "QDP/R,DS,AG"]
    assert {top: list(names) for top, names in SUB.items()} == {
        top: [str(below) for below in sorted(SUB_WORKFLOWS, key=lambda one: str(one) != "R,AG")]
        for top in ("QDS", "QDP")
    }
    assert SUB["QDS"]["R,AG"] == "QDS"


def _bare(cell: Cell) -> Cell:
    """Leave out what only a measured run has."""
    return replace(cell, work=tuple(replace(each, seconds=None) for each in cell.work))


@pytest.mark.slow
@pytest.mark.requirement("table.shared-is-alone", "table.seconds")
async def test_a_shared_run_gives_what_a_run_of_its_own_gives(bench: Bench, small: Small) -> None:
    chosen = [one for one in small.asked if one.text in {CHAIN, OLDER, "Who designed Orrin Light?"}]
    assert len(chosen) == 3
    for asked in chosen:
        together = {cell.column: cell for cell in await bench.cells(asked)}
        backwards = {cell.column: cell for cell in await bench.cells(asked, reversed(COLUMNS))}
        for name in COLUMNS:
            alone = await bench.alone(asked, name)
            assert _bare(together[name]) == _bare(alone) == _bare(backwards[name])
            timed = [each.seconds for each in alone.work if each.step == "R"]
            assert all(seconds is None or seconds >= 0 for seconds in timed)


@pytest.mark.slow
@pytest.mark.requirement("table.nominal", "table.evidence", "table.columns")
async def test_embedded_steps_are_charged_nominally_and_what_they_saw_is_kept(bench: Bench, small: Small) -> None:
    asked = next(one for one in small.asked if one.text == CHAIN)
    cells = {cell.column: cell for cell in await bench.cells(asked)}
    assert set(cells) == set(COLUMNS)
    assert (cells["AG"].calls, cells["AG"].tokens, cells["AG"].status) == (0, 0, "abstained")
    plain = cells["R,AG"]
    assert (plain.calls, plain.tokens, plain.retrievals, plain.turns) == (1, TOKENS["AG"], 1, 1)
    assert plain.usd == pytest.approx(USD["AG"])
    assert plain.nominal
    assert cells["QR,R,AG"].tokens == TOKENS["QR"] + TOKENS["AG"]
    split = cells["QDS"]
    assert (split.parts, split.retrievals, split.turns) == (2, 2, 3)
    assert split.tokens == TOKENS["QDS"] + 2 * TOKENS["AG"] + TOKENS["AS"]
    assert split.usd == pytest.approx(USD["QDS"] + 2 * USD["AG"] + USD["AS"])
    assert (split.answer, split.f1, split.em) == ("Ashby", 1.0, 1.0)
    chosen = cells["R,DS,AG"]  # among ten passages, of which a model would have read five more
    assert chosen.tokens == TOKENS["DS"] + 5 * 160 + TOKENS["AG"]
    assert chosen.usd == pytest.approx(USD["DS"] * (1 + 800 / TOKENS["DS"]) + USD["AG"])
    assert chosen.answer == "Ashby"
    closed = cells["QDS/AG"]
    assert (closed.retrievals, closed.answer, closed.f1) == (0, "", 0.0)  # no memory of answers
    for cell in cells.values():
        assert set(cell.evidence) == set(EVIDENCE)
        assert 0 <= cell.evidence["coverage"] <= 1
        assert 0 <= cell.evidence["read"] <= 1
        assert Cell.of(cell.as_json()) == cell
    assert (plain.evidence["agreement"], plain.evidence["found"], plain.evidence["read"]) == (0, 0.5, 1)
    assert plain.evidence["top_score"] >= plain.evidence["gap"] > 0
    assert plain.evidence["drafted"] == float(bool(plain.answer))
    assert cells["R,DS,AG"].evidence["read"] < 1
    assert split.evidence["parts"] == 0.5
    assert set(closed.evidence.values()) == {0.0, closed.evidence["parts"]}


@pytest.mark.slow
@pytest.mark.requirement("table.shared-is-alone", "table.nominal")
async def test_a_language_models_steps_are_asked_each_time_and_charged_as_they_were(small: Small) -> None:
    def reply(request: ChatRequest) -> str:
        return (
            '["Who is the designer of Tern Light?"]'
            if "list" in request.messages[-1].content
            else "Ashby [1]\n=> Ashby"
        )

    asked = next(one for one in small.asked if one.text == CHAIN)
    with ScriptedLLM(reply) as server:
        async with open_bench(small.index, Settings(model="scripted", base_url=server.base_url)) as bench:
            first, second = await bench.cells(asked, ("R,AG", "AG"))
            assert len(server.requests) == 2
            assert (first.calls, first.nominal, first.answer) == (1, False, "Ashby")
            assert (second.calls, second.retrievals) == (1, 0)  # an LLM may answer from memory
            assert first.tokens + second.tokens == server.billed.tokens
            await bench.cells(asked, ("R,AG", "R,AG"))
            assert len(server.requests) == 4
