"""Files of numbers that are missing or damaged name themselves and the mend."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from questline.errors import RunError
from questline.tools.reading import shipped

SOURCE = Path(__file__).parents[3] / "tools" / "reading"
READ: dict[str, list[Callable[[], object]]] = {
    "coefficients.toml": [shipped.coefficients, lambda: shipped.calibration("words")],
    "blend.toml": [shipped.blend, lambda: shipped.calibration("cross_encoder")],
}


def _forget() -> None:
    for kept in (shipped._table, shipped.coefficients, shipped.blend, shipped.calibration):  # pyright: ignore[reportPrivateUsage]  # because what was read stays read
        kept.cache_clear()


@pytest.mark.requirement("embedded.reading-damaged")
@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("content", [None, "[", "", "nan"])
def test_a_missing_or_damaged_file_is_told_with_the_mend(
    name: str, content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if content == "nan":
        text = (SOURCE / name).read_text("utf-8")
        head, equals, tail = text.partition("bias = ")
        content = f"{head}{equals}nan\n#{tail}"
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")

    def folder(package: str) -> Path:
        assert package == "questline.tools.reading"
        return tmp_path

    monkeypatch.setattr(shipped, "files", folder)
    _forget()
    try:
        for read in READ[name][-1:] if content and "nan" in content else READ[name]:
            with pytest.raises(RunError) as damaged:
                read()
            assert damaged.value.code == "damaged_model"
            assert name in damaged.value.message
            assert "agents train reading" in damaged.value.message
    finally:
        monkeypatch.undo()
        _forget()
    assert shipped.blend().rules > 0
