"""What reads passages for the embedded ranker."""

from __future__ import annotations

import numpy as np
import pytest
from tests.tools.ranking.conftest import passages

from questline.tools.models.cross_encoder import CrossEncoder
from questline.tools.models.encoder import Encoder
from questline.tools.ranking.blend import shipped
from questline.tools.ranking.embedded import EmbeddedRanker
from questline.tools.ranking.features import word_features
from questline.tools.ranking.first_stage import FirstStage
from questline.tools.ranking.scorers import SHARE, Cosine, Pairs

QUERY = "Who designed Orrin Light?"
TEXTS = ["Bread is baked at night.", "Orrin Light was designed by Hugo Brandt.", "Orrin Light has 214 steps."]


@pytest.mark.requirement("ranking.pairs")
async def test_both_models_are_asked_and_summed_by_the_share() -> None:
    given = passages(3, texts=TEXTS)
    depth = Pairs(CrossEncoder.load())(QUERY, TEXTS) + SHARE * Cosine(Encoder.load())(QUERY, TEXTS)
    stage = FirstStage.read(QUERY, given)
    odds = shipped("pairs").log_odds(stage.strength, word_features(QUERY, TEXTS), depth.astype(np.float64))
    ranking = await EmbeddedRanker.load().rank(QUERY, given)
    for item in ranking.items:
        assert item.raw == pytest.approx(float(odds[item.index]), rel=1e-4)


@pytest.mark.requirement("ranking.pairs")
@pytest.mark.parametrize("scorer", [Pairs(CrossEncoder.load()), Cosine(Encoder.load())], ids=["pairs", "cosine"])
def test_a_text_fits_where_it_is_read_whole(scorer: Pairs | Cosine) -> None:
    assert scorer.fits(QUERY, TEXTS[1])
    assert not scorer.fits(QUERY, "word " * 400)


@pytest.mark.requirement("ranking.early-exit")
def test_a_vector_that_is_known_is_taken_as_it_is() -> None:
    encoder = Encoder.load()
    plain = Cosine(encoder)
    upright = np.zeros(encoder.dimension, np.float32)
    upright[0] = 1.0
    knowing = Cosine(encoder, vectors={TEXTS[1]: upright, "word " * 400: upright})
    cosines = knowing(QUERY, TEXTS)
    assert cosines.dtype == np.float32
    assert cosines[[0, 2]] == pytest.approx(plain(QUERY, TEXTS)[[0, 2]], abs=1e-6)
    assert cosines[1] == pytest.approx(encoder.encode([QUERY])[0, 0], abs=1e-6)
    assert [knowing.knows(text) for text in TEXTS] == [False, True, False]
    assert knowing.fits(QUERY, "word " * 400)
    assert not any(plain.knows(text) for text in TEXTS)


@pytest.mark.requirement("ranking.early-exit")
async def test_known_vectors_change_no_ranking_of_what_is_skimmed_anyway() -> None:
    given = passages(3, texts=TEXTS)
    vectors = dict(zip(TEXTS, Encoder.load().encode(TEXTS), strict=True))
    knowing = await EmbeddedRanker.load(vectors=vectors).rank(QUERY, given)
    assert knowing.items == (await EmbeddedRanker.load().rank(QUERY, given)).items


@pytest.mark.requirement("ranking.pairs")
async def test_the_packaged_ranker_puts_what_answers_before_what_shares_its_words() -> None:
    given = passages(3, texts=TEXTS)
    ranking = await EmbeddedRanker.load().rank(QUERY, given)
    assert ranking.items[0].id == given[1].id
    assert ranking.items[0].score > 0.5 > ranking.items[-1].score
