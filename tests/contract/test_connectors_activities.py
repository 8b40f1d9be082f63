"""Every connector with activities: each kind to its one place and back, with what it refers to."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crmbridge.domain.records import ACTIVITY_KINDS, REFERENCES
from crmbridge.ports import WriteOp
from tests.contract._world import Desk, World
from tests.contract.test_connectors_listing import ids, pages

SAMPLE: dict[str, Any] = {
    "subject": "Second offer",
    "description": "With storage\nand without ☀️",
    "starts_at": "2026-11-20T14:00:00Z",
    "ends_at": "2026-11-20T14:30:00Z",
    "due_at": "2027-03-30T15:00:00Z",
    "status": "open",
    "priority": "high",
    "direction": "outbound",
    "duration_s": 1800,
    "email_from": "mia@example.com",
    "email_to": "ana.prado@example.com",
}
HELD_BY: dict[str, set[str]] = {
    "note": {"description"},
    "task": {"subject", "due_at", "status"},
    "call": {"description", "starts_at"},
    "meeting": {"subject", "starts_at", "ends_at"},
    "email": {"subject", "description"},
}
"""What makes a kind worth keeping: a place that holds none of it is no place for it."""


@pytest.fixture
def diary(world: World, desk: Desk) -> Diary:
    if "activity" not in world.declared.supports.entities:
        pytest.skip(f"{world.crm} keeps no activities")
    return Diary(world, desk)


class Diary:
    """Writes activities of every kind that a CRM declares a place for."""

    def __init__(self, world: World, desk: Desk) -> None:
        self.world, self.desk, self.client = world, desk, desk.client
        self.places = world.declared.supports.activity_places
        self.company = desk.one("company")
        refs = {"company": (self.company,)} if world.holds("contact", "company") else {}
        self.contact = desk.create("contact", desk.sample("contact"), refs=refs)[0].external_id

    def sample(self, kind: str, **changes: Any) -> dict[str, Any]:
        """Return what this CRM makes of a kind's sample."""
        given = {"kind": kind, **SAMPLE, **changes}
        held = {name: value for name, value in given.items() if self.world.holds("activity", name)}
        return self.client.project("activity", held)

    def refs(self, kind: str) -> dict[str, tuple[str, ...]]:
        """Return what an activity is about, as far as this CRM's kind can say (suite.json: "activity_refs")."""
        every = {"company": (self.company,), "contacts": (self.contact,)}
        told = self.world.suite.get("activity_refs", {}).get(kind)
        declared = {name for name in every if self.world.holds("activity", name)}
        return {name: every[name] for name in every if name in (declared if told is None else told)}

    def make(self, kind: str, **changes: Any) -> str:
        rows = [self.sample(kind, **changes)]
        return self.desk.create("activity", *rows, refs=self.refs(kind))[0].external_id

    def read(self, external_id: str) -> Any:
        return self.client.read("activity", [external_id]).found[external_id]

    def rows(self) -> dict[str, int]:
        """Count the rows of each place, where suite.json names the sandbox's table ("activity_tables")."""
        tables = self.world.suite.get("activity_tables", {})
        state = {table: self.world.control("GET", f"/state?entity={table}")[table] for table in set(tables.values())}
        return {
            table: sum(not (row.get("gone") or row.get("archived")) for row in rows) for table, rows in state.items()
        }


def test_every_kind_declared_is_one_we_know_and_the_rest_has_a_reason(world: World):
    supports = world.declared.supports
    if "activity" not in supports.entities:
        assert not supports.activity_places
        return
    assert set(supports.activity_places) <= set(ACTIVITY_KINDS)
    assert supports.activity_places, "an entity without a place for anything"
    assert all(supports.activity_places.values())
    missing = set(ACTIVITY_KINDS) - set(supports.activity_places)
    unexplained = [kind for kind in missing if f"activity.{kind}" not in supports.not_built]
    assert unexplained == [], 'say why in not_built: "activity.<kind>"'


def test_each_kind_goes_to_its_one_place_and_comes_back(diary: Diary):
    for kind, place in diary.places.items():
        sample = diary.sample(kind)
        assert sample["kind"] == kind
        assert sample.keys() & HELD_BY[kind], f"nothing of a {kind} is held"
        before = diary.rows()
        external_id = diary.make(kind)
        said = diary.read(external_id)
        assert {name: said.fields[name] for name in sample} == sample
        if ":" in external_id:
            assert external_id.partition(":")[0] == place
        table = diary.world.suite.get("activity_tables", {}).get(place)
        grown = {name: count - before[name] for name, count in diary.rows().items() if count != before[name]}
        assert grown == ({table: 1} if table else {})


def test_an_activity_tells_what_it_is_about(diary: Diary):
    for kind in diary.places:
        refs = diary.refs(kind)
        said = diary.read(diary.make(kind)).refs
        assert {name: said[name] for name in refs} == refs
        assert set(said) <= set(REFERENCES["activity"])


def test_what_a_kind_lets_change_changes_and_the_rest_stays(diary: Diary):
    for kind in diary.places:
        external_id = diary.make(kind)
        before = diary.read(external_id).fields
        field = diary.world.suite.get("activity_changes", {}).get(kind) or (
            "description" if "description" in diary.sample(kind) else "subject"
        )
        value = diary.sample(kind, **{field: "Changed"})[field]
        op = WriteOp("update", "x", external_id, fields={field: "Changed"}, refs={}, refs_before=diary.refs(kind))
        (result,) = diary.client.write("activity", [op])
        assert result.error is None
        assert result.external_id == external_id
        after = diary.read(external_id).fields
        assert after[field] == value
        assert {name: after[name] for name in after if name != field} == {
            name: before[name] for name in before if name != field
        }


def test_a_task_can_be_done_and_taken_up_again(diary: Diary):
    if "task" not in diary.places:
        pytest.skip(f"{diary.world.crm} keeps no tasks")
    external_id = diary.make("task")
    for status in ("completed", "open"):
        (result,) = diary.client.write("activity", [WriteOp("update", "x", external_id, fields={"status": status})])
        assert result.error is None
        assert diary.read(external_id).fields["status"] == status


def test_kinds_are_listed_together_once_each(diary: Diary):
    since = datetime.now(UTC) - timedelta(hours=1)
    made = [diary.make(kind, subject=f"Offer {n}") for kind in diary.places for n in (1, 2)]
    diary.world.settle()
    client = diary.client
    assert Counter(ids(pages(lambda cursor: client.list_all("activity", cursor=cursor)))) == Counter(made)
    changed = pages(lambda cursor: client.list_changed("activity", since=since, cursor=cursor))
    assert Counter(ids(changed)) == Counter(made)
    rows = {row.external_id: row for page in changed for row in page.items}
    assert rows == client.read("activity", made).found
    later = datetime.now(UTC) + timedelta(days=1)
    assert ids(pages(lambda cursor: client.list_changed("activity", since=later, cursor=cursor))) == []


def test_many_kinds_are_written_and_read_in_one_batch(diary: Diary):
    """A batch is of one kind of write, not of one kind of activity."""
    ops = [
        WriteOp(diary.desk.create_kind, diary.desk.op_id("activity"), fields=diary.sample(kind), refs=diary.refs(kind))
        for kind in (*diary.places, *diary.places)
    ][: diary.world.declared.limits.write_batch]
    results = diary.client.write("activity", ops)
    assert [each.error for each in results if each.error] == []
    assert [each.op_id for each in results] == [op.op_id for op in ops]
    found = diary.client.read("activity", [each.external_id for each in results]).found
    assert [found[each.external_id].fields["kind"] for each in results] == [op.fields["kind"] for op in ops]


def test_a_create_whose_answer_was_lost_is_not_made_twice(diary: Diary):
    """Found by our own id, or stopped by whoever writes it again."""
    for kind in diary.places:
        fields = diary.sample(kind)
        op = WriteOp(diary.desk.create_kind, diary.desk.op_id("activity"), fields=fields, refs=diary.refs(kind))
        (first,) = diary.client.write("activity", [op])
        found = diary.client.find("activity", "correlation_id", [op.op_id])
        if found:
            assert [each.external_id for each in found[op.op_id]] == [first.external_id]
            continue
        (again,) = diary.client.write("activity", [op])
        assert again.external_id == first.external_id
        assert not again.created


def test_our_own_id_does_not_show_in_what_people_wrote(diary: Diary):
    for kind in diary.places:
        said = diary.read(diary.make(kind))
        assert not [name for name, value in said.fields.items() if isinstance(value, str) and "act_0" in value]


def test_a_kind_without_a_place_is_refused_and_blocks_no_other(diary: Diary):
    without = [kind for kind in ACTIVITY_KINDS if kind not in diary.places]
    if not without or diary.world.declared.limits.write_batch < 2:
        pytest.skip(f"{diary.world.crm} has a place for every kind")
    kind, other = next(iter(diary.places)), without[0]
    kinds = (kind, other, kind)[: diary.world.declared.limits.write_batch]
    ops = [
        WriteOp(
            diary.desk.create_kind,
            diary.desk.op_id("activity"),
            fields={**diary.sample(kind), "kind": each},
            refs=diary.refs(kind),
        )
        for each in kinds
    ]
    results = diary.client.write("activity", ops)
    assert results[1].error is not None
    assert not results[1].created
    assert [each.error for each in (results[0], *results[2:]) if each.error] == []


def test_deleting_each_kind_ends_it(diary: Diary):
    if not diary.world.can_delete:
        pytest.skip(f"{diary.world.crm} deletes nothing over its API")
    for kind in diary.places:
        kept, lost = diary.make(kind), diary.make(kind, subject="Another", description="Another")
        (result,) = diary.client.write("activity", [WriteOp("delete", "x", lost)])
        assert result.error is None
        told = diary.client.read("activity", [kept, lost])
        assert told.found.keys() == {kept}
        (again,) = diary.client.write("activity", [WriteOp("delete", "x", lost)])
        assert again.error is None or again.gone
