"""`agents train reading`, which fits the reader, end to end over a small corpus of the project's own."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from questline.cli import main
from questline.errors import UsageError
from questline.tools.models.encoder import Encoder
from questline.tools.reading import read, shipped
from questline.tools.reading.features import FEATURES
from questline.tools.retrieval.index import DocumentIndex
from questline.training.evaluation.corpus_index import open_corpus
from questline.training.reading import build
from questline.training.reading.build import Builder
from questline.training.reading.examples import load_examples
from questline.training.reading.fit import Options, measure
from questline.training.reading.tables import Table
from questline.training.recipe import unheard
from questline.types import Passage

Kill = Callable[[int], AbstractContextManager[None]]
_Row = dict[str, object]
_PLACES = ("Orrin", "Tern", "Valdo", "Skerry", "Brindle", "Marrow", "Pell", "Lunde")
_BUILDERS = ("Hugo Brandt", "Mara Lind", "Ines Calder", "Pedro Salas", "Otto Falk", "Elsa Holm", "Ada Reyes", "Jon Vik")


def _rows() -> tuple[list[_Row], list[_Row]]:
    """Return documents about lighthouses and their builders, and questions on them with one or two supports."""
    documents: list[_Row] = []
    questions: list[_Row] = []
    for number, (place, builder) in enumerate(zip(_PLACES, _BUILDERS, strict=True)):
        year, steps = 1850 + 7 * number, 90 + 11 * number
        tower, person = f"t{number}", f"p{number}"
        about: list[_Row] = [
            {
                "id": tower,
                "title": f"{place} Light",
                "text": f"{place} Light was designed by {builder}. It was first lit in {year} and has {steps} steps.",
            },
            {
                "id": person,
                "title": builder,
                "text": f"{builder} was an engineer of lighthouses. {builder} was born in {_PLACES[number - 1]}.",
            },
        ]
        documents += about
        asked = [
            (f"Who designed {place} Light?", builder, [tower]),
            (f"When was {place} Light first lit?", str(year), [tower]),
            (f"How many steps does {place} Light have?", str(steps), [tower]),
            (f"Where was the designer of {place} Light born?", _PLACES[number - 1], [tower, person]),
            (f"Was {place} Light first lit in {year}?", "yes", [tower]),
        ]
        put: list[_Row] = [
            {"id": f"{tower}-{place}-{turn}", "source": "questline", "question": q, "answers": [a], "support": s}
            for turn, (q, a, s) in enumerate(asked)
        ]
        questions += put
    questions.append(
        {"id": "other", "source": "elsewhere", "question": "Who built Tern?", "answers": ["x"], "support": ["t1"]}
    )
    return documents, questions


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("data")
    paths = folder / "corpus.jsonl", folder / "questions.jsonl"
    for path, rows in zip(paths, _rows(), strict=True):
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    lines = ["file\tsource\tlicence", *(f"{path.name}\town\tApache-2.0" for path in paths)]
    (folder / "MANIFEST.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return paths


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def options(data: tuple[Path, Path], cache: Path) -> Options:
    return Options(corpus=data[0], questions=data[1], cache=cache, sources=("questline",), folds=2)


def command(options: Options, out: Path, sources: str = "questline") -> list[str]:
    config = out.parent / f"{out.name}.toml"
    files = f'corpus = "{options.corpus.name}"\nquestions = "{options.questions.name}"'
    config.write_text(f'[reading]\n{files}\nsources = ["{sources}"]\nfolds = 2\n', encoding="utf-8")
    words = ["train", "reading", "--data", str(options.corpus.parent), "--out", str(out), "--config", str(config)]
    return [*words, "--cache", str(options.cache)]


def _use(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Make the reader read this file of coefficients."""
    table: dict[str, Any] = tomllib.loads(text)

    def read(name: str) -> dict[str, Any]:
        assert name == "coefficients.toml"
        return table

    monkeypatch.setattr(shipped, "_table", read)
    monkeypatch.setattr("questline.tools.reading.ranking.coefficients", shipped.coefficients.__wrapped__)
    monkeypatch.setattr("questline.tools.reading.reader.calibration", shipped.calibration.__wrapped__)


@pytest.mark.slow
@pytest.mark.requirement("embedded.fit-reproducible", "embedded.fit-licences", "training.parts", "training.resume")
def test_a_killed_fit_writes_the_coefficients_of_a_whole_one_and_the_reader_reads_with_them(
    options: Options, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kill_after: Kill
) -> None:
    assert main(command(options, tmp_path / "whole")) == 0
    text = (tmp_path / "whole" / "model" / "coefficients.toml").read_text(encoding="utf-8")
    assert set(tomllib.loads(text)["weights"]) == {"columns", *FEATURES}
    assert "questline (Apache-2.0)" in text
    assert "reading.sources = ('questline',)" in text
    assert str(options.corpus.parent) not in text
    card = (tmp_path / "whole" / "model" / "MODEL_CARD.md").read_text(encoding="utf-8")
    (f1,) = [line for line in card.splitlines() if line.startswith("| words: F1 |")]
    assert float(f1.split("|")[2]) > 0.8
    with kill_after(1):
        main(command(replace(options, cache=tmp_path), tmp_path / "parts"))
    assert main([*command(replace(options, cache=tmp_path), tmp_path / "parts"), "--resume"]) == 0
    assert (tmp_path / "parts" / "model" / "coefficients.toml").read_text(encoding="utf-8") == text
    _use(monkeypatch, text)
    passage = Passage(
        id="g", document_id="g", source="g", title="Gull Light", text="Gull Light was designed by Rolf Aas in 1911."
    )
    for encoder in (None, Encoder.load()):
        assert read("Who designed Gull Light?", [passage], encoder=encoder).short == "Rolf Aas"


class _Counting:
    """The real encoder, counting what it encodes."""

    def __init__(self) -> None:
        self.fingerprint = Encoder.load().fingerprint
        self.count = 0

    def encode(self, texts: Sequence[str], **options: Any) -> NDArray[np.float32]:
        self.count += len(texts)
        return Encoder.load().encode(texts, **options)


def _builder(index: DocumentIndex, cache: Path, encoder: _Counting) -> Builder:
    return Builder(index=index, encoder=cast("Encoder", encoder), cache=cache, data="lights")


def _same(one: Table, other: Table) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in Table.__slots__)


@pytest.mark.slow
@pytest.mark.requirement("embedded.fit-resumes")
def test_an_interrupted_run_goes_on_with_the_finished_parts(
    options: Options, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "_PART", 8)
    with open_corpus(options.corpus, options.cache) as index:
        examples = load_examples(options.questions, ("questline",), _titles(index))
        whole, after = _Counting(), _Counting()
        expected = _builder(index, tmp_path / "whole", whole).table(examples, progress=lambda _: None)

        def stop(_: int) -> None:
            raise KeyboardInterrupt

        broken = tmp_path / "broken"
        with pytest.raises(KeyboardInterrupt):
            _builder(index, broken, _Counting()).table(examples, progress=stop)
        (part,) = broken.rglob("*.npz")
        assert _same(expected, _builder(index, broken, after).table(examples, progress=lambda _: None))
        assert 0 < after.count < whole.count
        part.write_bytes(b"cut off")
        assert _same(expected, _builder(index, broken, after).table(examples, progress=lambda _: None))


def _titles(index: DocumentIndex) -> Callable[[str], str]:
    def title_of(identifier: str) -> str:
        document = index.document(identifier)
        return document.title if document else ""

    return title_of


@pytest.mark.slow
def test_single_questions_and_both_hops_of_chains_are_examples(options: Options) -> None:
    with open_corpus(options.corpus, options.cache) as index:
        examples = load_examples(options.questions, ("questline",), _titles(index))
        builder = _builder(index, options.cache, _Counting())
        without = builder.table(examples[1:2], without_support=True, progress=lambda _: None)
    groups = [example.group for example in examples]
    assert (groups.count("questline"), groups.count("questline/hop1"), groups.count("questline/hop2")) == (24, 8, 8)
    hop = next(example for example in examples if example.group == "questline/hop2")
    assert hop.question == "Where was Hugo Brandt born?"
    assert hop.answers == ("Lunde",)
    assert without.gold.max(initial=0.0) == 0.0


@pytest.mark.requirement("embedded.fit-licences")
@pytest.mark.parametrize(
    ("changed", "field"),
    [({"sources": ("elsewhere",)}, "sources"), ({"sentences": 0}, "sentences"), ({"f1_cost": 1.0}, "f1_cost")],
)
def test_a_source_without_a_licence_and_numbers_out_of_range_are_refused(
    options: Options, changed: dict[str, Any], field: str
) -> None:
    with pytest.raises(UsageError) as caught:
        measure(replace(options, **changed), unheard)
    assert caught.value.fields["argument"] == field


@pytest.mark.slow
def test_a_file_without_usable_questions_ends_with_a_code(
    options: Options, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(options, tmp_path / "out", sources="nq")) == 2
    assert "bad_data" in capsys.readouterr().err
    assert not (tmp_path / "out" / "model").exists()
