"""Edits of a rule set as an optimizer writes them: add, edit, delete, merge; read strictly, carried out in order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, cast, get_args

from questline.errors import UsageError
from questline.tools.json_text import json_list
from questline.tools.writing.judge import contradictions
from questline.tools.writing.types import MOST_PRINCIPLES, Principle, RuleSet

from .asking import said, words_of
from .values import Edit, Operation

__all__ = ["apply_edits", "parse_edits"]

_NUMBERED: Final = re.compile(r"r[0-9]{1,9}")


def parse_edits(answer: str) -> list[Edit]:
    """Read a JSON list of ``{"op": "add|edit|delete|merge", "ids": [...], "text": "…"}``; an empty one changes nothing.

    Raises:
        ValueError: With a message for the model.
    """
    edits: list[Edit] = []
    for row in json_list(answer):
        fields = cast("Mapping[str, object]", row if isinstance(row, dict) else {})
        operation = said(fields, "op")
        if operation not in get_args(Operation):
            raise ValueError(f'"op" is one of {", ".join(get_args(Operation))}, not {operation[:40]!r}')
        named = tuple(words_of(fields, "ids"))
        wanted = {"add": 0, "edit": 1, "delete": 1, "merge": 2}[operation]
        if len(named) < wanted or (wanted == 1 and len(named) > 1):
            raise ValueError(f'"{operation}" needs {wanted}{" or more" if operation == "merge" else ""} ids')
        if len(set(named)) < len(named):
            raise ValueError(f'"ids" names a rule twice: {", ".join(named)}')
        text = said(fields, "text", needed=operation != "delete")
        edits.append(Edit(operation=cast("Operation", operation), ids=named, text=text))
    return edits


def apply_edits(rules: RuleSet, edits: Sequence[Edit]) -> RuleSet:
    """Return the next version of a rule set, or the set itself where the edits leave it as it is.

    A new rule is ``r`` with the first free number; a changed one loses its embedded check, which was written for the
    old words.

    Raises:
        ValueError: With a message for the model: an unknown id, too many or no rules left, or two that contradict.
    """
    by_id = {rule.id: rule for rule in rules.principles}
    highest = max((int(each[1:]) for each in by_id if _NUMBERED.fullmatch(each)), default=0)
    for edit in edits:
        if unknown := [each for each in edit.ids if each not in by_id]:
            raise ValueError(f"there is no rule {unknown[0][:40]!r}; the ids are {', '.join(by_id)}")
        if edit.operation == "add":
            highest += 1
            by_id[f"r{highest}"] = Principle(id=f"r{highest}", text=edit.text)
            continue
        first = edit.ids[0]
        for each in edit.ids if edit.operation == "delete" else edit.ids[1:]:
            del by_id[each]
        if edit.operation != "delete" and by_id[first].text != edit.text:
            by_id[first] = Principle(id=first, text=edit.text)
    if not by_id:
        raise ValueError("keep at least one rule")
    if len(by_id) > MOST_PRINCIPLES:
        raise ValueError(f"that would be {len(by_id)} rules; merge or delete until there are {MOST_PRINCIPLES} at most")
    try:
        changed = rules.changed(tuple(by_id.values()))
    except UsageError as error:
        raise ValueError(error.message) from error
    if found := contradictions(changed):
        one, other, why = found[0]
        raise ValueError(f"{one.id} and {other.id} contradict each other ({why}); keep one of them")
    return rules if rules.diff(changed).empty else changed
