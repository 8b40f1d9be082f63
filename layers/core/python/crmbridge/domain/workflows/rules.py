"""What a workspace settles for itself about events that come in: numbers of the repair shop, weights, places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from crmbridge.domain.workflows.stages import WORDS
from crmbridge.domain.workspace_sections import Section
from crmbridge.errors import RequestRejectedError

STATUS_MAX = 40
STATUSES_MAX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopRules:
    """A repair shop's own numbers.

    Attributes:
        currency: of every amount.
        vip_from: who has spent this much is a VIP.
        points_per_unit: loyalty points for each unit of the currency.
        warranty_months: where a repair says nothing of it.
        stages: canonical deal stage by the status of a booking or repair.
    """

    currency: str
    vip_from: Decimal
    points_per_unit: Decimal
    warranty_months: int
    stages: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngagementRules:
    """What engagement is worth.

    Attributes:
        window_days: what is longer ago counts no more.
        weights: points by what somebody did.
        timeline: what of it is shown in the CRMs' timelines as well.
    """

    window_days: int
    weights: Mapping[str, int]
    timeline: frozenset[str]


def shop_rules(section: Mapping[str, Any]) -> ShopRules:
    """Return the rules that a section's settings make."""
    return ShopRules(
        currency=section["currency"],
        vip_from=Decimal(section["vipFrom"]),
        points_per_unit=Decimal(section["pointsPerUnit"]),
        warranty_months=section["warrantyMonths"],
        stages={status: WORDS[word] for status, word in section["stages"].items()},
    )


def engagement_rules(section: Mapping[str, Any]) -> EngagementRules:
    """Return the rules that a section's settings make."""
    return EngagementRules(
        window_days=section["windowDays"], weights=section["weights"], timeline=frozenset(section["timeline"])
    )


def _accept_shop(section: Mapping[str, Any]) -> None:
    stages: Mapping[str, str] = section["stages"]
    if len(stages) > STATUSES_MAX:
        raise _wrong("repairShop.stages", f"at most {STATUSES_MAX} statuses")
    for status, word in stages.items():
        if not 1 <= len(status) <= STATUS_MAX:
            raise _wrong("repairShop.stages", f"statuses of 1 to {STATUS_MAX} letters")
        if word not in WORDS:
            raise _wrong(f"repairShop.stages.{status}", f"one of {', '.join(WORDS)}")


def _accept_weights(section: Mapping[str, Any]) -> None:
    known: Mapping[str, int] = ENGAGEMENT.defaults["weights"]
    for name in section["weights"]:
        if name not in known:
            raise _wrong(f"engagement.weights.{name[:60]}", f"left out: there are {', '.join(known)}")


def _wrong(field: str, wanted: str) -> RequestRejectedError:
    return RequestRejectedError(f"{field} must be {wanted}", field=field, next_step=f"send {field} as {wanted}")


REPAIR_SHOP = Section(
    name="repairShop",
    defaults={
        "currency": "GBP",
        "vipFrom": "1000",
        "pointsPerUnit": "2",
        "warrantyMonths": 12,
        "stages": {
            "pending": "new",
            "diagnosed": "qualified",
            "in_progress": "proposal",
            "completed": "closed_won",
            "cancelled": "closed_lost",
        },
    },
    accept=_accept_shop,
)
"""Source: the repair shop's own configuration; a cancelled booking is our addition."""

ENGAGEMENT = Section(
    name="engagement",
    defaults={
        "windowDays": 90,
        "weights": {
            "view": 1,
            "visit": 2,
            "click": 3,
            "like": 3,
            "email": 3,
            "follow": 5,
            "comment": 6,
            "share": 8,
            "message": 8,
            "form": 10,
            "call": 10,
            "meeting": 15,
            "other": 2,
        },
        "timeline": ["comment", "share", "dm"],
    },
    accept=_accept_weights,
)
"""Our own numbers: the founding documents ask for a score and name none."""

INTERACTIONS = Section(
    name="interactions",
    defaults={"emailSent": "email", "call": "call", "meeting": "meeting", "formSubmitted": "auto"},
)
"""What an interaction becomes; ``auto`` is a lead where a connected CRM knows leads, else a contact."""
