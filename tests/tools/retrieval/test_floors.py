"""Recall on the shared corpus; the figures with the encoder come from `agents eval retrieval`."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from questline.tools.retrieval.index import DocumentIndex


def _questions(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.requirement("retrieval.floors")
def test_words_alone_reach_the_floor_and_titles_lift_them(data_dir: Path, tmp_path: Path) -> None:
    questions = _questions(data_dir / "qa" / "mixed_dev.jsonl.gz")
    recalls: dict[str, float] = {}
    with DocumentIndex.open(tmp_path / "index", encoder=None) as index:
        report = index.ingest([data_dir / "qa" / "mixed_corpus.jsonl.gz"])
        assert report.documents == 11_591
        assert sum(report.seconds.values()) < 60  # alone on two cores it takes 4 s; the suite shares them
        for mode in ("lexical", "hybrid"):
            total = 0.0
            for row in questions:
                found = {passage.document_id for passage in index.search_now(row["question"], k=5, mode=mode)}
                total += len(found & set(row["support"])) / len(row["support"])
            recalls[mode] = total / len(questions)
    assert recalls["lexical"] >= 0.819
    assert recalls["hybrid"] >= recalls["lexical"] + 0.02
