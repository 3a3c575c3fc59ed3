"""Errors carry a stable code, say whether a retry helps, and travel as JSON."""

import json

import pytest

from questline.errors import CODES, MissingExtra, ModelError, QuestlineError, RunError, UsageError, require
from questline.types import Usage


@pytest.mark.requirement("core.errors")
def test_every_class_has_a_default_code_that_is_listed() -> None:
    pending = [QuestlineError]
    seen: set[str] = set()
    while pending:
        kind = pending.pop()
        pending.extend(kind.__subclasses__())
        assert kind.default_code in CODES
        seen.add(kind.__name__)
    assert {"UsageError", "RunError", "MissingExtra", "ToolTimeout", "ServerUnavailable", "PlanError"} <= seen


def test_usage_errors_exit_with_2_and_run_errors_with_1() -> None:
    assert (UsageError("x").exit_code, MissingExtra("x").exit_code, RunError("x").exit_code) == (2, 2, 1)
    assert ModelError("x").retryable
    assert not ModelError("x", retryable=False).retryable
    assert ModelError("x").usage == Usage()


def test_an_error_becomes_plain_json() -> None:
    error = UsageError("k=-1 must be above 0", field="k", value=-1, where=ValueError)
    body = json.loads(json.dumps(error.as_dict()))
    assert body["code"] == "bad_argument"
    assert body["fields"] == {"field": "k", "value": -1, "where": "<class 'ValueError'>"}


@pytest.mark.requirement("core.missing-extra")
def test_a_missing_extra_names_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pypdf", None)
    with pytest.raises(MissingExtra, match=r"pip install 'questline\[docs\]'") as caught:
        require("pypdf", feature="reading PDF files")
    assert caught.value.fields == {"module": "pypdf", "extra": "docs"}
    assert require("json", feature="anything").dumps({}) == "{}"
