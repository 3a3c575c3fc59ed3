"""Whether two values are the same: exactly, else by their figures, with units and the order of members."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import permutations
from typing import Final

from questline.tools.mathematics.tree import Call, Name, Node, Number

from .algebra import written
from .comparing_formulas import Found, Setting, compare_formulas, told
from .numeric import rational, unknowns, zero_everywhere
from .relations import interval_of, same_relation
from .values import Choice, Formula, Group, Interval, Relation, Truth, Value, Words
from .words import same_words

__all__ = ["compare"]

_MOST_ITEMS: Final = 60


def compare(prediction: Value, gold: Value, setting: Setting) -> Found:
    """Say whether a prediction is the right answer, and why.

    Raises:
        numeric.TooLargeError: A number would be too large.
    """
    prediction, gold = _met(prediction, gold), _met(gold, prediction)
    if isinstance(gold, Group) or isinstance(prediction, Group):
        return _grouped(prediction, gold, setting)
    if isinstance(gold, Truth) or isinstance(prediction, Truth):
        prediction, gold = _as_truth(prediction), _as_truth(gold)
    match gold:
        case Choice():
            if isinstance(prediction, Formula):
                prediction = _as_choice(prediction)
            if isinstance(prediction, Choice):
                if setting.ordered and prediction.order != gold.order and len(gold.letters) > 1:
                    return "wrong", "the order differs"
                return told(prediction.letters == gold.letters, "the letters")
            return ("wrong", "no option is named") if not isinstance(prediction, Words) else ("undecided", "words")
        case Truth():
            if isinstance(prediction, Truth):
                return told(prediction.holds == gold.holds, "yes or no")
            return "undecided", "yes or no against other words"
        case Words():
            return _words(prediction, gold)
        case _:
            return _mathematics(prediction, gold, setting)


def _met(value: Value, beside: Value) -> Value:
    """Return ``x>1且x<3`` as one interval, where it stands beside one."""
    if not (isinstance(value, Group) and value.kind == "list" and len(value.items) == 2):
        return value
    if not isinstance(beside, (Interval, Relation)) and not (isinstance(beside, Group) and beside.kind == "tuple"):
        return value
    one, other = (interval_of(item) if isinstance(item, Relation) else None for item in value.items)
    if one is None or other is None or _subjects(value.items) != 1:
        return value
    low, high = (one, other) if one.high is None else (other, one)
    if low.low is None or low.high is not None or high.low is not None or high.high is None:
        return value
    return Interval(low=low.low, high=high.high, closed=(low.closed[0], high.closed[1]))


def _subjects(items: Sequence[Value]) -> int:
    return len(unknowns(*(side.tree for item in items if isinstance(item, Relation) for side in item.sides)))


_TRUTHS: Final = {"t": True, "y": True, "f": False, "n": False}


def _as_truth(value: Value) -> Value:
    """Return T, F, Y and N as yes and no: they are, where they stand against a yes or no."""
    letter = "".join(value.letters) if isinstance(value, Choice) else ""
    if isinstance(value, Formula) and isinstance(value.tree, Name) and not value.lead and value.unit is None:
        letter = value.tree.name
    return Truth(holds=_TRUTHS[letter.lower()]) if letter.lower() in _TRUTHS else value


def _as_choice(value: Formula) -> Value:
    """Return ``AC`` as two letters of options."""
    name = value.tree.name if isinstance(value.tree, Name) else ""
    lettered = 1 < len(set(name)) == len(name) and set(name) <= set("ABCDEFGH")
    return Choice(letters=frozenset(name), order=name) if lettered else value


def _words(prediction: Value, gold: Words) -> Found:
    if not isinstance(prediction, Words):
        return ("wrong", "a value for a word") if gold.closed else ("undecided", "a value for words")
    same = same_words(prediction.text, gold.text)
    if same is None:
        return "undecided", "different words"
    return told(same, "the words")


def _mathematics(prediction: Value, gold: Value, setting: Setting) -> Found:
    if isinstance(prediction, Words):
        return "undecided", "the answer cannot be read as mathematics"
    if isinstance(prediction, (Choice, Truth)):
        if isinstance(prediction, Choice) and isinstance(gold, Formula) and isinstance(_as_choice(gold), Choice):
            return compare(prediction, _as_choice(gold), setting)
        if isinstance(prediction, Choice) and isinstance(gold, Formula) and unknowns(gold.tree) & prediction.letters:
            return told(gold.tree == Name(name=next(iter(prediction.letters))), "the names")
        return "wrong", "another kind of answer"
    if isinstance(gold, Formula) and isinstance(prediction, Formula):
        return compare_formulas(prediction, gold, setting)
    if isinstance(gold, Interval) or isinstance(prediction, Interval):
        return _intervals(prediction, gold, setting)
    if isinstance(gold, Relation) and isinstance(prediction, Relation):
        return _relations(prediction, gold, setting)
    return _named(prediction, gold, setting)


def _named(prediction: Value, gold: Value, setting: Setting) -> Found:
    """Compare ``x = 2`` with ``2``: the name is a label."""
    one, other = _labelled(prediction), _labelled(gold)
    if one is None or other is None:
        return "wrong", "a value for a relation" if isinstance(gold, Relation) else "a relation for a value"
    return compare_formulas(one[1], other[1], setting)


def _labelled(value: Value) -> tuple[Node | None, Formula] | None:
    """Return what a value is called and the value; None for a relation that names none."""
    if isinstance(value, Formula):
        return None, value
    if not isinstance(value, Relation) or set(value.signs) != {"="}:
        return None
    first, last = value.sides[0], value.sides[-1]
    if _is_label(first.tree) and (len(value.sides) > 2 or not _is_name(last.tree) or _is_name(first.tree)):
        return first.tree, last
    if _is_name(last.tree) and not unknowns(first.tree):
        return last.tree, first
    if not unknowns(*(side.tree for side in value.sides)):
        return None, last
    return None


def _same_tree(one: Node | None, other: Node | None) -> bool:
    return one is not None and other is not None and written(one) == written(other)


def _first_name(tree: Node) -> str:
    while isinstance(tree, Call):
        tree = tree.arguments[0]
    return tree.name if isinstance(tree, Name) else ""


def _is_name(tree: Node) -> bool:
    return isinstance(tree, Name)


def _is_label(tree: Node) -> bool:
    """Say whether a formula names what is told: ``y``, ``f(x)``, ``cos(ABC)``, ``AF/AD``."""
    if isinstance(tree, Name):
        return True
    if isinstance(tree, Call) and tree.function == "^" and isinstance(tree.arguments[1], Call):
        return _is_name(tree.arguments[0])  # f^(-1)
    if isinstance(tree, Call) and tree.function not in "+-^":
        return all(_is_name(each) or _is_label(each) for each in tree.arguments) and len(unknowns(tree)) > 0
    return False


def _relations(prediction: Relation, gold: Relation, setting: Setting) -> Found:
    if _unequal(prediction) and not _unequal(gold):
        return "wrong", "its two sides are not equal"
    if _other_steps(prediction, gold):
        return "wrong", "a side between the first and the last differs"
    one, other = _labelled(prediction), _labelled(gold)
    if one and other and (_same_tree(one[0], other[0]) or one[0] is None or other[0] is None):
        found = compare_formulas(one[1], other[1], setting)
        inside = unknowns(one[1].tree, other[1].tree)
        apart = one[0] is not None and other[0] is not None and _first_name(other[0]) not in inside
        if found[0] != "wrong" or not inside or apart:
            return found
    if one and other and not unknowns(one[1].tree, other[1].tree):
        status, reason = compare_formulas(one[1], other[1], setting)
        return ("undecided", "the value agrees, its name does not") if status == "right" else (status, reason)
    same = same_relation(prediction, gold)
    if same == "unknown":
        return "undecided", "two relations that are written differently"
    return told(same == "same", "the relations")


def _unequal(value: Relation) -> bool:
    """Say whether an equation of numbers does not hold, such as ``2 + 7 = 8``; rounded ones are let be."""
    if set(value.signs) != {"="} or unknowns(*(side.tree for side in value.sides)) or value.sides[-1].rounded:
        return False
    first = value.sides[0]
    return any(zero_everywhere(first.tree, side.tree) == "different" for side in value.sides[1:] if not side.unit)


def _other_steps(prediction: Relation, gold: Relation) -> bool:
    """Say whether chains such as ``a = 3b = 135`` differ between their ends."""
    if set(prediction.signs) != {"="} or prediction.signs != gold.signs or len(gold.sides) < 3:
        return False
    pairs = list(zip(prediction.sides, gold.sides, strict=True))[1:-1]
    return any(
        unknowns(a.tree) == unknowns(b.tree) and zero_everywhere(a.tree, b.tree) == "different" for a, b in pairs
    )


def _intervals(prediction: Value, gold: Value, setting: Setting) -> Found:
    one, other = interval_of(prediction), interval_of(gold)
    if one is None or other is None:
        return ("wrong", "no interval") if isinstance(gold, Interval) or one else ("undecided", "an interval")
    if one.closed != other.closed:
        return "wrong", "one end belongs to it, or does not"
    for left, right in ((one.low, other.low), (one.high, other.high)):
        if (left is None) != (right is None):
            return "wrong", "an end is infinite"
        if left is not None and right is not None:
            status, reason = compare_formulas(left, right, setting)
            if status != "right":
                return status, reason
    return "right", "the intervals agree"


def _grouped(prediction: Value, gold: Value, setting: Setting) -> Found:
    if isinstance(gold, Group) and gold.kind == "any":
        if isinstance(prediction, Group) and prediction.kind == "any" and len(prediction.items) == len(gold.items):
            return _all([compare(a, b, setting) for a, b in zip(prediction.items, gold.items, strict=True)])
        return _best([compare(prediction, item, setting) for item in gold.items])
    if isinstance(prediction, Group) and prediction.kind == "any" and isinstance(gold, Formula):
        found = [compare(item, gold, setting) for item in prediction.items]
        return found[0] if found[0][0] == "right" or not gold.rounded else _best(found)
    if isinstance(gold, Group) and gold.kind == "condition":
        return _conditioned(prediction, gold, setting)
    if isinstance(prediction, Group) and prediction.kind == "condition":
        return compare(prediction.items[0], gold, setting)
    if _is_ratio(prediction) or _is_ratio(gold):
        return _ratios(prediction, gold, setting)
    if not (isinstance(gold, Group) and isinstance(prediction, Group)):
        return _one_against_group(prediction, gold, setting)
    one, other = _items(prediction), _items(gold)
    if len(one) > _MOST_ITEMS or len(other) > _MOST_ITEMS:
        return "undecided", "limit"
    if len(one) != len(other):
        unread = any(isinstance(item, Words) and not item.closed for item in (*one, *other))
        return ("undecided", "words among the values") if unread else ("wrong", "more or fewer values")
    if gold.kind == "tuple" and prediction.kind == "tuple":
        found = _all([compare(left, right, setting) for left, right in zip(one, other, strict=True)])
        named = gold.name and prediction.name and gold.name != prediction.name
        return ("undecided", "the values agree, their names do not") if named and found[0] == "right" else found
    if {gold.kind, prediction.kind} == {"set", "list"} and (_conditions(one) or _conditions(other)):
        found = _unordered(one, other, setting)
        return ("undecided", "one says and, the other or") if found[0] == "right" else found
    if "tuple" in (gold.kind, prediction.kind) and (gold.name or prediction.name):
        return "wrong", "a point against several values"
    by_name = _by_name(one, other)
    if by_name is not None:
        return _all([compare(left, right, setting) for left, right in by_name])
    if (
        gold.kind == "set"
        or setting.unordered
        or (_limits(one) and _limits(other))
        or (gold.kind == "list" and _all_named(one, other))
    ):
        return _unordered(one, other, setting)
    in_order = _all([compare(left, right, setting) for left, right in zip(one, other, strict=True)])
    if in_order[0] == "right" or gold.kind == "tuple":
        return in_order
    if prediction.kind == "set" or _all_pairs(other):
        return _unordered(one, other, setting)
    if in_order[0] == "wrong" and _unordered(one, other, setting)[0] == "right":
        return "undecided", "the values agree in another order"
    return in_order


def _items(group: Group) -> tuple[Value, ...]:
    """Return members, with ``x = 2 or 3`` and unions made flat."""
    flat: list[Value] = []
    for item in group.items:
        if group.kind == "set" and isinstance(item, Group) and item.kind == "set":
            flat += item.items
        else:
            flat.append(item)
    return tuple(flat)


def _limits(group: Sequence[Value]) -> bool:
    """Say whether all values are inequalities: they hold together, in whatever order."""
    return all(isinstance(item, Relation) and "=" not in item.signs for item in group)


def _conditions(group: Sequence[Value]) -> bool:
    """Say whether it matters if all of several relations hold or one: inequalities, and values of several names."""
    return _limits(group) or (
        all(isinstance(item, Relation) for item in group) and len({_called(item) for item in group}) > 1
    )


def _all_named(*groups: Sequence[Value]) -> bool:
    for group in groups:
        names = [_called(item) for item in group]
        if None in names or len(set(names)) != len(names):
            return False
    return True


def _by_name(one: Sequence[Value], other: Sequence[Value]) -> list[tuple[Value, Value]] | None:
    """Return values beside those of the same name; None unless both sides have the same names, each once."""
    tables = [{_called(item): item for item in group} for group in (one, other)]
    if None in tables[0] or tables[0].keys() != tables[1].keys() or len(tables[1]) != len(other):
        return None
    return [(tables[0][name], value) for name, value in tables[1].items()]


def _all_pairs(group: Sequence[Value]) -> bool:
    return all(isinstance(item, Group) and item.kind == "tuple" for item in group)


def _called(value: Value) -> str | None:
    if isinstance(value, Group):
        return value.name or None
    labelled = _labelled(value)
    return written(labelled[0]) if labelled and labelled[0] is not None else None


def _one_against_group(prediction: Value, gold: Value, setting: Setting) -> Found:
    group, other = (gold, prediction) if isinstance(gold, Group) else (prediction, gold)
    assert isinstance(group, Group)
    if isinstance(other, (Interval, Relation)) and group.kind == "tuple" and (found := interval_of(group)):
        pair = (other, found) if group is gold else (found, other)
        return _intervals(pair[0], pair[1], setting)
    if len(group.items) == 1:
        pair = (prediction, group.items[0]) if group is gold else (group.items[0], gold)
        return compare(pair[0], pair[1], setting)
    if isinstance(other, Words) and not other.closed:
        return "undecided", "the answer cannot be read as several values"
    if group is gold and any(isinstance(item, Words) and not item.closed for item in group.items):
        return "undecided", "words among the values"
    if group is prediction and any(isinstance(item, Words) and not item.closed for item in group.items):
        return "undecided", "words among the values"
    if isinstance(gold, Relation) and isinstance(prediction, Group) and prediction.kind == "list":
        return "undecided", "several values for a relation"
    return "wrong", "one value for several" if group is gold else "several values for one"


def _conditioned(prediction: Value, gold: Group, setting: Setting) -> Found:
    if not isinstance(prediction, Group) or prediction.kind != "condition":
        status, reason = compare(prediction, gold.items[0], setting)
        return ("undecided", "the condition is missing") if status == "right" else (status, reason)
    return _all([compare(a, b, setting) for a, b in zip(prediction.items, gold.items, strict=False)])


def _is_ratio(value: Value) -> bool:
    return isinstance(value, Group) and value.kind == "ratio"


def _ratios(prediction: Value, gold: Value, setting: Setting) -> Found:
    """Compare ratios up to a common factor; a ratio of two is also their quotient."""
    one, other = _shares(prediction), _shares(gold)
    if one is None or other is None:
        return "undecided" if isinstance(prediction, Words) else "wrong", "no ratio"
    if len(one) != len(other):
        return "wrong", "ratios of different length"
    if any(rational(node) == 0 for node in (*one[1:], *other[1:])):  # 5:00 is a time
        pairs = zip(one, other, strict=True)
        return _all([compare_formulas(Formula(tree=a), Formula(tree=b), setting) for a, b in pairs])
    first = Formula(tree=one[0]), Formula(tree=other[0])
    found: list[Found] = []
    for left, right in zip(one[1:], other[1:], strict=True):
        crossed = [
            Call(function="*", arguments=(a, b), position=0) for a, b in ((left, first[1].tree), (right, first[0].tree))
        ]
        found.append(compare_formulas(Formula(tree=crossed[0]), Formula(tree=crossed[1]), setting))
    return _all(found)


def _shares(value: Value) -> list[Node] | None:
    labelled = _labelled(value) if isinstance(value, (Formula, Relation)) else None
    if labelled is not None:
        return [labelled[1].tree, Number(value=Fraction(1))]
    if isinstance(value, Group) and value.kind == "ratio":
        return [item.tree for item in value.items if isinstance(item, Formula)]
    return None


def _all(found: Sequence[Found]) -> Found:
    for status in ("wrong", "undecided"):
        for each in found:
            if each[0] == status:
                return each
    return "right", "the values agree"


def _best(found: Sequence[Found]) -> Found:
    for status in ("right", "undecided"):
        for each in found:
            if each[0] == status:
                return each
    return found[0]


def _unordered(one: Sequence[Value], other: Sequence[Value], setting: Setting) -> Found:
    """Match members one to one; few members are tried in every order where one is undecided."""
    table = [[compare(left, right, setting) for right in other] for left in one]
    left = list(range(len(other)))
    for row in table:
        right = next((place for place in left if row[place][0] == "right"), None)
        if right is None:
            break
        left.remove(right)
    else:
        return "right", "the values agree"
    if any(each[0] == "undecided" for row in table for each in row) and len(one) <= 6:
        for order in permutations(range(len(other))):
            if all(table[place][to][0] != "wrong" for place, to in enumerate(order)):
                return "undecided", "a value is undecided"
    if len(one) > 6 and any(each[0] == "undecided" for row in table for each in row):
        return "undecided", "a value is undecided"
    return "wrong", "the values differ"
