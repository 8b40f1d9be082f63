from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bench.disk_records import DiskRecords
from crmbridge.domain.records import LastChange, Link, Record
from crmbridge.ports import Save

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LAST = LastChange("changed", "int_a", NOW)
ANA = Record(
    "w",
    "con_00000000000000000000000001",
    "contact",
    fields={"email": "ana@example.com"},
    links={"int_a": Link("int_a", "17")},
    due_for={"int_b": 0},
    rev=1,
    last=LAST,
)


@pytest.fixture
def told():
    return []


@pytest.fixture
def records(tmp_path, told):
    store = DiskRecords(tmp_path / "records.db", on_change=lambda before, after: told.append((before, after)))
    yield store
    store.close()


def test_a_record_on_disk_is_found_by_all_its_keys(records, told):
    assert records.save_many([Save(None, ANA)]) == (True,)
    assert records.get_many("w", [ANA.record_id]) == {ANA.record_id: ANA}
    assert records.find_external("w", "int_a", "contact", ["17", "18"]) == {"17": ANA.record_id}
    assert records.find_key("w", "contact", "email", ["ana@example.com"]) == {"ana@example.com": (ANA.record_id,)}
    assert records.list_records("w", "contact", cursor=None, limit=5).items == (ANA,)
    assert told == [(None, ANA)]


def test_a_save_on_disk_over_a_moved_record_is_refused(records, told):
    records.save_many([Save(None, ANA)])
    assert records.save_many([Save(None, ANA)]) == (False,)
    moved = replace(ANA, rev=2)
    assert records.save_many([Save(ANA, moved)]) == (True,)
    assert records.save_many([Save(ANA, moved)]) == (False,)
    assert len(told) == 2


def test_settled_work_leaves_the_disk(records):
    records.save_many([Save(None, ANA)])
    assert records.due("w", "contact", "int_b", now=NOW, limit=5) == (ANA.record_id,)
    records.save_many([Save(ANA, replace(ANA, due_for={}, rev=2))])
    assert records.due("w", "contact", "int_b", now=NOW, limit=5) == ()


def test_pages_of_the_disk_show_every_record_once(records):
    many = [replace(ANA, record_id=f"con_{number:026d}", links={}, fields={}, due_for={}) for number in range(23)]
    records.save_many([Save(None, each) for each in many])
    seen, cursor = [], None
    while True:
        page = records.list_records("w", "contact", cursor=cursor, limit=5)
        seen.extend(each.record_id for each in page.items)
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(seen) == [each.record_id for each in many]
