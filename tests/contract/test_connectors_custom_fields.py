"""Every connector with custom fields: made once, every kind through and back, on every entity that has them."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from crmbridge.domain.custom_fields import CustomField, CustomKind
from crmbridge.domain.records import Entity
from crmbridge.ports import CrmClient, WriteOp
from tests.contract._world import Desk, World

SOLUTIONS = ("Usina própria", "Usina parceira", "Desconto >R$4000")
CHANNELS = ("E-mail", "Phone", "WhatsApp")
KINDS: dict[CustomKind, tuple[str, str, tuple[str, ...], Any, Any]] = {
    "text": ("x_competitor", "Bridge competitor", (), "Sol & Söhne", "Ninguém 🤷"),
    "long_text": ("x_ai_notes", "Bridge AI notes", (), "First line\nsecond line ☀️", "One line"),
    "number": ("x_energy_bill", "Bridge energy bill", (), "451.75", "0"),
    "boolean": ("x_consent", "Bridge consent", (), True, False),
    "date": ("x_renewal_on", "Bridge renewal", (), "2027-03-31", "2028-02-29"),
    "datetime": ("x_meeting_at", "Bridge meeting", (), "2026-11-21T15:30:00Z", "2027-01-01T00:00:00Z"),
    "choice": ("x_solution_type", "Bridge solution type", SOLUTIONS, "Usina própria", "Desconto >R$4000"),
    "choices": ("x_channels", "Bridge channels", CHANNELS, ("E-mail", "WhatsApp"), ("Phone",)),
    "url": (
        "x_profile_url",
        "Bridge profile",
        (),
        "https://social.example.com/ana",
        "https://social.example.com/bo?x=1",
    ),
}
"""Per kind: canonical name, label, options, and two values."""


@pytest.fixture
def adopting(world: World) -> World:
    """A CRM whose connector makes the fields a workspace wants."""
    if not world.declared.supports.custom_fields:
        pytest.skip(f"{world.crm} has no custom fields")
    if "wanted" not in inspect.signature(world.client().provision).parameters:
        pytest.skip(f"{world.crm} makes no field but our own yet")
    return world


def entities(world: World) -> list[Entity]:
    """Return the entities that can have custom fields: all but activities, unless suite.json says otherwise."""
    without = world.suite.get("without_custom_fields", ["activity"])
    return [each for each in world.declared.supports.entities if each not in without]


def kinds(world: World) -> dict[CustomKind, tuple[str, str, tuple[str, ...], Any, Any]]:
    """Return the kinds this CRM holds: all, less those its suite.json gives a reason for."""
    return {kind: told for kind, told in KINDS.items() if kind not in world.suite.get("custom_kinds_left_out", {})}


def wanted(world: World) -> tuple[CustomField, ...]:
    return tuple(
        CustomField(entity, name, label, kind, options=options)
        for entity in entities(world)
        for kind, (name, label, options, _, _) in kinds(world).items()
    )


@pytest.fixture
def client(adopting: World) -> CrmClient:
    fields = wanted(adopting)
    client = adopting.client(custom_fields=fields)
    for entity in adopting.declared.supports.entities:
        client.provision(entity, fields)
    return client


@pytest.fixture
def desk(adopting: World, client: CrmClient) -> Desk:
    return Desk(adopting, client)


def values(world: World, place: int) -> dict[str, Any]:
    return {told[0]: told[3 + place] for told in kinds(world).values()}


def test_wanted_fields_are_made_once_and_described(adopting: World):
    fields = wanted(adopting)
    client = adopting.client(custom_fields=fields)
    for entity in entities(adopting):
        before = {each.name for each in client.describe(entity)}
        made = client.provision(entity, fields)
        assert len(made) == len(set(made)) == len(kinds(adopting)) + 1, "the wanted fields and our own"
        assert not before & set(made)
        assert client.provision(entity, fields) == ()
        described = {each.name: each for each in client.describe(entity)}
        assert set(made) <= described.keys()
        assert all(described[name].is_custom and described[name].is_writable for name in made)
        labels = {told[1] for told in kinds(adopting).values()}
        assert labels <= {each.label for each in described.values()} | set(described)


def test_another_client_makes_no_field_a_second_time(adopting: World, client: CrmClient):
    fields = wanted(adopting)
    other = adopting.client(custom_fields=fields)
    assert [other.provision(entity, fields) for entity in entities(adopting)] == [()] * len(entities(adopting))


def test_every_kind_goes_through_and_comes_back(adopting: World, client: CrmClient, desk: Desk):
    for entity in entities(adopting):
        first, second = values(adopting, 0), values(adopting, 1)
        assert client.project(entity, first) == first
        assert client.project(entity, second) == second
        emptied = client.project(entity, dict.fromkeys(first))
        assert emptied.keys() == first.keys()
        assert not any(emptied.values()), "nothing, no choice, or an unchecked box"
        external_id = desk.create(entity, desk.sample(entity) | first)[0].external_id
        assert _held(client, entity, external_id, first) == first
        for value in (second, dict.fromkeys(first), first):
            (result,) = client.write(entity, [WriteOp("update", "x", external_id, fields=value)])
            assert result.error is None
            assert _held(client, entity, external_id, value) == client.project(entity, value)


def _held(client: CrmClient, entity: Entity, external_id: str, asked: dict[str, Any]) -> dict[str, Any]:
    fields = client.read(entity, [external_id]).found[external_id].fields
    return {name: fields[name] for name in asked}


def test_one_custom_field_changes_alone(adopting: World, client: CrmClient, desk: Desk):
    for entity in entities(adopting):
        first = values(adopting, 0)
        external_id = desk.create(entity, desk.sample(entity) | first)[0].external_id
        client.write(entity, [WriteOp("update", "x", external_id, fields={"x_competitor": "Other"})])
        assert _held(client, entity, external_id, first) == first | {"x_competitor": "Other"}


def test_listings_tell_custom_values_as_a_read_does(adopting: World, client: CrmClient, desk: Desk):
    entity = entities(adopting)[0]
    external_id = desk.create(entity, desk.sample(entity) | values(adopting, 0))[0].external_id
    adopting.settle()
    listed = {each.external_id: each for each in client.list_all(entity, cursor=None).items}
    assert listed[external_id] == client.read(entity, [external_id]).found[external_id]


def test_a_choice_that_is_no_option_is_left_out(adopting: World, client: CrmClient):
    entity = entities(adopting)[0]
    assert "x_solution_type" not in client.project(entity, {"x_solution_type": "no such solution"})
    assert "x_channels" not in client.project(entity, {"x_channels": ("Pigeon",)})


def test_a_field_nobody_asked_for_is_not_told(adopting: World, client: CrmClient, desk: Desk):
    entity = entities(adopting)[0]
    external_id = desk.create(entity, desk.sample(entity) | values(adopting, 0))[0].external_id
    plain = adopting.client()
    told = plain.read(entity, [external_id]).found[external_id].fields
    assert not [name for name in told if name.startswith("x_")]
    assert plain.project(entity, {"x_competitor": "Sol"}) == {}
