"""E-mail addresses and telephone numbers: lists there, of which we know two or three entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

MOBILE = "mobile"


def points(raw: object) -> list[dict[str, Any]]:
    """Return the entries that hold something, the primary one first.

    Raises:
        ValueError: it is no list of entries.
    """
    if raw is None:
        return []
    if not isinstance(raw, list):
        raise ValueError(f"expected a list, got {type(raw).__name__}")  # noqa: TRY004 - the data is wrong
    rows = [cast("dict[str, Any]", each) for each in cast("list[object]", raw) if isinstance(each, dict)]
    held = [each for each in rows if str(each.get("value") or "").strip()]
    return sorted(held, key=lambda each: not each.get("primary"))


def chosen(rows: Iterable[Mapping[str, Any]], kind: str) -> Mapping[str, Any] | None:
    """Return the entry that is meant: the first mobile one, the first that is none, or simply the first."""
    if kind == "email":
        return next(iter(rows), None)
    return next((each for each in rows if _is_mobile(each) == (kind == "mobile")), None)


def with_point(rows: list[dict[str, Any]], kind: str, value: str | None) -> list[dict[str, Any]]:
    """Return the list to write so that a value stands in the place of the one that is meant; ``None`` takes it out.

    Example:
        >>> with_point([{"value": "a@x.example", "primary": True, "label": "home"}], "email", "b@x.example")
        [{'value': 'b@x.example', 'primary': True, 'label': 'home'}]
    """
    old = chosen(rows, kind)
    kept = [each for each in rows if each is not old and (value is None or each.get("value") != value)]
    if value is not None:
        label = str((old or {}).get("label") or (MOBILE if kind == "mobile" else "work"))
        fresh = {"value": value, "primary": bool((old or {}).get("primary")), "label": label}
        kept = [fresh, *kept] if kind != "mobile" else [*kept, fresh]
    return _with_primary(kept)


def _with_primary(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return entries of which exactly the first that says so, or else the first, is primary."""
    first = next((place for place, each in enumerate(rows) if each.get("primary")), 0)
    return [
        {"value": each["value"], "primary": place == first, "label": each.get("label") or "work"}
        for place, each in enumerate(rows)
    ]


def _is_mobile(row: Mapping[str, Any]) -> bool:
    return str(row.get("label") or "").lower() == MOBILE
