"""The fifty made in one CRM from their canonical values: what it says of them at once."""

from __future__ import annotations

from typing import Any

from crmbridge.domain.records import REFERENCES, Entity
from tests.contract._world import new_world
from tests.matrix.records import FIFTY, SOMEBODY
from tests.matrix.tool import Tool

Example = tuple[Any, Any]
"""What was said, and what the CRM shows."""


def tour(crm: str) -> dict[tuple[Entity, str], Example]:
    """Return, per entity and field, the first value that a CRM shows otherwise than it was said."""
    world = new_world(crm)
    try:
        tool = Tool(world, sleep=world.pause)
        return _made(tool)
    finally:
        world.http.close()
        world.app.stop()


def _made(tool: Tool) -> dict[tuple[Entity, str], Example]:
    placed: dict[str, str] = {}
    owner, found = tool.owner(), dict[tuple[Entity, str], Example]()
    for hard in FIFTY:
        if not tool.has_place(hard.entity, hard.fields):
            continue
        fields = {name: owner if value == SOMEBODY else value for name, value in hard.fields.items()}
        refs = {
            name: tuple(sorted(placed[key] for key in keys)) for name, keys in hard.refs.items() if _in(placed, keys)
        }
        placed[hard.key] = tool.create(hard.entity, fields, refs)
        shown = tool.client.read(hard.entity, [placed[hard.key]]).found[placed[hard.key]]
        for name, value in fields.items():
            now = shown.fields.get(name)
            if value is not None and tool.holds(hard.entity, name) and now != value:
                found.setdefault((hard.entity, name), (value, now))
        for name in REFERENCES[hard.entity]:
            if name in refs and tool.holds(hard.entity, name) and shown.refs.get(name, ()) != refs[name]:
                found.setdefault((hard.entity, name), (refs[name], shown.refs.get(name, ())))
    return found


def _in(placed: dict[str, str], keys: tuple[str, ...]) -> bool:
    return all(key in placed for key in keys)
