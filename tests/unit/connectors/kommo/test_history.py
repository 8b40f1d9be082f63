"""Deletions and merges are told by evidence, whichever way Kommo tells them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crmbridge.connectors.kommo.client import KommoClient
from crmbridge.connectors.kommo.client.history import named_in
from tests.unit.connectors.kommo.conftest import Place

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def _people(place: Place, *names: str) -> list[str]:
    made = place.seed(contacts=[{"first_name": each} for each in names])
    return [str(each) for each in made["ids"]["contacts"]]


def _gone(client: KommoClient, entity: Any, since: datetime = LONG_AGO) -> dict[str, str]:
    found: dict[str, str] = {}
    cursor: str | None = None
    while True:
        page = client.list_gone(entity, since=since, cursor=cursor)
        found.update({each.external_id: each.merged_into for each in page.items})
        cursor = page.next_cursor
        if cursor is None:
            return found


@pytest.mark.parametrize("told", ["survivor", "loser"])
def test_a_merge_is_understood_from_either_end(place: Place, client: KommoClient, told: str):
    place.control("/options", {"merge_event": told})
    kept, lost = _people(place, "Ana", "Anna")
    place.seed(operations=[{"op": "merge", "entity": "contacts", "id": kept, "with": lost}])
    assert client.read("contact", [lost]).gone[lost].merged_into == kept
    assert _gone(client, "contact") == {lost: kept}


def test_a_merge_that_names_nobody_else_deletes_nobody(place: Place, client: KommoClient):
    place.control("/options", {"merge_event": "bare"})
    kept, lost = _people(place, "Ana", "Anna")
    place.seed(operations=[{"op": "merge", "entity": "contacts", "id": kept, "with": lost}])
    told = client.read("contact", [kept, lost])
    assert told.missing == {lost}
    assert told.found.keys() == {kept}
    assert _gone(client, "contact") == {}


def test_a_chain_of_merges_leads_to_somebody_who_is_there(place: Place, client: KommoClient):
    first, second, third = _people(place, "A", "B", "C")
    for kept, lost in ((second, third), (first, second)):
        place.seed(operations=[{"op": "merge", "entity": "contacts", "id": kept, "with": lost}])
    told = client.read("contact", [second])
    assert told.gone[second].merged_into == first
    assert third not in told.found


def test_what_was_restored_is_not_gone(place: Place, client: KommoClient):
    (person,) = _people(place, "Ana")
    for op in ("delete", "restore"):
        place.seed(operations=[{"op": op, "entity": "contacts", "id": person}])
    assert _gone(client, "contact") == {}
    assert client.read("contact", [person]).found.keys() == {person}


def test_deleted_leads_come_from_the_trash_with_their_time(place: Place, client: KommoClient):
    (lead,) = place.seed(leads=[{"name": "Telhado"}])["ids"]["leads"]
    place.seed(operations=[{"op": "delete", "entity": "leads", "id": lead}])
    gone = client.read("deal", [str(lead)]).gone[str(lead)]
    assert gone.at is not None
    page = client.list_gone("deal", since=gone.at, cursor=None)
    assert [each.external_id for each in page.items] == [str(lead)]
    assert _gone(client, "deal", gone.at + timedelta(seconds=2)) == {}


def test_more_ids_than_one_filter_takes_are_all_asked_for(place: Place, client: KommoClient):
    people = _people(place, *(f"P{number}" for number in range(23)))
    place.seed(operations=[{"op": "delete", "entity": "contacts", "id": each} for each in people])
    assert client.read("contact", people).gone.keys() == set(people)


def test_deleted_tasks_and_notes_are_told(place: Place, client: KommoClient):
    (person,) = _people(place, "Ana")
    made = place.seed(
        operations=[
            {"op": "create", "entity": "tasks", "fields": {"text": "Call", "complete_till": 1_800_000_000}},
            {
                "op": "create",
                "entity": "notes",
                "parent": "contacts",
                "fields": {"entity_id": int(person), "note_type": "common", "params": {"text": "x"}},
            },
        ]
    )
    task, note = (each["id"] for each in made["operations"])
    ids = [f"tasks:{task}", f"notes:contacts.{note}"]
    assert client.read("activity", ids).found.keys() == set(ids)
    place.seed(
        operations=[{"op": "delete", "entity": "tasks", "id": task}, {"op": "delete", "entity": "notes", "id": note}]
    )
    assert client.read("activity", [*ids, "tasks:1", "nonsense"]).gone.keys() == set(ids)
    assert _gone(client, "activity") == dict.fromkeys(ids, "")


def test_every_id_an_event_names_is_seen():
    event = {"entity_id": 1, "value_before": [{"a": {"entity": {"id": 2}}}], "value_after": {"x": [{"entity_id": 3}]}}
    assert named_in(event) == ("1", "2", "3")
    assert named_in({"entity_id": 1, "value_before": None, "value_after": "text"}) == ("1",)
