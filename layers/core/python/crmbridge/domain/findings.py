"""Addresses and numbers that cannot be right, by their form alone."""

from __future__ import annotations

import re

from crmbridge.domain.records import Record

EMAIL_FIELDS = ("email",)
PHONE_FIELDS = ("phone", "mobile_phone")

_EMAIL = re.compile(r"[^@\s<>\"(),:;\[\]\\]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]")
_PHONE = re.compile(r"\+[1-9]\d{6,14}")


def invalid_fields(record: Record) -> tuple[tuple[str, str], ...]:
    """Return the fields of a record that hold no possible address (kind ``email``) or number (``phone``).

    A number counts as possible in E.164: that is what every connector makes of one that it understands.

    Example:
        >>> invalid_fields(Record("w", "con_1", "contact", fields={"email": "ana@", "phone": "+5581999990000"}))
        (('email', 'email'),)
    """
    found: list[tuple[str, str]] = []
    for names, pattern, kind in ((EMAIL_FIELDS, _EMAIL, "email"), (PHONE_FIELDS, _PHONE, "phone")):
        for name in names:
            value = record.fields.get(name)
            if isinstance(value, str) and not pattern.fullmatch(value):
                found.append((name, kind))
    return tuple(found)
