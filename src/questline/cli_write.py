"""`agents write QUERY`: greetings for an occasion, each within its constraints."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias, cast

import typer

from questline.cli_console import plain
from questline.cli_options import BaseUrl, Config, JsonOutput, Model, command

if TYPE_CHECKING:
    from questline.tools.writing import Greetings, Tone

__all__ = ["Examples", "SeenFile", "write"]

Examples: TypeAlias = Annotated[
    Path | None,
    typer.Option("--examples", metavar="FILE", help="Texts you like: one a line, or JSON lines of {query, text}."),
]
SeenFile: TypeAlias = Annotated[
    Path | None,
    typer.Option("--seen", metavar="FILE", help="Remembers what was written, so that the next text differs."),
]

write = command(
    "write", epilog="Without --model a grammar with phrases of its own writes; no key or network is needed."
)


@write.command()
def write_greetings(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="Occasion and person, such as 给奶奶的生日祝福.")],
    k: Annotated[int, typer.Option("-k", "--k", metavar="N", help="How many texts, 1 to 50.")] = 3,
    recipient: Annotated[
        str | None, typer.Option("--to", metavar="NAME", help="Name in the text, letter by letter.")
    ] = None,
    tone: Annotated[
        str | None, typer.Option("--tone", metavar="TONE", help="warm, formal, humorous, poetic or short.")
    ] = None,
    max_chars: Annotated[
        int | None, typer.Option("--max-chars", metavar="N", help="Characters at most, punctuation counted.")
    ] = None,
    include: Annotated[
        list[str] | None, typer.Option("--include", metavar="WORD", help="Stands in each text; repeat for more.")
    ] = None,
    avoid: Annotated[
        list[str] | None, typer.Option("--avoid", metavar="WORD", help="Stands in no text; repeat for more.")
    ] = None,
    emoji: Annotated[bool, typer.Option("--emoji", help="Allow emoji.")] = False,
    rhyme: Annotated[bool, typer.Option("--rhyme", help="Lines that rhyme.")] = False,
    parallel: Annotated[bool, typer.Option("--parallel", help="Two parallel lines (对仗) in each text.")] = False,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="The same seed writes the same texts.")
    ] = None,
    anything: Annotated[
        bool, typer.Option("--anything", help="Write a general greeting where the query asks for none.")
    ] = False,
    examples: Examples = None,
    seen: SeenFile = None,
    scores: Annotated[bool, typer.Option("--scores", help="Show score, length and what the judge finds.")] = False,
    as_json: JsonOutput = False,
    model: Model = None,
    base_url: BaseUrl = None,
    config: Config = None,
) -> None:
    """Write greetings, mostly Chinese, best first."""
    from questline.settings import load_settings
    from questline.tools.writing.brief import Brief

    brief = Brief(
        query=query,
        recipient=recipient,
        tone=cast("Tone | None", tone),
        max_chars=max_chars,
        must_include=tuple(include or ()),
        avoid=tuple(avoid or ()),
        emoji=emoji,
        rhyme=rhyme,
        parallel=parallel,
    )
    settings = load_settings(file=config, flags={"model": model, "base_url": base_url})

    async def written() -> Greetings:
        from questline.tools.models.gateway import Gateway
        from questline.tools.writing.build import build

        gateway = Gateway.of(settings)
        writer = build(
            gateway,
            examples=examples,
            seen=seen,
            prompt=settings.prompts.get("writer"),
            strict=settings.strict,
            best_effort=anything or settings.greet_anything,
            threads=settings.threads,
        )
        async with gateway.session():
            return await writer.write(brief, k, seed=seed)

    from questline import event_loop

    found = event_loop.run(written())
    code = 0 if found.items else 1
    if as_json:
        print(json.dumps(asdict(found), ensure_ascii=False))
    else:
        _show(found, scores=scores)
    if code:
        raise typer.Exit(code)


def _show(found: Greetings, *, scores: bool) -> None:
    for warning in found.warnings:
        print(f"{warning.code}: {plain(warning.message)}", file=sys.stderr)
    if found.refusal is not None:
        refused = found.refusal
        print(
            f"refused ({refused.principle}): {refused.text} It is about {plain(refused.evidence)!r}.", file=sys.stderr
        )
    elif found.status == "out_of_scope":
        print("out_of_scope: the query asks for no greeting; --anything writes a general one.", file=sys.stderr)
    for place, each in enumerate(found.items, start=1):
        print(f"{place}. {plain(each.text)}")
        if scores:
            judged = [plain(reason) for reason in each.verdict.reasons] if each.verdict else []
            print("   " + " · ".join([f"{each.score:.2f}", f"{len(each.text)} characters", each.tone, *judged]))
