"""Write docs/results.md from the measurements beside this file: `python -P docs/results/page.py`.

No figure is typed by hand: `make results` measures, this fills ``page.md.in``, and a test compares the page with both.
The parts that the template names lie in ``parts``, a file a subject.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
PAGE: Final = HERE.parent / "results.md"
sys.path.insert(0, str(HERE))

from parts import answers, models, planners, runs, sessions, targets, times_and_photos, tools  # noqa: E402 because it lies beside this script

SUBJECTS: Final = (targets, answers, planners, sessions, tools, runs, times_and_photos, models)


def page() -> str:
    """Return the whole page: the template with each ``{{part}}`` filled."""
    parts = {name: made for subject in SUBJECTS for name, made in subject.PARTS.items()}
    template = (HERE / "page.md.in").read_text("utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match.group(1)]().strip(), template)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
