"""How values that people or other systems enter through our own API change a record: like an edit in one more CRM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from crmbridge.domain.due import due_fields
from crmbridge.domain.integrations import Integration
from crmbridge.domain.merge import remember
from crmbridge.domain.records import FieldChange, Fields, Record, Stamp
from crmbridge.domain.resolution import BY_PEOPLE


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit made of a record.

    Attributes:
        record: not yet saved.
        changes: fields whose value changed.
        frozen: fields left alone, since people must decide about them first.
    """

    record: Record
    changes: tuple[FieldChange, ...]
    frozen: tuple[str, ...] = ()


def edit(record: Record, fields: Fields, *, at_ms: int, integrations: Mapping[str, Integration]) -> Edited:
    """Return the record with values entered through our API; they become due wherever they are not said already.

    A value that is there already changes nothing, not even who set it. Doing it again changes nothing.

    Args:
        record: as it was read.
        fields: canonical values; ``None`` empties a field.
        at_ms: when they were entered, epoch milliseconds.
        integrations: all of the workspace, by id.
    """
    frozen = tuple(sorted(name for name in fields if name in record.frozen))
    changes = [
        FieldChange(name, record.fields.get(name), value)
        for name, value in sorted(fields.items())
        if name not in record.frozen and value != record.fields.get(name)
    ]
    if not changes:
        return Edited(record, (), frozen)
    links = {key: remember(link, changes, integrations, record) for key, link in record.links.items()}
    stamps = {**record.stamps, **{each.field: Stamp(at_ms, BY_PEOPLE) for each in changes}}
    values = {**record.fields, **{each.field: each.new for each in changes}}
    return Edited(replace(record, fields=values, stamps=stamps, links=links), tuple(changes), frozen)


@dataclass(frozen=True, slots=True)
class Place:
    """How a record stands in one CRM.

    Attributes:
        state: ``created`` or ``updated`` by what was entered, ``unchanged``, ``written`` where nothing is known of
            what was before; ``pending`` while it is on its way, ``waiting`` where it cannot go out now, ``refused``
            by the CRM, ``off`` where it takes no part, ``gone`` where it was deleted.
        words: why, in the CRM's words or ours; empty where it needs none.
    """

    state: str
    external_id: str = ""
    words: str = ""


def place_in(record: Record, integration: Integration, *, before: Record | None = None) -> Place:
    """Tell how a record stands in one CRM.

    Args:
        record: as it is.
        integration: which CRM.
        before: the record as it was entered, to tell what was made of that; ``None`` to tell of the present only.
    """
    rule, link = integration.rule(record.entity), record.links.get(integration.integration_id)
    external_id = "" if link is None else link.external_id
    if integration.status == "pending":
        return Place("off", words="the integration is not connected")
    if not rule.enabled or rule.direction == "from_crm":
        return Place("off", external_id, "this entity is not written there")
    if link is not None and link.state in ("deleting", "deleted", "held"):
        return Place("gone", external_id, "it was deleted there")
    if record.candidates:
        return Place("waiting", external_id, f"people must decide: GET /api/crm/conflicts/{record.record_id}")
    if link is not None and link.parked is not None:
        return Place("refused", external_id, link.parked.words)
    if integration.integration_id in record.due_for or (link is not None and link.state == "creating"):
        return _on_its_way(record, integration, external_id)
    if link is None:
        return Place("off", words="there is nothing to write")
    return Place(_made_of(before, integration), external_id)


def _on_its_way(record: Record, integration: Integration, external_id: str) -> Place:
    if integration.status != "active":
        return Place("waiting", external_id, f"the integration is {integration.status}")
    link = record.links.get(integration.integration_id)
    if link is not None and link.retry_at is not None and link.attempts:
        return Place("waiting", external_id, f"tried again after {link.retry_at.isoformat(timespec='seconds')}")
    return Place("pending", external_id)


def _made_of(before: Record | None, integration: Integration) -> str:
    if before is None:
        return "written"
    link = before.links.get(integration.integration_id)
    if link is None or link.state == "creating":
        return "created"
    return "updated" if due_fields(before, link, integration.rule(before.entity)) else "unchanged"
