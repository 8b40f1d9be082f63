"""Filtered search, lookup and search: three ways to find, each with its own blind spots."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from sandbox.freshsales.account import Account
from sandbox.freshsales.errors import invalid
from sandbox.freshsales.holders import EMAILS
from sandbox.freshsales.modules import CONTACT, Module
from sandbox.freshsales.records import Record
from sandbox.freshsales.times import parse_ms
from sandbox.freshsales.view_rows import sort_records

JsonObject = dict[str, Any]
RULES_MAX = 10
_EMAIL = "contact_email.email"
_LOOKUP: Mapping[str, str] = {"phone": "work_number"}


def filtered(account: Account, module: Module, body: JsonObject) -> list[Record]:
    """Return the records that every rule allows, as the index has them.

    Raises:
        VendorError: 400 for a malformed rule, an unknown attribute or operator.
    """
    rules = body.get("filter_rule")
    if not isinstance(rules, list) or not rules or len(cast("list[object]", rules)) > RULES_MAX:
        raise invalid("filter_rule must be a list of rules")
    checks = [_check(account, module, each) for each in cast("list[object]", rules)]
    found = [
        record
        for record, shown in _indexed(account, module, _addressed(account, module, cast("list[JsonObject]", rules)))
        if all(check(shown) for check in checks) and record.deleted_ms is None
    ]
    return sort_records(found, body)


def looked_up(account: Account, module: Module, field: str, value: str) -> list[Record]:
    """Return records by one exact value; of a contact's addresses only the primary one is looked at.

    Raises:
        VendorError: 400 for a field that cannot be looked up.
    """
    name = _LOOKUP.get(field, field)
    known = account.fields(module)
    if name == "email" and module is CONTACT:
        return [record for record, shown in _indexed(account, module) if _folded(shown.email) == value.lower()]
    if name == "phone" or name not in known:
        raise invalid(f"{field} cannot be looked up")
    return [record for record, shown in _indexed(account, module) if _folded(_value(shown, name)) == value.lower()]


def searched(account: Account, module: Module, text: str) -> list[Record]:
    """Return records that hold a text in a name, an address or a number, secondary ones included."""
    wanted = text.lower()
    return [record for record, shown in _indexed(account, module) if any(wanted in each for each in _words(shown))]


def partial(module: Module, record: Record) -> JsonObject:
    """Return what a search answers of a record: little, and its id as text."""
    row: JsonObject = {"id": str(record.record_id), "type": module.singular, "name": record.display_name}
    if module is CONTACT:
        row |= {"email": record.email, "mobile_number": record.values.get("mobile_number")}
    return row


def _addressed(account: Account, module: Module, rules: list[JsonObject]) -> list[int] | None:
    """Return the ids that may hold one of the addresses that rules ask for; ``None`` when they ask for none."""
    for rule in rules:
        if rule.get("attribute") == _EMAIL and rule.get("operator") == "is_in":
            value = rule.get("value")
            wanted = cast("list[object]", value) if isinstance(value, list) else [value]
            holders = account.holders(module)
            return sorted({found for each in wanted for found in holders.of(EMAILS, _folded(each)) or ()})
    return None


def _indexed(account: Account, module: Module, ids: list[int] | None = None) -> list[tuple[Record, Record]]:
    """Return records as they are and as the index has them, all or those among some ids."""
    now_ms, table = account.clock.now_ms(), account.tables[module.plural]
    rows = table.values() if ids is None else [table[each] for each in ids if each in table]
    pairs = [(each, each.indexed(now_ms)) for each in rows]
    return [(record, shown) for record, shown in pairs if shown is not None and shown.deleted_ms is None]


def _words(record: Record) -> list[str]:
    held = (record.display_name, record.values.get("mobile_number"), record.values.get("work_number"))
    return [*(str(each).lower() for each in held if each), *record.addresses()]


def _folded(value: Any) -> str:
    return "" if value is None else str(value).lower()


def _value(record: Record, name: str) -> Any:
    if name in ("created_at", "updated_at"):
        return record.created_ms if name == "created_at" else record.updated_ms
    return record.custom.get(name) if name.startswith("cf_") else record.values.get(name)


def _check(account: Account, module: Module, rule: object) -> Callable[[Record], bool]:
    row = cast("JsonObject", rule) if isinstance(rule, dict) else {}
    attribute, operator, value = str(row.get("attribute")), str(row.get("operator")), row.get("value")
    is_time = attribute in ("created_at", "updated_at")
    is_known = is_time or attribute in account.fields(module) or (module is CONTACT and attribute == _EMAIL)
    if not is_known or value is None:
        raise invalid(f"{attribute} is not a valid attribute")
    if operator in ("is_after", "is_before"):
        return _timed(attribute, operator, value, is_time=is_time)
    wanted = [_folded(each) for each in (cast("list[object]", value) if isinstance(value, list) else [value])]
    tests: Mapping[str, Callable[[list[str]], bool]] = {
        "is_in": lambda held: any(each in wanted for each in held),
        "is_not_in": lambda held: not any(each in wanted for each in held),
        "contains": lambda held: any(wanted[0] in each for each in held if each),
    }
    if operator not in tests or is_time:
        raise invalid(f"{operator} is not a valid operator for {attribute}")
    return lambda record: tests[operator](_held(record, attribute))


def _held(record: Record, attribute: str) -> list[str]:
    return list(record.addresses()) if attribute == _EMAIL else [_folded(_value(record, attribute))]


def _timed(attribute: str, operator: str, value: object, *, is_time: bool) -> Callable[[Record], bool]:
    """Compare whole seconds; ``is_after`` leaves its own second out."""
    if not is_time:
        raise invalid(f"{operator} is not a valid operator for {attribute}")
    try:
        limit_s = parse_ms(value) // 1000
    except ValueError:
        raise invalid(f"{value} is not a valid time") from None
    if operator == "is_after":
        return lambda record: _value(record, attribute) // 1000 > limit_s
    return lambda record: _value(record, attribute) // 1000 < limit_s
