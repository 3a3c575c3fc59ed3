"""`agents eval tools` on a small catalogue of the project's own, the forms it reads, and `agents train tools`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from questline.cli import main
from questline.errors import UsageError
from questline.tools.tool_retrieval.shipped import MAP, NUMBERS, read_map, read_numbers
from questline.training.driver import MODEL
from questline.training.evaluation.tool_rows import held_out, read_catalogue, read_tool_tasks
from questline.training.licences import MANIFEST
from questline.training.tool_retrieval.map_fit import Catalogued, Schedule, fit_map

SCHEMA = {"type": "object", "properties": {"city": {"type": "string", "description": "Where"}}}
CATALOGUE: list[dict[str, object]] = [
    {
        "server": "sky",
        "server_description": "Weather",
        "tool": "forecast",
        "description": "Weather ahead.",
        "inputSchema": SCHEMA,
    },
    {"server": "sky", "tool": "moon", "description": "Phase of the moon.", "inputSchema": {}},
    {"server": "bank", "name": "convert", "description": "Exchange money between currencies.", "input_schema": SCHEMA},
    {"server": "bank", "name": "send", "description": "Send money to an account."},
    {"server": "post", "name": "send", "description": "Send a letter to an address."},
]
TASKS: list[dict[str, object]] = [
    {"query": "Weather in Bergen?", "tools": ["forecast"]},
    {
        "query": "Tell me the phase of the moon and convert 20 euros to kroner",
        "tools": ["sky/moon", "bank/convert"],
        "steps": ["phase of the moon", "exchange euros for kroner"],
    },
    {"query": "Send a letter to Ada", "tools": ["send"], "servers": ["post"]},
]
_API = {
    "category_name": "Sky",
    "tool_name": "moon",
    "api_name": "Phase",
    "api_description": "d",
    "required_parameters": [{"name": "day"}],
    "optional_parameters": [],
}
METRICS = [
    *("server_recall@1", "server_recall@3", "server_recall@5", "server_ndcg@5"),
    *("tool_recall@1", "tool_recall@5", "tool_recall@10", "all@10", "ms_p50"),
]


def rows(path: Path, values: Sequence[Mapping[str, object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(value) + "\n" for value in values), encoding="utf-8")
    return path


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    catalogue = rows(tmp_path / "catalogue.jsonl", CATALOGUE)
    tasks = rows(tmp_path / "tasks.jsonl", TASKS)
    return ["--catalogue", str(catalogue), "--tasks", str(tasks), "--cache", str(tmp_path / "cache")]


def measured(tmp_path: Path, files: list[str], *more: str) -> dict[str, Any]:
    assert main(["eval", "tools", *files, *more, "--json", str(tmp_path / "report.json")]) == 0
    return json.loads((tmp_path / "report.json").read_text())


@pytest.mark.requirement("tools.eval")
@pytest.mark.parametrize("mode", ["lexical", "dense", "hybrid"])
def test_tools_and_servers_are_measured_in_every_mode(tmp_path: Path, files: list[str], mode: str) -> None:
    report = measured(tmp_path, files, "--mode", mode)
    assert list(report)[: len(METRICS)] == METRICS
    assert report["n"] == 3
    assert report["failed"] == 0
    assert report["tool_recall@5"] == report["all@10"] == report["server_recall@5"] == 1
    assert set(METRICS[:-1]) == set(report["intervals"])
    assert report["run"]["options"]["mode"] == mode


@pytest.mark.requirement("tools.eval")
def test_the_steps_of_a_row_may_stand_in_for_its_query(tmp_path: Path, files: list[str]) -> None:
    report = measured(tmp_path, files, "--by", "steps")
    assert report["n"] == 1
    assert report["intents"] == 2
    assert report["items"][0]["prediction"][:2] == ["bank/convert", "sky/moon"] or report["items"][0]["prediction"][
        :2
    ] == ["sky/moon", "bank/convert"]


@pytest.mark.requirement("tools.eval")
def test_tasks_may_be_only_those_with_several_tools_or_those_held_out(tmp_path: Path, files: list[str]) -> None:
    assert measured(tmp_path, files, "--several")["n"] == 1
    wanted = sum(held_out(str(task["query"])) for task in TASKS)
    if wanted:
        assert measured(tmp_path, files, "--held-out")["n"] == wanted
    share = np.mean([held_out(f"question {number}") for number in range(2000)])
    assert share == pytest.approx(0.2, abs=0.03)


@pytest.mark.requirement("tools.eval")
def test_a_catalogue_without_servers_has_no_server_figures(tmp_path: Path) -> None:
    catalogue = rows(tmp_path / "c.jsonl", [{"name": "moon", "description": "Phase of the moon."}])
    tasks = rows(tmp_path / "t.jsonl", [{"query": "phase of the moon?", "tools": ["moon"]}])
    report = measured(tmp_path, ["--catalogue", str(catalogue), "--tasks", str(tasks), "--cache", str(tmp_path / "k")])
    assert report["server_recall@1"] is None
    assert report["tool_recall@1"] == 1


@pytest.mark.requirement("tools.eval")
@pytest.mark.parametrize("option", ["--by", "--mode", "--aggregate"])
def test_an_unknown_choice_is_refused(files: list[str], option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "tools", *files, option, "nothing"]) == 2
    assert "error[bad_param]" in capsys.readouterr().err


_Form = tuple[list[Any], list[Any] | None, list[str], tuple[str, ...]]
_FORMS: list[_Form] = [
    ([{"name": "moon", "description": "Moon."}], [{"query": "q", "tools": ["moon"]}], ["moon"], ("moon",)),
    (
        [{"category": "browser", "name": "click", "description": "Clicks.", "input_schema": SCHEMA}],
        [{"query": "q", "tools": ["other", "click"], "function_call_label": [{"name": "click"}]}],
        ["browser/click"],
        ("browser/click",),
    ),
    (
        [{"api_name": "getMoon", "api_description": "Moon.", "field": "Sky/Night", "parameters": {"day": {}}}],
        [{"query": "q", "calling": [{"api": "getMoon"}]}],
        ["Sky/Night/getMoon"],
        ("Sky/Night/getMoon",),
    ),
    (
        [
            {
                "api_list": [_API],
                "query": "q",
                "relevant APIs": [["moon", "Phase"], ["moon", "missing"]],
            }
        ],
        None,
        ["moon/Phase"],
        ("moon/Phase",),
    ),
    (
        [
            {
                "question": [[{"role": "user", "content": "q"}]],
                "function": [{"name": "moon.get", "description": "d", "parameters": {"properties": {"day": {}}}}],
                "ground_truth": [{"moon.get": {"day": [1]}}],
            }
        ],
        None,
        ["moon.get"],
        ("moon.get",),
    ),
]


@pytest.mark.requirement("tools.eval-forms")
@pytest.mark.parametrize(
    ("tools", "tasks", "ids", "wanted"),
    _FORMS,
    ids=["metatool", "mcptoolbench", "sealtools", "stabletoolbench", "bfcl"],
)
def test_the_forms_of_known_sets_are_read(
    tmp_path: Path, tools: list[Any], tasks: list[Any] | None, ids: list[str], wanted: tuple[str, ...]
) -> None:
    first = rows(tmp_path / "tools.jsonl", tools)
    catalogue = read_catalogue(first)
    assert [tool.id for tool in catalogue] == ids
    (task,) = read_tool_tasks(first if tasks is None else rows(tmp_path / "tasks.jsonl", tasks), catalogue)
    assert (task.query, task.tools) == ("q", wanted)


@pytest.mark.requirement("tools.eval-forms")
@pytest.mark.parametrize(
    ("task", "code"),
    [
        ({"query": "q", "tools": ["send"]}, "ambiguous_tool"),
        ({"query": "q", "tools": ["nothing"]}, "bad_data"),
        ({"query": "q", "tools": []}, "bad_data"),
        ({"query": "  ", "tools": ["moon"]}, "bad_data"),
    ],
)
def test_a_task_that_cannot_be_judged_names_its_line(tmp_path: Path, task: dict[str, object], code: str) -> None:
    catalogue = read_catalogue(rows(tmp_path / "c.jsonl", CATALOGUE))
    with pytest.raises(UsageError) as caught:
        read_tool_tasks(rows(tmp_path / "t.jsonl", [TASKS[0], task]), catalogue)
    assert caught.value.code == code
    assert caught.value.fields["line"] == 2


@pytest.mark.requirement("tools.eval-forms")
def test_catalogues_that_say_nothing_or_two_things_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_catalogue(rows(tmp_path / "none.jsonl", []))
    assert caught.value.code == "no_tools"
    twice = [{"name": "a", "description": "one"}, {"name": "a", "description": "two"}]
    with pytest.raises(UsageError) as caught:
        read_catalogue(rows(tmp_path / "twice.jsonl", twice))
    assert (caught.value.code, caught.value.fields["line"]) == ("bad_data", 2)
    with pytest.raises(UsageError) as caught:
        read_catalogue(rows(tmp_path / "nameless.jsonl", [{"description": "one"}]))
    assert (caught.value.code, caught.value.fields["field"]) == ("bad_data", "name")


_JOBS = {
    "rain": "Weather for the coming days.",
    "swap": "Exchange money between currencies.",
    "cook": "Dishes from given ingredients.",
    "walk": "Routes through the hills.",
}


def _data(folder: Path) -> Path:
    tools = [{"name": name, "description": said} for name, said in _JOBS.items()]
    tasks = [{"query": f"{name} please, for day {n}", "tools": [name]} for name in _JOBS for n in range(12)]
    useless: list[dict[str, Any]] = [
        {
            "question": [[{"role": "user", "content": f"Who wrote book {n}?"}]],
            "function": [{"name": name, "description": said, "parameters": {}}],
            "ground_truth": None,
        }
        for n in range(6)
        for name, said in _JOBS.items()
    ]
    rows(folder / "c.jsonl", tools)
    rows(folder / "t.jsonl", tasks)
    rows(folder / "no.jsonl", useless)
    lines = ["file\tsource\tlicence", *(f"{name}\town\tMIT" for name in ("c.jsonl", "t.jsonl", "no.jsonl"))]
    (folder / MANIFEST).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


_SETTINGS = (
    '[tools]\npairs = ["c.jsonl t.jsonl"]\npooled = []\nirrelevant = "no.jsonl"\nsteps = 8\nrank = 4\nbatch = 16\n'
)


@pytest.mark.requirement("tools.training")
def test_the_map_and_the_numbers_are_fitted_and_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    data = _data(tmp_path / "data")
    (tmp_path / "settings.toml").write_text(_SETTINGS)
    made: list[tuple[bytes, bytes]] = []
    for name in ("first", "second"):
        out = tmp_path / name
        words = ["--data", str(data), "--config", str(tmp_path / "settings.toml"), "--cache", str(tmp_path / "cache")]
        assert main(["train", "tools", *words, "--out", str(out)]) == 0
        made.append(((out / MODEL / MAP).read_bytes(), (out / MODEL / NUMBERS).read_bytes()))
        shutil.rmtree(tmp_path / "cache", ignore_errors=True)
    assert made[0] == made[1]
    assert read_map(made[0][0]).query_in.shape == (384, 4)
    numbers = read_numbers(made[0][1].decode())
    assert numbers.words > 0
    assert b"c.jsonl" in made[0][1]
    assert "for day" not in made[0][1].decode() + (tmp_path / "first" / MODEL / "MODEL_CARD.md").read_text()


@pytest.mark.requirement("tools.training")
def test_a_file_whose_licence_forbids_it_is_not_learnt_from(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = _data(tmp_path / "data")
    manifest = data / MANIFEST
    manifest.write_text(manifest.read_text().replace("t.jsonl\town\tMIT", "t.jsonl\town\tnone stated"))
    (tmp_path / "settings.toml").write_text(_SETTINGS)
    words = ["--data", str(data), "--config", str(tmp_path / "settings.toml"), "--out", str(tmp_path / "out")]
    assert main(["train", "tools", *words]) == 2
    assert "t.jsonl" in capsys.readouterr().err


@pytest.mark.requirement("tools.training")
def test_the_map_learns_what_no_cosine_says_and_its_gradients_are_those_of_its_loss() -> None:
    random = np.random.default_rng(0)
    tools = random.standard_normal((6, 16)).astype(np.float32)
    tools /= np.linalg.norm(tools, axis=1, keepdims=True)
    turned = np.roll(tools, 1, axis=0)  # every request lies where another tool is
    one = Catalogued(queries=turned, tools=tools, gold=[[place] for place in range(6)])
    schedule = Schedule(rank=8, steps=300, temperature=0.1, rate=0.02, decay=0.0, batch=12)
    heard: list[int] = []
    mapping = fit_map([one], schedule, 0, heard.append)
    near = mapping.queries(turned) @ mapping.tools(tools).T
    assert (near.argmax(axis=1) == np.arange(6)).all()
    assert not ((turned @ tools.T).argmax(axis=1) == np.arange(6)).any()
    assert heard == list(range(1, 301))
