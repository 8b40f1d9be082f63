"""What the demo can do in one CRM, as a person and as an onlooker; never as the integration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from local.demo.control import Control
from local.demo.meter import Use
from local.demo.model import Draft, Entity, World
from local.demo.seen import Seen, Snapshot


class Side(Protocol):
    """One CRM.

    Attributes:
        label: as its owner spells it.
        batch: rows it takes in one write.
        batches: the same, of entities that differ.
        batch_writes: ``match`` of a fault that hits batch writes.
        api_paths: regular expression of the paths that fail when the CRM is out of order.
        has_webhooks: it tells of edits; where it does not, reading has to find them.
        stages: of deals, as people there choose them.
        has_seats: sellers of an invented world can be given a seat.
        held: neutral names of the fields it has, per entity.
        needs: per entity, references without which it takes no record.
    """

    control: Control
    label: str
    batch: int
    batches: Mapping[Entity, int]
    batch_writes: Mapping[str, str]
    api_paths: str
    has_webhooks: bool
    stages: tuple[str, ...]
    has_seats: bool
    held: Mapping[Entity, frozenset[str]]
    needs: Mapping[Entity, frozenset[str]]

    def __init__(self, control: Control) -> None: ...

    @classmethod
    def trimmed(cls, draft: Draft) -> Draft | None:
        """Return what of a draft can be typed here, ``None`` when it cannot be typed at all."""
        ...

    def fill(self, world: World) -> None:
        """Type a world into the empty CRM, before anything is connected to it."""
        ...

    def snapshot(self) -> Snapshot:
        """Return everything it holds."""
        ...

    def look(self, entity: Entity, external_ids: Sequence[str]) -> dict[str, Seen]:
        """Return some records as they are now, by id."""
        ...

    def edit(self, entity: Entity, external_id: str, changes: Mapping[str, str]) -> None:
        """Change a record as a person does, by neutral field names; an empty text clears."""
        ...

    def edit_all(self, edits: Sequence[tuple[Entity, str, Mapping[str, str]]]) -> None:
        """Change records one after the other, each as ``edit`` does: entity, id, changes."""
        ...

    def edited_at_ms(self, entity: Entity, external_id: str) -> int:
        """Return the CRM's own time of the record's latest change, epoch milliseconds."""
        ...

    def shows(self, entity: Entity, name: str, value: str) -> str | None:
        """Return what the CRM makes of a canonical value; ``None`` where it need not show it at all."""
        ...

    def classify(self, call: Mapping[str, Any]) -> Use:
        """Tell what one logged call of the integration was for."""
        ...
