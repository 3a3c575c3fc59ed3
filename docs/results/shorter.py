"""Write every result file with numbers of six digits and one space of indentation: they travel with every clone.

python -P docs/results/shorter.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

HERE = Path(__file__).parent


def shorter(value: Any) -> Any:
    """Return a JSON value whose fractions have six digits that count."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, list):
        return [shorter(each) for each in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {name: shorter(each) for name, each in cast("dict[str, Any]", value).items()}
    return value


def main() -> None:
    """Rewrite the files beside this one."""
    for file in sorted(HERE.glob("*.json")):
        told = json.dumps(shorter(json.loads(file.read_bytes())), ensure_ascii=False, indent=1)
        file.write_text(told + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
