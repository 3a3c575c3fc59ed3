"""Links between the pages lead somewhere, and every page can be reached from the first."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")))
_LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_FENCED = re.compile(r"^(`{3,}).*?^\1[ \t]*$", re.MULTILINE | re.DOTALL)


def prose(page: Path) -> str:
    return _FENCED.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """Return the names of a page's headings as code hosts make them."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def links(page: Path) -> list[tuple[Path, str]]:
    """Return the files, with anchors, that a page's relative links name."""
    targets = [match["target"] for match in _LINK.finditer(prose(page))]
    pairs = [target.partition("#") for target in targets if "://" not in target and not target.startswith("mailto:")]
    return [((page.parent / path).resolve() if path else page, anchor) for path, _, anchor in pairs]


@pytest.mark.requirement("house.docs-links")
@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_file_and_a_heading(page: str) -> None:
    for target, anchor in links(ROOT / page):
        assert target.exists(), f"{page} links to {target}, which does not exist"
        assert not anchor or anchor in anchors(target), f"{page} links to #{anchor}, which {target.name} does not have"


@pytest.mark.requirement("house.docs-links")
def test_every_page_of_the_manual_can_be_reached_from_its_first() -> None:
    seen: set[Path] = set()
    to_read = [ROOT / "docs" / "index.md"]
    while to_read:
        page = to_read.pop()
        if page not in seen and page.suffix == ".md":
            seen.add(page)
            to_read += [target for target, _ in links(page)]
    assert {page for page in ROOT.glob("docs/**/*.md") if "samples" not in page.parts} - seen == set()
