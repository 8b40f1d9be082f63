"""Names of persons: written as one text there, and taken apart by Pipedrive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmbridge.connectors import _values as values
from crmbridge.connectors.pipedrive.mapping.contact_points import points
from crmbridge.connectors.pipedrive.mapping.rules import NAME_MAX, NAMELESS
from crmbridge.domain.records import Fields

Names = tuple[str | None, str | None]


def split_name(first: str | None, last: str | None) -> Names:
    """Return first and last name as they come back; a name of one word is a last name, which other CRMs insist on.

    Example:
        >>> split_name("Ana Maria", "Prado"), split_name("Ana", None)
        (('Ana', 'Maria Prado'), (None, 'Ana'))
    """
    whole = " ".join(each for each in (first, last) if each)
    head, _, rest = whole[:NAME_MAX].strip().partition(" ")
    return (head, rest.strip()) if rest.strip() else (None, head or None)


def names_of(row: Mapping[str, Any]) -> Names:
    """Return a person's first and last name; neither where the name only stands for a missing one.

    Raises:
        ValueError: a name is no text.
    """
    whole = values.text(row.get("name"))
    held = [str(each.get("value")) for key in ("emails", "phones") for each in points(row.get(key))]
    if whole == NAMELESS or (whole is not None and whole in held):
        return None, None
    first, last = values.text(row.get("first_name")), values.text(row.get("last_name"))
    return (first, last) if first and last else split_name(first or last or whole, None)


def name_to_write(fields: Fields, held: Mapping[str, Any], body: Mapping[str, Any]) -> str:
    """Return the one text that holds a person's name; Pipedrive wants one of everybody.

    Args:
        held: the row as it is now, or nothing.
        body: what else is written, whose e-mail address or telephone number stands in for a missing name.
    """
    now = dict(zip(("first_name", "last_name"), names_of(held), strict=True))
    names = [values.text(fields[each] if each in fields else now[each]) for each in ("first_name", "last_name")]
    whole = " ".join(each for each in names if each)[:NAME_MAX].strip()
    stand_ins = (each.get("value") for key in ("emails", "phones") for each in body.get(key, held.get(key)) or ())
    return whole or next((str(each) for each in stand_ins if each), NAMELESS)
