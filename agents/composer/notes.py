"""What could not be answered, said to the asker: which need, and why; in English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from .contract import Missing

__all__ = ["note_of"]

_LONGEST: Final = 300
_INNER: Final = re.compile(r"\s*[a-z]+(?:_[a-z]+)+: ")
"""A code of ours before a text for who calls the tool, not for who asked."""
_NAMED: Final = re.compile(r"'([^']{2,60})'")
_SAID: Final = 160
"""Characters of a tool's own words."""
_APPROVAL: Final = "`--approve` of the command, `approve=True` in Python, `--approve` of the server for MCP clients"
_APPROVAL_ZH: Final = "命令行加 `--approve`，Python 用 `approve=True`，MCP 客户端则启动服务器时加 `--approve`"
_WANTED: Final = 80
"""Characters of what a tool says of an argument."""
_ENGLISH: Final[Mapping[str, str]] = {
    "no_tool": "No connected tool can answer {text}.",
    "destructive": "{text} was not done: it may change or destroy something, and needs your approval ({approval}).",
    "not_allowed": "{text} was not done: it may change or destroy something, and needs your approval ({approval}).",
    "not_requested": "{text} was not done: {wanted}.",
    "server_unavailable": "{text} could not be answered: {server} cannot be reached.",
    "command_not_found": "{text} could not be answered: {server} cannot be started.",
    "tool_timeout": "{text} could not be answered: {server} did not answer in time.",
    "deadline_reached": "{text} could not be answered in the time that was given.",
    "tool_failed": "{text} could not be answered: the tool of {server} failed.",
    "bad_argument": "{text} could not be answered: the tool of {server} does not take what was asked.",
    "bad_answer": "{text} could not be answered: what {server} returned cannot be used.",
    "result_too_large": "{text} could not be answered: what {server} returned is too large.",
    "tool_changed": "{text} could not be answered: the tool of {server} is not what was accepted before.",
    "dependency_failed": "{text} could not be answered: a step before it failed.",
    "unsupported": "{text} could not be answered: what was found does not bear an answer.",
    "another_kind": "{text} is not answered in full: what was found is not {wanted}.",
    "open_part": "{text} is answered in part only.",
    "budget_exhausted": "{text} is answered only as far as the budget went.",
    "another_thing": "{text} is not answered in full: what was found does not speak of {wanted}.",
    "not_worked_out": "{text} is not answered in full: what was found is not {wanted}, and it could not be worked out"
    " of that.",
}
_CHINESE: Final[Mapping[str, str]] = {
    "no_tool": "没有可用的工具能回答{text}。",
    "destructive": "{text}没有执行：它可能会更改或删除数据，需要您的批准（{approval}）。",
    "not_allowed": "{text}没有执行：它可能会更改或删除数据，需要您的批准（{approval}）。",
    "not_requested": "{text}没有执行：它可能会更改数据，而问题没有明确要求这样做。",
    "server_unavailable": "{text}无法回答：连接不上{server}。",
    "command_not_found": "{text}无法回答：{server}无法启动。",
    "tool_timeout": "{text}无法回答：{server}没有及时响应。",
    "deadline_reached": "{text}在限定时间内没能回答。",
    "tool_failed": "{text}无法回答：{server}的工具出错。",
    "bad_argument": "{text}无法回答：{server}的工具不接受这样的参数。",
    "bad_answer": "{text}无法回答：{server}返回的内容不能使用。",
    "result_too_large": "{text}无法回答：{server}返回的内容太大。",
    "tool_changed": "{text}无法回答：{server}的工具与之前接受的不同。",
    "dependency_failed": "{text}无法回答：前面的步骤失败了。",
    "unsupported": "{text}无法回答：找到的内容不足以支持答案。",
    "another_kind": "{text}没有完整回答：找到的不是所问的那种值。",
    "open_part": "{text}只回答了一部分。",
    "budget_exhausted": "{text}的回答受预算所限，可能不完整。",
    "another_thing": "{text}没有完整回答：找到的说的不是所问的。",
    "not_worked_out": "{text}没有完整回答：无法从找到的内容算出来。",
}


def note_of(missing: Missing, *, chinese: bool) -> str:
    """Return one sentence that names the need and says why it is not answered."""
    quoted = _quoted(missing.text, chinese=chinese)
    server = missing.server or ("服务器" if chinese else "the server")
    if missing.code == "needs_input":
        return _needs(missing, quoted, chinese=chinese)
    if missing.code == "not_found":
        where = f"在 {missing.server} 中" if chinese else f" in {missing.server}"
        said = _its_words(missing.said, chinese=chinese)
        if chinese:
            return f"没有{where if missing.server else ''}找到{quoted}的答案{said}。"
        return f"No answer to {quoted} was found{where if missing.server else ''}{said}."
    form = (_CHINESE if chinese else _ENGLISH).get(missing.code)
    if form is not None:
        name = server if chinese or not missing.server else f"the server {server}"
        approval = _APPROVAL_ZH if chinese else _APPROVAL
        told = _opened(form.format(text=quoted, server=name, wanted=missing.message, approval=approval))
        return f"{told[:-1]}{_its_words(missing.said, chinese=chinese)}{told[-1]}"
    said = " ".join(missing.message.split()).rstrip(".。")
    if chinese:
        return f"{quoted}无法回答{f'：{said}' if said else ''}。"
    return f"{quoted} could not be answered{f': {said}' if said else ''}."


def _its_words(said: str, *, chinese: bool) -> str:
    """Return what a failed tool said, in quotation marks; empty where it said nothing."""
    line = "".join(char if char.isprintable() else " " for char in said)
    line = "" if _INNER.match(line) else line
    line = " ".join(line.split()).replace("“", "‘").replace("”", "’").rstrip(".。")
    if not line:
        return ""
    cut = line if len(line) <= _SAID else line[: _SAID - 1].rstrip() + "…"
    return f"（“{cut}”）" if chinese else f" (“{cut}”)"


def _needs(missing: Missing, quoted: str, *, chinese: bool) -> str:
    wanted = [*map(_wanted, missing.wanted), *[""] * len(missing.fields)]
    bracket = "（{}）" if chinese else " ({})"
    fields = [
        f"“{field}”{bracket.format(what) if what else ''}" for field, what in zip(missing.fields, wanted, strict=False)
    ]
    if chinese:
        return f"要回答{quoted}，还需要您提供：{'、'.join(fields) or missing.message or '更多信息'}。"
    told = " ".join(missing.message.split()).rstrip(".")
    about = any(one in missing.text for one in _NAMED.findall(told))  # it speaks of what the question names
    asked = told if about else ", ".join(fields) or told or "more than the question says"
    return f"To answer {quoted}, please say: {asked}."


def _wanted(text: str) -> str:
    """Return what a tool says of an argument, as a few words; its sentence about it, cut."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    line = re.split(r"\.\s+(?=[A-Z])", line)[0].rstrip(".。").replace("“", "‘").replace("”", "’")
    return line if len(line) <= _WANTED else line[: _WANTED - 1].rstrip() + "…"


def _quoted(text: str, *, chinese: bool) -> str:
    line = " ".join(text.split())
    line = line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"
    inner = line.replace("“", "‘").replace("”", "’")
    return f"“{inner}”" if not chinese or inner else "这个问题"


def _opened(text: str) -> str:
    return text[:1].upper() + text[1:]
