"""Two folders change places: wherever a process is killed, there is one whole folder under the name afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from questline.tools.recommendation.unlearning import replacing
from questline.tools.recommendation.unlearning.replacing import alone, before_of, next_of, put_back, replace_folder


class Killed(BaseException):
    """Stands for a process that ends here."""


def never(one: Path, other: Path) -> bool:
    """Stands for a system that cannot exchange names."""
    del one, other
    return False


@pytest.fixture(params=["one step", "three renames"])
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """An old folder and a finished new one, on a system that exchanges names, and on one that cannot."""
    if request.param == "three renames":
        monkeypatch.setattr(replacing, "_exchanged", never)
    found = tmp_path / "model"
    for path, text in ((found, "old"), (next_of(found), "new")):
        path.mkdir()
        (path / "network").write_text(text)
    return found


def settled(folder: Path) -> tuple[str, str | None]:
    """Return what the folder holds after the next one has begun, and what is kept aside."""
    with alone(folder):
        pass
    assert {path.name for path in folder.iterdir()} == {"network"}
    beside = {path.name for path in folder.parent.iterdir()} - {"model", "model.lock"}
    assert beside <= {"model.before"}
    kept = before_of(folder) / "network"
    return (folder / "network").read_text(), kept.read_text() if kept.is_file() else None


@pytest.mark.requirement("unlearning.kill")
def test_the_new_one_takes_the_place_and_the_old_one_is_put_back(folder: Path) -> None:
    replace_folder(folder)
    assert settled(folder) == ("new", "old")
    put_back(folder)
    assert settled(folder) == ("old", None)


@pytest.mark.requirement("unlearning.kill")
@pytest.mark.parametrize("undoing", [False, True])
def test_a_kill_at_any_rename_leaves_the_old_one_or_the_new(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, undoing: bool
) -> None:
    if undoing:
        replace_folder(folder)
    exchanged = replacing._exchanged  # pyright: ignore[reportPrivateUsage]  # what the process dies in
    rename, unlink = Path.rename, Path.unlink
    left = [0]

    def counted() -> None:
        if not left[0]:
            raise Killed
        left[0] -= 1

    def killing_rename(path: Path, target: Path) -> Path:
        counted()
        return rename(path, target)

    def killing_exchange(one: Path, other: Path) -> bool:
        counted()
        return exchanged(one, other)

    def killing_unlink(path: Path, missing_ok: bool = False) -> None:
        counted()
        unlink(path, missing_ok=missing_ok)

    seen: set[str] = set()
    for steps in range(8):
        left[0] = steps
        with monkeypatch.context() as patched:
            patched.setattr(Path, "rename", killing_rename)
            patched.setattr(replacing, "_exchanged", killing_exchange)
            patched.setattr(Path, "unlink", killing_unlink)
            try:
                put_back(folder) if undoing else replace_folder(folder)
            except Killed:
                pass
            else:
                break
        now, kept = settled(folder)
        assert (now, kept) in ({("old", None), ("new", "old")})
        seen.add(now)
        if now == ("old" if undoing else "new"):
            break
        if not undoing:  # nothing was replaced: it is made again
            next_of(folder).mkdir()
            (next_of(folder) / "network").write_text("new")
    assert settled(folder)[0] == ("old" if undoing else "new")


def test_what_an_older_version_left_between_two_renames_is_put_back(tmp_path: Path) -> None:
    kept = tmp_path / "model.before"
    kept.mkdir()
    (kept / "network").write_text("old")
    assert settled(tmp_path / "model") == ("old", None)
