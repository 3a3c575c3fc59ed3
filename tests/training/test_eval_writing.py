"""The suite of greetings, its measures of variety and novelty, and that nothing of the published texts is copied."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.cli import main
from questline.errors import UsageError
from questline.tools.writing import Brief, Writer
from questline.tools.writing.constraints import check_satisfiable
from questline.tools.writing.grammar.bank import bank
from questline.training.evaluation.suites.writing import WritingSuite, wishes_of
from questline.training.writer.novelty import Novelty, training_texts
from questline.training.writer.variety import distinct, equalized, self_bleu, skeleton, template_share

QUERIES = ("给奶奶的生日祝福", "朋友结婚祝福语", "祝同事早日康复", "开业大吉", "写我的报税表", "给奶奶的生日祝福")


@pytest.mark.requirement("writing.suite")
def test_a_writer_is_measured_over_queries(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    queries, train, report = tmp_path / "q.jsonl", tmp_path / "t.jsonl", tmp_path / "r.json"
    queries.write_text("".join(json.dumps({"query": each}) + "\n" for each in QUERIES), encoding="utf-8")
    train.write_text(json.dumps({"output": "愿您笑口常开，福如东海"}) + "\n", encoding="utf-8")
    words = ["eval", "writing", "--queries", str(queries), "--train", str(train), "--json", str(report)]
    assert main([*words, "--cache", str(tmp_path / "c")]) == 0, capsys.readouterr().err
    metrics = json.loads(report.read_text("utf-8"))
    assert (metrics["n"], metrics["written"], metrics["covered"]) == (5, 4, 0.8)
    assert (metrics["constraints"], metrics["taboo"], metrics["accepted"]) == (1.0, 0.0, 1.0)
    assert 0 < metrics["distinct_1"] <= metrics["distinct_2"] <= 1
    assert metrics["longest_run_of_all"] <= 12


@pytest.mark.requirement("writing.suite")
def test_a_file_without_queries_is_named(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"question": "x"}\n', encoding="utf-8")
    with pytest.raises(UsageError) as raised:
        WritingSuite(queries=path).load()
    assert raised.value.code == "bad_data"
    with pytest.raises(UsageError):
        training_texts(path)


@pytest.mark.requirement("writing.suite")
@given(query=st.text(st.characters(categories=["L"]), min_size=1, max_size=12))
def test_the_drawn_wishes_can_be_met(query: str) -> None:
    check_satisfiable(wishes_of(query))
    assert wishes_of(query) == wishes_of(query)


@pytest.mark.requirement("writing.suite")
def test_a_run_in_common_is_found_to_its_end_and_never_across_texts() -> None:
    novelty = Novelty(["春风送暖入屠苏千门万户", "曈曈日总把新桃换旧符"])
    assert novelty.longest_run("说春风送暖入屠苏吗") == 7
    assert novelty.longest_run("千门万户曈曈日") == 4
    assert novelty.longest_run("总把新") == 0
    assert novelty.longest_run("总把新桃换旧符啊") == 7
    assert novelty.overlap("总把新桃") == 1.0
    assert novelty.overlap("全是新的话") == 0.0


@given(text=st.text("甲乙丙", max_size=14), texts=st.lists(st.text("甲乙丙", max_size=14), max_size=4))
def test_the_longest_run_is_that_of_a_plain_search(text: str, texts: list[str]) -> None:
    runs = [text[one:other] for one in range(len(text)) for other in range(one + 4, len(text) + 1)]
    plain = max((len(run) for run in runs if any(run in each for each in texts)), default=0)
    assert Novelty(texts).longest_run(text) == plain


@pytest.mark.requirement("writing.suite")
def test_variety_is_low_for_repeats_and_high_for_different_texts() -> None:
    same, apart = ["愿你平安喜乐"] * 4, ["愿你平安喜乐", "祝他前程似锦", "春风十里花开", "山水有相逢呀"]
    assert distinct(same, 2) == 0.25
    assert distinct(apart, 2) == 1.0
    assert self_bleu(same) == pytest.approx([1.0] * 4)
    assert max(self_bleu(apart)) < 0.1
    assert self_bleu(["一"]) == []
    assert equalized(["一二三", "一二", "四五六七"], length=3, count=1) == ["一二三"]
    assert skeleton("王芳，愿您八十岁快乐", ["王芳"]) == "□，愿□快乐"
    told = ["王芳，愿您天天开心快乐", "李明，愿你天天开心快乐", "山高水长终有一别珍重"]
    assert template_share(told, [["王芳"], ["李明"], []]) == pytest.approx(2 / 3)
    assert template_share([], []) == 0.0


@pytest.mark.data
@pytest.mark.requirement("writing.novel", "writing.constraints")
def test_no_text_copies_the_published_ones_and_most_queries_are_covered(data_dir: Path) -> None:
    folder = data_dir / "zh"
    files = [folder / f"creative_{name}.jsonl.gz" for name in ("sft", "reward_train")]
    novelty = Novelty([text for path in files for text in training_texts(path)])
    queries = WritingSuite(queries=folder / "creative_random_queries.jsonl.gz", limit=250).load()
    found = [asyncio.run(Writer().write(Brief(query=query), 2, seed=3)) for query in queries]
    assert max(novelty.longest_run(text) for each in found for text in each.texts) <= 12
    assert sum(each.status == "complete" for each in found) >= 0.97 * len(found)
    assert not any(each.status == "refused" for each in found)


@pytest.mark.data
@pytest.mark.requirement("writing.novel")
def test_no_phrase_of_ours_shares_more_than_seven_characters_with_the_published_texts(data_dir: Path) -> None:
    files = [data_dir / "zh" / f"creative_{name}.jsonl.gz" for name in ("sft", "reward_train")]
    novelty = Novelty([text for path in files for text in training_texts(path)])
    tables = [table for each in bank().occasions.values() for table in each.tables.values()] + [*bank().themes.values()]
    phrases = {phrase for table in tables for kind in table.values() for phrase in kind}
    told = {said for each in phrases for you in "你您" for said in each.replace("{you}", you).split("|")}
    assert len(told) > 800
    assert {said for said in told if novelty.longest_run(said) > 7} == set()
