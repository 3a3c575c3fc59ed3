"""All settings in one frozen value, read at the edge and passed down.

Defaults < ``agents.toml`` < ``QUESTLINE_…`` variables < flags. The fields of `Settings`, with the texts under them,
are the one list of what can be set: the loader and the reference page read it from there. Options of the command line
have help texts of their own, beside the commands.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeGuard, cast

from questline.errors import UsageError

if TYPE_CHECKING:
    from dataclasses import Field

__all__ = ["MAX_K", "OTHER_VARIABLES", "ROLES", "SettingRow", "Settings", "checked", "describe", "load_settings"]

PREFIX: Final = "QUESTLINE_"
MAX_K: Final = 1_000
"""Most passages that one retrieval may ask for."""
ROLES: Final = (
    *("planner", "condense", "rewrite", "select", "generate", "decompose", "summarize"),
    *("rank", "summary", "suggest", "intents", "tool_executor", "composer", "tool_planner"),
    *("writer", "judge"),
)
"""Equal to `questline.tools.models.llm_contract.ROLES`, which this floor may not import; a test holds them together."""

OTHER_VARIABLES: Final[dict[str, str]] = {
    "QUESTLINE_CONFIG": "Settings file to read instead of `agents.toml` in the working folder.",
    "QUESTLINE_API_KEY": "Key that `agents serve` and `agents mcp --http` ask for; needed beyond this machine.",
    "QUESTLINE_LLM_API_KEY": "Key for the server at `base_url`.",
    "QUESTLINE_DEBUG": "`1` shows the traceback of an unexpected error.",
    "QUESTLINE_CAPTURE_CONTENT": "`1` puts questions and answers into telemetry spans.",
    "QUESTLINE_DATA": "Folder of evaluation data; read by the tests, `make results` and the benchmark `clean_clone`.",
}
"""Variables with the prefix that are not settings: secrets and switches that never stand in a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How Questline behaves."""

    model: str = "embedded"
    """``embedded``, ``openai:NAME``, ``anthropic:NAME``, or ``NAME`` together with ``base_url``."""
    models: Mapping[str, str] = field(default_factory=dict[str, str])
    """A model for one role (`questline.tools.models.llm_contract.ROLES`); ``model`` serves the others."""
    base_url: str | None = None
    """Address of an OpenAI-compatible server (vLLM, Ollama, llama.cpp), with its ``/v1``."""
    budget: str = "balanced"
    """``cheap``, ``balanced``, ``best`` or ``seconds=2,tokens=4000,calls=3,usd=0.01``."""
    planner: str = "rule"
    """``rule``, ``llm``, ``trained`` (the one that ships), ``trained:DIR`` or ``constant:WORKFLOW``."""
    workflow: str | None = None
    """A workflow that always runs, for example ``R,AG``; overrides the planner for the question itself."""
    index: Path = Path(".questline")
    """Folder of the document index and of the checkpoints."""
    servers: Path | None = None
    """File of MCP servers (of Claude Desktop, Cursor or VS Code) that questions may use beside the documents."""
    sessions: Path = Path(".questline") / "sessions.sqlite"
    """Store of the sessions that ``agents learn`` reads and ``recommend``, ``forget`` and ``mcp recommender`` use."""
    recommender: Path | None = None
    """Folder of a network of ``agents train recommender`` that recommends; without one the store's counts do."""
    hybrid: bool = False
    """Fuse the ranks of that network with those of the store's counts."""
    k: int = 5
    """Passages per retrieval; at most 1,000."""
    by_time: bool = True
    """Passages of the times that a question names are lifted, softly; the embedded backend answers by times."""
    strict: bool = False
    """A failing model raises instead of falling back to the embedded backend."""
    closed_book: bool = False
    """A language model may answer from memory when there are no documents."""
    greet_anything: bool = False
    """The writer also answers what asks for no greeting with a general one (warning ``out_of_scope``)."""
    call_timeout_s: float = 60.0
    """Longest wait for one model request."""
    max_tokens: int | None = None
    """Tokens that each answer of a model may have at least; a model that thinks needs more than the steps ask for."""
    retries: int = 2
    """How often a request is sent again after 429, 5xx, a time-out or a dropped connection."""
    threads: int = 1
    """Threads of the encoder and of FAISS."""
    prompts: Mapping[str, str] = field(default_factory=dict[str, str])
    """Files that replace the prompt of a role."""
    prices: Mapping[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])
    """US dollars per million tokens (in, out) for a model's name."""
    host: str = "127.0.0.1"
    """Address that ``agents serve`` listens on; any other than this machine's needs ``QUESTLINE_API_KEY``."""
    port: int = 8080
    """Port that ``agents serve`` listens on; 0 takes a free one."""
    concurrency: int = 8
    """Questions that ``agents serve`` answers side by side; further ones get 429 with ``Retry-After``."""
    max_body_kib: int = 1024
    """Largest request body that ``agents serve`` and ``agents mcp --http`` read, in KiB."""
    max_budget: str = "best"
    """The most that one request to ``agents serve`` may ask for; a larger budget in a request is cut to it."""
    telemetry: Literal["off", "console", "otlp"] = "off"
    """Where OpenTelemetry spans go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRow:
    """One line of the settings reference."""

    name: str
    """The key in ``agents.toml``; a table for ``models``, ``prompts`` and ``prices``."""
    type: str
    default: str
    variable: str
    """The environment variable, empty where there is none."""
    doc: str


def load_settings(
    *, file: Path | None = None, environ: Mapping[str, str] = os.environ, flags: Mapping[str, object] | None = None
) -> Settings:
    """Read the settings: defaults < file < environment < flags.

    Args:
        file: TOML file to read; else the one that ``QUESTLINE_CONFIG`` names, else ``agents.toml`` in the working
            folder if there is one. Relative paths in it start at its own folder.
        environ: Variables; an empty one counts as not set.
        flags: Values by setting name, as typed by the user; None counts as not given.

    Raises:
        UsageError: ``bad_settings`` naming the key and where it stands, with close matches; ``file_not_found``,
            ``unreadable_file`` or ``bad_encoding`` for the file itself.
    """
    values: dict[str, object] = {}
    path = file or (Path(environ[PREFIX + "CONFIG"]) if environ.get(PREFIX + "CONFIG") else None)
    if path is None and Path("agents.toml").is_file():
        path = Path("agents.toml")
    if path is not None:
        _merge(values, _from_file(path))
    _merge(values, _from_environment(environ))
    for name, value in (flags or {}).items():
        if value is not None:
            if name not in _FIELDS:
                raise _unknown(name, _FIELDS, where="the flags")
            _merge(values, {name: _convert(name, value, where=f"--{name.replace('_', '-')}")})
    read = Settings(**values)  # pyright: ignore[reportArgumentType]  # because _convert checked each value's type
    return _used(read, flags or {}, where="--base-url")


def checked(settings: Settings, values: Mapping[str, object], *, where: str) -> Settings:
    """Return ``settings`` with other values, each held to its setting's type; a table takes the place of the old one.

    Args:
        settings: What the values change.
        values: By setting name; None counts as not given.
        where: Where they stand, for the messages.

    Raises:
        UsageError: ``bad_settings`` naming the setting.
    """
    given = {name: _convert(name, value, where=where) for name, value in values.items() if value is not None}
    changed = replace(settings, **given)  # pyright: ignore[reportArgumentType]  # because _convert checked each value's type
    return _used(changed, given, where=where)


def _used(settings: Settings, given: Mapping[str, object], *, where: str) -> Settings:
    """Refuse an address that was just given and that no model uses; one that a file sets may wait for its model."""
    if given.get("base_url") is None or {settings.model, *settings.models.values()} != {"embedded"}:
        return settings
    raise UsageError(
        f"{where}: no model is asked at {settings.base_url!r}; name one as well "
        f"({'--model NAME' if where.startswith('--') else 'model=NAME'})",
        code="bad_settings",
        argument="base_url",
        where=where,
    )


def describe() -> tuple[SettingRow, ...]:
    """Return every setting with its default, variable and text, in the order of the class, read from its source."""
    docs = _docstrings()
    return tuple(
        SettingRow(
            name=name,
            type=str(spec.type),
            default=_shown(spec),
            variable=_variable(name),
            doc=docs[name],
        )
        for name, spec in _FIELDS.items()
    )


_FIELDS: Final[dict[str, Field[object]]] = {spec.name: spec for spec in fields(Settings)}
_TABLES: Final = {"models": "MODEL_", "prompts": "PROMPT_"}
"""Settings that hold a value for each role, with the start of their variables' names."""
_MINIMUM: Final[dict[str, float]] = {
    "k": 1,
    "max_tokens": 1,
    "retries": 0,
    "threads": 1,
    "port": 0,
    "concurrency": 1,
    "max_body_kib": 1,
}
_MAXIMUM: Final[dict[str, int]] = {"k": MAX_K, "port": 65_535}
_WORDS: Final = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}


def _variable(name: str) -> str:
    if name in _TABLES:
        return f"{PREFIX}{_TABLES[name]}<ROLE>"
    return "" if name == "prices" else PREFIX + name.upper()


def _shown(spec: Field[object]) -> str:
    if spec.default is MISSING:
        return ""
    return str(spec.default).lower() if isinstance(spec.default, bool) else str(spec.default or "")


def _docstrings() -> dict[str, str]:
    """Map each field to the string under it."""
    import ast
    import inspect

    (definition,) = ast.parse(inspect.getsource(Settings)).body
    assert isinstance(definition, ast.ClassDef)
    found: dict[str, str] = {}
    for line, below in zip(definition.body, definition.body[1:], strict=False):
        if isinstance(line, ast.AnnAssign) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            found[ast.unparse(line.target)] = inspect.cleandoc(str(below.value.value))
    return found


def _merge(values: dict[str, object], more: Mapping[str, object]) -> None:
    """Put ``more`` over ``values``; tables are joined key by key."""
    for name, value in more.items():
        if isinstance(value, Mapping):
            values[name] = {**cast("Mapping[str, object]", values.get(name, {})), **cast("Mapping[str, object]", value)}
        else:
            values[name] = value


def _from_file(path: Path) -> dict[str, object]:
    import tomllib

    try:
        table = cast("dict[str, object]", tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError as error:
        raise UsageError(f"settings file {str(path)!r} does not exist", code="file_not_found", path=path) from error
    except OSError as error:
        raise UsageError(
            f"settings file {str(path)!r} cannot be read: {error.strerror}", code="unreadable_file", path=path
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(
            f"settings file {str(path)!r} is not UTF-8 at byte {error.start}; save it as UTF-8",
            code="bad_encoding",
            path=path,
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"settings file {str(path)!r} is not TOML: {error}", code="bad_settings", path=path) from error
    read: dict[str, object] = {}
    for name, value in table.items():
        if name not in _FIELDS:
            raise _unknown(name, _FIELDS, where=str(path))
        read[name] = _convert(name, value, where=str(path), folder=path.parent)
    return read


def _from_environment(environ: Mapping[str, str]) -> dict[str, object]:
    read: dict[str, object] = {}
    scalars = {_variable(name): name for name in _FIELDS if name not in _TABLES and _variable(name)}
    cells = {f"{PREFIX}{start}{role.upper()}": (table, role) for table, start in _TABLES.items() for role in ROLES}
    for variable, text in environ.items():
        if not variable.startswith(PREFIX) or variable in OTHER_VARIABLES or not text:
            continue
        if variable in scalars:
            name = scalars[variable]
            read[name] = _convert(name, _untext(name, text, where=variable), where=variable)
        elif variable in cells:
            table, role = cells[variable]
            _merge(read, {table: {role: text}})
        else:
            raise _unknown(variable, [*scalars, *cells, *OTHER_VARIABLES], where="the environment")
    return read


def _kind(name: str) -> str:
    """Return the setting's type; None stands for "not given" and is never a value that is read."""
    return str(_FIELDS[name].type).removesuffix(" | None")


def _untext(name: str, text: str, *, where: str) -> object:
    """Turn a variable's text into the type of the setting; what cannot be turned is left for `_convert` to refuse."""
    kind = _kind(name)
    if kind == "bool":
        return _WORDS.get(text.strip().lower(), text)
    number: Callable[[str], object] | None = {"int": int, "float": float}.get(kind)
    if number is None:
        return text
    try:
        return number(text)
    except ValueError as error:
        raise _wrong(name, text, wanted=kind, where=where) from error


def _convert(name: str, value: object, *, where: str, folder: Path | None = None) -> object:
    """Return ``value`` as the setting's type, or raise ``bad_settings``."""
    kind = _kind(name)
    if kind.startswith("Mapping"):
        return _table(name, value, where=where, folder=folder)
    if kind == "Path" and isinstance(value, str | Path) and str(value):
        return Path(value) if folder is None else folder / value
    if kind == "float":
        if _is_number(value) and value > 0:
            return float(value)
        raise _wrong(name, value, wanted="a number above 0", where=where)
    if kind == "int":
        if isinstance(value, int) and not isinstance(value, bool) and _in_range(name, value):
            return value
        most = f" to {_MAXIMUM[name]:,}" if name in _MAXIMUM else ""
        raise _wrong(name, value, wanted=f"a whole number from {_MINIMUM[name]:g}{most}", where=where)
    if kind == "bool":
        if isinstance(value, bool):
            return value
        raise _wrong(name, value, wanted="true or false", where=where)
    if kind.startswith("Literal"):
        choices = ("off", "console", "otlp")
        if value in choices:
            return value
        raise _wrong(name, value, wanted=f"one of {', '.join(choices)}", where=where)
    if kind == "str" and isinstance(value, str) and value.strip():
        return value
    if isinstance(value, str) and name in _EMPTY:
        code, wanted = _EMPTY[name]
        raise UsageError(f"{where}: {name} is empty; write {wanted}", code=code, argument=name, where=where)
    raise _wrong(name, value, wanted="text", where=where)


_BUDGET: Final = "cheap, balanced, best, or limits such as seconds=2,calls=3"
_EMPTY: Final[Mapping[str, tuple[str, str]]] = {
    "budget": ("bad_budget", _BUDGET),
    "max_budget": ("bad_budget", _BUDGET),
    "workflow": ("bad_workflow", "a workflow such as R,AG, or leave it out"),
    "planner": ("bad_planner", "rule, llm, trained or constant:R,AG"),
}
"""Code and mend of an empty text, for settings that have a code of their own when they cannot be read."""


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e15 < value < 1e15  # so never NaN


def _in_range(name: str, value: int) -> bool:
    return _MINIMUM[name] <= value <= _MAXIMUM.get(name, value)


def _table(name: str, value: object, *, where: str, folder: Path | None) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise _wrong(name, value, wanted=f"a table ([{name}])", where=where)
    table: dict[str, object] = {}
    for key, cell in cast("Mapping[str, object]", value).items():
        if name != "prices" and key not in ROLES:
            raise _unknown(key, ROLES, where=f"[{name}] in {where}")
        table[key] = _price(key, cell, where=where) if name == "prices" else _text(f"{name}.{key}", cell, where=where)
        if name == "prompts" and folder is not None:
            table[key] = str(folder / str(cell))
    return table


def _text(name: str, value: object, *, where: str) -> str:
    if isinstance(value, str) and value.strip():
        return value
    raise _wrong(name, value, wanted="text", where=where)


def _price(model: str, value: object, *, where: str) -> tuple[float, float]:
    pair = list(cast("Sequence[object]", value)) if isinstance(value, list | tuple) else []
    dollars = [float(cell) for cell in pair if _is_number(cell) and cell >= 0]
    if len(dollars) == len(pair) == 2:
        return dollars[0], dollars[1]
    raise _wrong(
        f"prices.{model}", cast("object", value), wanted="[dollars in, dollars out] per million tokens", where=where
    )


def _wrong(name: str, value: object, *, wanted: str, where: str) -> UsageError:
    return UsageError(f"{where}: {name} = {value!r} must be {wanted}", code="bad_settings", argument=name, where=where)


def _unknown(name: str, known: Mapping[str, object] | list[str] | tuple[str, ...], *, where: str) -> UsageError:
    from difflib import get_close_matches

    close = get_close_matches(name, list(known), n=3)
    hint = f"did you mean {' or '.join(close)}?" if close else f"known: {', '.join(known)}"
    return UsageError(f"{where}: {name!r} is not a setting; {hint}", code="bad_settings", argument=name, where=where)
