"""One result file as the page shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

from questline.errors import UsageError
from questline.training.evaluation.reports import ReportDict, read_json

from .shapes import Found, Measure, find_shapes, measures_of, number_of, object_of, plain_name

__all__ = ["Result", "main_measures", "read_results"]

_ANSWERING: Final = ("llm", "answers", "writer")
"""The names under which runs tell the language model that was measured."""
_SYSTEM: Final = ("system", "model", "method", "mode", "ranker", "selector", "judge", "writer", "planner", "workflow")
_SETTING: Final = ("condition", "setting", "aggregate", "source", "requests", "way", "always", "temporal", "decompose")
_COSTS: Final = frozenset({"calls", "retrievals", "turns", "llm_tokens", "usd", "seconds", "tokens"})
_APART: Final = (
    "fail",
    "error",
    "crash",
    "refus",
    "undecided",
    "unscored",
    "left_out",
    "skipped",
    "timeout",
    "missing",
)
"""In the names of whole numbers above 0 that a reader has to see first."""
_TIMES: Final = ("ms_", "_ms", "_s", "_seconds", "seconds_")
_SHOWN_MAIN: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one file says."""

    path: Path
    name: str
    """Of the file, without its ending; with its folder where two files have one name."""
    suite: str
    """The suite's or the benchmark's name."""
    report: ReportDict
    measures: Mapping[str, Measure]
    found: Found
    n: int | None
    items: Sequence[Mapping[str, object]] = field(default_factory=list[Mapping[str, object]])

    @property
    def run(self) -> Mapping[str, object]:
        """Where the figures come from."""
        return object_of(self.report.get("run"))

    @property
    def data(self) -> Mapping[str, str]:
        """Digests of what was read, by name."""
        given = object_of(self.run.get("data")) or object_of(self.report.get("files"))
        named = {name: str(value) for name, value in given.items() if value}
        alone = self.report.get("data")
        return named or ({"data": alone} if isinstance(alone, str) and alone else {})

    @property
    def failures_apart(self) -> bool:
        """Failed rows are in no measure of this file; in others they score 0."""
        return self.report.get("unscored") == "apart"

    @property
    def failed(self) -> int:
        """Rows that ended in an error."""
        value = self.report.get("failed")
        return value if isinstance(value, int) and not isinstance(value, bool) else 0

    @property
    def commit(self) -> str:
        """Of the code that measured."""
        return str(self.run.get("commit") or "")

    @property
    def date(self) -> str:
        """Of the run."""
        return str(self.run.get("date") or "")

    @property
    def hardware(self) -> str:
        """The machine in a few words."""
        machine = self.run.get("hardware")
        if not isinstance(machine, dict):
            return str(machine or "")
        known = cast("dict[str, object]", machine)
        cores = f"{known['cores']} × " if known.get("cores") else ""
        return f"{cores}{known.get('processor') or known.get('machine') or 'unknown'}"

    def system(self, beside: Sequence[Result] = ()) -> str:
        """Return what was measured: model, method and settings, and each option that differs from those beside."""
        options = {**_plain(self.report, (*_SYSTEM, *_SETTING)), **object_of(self.run.get("options"))}
        others = [object_of(each.run.get("options")) for each in beside]
        differing = {name for name in options if any(other.get(name) != options[name] for other in others)}
        differing -= {"concurrency", "threads", "constants", *(name for name in options if _long(options[name]))}
        models = object_of(self.run.get("models"))
        told = dict.fromkeys(str(models.get(role) or "") for role in _ANSWERING)
        words = [model for model in told if model not in ("", "embedded")]
        for name in (*_SYSTEM, *_SETTING, *sorted(differing - {*_SYSTEM, *_SETTING})):
            value = options.get(name)
            if value is None or value == "" or ((name in _SETTING or value is False) and name not in differing):
                continue
            word = str(value) if isinstance(value, str) and name in (*_SYSTEM, *_SETTING) else f"{name}={value}"
            words += [word.removesuffix("=True").replace("=False", " off")] if word not in words else []
        return " · ".join(words)

    def warnings(self) -> Iterator[str]:
        """Yield what a reader has to know before any figure, in plain words."""
        rows = number_of(self.run.get("rows"))
        if self.failed:
            total = len(self.items) or int(rows or 0) or self.n
            codes = Counter(str(item["error"]) for item in self.items if item.get("error"))
            why = f" ({', '.join(f'{code} {count}' for code, count in codes.most_common(5))})" if codes else ""
            yield f"{self.failed:,} of {f'{total:,}' if total else 'an unknown number of'} rows failed{why}"
        if self.run.get("stopped"):
            ran = f"{len(self.items) or self.n or 0:,} of {int(rows or 0):,}"
            yield f"a limit on {self.run['stopped']} stopped the run: {ran} rows were run"
        if self.n == 0:
            yield "it measured nothing: n is 0"
        for name, value in self.report.items():
            count = value if isinstance(value, int) and not isinstance(value, bool) else 0
            if name != "failed" and count > 0 and any(part in name for part in _APART):
                yield f"{plain_name(name)}: {count:,}{f' (n {self.n:,})' if self.n else ''}"
        for source in (self.report, self.run):
            for name in ("warning", "warnings"):
                yield from _texts(source.get(name))
        if self.commit.endswith("+changes"):
            yield "measured with changes that are in no commit: the commit alone does not repeat it"

    def seconds(self) -> tuple[str, float] | None:
        """Return the time as a reader says it, and the number that it is sorted by."""
        costs = [number for item in self.items if (number := number_of(object_of(item.get("cost")).get("seconds")))]
        if costs:
            return f"{sum(costs):,.1f} s in {len(costs):,}", sum(costs)
        for name, unit in (("seconds", 1.0), ("seconds_p50", 1.0), ("ms_p50", 0.001), ("ms_mean", 0.001)):
            if name in self.measures:
                value = self.measures[name].value * unit
                word = name.rpartition("_")[2] if "_" in name else "in all"
                return (f"{value:,.2f} s {word}" if value >= 1 else f"{1000 * value:,.1f} ms {word}"), value
        return None

    def cost(self) -> tuple[str, float] | None:
        """Return the dollars as a reader says them, and the number that they are sorted by."""
        costs = [number_of(object_of(item.get("cost")).get("usd")) for item in self.items]
        known = [cost for cost in costs if cost is not None]
        if known:
            return f"${sum(known):,.4f} in {len(known):,}", sum(known)
        if "usd" in self.measures:
            return f"${self.measures['usd'].value:,.5f} a row", self.measures["usd"].value
        return None


def main_measures(result: Result, *, most: int = _SHOWN_MAIN) -> list[str]:
    """Return the names of the measures to look at first: means with an interval that are no costs.

    The one that the file says `decides` comes first, and one of each family ``name@k`` before the others of it.
    """
    quality = [name for name in result.measures if name not in _COSTS]
    with_ends = [name for name in quality if result.measures[name].low is not None]
    shares = [name for name in quality if not result.measures[name].whole and 0 <= result.measures[name].value <= 1]
    shares = [name for name in shares if not name.startswith(_TIMES) and not name.endswith(_TIMES)]
    found = with_ends or shares
    told = [name for name in found if name == result.report.get("decides")]
    families = {name.partition("@")[0]: name for name in reversed(found)}
    heads = [name for name in found if name in families.values()]
    return list(dict.fromkeys([*told, *heads, *found]))[:most]


def read_results(files: Sequence[Path]) -> tuple[list[Result], list[tuple[Path, str]]]:
    """Read result files; return those that are some, and the others with the reason why they are left out.

    Raises:
        UsageError: ``file_not_found``, ``unreadable_file``, or ``bad_data`` for a file that is not JSON.
    """
    results: list[Result] = []
    skipped: list[tuple[Path, str]] = []
    names = Counter(file.stem for file in files)
    for file in files:
        report = read_json(file)
        known = dict(object_of(report))
        run = object_of(known.get("run"))
        if not run:
            skipped.append((file, "it has no `run`, so that nothing says where its figures come from"))
            continue
        measures, found = measures_of(known), find_shapes(known)
        if not measures and not found.groups and not found.curves:
            skipped.append((file, "it holds no figure"))
            continue
        items = known.get("items")
        cells = cast("list[object]", items) if isinstance(items, list) else []
        n = number_of(known.get("n"))
        results.append(
            Result(
                path=file,
                name=file.stem if names[file.stem] == 1 else f"{file.parent.name}/{file.stem}",
                suite=str(run.get("suite") or known.get("benchmark") or known.get("recipe") or "other"),
                report=known,
                measures=measures,
                found=found,
                n=int(n) if n is not None else len(cells) or None,
                items=[cast("dict[str, object]", cell) for cell in cells if isinstance(cell, dict)],
            )
        )
    if files and not results:
        reasons = "; ".join(f"{str(file)!r}: {reason}" for file, reason in skipped)
        raise UsageError(f"none of the files is a result of a measurement ({reasons})", code="bad_data", field="run")
    return results, skipped


def _plain(report: Mapping[str, object], names: Sequence[str]) -> dict[str, object]:
    return {name: report[name] for name in names if isinstance(report.get(name), str)}


def _long(value: object) -> bool:
    return isinstance(value, dict | list) or len(str(value)) > 40


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str) and value:
        yield value
    elif isinstance(value, list):
        yield from (str(each) for each in cast("list[object]", value) if each)
