"""Bodies of entered records turned into canonical values: names, formats, custom fields, social profiles.

Loaded when a record is entered and not before: what understands telephone numbers is slow to load.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from crmbridge.connectors import _values
from crmbridge.domain.custom_fields import PREFIX
from crmbridge.domain.integrations import Integration
from crmbridge.domain.records import ACTIVITY_KINDS, FIELD_NAMES, REFERENCES, Entity, Value
from crmbridge.domain.stages import DEAL_STAGES, LEAD_STATUSES, LIFECYCLE_STAGES
from crmbridge.errors import RequestRejectedError
from crmbridge.runtime._shapes import wrong

_NAMED: Mapping[str, str] = {
    "source": "lead_source",
    "status": "lead_status",
    "value": "amount",
    "expected_close_date": "close_on",
    "type": "kind",
}
"""Names of the founding API that are others here; only where the entity has no field of that name itself."""

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "kind": ACTIVITY_KINDS,
    "stage": DEAL_STAGES,
    "lead_status": LEAD_STATUSES,
    "lifecycle_stage": LIFECYCLE_STAGES,
    "priority": ("low", "normal", "high"),
    "direction": ("inbound", "outbound"),
    "status": ("open", "completed", "cancelled"),
}
_MULTILINE = frozenset({"description"})


def values_of(
    entity: Entity, body: Mapping[str, Any], integrations: Iterable[Integration]
) -> tuple[dict[str, Value], tuple[str, ...]]:
    """Return the canonical values of a body, references excepted, and the names of what no CRM could be told.

    Args:
        entity: what is entered.
        body: as sent: names in camelCase or snake_case, ``customFields``, ``socialProfiles``, ``socialContext``.
        integrations: of the workspace; they know its custom fields.

    Raises:
        RequestRejectedError: a value is not what its field holds.
    """
    kinds = {each.name: each.kind for one in integrations for each in one.custom_fields if each.entity == entity}
    fields: dict[str, Value] = {}
    ignored: list[str] = []
    country = body.get("country")
    for given, value in body.items():
        name = _name(entity, given)
        if name in FIELD_NAMES[entity] and name not in REFERENCES[entity]:
            fields[name] = _value(name, value, at=given, country=country)
        elif name not in _APART and name not in REFERENCES[entity]:
            ignored.append(given)
    for at, key, value in _extra(body):
        name = _name(entity, key)
        if name in FIELD_NAMES[entity] and name not in REFERENCES[entity]:
            fields.setdefault(name, _value(name, value, at=at, country=country))
        elif (custom := name if name.startswith(PREFIX) else PREFIX + name) in kinds:
            fields[custom] = _converted(_CUSTOM.get(kinds[custom], _line), value, at=at)
        else:
            ignored.append(at)
    return fields, tuple(ignored)


_APART = frozenset(
    {"custom_fields", "social_profiles", "social_context", "record_id", "external_reference", "contact", "contacts"}
)


def _name(entity: Entity, given: str) -> str:
    name = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", given).lower()
    known = FIELD_NAMES[entity]
    if entity == "lead" and name == "company":
        return "company_name"
    return name if name in known or _NAMED.get(name, "") not in known else _NAMED[name]


def _extra(body: Mapping[str, Any]) -> Iterable[tuple[str, str, Any]]:
    """Yield where, name and value of everything that may be a custom field."""
    for name, value in body.get("customFields", {}).items():
        yield f"customFields.{name}", name, value
    for place, profile in enumerate(cast("list[dict[str, Any]]", body.get("socialProfiles", []))):
        for name in ("username", "url", "followers"):
            if name in profile:
                yield f"socialProfiles[{place}].{name}", f"{profile['platform'].lower()}_{name}", profile[name]
    context: Mapping[str, Any] = body.get("socialContext", {})
    for name, field in (
        ("platform", "social_platform"),
        ("sentiment", "social_sentiment"),
        ("engagementScore", "social_engagement_score"),
        ("conversationId", "social_conversation_id"),
    ):
        if name in context:
            yield f"socialContext.{name}", field, context[name]


# ------------------------------------------------------------------------------------------------ values


def _value(name: str, value: object, *, at: str, country: object) -> Value:
    if name in _CHOICES and value is not None and value not in _CHOICES[name]:
        raise wrong(at, f"one of {', '.join(_CHOICES[name])}")
    if name in ("phone", "mobile_phone"):
        return _converted(lambda given: _values.phone_text(given, country=country), value, at=at)
    return _converted(_FORMATS.get(name, _lines if name in _MULTILINE else _line), value, at=at)


def _converted(convert: Callable[[object], Value], value: object, *, at: str) -> Value:
    try:
        return convert(value)
    except (ValueError, TypeError) as error:
        raise RequestRejectedError(f"{at}: {error}", field=at, next_step=f"correct {at}, or leave it out") from error


def _line(value: object) -> Value:
    return _values.text(value)


def _lines(value: object) -> Value:
    return _values.text(value, multiline=True)


def _email(value: object) -> Value:
    address = _values.email_text(value)
    if address is not None and not _values.is_email(address):
        raise ValueError("this is no e-mail address")
    return address


def _domain(value: object) -> Value:
    return _values.domain_text(value)


def _decimal(value: object) -> Value:
    return _values.decimal_text(value)


def _whole(value: object) -> Value:
    if isinstance(value, float) and not value.is_integer():
        raise ValueError("this is no whole number")
    return _values.integer(value)


def _percent(value: object) -> Value:
    number = _whole(value)
    if isinstance(number, int) and not 0 <= number <= 100:
        raise ValueError("this is no number from 0 to 100")
    return number


def _date(value: object) -> Value:
    return _values.date_text(value)


def _moment(value: object) -> Value:
    at = _values.moment(value)
    return None if at is None else _values.moment_text(at)


def _texts(value: object) -> Value:
    if value is None:
        return None
    if not isinstance(value, list):
        raise ValueError("this is no list of texts")  # noqa: TRY004 - what was sent is wrong
    found = {each for one in cast("list[object]", value) if isinstance(each := _line(one), str)}
    return tuple(sorted(found)) or None


def _emails(value: object) -> Value:
    found = _texts([value] if isinstance(value, str) else value)
    return tuple(sorted({str(_email(each)) for each in found})) if isinstance(found, tuple) else None


def _truth(value: object) -> Value:
    if value is not None and not isinstance(value, bool):
        raise ValueError("this is neither true nor false")
    return value


_FORMATS: Mapping[str, Callable[[object], Value]] = {
    "email": _email,
    "owner": _email,
    "email_from": _email,
    "email_to": _emails,
    "domain": _domain,
    "amount": _decimal,
    "annual_revenue": _decimal,
    "employees": _whole,
    "duration_s": _whole,
    "probability": _percent,
    "close_on": _date,
    "starts_at": _moment,
    "due_at": _moment,
    "ends_at": _moment,
    "tags": _texts,
}
_CUSTOM: Mapping[str, Callable[[object], Value]] = {
    "long_text": _lines,
    "number": _decimal,
    "boolean": _truth,
    "date": _date,
    "datetime": _moment,
    "choices": _texts,
}
