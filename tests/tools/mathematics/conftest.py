from __future__ import annotations

from collections.abc import Callable, Generator

import pytest

from questline.errors import UsageError
from questline.tools.mathematics import Calculator
from questline.tools.mathematics.exact import NotRationalError


def error_of(call: Callable[[], object]) -> UsageError | None:
    """Return the typed error that a call raises, or None when it raises none."""
    try:
        call()
    except UsageError as error:
        return error
    except NotRationalError:
        return None
    return None


@pytest.fixture(scope="session")
def calculator() -> Generator[Calculator]:
    """One for all tests, with time enough for a busy machine."""
    with Calculator(seconds=60) as one:
        yield one
