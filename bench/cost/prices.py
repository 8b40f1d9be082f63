"""List prices, and what is assumed where nothing can be measured on one machine; both stand in ``prices.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("prices.json")


@dataclass(frozen=True, slots=True)
class Prices:
    """List prices of one region on one day.

    Attributes:
        dollars: per million units, by line.
        units: what is counted, in words, by line.
        assumed: milliseconds and bytes of what runs elsewhere, by name.
        told: region, date and source, in words.
    """

    dollars: Mapping[str, float]
    units: Mapping[str, str]
    assumed: Mapping[str, float]
    told: str


def load() -> Prices:
    """Read the file.

    Example:
        >>> load().dollars["dynamodb_write"]
        0.625
    """
    held = json.loads(FILE.read_text(encoding="utf-8"))
    return Prices(
        dollars={name: float(each["dollars_per_million"]) for name, each in held["lines"].items()},
        units={name: str(each["unit"]) for name, each in held["lines"].items()},
        assumed={name: float(each) for name, each in held["assumed"].items()},
        told=f"{held['region']}, {held['date']}: {held['source']}",
    )
