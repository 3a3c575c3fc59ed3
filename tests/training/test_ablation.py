"""What each source and head brings: variants of the settings, and the command on a small corpus."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")  # of the extra `train`

from questline.training.embedded import ablation  # noqa: E402 because torch decides whether there is anything to test
from questline.training.embedded.batches import plan  # noqa: E402 because of torch, see above
from questline.training.embedded.cross_encoder_settings import Settings  # noqa: E402 because of torch, see above
from questline.training.embedded.examples import Group, Item  # noqa: E402 because of torch, see above

pytestmark = pytest.mark.slow  # torch takes a second to import, and `make check` does without it

SOURCES = ("nq", "nq/sentences", "2wiki/hop1", "2wiki/hop1/sentences", "timeqa", "pubmedqa", "qmsum", "made/cloze")
LACKS = {
    "everything": set[str](),
    "no questions made by rule": {"made/cloze"},
    "no sentences": {"nq/sentences", "2wiki/hop1/sentences"},
    "no Natural Questions": {"nq", "nq/sentences"},
    "no 2Wiki": {"2wiki/hop1", "2wiki/hop1/sentences"},
    "no TimeQA": {"timeqa"},
    "no PubMedQA and QMSum": {"pubmedqa", "qmsum"},
}


@pytest.mark.requirement("training.ablation")
@pytest.mark.parametrize("variant", ablation.VARIANTS)
def test_a_variant_lacks_what_its_name_says_and_nothing_else(variant: str) -> None:
    base = Settings(start="x")
    changed = ablation.settings_of(variant, base)
    items = (Item(text="a"), Item(text="b"))
    groups = [Group(question=f"q{n}", source=source, items=items) for source in SOURCES for n in range(40)]
    planned = plan(groups, uses={"": 1.0, **changed.uses}, width=changed.width, tokens=400, seed=1)
    learnt = {groups[use.group].source for batch in planned for use in batch}
    assert set(SOURCES) - learnt == LACKS.get(variant, set())
    heads = {name: getattr(changed, name) for name in ("span", "useful", "salience", "distillation")}
    silent = {name for name, weight in heads.items() if weight == 0}
    assert len(silent) == (0 if variant in LACKS else 1)


@pytest.mark.requirement("training.ablation")
def test_variants_are_trained_measured_and_kept(
    tmp_path: Path, small_data: Path, tiny_bert: Callable[[int], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    train = small_data / "qa" / "mixed_train.jsonl.gz"
    (small_data / "qa" / "mixed_dev.jsonl.gz").write_bytes(train.read_bytes())
    words = ["--data", str(small_data), "--start", str(tiny_bert(3)), "--out", str(tmp_path / "runs"), "--threads", "1"]
    words += ["--cache", str(tmp_path / "cache"), "--steps", "7", "--json", str(tmp_path / "table.json")]
    words += ["--only", "everything", "--only", "no answer's place"]
    assert ablation.main(words) == 0
    table = json.loads((tmp_path / "table.json").read_text("utf-8"))
    assert list(table["variants"]) == ["everything", "no answer's place"]
    for figures in table["variants"].values():
        assert {"MRR of passages", "reading F1", "reading F1, NQ of mixed_dev"} <= set(figures)
    for run in (tmp_path / "runs").iterdir():
        learnt = [json.loads(line)["step"] for line in (run / "log.jsonl").read_text("utf-8").splitlines()]
        assert max(learnt) == 7
    printed = capsys.readouterr().out
    assert ablation.main(words) == 0  # kept figures are not trained again
    assert capsys.readouterr().out == printed
    moved = [str(tmp_path / "elsewhere") if word == str(tmp_path / "runs") else word for word in words]
    assert ablation.main(moved) == 0  # nor those of the table, where the folder is gone
    assert capsys.readouterr().out == printed
    assert not (tmp_path / "elsewhere").exists()
    assert ablation.main([*words, "--steps", "0"]) == 2
    (tmp_path / "table.json").write_text("[]", encoding="utf-8")
    assert ablation.main(words) == 2
    assert "is no table of an ablation" in capsys.readouterr().err
