"""Tell other systems, and people, what became of integrations and their runs since it was last told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from crmbridge.domain.events.envelope import Event
from crmbridge.domain.events.notices import Notice
from crmbridge.domain.workspace_sections import EVENTS, NOTIFICATIONS
from crmbridge.errors import ConfigurationError
from crmbridge.ports import Document
from crmbridge.ports.announcing import Bus, Notifier
from crmbridge.services import _run_ends, _signals
from crmbridge.services._standings import tell_standings
from crmbridge.services._telling import Telling
from crmbridge.services.announce_records import as_wanted, to_tell
from crmbridge.services.hub import Hub, load_integrations
from crmbridge.services.workspace_settings import load_section

UNSENT = "notice#"
"""Where messages to people wait that could not be sent."""


@dataclass(slots=True)
class Told:
    """What was told in one look at all workspaces.

    Attributes:
        events: put on the bus.
        notices: sent to people.
        late: workspaces of which not everything could be told; it is told at the next look.
    """

    events: int = 0
    notices: int = 0
    late: int = 0


def announce_states(hub: Hub, bus: Bus, notifier: Notifier) -> Told:
    """Look at every workspace; called every minute.

    What has happened is derived from how things stand and how they were last told, so nothing is lost whoever dies:
    it is noted as told after it was, and told again, with the same ids, until it is.
    """
    told, workspaces = Told(), hub.documents.query("WORKSPACES")
    first = int(hub.now().timestamp()) // 60 % max(len(workspaces), 1)
    for workspace in (*workspaces[first:], *workspaces[:first]):  # should time run out, another one is last next time
        telling = _collected(hub, workspace.sk)
        if _events_told(bus, telling, told):
            _people_told(notifier, telling, told)
            telling.note()
        else:
            told.late += 1
    return told


def publish_held(bus: Bus, events: Iterable[Event]) -> None:
    """Put events on the bus that it did not take before.

    Raises:
        ConfigurationError: it does not take them now either; the queue tells them again, and at last gives them up
            into its dead-letter queue.
    """
    refused = bus.publish(list(events))
    if refused:
        raise ConfigurationError(f"the bus does not take {len(refused)} events")


def _collected(hub: Hub, workspace_id: str) -> Telling:
    telling = Telling.begin(hub, workspace_id, load_integrations(hub, workspace_id))
    tell_standings(telling)
    noted = hub.documents.query(to_tell(workspace_id))
    _run_ends.tell_runs(telling, [each for each in noted if each.sk.startswith(_run_ends.PLACE)])
    _signals.tell_signals(telling, [each for each in noted if each.sk.startswith(_signals.PLACE)])
    for each in noted:
        if each.sk.startswith(UNSENT):
            telling.notices.append(Notice.from_json(each.body))
            telling.forget(each)
    return telling


def _events_told(bus: Bus, telling: Telling, told: Told) -> bool:
    if not telling.events:
        return True
    settings = load_section(telling.hub, telling.workspace_id, EVENTS)
    wanted = [event for each in telling.events if (event := as_wanted(each, settings)) is not None]
    refused = bus.publish(wanted) if wanted else ()
    told.events += len(wanted) - len(refused)
    return not refused


def _people_told(notifier: Notifier, telling: Telling, told: Told) -> None:
    if not telling.notices:
        return
    wanted = load_section(telling.hub, telling.workspace_id, NOTIFICATIONS)
    chosen = [each for each in telling.notices if wanted[each.kind]]
    unsent = [each for each in chosen if not notifier.notify(each)]
    told.notices += len(chosen) - len(unsent)
    told.late += bool(unsent)
    for each in unsent:  # events go out once; what people were not told is kept for itself
        place = f"{UNSENT}{telling.hub.new_id('ntc')}"
        telling.put(Document(to_tell(telling.workspace_id), place, each.to_json()))
