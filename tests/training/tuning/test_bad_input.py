"""Rows that do not fit, memory that is used up, models that are not there: each says how many, or what to do."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

torch = pytest.importorskip("torch", reason="the models learn with torch (extra train)")

from questline.cli import main  # noqa: E402 because torch decides first
from questline.errors import RunError, UsageError  # noqa: E402 because torch decides first
from questline.training.driver import Options  # noqa: E402 because torch decides first
from questline.training.evaluation.rows import Row  # noqa: E402 because torch decides first
from questline.training.torch_models import named  # noqa: E402 because torch decides first
from questline.training.tuning.memory import within_memory  # noqa: E402 because torch decides first
from questline.training.tuning.rows import fitting, held_out  # noqa: E402 because torch decides first

from .toy import Reinforced, drive, reinforcing, teaching  # noqa: E402 because torch decides first

pytestmark = pytest.mark.slow


def written(path: Path, *lines: object) -> Path:
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return path


def text_of(row: Row) -> str:
    return row.text("text")


@pytest.mark.requirement("llm-recipes.bad-rows")
def test_rows_that_do_not_fit_are_told_with_numbers_count_and_the_first_three(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = {"text": "a"}, {"texts": "a"}
    path = written(tmp_path / "rows.jsonl", good, bad, good, bad, bad, bad)
    with pytest.raises(UsageError) as refused:
        fitting(path, text_of)
    error = refused.value
    assert (error.code, error.fields["rows"]) == ("bad_data", [2, 4, 5, 6])
    assert "4 of 6 rows do not fit: line 2: " in error.message
    assert error.message.count("line ") == 3
    assert "and 1 more. Mend them, or leave them out with skip_misfits = true" in error.message

    found = fitting(path, text_of, skip=True)
    assert (found.kept, found.left_out) == (["a", "a"], 4)
    assert "4 of 6 rows do not fit" in capsys.readouterr().err


@pytest.mark.requirement("llm-recipes.bad-rows")
def test_a_file_of_which_nothing_fits_is_refused_even_where_misfits_are_skipped(tmp_path: Path) -> None:
    for path in (written(tmp_path / "bad.jsonl", {"a": 1}), written(tmp_path / "empty.jsonl")):
        with pytest.raises(UsageError) as refused:
            fitting(path, text_of, skip=True)
        assert refused.value.code == "bad_data"
    with pytest.raises(UsageError) as refused:
        fitting(tmp_path / "none.jsonl", text_of)
    assert refused.value.code == "file_not_found"


@pytest.mark.requirement("llm-recipes.bad-rows")
def test_a_tenth_is_held_out_by_its_own_words() -> None:
    keys = [f"question {place}" for place in range(2000)]
    held = [key for key in keys if held_out(key)]
    assert 150 < len(held) < 250
    assert held == [key for key in reversed(keys) if held_out(key)][::-1]


@pytest.mark.requirement("llm-recipes.memory")
@pytest.mark.parametrize(
    "raised",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.\nmore"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:1] DefaultCPUAllocator: can't allocate memory: you tried"),
        MemoryError(),
    ],
)
def test_memory_that_is_used_up_says_what_to_lower(raised: BaseException) -> None:
    with pytest.raises(RunError) as ended, within_memory("ranker-grpo", "questions"):
        raise raised
    assert ended.value.code == "memory_limit"
    for told in ("raise ranker-grpo.accumulate", "lower ranker-grpo.questions", "ranker-grpo.lora = 16", "--resume"):
        assert told in ended.value.message


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drive(teaching(steps=1), tmp_path_factory.mktemp("made")).model


def changed(path: Path, **values: object) -> None:
    told = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**told, **values}), encoding="utf-8")


@pytest.mark.slow
@pytest.mark.requirement("llm-recipes.bad-models")
def test_models_that_cannot_be_tuned_say_what_is_wrong_with_them(model: Path, tmp_path: Path) -> None:
    def refused(name: str, spoil: Callable[[Path], object]) -> UsageError:
        folder = shutil.copytree(model, tmp_path / name)
        spoil(folder)
        with pytest.raises(UsageError) as ended:
            drive(teaching(model=str(folder)), tmp_path / f"run of {name}")
        return ended.value

    def endless(folder: Path) -> None:
        changed(folder / "tokenizer_config.json", eos_token=None)

    def raising(folder: Path) -> None:
        (folder / "chat_template.jinja").write_text("{{ raise_exception('only for the brave') }}", encoding="utf-8")

    def cut(folder: Path) -> None:
        weights = folder / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:100])

    found = refused("no end", endless)
    assert (found.code, "no end token" in found.message) == ("unknown_model", True)
    found = refused("raising", raising)
    assert (found.code, "only for the brave" in found.message) == ("no_chat_template", True)
    found = refused("cut", cut)
    assert (found.code, "holds no whole model" in found.message) == ("unknown_model", True)
    found = refused("sizes", lambda folder: changed(folder / "config.json", vocab_size=77))
    assert (found.code, "holds no whole model" in found.message) == ("unknown_model", True)
    with pytest.raises(UsageError, match=r"the folder of a run, whose model is '.*model'"):
        named(str(model.parent))


@pytest.mark.slow
@pytest.mark.requirement("llm-recipes.bad-models", "llm-recipes.not-a-number")
def test_reinforcing_a_model_without_numbers_says_so(model: Path, tmp_path: Path) -> None:
    from safetensors.torch import load, save

    folder = shutil.copytree(model, tmp_path / "model")
    file = folder / "model.safetensors"
    weights = {name: each * float("nan") for name, each in load(file.read_bytes()).items()}
    file.write_bytes(save(weights, {"format": "pt"}))

    class Silent(Reinforced):
        def measured(self) -> dict[str, float]:
            return {self.chosen_by: 0.0}

    with pytest.raises(RunError, match=r"at step 1 the model gives no numbers as chances"):
        drive(reinforcing(folder, Silent), tmp_path / "run")


@pytest.mark.requirement("llm-recipes.bad-settings")
@pytest.mark.parametrize("seed", [-1, 1 << 32])
def test_a_seed_that_is_none_and_a_folder_that_cannot_be_made_are_refused(seed: int, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="seed"):
        Options(seed=seed)
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be made a folder") as ended:
        drive(teaching(), tmp_path / "file" / "run")
    assert ended.value.fields["argument"] == "--out"


@pytest.mark.requirement("llm-recipes.bad-rows")
def test_lines_that_are_no_json_and_halves_of_characters_are_among_the_rows_that_do_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"q": "a"}\nnot json\n[1]\n{"q": "\\ud83d"}\n{"q": "\\ud83d\\ude00"}\n', encoding="utf-8")

    def read(row: Row) -> str:
        return row.text("q")

    with pytest.raises(UsageError, match=r"3 of 5 rows do not fit: line 2: is not JSON.*half a character") as ended:
        fitting(path, read)
    assert (ended.value.code, ended.value.fields["rows"]) == ("bad_data", [2, 3, 4])
    assert fitting(path, read, skip=True).kept == ["a", "\U0001f600"]
    with pytest.raises(UsageError) as ended:
        fitting(path, read, skip=None)
    assert "skip_misfits" not in ended.value.message


@pytest.mark.requirement("llm-recipes.memory")
def test_a_model_that_does_not_fit_says_what_to_lower(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"the model does not fit.*toy-sft\.width, layers or lora") as ended:
        drive(teaching(lora=10**12), tmp_path / "run")
    assert ended.value.code == "memory_limit"


@pytest.mark.requirement("llm-recipes.memory")
@pytest.mark.parametrize("says", ["shapes differ", "CUDA error: an illegal memory access was encountered"])
def test_another_fault_is_no_lack_of_memory(says: str) -> None:
    with pytest.raises(RuntimeError, match=says), within_memory("ranker-grpo", "questions"):
        raise RuntimeError(says)


@contextmanager
def hub(status: int, code: str, monkeypatch: pytest.MonkeyPatch) -> Generator[list[str]]:
    """Answer in the place of Hugging Face; yield what was asked."""
    asked: list[str] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.send_header("X-Error-Code", code)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_HEAD = do_GET  # noqa: N815 because the library names it

        def log_message(self, *_: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # it says nothing
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    try:
        yield asked
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.requirement("llm-recipes.bad-models")
@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (404, "RepoNotFound", "Hugging Face has no such model"),
        (403, "GatedRepo", "its owner wants terms to be accepted"),
        (500, "", "Hugging Face is not reached"),
    ],
)
def test_a_model_that_the_hub_does_not_give_is_asked_for_once(
    status: int, code: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hub(status, code, monkeypatch) as asked, pytest.raises(UsageError, match=says) as refused:
        named("nobody/no-such-model")
    assert refused.value.code == "unknown_model"
    assert [path for path in asked if path.startswith("/api/models")] == ["/api/models/nobody/no-such-model"]


@pytest.mark.requirement("llm-recipes.bad-models")
def test_without_a_network_it_is_said_at_once_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")  # where nobody listens
    data = written(tmp_path / "texts.jsonl", *({"query": f"q{n}", "text": "好。"} for n in range(60)))
    words = ["train", "run", "writer-sft", "--data", str(data), "--out", str(tmp_path / "run"), "--model", "no/model"]
    assert main(words) == 2
    told = capsys.readouterr().err
    assert "error[unknown_model]: the model 'no/model' cannot be loaded" in told
    assert "hf download no/model --local-dir FOLDER" in told
    assert "where model is empty" in told


@pytest.mark.requirement("llm-recipes.bad-models")
@pytest.mark.parametrize("name", ["./no folder", "a/b/c", ""])
def test_a_name_that_no_hub_has_is_a_folder_that_is_not_there(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder") as refused:
        named(name or str(tmp_path / "none"))
    assert refused.value.code == "unknown_model"


@pytest.mark.requirement("llm-recipes.bad-models")
def test_a_folder_without_a_model_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the folder holds no whole model") as refused:
        named(str(tmp_path))
    assert refused.value.code == "unknown_model"


@pytest.mark.requirement("llm-recipes.bad-settings")
@pytest.mark.parametrize(
    ("config", "says"),
    [
        ("[writer-sft]\nstepz = 3\n", "[writer-sft] has no setting 'stepz'; it has accumulate, batch"),
        ("[writer-sftt]\nsteps = 3\n", "it may have the tables [run], [writer-sft]"),
        ("[writer-sft]\nsteps = 0\n", "writer-sft.steps=0 must be at least 1"),
        ("[writer-sft]\naccumulate = 3\n", "must be a divisor of batch (16)"),
        ("[writer-sft]\ndevice = 'tpu'\n", "must be one of auto, cpu, cuda"),
        ("[writer-sft]\nwidth = 30\n", "must be a multiple of heads"),
    ],
)
def test_settings_that_are_not_known_or_cannot_be_are_refused(
    config: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sft.toml"
    file.write_text(config, encoding="utf-8")
    data = written(tmp_path / "texts.jsonl", {"query": "q", "text": "好。"})
    words = ["train", "run", "writer-sft", "--data", str(data), "--out", str(tmp_path / "run"), "--config", str(file)]
    assert main(words) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
