"""Hold a recommender to its contract: subclass `RecommenderContract` in a pytest file and give it a recommender."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from questline.errors import UsageError
from questline.tools.recommendation import ForgetRequest, Recommender

__all__ = ["RecommenderContract"]


def _refused(call: Callable[[], object]) -> UsageError:
    """Make a call that must be refused, and return the error."""
    try:
        call()
    except UsageError as error:
        return error
    raise AssertionError("the call was not refused")


class RecommenderContract:
    """What every `questline.tools.recommendation.Recommender` promises, as tests.

    A subclass named ``Test…`` provides a fixture ``recommender`` that has learnt ten sessions ``s0`` to ``s9`` of the
    users ``u0`` to ``u9``, each ``("kettle", "tea", "cup")``, and one more, ``private`` of ``ada``:
    ``("kettle", "pills", "tea")``::

        class TestMyRecommender(RecommenderContract):
            @pytest.fixture
            def recommender(self) -> MyRecommender:
                return MyRecommender(...)
    """

    def test_each_item_comes_once_best_first(self, recommender: Recommender) -> None:
        """The list is as long as asked for, without repeats, its scores never rise."""
        found = recommender.recommend(["kettle"], 3)
        assert len(found.items) == 3
        assert len(set(found.ids)) == 3
        scores = [each.score for each in found.items]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 1 for score in scores)
        assert found.items == recommender.recommend(["kettle"], 3).items

    def test_nothing_known_is_a_cold_start(self, recommender: Recommender) -> None:
        """An empty session, and one of unknown items, gets a list all the same."""
        for session in ([], ["nobody clicked it"]):
            found = recommender.recommend(session, 2)
            assert found.cold_start
            assert len(found.items) == 2

    def test_unknown_items_and_a_long_list_are_told(self, recommender: Recommender) -> None:
        """What is left out or cut stands in the warnings."""
        codes = {warning.code for warning in recommender.recommend(["kettle", "nobody clicked it"], 99).warnings}
        assert codes == {"unknown_item", "k_capped"}

    def test_a_bad_k_is_refused(self, recommender: Recommender) -> None:
        """A number of items is a whole number of at least 1."""
        for k in (0, -1, True, 1.5, "3"):
            assert _refused(lambda k=k: recommender.recommend(["kettle"], cast("Any", k))).code == "bad_k"

    def test_what_is_forgotten_is_recommended_no_more(self, recommender: Recommender) -> None:
        """An item that only the forgotten user clicked is gone; the same request again changes nothing."""
        assert "pills" in recommender.recommend(["kettle"], 99).ids
        report = recommender.forget([ForgetRequest.user("ada")])
        assert (report.status, report.clicks) == ("done", 3)
        assert "pills" not in recommender.recommend(["kettle"], 99).ids
        assert recommender.forget([ForgetRequest.user("ada")]).status == "already"

    def test_a_batch_is_carried_out_wholly_or_not_at_all(self, recommender: Recommender) -> None:
        """One request for what is not there keeps the others from being carried out."""
        before = recommender.recommend(["kettle"], 99).items
        error = _refused(lambda: recommender.forget([ForgetRequest.user("ada"), ForgetRequest.user("nobody")]))
        assert error.code == "unknown_request"
        assert recommender.recommend(["kettle"], 99).items == before
