"""What statements are made of: the words that answer, and the words that ask without what is only polite."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

__all__ = ["Phrase", "asked_for"]

_POLITE: Final = re.compile(
    r"^(?:(?:hello|hi|hey|thanks|please|and|also|then|so|now|okay|ok|well|first|next|finally|but)\b[,!.]?\s+"
    r"|\d{1,2}[).]\s+"
    r"|(?:can|could|would) you (?:please )?(?:tell me|say|work out|find out|look up|show me|give me)\s+"
    r"|(?:please )?(?:tell me|show me|give me|find out|look up|i(?:'d| would) (?:like|love) to know|do you know"
    r"|i want to know|i need to know)\s+(?:about\s+)?)+",
    re.IGNORECASE,
)
_ASKING: Final = re.compile(r"(?:on |at |in )?(?:what|which|who|when|where|how)\b", re.IGNORECASE)
_STEPS: Final = re.compile(
    r",?\s+(?:and then|then)\s+(?=(?:tell|say|work|find|what|which|who|when|how|calculate|convert)\b)"
)
_TAIL: Final = re.compile(r"(?:,?\s+(?:please|thanks|thank you|for me|right now|exactly))+$", re.IGNORECASE)
_SHORT_FORMS: Final = (
    (re.compile(r"\b(what|who|where|when|how|that|there)(?:'|’)?s\b(?!\s+name)", re.IGNORECASE), r"\1 is"),
    (re.compile(r"\b(what|who|where|when|how)(?:'|’)re\b", re.IGNORECASE), r"\1 are"),
    (re.compile(r"^(?:waht|wat|whta)\b", re.IGNORECASE), "what"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """What answers, as words."""

    text: str
    kind: str = "text"
    """As `questline.agents.tool_executor.asked.kind_of_value` says; ``list`` for several."""
    plural: bool = False

    @property
    def noun(self) -> str:
        """As it stands after ``is``: ``a Monday``."""
        return f"a {self.text}" if self.kind == "weekday" else self.text

    @property
    def when(self) -> str | None:
        """As it says when something was; None for what says no time."""
        if self.kind == "date" or self.kind == "weekday":
            return f"on {'a ' if self.kind == 'weekday' else ''}{self.text}"
        if self.kind == "time":
            return f"at {self.text}"
        return f"in {self.text}" if re.fullmatch(r"[12]\d{3}", self.text) else None


def asked_for(intent: str) -> str:
    """Return the question or request alone: its last question, without greetings, polite words and its end mark."""
    text = " ".join(intent.split())
    parts = re.split(r"(?<=[?!.])\s+(?=[A-Z]|(?:what|which|who|when|where|how)\b)", text)
    asking = [part for part in parts if part.endswith("?") or _ASKING.match(part)]
    core = (asking[-1] if asking and len(parts) > 1 else text).rstrip(" ?.!;,")
    core = _STEPS.split(core)[-1]
    core = _POLITE.sub("", core)
    core = _TAIL.sub("", core)
    for pattern, form in _SHORT_FORMS:
        core = pattern.sub(form, core)
    return core.strip(" ,;:")
