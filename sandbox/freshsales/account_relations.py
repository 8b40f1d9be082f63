"""Accounts of contacts, and contacts of deals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from sandbox.freshsales.account import Account
from sandbox.freshsales.modules import CONTACT, SALES_ACCOUNT
from sandbox.freshsales.records import Record
from sandbox.freshsales.relations import number, rows_of


def set_accounts(account: Account, record: Record, given: object) -> list[str]:
    """Replace a contact's accounts; returns what is wrong."""
    rows = rows_of(given)
    if rows is None:
        return ["Sales accounts is invalid"]
    found: dict[int, bool] = {}
    for row in rows:
        account_id = number(row.get("id"))
        known = account.tables[SALES_ACCOUNT.plural].get(account_id or 0)
        if known is None or known.deleted_ms is not None:
            return [f"Sales account with id {row.get('id')} does not exist"]
        if not row.get("_destroy"):
            found[known.record_id] = bool(row.get("is_primary"))
    if sum(found.values()) > 1:
        return ["Only one sales account can be primary"]
    if found and not any(found.values()):
        found[next(iter(found))] = True
    record.accounts = found
    return []


def change_contacts(account: Account, record: Record, added: object, removed: object) -> list[str]:
    """Add contacts to a deal and take others away; returns what is wrong."""
    contacts = account.tables[CONTACT.plural]
    for given, is_added in ((added, True), (removed, False)):
        if given is None:
            continue
        ids = [number(each) for each in cast("Sequence[object]", given)] if isinstance(given, list) else [None]
        for contact_id in ids:
            known = contacts.get(contact_id or 0)
            if known is None or (is_added and known.deleted_ms is not None):
                return [f"Contact with id {contact_id} does not exist"]
            if is_added and known.record_id not in record.contact_ids:
                record.contact_ids.append(known.record_id)
            if not is_added and known.record_id in record.contact_ids:
                record.contact_ids.remove(known.record_id)
    return []
