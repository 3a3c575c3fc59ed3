"""Measure an exported cross-encoder on the sets that are for scoring only, and print a line of JSON for each.

    python -P -m questline.training.embedded.evaluate --data DIR --model DIR [--cache DIR] [--only NAME]

The weights of the blend of cross-encoder, cosine and words are chosen on questions that training held out: over the
first 30 passages of a word search for passages, over the sentences of a passage for sentences.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from questline.errors import QuestlineError
from questline.tools.models.cross_encoder import CrossEncoder
from questline.tools.models.encoder import Encoder
from questline.tools.text import sentences
from questline.training.evaluation.answer_metrics import exact_match, token_f1
from questline.training.evaluation.corpus_index import open_corpus
from questline.training.evaluation.ranking_metrics import ndcg, reciprocal_rank
from questline.types import Passage

from .assemble import CORPUS, QUESTIONS
from .blend import Blend, Listed, best_blend, word_scores
from .examples import answer_places, question_hash
from .sources import read_rows

__all__ = ["Judges", "gold_passages", "main", "ranking_figures", "reading_figures"]

Figures = dict[str, Any]
_HELD_OUT: Final = 0.1
"""The share that the recipe holds out by default."""
_DEPTH: Final = 30


class Judges:
    """The two models, and the candidates of a question scored by both."""

    def __init__(self, cross: CrossEncoder, encoder: Encoder | None = None) -> None:
        self.cross = cross
        self.encoder = encoder or Encoder.load()

    def listed(
        self,
        question: str,
        texts: Sequence[str],
        grades: Sequence[int] | Mapping[str, int],
        words: Sequence[float] | None = None,
        ids: Sequence[str] | None = None,
    ) -> Listed:
        """Score candidates; `words` are those of the first stage where it gave any, `grades` may be by id."""
        names = tuple(ids) if ids is not None else tuple(map(str, range(len(texts))))
        judged = grades if isinstance(grades, Mapping) else dict(zip(names, grades, strict=True))
        vectors = self.encoder.encode([question, *texts])
        return Listed(
            words=np.array(words, np.float64) if words is not None else word_scores(question, texts),
            cosine=(vectors[1:] @ vectors[0]).astype(np.float64),
            cross=self.cross.score(question, texts).relevance.astype(np.float64),
            ids=names,
            grades=judged,
        )


def ranking_figures(lists: Sequence[Listed], blend: Blend, *, metric: str) -> Figures:
    """Return the mean of ``ndcg@10`` or ``mrr`` for each score alone and for the blend."""
    ways = {
        "words": Blend(cross=0, words=1),
        "cosine": Blend(cross=0, cosine=1),
        "cosine and words": Blend(cross=0, cosine=1, words=0.3),
        "cross-encoder": Blend(),
        "blend": blend,
    }
    figures: Figures = {}
    for name, way in ways.items():
        ranked = [(one.order(way.scores(one)), one.grades) for one in lists]
        values = [ndcg(r, g, 10) if metric == "ndcg@10" else reciprocal_rank(r, g) for r, g in ranked]
        figures[name] = round(float(np.mean(values)), 4)
    return {"metric": metric, "n": len(lists), **figures}


def reading_figures(judges: Judges, rows: Iterator[tuple[str, str, str, Sequence[str]]]) -> Figures:
    """Return F1, exact match and sentence hit@1 over (question, title, text, answers)."""
    f1: list[float] = []
    exact: list[float] = []
    hits: list[bool] = []
    for question, title, text, answers in rows:
        judged = judges.cross.judge(question, [text], titles=[title], spans=1)[0]
        found = judged.spans[0].text if judged.spans else ""
        f1.append(token_f1(found, answers))
        exact.append(exact_match(found, answers))
        places = answer_places(text, answers)
        if places and len(judged.sentences) > 1:
            best = max(judged.sentences, key=lambda one: one.probability).span
            hits.append(any(best.start <= a < best.end for a, _ in places))
    return {
        "f1": round(float(np.mean(f1)), 4),
        "em": round(float(np.mean(exact)), 4),
        "sentence hit@1": round(float(np.mean(hits)), 4),
        "n": len(f1),
    }


def _chosen(judges: Judges, data: Path, cache: Path, threads: int) -> tuple[Blend, Blend, Figures]:
    """Choose the blend of passages and that of sentences on held-out training questions."""
    passages: list[Listed] = []
    short: list[Listed] = []
    corpus = {str(row["id"]): row for row in read_rows(data / CORPUS)}
    with open_corpus(data / CORPUS, cache, threads=threads) as index:
        for row in read_rows(data / QUESTIONS):
            question, support = str(row["question"]), {str(name) for name in row.get("support") or ()}
            if question_hash(question) >= _HELD_OUT or row["source"] != "nq":
                continue
            found = index.search_now(question, k=_DEPTH, mode="lexical")
            grades = [int(passage.document_id in support) for passage in found]
            if any(grades):
                scores = [passage.score for passage in found]
                passages.append(judges.listed(question, [_pair_text(p) for p in found], grades, scores))
            for name in sorted(name for name in support if name in corpus):
                cut = _sentences(str(corpus[name]["text"]), [str(a) for a in row["answers"]])
                if cut:
                    short.append(judges.listed(question, *cut))
    long, brief = best_blend(passages)[0], best_blend(short)[0]
    told = {
        "passages": {"weights": long.as_dict(), **ranking_figures(passages, long, metric="mrr")},
        "sentences": {"weights": brief.as_dict(), **ranking_figures(short, brief, metric="mrr")},
    }
    return long, brief, told


def _pair_text(passage: Passage) -> str:
    """Return title and text as the cross-encoder was taught to read them."""
    return f"{passage.title}. {passage.text}" if passage.title else passage.text


def _sentences(text: str, answers: Sequence[str]) -> tuple[list[str], list[int]] | None:
    cut = [span.text for span in sentences(text)]
    grades = [int(bool(answer_places(one, answers))) for one in cut]
    return (cut, grades) if len(cut) > 2 and 0 < sum(grades) < len(cut) else None


def _deep_learning(judges: Judges, folder: Path) -> list[Listed]:
    grades: dict[str, dict[str, int]] = {}
    for row in read_rows(folder / "qrels.jsonl.gz"):
        grades.setdefault(str(row["qid"]), {})[str(row["docid"])] = int(row["grade"])
    lists: list[Listed] = []
    for row in read_rows(folder / "candidates.jsonl.gz"):
        found = row["candidates"]
        lists.append(
            judges.listed(
                str(row["query"]),
                [str(one["text"]) for one in found],
                grades.get(str(row["qid"]), {}),
                [float(one["bm25_score"]) for one in found],
                [str(one["docid"]) for one in found],
            )
        )
    return lists


def _answer_sentences(judges: Judges, path: Path) -> list[Listed]:
    lists: list[Listed] = []
    for row in read_rows(path):
        grades = [int(one["label"]) for one in row["candidates"]]
        if any(grades) and not all(grades):  # with one kind of sentence every order is equally good
            lists.append(judges.listed(str(row["question"]), [str(one["text"]) for one in row["candidates"]], grades))
    return lists


def gold_passages(data: Path) -> Iterator[tuple[str, str, str, Sequence[str]]]:
    """Yield question, title, text and answers of the NQ part of ``mixed_dev``."""
    corpus = {str(row["id"]): row for row in read_rows(data / CORPUS)}
    for row in read_rows(data / "qa/mixed_dev.jsonl.gz"):
        if row["source"] == "nq":
            gold = corpus[str(row["support"][0])]
            yield str(row["question"]), str(gold["title"]), str(gold["text"]), [str(a) for a in row["answers"]]


def _xquad(path: Path) -> Iterator[tuple[str, str, str, Sequence[str]]]:
    for row in read_rows(path):
        for one in row["qas"]:
            answers = [str(answer) for answer in one["answers"]]
            yield str(one["question"]), "", str(row["context"]), answers


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(prog="evaluate", description="Measure an exported cross-encoder.")
    parser.add_argument("--data", type=Path, required=True, help="the folder of evaluation data")
    parser.add_argument("--model", type=Path, help="folder of the exported model; by default the packaged one")
    parser.add_argument("--cache", type=Path, default=Path(".questline") / "train", help="folder of indexes")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", choices=("ranking", "reading"), help="leave the other out")
    options = parser.parse_args(arguments)
    try:
        for name, figures in _measured(options):
            sys.stdout.write(json.dumps({name: figures}) + "\n")
            sys.stdout.flush()
    except QuestlineError as error:
        sys.stderr.write(f"{error.code}: {error.message}\n")
        return error.exit_code
    return 0


def _measured(options: argparse.Namespace) -> Iterator[tuple[str, Figures]]:
    data: Path = options.data
    judges = Judges(
        CrossEncoder.load(threads=options.threads, folder=options.model), Encoder.load(threads=options.threads)
    )
    if options.only != "ranking":
        yield "reading, NQ part of mixed_dev", reading_figures(judges, gold_passages(data))
        yield "reading, XQuAD-en", reading_figures(judges, _xquad(data / "qa/xquad_en.jsonl.gz"))
    if options.only != "reading":
        long, brief, chosen = _chosen(judges, data, options.cache, options.threads)
        yield "chosen on held-out", chosen
        for name in ("trecqa", "wikiqa"):
            lists = _answer_sentences(judges, data / f"rank/{name}_dev.jsonl.gz")
            yield name, ranking_figures(lists, brief, metric="mrr")
        for name in ("dl19", "dl21"):
            lists = _deep_learning(judges, data / f"ir/{name}_bm25_top100")
            yield name, ranking_figures(lists, long, metric="ndcg@10")


if __name__ == "__main__":
    sys.exit(main())
