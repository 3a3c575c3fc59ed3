"""The command that shows what GRPO does to a small writer, from pairs to the tables of the results page."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the models learn with torch (extra train)")
pytest.importorskip("trl", reason="SFT, reward models and GRPO are TRL's (extra train)")

from questline.training.writer.shown.measure import main
from questline.training.writer.shown.page import rendered

pytestmark = [
    pytest.mark.slow,
    # Names that TRL and transformers are about to change: their versions are bounded in pyproject.toml.
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning"),
]


def made(path: Path, count: int) -> tuple[Path, Path]:
    """Write pairs and queries whose texts are drawn from two sets of characters."""
    chance = random.Random(1)

    def text(signs: str) -> str:
        return "，".join("".join(chance.choices(signs, k=6)) for _ in range(5)) + "。"

    rows = [{"query": f"祝福{n}", "chosen": text("春风花月灯"), "rejected": text("天地山水石")} for n in range(count)]
    pairs, queries = path / "pairs.jsonl", path / "queries.jsonl"
    pairs.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    queries.write_text("\n".join(json.dumps({"query": row["query"]}) for row in rows), encoding="utf-8")
    return pairs, queries


@pytest.mark.requirement("tuning.shown")
@pytest.mark.timeout(300)
def test_the_command_measures_and_goes_on_from_what_was_trained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs, queries = made(tmp_path, 120)
    told = tmp_path / "told.json"
    words = [*("--pairs", str(pairs), "--queries", str(queries), "--work", str(tmp_path / "work"), "--json", str(told))]
    words += ["--seeds", "2", "--tested", "6", "--sft-steps", "2", "--judge-steps", "2", "--grpo-steps", "1"]
    words += ["--ways", "guarded", "bare"]
    assert main(words) == 0
    first = json.loads(told.read_text(encoding="utf-8"))
    assert first["after"].keys() == {"guarded", "bare"}
    rise = first["after"]["guarded"]["rise"]
    assert len(rise["accepted_transformer_by_seed"]) == 2
    assert rise["accepted_transformer"]["n"] == 6
    assert first["attempts"].keys() == {"longer", "template", "copy", "repetition"}
    page = rendered(first)
    assert "| GRPO, bare |" in page
    assert page.count("\n\n") == 4
    assert main(words) == 0
    again = json.loads(told.read_text(encoding="utf-8"))
    assert {name: again[name] for name in ("judges", "before", "after", "attempts")} == {
        name: first[name] for name in ("judges", "before", "after", "attempts")
    }
    assert "春" not in capsys.readouterr().out  # no text of the data goes into what is kept
