"""Spans and counters of planners and executors; nothing is recorded unless OpenTelemetry is configured."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from questline.telemetry import TRACER, Attributes, Operation, SpanHandle, span

__all__ = ["FALLBACKS", "count_fallback", "step_span"]

FALLBACKS: Final = "questline.fallbacks"
"""Name of the counter of steps whose language model failed; its attributes are the step and the error's code."""


@contextmanager
def step_span(step: str, *, task: str = "") -> Generator[SpanHandle]:
    """Open the span of one step, ``execute_step R``."""
    attributes = {Attributes.OPERATION: Operation.EXECUTE_STEP, Attributes.STEP: step, Attributes.TASK: task}
    with span(f"{Operation.EXECUTE_STEP} {step}", attributes) as handle:
        yield handle


def count_fallback(handle: SpanHandle, step: str, code: str) -> None:
    """Count a step that something else than its language model finished, and note it on its span."""
    attributes = {Attributes.STEP: step, Attributes.ERROR_TYPE: code}
    handle.set({Attributes.DEGRADED: True})
    handle.event("questline.fallback", attributes)
    if "opentelemetry.metrics" in sys.modules:  # else nobody can have configured it
        from opentelemetry import metrics

        metrics.get_meter(TRACER).create_counter(FALLBACKS, unit="{step}").add(1, attributes)
