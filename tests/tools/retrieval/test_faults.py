"""What goes wrong around an index: kills, locks, damage, a full disk, a folder that cannot be written.

Tests often run as root, who may write anywhere: the read-only folder is one that another user owns, looked at after
giving up the effective user id. The full disk is SQLite's own page limit and a write that answers ENOSPC.
"""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from questline.errors import RunError, UsageError
from questline.tools.retrieval import dense, lexical, schema, store
from questline.tools.retrieval.documents import Document
from questline.tools.retrieval.faults import storage_faults
from questline.tools.retrieval.health import Health
from questline.tools.retrieval.index import DocumentIndex
from questline.tools.retrieval.lock import writer_lock
from questline.tools.retrieval.schema import DATABASE, connect

if TYPE_CHECKING:
    from .conftest import HashEncoder

CHILD = Path(__file__).with_name("slow_indexing.py")


def _sound(health: Health) -> bool:
    return (health.database, health.lexical, health.dense, health.waiting) == ("ok", "ok", "ok", 0)


def _spawn(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, str(CHILD), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _wait_for(child: subprocess.Popen[str], word: str) -> None:
    assert child.stdout is not None
    for line in child.stdout:
        if line.startswith(word):
            return
    pytest.fail(f"the child ended before it said {word!r}")


def _kill(child: subprocess.Popen[str]) -> None:
    child.send_signal(signal.SIGKILL)
    child.wait(10)
    assert child.stdout is not None
    child.stdout.close()


@pytest.mark.slow
@pytest.mark.requirement("retrieval.kill")
@pytest.mark.parametrize("moment", ["read 500", "embed 128"])
def test_a_killed_run_loses_nothing_committed_and_the_next_one_continues(
    tmp_path: Path, rows: Callable[..., Path], moment: str, encoder: HashEncoder
) -> None:
    path = rows(*({"id": f"r{n}", "text": f"Row number {n} speaks of ship {n % 7}."} for n in range(1500)))
    folder = tmp_path / "index"
    child = _spawn(folder, path)
    _wait_for(child, moment)
    _kill(child)
    with DocumentIndex.open(folder, encoder=encoder) as index:
        before = index.check()
        assert before.database == "ok"
        assert before.documents >= 500
        assert before.embedded >= (128 if moment.startswith("embed") else 0)
        report = index.ingest([path])
        assert report.unchanged >= before.documents
        assert (report.documents, report.passages) == (1500, 1500)
        assert report.embedded == 1500 - before.embedded
        assert len(encoder.encoded) == report.embedded
        assert _sound(index.check())
        assert index.search_now("row number 77", k=1, mode="lexical")


@pytest.mark.slow
@pytest.mark.requirement("retrieval.lock")
def test_a_second_process_that_indexes_is_told_who_holds_the_lock(
    tmp_path: Path, rows: Callable[..., Path], encoder: HashEncoder, docs: Path
) -> None:
    path = rows(*({"id": f"r{n}", "text": f"Row number {n}."} for n in range(1500)))
    child = _spawn(tmp_path / "index", path)
    try:
        _wait_for(child, "embed")
        with DocumentIndex.open(tmp_path / "index", encoder=encoder) as index:
            with pytest.raises(RunError) as caught:
                index.ingest([docs])
            assert (caught.value.code, caught.value.fields["pid"]) == ("index_locked", child.pid)
            assert caught.value.retryable
            assert index.search_now("row number 3", k=1)  # reading goes on beside the writer
    finally:
        _kill(child)


def test_the_lock_is_free_again_when_its_holder_is_done(tmp_path: Path) -> None:
    for _ in range(2):
        with writer_lock(tmp_path), pytest.raises(RunError) as caught, writer_lock(tmp_path):
            pytest.fail("two writers at once")
        assert caught.value.fields["pid"] == os.getpid()


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _scribble(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


@pytest.mark.requirement("retrieval.rebuild")
@pytest.mark.parametrize("harm", [_cut, _scribble, Path.unlink])
@pytest.mark.parametrize("part", ["dense-*.faiss", "dense-*.ids", "dense.json", "lexical/*.store", "lexical/meta.json"])
def test_damaged_derived_files_are_built_again_with_a_warning(
    library: DocumentIndex,
    encoder: HashEncoder,
    tmp_path: Path,
    part: str,
    harm: Callable[[Path], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = [(p.id, round(p.score, 3)) for p in library.search_now("harbour pilot", k=5)]
    library.close()
    harm(next((tmp_path / "index").glob(part)))
    encoder.encoded.clear()
    with DocumentIndex.open(tmp_path / "index", encoder=encoder) as index:
        health = index.check()
        assert not _sound(health)
        after = [(p.id, round(p.score, 3)) for p in index.search_now("harbour pilot", k=5)]
        assert after == before
        assert _sound(index.check())
        gone = harm is Path.unlink and part == "dense.json"  # nothing says that there ever was one
        assert len(index.repairs) == (0 if gone else 1)
        assert ("built again" in caplog.text) is not gone
    assert encoder.encoded == ["harbour pilot"]  # vectors came from the database


@pytest.mark.requirement("retrieval.rebuild")
def test_a_read_only_index_with_damage_answers_from_memory(
    library: DocumentIndex, encoder: HashEncoder, tmp_path: Path
) -> None:
    before = [passage.id for passage in library.search_now("harbour pilot", k=5)]
    library.close()
    for name in ("lexical.json", "dense.json"):
        (tmp_path / "index" / name).write_text("{")
    with DocumentIndex.open(tmp_path / "index", encoder=encoder, read_only=True) as index:
        assert [passage.id for passage in index.search_now("harbour pilot", k=5)] == before
        assert index.check().lexical == "damaged"


def test_another_encoder_embeds_again_and_never_mixes_vectors(
    library: DocumentIndex, docs: Path, tmp_path: Path
) -> None:
    library.close()
    from .conftest import HashEncoder as Hash

    other = Hash(fingerprint="hash-2", dimension=32)
    with DocumentIndex.open(tmp_path / "index", encoder=other) as index:
        assert index.search_now("harbour", k=1)  # by words, until the vectors are there
        assert index.check().waiting == 5
        assert index.ingest([docs]).embedded == 5
        assert _sound(index.check())


@pytest.mark.requirement("retrieval.damaged")
@pytest.mark.parametrize("where", [0, 4096])
def test_a_damaged_database_says_what_to_do(library: DocumentIndex, tmp_path: Path, where: int) -> None:
    library.close()
    path = tmp_path / "index" / DATABASE
    data = bytearray(path.read_bytes())
    data[where : where + 2000] = b"\xaa" * 2000
    path.write_bytes(data)
    with pytest.raises(RunError) as caught:
        _use(tmp_path / "index")
    assert caught.value.code == "damaged_index"
    assert "index the documents again" in caught.value.message


def _use(folder: Path) -> None:
    with DocumentIndex.open(folder, encoder=None) as index:
        health = index.check()
        assert (health.database, "index the documents again" in health.problem) == ("damaged", True)
        index.search_now("harbour", k=1)
        index.sources()
        index.add([Document(id="x", text="y")])


def test_another_programs_database_is_not_touched(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / DATABASE) as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()
    with pytest.raises(RunError) as caught:
        DocumentIndex.open(tmp_path, encoder=None)
    assert caught.value.code == "damaged_index"


@pytest.mark.requirement("retrieval.disk-full")
def test_a_full_disk_keeps_what_was_committed(
    index: DocumentIndex, encoder: HashEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.add([Document(id="first", text="Kept text.")])
    index.close()
    with monkeypatch.context() as patch:
        patch.setattr(store, "connect", _with(lambda taken: f"PRAGMA max_page_count = {taken + 2}"))
        with DocumentIndex.open(tmp_path / "index", encoder=encoder) as full:
            with pytest.raises(RunError) as caught:
                full.add([Document(id="big", text="word " * 50_000)])
            assert (caught.value.code, caught.value.retryable) == ("disk_full", True)
            assert full.document("big") is None
            assert [passage.document_id for passage in full.search_now("kept text", k=3)] == ["first"]
    with DocumentIndex.open(tmp_path / "index", encoder=encoder) as roomy:
        assert roomy.add([Document(id="big", text="word " * 500)]).added == 1


def _with(pragma: Callable[[int], str]) -> Callable[..., sqlite3.Connection]:
    """Open connections as the store does and run a pragma on each, made from the number of pages in use."""

    def opened(folder: Path, *, read_only: bool) -> sqlite3.Connection:
        connection = connect(folder, read_only=read_only)
        connection.execute(pragma(connection.execute("PRAGMA page_count").fetchone()[0]))
        return connection

    return opened


@pytest.mark.requirement("retrieval.disk-full")
@pytest.mark.parametrize("module", [dense, lexical])
def test_a_full_disk_while_derived_files_are_written(
    index: DocumentIndex, monkeypatch: pytest.MonkeyPatch, module: object
) -> None:
    def full(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(module, "write_manifest", full)
        with pytest.raises(RunError) as caught:
            index.add([Document(id="a", text="A lighthouse keeper.")])
        assert caught.value.code == "disk_full"
        assert index.search_now("lighthouse", k=1)
    assert index.add([Document(id="a", text="A lighthouse keeper.")]).unchanged == 1
    assert _sound(index.check())


@pytest.fixture
def locked_away(docs: Path, encoder: HashEncoder) -> Generator[Path]:
    """An index folder that this process may read and not write."""
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base) / "index"
        with DocumentIndex.open(folder, encoder=encoder) as index:
            index.ingest([docs])
        root = os.geteuid() == 0
        for path in (Path(base), folder, *folder.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        if root:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            if root:
                os.seteuid(0)
            for path in (Path(base), folder, *folder.rglob("*")):
                path.chmod(0o755)


@pytest.mark.requirement("retrieval.read-only")
def test_a_folder_that_cannot_be_written_can_be_searched_and_refuses_to_change(
    locked_away: Path, encoder: HashEncoder
) -> None:
    with DocumentIndex.open(locked_away, encoder=encoder, read_only=True) as index:
        assert index.search_now("harbour of Vessby", k=1)[0].source.endswith("harbour.md")
        assert index.repairs == ()
        assert index.check().lexical == "ok"
    for attempt in (lambda: DocumentIndex.open(locked_away, encoder=encoder), lambda: _enter(locked_away)):
        with pytest.raises(RunError) as caught:
            attempt()
        assert caught.value.code == "read_only"
    with pytest.raises(RunError) as caught:
        DocumentIndex.open(locked_away.parent / "new", encoder=None).add([Document(id="a", text="b")])
    assert caught.value.code == "read_only"


@pytest.mark.requirement("retrieval.read-only")
def test_a_reader_that_finds_the_database_locked_says_so_and_reads_nothing_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with DocumentIndex.open(tmp_path / "index", encoder=None) as index:
        index.add([Document(id="a", text="b")])
    holder = sqlite3.connect(tmp_path / "index" / DATABASE, isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("UPDATE meta SET value = value")  # waits in the log, which an immutable reader would pass over
    monkeypatch.setattr(schema, "_open", _impatient)
    with pytest.raises(RunError) as caught:
        DocumentIndex.open(tmp_path / "index", encoder=None, read_only=True)
    holder.close()
    assert caught.value.code == "index_locked"


def _impatient(address: str) -> sqlite3.Connection:
    return sqlite3.connect(address, uri=True, timeout=0.05, isolation_level=None, check_same_thread=False)


def _enter(folder: Path) -> None:
    with writer_lock(folder):
        pytest.fail("a lock was taken in a read-only folder")


def test_opening_what_is_no_index(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for path, read_only, code in ((tmp_path / "file", False, "unreadable_file"), (tmp_path / "none", True, "no_index")):
        with pytest.raises(UsageError) as caught:
            DocumentIndex.open(path, encoder=None, read_only=read_only)
        assert caught.value.code == code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "full"), "disk_full"),
        (OSError(errno.EROFS, "read-only"), "read_only"),
        (OSError(errno.EIO, "broken"), "run_failed"),
        (sqlite3.InterfaceError("misuse"), "run_failed"),
        (sqlite3.ProgrammingError("closed"), "run_failed"),
        (sqlite3.OperationalError("Could not decode to UTF-8 column"), "damaged_index"),
    ],
)
def test_each_fault_of_the_system_has_its_code(tmp_path: Path, error: Exception, code: str) -> None:
    with pytest.raises(RunError) as caught, storage_faults(tmp_path):
        raise error
    assert caught.value.code == code


def test_a_database_that_stays_busy_is_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "connect", _with(lambda _: "PRAGMA busy_timeout = 50"))
    with DocumentIndex.open(tmp_path / "index", encoder=None) as index:
        index.add([])
        other = sqlite3.connect(tmp_path / "index" / DATABASE, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RunError) as caught:
            index.add([Document(id="a", text="b")])
        assert caught.value.code == "index_locked"
        other.close()


def test_a_database_that_cannot_be_read_just_now_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "connect", _with(lambda _: "PRAGMA busy_timeout = 50"))
    with DocumentIndex.open(tmp_path / "index", encoder=None) as index:
        index.add([Document(id="a", text="b")])
        monkeypatch.setattr(store.Store, "check", _locked)
        with pytest.raises(RunError) as caught:
            index.check()
        assert caught.value.code == "index_locked"


def _locked(self: store.Store) -> None:
    with storage_faults(self.folder):
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorcode = sqlite3.SQLITE_BUSY
        raise error


@pytest.mark.requirement("retrieval.damaged")
def test_a_disk_that_does_not_answer_is_no_damage(tmp_path: Path) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_READ
    with pytest.raises(RunError) as caught, storage_faults(tmp_path):
        raise error
    assert (caught.value.code, caught.value.retryable) == ("run_failed", True)
    assert "Delete" not in caught.value.message


_GROW = """
import resource, sys
from pathlib import Path
from questline.errors import RunError
from questline.tools.retrieval.documents import Document
from questline.tools.retrieval.index import DocumentIndex

with DocumentIndex.open(Path(sys.argv[1]), encoder=None) as index:
    index.add([Document(id="first", text="Kept text.")])
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
    try:
        index.add([Document(id="big", text="word " * 200_000)])
    except RunError as error:
        print(error.code, error.retryable)
"""


@pytest.mark.slow
@pytest.mark.requirement("retrieval.disk-full")
def test_a_limit_on_files_is_a_full_disk_and_no_damage(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _GROW, str(tmp_path / "index")], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["disk_full", "True"]
    with DocumentIndex.open(tmp_path / "index", encoder=None) as index:
        assert [passage.document_id for passage in index.search_now("kept text", k=3)] == ["first"]


@pytest.mark.requirement("retrieval.damaged")
@pytest.mark.parametrize("read_only", [False, True])
def test_a_database_without_bytes_beside_what_was_made_from_it_is_damaged(
    library: DocumentIndex, tmp_path: Path, *, read_only: bool
) -> None:
    library.close()
    (tmp_path / "index" / DATABASE).write_bytes(b"")
    with pytest.raises(RunError) as caught:
        DocumentIndex.open(tmp_path / "index", encoder=None, read_only=read_only)
    assert caught.value.code == "damaged_index"


def test_a_database_that_a_kill_left_without_bytes_is_started_again(tmp_path: Path) -> None:
    (tmp_path / DATABASE).touch()
    with DocumentIndex.open(tmp_path, encoder=None) as index:
        assert index.add([Document(id="a", text="A lighthouse.")]).added == 1
