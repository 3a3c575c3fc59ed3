"""Read and write the JSON of a measurement."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from questline.errors import UsageError
from questline.tools.retrieval.faults import storage_faults

__all__ = ["ReportDict", "read_json", "read_report", "write_json", "write_lines"]

ReportDict = dict[str, object]
"""Metrics by name, then ``failed``, ``intervals``, ``items``, ``run``."""


def read_report(path: Path) -> ReportDict:
    """Read a report that `write_json` wrote.

    Raises:
        UsageError: ``file_not_found``, ``unreadable_file``, or ``bad_data`` when it is not a report.
    """
    report = read_json(path)
    if not isinstance(report, dict) or not isinstance(cast("ReportDict", report).get("run"), dict):
        raise UsageError(f"{str(path)!r} is not a report of `agents eval`", code="bad_data", path=path, field="run")
    return cast("ReportDict", report)


def read_json(path: Path) -> object:
    """Read a file of JSON.

    Raises:
        UsageError: ``file_not_found``, ``unreadable_file``, or ``bad_data`` when it is not JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {str(path)!r}", code="file_not_found", path=path) from error
    except OSError as error:
        raise UsageError(f"{str(path)!r} cannot be read ({error})", code="unreadable_file", path=path) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{str(path)!r} is not JSON ({error})", code="bad_data", path=path, field="") from error


def write_json(path: Path, values: Mapping[str, object]) -> None:
    """Write one JSON object in one step, so that no reader ever sees half of it.

    Raises:
        RunError: ``read_only``, ``disk_full`` or ``run_failed``.
    """
    _write(path, json.dumps(_finite(values), ensure_ascii=False, indent=2, allow_nan=False))


def write_lines(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Write JSON objects, one a line, in one step; raises what `write_json` raises."""
    _write(path, "\n".join(json.dumps(_finite(row), ensure_ascii=False, allow_nan=False) for row in rows))


def _write(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with storage_faults(path.parent, what=path.name):
        try:
            beside.write_text(text + "\n", encoding="utf-8")
            beside.replace(path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise


def _finite(value: object) -> object:
    """Replace what JSON cannot say (NaN, infinity) by null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(cell) for key, cell in cast("Mapping[object, object]", value).items()}
    if isinstance(value, list | tuple):
        return [_finite(cell) for cell in cast("list[object]", value)]
    return value
