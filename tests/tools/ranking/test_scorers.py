"""What reads passages for the embedded ranker."""

from __future__ import annotations

import numpy as np
import pytest
from tests.tools.ranking.conftest import passages

from questline.tools.models.cross_encoder import CrossEncoder
from questline.tools.models.encoder import Encoder
from questline.tools.ranking.embedded import EmbeddedRanker
from questline.tools.ranking.scorers import SHARE, Cosine, Pairs, together

QUERY = "Who designed Orrin Light?"
TEXTS = ["Bread is baked at night.", "Orrin Light was designed by Hugo Brandt.", "Orrin Light has 214 steps."]


@pytest.mark.requirement("ranking.pairs")
def test_both_models_are_asked_and_summed_by_the_share() -> None:
    pairs, cosine = Pairs(CrossEncoder.load()), Cosine(Encoder.load())
    summed = together()(QUERY, TEXTS)
    assert summed.dtype == np.float32
    assert summed == pytest.approx(pairs(QUERY, TEXTS) + SHARE * cosine(QUERY, TEXTS), rel=1e-5)
    assert int(summed.argmax()) == 1


@pytest.mark.requirement("ranking.pairs")
def test_a_text_fits_where_both_read_it_whole() -> None:
    scorer = together()
    assert scorer.fits(QUERY, TEXTS[1])
    assert not scorer.fits(QUERY, "word " * 400)


@pytest.mark.requirement("ranking.pairs")
async def test_the_packaged_ranker_puts_what_answers_before_what_shares_its_words() -> None:
    given = passages(3, texts=TEXTS)
    ranking = await EmbeddedRanker.load().rank(QUERY, given)
    assert ranking.items[0].id == given[1].id
    assert ranking.items[0].score > 0.5 > ranking.items[-1].score
