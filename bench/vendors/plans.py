"""How much of each vendor is played, and how it is scaled to 100,000 contacts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ALL = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is played of one vendor, as much as its simulated CRM can take in a few minutes.

    Attributes:
        write: contacts written.
        read: contacts read.
        narrowed: how many times narrower the slow limits are made while writing, so that they are met.
        control: what narrows them, and with what.
    """

    write: int
    read: int
    narrowed: float = 1.0
    control: tuple[str, Mapping[str, Any]] | None = None


PLANS: Mapping[str, Plan] = {
    "hubspot": Plan(write=ALL, read=ALL),
    "salesforce": Plan(write=10_000, read=ALL),
    "pipedrive": Plan(write=3_300, read=ALL),
    "zoho": Plan(write=4_000, read=20_000),
    "freshsales": Plan(write=ALL, read=ALL),
    "salesflare": Plan(write=2_000, read=ALL),
    "kommo": Plan(write=2_000, read=ALL),
    "dynamics": Plan(write=5_000, read=10_000, narrowed=40, control=("settings", {"operation_ms": 800})),
}


def quick(plan: Plan) -> Plan:
    """Return a tenth of a plan's contacts, for a first look: long windows are not met then."""
    return Plan(write=max(plan.write // 10, 200), read=max(plan.read // 10, 200))
