"""What a record belongs to, in every form an answer has, and which addresses are a contact's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from crmbridge.connectors import _values as values
from crmbridge.connectors.freshsales.mapping.rule_types import ModuleRule, Row


def refs_of(rule: ModuleRule, row: Row) -> dict[str, tuple[str, ...]]:
    """Return the references a record tells of; what an answer leaves out was not read."""
    refs: dict[str, tuple[str, ...]] = {}
    if rule.entity == "contact":
        accounts = accounts_of(row)
        if accounts is not None:
            refs["company"] = primary_account(accounts)
    if rule.entity == "deal":
        if "sales_account_id" in row:
            refs["company"] = (str(row["sales_account_id"]),) if row["sales_account_id"] else ()
        contacts = row.get("contact_ids", row.get("contacts"))
        if isinstance(contacts, list):
            refs["contacts"] = tuple(sorted({_id(each) for each in cast("list[object]", contacts)}))
    return refs


def accounts_of(row: Row) -> list[Row] | None:
    """Return a contact's accounts, ``None`` when the answer does not tell them.

    Answers hold them as objects, as ids, or (events) as one id.
    """
    told = row.get("sales_accounts", row.get("sales_account_ids"))
    if isinstance(told, list):
        return [cast("Row", each) if isinstance(each, Mapping) else {"id": each} for each in cast("list[object]", told)]
    if "sales_account_id" in row:
        return [{"id": row["sales_account_id"], "is_primary": True}] if row["sales_account_id"] else []
    return None


def primary_account(accounts: list[Row]) -> tuple[str, ...]:
    """Return the primary account, the oldest where none is marked, nothing without any."""
    marked = [_id(each) for each in accounts if each.get("is_primary")]
    chosen = sorted(marked or [_id(each) for each in accounts], key=lambda each: (len(each), each))
    return tuple(chosen[:1])


def addresses_of(row: Row) -> set[str]:
    """Return every e-mail address of a contact, folded."""
    told = row.get("emails")
    rows = cast("list[object]", told) if isinstance(told, list) else []
    found = [cast("Row", each).get("value") if isinstance(each, Mapping) else each for each in rows]
    return {text for each in (*found, row.get("email")) if isinstance(each, str) and (text := values.email_text(each))}


def _id(each: object) -> str:
    return str(cast("Row", each)["id"]) if isinstance(each, Mapping) else str(each)
