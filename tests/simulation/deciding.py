"""People answering what the engine asks them."""

from __future__ import annotations

import random
from typing import Any

from crmbridge.errors import RequestRejectedError
from crmbridge.services.resolve_conflicts import join, resolve_field, tell_apart
from tests.simulation.world import WORKSPACE, World


def answer(world: World, dice: random.Random, question: dict[str, Any]) -> None:
    """Decide one open question somehow."""
    hub, record_id = world.hub, question["record_id"]
    if question["kind"] == "field":
        sides = sorted(question["sides"])
        resolve_field(hub, WORKSPACE, record_id, question["field"], side=dice.choice(sides), by="Ana")
    elif dice.random() < 0.5:
        tell_apart(hub, WORKSPACE, record_id, by="Ana")
    else:
        try:
            join(hub, WORKSPACE, record_id, dice.choice(question["candidates"]), by="Ana")
        except RequestRejectedError:
            tell_apart(hub, WORKSPACE, record_id, by="Ana")
