"""Tell what became of entered records in every CRM, waiting for the ordinary pushing for as long as asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crmbridge.domain.editing import Place, place_in
from crmbridge.domain.integrations import Integration
from crmbridge.domain.records import Record
from crmbridge.services.hub import Hub, is_open

LOOK_EVERY_S = 0.3
"""Seconds between two looks at records that are on their way."""


def await_places(
    hub: Hub, entered: Sequence[Record], integrations: Mapping[str, Integration], *, wait_s: float
) -> list[dict[str, Place]]:
    """Return how each record stands in each CRM once nothing is on its way any more, or when time is up.

    Args:
        entered: as they were stored, all of one workspace; repeats do no harm.
        integrations: which CRMs, by id.
        wait_s: seconds to wait at most; 0 looks once.
    """
    present = {each.record_id: each for each in entered}
    waited_s = 0.0
    while True:
        places = [_places(hub, each, present[each.record_id], integrations) for each in entered]
        moving = {
            each.record_id
            for each, stood in zip(entered, places, strict=True)
            if any(place.state == "pending" for place in stood.values())
        }
        if not moving or waited_s >= wait_s:
            return places
        hub.sleep(LOOK_EVERY_S)
        waited_s += LOOK_EVERY_S
        present |= _survivors(hub, entered[0].workspace_id, moving)


def _survivors(hub: Hub, workspace_id: str, ids: set[str]) -> dict[str, Record]:
    """Return records as they are now, by the ids asked for; of one that became part of another, the other."""
    found = hub.records.get_many(workspace_id, sorted(ids))
    merged = sorted({each.merged_into for each in found.values() if each.merged_into})
    others = hub.records.get_many(workspace_id, merged) if merged else {}
    return {key: others.get(each.merged_into, each) for key, each in found.items()}


def _places(hub: Hub, before: Record, now: Record, integrations: Mapping[str, Integration]) -> dict[str, Place]:
    places = {key: place_in(now, each, before=before) for key, each in integrations.items()}
    for key, place in places.items():
        if place.state == "pending" and not is_open(integrations[key], hub.now()):
            places[key] = Place("waiting", place.external_id, "the CRM is being waited for")
    return places


def show_places(places: Mapping[str, Place], integrations: Mapping[str, Integration]) -> list[dict[str, Any]]:
    """Return how a record stands in each CRM as the API shows it."""
    return [
        {
            "integrationId": key,
            "provider": integrations[key].crm,
            "result": place.state,
            "externalId": place.external_id,
            "words": place.words,
        }
        for key, place in places.items()
    ]
