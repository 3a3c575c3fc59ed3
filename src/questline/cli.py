"""The `agents` command: a table of commands, each imported only when it is called.

Typer alone takes 50 to 100 ms to import and Rich as long again, so `agents --help` is written from the table; the words
after a command's name are that command's own Typer application's. Errors of all commands end here, in one place.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final, NamedTuple

__all__ = ["COMMANDS", "Command", "main"]


class Command(NamedTuple):
    """Where a command lives, and what the table of `agents --help` says about it."""

    module: str
    application: str
    """Name of the Typer application in the module."""
    summary: str
    usage: str = ""
    """What stands after the name in the table."""


COMMANDS: Final[dict[str, Command]] = {
    "index": Command("questline.cli_index", "add", "Read documents into the index.", "PATH…"),
    "index list": Command("questline.cli_index", "show", "List what the index holds."),
    "index remove": Command("questline.cli_index", "remove", "Take documents out of the index.", "SOURCE…"),
    "ask": Command("questline.cli_ask", "ask", "Answer a question from the index, with citations.", "QUESTION"),
    "plan": Command(
        "questline.cli_plan", "plan", "Show which tools would be called for a question, and how.", "QUESTION"
    ),
    "serve": Command("questline.cli_serve", "serve", "Answer over HTTP, in OpenAI's chat format."),
    "mcp": Command("questline.cli_mcp", "mcp", "Serve one tool to an MCP client; without a name, list them.", "NAME"),
    "mcp install": Command(
        "questline.cli_mcp_install", "install", "Tell an MCP client how to start a server.", "NAME --client C"
    ),
    "servers list": Command("questline.cli_servers", "listing", "List the MCP servers that are configured."),
    "servers check": Command(
        "questline.cli_servers", "check", "Reach them: how fast, which tools, what changed.", "[NAME…]"
    ),
    "servers show": Command("questline.cli_servers", "show", "Show the tools of a server, and what changed.", "NAME"),
    "servers accept": Command("questline.cli_servers", "accept", "Accept what a server declares now.", "NAME"),
    "servers trust": Command(
        "questline.cli_trust", "trust", "Show what a file of servers starts, and trust it.", "[FILE]"
    ),
    "servers search": Command(
        "questline.cli_servers_search", "search", "Find tools for a question; no server is started.", "QUESTION"
    ),
    "learn": Command("questline.cli_recommend", "learn", "Learn from sessions of clicks.", "FILE…"),
    "recommend": Command("questline.cli_recommend", "recommend", "Recommend what comes next in a session.", "[ITEM…]"),
    "photo read": Command("questline.cli_photo", "photo_read", "Read the text of a photo, turned upright.", "FILE"),
    "write": Command("questline.cli_write", "write", "Write greetings for an occasion.", "QUERY"),
    "forget": Command("questline.cli_forget", "forget", "Forget a user, an item, a click …", "--user ID …"),
    "forget audit": Command("questline.cli_forget", "audit", "Search a store for what was to be forgotten."),
    "forget status": Command("questline.cli_forget_log", "status", "Show the log of what was forgotten."),
    "forget undo": Command("questline.cli_forget_log", "undo", "Put back what was kept aside.", "CERTIFICATE"),
    "forget finish": Command("questline.cli_forget_log", "finish", "Let go of what was kept aside.", "CERTIFICATE"),
    "forget hold": Command("questline.cli_forget_log", "hold", "Keep something from being forgotten.", "KIND ID"),
    "forget release": Command("questline.cli_forget_log", "release", "End a hold.", "KIND ID"),
    "doctor": Command("questline.cli_doctor", "doctor", "Check the installation, model, index and MCP servers."),
    "eval": Command("questline.training.evaluation.commands", "eval_app", "Measure retrieval and answers.", "SUITE"),
    "train": Command("questline.cli_train", "train", "Train a part, or tune a language model.", "NAME"),
    "train run": Command(
        "questline.cli_train", "train", "Train one recipe; `agents train NAME` is short for it.", "NAME"
    ),
    "train list": Command("questline.cli_train_list", "listing", "List the recipes, and what each is given."),
    "train planner": Command(
        "questline.cli_train_planner", "planner", "Tune the planner: own, table, folds, live.", "PART"
    ),
    "train ranker-lists": Command(
        "questline.cli_train_ranker", "lists", "Make lists to learn an order from.", "worlds|corpus|teach"
    ),
    "train selector-lists": Command(
        "questline.cli_train_selector", "lists", "Make windows to learn a selection from.", "worlds|corpus|teach"
    ),
    "train greeting-pairs": Command(
        "questline.cli_train_writer", "pairs", "Make pairs of greetings by a team of agents.", "--queries F"
    ),
    "train judge-principles": Command(
        "questline.cli_train_writer", "principles", "Improve a judge's rules by a game of agents.", "--labelled F"
    ),
    "train suggester-rounds": Command(
        "questline.cli_train_suggester", "rounds", "Learn suggestions from clicks, round by round.", "--data F"
    ),
}
"""By name; a name of two words wins over its first word, so `agents index ./list` indexes a folder called `list`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, 1 (the run failed), 2 (asked wrongly) or 130 (interrupted).

    Args:
        arguments: The words after ``agents``; those of the process when left out.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(words)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 because this is the one boundary of all commands
        from questline.cli_failures import report

        return report(error, as_json=_wants_json(words))


def _run(words: list[str]) -> int:
    first = words[0] if words else ""
    _check_encoding(words)
    if first in {"", "-h", "--help"}:
        print(_help())
        return 0 if words else 2
    if first == "--version":
        from importlib.metadata import version

        print(f"questline {version('questline')}")
        return 0
    name = " ".join(words[:2])
    if name not in COMMANDS:
        name = first
    if name not in COMMANDS and any(command.startswith(f"{first} ") for command in COMMANDS):
        return _group(first, words[1:])
    if name not in COMMANDS:
        raise _unknown(name)
    command = COMMANDS[name]
    application = getattr(import_module(command.module), command.application)
    rest = words[len(name.split()) :]
    code = application(rest, prog_name=f"agents {name}", standalone_mode=False)
    return code if isinstance(code, int) else 0


def _group(first: str, rest: list[str]) -> int:
    """Tell of the commands that begin with a word which is none by itself."""
    if rest and rest[0] not in {"-h", "--help"}:
        raise _unknown(f"{first} {rest[0]}")
    _, rows = _rows(f"{first} ")
    print("\n".join((f"Usage: agents {first} COMMAND [ARGUMENTS]", "", "Commands:", *rows)))
    return 0 if rest else 2


def _rows(start: str = "") -> tuple[int, list[str]]:
    """Return the table of the commands that begin so, and the width of its first column."""
    chosen = {name: command for name, command in COMMANDS.items() if name.startswith(start)}
    width = max(len(f"{name} {command.usage}") for name, command in chosen.items())
    return width, [f"  {f'{name} {command.usage}':<{width}}  {command.summary}" for name, command in chosen.items()]


def _help() -> str:
    width, rows = _rows()
    return "\n".join(
        (
            "Usage: agents COMMAND [ARGUMENTS]",
            "",
            "Answer questions from your documents by planning: cited, budgeted, with or without a language model.",
            "",
            "Commands:",
            *rows,
            "",
            "Options:",
            f"  {'--version':<{width}}  Show the version.",
            f"  {'-h, --help':<{width}}  Show this text; `agents COMMAND --help` shows a command's own.",
        )
    )


def _check_encoding(words: list[str]) -> None:
    """Refuse bytes that are not UTF-8, which Python hands over as lone surrogates: no index or prompt can hold them."""
    for word in words:
        if not word.isascii() and any("\ud800" <= char <= "\udfff" for char in word):
            from questline.errors import UsageError

            raise UsageError(f"the argument {word!r} is not UTF-8", code="bad_encoding", argument=ascii(word))


def _unknown(name: str) -> Exception:
    from difflib import get_close_matches

    from questline.errors import UsageError

    close = get_close_matches(name, COMMANDS, n=2)
    hint = f"did you mean {' or '.join(repr(other) for other in close)}?" if close else "see `agents --help`"
    kind = "option" if name.startswith("-") else "command"
    return UsageError(f"there is no {kind} {name!r}; {hint}", argument=name)


def _wants_json(words: list[str]) -> bool:
    """Say whether the caller reads JSON from stdout; ``--json`` of `agents eval` names a file instead."""
    options = words[: words.index("--")] if "--" in words else words
    telling = {"ask", "doctor", "forget", "index", "plan", "recommend", "servers", "write"}
    return "--json" in options and (words[0] in telling or words[:2] == ["train", "list"])


if __name__ == "__main__":
    sys.exit(main())
