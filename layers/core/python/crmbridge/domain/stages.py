"""Canonical deal stages and lead statuses; each connector maps its own onto them."""

from __future__ import annotations

DEAL_STAGES: tuple[str, ...] = (
    "appointment",
    "qualified",
    "presentation",
    "decision",
    "contract",
    "won",
    "lost",
)
"""In selling order; the last two are final."""

LEAD_STATUSES: tuple[str, ...] = ("new", "open", "in_progress", "connected", "qualified", "unqualified")
"""In working order; the last two are final."""

LIFECYCLE_STAGES: tuple[str, ...] = (
    "subscriber",
    "lead",
    "marketing_qualified",
    "sales_qualified",
    "opportunity",
    "customer",
    "evangelist",
    "other",
)
"""In order of progress."""
