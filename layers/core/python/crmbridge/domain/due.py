"""Which CRMs a record still has to be written to: derived from the record, never stored on its own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from crmbridge.domain.altering import altered
from crmbridge.domain.integrations import EntityRule, Integration
from crmbridge.domain.records import Fields, Link, Record


def with_due(record: Record, integrations: Iterable[Integration], **bookkeeping: object) -> Record:
    """Return the record with ``due_for`` as its links and the rules say.

    Args:
        bookkeeping: ``rev`` and ``last``, which change with every save and make nothing due.
    """
    return altered(record, due_for=due_for(record, integrations), **bookkeeping)


def due_for(record: Record, integrations: Iterable[Integration]) -> dict[str, int]:
    """Return, per integration that a write is due to, the epoch second before which it must wait.

    An integration that is paused, blocked or waiting for its people keeps its due work; a pending one has none yet.
    """
    due: dict[str, int] = {}
    for integration in integrations:
        if integration.status == "pending":
            continue
        link = record.links.get(integration.integration_id)
        if _is_due(record, link, integration.rule(record.entity)):
            retry_at = None if link is None else link.retry_at
            due[integration.integration_id] = 0 if retry_at is None else int(retry_at.timestamp())
    return due


def due_fields(record: Record, link: Link | None, rule: EntityRule) -> tuple[str, ...]:
    """Return the names of fields whose hub value the CRM has not agreed to yet, ascending."""
    if link is None or link.state == "creating":
        return tuple(
            sorted(
                name
                for name, value in record.fields.items()
                if value is not None and rule.writes(name) and name not in record.frozen
            )
        )
    return tuple(
        sorted(
            name
            for name, base in link.base.items()
            if (base.overruled or base.hub != record.fields.get(name))
            and rule.writes(name)
            and name not in record.frozen
        )
    )


def fingerprint(record: Record, link: Link | None, rule: EntityRule) -> str:
    """Return a digest of the write that is due; a refused write is tried again when it changes."""
    due = {name: record.fields.get(name) for name in due_fields(record, link, rule)}
    return hashlib.sha256(repr(sorted(due.items())).encode()).hexdigest()[:16]


def is_empty(fields: Fields) -> bool:
    """Tell whether a record has nothing that could be created anywhere."""
    return all(value is None for value in fields.values())


def _is_due(record: Record, link: Link | None, rule: EntityRule) -> bool:
    if link is not None and link.state == "deleting":
        return rule.enabled and rule.direction != "from_crm"
    if record.deleted_at is not None or record.merged_into or not rule.enabled or rule.direction == "from_crm":
        return False
    if link is None:
        return not is_empty(record.fields) and not record.candidates
    if link.state in ("deleted", "invisible", "held"):
        return False
    names: tuple[str, ...] = due_fields(record, link, rule)
    if not names and link.state != "creating":
        return False
    return link.parked is None or link.parked.fingerprint != fingerprint(record, link, rule)
