"""The suites that take text out of texts: `summary` and `reading`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from questline.errors import UsageError

from .command_options import (
    CacheFolder,
    Fresh,
    JsonFile,
    Limit,
    MaxTokens,
    MaxUsd,
    NoItems,
    Seed,
    command_line,
    run_suite,
)
from .items import CACHE

if TYPE_CHECKING:
    from questline.tools.retrieval.report import Progress as Hears

    from .suites.reading import ReadingSuite
    from .suites.summary import SummarySuite

__all__ = ["reading", "summary"]


def summary(
    documents: Annotated[
        Path, typer.Option(help="JSON lines of {query, document, answers?, references?}, or a known set's form.")
    ],
    method: Annotated[
        str,
        typer.Option(help="cross-encoder, encoder, words, model (an LLM), or a floor: lead, bm25, query."),
    ] = "cross-encoder",
    max_sentences: Annotated[int | None, typer.Option(min=1, help="Most pieces; 3 when no limit is given.")] = None,
    max_chars: Annotated[int | None, typer.Option(min=1, help="Most characters.")] = None,
    max_words: Annotated[int | None, typer.Option(min=1, help="Most words.")] = None,
    model: Annotated[
        str | None, typer.Option(help="openai:NAME, anthropic:NAME or NAME, for the method model.")
    ] = None,
    base_url: Annotated[str | None, typer.Option(help="Address of an OpenAI-compatible server, with its /v1.")] = None,
    limit: Limit = None,
    seed: Seed = 0,
    max_usd: MaxUsd = None,
    max_tokens: MaxTokens = None,
    json_file: JsonFile = None,
    no_items: NoItems = False,
    cache: CacheFolder = CACHE,
    fresh: Fresh = False,
) -> None:
    """Summarize documents for their queries: ROUGE, answering sentence first, valid places, abstentions, time."""
    from questline.settings import load_settings

    from .suites.summary import METHODS, Method, SummarySuite

    chosen: Method | None = next((each for each in METHODS if each == method), None)
    if chosen is None:
        raise UsageError(f"method {method!r} is not one of {', '.join(METHODS)}", argument="method")
    settings = load_settings(flags={"model": model, "base_url": base_url})
    lengths = {"max_sentences": max_sentences, "max_chars": max_chars, "max_words": max_words}

    def build(indexing: Hears) -> SummarySuite:
        del indexing
        return SummarySuite(
            documents=documents,
            method=chosen,
            max_sentences=max_sentences,
            max_chars=max_chars,
            max_words=max_words,
            settings=settings,
            limit=limit,
            seed=seed,
        )

    given = {"documents": documents, "method": method, **lengths, "model": model, "base_url": base_url, "limit": limit}
    options = {
        "cache": cache,
        "seed": seed,
        "fresh": fresh,
        "max_usd": max_usd,
        "max_tokens": max_tokens,
        "command": command_line("summary", given, seed),
    }
    run_suite(build, options, json_file=json_file, items=not no_items)


def reading(
    questions: Annotated[
        Path,
        typer.Option(help="JSON lines of {question, answers[], context | paras | support}, or a known set's form."),
    ],
    corpus: Annotated[Path | None, typer.Option(help="Documents that rows with support name.")] = None,
    method: Annotated[str, typer.Option(help="cross-encoder, encoder or words: what reads.")] = "cross-encoder",
    source: Annotated[str, typer.Option(help="Read only rows of this source.")] = "",
    always: Annotated[bool, typer.Option("--always", help="Answer also where the reader would give up.")] = False,
    unanswerable: Annotated[
        bool,
        typer.Option("--unanswerable", help="Ask each question also over passages of the corpus without its answer."),
    ] = False,
    limit: Limit = None,
    seed: Seed = 0,
    json_file: JsonFile = None,
    no_items: NoItems = False,
    cache: CacheFolder = CACHE,
    fresh: Fresh = False,
) -> None:
    """Read short answers out of given passages: F1, exact match, F1 of finding that there is no answer, time."""
    from .suites.reading import METHODS, Method, ReadingSuite

    chosen: Method | None = next((each for each in METHODS if each == method), None)
    if chosen is None:
        raise UsageError(f"method {method!r} is not one of {', '.join(METHODS)}", argument="method")

    def build(indexing: Hears) -> ReadingSuite:
        del indexing
        return ReadingSuite(
            questions=questions,
            corpus=corpus,
            method=chosen,
            always=always,
            unanswerable=unanswerable,
            source=source,
            limit=limit,
            seed=seed,
        )

    given = {"questions": questions, "corpus": corpus, "method": method, "source": source or None, "limit": limit}
    command = command_line("reading", given, seed) + (" --always" if always else "")
    command += " --unanswerable" if unanswerable else ""
    options = {"cache": cache, "seed": seed, "fresh": fresh, "command": command}
    run_suite(build, options, json_file=json_file, items=not no_items)
