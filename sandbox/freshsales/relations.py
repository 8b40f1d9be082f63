"""What belongs to what: a contact's addresses and accounts, a deal's contacts."""

from __future__ import annotations

from typing import Any, cast

from sandbox.freshsales.account import Account
from sandbox.freshsales.records import Email, Record

JsonObject = dict[str, Any]


def number(value: object) -> int | None:
    """Return an id given as a number or as its digits."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.isdigit() else None


def rows_of(value: object) -> list[JsonObject] | None:
    """Return a list of objects, ``None`` for anything else."""
    if not isinstance(value, list):
        return None
    rows = cast("list[object]", value)
    return cast("list[JsonObject]", rows) if all(isinstance(each, dict) for each in rows) else None


def set_emails(account: Account, record: Record, given: object) -> list[str]:
    """Change a contact's addresses as nested rows: known ids change, others are added; returns what is wrong.

    A plain text sets or clears the primary address.
    """
    if given is None or isinstance(given, str):
        return _set_primary(account, record, (given or "").strip())
    rows = rows_of(given)
    if rows is None:
        return ["Emails is invalid"]
    by_id = {each.email_id: each for each in record.emails}
    for row in rows:
        known = by_id.get(number(row.get("id")) or 0)
        if row.get("_destroy"):
            record.emails = [each for each in record.emails if each is not known]
        elif known is not None:
            known.value = str(row.get("value") or known.value)
            known.is_primary = bool(row.get("is_primary", known.is_primary))
        elif not row.get("value"):
            return ["Email is invalid"]
        else:
            fresh = Email(email_id=account.new_id(), value=str(row["value"]), is_primary=bool(row.get("is_primary")))
            record.emails.append(fresh)
        _one_primary(record, known if known is not None else (record.emails or [None])[-1], row)
    return _checked(record)


def _set_primary(account: Account, record: Record, value: str) -> list[str]:
    primary = next((each for each in record.emails if each.is_primary), None)
    if not value:
        record.emails = [each for each in record.emails if each is not primary]
        _one_primary(record, None, {})
    elif primary is None:
        record.emails.append(Email(email_id=account.new_id(), value=value, is_primary=True))
    else:
        primary.value = value
    return _checked(record)


def _one_primary(record: Record, chosen: Email | None, row: JsonObject) -> None:
    if chosen is not None and row.get("is_primary") and chosen in record.emails:
        for each in record.emails:
            each.is_primary = each is chosen
    if record.emails and not any(each.is_primary for each in record.emails):
        record.emails[0].is_primary = True


def _checked(record: Record) -> list[str]:
    bad = [each.value for each in record.emails if "@" not in each.value.strip("@") or " " in each.value]
    if bad:
        return ["Email is invalid"]
    folded = list(record.addresses())
    return ["Email has already been taken"] if len(folded) != len(set(folded)) else []
