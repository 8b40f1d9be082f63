"""What travels on the queues; the JSON of each is published in docs/messages.md."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from crmbridge.domain.vocabulary import Entity

if TYPE_CHECKING:
    from crmbridge.domain.records import Observation

SyncMode: TypeAlias = Literal["baseline", "incremental", "comparison"]


@dataclass(frozen=True, slots=True)
class ChangeHint:
    """Some records of one CRM may have changed; which way is found out by reading them.

    Attributes:
        external_ids: 1..100 ids of the CRM, without repeats.
        gone: those of them that the CRM says are deleted or merged away.
        merged_into: survivors by merged-away id.
        modified_ms: by id, the modified time that the CRM spoke of (epoch milliseconds, its clock), where it did.
        modified_by: by id, who made that version, where the CRM told.
        tries: how often it was put off because a push of that entity was under way.
        reason: ``webhook``, ``event`` or ``reference``; for logs only.
    """

    workspace_id: str
    integration_id: str
    entity: Entity
    external_ids: tuple[str, ...]
    gone: tuple[str, ...] = ()
    merged_into: dict[str, str] = field(default_factory=dict[str, str])
    modified_ms: dict[str, int] = field(default_factory=dict[str, int])
    modified_by: dict[str, str] = field(default_factory=dict[str, str])
    reason: str = "webhook"
    tries: int = 0

    def only(self, external_ids: Collection[str]) -> ChangeHint:
        """Return the hint with some of its ids."""
        kept = tuple(each for each in self.external_ids if each in external_ids)
        return replace(
            self,
            external_ids=kept,
            gone=tuple(each for each in self.gone if each in external_ids),
            merged_into={key: into for key, into in self.merged_into.items() if key in external_ids},
            modified_ms={key: at for key, at in self.modified_ms.items() if key in external_ids},
            modified_by={key: by for key, by in self.modified_by.items() if key in external_ids},
        )

    def authored(self, observation: Observation) -> Observation:
        """Return an observation with its author, where the hint speaks of this very version."""
        author, at = self.modified_by.get(observation.external_id, ""), observation.modified_at
        if not author or at is None or self.modified_ms.get(observation.external_id) != int(at.timestamp() * 1000):
            return observation
        return replace(observation, author=author)

    def to_json(self) -> dict[str, Any]:
        """Return the queue form."""
        return asdict(self)

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> ChangeHint:
        """Read the queue form.

        Raises:
            KeyError: a field is missing; the message is our own bug and belongs in the dead-letter queue.
        """
        return cls(
            workspace_id=body["workspace_id"],
            integration_id=body["integration_id"],
            entity=body["entity"],
            external_ids=tuple(body["external_ids"]),
            gone=tuple(body.get("gone", ())),
            merged_into=dict(body.get("merged_into", {})),
            modified_ms=dict(body.get("modified_ms", {})),
            modified_by=dict(body.get("modified_by", {})),
            reason=body.get("reason", "webhook"),
            tries=body.get("tries", 0),
        )


@dataclass(frozen=True, slots=True)
class SyncStep:
    """Read on: one integration's entities, from its run's checkpoint; or look after its webhooks or mapping, or erase.

    Attributes:
        run_id: the run this step belongs to; a step whose run is over does nothing. Empty for webhooks; of a mapping
            the id of its change; of an erasure, which belongs to no integration, its id.
    """

    workspace_id: str
    integration_id: str
    run_id: str
    task: Literal["read", "webhooks", "mapping", "erase", "push", "clean"] = "read"

    def to_json(self) -> dict[str, Any]:
        """Return the queue form."""
        return asdict(self)

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> SyncStep:
        """Read the queue form.

        Raises:
            KeyError: a field is missing; the message is our own bug and belongs in the dead-letter queue.
        """
        return cls(body["workspace_id"], body["integration_id"], body["run_id"], body.get("task", "read"))


@dataclass(frozen=True, slots=True)
class Ticket:
    """There is work: something is due to one integration's entity. Carries no record ids."""

    workspace_id: str
    integration_id: str
    entity: Entity

    def to_json(self) -> dict[str, Any]:
        """Return the queue form."""
        return asdict(self)

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Ticket:
        """Read the queue form.

        Raises:
            KeyError: a field is missing; the message is our own bug and belongs in the dead-letter queue.
        """
        return cls(body["workspace_id"], body["integration_id"], body["entity"])


@dataclass(frozen=True, slots=True)
class Wake:
    """Look at one integration again: its waiting time may be over."""

    workspace_id: str
    integration_id: str

    def to_json(self) -> dict[str, Any]:
        """Return the queue form."""
        return asdict(self)

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Wake:
        """Read the queue form.

        Raises:
            KeyError: a field is missing; the message is our own bug and belongs in the dead-letter queue.
        """
        return cls(body["workspace_id"], body["integration_id"])
