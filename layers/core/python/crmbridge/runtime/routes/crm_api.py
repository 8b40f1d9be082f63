"""Everything that the function of the JSON API serves."""

from __future__ import annotations

from crmbridge.runtime._routes import Route
from crmbridge.runtime.routes import insight, integrations, records

ROUTES: tuple[Route, ...] = (*integrations.ROUTES, *insight.ROUTES, *records.ROUTES)
