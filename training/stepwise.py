"""Drive one of TRL's trainers a step at a time: it runs in a thread that waits between two steps.

What a step draws must depend on the seed and its number alone, so that a run that is resumed takes the steps that an
uninterrupted one would.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from queue import Queue
from typing import Any, cast

import torch

from questline.errors import RunError

__all__ = ["checked_gradients", "driven", "quietly", "warmed_up"]


def driven(trainer: Any, *, told_by: str, rate: str, first: int, seed: int) -> Iterator[Mapping[str, Any]]:
    """Let a trainer take its steps, yielding what it logs of each after it was taken; the model learns in place.

    Args:
        trainer: Of TRL or transformers, logging each step.
        told_by: Name that the log of a step has and no other log.
        rate: Setting that is to be lowered when a gradient is not a number, as ``llm-planner.grpo_rate``.
        first: Steps that were taken before.
        seed: With the number of a step it decides what is drawn in it, such as noise and dropout.

    Raises:
        RunError: When a gradient is not a finite number; the weights are then those of the step before.
    """
    gate = _Gate(told_by, rate, first, seed)
    trainer.add_callback(gate.callback())
    thread = threading.Thread(target=gate.run, args=(trainer,), name="trainer", daemon=True)
    thread.start()
    try:
        yield from gate.heard()
    finally:
        gate.end()
        thread.join()


def quietly(build: Callable[[], Any]) -> Any:
    """Build a trainer without its warnings and printing, and leave torch's generator as it was.

    TRL tells its maker of each trainer that is built, where there is a network; not of ours.
    """
    from huggingface_hub import constants
    from transformers import PrinterCallback

    before, told = torch.get_rng_state(), constants.HF_HUB_DISABLE_TELEMETRY
    with warnings.catch_warnings():
        # TRL uses names that transformers renames, and marks some as experimental: both are bounded.
        warnings.simplefilter("ignore")
        constants.HF_HUB_DISABLE_TELEMETRY = True
        try:
            made = build()
        finally:
            constants.HF_HUB_DISABLE_TELEMETRY = told
    torch.set_rng_state(before)
    made.remove_callback(PrinterCallback)
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")  # said by its thread
    return made


def warmed_up(optimizer: torch.optim.Optimizer, *, first: int, last: int, warming: int) -> Any:
    """Return a schedule that rises over `warming` steps and then falls to a tenth, from step `first` on.

    Args:
        optimizer: Whose rate it is; what it was resumed with is set back to where the schedule begins.
        first: Step from 0.
        last: Where the schedule ends.
        warming: Steps.
    """

    def share(step: int) -> float:
        at = first + step
        return min(1.0, (at + 1) / max(1, warming)) * (1.0 - 0.9 * at / max(1, last))

    for group in optimizer.param_groups:
        group["lr"] = group.setdefault("initial_lr", group["lr"])
    return torch.optim.lr_scheduler.LambdaLR(optimizer, share)


def checked_gradients(model: Any, *, rate: str) -> None:
    """Hold the gradients to numbers, before they are applied.

    Raises:
        RunError: For one that is not; the weights are still those of the step before.
    """
    for name, each in model.named_parameters():
        if each.grad is not None and not bool(torch.isfinite(each.grad).all()):
            raise RunError(f"the gradient of {name} is not a finite number, and no step was taken; lower {rate}")


class _Gate:
    """Hands each step from the trainer's thread to the one that drives, and lets it go on when told."""

    def __init__(self, told_by: str, rate: str, first: int, seed: int) -> None:
        self._told_by, self._rate, self._first, self._seed = told_by, rate, first, seed
        self._said: Queue[Mapping[str, Any] | BaseException | None] = Queue()
        self._go = threading.Semaphore(0)
        self._ended = False

    def callback(self) -> Any:
        from transformers import TrainerCallback

        gate = self

        class Between(TrainerCallback):
            def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
                step = gate._first + int(state.global_step)
                cast("Any", torch).manual_seed((gate._seed * 1_000_003 + step) % (1 << 63))

            def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
                checked_gradients(model, rate=gate._rate)

            def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
                if gate._told_by in (logs or {}):
                    gate.pause(dict(logs), control)

        return Between()

    def pause(self, logs: Mapping[str, Any], control: Any) -> None:
        self._said.put(logs)
        self._go.acquire()
        if self._ended:
            control.should_training_stop = True

    def run(self, trainer: Any) -> None:
        try:
            trainer.train()
        except BaseException as error:  # noqa: BLE001 because it is raised again where the run is driven
            self._said.put(error)
        else:
            self._said.put(None)

    def heard(self) -> Iterator[Mapping[str, Any]]:
        while (said := self._said.get()) is not None:
            if isinstance(said, BaseException):
                raise said
            yield said
            self._go.release()

    def end(self) -> None:
        self._ended = True
        self._go.release()
