"""From changed records to tickets, history, and the list of what people must decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crmbridge.domain.messages import Ticket
from crmbridge.domain.records import ENTITIES, REFERENCES, Entity, Record
from crmbridge.services._chronicle import list_decisions, write_history
from crmbridge.services._priority import note_priority
from crmbridge.services.hub import Hub

OUR_OWN = frozenset({"settled", "intended", "parked", "postponed", "invisible"})
"""Changes that pushing itself makes; they start no new work for a CRM that had work before."""


DEPENDENTS: Mapping[Entity, tuple[Entity, ...]] = {
    entity: tuple(other for other, fields in REFERENCES.items() if entity in fields.values()) for entity in ENTITIES
}
"""Which entities refer to each."""


@dataclass(frozen=True, slots=True)
class StreamChange:
    """One change of a record as the stream tells it.

    Attributes:
        event_id: unique; the same when the stream tells it again.
        before: the record as it was, ``None`` for a new one.
        after: the record as it is.
    """

    event_id: str
    before: Record | None
    after: Record


def fan_out_changes(hub: Hub, changes: Sequence[StreamChange]) -> tuple[Ticket, ...]:
    """Write history down, then send one ticket per integration and entity that got work.

    Told twice, it writes the same lines and sends tickets with the same cause, which count as one.

    Returns:
        The tickets sent.
    """
    now = hub.now()
    tickets: dict[Ticket, str] = {}
    write_history(hub, (change.after for change in changes))
    for change in changes:
        list_decisions(hub, change.before, change.after)
        note_priority(hub, change.before, change.after)
        for integration_id in awakened(change, now):
            ticket = Ticket(change.after.workspace_id, integration_id, change.after.entity)
            tickets[ticket] = change.event_id
        for integration_id in newly_met(change):
            for entity in DEPENDENTS[change.after.entity]:
                tickets[Ticket(change.after.workspace_id, integration_id, entity)] = change.event_id
    for ticket, cause in tickets.items():
        hub.queues.send_tickets([ticket], cause=cause)
    return tuple(tickets)


def newly_met(change: StreamChange) -> tuple[str, ...]:
    """Return the integrations in which reading has just found a row of a known record, ascending.

    Others may have waited for it to refer to it there. What pushing makes there it tells itself.
    """
    before, last = change.before, change.after.last
    if before is None or last is None or last.kind in OUR_OWN:
        return ()
    met = (key for key, link in change.after.links.items() if link.external_id and link.state == "active")
    return tuple(sorted(key for key in met if key not in before.links or not before.links[key].external_id))


def awakened(change: StreamChange, now: datetime) -> tuple[str, ...]:
    """Return the integrations for which a change made new work, ascending.

    Work that must wait is found again by its wake-up or by the sweep.
    """
    before: Mapping[str, int] = change.before.due_for if change.before is not None else {}
    last = change.after.last
    ours = last is not None and last.kind in OUR_OWN
    return tuple(
        sorted(
            integration_id
            for integration_id, not_before in change.after.due_for.items()
            if not_before <= now.timestamp() and not (ours and integration_id in before)
        )
    )
