"""Every word of a question that tells its thing from others must be accounted for by what is told.

One rule for documents, files and tools that say sentences: years, months, sides of a moment, numbers and conditions,
rates, averages and differences, the first and the oldest, and each noun. What is told of a rival (another year, another
of the same role) is no answer; what leaves a word unaccounted is near, and the answer names the word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, TypeAlias

from questline.agents.intents.closed_words import PRONOUN
from questline.agents.tool_executor.asked import Asked
from questline.agents.tool_planner.aboutness import Fit
from questline.agents.tool_planner.literals import PATH
from questline.agents.tool_planner.pieces import asking
from questline.tools.reading.questions import analyse
from questline.types import Evidence

from .conditions import branch_lacking, number_lacking
from .deeds import NO_ANSWER, deed_lacking, part_lacking, state_lacking, verb_lacking
from .figures import figures_of
from .ground import ground_of, without_source
from .other_prices import reduced_lacking
from .periods import month_lacking, side_lacking, year_lacking
from .rates import rate_lacking, worked_lacking
from .things import qualifier_lacking, role_lacking, share_spoken, thing_lacking

__all__ = ["accounted"]

Account: TypeAlias = tuple[Fit, str, str]
_POINTS: Final = re.compile(rf"\b{PRONOUN}\b|^\W*(?:this|that|yes|no)\b", re.IGNORECASE)
"""What a tool that was asked the question itself may say in place of its nouns."""
_WHY: Final = re.compile(r"\bwhy\b|\bhow come\b|为什么|为何", re.IGNORECASE)
"""A reason is told in words of its own."""
_HALF: Final = 0.5
"""Share of the words of a question below which what does not speak of what is done is no answer."""
_FITS: Final[Account] = ("fits", "", "")


def accounted(asked: Asked, intent: str, text: str, sources: Sequence[Evidence]) -> Account:
    """Return whether what is told accounts for the words of an intent, and where not the code and the words for why.

    Args:
        asked: The intent.
        intent: The same with what was said before its question.
        text: What is told.
        sources: What it is told from; without any nothing is known of what stands around it.
    """
    ground = ground_of(text, sources, asked=asked.text)
    question = without_source(asking(asked.text)) or asked.text
    yesno = analyse(question).kind == "yesno"
    why = _WHY.search(question) is not None
    amount = bool(figures_of(ground.told).numbers) and not yesno
    told_by_tools = all(one.kind == "tool" for one in sources) and _POINTS.search(text) is not None
    whole_file = PATH.search(asked.text) is not None  # who names the file has said what it is about
    near: list[Account] = []
    if not yesno:
        found = (rule(question, ground) for rule in (year_lacking, month_lacking, side_lacking, qualifier_lacking))
        near.extend((one[0], "another_thing", one[1]) for one in found if one is not None)
        counted = "" if why else without_source(intent) if amount else question
        held = (number_lacking(counted, ground), branch_lacking(intent, ground))
        done = (rule(question, ground) for rule in (deed_lacking, state_lacking, part_lacking))
        open_ = bool(sources) and not whole_file and not told_by_tools
        said = (rule(question, ground) for rule in (verb_lacking, role_lacking)) if open_ else ()
        for lacks in (*held, *done):
            near += _lacking("another_thing", lacks)
        for lacks in filter(None, said):
            barely = share_spoken(question, ground) < _HALF or lacks in NO_ANSWER
            near.append(("other" if barely else "near", "another_thing", lacks))
    reckoned = (worked_lacking, rate_lacking, reduced_lacking)
    for lacks in (rule(question, ground) for rule in reckoned) if amount else ():
        near += _lacking("not_worked_out", lacks)
    sure = not sources or near or told_by_tools or whole_file or why
    noun = None if sure else thing_lacking(asked, question, ground)
    if noun is not None:
        near.append((noun[0], "another_thing", noun[1]))
    return next((one for one in near if one[0] == "other"), near[0] if near else _FITS)


def _lacking(code: str, what: str) -> list[Account]:
    return [("near", code, what)] if what else []
