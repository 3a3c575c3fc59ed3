"""What is private stays private where it hides."""

from __future__ import annotations

import pytest

from questline.tools.suggestion.private import private

pytestmark = pytest.mark.requirement("hostile.hidden-secrets")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Call 020\u200b7946\u200b0958?", "number"),
        ("Write to bob\u2060@pella.ex\u00adample?", "e-mail address"),
        ("What is at https://ada:hunter2@host/x?", "secret"),
        ("What is at https://host:8080/x@y?", ""),
        ("Who wrote A\u200bda?", ""),
    ],
)
def test_hiding_does_not_help(text: str, kind: str) -> None:
    assert private(text) == kind
