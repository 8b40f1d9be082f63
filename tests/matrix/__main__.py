"""Write docs/mapping.md: ``python -m tests.matrix``."""

from __future__ import annotations

from pathlib import Path

from tests.matrix.page import page

PAGE = Path(__file__).parents[2] / "docs/mapping.md"

if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(Path(__file__).parents[2])}")
