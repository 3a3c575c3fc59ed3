"""Indexing: what goes in, what changes, what goes away."""

from __future__ import annotations

import gzip
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from questline.errors import UsageError
from questline.tools.retrieval.documents import Document
from questline.tools.retrieval.index import DocumentIndex

if TYPE_CHECKING:
    from .conftest import HashEncoder

Rows = Callable[..., Path]


@pytest.mark.requirement("retrieval.ingest")
def test_a_folder_is_indexed_with_titles_dates_and_relative_sources(library: DocumentIndex) -> None:
    listed = {info.source: (info.kind, info.documents, info.passages, info.date) for info in library.sources()}
    assert listed == {
        "docs/bread.txt": ("text", 1, 1, None),
        "docs/harbour.md": ("markdown", 1, 1, None),
        "docs/people/brandt.md": ("markdown", 1, 1, "2023-01-09"),
        "docs/people/holt.md": ("markdown", 1, 1, "2021-05-04"),
        "docs/tide.html": ("html", 1, 1, None),
    }
    (passage,) = library.passages(["docs/people/holt.md#1"])
    assert (passage.title, passage.source, passage.document_id) == ("Runa Holt", *["docs/people/holt.md"] * 2)
    document = library.document("docs/people/holt.md")
    assert document is not None
    assert document.text[passage.start : passage.end] == passage.text


@pytest.mark.requirement("retrieval.incremental")
def test_unchanged_files_are_neither_read_again_nor_embedded_again(
    library: DocumentIndex, docs: Path, encoder: HashEncoder
) -> None:
    before = len(encoder.encoded)
    report = library.ingest([docs])
    assert (report.unchanged, report.added, report.replaced, report.embedded) == (5, 0, 0, 0)
    assert len(encoder.encoded) == before


@pytest.mark.requirement("retrieval.incremental")
def test_a_changed_file_replaces_its_passages_and_embeds_only_the_new_ones(
    index: DocumentIndex, tmp_path: Path, encoder: HashEncoder
) -> None:
    path = tmp_path / "guide.md"
    stable = " ".join(f"Sentence {n} about lighthouses and their keepers." for n in range(24))
    path.write_text(f"# Guide\n\n## Ferry\n\nThe ferry is blue.\n\n## Lamps\n\n{stable}\n")
    index.ingest([path])
    assert len(encoder.encoded) == 2
    encoder.encoded.clear()
    path.write_text(f"# Guide\n\n## Ferry\n\nThe ferry is green.\n\n## Lamps\n\n{stable}\n")
    report = index.ingest([path])
    assert (report.replaced, report.added, report.embedded) == (1, 0, 1)
    assert encoder.encoded == ["Guide > Ferry\nThe ferry is green."]
    found = [passage.text for passage in index.search_now("ferry", k=10, mode="lexical")]
    assert found == ["The ferry is green."]


@pytest.mark.requirement("retrieval.incremental")
def test_removed_files_are_reported_and_pruned_when_asked(library: DocumentIndex, docs: Path) -> None:
    (docs / "bread.txt").unlink()
    report = library.ingest([docs])
    assert report.missing == ("docs/bread.txt",)
    assert library.passages(["docs/bread.txt#1"])
    assert library.ingest([docs], prune=True).removed == 1
    assert not library.passages(["docs/bread.txt#1"])
    assert all(passage.source != "docs/bread.txt" for passage in library.search_now("sourdough rye", k=5))


def test_a_source_or_a_whole_folder_can_be_removed(library: DocumentIndex, docs: Path) -> None:
    assert library.remove("docs/people") == 2
    assert library.remove("docs/bread.txt") == 1
    assert {info.source for info in library.sources()} == {"docs/harbour.md", "docs/tide.html"}
    with pytest.raises(UsageError) as caught:
        library.remove("docs/bread.txt")
    assert caught.value.code == "file_not_found"
    assert library.ingest([docs]).added == 3


@pytest.mark.requirement("retrieval.rows")
def test_short_rows_are_one_passage_with_the_rows_id(index: DocumentIndex, rows: Rows) -> None:
    long_text = " ".join(f"Sentence number {n} says something." for n in range(120))
    path = rows(
        {"id": "a", "title": "Alder", "text": "A tree by the water.", "date": "2020-02", "url": "https://a.example/x"},
        {"_id": 7, "title": "", "text": "Second row."},
        {"id": "long", "title": "Long", "text": long_text},
        {"id": "none", "text": ""},
    )
    report = index.ingest([path])
    assert (report.added, report.documents) == (4, 4)
    alder, second = index.passages(["a", "7"])
    assert (alder.document_id, alder.source, alder.date) == ("a", "https://a.example/x", "2020-02-01")
    assert (second.source, second.text) == ("7", "Second row.")
    parts = [passage for passage in index.search_now("sentence says something", k=50) if passage.document_id == "long"]
    assert len(parts) > 1
    assert {part.id for part in parts} == {f"long#{n}" for n in range(1, len(parts) + 1)}
    assert all(long_text[part.start : part.end] == part.text for part in parts)
    (info,) = index.sources()
    assert (info.source, info.kind, info.documents) == ("rows.jsonl", "rows", 4)


@pytest.mark.requirement("retrieval.rows")
def test_gzip_rows_and_changed_rows(index: DocumentIndex, rows: Rows, tmp_path: Path, encoder: HashEncoder) -> None:
    packed = tmp_path / "packed.jsonl.gz"

    def write(*items: object) -> None:
        packed.write_bytes(gzip.compress(rows(*items).read_bytes()))

    write({"id": "x", "text": "one"}, {"id": "y", "text": "two"})
    assert index.ingest([packed]).added == 2
    encoder.encoded.clear()
    write({"id": "x", "text": "one"}, {"id": "z", "text": "three"})
    report = index.ingest([packed])
    assert (report.added, report.unchanged, report.removed) == (1, 1, 1)
    assert encoder.encoded == ["three"]
    assert [passage.id for passage in index.passages(["x", "y", "z"])] == ["x", "z"]


def test_an_id_that_is_taken_is_skipped_with_its_place(index: DocumentIndex, rows: Rows) -> None:
    index.ingest([rows({"id": "a", "text": "first"}, name="one.jsonl")])
    report = index.ingest([rows({"id": "a", "text": "other"}, {"id": "b", "text": "x"}, {"id": "b", "text": "y"})])
    assert [(item.code, item.path.rpartition(":")[2]) for item in report.skipped] == [
        ("bad_data", "1"),
        ("bad_data", "3"),
    ]
    assert [passage.text for passage in index.passages(["a", "b"])] == ["first", "x"]


def test_a_passage_id_that_another_document_has_is_refused_whole(index: DocumentIndex) -> None:
    index.add([Document(id="a#1", text="A row.", kind="row")])
    with pytest.raises(UsageError) as caught:
        index.add([Document(id="a", text="A text.")])
    assert caught.value.code == "bad_data"
    assert index.document("a") is None


@pytest.mark.requirement("retrieval.bad-input")
@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("latin.txt", "caf\xe9".encode("latin-1"), "bad_encoding"),
        ("binary.md", b"\x7fELF\x00\x01\x02", "bad_encoding"),
        ("picture.png", b"\x89PNG", "unsupported_file"),
        ("broken.pdf", b"%PDF-1.4 nothing", "unreadable_file"),
        ("broken.docx", b"PK nothing", "unreadable_file"),
        ("broken.jsonl.gz", b"\x1f\x8b nothing", "unreadable_file"),
        ("cut.jsonl.gz", gzip.compress(b'{"id": 1, "text": "a"}\n' * 9, mtime=0)[:-9], "unreadable_file"),
        ("latin.jsonl", '{"id": 1, "text": "caf\xe9"}'.encode("latin-1"), "bad_encoding"),
        ("words.jsonl", b"no json\n", "bad_data"),
        ("list.jsonl", b"[1, 2]\n", "bad_data"),
        ("deep.jsonl", b"[" * 100_000 + b"\n", "bad_data"),
        ("no_id.jsonl", b'{"text": "a"}\n', "bad_data"),
        ("no_text.jsonl", b'{"id": "a"}\n', "bad_data"),
        ("number.jsonl", b'{"id": "a", "text": 3}\n', "bad_data"),
    ],
)
def test_a_bad_file_is_an_error_when_named_and_a_note_in_a_folder(
    index: DocumentIndex, docs: Path, name: str, content: bytes, code: str
) -> None:
    path = docs / name
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        index.ingest([path])
    assert caught.value.code == code
    assert index.sources() == []
    report = index.ingest([docs])
    assert [(item.path, item.code) for item in report.skipped] == [(str(path), code)]
    assert report.added == 5


@pytest.mark.requirement("retrieval.bad-input")
def test_a_hundred_megabyte_line_is_refused_without_being_read_whole(index: DocumentIndex, tmp_path: Path) -> None:
    path = tmp_path / "huge.jsonl"
    with path.open("wb") as file:
        file.write(b'{"id": "fine", "text": "ok"}\n{"id": "huge", "text": "')
        file.truncate(100 * 1024 * 1024)  # a sparse file: no disk space, one long line
    tracemalloc.start()
    try:
        with pytest.raises(UsageError) as caught:
            index.ingest([path])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (caught.value.code, caught.value.fields["line"]) == ("line_too_long", 2)
    assert peak < 48 * 1024 * 1024
    assert index.sources() == []


@pytest.mark.requirement("retrieval.bad-input")
def test_missing_paths_empty_folders_and_no_paths(index: DocumentIndex, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    (empty / ".hidden").mkdir(parents=True)
    (empty / ".hidden" / "a.md").write_text("hidden")
    for paths, code in (([tmp_path / "none.md"], "file_not_found"), ([empty], "empty_folder"), ([], "bad_argument")):
        with pytest.raises(UsageError) as caught:
            index.ingest(paths)
        assert caught.value.code == code


@pytest.mark.requirement("retrieval.bad-input")
def test_names_that_are_not_utf8_are_left_out_and_named(index: DocumentIndex, docs: Path) -> None:
    (docs / os.fsdecode(b"caf\xe9.md")).write_text("Coffee comes at ten.")
    (docs / os.fsdecode(b"r\xe9sum\xe9s")).mkdir()
    (docs / os.fsdecode(b"r\xe9sum\xe9s") / "one.md").write_text("A summary.")
    report = index.ingest([docs])
    assert report.added == 5
    assert [(Path(item.path).name, item.code) for item in report.skipped] == [
        (r"r\udce9sum\udce9s", "bad_encoding"),
        (r"caf\udce9.md", "bad_encoding"),
    ]
    with pytest.raises(UsageError) as caught:
        index.ingest([docs / os.fsdecode(b"caf\xe9.md")])
    assert caught.value.code == "bad_encoding"


def test_a_file_that_grew_unreadable_keeps_what_was_indexed(library: DocumentIndex, docs: Path) -> None:
    (docs / "bread.txt").write_bytes(b"\xff\xfe\x00")
    report = library.ingest([docs], prune=True)
    assert [item.code for item in report.skipped] == ["bad_encoding"]
    assert (report.removed, report.missing) == (0, ())
    assert library.passages(["docs/bread.txt#1"])


def test_the_index_folder_inside_the_documents_is_left_out(docs: Path, encoder: HashEncoder) -> None:
    with DocumentIndex.open(docs / "store", encoder=encoder) as index:
        index.ingest([docs])
        (docs / "store" / "note.md").write_text("not a document")
        assert index.ingest([docs]).added == 0
        assert {info.source.split("/")[0] for info in index.sources()} >= {"bread.txt", "people"}


def test_oversized_documents_are_refused(index: DocumentIndex, tmp_path: Path) -> None:
    lines, endless = tmp_path / "lines.txt", tmp_path / "endless.txt"
    lines.write_bytes(b"short\n")
    for path, code in ((lines, "unreadable_file"), (endless, "line_too_long"), (tmp_path / "x.pdf", "unreadable_file")):
        with path.open("ab") as file:
            file.truncate(65 * 1024 * 1024)
        with pytest.raises(UsageError) as caught:
            index.ingest([path])
        assert caught.value.code == code


def test_documents_can_be_added_and_must_be_sound(index: DocumentIndex) -> None:
    report = index.add([Document(id="a", text="Some text.", source="note://a", metadata={"author": "Holt"})])
    assert (report.added, report.passages) == (1, 1)
    assert index.passages(["a#1"])[0].metadata == {"author": "Holt"}
    assert index.add([Document(id="a", text="Other text.", source="note://a")]).replaced == 1
    for bad in (Document(id="", text="x"), Document(id="s", text="lone \ud800 surrogate")):
        with pytest.raises(UsageError):
            index.add([bad])
    assert index.sources()[0].source == "note://a"


def test_progress_is_heard_in_every_phase(index: DocumentIndex, docs: Path) -> None:
    heard: dict[str, tuple[int, int]] = {}

    def hear(phase: str, done: int, total: int) -> None:
        assert done <= total
        heard[phase] = (done, total)

    index.ingest([docs], progress=hear)
    assert heard == {"read": (5, 5), "lexical": (5, 5), "embed": (5, 5)}


@pytest.mark.requirement("retrieval.bad-input")
def test_a_wrong_path_makes_no_index(tmp_path: Path) -> None:
    with DocumentIndex.open(tmp_path / "index", encoder=None) as index, pytest.raises(UsageError):
        index.ingest([tmp_path / "missing"])
    assert not (tmp_path / "index").exists()


@pytest.mark.requirement("retrieval.incremental")
@pytest.mark.parametrize("prune", [False, True])
def test_rows_of_a_renamed_file_go_over_to_its_new_name(
    index: DocumentIndex, rows: Rows, tmp_path: Path, encoder: HashEncoder, *, prune: bool
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    old = rows({"id": "a", "text": "First row."}, {"id": "b", "text": "Second row."}, name="data/old.jsonl")
    index.ingest([folder])
    encoder.encoded.clear()
    old.rename(folder / "new.jsonl")
    report = index.ingest([folder], prune=prune)
    assert (report.documents, report.skipped, report.missing, encoder.encoded) == (2, (), (), [])
    assert [(info.source, info.documents) for info in index.sources()] == [("data/new.jsonl", 2)]
    again = index.ingest([folder], prune=True)
    assert (again.unchanged, again.removed, again.documents) == (2, 0, 2)


@pytest.mark.requirement("retrieval.incremental")
def test_a_row_that_was_taken_comes_in_once_its_owner_is_removed(index: DocumentIndex, rows: Rows) -> None:
    one = rows({"id": "a", "text": "first"}, name="one.jsonl")
    two = rows({"id": "a", "text": "second"}, {"id": "b", "text": "other"}, name="two.jsonl")
    assert [item.code for item in index.ingest([one, two]).skipped] == ["bad_data"]
    index.remove("one.jsonl")
    report = index.ingest([two])
    assert (report.added, report.unchanged, report.skipped) == (1, 1, ())
    assert [passage.text for passage in index.passages(["a", "b"])] == ["second", "other"]


def test_a_document_that_the_caller_added_is_not_taken_over(index: DocumentIndex, rows: Rows) -> None:
    index.add([Document(id="a", text="Mine.", kind="row")])
    assert [item.code for item in index.ingest([rows({"id": "a", "text": "Theirs."})]).skipped] == ["bad_data"]
    assert index.passages(["a"])[0].text == "Mine."


@pytest.mark.requirement("retrieval.bad-input")
@pytest.mark.parametrize(
    ("name", "content"),
    [("e.md", "<!-- only -->"), ("e.txt", " \n"), ("e.html", "<script>x</script>"), ("e.jsonl", "\n")],
)
def test_a_file_without_text_is_named_and_what_it_held_goes(
    index: DocumentIndex, docs: Path, name: str, content: str
) -> None:
    path = docs / name
    path.write_text('{"id": "e", "text": "Some text."}\n' if name == "e.jsonl" else "Some text.\n")
    assert index.ingest([docs]).added == 6
    path.write_text(content)
    for paths, removed in (([docs], 1), ([path, docs / "bread.txt"], 0)):
        report = index.ingest(paths)
        assert [(item.path, item.code) for item in report.skipped] == [(str(path), "no_text")]
        assert (report.removed, report.documents) == (removed, 5)
    with pytest.raises(UsageError) as caught:  # named alone, there is nothing to index at all
        index.ingest([path])
    assert caught.value.code == "no_text"
    assert f"docs/{name}" not in {info.source for info in index.sources()}


@pytest.mark.requirement("retrieval.bad-input")
@pytest.mark.parametrize("ending", ["\n", "\r"])
def test_a_text_line_of_more_than_sixteen_megabytes_is_refused(
    index: DocumentIndex, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / "long.md"
    path.write_bytes((f"one{ending}" * 5_000_000).encode() + b"a" * (17 * 1024 * 1024))
    with pytest.raises(UsageError) as caught:
        index.ingest([path])
    assert (caught.value.code, caught.value.fields["line"]) == ("line_too_long", 5_000_001)
    assert index.sources() == []
