"""Decode with drafts and without, on documents of several lengths: the same texts, passes, acceptance and time.

    python -P -m questline.training.generative_summarizer.speed --json summarizer_drafts.json

Without ``--model`` a tiny one learns to summarize made-up notes first, kept in ``--work``. Each document is decoded in
every way in turn, so that what else the machine does falls on all alike; the time of a way (of the processor; of a GPU
the clock's) is told as its ratio to greedy decoding of the same document. The texts must be the same, to the token.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from rich.progress import Progress

from questline.training.benchmarks.harness import parser, positive, run
from questline.training.torch_models import named
from questline.training.tuning.chat import token_ids
from questline.training.tuning.generation import end_marks
from questline.training.tuning.made import GPT2, Size, made_gpt2
from questline.training.writer.shown.begun import Trainings

from .decoding.break_even import Costs, Switch
from .decoding.copies import Copies
from .decoding.costing import costs_of
from .decoding.lookahead import Lookahead
from .decoding.writing import Decoded, Limits, decode
from .notes import notes
from .quantized import eight_bits
from .rows import PROMPT, Asked
from .settings import SFTSettings

__all__ = ["main", "measured"]

_FRESH: Final = 177
_DRAFTS: Final = (1, 2, 4, 8, 16)
"""Tokens of the drafts whose break-even is told."""
_PLACES: Final = 3


@dataclass(frozen=True, kw_only=True)
class _Bench:
    model: Any
    tokenizer: Any
    limits: Limits
    costs: Costs
    arguments: argparse.Namespace
    switches: Mapping[str, Switch]
    """One for all documents of a length: what one document taught holds for the next."""

    def ways(self, prompt: Sequence[int]) -> dict[str, Callable[[], Decoded]]:
        """Return what decodes a prompt in each way."""
        given = self.arguments

        def copies() -> Copies:
            return Copies(prompt, longest=given.draft)

        def ahead() -> Lookahead:
            return Lookahead(prompt, window=given.window, gram=given.gram, guesses=given.guesses)

        def written(source: Callable[[], Any] | None, switched: str = "") -> Callable[[], Decoded]:
            return lambda: decode(
                self.model,
                prompt,
                self.limits,
                source=source() if source is not None else None,
                switch=self.switches.get(switched),
            )

        return {
            "greedy": written(None),
            "copies": written(copies),
            "copies, switched": written(copies, "copies"),
            "lookahead": written(ahead),
            "lookahead, switched": written(ahead, "lookahead"),
        }


def measured(arguments: argparse.Namespace, bar: Progress) -> Mapping[str, object]:
    """Return the figures by document length, the costs of passes, and those of the published size."""
    import torch

    torch.set_num_threads(1)
    folder = arguments.model or _taught(arguments, bar)
    model, tokenizer = named(str(folder))
    model.to(arguments.device).eval()
    found: list[dict[str, object]] = []
    costs: Costs | None = None
    for facts in arguments.facts:
        rows = notes(arguments.documents, seed=_FRESH, facts=facts, asked=min(2, facts))
        prompts = [_prompt(tokenizer, row) for row in rows]
        costs = costs_of(model, prompts[0], clock=_clock(arguments.device))
        bench = _Bench(
            model=model,
            tokenizer=tokenizer,
            limits=Limits(most=arguments.tokens, ends=frozenset(end_marks(model, tokenizer))),
            costs=costs,
            arguments=arguments,
            switches={name: Switch(costs) for name in ("copies", "lookahead")},
        )
        told = _length(bench, prompts, bar.add_task(f"{facts} sentences", total=len(prompts)), bar)
        found.append(
            {"sentences": facts, "prompt_tokens": _mean([len(each) for each in prompts]), **_told(costs), **told}
        )
    figures: dict[str, object] = {"by_length": found}
    if arguments.published:
        figures["published_size"] = _published(tokenizer, _prompt(tokenizer, notes(1, seed=_FRESH)[0]))
    return figures


def _length(bench: _Bench, prompts: Sequence[Sequence[int]], task: Any, bar: Progress) -> dict[str, object]:
    """Return the figures of each way on documents of one length."""
    clock = _clock(bench.arguments.device)
    seen: dict[str, list[tuple[Decoded, float]]] = {}
    for place, prompt in enumerate(prompts):
        ways = list(bench.ways(prompt).items())
        turn = place % len(ways)
        for name, write in ways[turn:] + ways[:turn]:
            began = clock()
            made = write()
            seen.setdefault(name, []).append((made, clock() - began))
        bar.advance(task)
    plain = seen["greedy"]
    told: dict[str, object] = {"tokens_written": _mean([len(made.ids) for made, _ in plain])}
    for name in bench.ways(prompts[0]):
        made = [each for each, _ in seen[name]]
        ratios = [seconds / base for (_, seconds), (_, base) in zip(seen[name], plain, strict=True)]
        drafted = sum(each.drafted for each in made)
        told[name] = {
            "same": sum(one.ids == two.ids for one, (two, _) in zip(made, plain, strict=True)) / len(made),
            "tokens_a_pass": round(sum(len(each.ids) for each in made) / sum(each.passes for each in made), _PLACES),
            "acceptance": round(sum(each.accepted for each in made) / drafted, _PLACES) if drafted else None,
            "time_over_greedy": round(statistics.median(ratios), _PLACES),
            "time_over_greedy_quartiles": [round(each, _PLACES) for each in statistics.quantiles(ratios, n=4)[::2]],
        }
    return told


def _published(tokenizer: Any, prompt: Sequence[int]) -> dict[str, object]:
    """Return what passes of a model of the published size cost, in full precision and of 8 bits."""
    import torch

    torch.default_generator.manual_seed(0)
    width, layers, heads = GPT2
    size = Size(width=width, layers=layers, heads=heads, vocabulary=len(tokenizer), context=512)
    whole = made_gpt2(size, tokenizer).eval()
    told: dict[str, object] = {"parameters": sum(each.numel() for each in whole.parameters())}
    for name, each in {"full": whole, "int8": eight_bits(whole)}.items():
        costs = costs_of(each, prompt, rounds=5, clock=time.process_time)
        told[name] = {"ms_a_token": round(1000 * costs.by_tokens[1], _PLACES), **_told(costs)}
    return told


def _told(costs: Costs) -> dict[str, object]:
    return {
        "cost_of_pass": {str(size): round(costs.of(size), _PLACES) for size in costs.by_tokens},
        "break_even": {str(size): round(costs.break_even(size), _PLACES) for size in _DRAFTS},
    }


def _taught(arguments: argparse.Namespace, bar: Progress) -> Path:
    """Return a tiny summarizer that learnt from notes of several lengths."""
    trainings = Trainings(arguments.work, bar, threads=1)
    arguments.work.mkdir(parents=True, exist_ok=True)
    data = arguments.work / "notes.jsonl"
    if not data.exists():
        rows = [row for facts in (4, 8) for row in notes(2000, seed=facts, facts=facts)]
        data.write_text("".join(f"{json.dumps(asdict(row))}\n" for row in rows), encoding="utf-8")
    settings = SFTSettings(steps=arguments.steps, rate=6e-3, tokens=48, tested=60, context=1024)
    return trainings.train("summarizer-sft", "sft", data, settings)


def _prompt(tokenizer: Any, row: Asked) -> list[int]:
    return token_ids(tokenizer, row.chat(PROMPT))


def _clock(device: str) -> Callable[[], float]:
    """Return a clock of processor time, which other work does not move; of a GPU one that waits until it is done."""
    if device != "cuda":
        return time.process_time
    import torch

    def told() -> float:
        torch.cuda.synchronize()
        return time.perf_counter()

    return told


def _mean(values: Sequence[int]) -> float:
    return round(sum(values) / len(values), 1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and return the exit code."""
    options = parser(__doc__)
    options.add_argument("--model", type=Path, default=None, help="folder of summarizer-sft or summarizer-dpo")
    options.add_argument("--work", type=Path, default=Path("runs/summarizer_speed"), help="folder of the training")
    options.add_argument("--steps", type=positive, default=800, help="of the training")
    options.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    options.add_argument("--facts", type=positive, nargs="+", default=[4, 8, 16, 32], help="sentences of a document")
    options.add_argument("--documents", type=positive, default=30, help="of each length")
    options.add_argument("--tokens", type=positive, default=48, help="of a summary, at most")
    options.add_argument("--draft", type=positive, default=16, help="tokens copied at once, at most")
    options.add_argument("--window", type=positive, default=7)
    options.add_argument("--gram", type=positive, default=5)
    options.add_argument("--guesses", type=positive, default=7)
    options.add_argument("--published", action="store_true", help="also the costs of a model of 0.1 billion parameters")
    return run("speed", options, measured, arguments, package="questline.training.generative_summarizer")


if __name__ == "__main__":
    sys.exit(main())
