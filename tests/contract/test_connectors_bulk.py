"""Every connector whose CRM works off large amounts by itself: exports show what listings show, loads write once."""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

import pytest

from crmbridge.domain.records import Entity
from crmbridge.ports import CrmClient, ExportingClient, LoadingClient
from tests.contract._world import Desk, World

LOOKS_MAX = 60


@pytest.fixture
def exporting(world: World, client: CrmClient) -> ExportingClient:
    if not world.declared.supports.exports:
        pytest.skip(f"{world.crm} prepares no first reads")
    return cast("ExportingClient", client)


@pytest.fixture
def loading(world: World, client: CrmClient) -> LoadingClient:
    if not world.declared.supports.loads:
        pytest.skip(f"{world.crm} creates no records by itself")
    return cast("LoadingClient", client)


def _exported(world: World, client: ExportingClient, entity: Entity) -> list[Any]:
    found: list[Any] = []
    cursor: str | None = None
    for _ in range(200):
        page = client.export(entity, cursor=cursor)
        found += page.items
        if page.next_cursor is None:
            return found
        assert page.next_cursor != cursor
        cursor = page.next_cursor
        if page.ready_in_s:
            world.pause(page.ready_in_s)
    raise AssertionError("the export does not end")


def _over(world: World, client: LoadingClient, load_id: str) -> None:
    for _ in range(LOOKS_MAX):
        if client.look_at_load(load_id) == "over":
            return
        world.pause(5)
    raise AssertionError("the load does not end")


def test_what_is_declared_fits_together(world: World, client: CrmClient):
    supports, limits = world.declared.supports, world.declared.limits
    assert {*supports.exports, *supports.loads} <= set(supports.entities)
    if supports.exports:
        assert callable(getattr(client, "export", None))
    if supports.loads:
        assert supports.creates_by_upsert, "a load that is given twice must write once"
        assert all(callable(getattr(client, f"{verb}_load", None)) for verb in ("open", "start", "look_at", "stop"))
        assert limits.write_batch < limits.load_min <= limits.load_max


def test_an_export_shows_what_the_listing_shows(
    world: World, client: CrmClient, exporting: ExportingClient, desk: Desk
):
    for entity in world.declared.supports.exports:
        made = desk.create(entity, *(desk.sample(entity, number) for number in range(1, 8)))
        world.settle()
        found = _exported(world, exporting, entity)
        assert Counter(each.external_id for each in found) == Counter(each.external_id for each in made)
        listed = client.list_all(entity, cursor=None).items
        assert {each.external_id: each for each in found} == {each.external_id: each for each in listed}


def test_a_load_writes_nothing_before_it_is_begun_and_every_row_once_after(
    world: World, client: CrmClient, loading: LoadingClient, desk: Desk
):
    for entity in world.declared.supports.loads:
        ops = [desk.new(entity, desk.sample(entity, number)) for number in range(1, 8)]
        ids = [op.op_id for op in ops]
        twice = [loading.open_load(entity, ops) for _ in range(2)]
        world.pause(600)
        assert [loading.look_at_load(each) for each in twice] == ["open", "open"]
        assert client.find(entity, "correlation_id", ids) == {}
        for load_id in twice:
            loading.start_load(load_id)
            _over(world, loading, load_id)
        world.settle()
        found = client.find(entity, "correlation_id", ids)
        assert {key: len(hits) for key, hits in found.items()} == dict.fromkeys(ids, 1)
        for op in ops:
            seen = found[op.op_id][0].fields
            assert {name: seen[name] for name in op.fields} == dict(op.fields)


def test_a_load_that_was_stopped_or_is_unknown_is_over(world: World, loading: LoadingClient, desk: Desk):
    entity = world.declared.supports.loads[0]
    load_id = loading.open_load(entity, [desk.new(entity, desk.sample(entity, 1))])
    loading.stop_load(load_id)
    loading.stop_load(load_id)
    _over(world, loading, load_id)
    assert loading.look_at_load("750000000000099AAA") == "over"
