"""What the linker's network sees of words and columns."""

from __future__ import annotations

import numpy as np

from questline.tools.tables.linker.features import PAIRS, hear, see
from questline.tools.tables.linker.sight import KINDS, View
from questline.tools.tables.linker.spoken import FORMS, pieces, split
from questline.tools.tables.linker.vectors import WIDTH, States
from questline.tools.tables.wording import Sheet


def column(view: View, name: str) -> int:
    return next(place for place, each in enumerate(view.columns) if each.field.name == name)


def test_words_are_cut_at_apostrophes_and_keep_numbers_days_and_codes_whole() -> None:
    told = [word.text for word in split(Sheet("What's Bella's bill for 2027-05-03 on PC-033, €1.50?"))]
    assert told == ["what", "s", "bella", "s", "bill", "for", "2027-05-03", "on", "pc-033", "€", "1.50"]


def test_cells_are_cut_as_questions_are() -> None:
    assert pieces("PC-033 (old)") == ("pc-033", "old")


def test_shapes_fit_the_network(view: View) -> None:
    seen = see(hear("how heavy is the beagle"), view)
    assert seen.pairs.shape == (5, 9, PAIRS)
    assert seen.spoken.forms.shape == (5, FORMS)
    assert seen.natures.shape == (9, KINDS)
    assert seen.names.shape == seen.told.shape == (9, WIDTH)


def test_a_cell_is_seen_whole_in_part_and_with_a_slip(view: View) -> None:
    seen = see(hear("Bella or the siamse of Berg"), view)
    assert seen.pairs[0, column(view, "pet"), 7] == 1.0
    assert seen.pairs[3, column(view, "breed"), 10] == 1.0
    assert 0 < seen.pairs[5, column(view, "owner"), 9] < 1
    assert not seen.pairs[1].any() or seen.pairs[1, :, 7:11].max() == 0


def test_a_short_name_and_what_the_lexicon_says_point_to_columns(view: View) -> None:
    seen = see(hear("cheapest weight for a jab"), view)
    assert seen.pairs[0, column(view, "price_night"), 5] == 1.0
    assert seen.pairs[1, column(view, "weight_kg"), 0] == 1.0
    assert seen.pairs[4, column(view, "next_jab"), 0] == 1.0


def test_numbers_days_and_times_fit_columns_of_such(view: View) -> None:
    seen = see(hear("over 10 in May after 9:30"), view)
    assert seen.pairs[1, column(view, "weight_kg"), 13] == 1.0
    assert seen.pairs[1, column(view, "pet"), 13] == 0.0
    assert seen.pairs[3, column(view, "next_jab"), 15] == 1.0
    assert seen.pairs[5, column(view, "arrives"), 16] == 1.0


def test_a_word_has_another_state_in_another_question() -> None:
    one, other = (hear(text) for text in ("the bank of the river", "the bank lends money"))
    assert not np.allclose(one.states[1], other.states[1], atol=1e-2)
    assert np.allclose(one.alone[1], other.alone[1])


def test_states_of_a_long_text_end_in_zeros() -> None:
    sheet = Sheet("cat " * 400)
    states = States.load().of(sheet.text, split(sheet))
    assert states[0].any()
    assert not states[-1].any()


def test_a_question_without_words_and_a_table_of_200_columns_are_seen(view: View) -> None:
    assert see(hear("?!"), view).pairs.shape == (0, 9, PAIRS)
