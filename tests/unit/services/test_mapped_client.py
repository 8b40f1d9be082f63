"""A client behind overrides: everything that goes in or out is renamed and reworded, and nothing else is touched."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from crmbridge.domain.mapping.forms import Transform
from crmbridge.domain.mapping.overrides import FieldMap
from crmbridge.domain.records import Observation
from crmbridge.errors import FatalProviderError
from crmbridge.ports import Page, ReadResult, RowResult, WriteOp
from crmbridge.services.mapped_client import REQUIRED, MappedClient

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
SEEN = Observation(
    "7",
    {"x_origin": "Site", "lead_source": "theirs", "city": "Recife"},
    refs={"company": ("1",)},
    field_times={"x_origin": NOW},
)
MAPS = (
    FieldMap(entity="contact", field="lead_source", held_in="x_origin", values={"Web": "Site"}, required=True),
    FieldMap(entity="deal", field="title", transform=Transform(op="upper")),
)


class Recorder:
    """A connector's client that answers with one row, and writes down what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []

    def list_all(self, entity, *, cursor):
        return Page((SEEN,), cursor)

    def list_changed(self, entity, *, since, cursor):
        return Page((SEEN,), cursor, server_time=since)

    def export(self, entity, *, cursor):
        return Page((SEEN,), cursor, ready_in_s=3.0)

    def read(self, entity, external_ids):
        return ReadResult({each: SEEN for each in external_ids}, missing=frozenset({"9"}))

    def find(self, entity, key, values):
        return {each: (SEEN,) for each in values}

    def project(self, entity, fields):
        return {name: value for name, value in fields.items() if name != "description"}

    def write(self, entity, ops):
        self.asked.append(("write", ops))
        return tuple(RowResult(op.op_id, "7", observation=SEEN) for op in ops)

    def open_load(self, entity, ops):
        self.asked.append(("load", ops))
        return "load_1"

    def __getattr__(self, name: str) -> Any:
        return lambda *given, **named: (name, given, named)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def client(recorder) -> MappedClient:
    return MappedClient(recorder, MAPS, provider="acme")


MEANT = {"lead_source": "Web", "city": "Recife"}


def test_every_way_of_reading_is_in_the_hubs_names_and_words(client):
    read = client.read("contact", ["7"])
    rows = [
        *client.list_all("contact", cursor="c").items,
        *client.list_changed("contact", since=NOW, cursor=None).items,
        *client.export("contact", cursor=None).items,
        *client.find("contact", "email", ["a@b.test"])["a@b.test"],
        read.found["7"],
    ]
    assert len(rows) == 5
    for row in rows:
        assert (row.fields, row.refs, row.field_times) == (MEANT, SEEN.refs, {"lead_source": NOW})
        assert row.loose == frozenset()
    assert read.missing == {"9"}
    assert client.list_all("contact", cursor="c").next_cursor == "c"
    assert client.export("contact", cursor=None).ready_in_s == 3.0


def test_a_row_in_the_hubs_own_word_is_understood_and_known_to_stand_otherwise(client, recorder):
    recorder.list_all = lambda entity, *, cursor: Page((Observation("7", {"x_origin": "Web"}),), None)
    (row,) = client.list_all("contact", cursor=None).items
    assert (row.fields, row.loose) == ({"lead_source": "Web"}, {"lead_source"})


def test_entities_without_overrides_pass_through(client):
    (row,) = client.list_all("company", cursor=None).items
    assert row.fields == SEEN.fields


def test_the_projection_is_what_the_crm_makes_of_what_it_would_be_told(client):
    assert client.project("contact", {"lead_source": "Web", "description": "x", "city": "Olinda"}) == {
        "lead_source": "Web",
        "city": "Olinda",
    }
    assert client.project("deal", {"title": "Panels"}) == {"title": "PANELS"}


def test_writes_are_in_the_crms_names_and_words_and_answers_in_the_hubs(client, recorder):
    ops = [WriteOp("update", "con_1", "7", {"lead_source": "Web", "city": None}, {"company": ("1",)})]
    (result,) = client.write("contact", ops)
    ((_, (sent,)),) = recorder.asked
    assert (sent.fields, sent.refs) == ({"x_origin": "Site", "city": None}, {"company": ("1",)})
    assert result.observation.fields == MEANT


def test_only_the_row_that_lacks_a_required_field_is_refused_and_results_keep_their_order(client, recorder):
    ops = [
        WriteOp("create", "con_1", "", {"city": "Recife"}),
        WriteOp("create", "con_2", "", {"lead_source": "Web"}),
        WriteOp("create", "con_3", "", {"lead_source": None}),
    ]
    results = client.write("contact", ops)
    assert [each.op_id for each in results] == ["con_1", "con_2", "con_3"]
    codes = [None if each.error is None else each.error.code for each in results]
    assert codes == [REQUIRED, None, REQUIRED]
    ((_, sent),) = recorder.asked
    assert [each.op_id for each in sent] == ["con_2"]


@pytest.mark.parametrize(
    ("op", "is_refused"),
    [
        (WriteOp("update", "con_1", "7", {"city": "Recife"}), False),
        (WriteOp("update", "con_1", "7", {"lead_source": None}), True),
        (WriteOp("delete", "con_1", "7"), False),
        (WriteOp("upsert", "con_1", "", {"city": "Recife"}), True),
    ],
)
def test_a_required_field_may_stay_as_it_is_and_not_be_emptied(client, op, is_refused):
    (result,) = client.write("contact", [op])
    assert (result.error is not None) is is_refused


def test_nothing_is_sent_when_every_row_is_refused(client, recorder):
    client.write("contact", [WriteOp("create", "con_1", "", {})])
    assert recorder.asked == []
    with pytest.raises(FatalProviderError, match="lacks a required field"):
        client.open_load("contact", [WriteOp("upsert", "con_1", "", {})])


def test_a_load_carries_the_crms_words_and_leaves_refused_rows_to_the_batches(client, recorder):
    ops = [WriteOp("upsert", "con_1", "", {"lead_source": "Web"}), WriteOp("upsert", "con_2", "", {})]
    assert client.open_load("contact", ops) == "load_1"
    ((_, sent),) = recorder.asked
    assert [(each.op_id, each.fields) for each in sent] == [("con_1", {"x_origin": "Site"})]


@pytest.mark.parametrize(
    ("name", "given", "named"),
    [
        ("list_gone", ("contact",), {"since": NOW, "cursor": None}),
        ("account", (), {}),
        ("owners", (), {}),
        ("stages", ("deal",), {}),
        ("describe", ("contact",), {}),
        ("provision", ("contact", ()), {}),
        ("subscriptions", ("https://a.test",), {}),
        ("subscribe", ("https://a.test",), {"now": NOW, "entities": None}),
        ("unsubscribe", ("https://a.test",), {}),
        ("look_at_load", ("load_1",), {}),
    ],
)
def test_everything_else_is_asked_of_the_connector_as_it_is(client, name, given, named):
    assert getattr(client, name)(*given, **named) == (name, given, named)


@pytest.mark.parametrize("name", ["start_load", "stop_load"])
def test_a_load_is_started_and_stopped_by_the_connector(client, recorder, name):
    called: list[str] = []
    setattr(recorder, name, called.append)
    getattr(client, name)("load_1")
    assert called == ["load_1"]
