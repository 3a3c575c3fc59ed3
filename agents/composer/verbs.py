"""English verbs as a statement needs them, for the few dozen that questions about data use; others are left alone."""

from __future__ import annotations

from typing import Final

__all__ = ["AUXILIARIES", "BE", "finite", "inflected", "is_base", "is_participle"]

BE: Final = frozenset({"is", "are", "was", "were"})
AUXILIARIES: Final = frozenset({"can", "could", "will", "would", "may", "might", "must", "should"})
_IRREGULAR: Final = (
    "have has had had|do does did done|go goes went gone|get gets got got|take takes took taken|hold holds held held"
    "|sell sells sold sold|cost costs cost cost|make makes made made|give gives gave given|write writes wrote written"
    "|build builds built built|bring brings brought brought|buy buys bought bought|pay pays paid paid"
    "|find finds found found|run runs ran run|begin begins began begun|come comes came come|leave leaves left left"
    "|lie lies lay lain|say says said said|see sees saw seen|send sends sent sent|spend spends spent spent"
    "|stand stands stood stood|win wins won won|lead leads led led|lose loses lost lost|meet meets met met"
    "|eat eats ate eaten|drink drinks drank drunk|drive drives drove driven|fly flies flew flown|grow grows grew grown"
    "|know knows knew known|rise rises rose risen|fall falls fell fallen|speak speaks spoke spoken|put puts put put"
    "|read reads read read|set sets set set|shut shuts shut shut|catch catches caught caught|keep keeps kept kept"
    "|sleep sleeps slept slept|teach teaches taught taught|draw draws drew drawn|bear bears bore born"
)
_REGULAR: Final = (
    "carry earn weigh live open close start end contain measure need want sail travel transport produce visit host own"
    " use include join arrive depart land last play score employ serve offer receive return borrow charge order ship"
    " store cover house seat accommodate fit load cross climb reach work study design found sign name appoint elect"
    " publish paint compose direct discover invent manage lead dock moor call ask happen occur finish pass drop release"
    " fire launch install repair service record report decide grant award donate raise allow permit require"
    " stay move walk mean consume fill save change count belong consist hire marry die complete create establish"
)
_FORMS: Final[dict[str, tuple[str, str, str]]] = {}
for _line in _IRREGULAR.split("|"):
    _base, *_rest = _line.split()
    _FORMS[_base] = (_rest[0], _rest[1], _rest[2])


def _regular(base: str) -> tuple[str, str, str]:
    if base.endswith("y") and base[-2] not in "aeiou":
        return f"{base[:-1]}ies", f"{base[:-1]}ied", f"{base[:-1]}ied"
    third = f"{base}es" if base.endswith(("s", "sh", "ch", "x", "z", "o")) else f"{base}s"
    doubled = {"ship": "shipped", "fit": "fitted", "drop": "dropped", "permit": "permitted", "refer": "referred"}
    past = doubled.get(base) or (f"{base}d" if base.endswith("e") else f"{base}ed")
    return third, past, past


for _word in _REGULAR.split():
    _FORMS.setdefault(_word, _regular(_word))
_FINITE: Final = frozenset(form for base, forms in _FORMS.items() for form in (base, *forms[:2])) | BE | AUXILIARIES
_PARTICIPLES: Final = frozenset(forms[2] for forms in _FORMS.values())


def is_base(word: str) -> bool:
    """Say whether a word is a verb that is known, in its base form."""
    return word.casefold() in _FORMS


def finite(word: str) -> bool:
    """Say whether a word may be the verb of a clause."""
    lower = word.casefold()
    return lower in _FINITE or (lower.endswith("ed") and len(lower) > 4)


def is_participle(word: str) -> bool:
    """Say whether a word may follow ``was``: ``opened``, ``built``."""
    lower = word.casefold()
    return lower in _PARTICIPLES or (lower.endswith("ed") and len(lower) > 4)


def inflected(base: str, auxiliary: str) -> str | None:
    """Return a verb as it stands without its ``do``, ``does`` or ``did``; None for one that is not known."""
    forms = _FORMS.get(base.casefold())
    if forms is None:
        return None
    return {"does": forms[0], "did": forms[1]}.get(auxiliary.casefold(), base)
