"""Associations given with a new record."""

from __future__ import annotations

from typing import Any, cast

from sandbox.hubspot.association_types import AssociationType
from sandbox.hubspot.errors import VendorError, invalid_input, not_found
from sandbox.hubspot.records import ObjectTable
from sandbox.hubspot.state import AccountState
from sandbox.hubspot.writing import NewLink

JsonObject = dict[str, Any]


def parse_links(state: AccountState, table: ObjectTable, raw: object) -> list[NewLink]:
    """Read the ``associations`` of a create request; leads need one to a contact.

    Raises:
        VendorError: 400 for an unknown type or a wrong direction, 404 for a missing record.
    """
    links = [_parse_link(state, table, cast("JsonObject", item)) for item in cast("list[object]", raw or [])]
    if table.kind.name == "leads" and not any(link.target[0] == "contacts" for link in links):
        raise invalid_input("Leads must be created with an association to a contact")
    return links


def parse_types(state: AccountState, pair: tuple[str, str], raw: object) -> list[AssociationType]:
    """Read a list of association types that must exist in the direction of ``pair``.

    Raises:
        VendorError: 400 if one does not.
    """
    if not isinstance(raw, list):
        raise invalid_input("Some required fields were not set: [types]")
    found: list[AssociationType] = []
    for item in cast("list[object]", raw):
        spec = cast("JsonObject", item) if isinstance(item, dict) else {}
        category, number = str(spec.get("associationCategory")), spec.get("associationTypeId")
        known = state.associations.find_type(*pair, category, number) if isinstance(number, int) else None
        if known is None:
            raise wrong_type(pair, category, number)
        found.append(known)
    return found


def wrong_type(pair: tuple[str, str], category: str, number: object) -> VendorError:
    """Build the 400 for a type that does not exist in this direction."""
    return invalid_input(f"No association type {category} {number} exists from {pair[0]} to {pair[1]}")


def _parse_link(state: AccountState, table: ObjectTable, item: JsonObject) -> NewLink:
    to = cast("JsonObject", item.get("to") or {})
    types = cast("list[JsonObject]", item.get("types") or [])
    if not to.get("id") or not types:
        raise invalid_input("Some required fields were not set: [to, types]")
    first = types[0]
    source = table.kind.name
    for (origin, target), kinds in state.associations.types.items():
        kind = kinds.get(cast("int", first.get("associationTypeId")))
        if origin != source or kind is None or kind.category != first.get("associationCategory"):
            continue
        record = state.tables[target].live(str(to["id"]))
        if record is None:
            raise not_found(f"Object {to['id']} of type {target} to associate with does not exist")
        return NewLink(target=(target, record.record_id), kinds=parse_types(state, (source, target), types))
    raise wrong_type((source, "any object"), str(first.get("associationCategory")), first.get("associationTypeId"))
