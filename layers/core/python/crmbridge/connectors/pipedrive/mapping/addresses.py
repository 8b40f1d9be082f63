"""Addresses: an object there that is replaced as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from crmbridge.connectors import _values as values

PARTS = ("route", "locality", "admin_area_level_1", "postal_code", "country")


def read_part(raw: object, part: str) -> str | None:
    """Return one part of an address.

    A street is its name, number and apartment; an address that Pipedrive could not take apart is a street.

    Raises:
        ValueError: it is neither an object nor text.
    """
    if raw is None or isinstance(raw, str):
        return values.text(raw) if part == "route" else None
    if not isinstance(raw, dict):
        raise ValueError(f"expected an address, got {type(raw).__name__}")  # noqa: TRY004 - the data is wrong
    address = cast("Mapping[str, Any]", raw)
    if part != "route":
        return values.text(address.get(part))
    street = " ".join(str(address[key]) for key in ("route", "street_number", "subpremise") if address.get(key))
    is_whole = not any(address.get(each) for each in PARTS)
    return values.text(address.get("value") if is_whole else street)


def written(raw: object, changes: Mapping[str, str | None]) -> dict[str, Any] | None:
    """Return the address to write, ``None`` to clear it.

    Args:
        raw: as Pipedrive holds it now.
        changes: parts by their names in Pipedrive.

    Example:
        >>> written(None, {"route": "1 High St", "locality": "Leeds"})["value"]
        '1 High St, Leeds'
    """
    parts = {each: changes[each] if each in changes else read_part(raw, each) for each in PARTS}
    if not any(parts.values()):
        return None
    place = " ".join(each for each in (parts["postal_code"], parts["locality"]) if each)
    whole = ", ".join(each for each in (parts["route"], place, parts["admin_area_level_1"], parts["country"]) if each)
    return {"value": whole, **{each: text or "" for each, text in parts.items()}}
