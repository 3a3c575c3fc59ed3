"""Write docs/reference from the code: `make docs`. A test compares what stands there with what this would write."""

from __future__ import annotations

import ast
import inspect
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import typer.main
from typer.core import TyperGroup

from questline import errors
from questline.cli import COMMANDS
from questline.errors import CODES, WARNINGS, QuestlineError, UsageError
from questline.settings import OTHER_VARIABLES, describe

REFERENCE: Final = Path(__file__).resolve().parent / "reference"
PUBLIC: Final = (
    "questline",
    "questline.tools.retrieval.contract",
    "questline.tools.ranking.contract",
    "questline.tools.selection.contract",
    "questline.tools.recommendation.contract",
    "questline.agents.contract",
    "questline.testing",
)
"""Modules whose exported names users may rely on."""
NOTICE: Final = "<!-- Written by `make docs` from the code; change it there. -->"


def cli() -> str:
    """Return the page of the command line: what each `--help` prints."""
    parts = ["# The command line", NOTICE, _block(_help([]))]
    for words in _commands():
        parts += [f"## agents {' '.join(words)}", _block(_help(words))]
    return _page(parts)


def settings() -> str:
    """Return the page of the settings: keys, variables, defaults."""
    rows = [
        f"| `{row.name}` | {f'`{row.variable}`' if row.variable else '—'} | `{row.default}` | {_cell(row.doc)} |"
        for row in describe()
    ]
    others = [f"| `{name}` | {_cell(text)} |" for name, text in OTHER_VARIABLES.items()]
    return _page(
        [
            "# Settings",
            NOTICE,
            """Defaults, then `agents.toml` in the working folder, then variables, then flags: the later wins.
A key that is not in this table is an error (`bad_settings`), never ignored.""",
            "| key in `agents.toml` | variable | default | meaning |\n|---|---|---|---|\n" + "\n".join(rows),
            "## Other variables",
            "These never stand in a file.",
            "| variable | meaning |\n|---|---|\n" + "\n".join(others),
        ]
    )


def error_codes() -> str:
    """Return the page of the error codes and of the warnings."""
    usage = {code for code in CODES if issubclass(getattr(errors, _class_name(code)), UsageError)}
    parts = [
        "# Errors and warnings",
        NOTICE,
        """Every error has a `code` that stays, a message that says what to do, `retryable`, and fields. The command
line prints it as JSON with `--json`, HTTP sends it as `{"error": …}`, and Python raises the class.""",
    ]
    for title, kept in (
        ("Usage errors: yours to fix (exit code 2)", [code for code in CODES if code in usage]),
        ("Run errors: it was asked well and failed (exit code 1)", [code for code in CODES if code not in usage]),
    ):
        rows = [f"| `{code}` | `{_class_name(code)}` | {_cell(CODES[code])} |" for code in kept]
        parts += [f"## {title}", "| code | class | meaning |\n|---|---|---|\n" + "\n".join(rows)]
    rows = [f"| `{code}` | {_cell(text)} |" for code, text in WARNINGS.items()]
    parts += [
        "## Warnings of an answer",
        """They stand in `Answer.warnings` and under the answer; none of them replaces an error. A step that failed
while the others went on warns with the code of its error.""",
        "| code | meaning |\n|---|---|\n" + "\n".join(rows),
    ]
    kept = [name for name in errors.__all__ if name not in {"CODES", "WARNINGS", "require"}]
    parts += ["## Classes", *(_entry(errors, name) for name in kept)]
    return _page(parts)


def python() -> str:
    """Return the page of the Python names that users may rely on."""
    parts = ["# Python", NOTICE, "What is listed here is public; everything else may change between minor versions."]
    for name in PUBLIC:
        module = import_module(name)
        parts += [f"## {name}", inspect.cleandoc(module.__doc__ or "")]
        parts += [_entry(module, exported) for exported in module.__all__]
    return _page(parts)


PAGES: Final[dict[str, Callable[[], str]]] = {
    "cli.md": cli,
    "errors.md": error_codes,
    "python.md": python,
    "settings.md": settings,
}


def _page(parts: list[str]) -> str:
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _block(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```"


def _cell(text: str) -> str:
    return " ".join(_markdown(text).split()).replace("|", "\\|")


def _markdown(text: str) -> str:
    """Turn the double back-ticks of docstrings into single ones."""
    return re.sub(r"``(.+?)``", r"`\1`", inspect.cleandoc(text), flags=re.DOTALL)


def _commands() -> Iterator[list[str]]:
    """Yield the words of every command, those inside a group after it."""
    for name, command in COMMANDS.items():
        yield name.split()
        application = typer.main.get_command(getattr(import_module(command.module), command.application))
        if isinstance(application, TyperGroup):
            yield from ([*name.split(), inner] for inner in sorted(application.commands))


def _help(words: list[str]) -> str:
    environment = os.environ | {"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}
    code = "import sys; from questline.cli import main; sys.exit(main())"
    command = [sys.executable, "-P", "-c", code, *words, "--help"]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


@cache
def _raised() -> dict[str, str]:
    """Map each code to the class it is raised with: the class's default code, or the `code=` given to it."""
    classes = {name: value for name, value in vars(errors).items() if _is_error(value)}
    found = {value.default_code: name for name, value in reversed(classes.items())}
    root = Path(errors.__file__).parent
    for path in sorted(
        [*root.glob("*.py"), *(file for folder in root.iterdir() for file in folder.resolve().rglob("*.py"))]
    ):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in classes:
                for keyword in node.keywords:
                    for leaf in ast.walk(keyword.value) if keyword.arg == "code" else ():
                        if isinstance(leaf, ast.Constant) and leaf.value in CODES:
                            found.setdefault(str(leaf.value), ast.unparse(node.func).rpartition(".")[2])
    return found


def _is_error(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, QuestlineError)


def _class_name(code: str) -> str:
    return _raised().get(code, "RunError")


def _entry(module: ModuleType, name: str) -> str:
    """Describe one exported name: its signature, its text, its fields and public methods."""
    value: Any = getattr(module, name)
    if inspect.isclass(value):
        return _class(name, value)
    if inspect.isfunction(value):
        return f"### {name}\n\n```text\n{_signature(name, value)}\n```\n\n{_text(value)}"
    return f"### {name}\n\n`{_short(value)}`"


def _class(name: str, value: Any) -> str:
    lines = [f"### {name}", _text(value)]
    docs = _attribute_docs(value)
    members: dict[str, Any] = {**vars(value)}
    if "__dataclass_fields__" in members:
        rows = [
            f"| `{field}` | `{_cell(annotation)}` | {_cell(docs.get(field, ''))} |"
            for field, annotation in _fields(value)
        ]
        lines.append("| field | type | meaning |\n|---|---|---|\n" + "\n".join(rows))
    elif "__init__" in members and not members.get("_is_protocol"):
        lines.append(_block(_signature(name, members["__init__"])))
    for method, function in members.items():
        if method.startswith("_"):
            continue
        plain = getattr(function, "__func__", function)  # what a class or static method wraps
        if inspect.isfunction(plain):
            lines += [_block(_signature(f"{name}.{method}", plain)), _text(plain)]
        elif isinstance(plain, property) and plain.fget is not None:
            lines += [f"`{name}.{method}`: {_text(plain.fget)}"]
    return "\n\n".join(line for line in lines if line)


def _fields(value: type) -> Iterator[tuple[str, str]]:
    for owner in reversed(value.__mro__):
        yield from ((name, str(annotation)) for name, annotation in vars(owner).get("__annotations__", {}).items())


def _attribute_docs(value: type) -> dict[str, str]:
    """Return the strings that stand under a class's fields."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(value)))
    except (OSError, TypeError):
        return {}
    (node,) = tree.body
    assert isinstance(node, ast.ClassDef)
    docs: dict[str, str] = {}
    for field, text in zip(node.body, node.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            docs[ast.unparse(field.target)] = str(text.value.value)
    return docs


def _signature(name: str, function: Callable[..., object]) -> str:
    signature = inspect.signature(function)
    kept = [parameter for parameter in signature.parameters.values() if parameter.name not in {"self", "cls"}]
    arguments = _arguments(kept)
    returns = signature.return_annotation
    arrow = "" if returns in (inspect.Signature.empty, "None") else f" -> {returns}"
    kind = "async " if inspect.iscoroutinefunction(function) else ""
    line = f"{kind}{name}({', '.join(arguments)}){arrow}"
    if len(line) <= 100:
        return line
    return f"{kind}{name}(\n" + "".join(f"    {argument},\n" for argument in arguments) + f"){arrow}"


def _arguments(parameters: list[inspect.Parameter]) -> list[str]:
    """Write parameters as in source, their annotations being strings already."""
    written: list[str] = []
    starred = False
    for parameter in parameters:
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            written.append("*")
        starred |= parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_POSITIONAL)
        text = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "") + parameter.name
        if parameter.annotation is not parameter.empty:
            text += f": {parameter.annotation}"
        if parameter.default is not parameter.empty:
            text += f" = {_short(parameter.default)}"
        written.append(text)
    return written


def _short(value: object) -> str:
    if value is os.environ:
        return "os.environ"  # never what stands in it
    text = re.sub(r" at 0x[0-9a-f]+", "", repr(value))
    return text if len(text) <= 80 else text[:79] + "…"


def _text(value: object) -> str:
    """Return a docstring as Markdown, its sections (`Args:`, `Raises:`) as lists."""
    lines: list[str] = []
    for line in _markdown(inspect.getdoc(value) or "").splitlines():
        if re.fullmatch(r"(Args|Raises|Returns|Yields):", line):
            lines += [f"{line}", ""]
        elif match := re.match(r"    (?! )(\w[\w, ]*): (.*)", line):
            lines.append(f"- `{match[1]}`: {match[2]}")
        else:
            lines.append(f"  {line.strip()}" if line.startswith("        ") else line)
    return "\n".join(lines)


def main() -> None:
    """Write every page."""
    REFERENCE.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")
        print(f"docs/reference/{name}")


if __name__ == "__main__":
    main()
