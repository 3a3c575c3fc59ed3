"""What a brief tells beside its occasion is never passed over silently: warnings, quiet texts, words left unsaid."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import pytest

from questline.tools.writing import Brief, Greetings, Writer
from questline.tools.writing.reading import read

HERE: Final = Path(__file__).parent
MINDED: Final = [line.split("\t") for line in (HERE / "minded.tsv").read_text(encoding="utf-8").splitlines()[1:]]
PLAIN: Final = (HERE / "plain_queries.txt").read_text(encoding="utf-8").splitlines()
CODES: Final = {"careful_tone", "occasion_dropped"}


def written(query: str, k: int = 2, *, max_chars: int | None = None) -> Greetings:
    return asyncio.run(Writer(best_effort=True).write(Brief(query=query, max_chars=max_chars), k, seed=1))


def codes(found: Greetings) -> set[str]:
    return {warning.code for warning in found.warnings} & CODES


@pytest.mark.requirement("writing.context")
def test_the_tables_hold_forty_and_more() -> None:
    assert min(len(MINDED), len(PLAIN)) >= 40


@pytest.mark.requirement("writing.context")
@pytest.mark.parametrize(("told", "occasion", "query"), MINDED)
def test_a_loss_hard_times_or_one_occasion_too_many_is_told(told: str, occasion: str, query: str) -> None:
    found = written(query)
    assert codes(found) == set(told.split("+"))
    assert found.occasion == occasion
    if "careful_tone" in told:
        assert not any(mark in text for text in found.texts for mark in "！!")


@pytest.mark.requirement("writing.context")
@pytest.mark.parametrize("query", PLAIN)
def test_a_plain_brief_is_not_warned_of(query: str) -> None:
    assert codes(written(query)) == set()


@pytest.mark.requirement("writing.context")
def test_the_message_names_what_was_left_out_and_what_was_read() -> None:
    (dropped,) = [each for each in written("祝前女友新婚快乐").warnings if each.code == "occasion_dropped"]
    assert "wedding" in dropped.message
    (careful,) = [each for each in written("给失业朋友的生日祝福").warnings if each.code == "careful_tone"]
    assert "失业" in careful.message


@pytest.mark.requirement("writing.context")
@pytest.mark.parametrize(
    ("query", "never"),
    [
        ("给失业朋友的生日祝福", ("升职", "加薪", "事业", "工作")),
        ("公司破产的老板过年祝福", ("财", "生意", "富")),
        ("祝离婚的姐姐生日快乐", ("良缘", "白头", "另一半")),
        ("给高考失利的弟弟的生日祝福", ("考", "金榜")),
        ("试管失败的表姐的新年祝福", ("宝宝", "孩子", "子孙")),
    ],
)
def test_a_quiet_text_does_not_rub_it_in(query: str, never: tuple[str, ...]) -> None:
    texts = written(query, 20).texts
    assert len(texts) >= 10
    assert not [text for text in texts if any(word in text for word in never)]


@pytest.mark.requirement("writing.context")
def test_two_occasions_are_both_spoken_of_or_the_second_is_told() -> None:
    query = "祝生日快乐乔迁大吉"
    assert codes(written(query)) == set()
    assert codes(written(query, max_chars=16)) == {"occasion_dropped"}
    assert codes(written("简短的生日和乔迁祝福")) == {"occasion_dropped"}


@pytest.mark.requirement("writing.context")
def test_hard_words_that_are_wished_away_are_no_hard_times() -> None:
    for query in ("愿你不再失败，生日祝福", "祝朋友远离伤心，新年快乐", "生日祝福：永不分手"):
        assert not read(Brief(query=query)).context.quiet


@pytest.mark.requirement("writing.context")
def test_a_former_boss_is_no_former_lover() -> None:
    assert written("祝前任领导生日快乐").occasion == "birthday"
    assert written("祝前任新婚快乐").occasion == "breakup"
