"""The prompts of the loops' agents: filled whole, versioned, their examples in the form that is asked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from questline.agents.writing.asking import prompt_of
from questline.agents.writing.drafter import parse_draft
from questline.agents.writing.edits import parse_edits
from questline.agents.writing.game import parse_bad_text, parse_detection, parse_feedback
from questline.agents.writing.team import parse_points, parse_ruling
from questline.agents.writing.values import FLAWS, STRENGTHS
from questline.tools.models.llm_contract import Role

FOLDER = files("questline.agents") / "prompts" / "writing"
READERS: dict[str, tuple[Role, Callable[[str], object]]] = {
    "positive": ("judge", lambda text: parse_points(text, STRENGTHS, "")),
    "negative": ("judge", lambda text: parse_points(text, FLAWS, "")),
    "strict": ("judge", parse_ruling),
    "reflect": ("judge", parse_ruling),
    "draft": ("writer", parse_draft),
    "bad": ("writer", parse_bad_text),
    "detect": ("judge", lambda text: parse_detection(text, ["P1"], "")),
    "feedback": ("judge", parse_feedback),
    "optimize": ("judge", parse_edits),
}


def test_each_file_has_an_agent() -> None:
    assert {each.name for each in FOLDER.iterdir() if each.name.endswith(".md")} == {f"{name}.md" for name in READERS}


@pytest.mark.requirement("loops.prompts")
@pytest.mark.parametrize("name", READERS)
def test_a_prompt_says_its_version_and_placeholders_and_its_example_can_be_read(name: str) -> None:
    role, read = READERS[name]
    template = prompt_of(name, role)
    notes = (FOLDER / f"{name}.md").read_text(encoding="utf-8").partition("# system")[0]
    listed = re.match(r"Placeholders: ([\w, ]+)\. Version (\d+)\.", notes)

    assert listed is not None
    assert set(listed[1].split(", ")) == template.placeholders
    filled = template.render(**{each: f"put-in-{each}" for each in template.placeholders})
    text = "\n".join((filled.system, *(turn.content for turn in filled.messages)))
    assert "{{" not in text
    assert all(f"put-in-{each}" in text for each in template.placeholders)
    replies = [turn for speaker, turn in template.turns if speaker == "assistant"]
    assert replies
    assert all(read(reply) for reply in replies)


def test_a_folder_of_ones_own_replaces_one_prompt(tmp_path: Path) -> None:
    own = (FOLDER / "strict.md").read_text(encoding="utf-8").replace("# system\n", "# system\nMINE. ")
    (tmp_path / "strict.md").write_text(own, encoding="utf-8")

    assert prompt_of("strict", "judge", str(tmp_path)).system.startswith("MINE. ")
    assert prompt_of("reflect", "judge", str(tmp_path)) == prompt_of("reflect", "judge")
