"""Carry out what people decide: one field's value, or whether two records are one person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

from crmbridge.domain.due import with_due
from crmbridge.domain.integrations import Integration
from crmbridge.domain.records import FieldChange, LastChange, Record, Value
from crmbridge.domain.resolution import BY_PEOPLE, keep_apart, resolve_conflict
from crmbridge.errors import ConflictError, NotFoundError, RequestRejectedError
from crmbridge.ports import Save
from crmbridge.services._joining import Joiner
from crmbridge.services.hub import Hub, load_integrations

TRIES = 5
NUMBERS = frozenset({"probability", "employees"})
LISTS = frozenset({"contacts", "tags"})
TEXT_MAX = 32_000


def resolve_field(
    hub: Hub,
    workspace_id: str,
    record_id: str,
    field: str,
    *,
    side: str = "",
    value: Value = None,
    by: str,
) -> Record:
    """Decide an open conflict by one side's value, or by a merged one; it goes to every CRM that says otherwise.

    Args:
        record_id: of the record in conflict.
        field: canonical name of the field.
        side: integration id of the side that is right; empty to give ``value``.
        value: a merged value, in canonical form.
        by: who decides; recorded in the history.

    Raises:
        NotFoundError: the workspace has no such record, or the field has no open conflict.
        RequestRejectedError: there is no such side.
        ConflictError: the record kept moving; try again.
    """
    integrations = load_integrations(hub, workspace_id)

    def decide(record: Record) -> Record:
        conflict = record.frozen.get(field)
        if conflict is None:
            raise NotFoundError(f"{field!r} has no open conflict", field="field", next_step="list the conflicts")
        if side and side not in conflict.sides:
            raise RequestRejectedError(
                f"{side!r} is no side of this conflict",
                field="side",
                next_step=f"use one of {', '.join(sorted(conflict.sides))}",
            )
        chosen = conflict.sides[side].value if side else value
        at_ms = int(hub.now().timestamp() * 1000)
        decided = resolve_conflict(record, field, chosen, at_ms=at_ms, integrations=integrations)
        change = FieldChange(field, record.fields.get(field), chosen)
        return replace(decided, last=LastChange("resolved", BY_PEOPLE, hub.now(), by=by, changes=(change,)))

    return _change(hub, workspace_id, record_id, decide, integrations)


def decided_value(field: str, body: Mapping[str, object]) -> Value:
    """Return the merged value people send, in canonical form; an explicit null empties the field.

    Raises:
        RequestRejectedError: there is none, or it is not what the field holds.
    """
    if "value" not in body:
        raise _wrong_value("send value, or side to choose one")
    value = body["value"]
    if value is None:
        return None
    if field in NUMBERS and isinstance(value, int) and not isinstance(value, bool):
        return value
    if field in LISTS and isinstance(value, list):
        items = cast("list[object]", value)
        if all(isinstance(each, str) and each for each in items):
            return tuple(sorted(cast("list[str]", items))) or None
    if field not in NUMBERS and field not in LISTS and isinstance(value, str):
        text = value.strip()
        if 0 < len(text) <= TEXT_MAX:
            return text
    raise _wrong_value(f"send what {field} holds, or null to empty it")


def _wrong_value(next_step: str) -> RequestRejectedError:
    return RequestRejectedError("value is missing or does not fit the field", field="value", next_step=next_step)


def tell_apart(hub: Hub, workspace_id: str, record_id: str, *, by: str) -> Record:
    """Decide that a possible double is somebody else; it is then created wherever it is missing.

    Raises:
        NotFoundError: the workspace has no such record, or it is in no doubt.
        ConflictError: the record kept moving; try again.
    """
    integrations = load_integrations(hub, workspace_id)

    def decide(record: Record) -> Record:
        _require_doubt(record)
        return replace(keep_apart(record), last=LastChange("resolved", BY_PEOPLE, hub.now(), by=by))

    return _change(hub, workspace_id, record_id, decide, integrations)


def join(hub: Hub, workspace_id: str, record_id: str, into: str, *, by: str) -> Record:
    """Decide that a possible double is the same as one of its candidates: its copies move over to that record.

    Raises:
        NotFoundError: the workspace has no such records, or the first is in no doubt.
        RequestRejectedError: the other is no candidate, or both have a copy in the same CRM.
        ConflictError: a record kept moving; try again.
    """
    integrations = load_integrations(hub, workspace_id)
    found = hub.records.get_many(workspace_id, [record_id, into])
    if record_id not in found or into not in found:
        raise NotFoundError("there is no such record", field="record_id", next_step="list the conflicts")
    double = found[record_id]
    _require_doubt(double)
    if into not in double.candidates:
        raise RequestRejectedError(f"{into!r} is no candidate", field="into", next_step="choose a candidate")
    joiner = Joiner(hub, workspace_id, integrations, BY_PEOPLE, by=by)
    if not joiner.join(record_id, into):
        raise RequestRejectedError(
            "both have a copy in the same CRM", field="into", next_step="merge the two in that CRM first"
        )
    return hub.records.get_many(workspace_id, [into])[into]


def _require_doubt(record: Record) -> None:
    if not record.candidates:
        raise NotFoundError("the record is in no doubt", field="record_id", next_step="list the conflicts")


def _change(
    hub: Hub,
    workspace_id: str,
    record_id: str,
    decide: Callable[[Record], Record],
    integrations: dict[str, Integration],
) -> Record:
    for _ in range(TRIES):
        record = hub.records.get_many(workspace_id, [record_id]).get(record_id)
        if record is None:
            raise NotFoundError(f"there is no record {record_id[:60]!r}", field="record_id", next_step="check the id")
        saved = _save(hub, record, decide(record), integrations)
        if saved is not None:
            return saved
    raise ConflictError("the record kept moving")


def _save(hub: Hub, before: Record, after: Record, integrations: dict[str, Integration]) -> Record | None:
    stored = with_due(after, integrations.values(), rev=before.rev + 1)
    (ok,) = hub.records.save_many([Save(before, stored)])
    return stored if ok else None
