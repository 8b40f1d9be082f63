"""The custom fields that a workspace asks for, read out of a request's body and shown in answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, cast, get_args

from crmbridge.domain.custom_fields import PREFIX, CustomField, CustomKind
from crmbridge.domain.declaration import Supports
from crmbridge.domain.integrations import Integration
from crmbridge.errors import RequestRejectedError

KINDS: tuple[str, ...] = get_args(CustomKind)
WITH_OPTIONS = ("choice", "choices")
AT = "customFields"
FIELDS_MAX = 200
LABEL_MAX = 120
OPTIONS_MAX = 500
NAME_MAX = 40
_NAME = re.compile(rf"{PREFIX}[a-z0-9]+(?:_[a-z0-9]+)*")
_KEYS = frozenset({"entity", "name", "label", "kind", "remoteName", "options"})


def read_wanted(body: Mapping[str, Any], held: tuple[CustomField, ...], supports: Supports) -> tuple[CustomField, ...]:
    """Return the custom fields a body asks for; the held ones when it says nothing of them.

    Args:
        supports: of the CRM they are wanted in.

    Raises:
        RequestRejectedError: a definition is wrong; says which and why.
    """
    if AT not in body:
        return held
    given: object = body[AT]
    if not isinstance(given, list) or len(cast("list[object]", given)) > FIELDS_MAX:
        raise _wrong(AT, f"a list of at most {FIELDS_MAX} custom fields")
    found = tuple(_one(each, supports, at=f"{AT}[{place}]") for place, each in enumerate(cast("list[object]", given)))
    twice = [key for key, count in Counter((each.entity, each.name) for each in found).items() if count > 1]
    if twice:
        raise _wrong(AT, f"different fields: {twice[0][0]}.{twice[0][1]} is there twice")
    taken = Counter((each.entity, each.remote_name) for each in found if each.remote_name)
    shared = [key for key, count in taken.items() if count > 1]
    if shared:
        raise _wrong(AT, f"fields of different remoteName: {shared[0][1]} of {shared[0][0]} is there twice")
    return found


def agree(wanted: Iterable[CustomField], others: Iterable[Integration]) -> None:
    """Refuse a field that another integration of the workspace has under the same name in another kind.

    Raises:
        RequestRejectedError: says which field, and which kind it is elsewhere.
    """
    elsewhere = {(each.entity, each.name): each.kind for other in others for each in other.custom_fields}
    for place, each in enumerate(wanted):
        kind = elsewhere.get((each.entity, each.name), each.kind)
        if kind != each.kind:
            raise _wrong(f"{AT}[{place}].kind", f"{kind}, as {each.entity}.{each.name} is in another integration")


def show_wanted(custom: CustomField) -> dict[str, Any]:
    """Return a custom field as the API shows and takes it."""
    return {
        "entity": custom.entity,
        "name": custom.name,
        "label": custom.label,
        "kind": custom.kind,
        "remoteName": custom.remote_name,
        "options": list(custom.options),
    }


def _one(given: object, supports: Supports, *, at: str) -> CustomField:
    if not isinstance(given, dict):
        raise _wrong(at, "an object with entity, name, label and kind")
    raw = cast("dict[str, Any]", given)
    for key in raw.keys() - _KEYS:
        raise _wrong(f"{at}.{key}", f"left out: a custom field has {', '.join(sorted(_KEYS))}")
    entity: object = raw.get("entity")
    if entity not in supports.entities:
        raise _wrong(f"{at}.entity", f"one of {', '.join(supports.entities)}")
    without = supports.not_built.get(f"{entity} custom fields")
    if without:
        raise _wrong(f"{at}.entity", f"another entity: here {entity} has no custom fields ({without})")
    name: object = raw.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name) > NAME_MAX:
        raise _wrong(f"{at}.name", f"{PREFIX} and then 1 to 38 of a-z, 0-9 and single _ between them")
    kind: object = raw.get("kind")
    if kind not in KINDS:
        raise _wrong(f"{at}.kind", f"one of {', '.join(KINDS)}")
    return CustomField(
        entity=cast("Any", entity),
        name=name,
        label=_text(raw, "label", at=at),
        kind=cast("CustomKind", kind),
        remote_name=_text(raw, "remoteName", at=at, default=""),
        options=_options(raw, str(kind), at=f"{at}.options"),
    )


def _text(raw: Mapping[str, Any], key: str, *, at: str, default: str | None = None) -> str:
    value: object = raw.get(key, default)
    if value == default and default is not None:
        return default
    if not isinstance(value, str) or not value.strip() or len(value) > LABEL_MAX:
        raise _wrong(f"{at}.{key}", f"a text of 1 to {LABEL_MAX} characters")
    return value.strip()


def _options(raw: Mapping[str, Any], kind: str, *, at: str) -> tuple[str, ...]:
    given: object = raw.get("options", [])
    if not isinstance(given, list) or not all(
        isinstance(each, str) and each.strip() and len(each) <= LABEL_MAX for each in cast("list[object]", given)
    ):
        raise _wrong(at, f"a list of texts of 1 to {LABEL_MAX} characters")
    found = tuple(each.strip() for each in cast("list[str]", given))
    if kind not in WITH_OPTIONS:
        if found:
            raise _wrong(at, f"left out: a {kind} has no options")
        return ()
    if not 1 <= len(found) <= OPTIONS_MAX or len({each.casefold() for each in found}) < len(found):
        raise _wrong(at, f"1 to {OPTIONS_MAX} different texts, since a {kind} has options")
    return found


def _wrong(field: str, wanted: str) -> RequestRejectedError:
    return RequestRejectedError(f"{field} must be {wanted}", field=field, next_step=f"send {field} as {wanted}")
