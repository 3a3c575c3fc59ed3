"""Values add up, travel as JSON and hide nothing."""

import json

from questline.types import Answer, Evidence, Ledger, LedgerEntry, Passage, Plan, Task, Usage


def test_usage_adds_up_over_the_ledger() -> None:
    one = Usage(calls=1, tokens_in=10, tokens_out=5, usd=0.5, retrievals=1, cache_hits=1, seconds=0.25)
    ledger = Ledger(entries=(LedgerEntry(step="R", usage=one), LedgerEntry(step="AG", usage=one)))
    assert ledger.total == Usage(calls=2, tokens_in=20, tokens_out=10, usd=1.0, retrievals=2, cache_hits=2, seconds=0.5)
    assert ledger.total.tokens == 30
    assert Answer(question="q", text="t", ledger=ledger).usage == ledger.total


def test_an_answer_is_plain_json_with_its_usage() -> None:
    passage = Passage(id="p", document_id="d", source="a.md", title="A", text="B.", start=1, end=3, score=0.5)
    answer = Answer(question="q", text="t", evidence=(Evidence.of(passage),))
    body = json.loads(json.dumps(answer.as_dict()))
    assert body["usage"]["calls"] == 0
    assert body["evidence"][0]["source"] == "a.md"
    assert passage.as_text() == "A\nB."


def test_a_plan_lists_its_edges() -> None:
    plan = Plan(tasks=(Task(id="a", intent="?"), Task(id="b", intent="?", depends_on=("a",))))
    assert plan.edges == (("a", "b"),)
