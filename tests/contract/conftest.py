"""Every connector against its sandbox, in one process; what differs from CRM to CRM is in fixtures/<crm>/suite.json."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crmbridge import connectors
from crmbridge.ports import CrmClient
from tests.contract._world import Desk, World, new_world


@pytest.fixture(params=connectors.names())
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """A connector's CRM, freshly opened."""
    world = new_world(request.param)
    for method, path, body in world.suite["setup"]:
        world.control(method, path, body)
    yield world
    world.http.close()
    world.app.stop()


@pytest.fixture
def oauth_world(world: World) -> World:
    """A CRM that is connected by a consent page; the others are skipped by name."""
    if not world.has_oauth:
        pytest.skip(f"{world.crm} is connected by a token that its workspace brings")
    return world


@pytest.fixture
def client(world: World) -> CrmClient:
    """A client whose own field exists on every entity."""
    client = world.client()
    for entity in world.declared.supports.entities:
        client.provision(entity)
    return client


@pytest.fixture
def desk(world: World, client: CrmClient) -> Desk:
    return Desk(world, client)
