"""The reward model as it is served: its file, what it says of length, and the one that ships."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from questline.errors import UsageError
from questline.tools.writing.judge.asked import asked_characters
from questline.tools.writing.reward_model import load_model, load_reward_model, save_model
from questline.tools.writing.reward_model.features import pieces
from questline.tools.writing.reward_model.shipped import FILE

PAIR = (
    "奶奶，院里的石榴红了，给您留着最大的那个。愿您吃得香，睡得稳，生日快乐！",
    "祝您万事如意，身体健康，心想事成，一切顺利，天天开心，幸福快乐，福如东海！",
)


@pytest.mark.requirement("writing.reward-model")
def test_the_shipped_model_prefers_what_is_said_to_one_person_to_worn_phrases() -> None:
    good, bad = load_reward_model().score("给奶奶的生日祝福", PAIR)
    assert good > bad + 0.5
    assert load_reward_model().score("给奶奶的生日祝福", []).shape == (0,)
    assert np.isfinite(load_reward_model().score("", ["", "a", "𬭎" * 5_000])).all()


@pytest.mark.requirement("writing.reward-model")
def test_the_shipped_file_says_what_it_learnt_from_and_is_small() -> None:
    from importlib import resources

    folder = resources.files("questline.tools.writing.reward_model") / "weights"
    assert len((folder / FILE).read_bytes()) < 1_000_000
    origin = load_reward_model().origin
    assert origin["data"] == "greetings.jsonl"
    assert origin["licence"] == "that of this repository"
    assert "greetings.jsonl" in (folder / "MODEL_CARD.md").read_text(encoding="utf-8")


@pytest.mark.requirement("writing.reward-file")
def test_a_model_reads_back_and_equal_models_are_equal_bytes(tmp_path: Path) -> None:
    model = load_reward_model()
    one, other = tmp_path / "one.json.gz", tmp_path / FILE
    save_model(model, one)
    save_model(load_model(one), other)
    assert one.read_bytes() == other.read_bytes()
    assert load_reward_model(tmp_path).score("祝福", PAIR).tolist() == model.score("祝福", PAIR).tolist()


Spoil = Callable[[bytes], bytes]


def _changed(change: Callable[[dict[str, Any]], object]) -> Spoil:
    def make(raw: bytes) -> bytes:
        told: dict[str, Any] = json.loads(gzip.decompress(raw))
        change(told)
        return gzip.compress(json.dumps(told).encode())

    return make


SPOILS: dict[str, Spoil] = {
    "cut": lambda raw: raw[: len(raw) // 2],
    "empty": lambda raw: b"",
    "no gzip": lambda raw: b"PK\x03\x04 not gzip",
    "a list": lambda raw: gzip.compress(b"[1, 2]"),
    "another version": _changed(lambda told: told.update(version=2)),
    "another format": _changed(lambda told: told.update(format="another")),
    "a changed weight": _changed(lambda told: told["model"]["pieces"].update({"好": 99.0})),
    "no model": _changed(lambda told: told.pop("model")),
}


@pytest.mark.requirement("writing.reward-file")
@pytest.mark.parametrize("name", SPOILS)
def test_a_damaged_file_or_another_version_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / FILE
    save_model(load_reward_model(), path)
    path.write_bytes(SPOILS[name](path.read_bytes()))
    with pytest.raises(UsageError) as caught:
        load_model(path)
    assert caught.value.code == "bad_model_file"
    assert caught.value.fields["expected_version"] == 1


@pytest.mark.requirement("writing.reward-file")
def test_an_absent_file_is_told_as_absent(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load_reward_model(tmp_path / "none.json.gz")
    assert caught.value.code == "file_not_found"


@pytest.mark.parametrize(
    ("query", "number"),
    [("祝福八个字", 8), ("十二字贺词", 12), ("4字吉利话", 4), ("二十个字", 20), ("两字", 2), ("祝福语", None)],
)
def test_the_number_of_characters_that_is_asked_for_is_read(query: str, number: int | None) -> None:
    assert asked_characters(query) == number


def test_pieces_know_the_ends_of_a_text() -> None:
    assert pieces("好好", (1, 2)) == {"\x02", "\x03", "好", "\x02好", "好好", "好\x03"}
