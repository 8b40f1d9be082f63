"""Which events lie between two looks at an integration: how it stood when last announced, and how it stands now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

Status: TypeAlias = Literal["pending", "active", "paused", "reauth_required"]
Happening: TypeAlias = tuple[str, Mapping[str, Any]]
"""Kind of an event, and what it says beside the integration it is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an integration stands, as far as others are told.

    Attributes:
        circuit: ``open`` while its CRM does not answer and is left alone.
        quota: ``low`` while the CRM keeps us waiting for its quota, or hardly any is left.
        webhooks: ``disabled`` while the CRM lets us have none, or had switched them off.
        held: entities of which so many were deleted at once that people must decide.
    """

    status: Status
    circuit: Literal["closed", "open"] = "closed"
    quota: Literal["fine", "low"] = "fine"
    webhooks: Literal["fine", "disabled"] = "fine"
    held: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the stored form."""
        return {**asdict(self), "held": list(self.held)}

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Standing:
        """Read the stored form."""
        return cls(
            status=body["status"],
            circuit=body["circuit"],
            quota=body["quota"],
            webhooks=body["webhooks"],
            held=tuple(body["held"]),
        )


def happened(before: Standing | None, now: Standing | None) -> tuple[Happening, ...]:
    """Return what has happened to an integration.

    Args:
        before: as last announced, ``None`` for one that nobody was told of.
        now: ``None`` for one that was removed.

    Example:
        >>> [kind for kind, _ in happened(None, Standing(status="active"))]
        ['integration_added']
        >>> [kind for kind, _ in happened(Standing(status="active"), Standing(status="reauth_required"))]
        ['authentication_lost']
    """
    if now is None:
        return () if before is None else (("integration_removed", {}),)
    if before is None:
        if now.status == "pending":  # not connected yet: nobody is told
            return ()
        return (("integration_added", {}), *_changed(Standing(status="active"), now))
    return tuple(_changed(before, now))


def _changed(before: Standing, now: Standing) -> Iterator[Happening]:
    if before.status != now.status:
        yield from _moved(before.status, now.status)
    for name, (bad, entered, left) in _TURNS.items():
        was, is_now = getattr(before, name), getattr(now, name)
        if was != is_now:
            yield (entered if is_now == bad else left), {}
    for entity in sorted(set(now.held) - set(before.held)):
        yield "deletions_held", {"entity": entity}
    for entity in sorted(set(before.held) - set(now.held)):
        yield "deletions_released", {"entity": entity}


_TURNS: Mapping[str, tuple[str, str, str]] = {
    "circuit": ("open", "circuit_opened", "circuit_closed"),
    "quota": ("low", "quota_warning", "quota_recovered"),
    "webhooks": ("disabled", "webhooks_disabled", "webhooks_restored"),
}
"""By part of a standing: its bad value, the event of getting there, the event of getting out."""


def _moved(before: Status, now: Status) -> Iterator[Happening]:
    if now == "reauth_required":
        yield "authentication_lost", {}
    elif now == "pending":
        yield "integration_disconnected", {}
    elif before in ("reauth_required", "pending"):
        yield "authentication_restored", {}
    if now == "paused":
        yield "integration_paused", {}
    elif before == "paused" and now == "active":
        yield "integration_resumed", {}


RUN_ENDS: Mapping[str, str] = {
    "done": "sync_completed",
    "partial": "sync_completed",
    "failed": "sync_failed",
    "stalled": "sync_stalled",
    "cancelled": "sync_cancelled",
}
"""By status of a run, the event that tells it."""
