"""References in the bodies of writes: how each is set, and how it is taken away."""

from __future__ import annotations

from typing import Any

from crmbridge.connectors.freshsales.mapping.relations import accounts_of, primary_account
from crmbridge.connectors.freshsales.mapping.rule_types import ModuleRule, Row
from crmbridge.ports import WriteOp


def new_refs(rule: ModuleRule, op: WriteOp) -> dict[str, Any]:
    body: dict[str, Any] = {}
    company = op.refs.get("company", ())
    if company and rule.entity == "contact":
        body["sales_accounts"] = [{"id": int(company[0]), "is_primary": True}]
    if company and rule.entity == "deal":
        body["sales_account_id"] = int(company[0])
    if op.refs.get("contacts"):
        body["contacts_added_list"] = [int(each) for each in op.refs["contacts"]]
    return body


def changed_refs(rule: ModuleRule, op: WriteOp, current: Row | None) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if "company" in op.refs and rule.entity == "contact":
        body["sales_accounts"] = _accounts(current, op.refs["company"])
    if "company" in op.refs and rule.entity == "deal":
        body["sales_account_id"] = int(op.refs["company"][0]) if op.refs["company"] else None
    if "contacts" in op.refs:
        wanted, before = set(op.refs["contacts"]), set(op.refs_before.get("contacts", ()))
        body["contacts_added_list"] = sorted(int(each) for each in wanted - before)
        body["contacts_removed_list"] = sorted(int(each) for each in before - wanted)
    return {name: value for name, value in body.items() if value != [] or name == "sales_accounts"}


def _accounts(current: Row | None, company: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return a contact's accounts: another primary one, those that never were the primary one kept."""
    held = accounts_of(current or {}) or []
    replaced = {*primary_account(held), *company}
    others = [{"id": int(each["id"]), "is_primary": False} for each in held if str(each["id"]) not in replaced]
    return [{"id": int(company[0]), "is_primary": True}, *others] if company else others
