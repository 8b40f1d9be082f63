"""How records look in answers: relations only where ``include`` asks for them, and then as siblings."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sandbox.freshsales.account import Account
from sandbox.freshsales.modules import CONTACT, DEAL, SALES_ACCOUNT, Module
from sandbox.freshsales.records import Record
from sandbox.freshsales.selectors import INCLUDED
from sandbox.freshsales.times import iso

JsonObject = dict[str, Any]
_HIDDEN = frozenset({name for name, _, _ in INCLUDED.values()} - {"deal_pipeline_id"})
"""Ids that an answer holds only when their word is included."""

_AMOUNTS = frozenset({"amount", "base_currency_amount"})


def render(
    account: Account, module: Module, record: Record, *, include: Collection[str] = (), with_custom: bool = True
) -> JsonObject:
    """Return one record as the vendor answers it."""
    row: JsonObject = {"id": record.record_id}
    for name in module.fields:
        value = record.values.get(name)
        if name in _HIDDEN or name == "sales_account_id":
            continue
        row[name] = _amount(value) if name in _AMOUNTS else value
    row |= {INCLUDED[word][0]: _id_of(record, INCLUDED[word][0]) for word in include if word in INCLUDED}
    if module is CONTACT:
        row |= _contact(record)
        if "sales_accounts" in include:
            row["sales_accounts"] = [_partial(account, key, primary) for key, primary in record.accounts.items()]
    if module is DEAL:
        row |= {"sales_account_id": record.values.get("sales_account_id")} if "sales_account" in include else {}
        row |= {"contact_ids": list(record.contact_ids)} if "contacts" in include else {}
    if with_custom:
        empty = dict.fromkeys(account.custom[module.plural])
        row["custom_field"] = {**empty, **record.custom}
    row["links"] = {name: f"/{module.plural}/{record.record_id}/{name}" for name in ("notes", "tasks", "appointments")}
    row |= {
        "is_deleted": record.deleted_ms is not None,
        "created_at": iso(record.created_ms),
        "updated_at": iso(record.updated_ms),
    }
    return row


def siblings(
    account: Account, module: Module, records: Iterable[Record], *, include: Collection[str]
) -> dict[str, list[JsonObject]]:
    """Return the arrays that stand beside the records: everything they refer to, once each."""
    found: dict[str, dict[int, JsonObject]] = {}
    rows = list(records)
    for word in include:
        if word in INCLUDED:
            name, source, array = INCLUDED[word]
            held = found.setdefault(array, {})
            for record in rows:
                row = account.selectors.row(source, _id_of(record, name))
                if row is not None:
                    held[int(row["id"])] = row
    if module is DEAL and "contacts" in include:
        contacts = account.tables[CONTACT.plural]
        found["contacts"] = {
            each: {"partial": True, "id": each, "display_name": contacts[each].display_name}
            for record in rows
            for each in record.contact_ids
            if each in contacts
        }
    if module is DEAL and "sales_account" in include:
        ids = [record.values.get("sales_account_id") for record in rows]
        found["sales_accounts"] = {each: _partial(account, each, None) for each in ids if each}
    return {array: list(held.values()) for array, held in found.items()}


def _contact(record: Record) -> JsonObject:
    return {
        "display_name": record.display_name,
        "avatar": None,
        "email": record.email,
        "emails": [each.as_json() for each in record.emails],
        "phone_numbers": [],
        "tags": list(record.values.get("tags") or []),
    }


def _partial(account: Account, account_id: int, is_primary: bool | None) -> JsonObject:
    known = account.tables[SALES_ACCOUNT.plural].get(account_id)
    row: JsonObject = {
        "partial": True,
        "id": account_id,
        "name": known.display_name if known else None,
        "avatar": None,
        "website": known.values.get("website") if known else None,
    }
    return row if is_primary is None else {**row, "is_primary": is_primary}


def _id_of(record: Record, name: str) -> Any:
    if name == "creater_id":
        return record.creater_id
    return record.updater_id if name == "updater_id" else record.values.get(name)


def _amount(value: Any) -> str | None:
    """Return an amount as the vendor writes it: text with a fraction."""
    return None if value is None else str(float(value))
