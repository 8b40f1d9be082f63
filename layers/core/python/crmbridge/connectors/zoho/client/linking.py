"""The contacts of deals: the one the deal names, and those that have a role in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crmbridge.connectors.zoho.client.calls import Calls, chunks, field_params
from crmbridge.connectors.zoho.client.catalogue import Catalogue
from crmbridge.connectors.zoho.client.errors import Row, row_error
from crmbridge.connectors.zoho.mapping import link
from crmbridge.errors import FatalProviderError, ProviderError

ROWS_MAX = 50


def read_contacts(calls: Calls, rows: Sequence[Row]) -> dict[str, tuple[str, ...]]:
    """Return the contacts of deals by the deal's id: one call for each deal, Zoho has no other.

    A deal whose roles Zoho would not tell has no entry, which means "not read".
    """
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        deal_id = str(row.get("id"))
        try:
            roles = calls.get(f"/Deals/{deal_id}/Contact_Roles", "data", field_params(["id"])).rows
        except FatalProviderError:
            continue
        named = {*link(row.get("Contact_Name")), *(str(each.get("id")) for each in roles)}
        found[deal_id] = tuple(sorted(named))
    return found


def primary_of(before: str, wanted: Sequence[str]) -> str:
    """Return the contact a deal shall name: the one it names while it is wanted, else the first."""
    return before if before in wanted else next(iter(sorted(wanted)), "")


def write_contacts(
    calls: Calls, catalogue: Catalogue, deal_id: str, wanted: Sequence[str], before: Sequence[str]
) -> ProviderError | None:
    """Give a deal exactly these contacts, each a role; tells why not."""
    added = [each for each in wanted if each not in before]
    removed = [each for each in before if each not in wanted]
    error: ProviderError | None = None
    for some in chunks(added, ROWS_MAX):
        role = {"id": catalogue.role_id()}
        body = {"data": [{"id": each, "Contact_Role": role} for each in some]}
        error = _first(calls.send("PUT", f"/Deals/{deal_id}/Contact_Roles", "data", json=body)) or error
    for some in chunks(removed, ROWS_MAX):
        params: Mapping[str, str | int] = {"ids": ",".join(some)}
        calls.send("DELETE", f"/Deals/{deal_id}/Contact_Roles", "data", params=params)
    return error


def _first(rows: Sequence[Row]) -> ProviderError | None:
    return next((row_error(each) for each in rows if each.get("status") == "error"), None)
