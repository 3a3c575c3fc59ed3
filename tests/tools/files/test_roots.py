"""Nothing outside of the named folders is listed or read, however it is asked for."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from questline.errors import RunError, UsageError
from questline.tools.files import Limits, Roots
from questline.tools.files.opening import inside, opened
from questline.tools.stopping import stoppable

pytestmark = pytest.mark.requirement("files.roots")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    inner = tmp_path / "root"
    (inner / "sub" / "deep").mkdir(parents=True)
    (inner / "a.txt").write_text("héllo\nworld", encoding="utf-8")
    (inner / "sub" / "b.md").write_text("# b", encoding="utf-8")
    (inner / "sub" / "deep" / "c.md").write_text("# c", encoding="utf-8")
    return inner


@pytest.fixture
def roots(root: Path) -> Roots:
    return Roots({"r": root})


def refused(roots: Roots, path: str) -> str:
    with pytest.raises(UsageError) as raised:
        roots.read(path)
    assert "secret" not in raised.value.message.replace(path, "")
    return raised.value.code


def test_a_listing_is_sorted_and_tells_size_and_time(root: Path, roots: Roots) -> None:
    os.utime(root / "a.txt", (1_700_000_000, 1_700_000_000))
    listing = roots.list()
    assert [file.path for file in listing.files] == ["r/a.txt", "r/sub/b.md", "r/sub/deep/c.md"]
    assert (listing.files[0].size, listing.files[0].modified) == (12, "2023-11-14T22:13:20Z")
    assert (listing.truncated, listing.unreadable) == (False, 0)
    assert [file.path for file in roots.list("r/sub", pattern="c.*").files] == ["r/sub/deep/c.md"]
    assert roots.list("r/sub/").files == roots.list("/r/sub").files


def test_the_end_of_a_path_is_enough_where_one_file_alone_ends_so(root: Path, roots: Roots) -> None:
    assert roots.read("b.md").path == "r/sub/b.md"
    assert roots.read("deep/c.md").path == "r/sub/deep/c.md"
    (root / "sub" / "deep" / "b.md").write_text("# other", encoding="utf-8")
    (root / "sub" / "[b].md").write_text("# brackets", encoding="utf-8")
    (root / "sub" / ".env").write_text("secret", encoding="utf-8")
    with pytest.raises(UsageError) as raised:
        roots.read("b.md")
    assert raised.value.code == "outside_root"
    assert raised.value.fields["files"] == ["r/sub/b.md", "r/sub/deep/b.md"]
    assert roots.read("deep/b.md").text == "# other"
    assert roots.read("[b].md").text == "# brackets"
    for path in ("/b.md", "../b.md", "./b.md", "none.md", ".env", "x/b.md", "ub/b.md"):
        assert refused(roots, path) in {"outside_root", "not_allowed"}
    assert Roots({"r": root}, limits=Limits(looked_at=3)).list().truncated
    with pytest.raises(UsageError):
        Roots({"r": root}, limits=Limits(looked_at=3)).read("[b].md")


def test_a_listing_is_cut_with_a_sign(root: Path, roots: Roots) -> None:
    assert roots.list(most=2).truncated
    assert len(roots.list(most=2).files) == 2
    short = Roots({"r": root}, limits=Limits(looked_at=2))
    assert short.list().truncated


def test_a_part_is_counted_in_characters(roots: Roots) -> None:
    part = roots.read("r/a.txt", start=1, characters=4)
    assert (part.text, part.start, part.end, part.characters) == ("éllo", 1, 5, 11)
    beyond = roots.read("r/a.txt", start=99)
    assert (beyond.text, beyond.start, beyond.end) == ("", 11, 11)


@pytest.mark.parametrize(
    "path",
    [
        "r/../secret.txt",
        "r/../missing.txt",
        "r/sub/../../secret.txt",
        "r/..",
        "../secret.txt",
        "/etc/passwd",
        "s/a.txt",
        "",
        "r/sub/./../../root/../secret.txt",
    ],
)
def test_dots_do_not_lead_outside_nor_tell_what_is_there(roots: Roots, path: str) -> None:
    assert refused(roots, path) == "outside_root"


def test_dots_inside_a_root_are_fine(roots: Roots) -> None:
    assert roots.read("r/sub/../a.txt").text == "héllo\nworld"


def test_links_work_inside_and_are_refused_outside(root: Path, roots: Roots, tmp_path: Path) -> None:
    (root / "inner").symlink_to(root / "sub" / "b.md")
    (root / "outer").symlink_to(tmp_path / "secret.txt")
    (root / "gone").symlink_to(tmp_path / "nothing")
    (root / "up").symlink_to(tmp_path)
    (root / "loop").symlink_to(root / "loop")
    (root / "again").symlink_to(root)
    assert roots.read("r/inner").text == "# b"
    assert roots.read("r/again/sub/b.md").text == "# b"
    assert [refused(roots, f"r/{name}") for name in ("outer", "gone", "up/secret.txt")] == ["outside_root"] * 3
    assert refused(roots, "r/loop") == "unreadable_file"
    assert [file.path for file in roots.list().files] == ["r/a.txt", "r/sub/b.md", "r/sub/deep/c.md"]


def test_a_folder_that_becomes_a_link_while_it_is_opened_leads_nowhere(root: Path, tmp_path: Path) -> None:
    parts = inside(root, ["sub", "b.md"], shown="r/sub/b.md")
    (root / "sub").rename(root / "old")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "b.md").write_text("secret", encoding="utf-8")
    (root / "sub").symlink_to(outside)
    with pytest.raises(UsageError) as raised, opened(root, parts, shown="r/sub/b.md"):
        pass
    assert raised.value.code == "unreadable_file"


def test_what_is_no_regular_file_is_refused_and_not_waited_for(root: Path, roots: Roots) -> None:
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(root / "socket"))
        assert [refused(roots, f"r/{name}") for name in ("pipe", "socket", "sub")] == ["unsupported_file"] * 3
    assert "r/pipe" not in [file.path for file in roots.list().files]


def test_a_device_is_refused() -> None:
    assert refused(Roots({"dev": "/dev"}), "dev/zero") == "unsupported_file"


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"\x00\x01", "bad_encoding"), (b"caf\xe9", "bad_encoding"), (b"x" * 65, "too_large")],
    ids=["binary", "latin-1", "huge"],
)
def test_binary_and_huge_files_are_refused(root: Path, content: bytes, code: str) -> None:
    (root / "odd").write_bytes(content)
    assert refused(Roots({"r": root}, limits=Limits(file_bytes=64)), "r/odd") == code


def test_a_byte_order_mark_is_no_text(root: Path, roots: Roots) -> None:
    (root / "bom.txt").write_bytes(b"\xef\xbb\xbfhi")
    assert roots.read("r/bom.txt").text == "hi"


@pytest.mark.parametrize("path", ["r/a\0b", "r/" + "x" * 300, "r/a.txt/b"])
def test_what_no_file_can_be_called_is_a_typed_error(roots: Roots, path: str) -> None:
    assert refused(roots, path) in {"bad_argument", "unreadable_file"}


def test_a_file_that_is_not_there_is_named(roots: Roots) -> None:
    assert refused(roots, "r/none.txt") == "file_not_found"
    with pytest.raises(UsageError) as raised:
        roots.list("r/none")
    assert raised.value.code == "file_not_found"


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_what_may_not_be_read_is_counted(root: Path, roots: Roots) -> None:
    (root / "sub").chmod(0)
    try:
        assert roots.list().unreadable == 1
        assert refused(roots, "r/sub/b.md") == "unreadable_file"
    finally:
        (root / "sub").chmod(0o700)


def test_a_name_that_is_no_text_is_counted(root: Path, roots: Roots) -> None:
    (root / os.fsdecode(b"caf\xe9")).write_text("x", encoding="utf-8")
    listing = roots.list()
    assert listing.unreadable == 1
    assert len(listing.files) == 3


@pytest.mark.parametrize(
    ("folders", "code"),
    [
        ({}, "bad_argument"),
        ({"a/b": "."}, "bad_argument"),
        ({"": "."}, "bad_argument"),
        ({"..": "."}, "bad_argument"),
        ({"r": "none"}, "file_not_found"),
        ({"r": "file"}, "unsupported_file"),
    ],
)
def test_bad_roots_are_typed_errors(workdir: Path, folders: dict[str, str], code: str) -> None:
    (workdir / "file").write_text("x", encoding="utf-8")
    with pytest.raises(UsageError) as raised:
        Roots(folders)
    assert raised.value.code == code


@pytest.mark.parametrize("arguments", [{"start": -1}, {"characters": 0}, {"characters": 10**9}])
def test_bad_parts_are_typed_errors(roots: Roots, arguments: dict[str, int]) -> None:
    with pytest.raises(UsageError) as raised:
        roots.read("r/a.txt", **arguments)
    assert raised.value.code == "bad_param"
    with pytest.raises(UsageError) as raised:
        roots.list(most=0)
    assert raised.value.code == "bad_param"


def test_a_listing_stops_when_nobody_waits_for_it(root: Path, roots: Roots) -> None:
    with stoppable() as stop:
        stop.set()
        with pytest.raises(RunError) as raised:
            roots.list()
    assert raised.value.code == "cancelled"


def test_no_descriptor_stays_open(root: Path, roots: Roots) -> None:
    def count() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = count()
    for path in ("r/a.txt", "r/sub/deep/c.md"):
        roots.read(path)
    for path in ("r/none", "r/sub", "r/../x"):
        refused(roots, path)
    roots.list()
    deadline = time.monotonic() + 10
    while (
        count() > before and time.monotonic() < deadline
    ):  # other threads of the test process may hold some for a moment
        threading.Event().wait(0.05)
    assert count() <= before


def put(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", encoding="utf-8")


def test_folders_of_machinery_are_listed_only_by_name(root: Path, roots: Roots) -> None:
    put(
        root,
        ".venv/lib/a.py",
        "node_modules/x/b.js",
        "sub/__pycache__/c.pyc",
        ".github/workflows/d.yml",
        ".editorconfig",
    )
    listing = roots.list()
    assert [file.path for file in listing.files] == ["r/.editorconfig", "r/a.txt", "r/sub/b.md", "r/sub/deep/c.md"]
    assert (listing.left_out, listing.unreadable, listing.truncated) == (4, 0, False)
    assert [file.path for file in roots.list("r/.venv").files] == ["r/.venv/lib/a.py"]
    assert [file.path for file in roots.list(pattern=".github/*.yml").files] == ["r/.github/workflows/d.yml"]
    assert [file.path for file in roots.list("r/sub", pattern="deep/*").files] == ["r/sub/deep/c.md"]
    assert roots.read("r/.venv/lib/a.py").text == "x"


def test_near_files_are_listed_before_far_ones(root: Path, roots: Roots) -> None:
    put(root, *(f"aaa/bbb/{number}.txt" for number in range(20)), "z.txt")
    listing = roots.list(most=3)
    assert [file.path for file in listing.files] == ["r/a.txt", "r/sub/b.md", "r/z.txt"]
    assert listing.truncated


def test_a_thousand_folders_in_each_other_are_listed(root: Path, roots: Roots) -> None:
    above = os.open(root, os.O_RDONLY)
    for _ in range(1_000):  # a path of this length has to be made part by part
        os.mkdir("d", dir_fd=above)
        below = os.open("d", os.O_RDONLY, dir_fd=above)
        os.close(above)
        above = below
    os.close(os.open("end.txt", os.O_CREAT | os.O_WRONLY, dir_fd=above))
    os.close(above)
    try:
        listing = roots.list(pattern="end.*")
    finally:  # too deep for pytest's own cleaning
        subprocess.run(["rm", "-rf", str(root / "d")], check=True)
    assert [file.path for file in listing.files] == ["r/" + "d/" * 1_000 + "end.txt"]
    assert listing.unreadable == 0


SECRETS = [
    ".env",
    ".env.local",
    ".ENV",
    "sub/server.pem",
    "private.key",
    "id_rsa",
    "sub/id_ed25519",
    ".netrc",
    ".npmrc",
    ".git/config",
    ".git/modules/lib/config",
    ".aws/credentials",
    ".ssh/known_hosts",
    ".docker/config.json",
]


@pytest.mark.parametrize("name", SECRETS)
def test_what_looks_like_a_secret_is_withheld(root: Path, roots: Roots, name: str) -> None:
    put(root, name)
    assert refused(roots, f"r/{name}") == "not_allowed"
    folder = f"r/{name}".rpartition("/")[0]
    assert f"r/{name}" not in [file.path for file in roots.list(folder).files]
    assert roots.list(folder).left_out >= 1
    open_roots = Roots({"r": root}, secrets=True)
    assert open_roots.read(f"r/{name}").text == "x"
    assert f"r/{name}" in [file.path for file in open_roots.list(folder).files]


@pytest.mark.parametrize(
    "name",
    [".env.example", "id_mapping.csv", "config", ".git/HEAD", "env.py", "key.md", "id_rsa.pub", "docs/config.json"],
)
def test_what_only_resembles_a_secret_is_read(root: Path, roots: Roots, name: str) -> None:
    put(root, name)
    assert roots.read(f"r/{name}").text == "x"


def test_no_other_name_leads_to_a_secret(root: Path, roots: Roots) -> None:
    put(root, ".env", ".git/config", "plain.txt")
    (root / "notes.txt").symlink_to(root / ".env")
    (root / "git").symlink_to(root / ".git")
    (root / "key.pem").symlink_to(root / "plain.txt")
    paths = ("notes.txt", "git/config", "sub/../.env", "./.git/./config", "key.pem")
    assert [refused(roots, f"r/{path}") for path in paths] == ["not_allowed"] * len(paths)
    assert refused(Roots({"g": root / ".git"}), "g/config") == "not_allowed"
