"""The stores of a rehearsal show what would be, and leave what is alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crmbridge.domain.records import Link, Record
from crmbridge.errors import ConflictError
from crmbridge.ports import Document, Save
from crmbridge.services._overlay import NEW, OverlayDocuments, OverlayRecords
from tests.unit.services.hubs import START, WORKSPACE, Clock, make_hub

ANA = Record(WORKSPACE, "con_1", "contact", {"email": "ana@example.com"}, due_for={"int_a": 0}, rev=1)
BO = Record(WORKSPACE, "con_2", "contact", {"email": "bo@example.com"}, rev=1)


def as_is(record: Record) -> Record:
    return record


@pytest.fixture
def hub():
    made = make_hub(Clock())
    made.records.save_many([Save(None, ANA), Save(None, BO)])
    return made


@pytest.fixture
def records(hub) -> OverlayRecords:
    return OverlayRecords(hub.records, "int_a", as_is)


def settled(record: Record) -> Record:
    links = {"int_a": Link("int_a", "77")}
    return replace(record, links=links, due_for={}, rev=record.rev + 1)


def due(records: OverlayRecords) -> tuple[str, ...]:
    return records.due(WORKSPACE, "contact", "int_a", now=START, limit=10)


def test_what_is_saved_is_seen_there_and_nowhere_else(hub, records):
    assert due(records) == ("con_1",)
    assert records.save_many([Save(ANA, settled(ANA))]) == (True,)
    assert records.get_many(WORKSPACE, ["con_1", "con_2"]) == {"con_1": settled(ANA), "con_2": BO}
    assert records.find_external(WORKSPACE, "int_a", "contact", ["77"]) == {"77": "con_1"}
    assert records.list_records(WORKSPACE, "contact", cursor=None, limit=9).items.count(settled(ANA)) == 1
    assert due(records) == ()
    assert hub.records.get_many(WORKSPACE, ["con_1"]) == {"con_1": ANA}
    assert hub.records.find_external(WORKSPACE, "int_a", "contact", ["77"]) == {}
    assert hub.records.due(WORKSPACE, "contact", "int_a", now=START, limit=10) == ("con_1",)


def test_a_save_of_what_has_moved_is_refused(records):
    assert records.save_many([Save(ANA, settled(ANA)), Save(replace(BO, rev=0), settled(BO))]) == (True, False)
    assert records.save_many([Save(ANA, settled(ANA))]) == (False,)


def test_what_is_saved_together_is_kept_whole_or_not_at_all(records):
    assert not records.save_together([Save(ANA, settled(ANA)), Save(None, settled(BO))])
    assert records.get_many(WORKSPACE, ["con_1"]) == {"con_1": ANA}
    assert records.save_together([Save(ANA, settled(ANA)), Save(BO, settled(BO))])
    assert due(records) == ()


def test_keys_are_found_as_they_would_be(records):
    moved = replace(ANA, fields={"email": "anna@example.com"}, rev=2)
    records.save_many([Save(ANA, moved)])
    found = records.find_key(WORKSPACE, "contact", "email", ["ana@example.com", "anna@example.com", "bo@example.com"])
    assert found == {"anna@example.com": ("con_1",), "bo@example.com": ("con_2",)}


def test_of_an_entity_rehearsed_before_what_was_due_counts_as_made(hub):
    records = OverlayRecords(hub.records, "int_a", as_is, made=frozenset({"contact"}))
    found = records.get_many(WORKSPACE, ["con_1", "con_2"])
    assert found["con_1"].links["int_a"].external_id == f"{NEW}con_1"
    assert found["con_2"].links == {}


def test_every_record_is_shown_as_a_change_would_have_it(hub):
    records = OverlayRecords(hub.records, "int_a", lambda each: replace(each, apart=("x",)))
    assert records.get_many(WORKSPACE, ["con_1"])["con_1"].apart == ("x",)
    assert {each.apart for each in records.list_records(WORKSPACE, "contact", cursor=None, limit=9).items} == {("x",)}


def test_documents_are_kept_apart_too(hub):
    held = hub.documents.put(Document("p", "a", {"n": 1}))
    documents = OverlayDocuments(hub.documents)
    documents.put(replace(held, body={"n": 2}))
    documents.append([Document("p", "b", {"n": 3})])
    assert [(each.sk, each.body["n"]) for each in documents.query("p")] == [("a", 2), ("b", 3)]
    with pytest.raises(ConflictError):
        documents.put(replace(held, body={"n": 4}))
    documents.put(replace(held, body={"n": 5}), unconditionally=True)
    found = documents.get("p", "a")
    assert found is not None
    documents.delete(found)
    assert documents.get("p", "a") is None
    assert [each.sk for each in documents.query("p")] == ["b"]
    assert [(each.sk, each.body["n"]) for each in hub.documents.query("p")] == [("a", 1)]
