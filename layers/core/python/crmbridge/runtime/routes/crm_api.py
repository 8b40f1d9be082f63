"""Everything that the function of the JSON API serves."""

from __future__ import annotations

from crmbridge.runtime._routes import Route
from crmbridge.runtime.routes import (
    archive,
    clean_ups,
    dead_letters,
    entering,
    events,
    insight,
    integrations,
    mappings,
    people,
    records,
    settings,
    social,
    webhooks,
)

ROUTES: tuple[Route, ...] = (
    *integrations.ROUTES,
    *clean_ups.ROUTES,
    *webhooks.ROUTES,
    *insight.ROUTES,
    *mappings.ROUTES,
    *records.ROUTES,
    *archive.ROUTES,
    *people.ROUTES,
    *dead_letters.ROUTES,
    *entering.ROUTES,
    *events.ROUTES,
    *settings.ROUTES,
    *social.ROUTES,
)
