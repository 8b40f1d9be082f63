"""The recorded shapes of tests/contract/fixtures/freshsales."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[3] / "contract" / "fixtures" / "freshsales"


def fixture_json(kind: str, name: str) -> Any:
    return json.loads((FOLDER / kind / f"{name}.json").read_text(encoding="utf-8"))


def fixture_names(kind: str) -> list[str]:
    return sorted(path.stem for path in (FOLDER / kind).glob("*.json"))
