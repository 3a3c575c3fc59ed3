"""What a model's folder keeps is looked through, and a torn or changed certificate is seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from questline.tools.recommendation import ForgetRequest

pytest.importorskip("torch", reason="networks are made with torch (extra train)")
pytest.importorskip("onnx", reason="networks are exported with onnx (extra train)")

from questline.tools.recommendation.unlearning.auditing import audit_model
from questline.tools.recommendation.unlearning.journal import append, broken, entries, journal_of
from questline.tools.recommendation.unlearning.replacing import note_run

from .conftest import Shop, forgot, name


def found(shop: Shop, *requests: ForgetRequest) -> dict[str, int]:
    recommender, folder = shop
    return {each.where: each.found for each in audit_model(folder, recommender.store, requests)}


@pytest.mark.requirement("unlearning.audit")
def test_what_is_kept_beside_a_model_is_found(shop: Shop, tmp_path: Path) -> None:
    recommender, folder = shop
    request = ForgetRequest.session("session-4")
    cut_off = tmp_path / "rehearsal"
    cut_off.mkdir()
    (cut_off / "checkpoint.pt").write_bytes(b"a second network")
    note_run(folder, cut_off)
    note_run(folder, cut_off)
    assert found(shop)["checkpoints"] == 0  # nothing was forgotten since
    forgot(shop, request, undoable=True)
    assert not (cut_off / "checkpoint.pt").exists()
    sound = {"model": 0, "model kept aside": 1, "checkpoints": 0, "model certificates": 0}
    assert found(shop, request) == sound
    assert found(shop, request, ForgetRequest.everywhere(name(1))) == {**sound, "model": 1}  # not asked for, so there
    (cut_off / "checkpoint.pt").write_bytes(b"learnt again, without session 4")
    note_run(folder, cut_off)
    assert found(shop, request) == sound
    recommender.forget([ForgetRequest.session("session-5")])
    assert (found(shop)["model"], found(shop)["checkpoints"]) == (1, 1)  # the network did not forget with the store
    (folder / "network.pt").write_bytes(b"damaged")
    assert found(shop)["model"] == 1


@pytest.mark.requirement("unlearning.audit")
def test_a_torn_line_takes_no_certificate_with_it(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    append(folder, {"id": "a"})
    append(folder, {"id": "b"})
    whole = journal_of(folder).read_bytes()
    journal_of(folder).write_bytes(whole + b'{"time": "2026')
    assert (len(entries(folder)), broken(folder)) == (2, 0)
    append(folder, {"id": "c"})
    assert ([each["id"] for each in entries(folder)], broken(folder)) == (["a", "b", "c"], 0)


@pytest.mark.requirement("unlearning.audit")
@pytest.mark.parametrize("line", [b"[]", b"5", b"\xff\xfe", b'{"id": "b', b"{}"])
def test_a_line_that_is_no_entry_is_counted(tmp_path: Path, line: bytes) -> None:
    folder = tmp_path / "model"
    append(folder, {"id": "a"})
    with journal_of(folder).open("ab") as file:
        file.write(line + b"\n")
    append(folder, {"id": "c"})
    assert ([each["id"] for each in entries(folder)], broken(folder)) == (["a", "c"], 1)


@pytest.mark.requirement("unlearning.audit")
def test_a_changed_or_missing_entry_breaks_the_chain(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    for each in "abc":
        append(folder, {"id": each})
    lines = journal_of(folder).read_text(encoding="utf-8").splitlines()
    journal_of(folder).write_text(f"{lines[0]}\n{lines[2]}\n", encoding="utf-8")
    assert broken(folder) == 1
    changed = json.dumps({**json.loads(lines[1]), "id": "x"}, sort_keys=True)
    journal_of(folder).write_text("\n".join([lines[0], changed, lines[2], ""]), encoding="utf-8")
    assert broken(folder) == 1


@pytest.mark.requirement("unlearning.audit")
def test_entries_cut_off_the_end_are_missed(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    for each in "abc":
        append(folder, {"id": each})
    whole = journal_of(folder).read_text(encoding="utf-8")
    journal_of(folder).write_text("".join(whole.splitlines(keepends=True)[:2]), encoding="utf-8")
    assert broken(folder) == 1
    journal_of(folder).unlink()
    assert broken(folder) == 1
    journal_of(folder).write_text(whole, encoding="utf-8")
    assert broken(folder) == 0
