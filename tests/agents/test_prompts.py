"""The shipped prompt files: nothing unfilled, the published numbers of examples, and replaceable one by one."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from questline.agents.composer.compose import compose
from questline.agents.composer.contract import Finding
from questline.agents.contract import Draft, PlannerView, SubAnswer, Work
from questline.agents.executors import CONDENSE, EXECUTORS
from questline.agents.executors.citations import UNANSWERABLE, parse_answer
from questline.agents.intents import find_intents, split
from questline.agents.prompting import prompt_for
from questline.agents.tool_executor.contract import TaskResult
from questline.agents.tool_executor.executor import TaskExecutor
from questline.agents.tool_planner.call_lines import calls
from questline.agents.tool_planner.contract import Candidate
from questline.agents.tool_planner.llm import LLMPlanner as ToolPlannerLLM
from questline.agents.workflow_planner.llm import LLMPlanner
from questline.agents.workflow_planner.parse import parse_choice
from questline.errors import UsageError
from questline.mcp_servers import clock
from questline.mcp_servers.gateway.configuration import Configuration, ServerConfiguration
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.mcp_servers.gateway.gateway import Gateway
from questline.tools.json_text import json_list
from questline.tools.models.llm_contract import ROLES, Role
from questline.tools.models.prompts import PromptTemplate
from questline.types import Message, Passage, Task

if TYPE_CHECKING:
    from tests.agents.conftest import Bench

FOLDER = files("questline.agents") / "prompts"
NAMES = sorted(each.name for each in FOLDER.iterdir() if each.name.endswith(".md"))
MARK = "what-was-put-in"


def _template(name: str) -> PromptTemplate:
    return PromptTemplate.parse((FOLDER / name).read_text(encoding="utf-8"), origin=name)


def _role(name: str) -> Role:
    """Return the role of a prompt file: the longest one that its name begins with."""
    return max((role for role in ROLES if name.startswith(role)), key=len)


@pytest.mark.requirement("agents.prompt-files")
def test_every_role_has_its_prompt_file() -> None:
    assert NAMES == [
        "composer.md",
        "condense.md",
        "decompose_parallel.md",
        "decompose_serial.md",
        "generate.md",
        "intents.md",
        "planner.md",
        "planner_part.md",
        "rewrite.md",
        "summarize.md",
        "tool_executor.md",
        "tool_planner.md",
    ]
    # The prompt of a tool that has a language model of its own stands beside the tool; those of the writer's agents
    # lie in a folder of their own.
    assert {_role(name) for name in NAMES} == set(ROLES) - {
        "rank",
        "select",
        "suggest",
        "summary",
        "writer",
        "judge",
    }


@pytest.mark.requirement("agents.prompt-lint")
@pytest.mark.parametrize("name", NAMES)
def test_a_filled_prompt_has_no_brace_left_and_every_value_in_it(name: str) -> None:
    template = _template(name)
    values = {placeholder: f"{MARK} {placeholder}" for placeholder in template.placeholders}

    prompt = template.render(**values)
    text = "\n".join((prompt.system, *(message.content for message in prompt.messages)))

    assert "{{" not in text
    assert "}}" not in text.replace("}]", "")
    assert all(value in text for value in values.values())
    assert f"{MARK} question" in prompt.messages[-1].content
    assert prompt.system


@pytest.mark.requirement("agents.prompt-lint")
@pytest.mark.parametrize("name", NAMES)
def test_the_notes_on_top_name_the_placeholders(name: str) -> None:
    notes = (FOLDER / name).read_text(encoding="utf-8").partition("# system")[0]

    listed = re.match(r"Placeholders: ([\w, ]+)\.", notes)
    assert listed is not None
    assert set(listed.group(1).split(", ")) == _template(name).placeholders


@pytest.mark.requirement("agents.few-shot")
@pytest.mark.parametrize(("name", "examples"), [("generate.md", 10), ("planner.md", 4), ("planner_part.md", 2)])
def test_the_examples_are_as_many_as_published(name: str, examples: int) -> None:
    assert len(_template(name).turns) == 2 * examples + 1


@pytest.mark.requirement("agents.prompt-lint")
@pytest.mark.parametrize("name", NAMES)
def test_the_examples_of_a_prompt_have_the_form_that_is_asked_for(name: str) -> None:
    replies = [text for role, text in _template(name).turns if role == "assistant"]
    readers: dict[str, Callable[[str], object]] = {
        "composer": lambda text: parse_answer(text).short != parse_answer(text).text,
        "condense": lambda text: text.count("?") == 1,
        "decompose": json_list,
        "generate": lambda text: parse_answer(text).abstained or parse_answer(text).short != parse_answer(text).text,
        "intents": lambda text: text == "[]" or json_list(text),
        "planner": lambda text: parse_choice(text, top_level=name == "planner.md"),
        "rewrite": lambda text: "\n" not in text,
        "summarize": lambda text: len(parse_answer(text).marks) == 2,
        "tool_planner": calls,
        "tool_executor": json_list,
    }
    read = readers[_role(name)]

    assert replies
    assert all(read(reply) for reply in replies)


@pytest.mark.parametrize("name", ["generate.md", "summarize.md"])
def test_the_word_for_no_answer_is_the_one_that_is_understood(name: str) -> None:
    assert UNANSWERABLE in _template(name).system


def _replacement(folder: Path, name: str) -> Path:
    text = (FOLDER / name).read_text(encoding="utf-8").replace("# system\n", "# system\nMINE. ")
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def _finding() -> Finding:
    task = Task(id="T1", intent="q?", server="clock", tool="now")
    return Finding(task=task, result=TaskResult(result={"zone": "UTC"}), intents=(0,))


@pytest.mark.requirement("agents.prompt-replaceable")
@pytest.mark.parametrize("name", NAMES)
async def test_each_prompt_can_be_replaced(name: str, bench: Bench, tmp_path: Path) -> None:
    role = _role(name)
    variants = [other for other in NAMES if other.startswith(role)]
    override = str(tmp_path if len(variants) > 1 else _replacement(tmp_path, name))
    if len(variants) > 1:
        _replacement(tmp_path, name)
    context, llm = bench.context({role: ["R,AG", "R,AG"]}, prompts={role: override})
    passages = tuple(Passage(id=each, document_id=each, source=each, title="", text=each) for each in "ab")
    steps = (SubAnswer(question="q", draft=Draft(text="t", short="t")),)
    work = Work(question="q?", passages=passages, sub_answers=steps, history=(Message(role="user", content="h"),))
    view = PlannerView(question="q?", top_level=name == "planner.md", llm=True)

    match name:
        case "planner.md" | "planner_part.md":
            await LLMPlanner().choose(view, context)
        case "condense.md":
            await CONDENSE.run(work, context)
        case "intents.md":
            await find_intents("q?", context)
        case "tool_planner.md":
            candidate = Candidate(tool=ToolDefinition(server="s", name="t"), score=1.0)
            await ToolPlannerLLM(context).plan("q?", split("q?"), [[candidate]], deadline_s=60.0)
        case "composer.md":
            await compose("q?", split("q?"), [_finding()], context=context)
        case "tool_executor.md":
            server = ServerConfiguration.in_memory("clock", clock.server())
            async with Gateway(Configuration.of(server)) as gateway:
                await TaskExecutor(gateway, context).run(_finding().task, {}, deadline_s=60.0)
        case _:
            token = {"decompose_serial.md": "QDS", "decompose_parallel.md": "QDP", "generate.md": "AG",
                     "rewrite.md": "QR", "summarize.md": "AS"}[name]  # fmt: skip
            await next(EXECUTORS[each] for each in ("QDS", "QDP", "AG", "QR", "AS") if each == token).run(work, context)

    assert llm.asked[0].prompt.system.startswith("MINE. ")


def test_a_folder_without_the_file_leaves_the_shipped_prompt(bench: Bench, tmp_path: Path) -> None:
    context, _ = bench.context({}, prompts={"decompose": str(tmp_path)})

    assert prompt_for("decompose", context, variant="serial") == _template("decompose_serial.md")


@pytest.mark.requirement("agents.prompt-replaceable")
async def test_a_replacement_that_leaves_out_the_passages_is_refused(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "mine.md"
    path.write_text("# user\n{{question}}\n", encoding="utf-8")
    context, _ = bench.context({"select": []}, prompts={"select": str(path)})
    passages = tuple(Passage(id=each, document_id=each, source=each, title="", text=each) for each in "ab")

    with pytest.raises(UsageError) as caught:
        await EXECUTORS["DS"].run(Work(question="q?", passages=passages), context)
    assert caught.value.code == "bad_settings"
