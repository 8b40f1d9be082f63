"""Make sure that contacts which are new since the last time go to a CRM; every hour unless it is set otherwise."""

from __future__ import annotations

from collections.abc import Callable

from crmbridge.domain.due import due_for, with_due
from crmbridge.domain.messages import SyncStep, Ticket
from crmbridge.domain.records import Entity, LastChange
from crmbridge.ports import Document, Save
from crmbridge.services.hub import Hub, entities_of, is_open, load_integrations

ENTITY: Entity = "contact"
PAGE = 200


def push_new_contacts(hub: Hub, step: SyncStep, *, has_time: Callable[[], bool]) -> int | None:
    """Look at the contacts that are new since the last push; what is due of them there is noted and ticketed.

    New contacts go out within seconds by themselves. This finds those that something kept from it: an integration
    that was not connected yet, a rule that was off, a message that was lost.

    Args:
        step: whose integration.
        has_time: whether another page may still be begun.

    Returns:
        How many contacts were looked at; ``None`` where nothing can be pushed now: the next time in turn does it.
    """
    integrations = load_integrations(hub, step.workspace_id)
    integration = integrations.get(step.integration_id)
    if integration is None or not is_open(integration, hub.now()) or ENTITY not in entities_of(hub, integration):
        return None
    held = hub.documents.get(_pk(step), step.integration_id)
    # from the push before the last one: ids ascend in time only as far as clocks agree
    mark, last = ("", "") if held is None else (str(held.body["before"]), str(held.body["last"]))
    seen, is_due, newest = 0, False, last
    while has_time():
        page = hub.records.list_new(step.workspace_id, ENTITY, after=mark, limit=PAGE)
        saves = [
            Save(each, with_due(each, integrations.values(), rev=each.rev + 1, last=_reconciled(hub, step)))
            for each in page
            if due_for(each, integrations.values()).keys() != each.due_for.keys()
        ]
        hub.records.save_many(saves)
        is_due = is_due or any(step.integration_id in each.due_for for each in (*page, *(save.after for save in saves)))
        seen += len(page)
        mark = page[-1].record_id if page else mark
        newest = max(newest, mark)
        if len(page) < PAGE:
            _remember(hub, step, held, before=last, newest=newest)
            break
    else:
        _remember(hub, step, held, before=mark, newest=mark)
        hub.queues.send_steps([step])
    if is_due:
        ticket = Ticket(step.workspace_id, step.integration_id, ENTITY)
        hub.queues.send_tickets([ticket], cause=hub.new_id("tkt"))
    return seen


def _remember(hub: Hub, step: SyncStep, held: Document | None, *, before: str, newest: str) -> None:
    body = {"before": before, "last": newest}
    version = 0 if held is None else held.version
    hub.documents.put(Document(_pk(step), step.integration_id, body, version=version))


def _reconciled(hub: Hub, step: SyncStep) -> LastChange:
    return LastChange("reconciled", step.integration_id, hub.now())


def _pk(step: SyncStep) -> str:
    return f"{step.workspace_id}#PUSHED"
