"""Write docs/mapping.md and the ends of the pages in docs/crms: ``python -m tests.matrix``."""

from __future__ import annotations

from pathlib import Path

from crmbridge import connectors
from tests.house.capabilities import page_of, with_section
from tests.matrix.page import page

PAGE = Path(__file__).parents[2] / "docs/mapping.md"

if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    for declared in map(connectors.declaration, connectors.names()):
        path = page_of(declared)
        path.write_text(with_section(path.read_text(encoding="utf-8"), declared), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(Path(__file__).parents[2])} and the capabilities in docs/crms")
