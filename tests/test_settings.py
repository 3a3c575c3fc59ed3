"""Defaults < file < environment < flags, each wrong name and value refused by name."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.errors import UsageError
from questline.settings import OTHER_VARIABLES, ROLES, Settings, checked, describe, load_settings
from questline.tools.models.llm_contract import ROLES as CONTRACT_ROLES


def written(folder: Path, text: str, name: str = "agents.toml") -> Path:
    file = folder / name
    file.write_text(text, "utf-8")
    return file


def refused(**arguments: object) -> UsageError:
    with pytest.raises(UsageError) as caught:
        load_settings(**{"environ": {}, **arguments})  # pyright: ignore[reportArgumentType]  # because tests pass wrong values on purpose
    return caught.value


@pytest.mark.requirement("faces.settings-layers")
def test_without_file_variables_or_flags_the_defaults_hold(workdir: Path) -> None:
    assert load_settings(environ={}) == Settings()


@pytest.mark.requirement("faces.settings-layers")
def test_each_layer_wins_over_the_one_below(workdir: Path) -> None:
    written(workdir, 'model = "file"\nk = 7\nplanner = "llm"\n')
    environ = {"QUESTLINE_MODEL": "variable", "QUESTLINE_K": "8"}
    settings = load_settings(environ=environ, flags={"model": "flag", "k": None})
    assert (settings.model, settings.k, settings.planner) == ("flag", 8, "llm")


def test_a_named_file_wins_over_the_variable_and_that_over_the_working_folder(workdir: Path) -> None:
    written(workdir, "k = 1\n")
    environ = {"QUESTLINE_CONFIG": str(written(workdir, "k = 2\n", "second.toml"))}
    third = written(workdir, "k = 3\n", "third.toml")
    assert load_settings(environ={}).k == 1
    assert load_settings(environ=environ).k == 2
    assert load_settings(environ=environ, file=third).k == 3


@pytest.mark.requirement("faces.settings-refused")
def test_an_address_that_no_model_uses_is_refused_where_it_was_just_given(workdir: Path) -> None:
    error = refused(flags={"base_url": "http://127.0.0.1:1/v1"})
    assert (error.code, error.fields["argument"]) == ("bad_settings", "base_url")
    with pytest.raises(UsageError, match="no model"):
        checked(Settings(), {"base_url": "http://127.0.0.1:1/v1"}, where="Agent(…)")
    one_role = load_settings(environ={"QUESTLINE_MODEL_GENERATE": "m"}, flags={"base_url": "http://127.0.0.1:1/v1"})
    assert one_role.base_url == "http://127.0.0.1:1/v1"
    written(workdir, 'base_url = "http://127.0.0.1:1/v1"\n')
    assert load_settings(environ={}, flags={"model": "embedded"}).base_url == "http://127.0.0.1:1/v1"


def test_tables_are_joined_key_by_key(workdir: Path) -> None:
    written(workdir, '[models]\nplanner = "a"\ngenerate = "b"\n[prices]\n"gpt" = [0.15, 0.6]\n')
    settings = load_settings(environ={"QUESTLINE_MODEL_GENERATE": "c"}, flags={"models": {"select": "d"}})
    assert settings.models == {"planner": "a", "generate": "c", "select": "d"}
    assert settings.prices == {"gpt": (0.15, 0.6)}


def test_paths_of_a_file_start_at_its_own_folder(workdir: Path) -> None:
    there = workdir / "etc"
    there.mkdir()
    file = written(there, 'index = "store"\n[prompts]\ngenerate = "answer.md"\n')
    settings = load_settings(environ={"QUESTLINE_PROMPT_PLANNER": "plan.md"}, file=file)
    assert settings.index == there / "store"
    assert settings.prompts == {"generate": str(there / "answer.md"), "planner": "plan.md"}
    assert load_settings(environ={"QUESTLINE_INDEX": "here"}, file=file).index == Path("here")


@pytest.mark.parametrize("text", ["1", "true", "YES", "on"])
def test_a_variable_says_yes(text: str, workdir: Path) -> None:
    assert load_settings(environ={"QUESTLINE_STRICT": text}).strict is True


def test_an_empty_variable_counts_as_not_set(workdir: Path) -> None:
    assert load_settings(environ={"QUESTLINE_MODEL": "", "QUESTLINE_CONFIG": ""}) == Settings()


def test_numbers_are_read_from_variables(workdir: Path) -> None:
    settings = load_settings(
        environ={"QUESTLINE_CALL_TIMEOUT_S": "2", "QUESTLINE_PORT": "0", "QUESTLINE_MAX_TOKENS": "4096"}
    )
    assert (settings.call_timeout_s, settings.port, settings.max_tokens) == (2.0, 0, 4096)


@pytest.mark.requirement("faces.settings-refused")
@pytest.mark.parametrize(
    "line",
    [
        "k = 0",
        "k = true",
        'k = "5"',
        "port = 70000",
        "retries = -1",
        "max_tokens = 0",
        'max_tokens = "4096"',
        "call_timeout_s = 0",
        "call_timeout_s = nan",
        'strict = "yes"',
        'telemetry = "loud"',
        "model = 3",
        'model = " "',
        "index = 3",
        'models = "x"',
        "[models]\nplanner = 3",
        '[prices]\n"m" = [1]',
        '[prices]\n"m" = [1, -1]',
        '[prices]\n"m" = [1, 2, "3"]',
        '[prices]\n"m" = 1',
        "k = ",
    ],
)
def test_a_wrong_value_in_a_file_is_refused_with_key_and_file(line: str, workdir: Path) -> None:
    file = written(workdir, line)
    error = refused(file=file)
    assert error.code == "bad_settings"
    assert str(file) in error.message


@pytest.mark.requirement("faces.settings-refused")
@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("modle = 'x'", "model"),
        ("[model]\nplanner = 'x'", "model"),
        ("[models]\nplaner = 'x'", "planner"),
        ("[prompts]\ngenerat = 'x'", "generate"),
    ],
)
def test_an_unknown_key_is_refused_with_close_matches(text: str, match: str, workdir: Path) -> None:
    error = refused(file=written(workdir, text))
    assert error.code == "bad_settings"
    assert match in error.message


@pytest.mark.requirement("faces.settings-refused")
@pytest.mark.parametrize(
    ("variable", "text", "match"),
    [
        ("QUESTLINE_K", "many", "QUESTLINE_K"),
        ("QUESTLINE_K", "1.5", "QUESTLINE_K"),
        ("QUESTLINE_STRICT", "perhaps", "QUESTLINE_STRICT"),
        ("QUESTLINE_TELEMETRY", "loud", "console"),
        ("QUESTLINE_MODLE", "x", "QUESTLINE_MODEL"),
        ("QUESTLINE_MODEL_PLANER", "x", "QUESTLINE_MODEL_PLANNER"),
        ("QUESTLINE_PRICES", "x", "QUESTLINE_"),
    ],
)
def test_a_wrong_variable_is_refused_by_name(variable: str, text: str, match: str, workdir: Path) -> None:
    error = refused(environ={variable: text})
    assert error.code == "bad_settings"
    assert match in error.message


def test_a_wrong_flag_is_refused_by_name(workdir: Path) -> None:
    assert "--k" in refused(flags={"k": 0}).message
    assert refused(flags={"kk": 1}).code == "bad_settings"


@pytest.mark.parametrize("name", sorted(OTHER_VARIABLES))
def test_secrets_and_switches_are_no_settings(name: str, workdir: Path) -> None:
    file = written(workdir, "k = 9\n", "other.toml")
    assert load_settings(environ={name: str(file)}).k == (9 if name == "QUESTLINE_CONFIG" else 5)


@pytest.mark.requirement("faces.settings-file")
def test_a_missing_or_unreadable_file_is_named(workdir: Path) -> None:
    assert refused(file=workdir / "none.toml").code == "file_not_found"
    assert refused(file=workdir).code == "unreadable_file"
    (workdir / "latin.toml").write_bytes(b'model = "\xe9"')
    assert refused(file=workdir / "latin.toml").code == "bad_encoding"


def test_the_roles_are_those_of_the_contract() -> None:
    assert ROLES == CONTRACT_ROLES


@pytest.mark.requirement("faces.settings-described")
def test_every_setting_is_described_in_order() -> None:
    rows = describe()
    assert [row.name for row in rows] == [spec.name for spec in fields(Settings)]
    assert all(row.doc for row in rows)
    by_name = {row.name: row for row in rows}
    assert (by_name["k"].default, by_name["k"].variable) == ("5", "QUESTLINE_K")
    assert (by_name["strict"].default, by_name["base_url"].default) == ("false", "")
    assert by_name["models"].variable == "QUESTLINE_MODEL_<ROLE>"
    assert by_name["prices"].variable == ""


@pytest.mark.requirement("faces.settings-described")
def test_every_described_variable_is_read(workdir: Path) -> None:
    texts = {"int": "3", "float": "3", "bool": "true", "Path": "folder"}
    for row in describe():
        if row.variable:
            text = "console" if row.type.startswith("Literal") else texts.get(row.type.removesuffix(" | None"), "text")
            text = "false" if (row.type, row.default) == ("bool", "true") else text
            settings = load_settings(environ={row.variable.replace("<ROLE>", "PLANNER"): text})
            assert getattr(settings, row.name) != getattr(Settings(), row.name), row.variable


_SCALARS = st.one_of(st.integers(), st.floats(), st.booleans(), st.text(), st.none(), st.lists(st.integers()))


@given(st.dictionaries(st.sampled_from([spec.name for spec in fields(Settings)]), _SCALARS))
def test_flags_of_any_type_are_taken_or_refused_by_code(flags: dict[str, object]) -> None:
    code = "taken"
    settings = Settings()
    try:
        settings = load_settings(environ={}, flags=flags)
    except UsageError as error:
        code = error.code
    assert code in {"taken", "bad_settings", "bad_budget", "bad_planner"}
    paths = {"index", "servers", "sessions", "recommender"}
    for name, value in flags.items():
        assert code != "taken" or value is None or name in paths or getattr(settings, name) == value
