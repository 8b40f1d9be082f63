"""Another program at work in one CRM, through the connector's own client and a sign-in of its own."""

from __future__ import annotations

from typing import Any, cast

from crmbridge import connectors
from crmbridge.connectors._http import ClientContext
from crmbridge.domain.records import REFERENCES, Entity, Observation
from crmbridge.ports import CrmClient, Sleep, WriteOp
from tests.contract._world import Tokens, World


class Tool:
    """Writes and reads rows of one CRM without knowing of the bridge.

    Attributes:
        world: the CRM as the contract suite knows it.
    """

    def __init__(self, world: World, *, sleep: Sleep) -> None:
        self.world = world
        for method, path, body in world.suite["setup"]:
            world.control(method, path, body)
        grant = world.static_grant() if "static_token" in world.suite else world.grant()
        context = ClientContext(http=world.http, base_url=world.base_url, tokens=Tokens(world, grant), sleep=sleep)
        self.client = cast("CrmClient", connectors.part(world.crm, "client").build(context))
        for entity in self.entities:
            self.client.provision(entity)
        self._made = 0

    @property
    def entities(self) -> tuple[Entity, ...]:
        return self.world.declared.supports.entities

    def owner(self) -> str:
        """Return the address of somebody who can own records there."""
        return next(each.email for each in self.client.owners() if each.is_active and each.email)

    def create(self, entity: Entity, fields: dict[str, Any], refs: dict[str, tuple[str, ...]]) -> str:
        """Make a row of what the CRM can hold of some values; returns its id."""
        self._made += 1
        held = {name: value for name, value in fields.items() if self.holds(entity, name)}
        op_id = f"{entity[:3]}_{'T' + self.world.crm[:3].upper():0<16}{self._made:010d}"
        kind = "upsert" if self.world.declared.supports.creates_by_upsert else "create"
        values = {name: each for name, each in self.client.project(entity, held).items() if each is not None}
        op = WriteOp(kind, op_id, fields=values, refs=self.held_refs(entity, refs, held.get("kind")))
        (result,) = self.client.write(entity, [op])
        assert result.error is None, (self.world.crm, entity, held, result.error)
        return result.external_id

    def change(self, entity: Entity, external_id: str, fields: dict[str, Any], kind: Any = None) -> dict[str, Any]:
        """Change what the CRM can hold of some values and change; returns them as the CRM says them."""
        fixed, row = self.fixed(kind), self.client.read(entity, [external_id]).found[external_id]
        held = {name: value for name, value in fields.items() if self.holds(entity, name) and name not in fixed}
        said = self.client.project(entity, row.fields)
        values = {
            name: value
            for name, value in self.client.project(entity, {**row.fields, **held}).items()
            if name in held or value != said.get(name)
        }
        if values:
            (result,) = self.client.write(entity, [WriteOp("update", f"x-{external_id}", external_id, fields=values)])
            assert result.error is None, (self.world.crm, entity, values, result.error)
        return values

    def fixed(self, kind: Any) -> tuple[str, ...]:
        """Return the fields of a kind of activity that the CRM takes no change of (suite.json, "fixed")."""
        return tuple(self.world.suite.get("fixed", {}).get(kind, ()))

    def moves(self, entity: Entity) -> tuple[str, ...]:
        """Return the fields that the CRM itself moves when others change (suite.json, "moves")."""
        return tuple(self.world.suite.get("moves", {}).get(entity, ()))

    def has_place(self, entity: Entity, fields: dict[str, Any]) -> bool:
        """Tell whether a CRM has such records: the entity, and a place for the kind of an activity."""
        if entity not in self.entities:
            return False
        kind = fields.get("kind")
        return kind is None or kind in self.world.declared.supports.activity_places

    def holds(self, entity: Entity, name: str) -> bool:
        return self.world.holds(entity, name)

    def held_refs(self, entity: Entity, refs: dict[str, tuple[str, ...]], kind: Any) -> dict[str, tuple[str, ...]]:
        """Return the references that a record of this kind can have there."""
        names = set(self.world.suite.get("activity_refs", {}).get(kind, REFERENCES[entity]))
        return {name: ids for name, ids in refs.items() if name in names and self.holds(entity, name)}

    def rows(self, entity: Entity) -> dict[str, Observation]:
        """Return every live row of an entity, by id."""
        found: dict[str, Observation] = {}
        cursor: str | None = None
        while True:
            page = self.client.list_all(entity, cursor=cursor)
            for each in page.items:
                assert each.external_id not in found or found[each.external_id] == each
                found[each.external_id] = each
            cursor = page.next_cursor
            if cursor is None:
                return found
