"""The same moment on another clock, and the hours that a clock leaves out or shows twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from questline.errors import UsageError
from questline.tools.temporal import in_zone, localized, zone

NOON = datetime(2023, 5, 17, 12, 0)  # noqa: DTZ001 because a clock's time without its zone is the subject


@pytest.mark.requirement("temporal.zones")
def test_a_moment_is_shown_by_another_clock() -> None:
    shown = in_zone(localized(NOON, "Asia/Shanghai"), "Europe/Berlin")
    assert (shown.hour, shown.utcoffset()) == (6, timedelta(hours=2))
    assert shown == datetime(2023, 5, 17, 4, 0, tzinfo=UTC)
    assert in_zone(datetime(2023, 5, 17, 20, 0, tzinfo=UTC), "Asia/Shanghai").date().day == 18
    assert zone("UTC") == ZoneInfo("UTC")


@pytest.mark.requirement("temporal.zones")
def test_an_hour_that_is_left_out_is_refused_and_one_that_comes_twice_has_both() -> None:
    with pytest.raises(UsageError, match="never showed"):
        localized(datetime(2023, 3, 26, 2, 30), "Europe/Berlin")  # noqa: DTZ001 because it never was
    twice = datetime(2023, 10, 29, 2, 30)  # noqa: DTZ001 because it was twice
    first, second = localized(twice, "Europe/Berlin"), localized(twice, "Europe/Berlin", later=True)
    assert second.astimezone(UTC) - first.astimezone(UTC) == timedelta(hours=1)


@pytest.mark.requirement("temporal.zones")
@pytest.mark.parametrize(
    "name", ["Nowhere/Here", "", "../etc/passwd", "/etc/localtime", "Asia", "\0", "x" * 500, None, 8]
)
def test_an_unknown_zone_is_refused(name: object) -> None:
    with pytest.raises(UsageError) as caught:
        zone(name)  # type: ignore[arg-type]  # what a caller without a type checker may pass
    assert (caught.value.code, caught.value.fields["argument"]) == ("bad_param", "zone")


@pytest.mark.requirement("temporal.zones")
def test_a_moment_needs_a_zone_to_be_moved_and_none_to_be_given_one() -> None:
    for call in (
        lambda: in_zone(NOON, "UTC"),
        lambda: localized(NOON.replace(tzinfo=UTC), "UTC"),
        lambda: in_zone(datetime.min.replace(tzinfo=UTC), "America/New_York"),
        lambda: localized(datetime.min, "Asia/Shanghai"),  # noqa: DTZ901 because the first moment is meant
    ):
        with pytest.raises(UsageError) as caught:
            call()
        assert (caught.value.code, caught.value.fields["argument"]) == ("bad_param", "moment")
