"""The suites that take text out of texts: `summary` and `reading`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .command_options import BaseUrl, Kept, Limits, Sample
from .option_groups import spread
from .suite_runs import one_of, run_suite

__all__ = ["reading", "summary"]


@spread
def summary(
    *,
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
    base_url: BaseUrl = None,
    sample: Sample,
    limits: Limits,
    kept: Kept,
) -> None:
    """Summarize documents for their queries: ROUGE, answering sentence first, valid places, abstentions, time."""
    from questline.settings import load_settings

    from .suites.summary import METHODS, SummarySuite

    chosen = one_of("method", method, METHODS, code="bad_argument")
    settings = load_settings(flags={"model": model, "base_url": base_url})
    lengths = {"max_sentences": max_sentences, "max_chars": max_chars, "max_words": max_words}
    given = {"documents": documents, "method": method, **lengths, "model": model, "base_url": base_url}
    run_suite(
        "summary",
        lambda _: SummarySuite(
            documents=documents,
            method=chosen,
            max_sentences=max_sentences,
            max_chars=max_chars,
            max_words=max_words,
            settings=settings,
            limit=sample.limit,
            seed=sample.seed,
        ),
        kept,
        given={**given, "limit": sample.limit},
        seed=sample.seed,
        limits=limits,
    )


@spread
def reading(
    *,
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
    sample: Sample,
    kept: Kept,
) -> None:
    """Read short answers out of given passages: F1, exact match, F1 of finding that there is no answer, time."""
    from .suites.reading import METHODS, ReadingSuite

    chosen = one_of("method", method, METHODS, code="bad_argument")
    given = {"questions": questions, "corpus": corpus, "method": method, "source": source or None}
    run_suite(
        "reading",
        lambda _: ReadingSuite(
            questions=questions,
            corpus=corpus,
            method=chosen,
            always=always,
            unanswerable=unanswerable,
            source=source,
            limit=sample.limit,
            seed=sample.seed,
        ),
        kept,
        given={**given, "limit": sample.limit, "always": always, "unanswerable": unanswerable},
        seed=sample.seed,
    )
